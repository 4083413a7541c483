//! Which clients may call: [`SourcePolicy`].

use std::sync::Arc;

use super::{AllowList, AllowlistMatch, Client, ClientFinder, Explanation};
use crate::observe::TARGET;
use crate::rejection::{Rejection, RejectionKind};
use crate::request::Head;

/// Which address is a client's, and whether it may call.
pub(crate) struct SourcePolicy {
    endpoint: Arc<str>,
    clients: Option<ClientFinder>,
    allow: Option<Allow>,
}

/// Which clients may call.
#[derive(Clone, Debug)]
pub(crate) enum Allow {
    Only(AllowList),
    /// The others are logged, and pass.
    Observe(AllowList),
}

impl SourcePolicy {
    pub(crate) fn new(
        endpoint: Arc<str>,
        clients: Option<ClientFinder>,
        allow: Option<Allow>,
    ) -> Self {
        Self {
            endpoint,
            clients,
            allow,
        }
    }

    pub(crate) fn client(&self, head: &Head<'_>) -> Client {
        match &self.clients {
            Some(clients) => clients.client(head),
            None => Client::of_peer(head),
        }
    }

    pub(crate) fn check(&self, client: Client) -> Result<(), Rejection> {
        let (list, is_observed) = match &self.allow {
            None => return Ok(()),
            Some(Allow::Only(list)) => (list, false),
            Some(Allow::Observe(list)) => (list, true),
        };
        let cause = match client {
            Client::Peer(address) | Client::Forwarded(address) if list.contains(address) => {
                return Ok(());
            }
            Client::Peer(_) | Client::Forwarded(_) => {
                "the client's address is not on the allowlist"
            }
            Client::Unknown(cause) => cause,
        };
        if is_observed {
            let client = client.address().map(tracing::field::display);
            tracing::warn!(target: TARGET, endpoint = &*self.endpoint, client, "would be refused: {cause}");
            return Ok(());
        }
        Err(Rejection::new(RejectionKind::Source, cause))
    }

    pub(crate) fn explain(&self, client: Client) -> Explanation {
        let allowlist = self.allow.as_ref().map(|allow| {
            let (Allow::Only(list) | Allow::Observe(list)) = allow;
            let network = client
                .address()
                .and_then(|address| list.network_of(address));
            network.map_or(AllowlistMatch::None, |network| {
                AllowlistMatch::Network(network.to_string())
            })
        });
        Explanation {
            client: client.into(),
            allowlist,
        }
    }
}
