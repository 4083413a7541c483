//! Which clients may call: [`SourcePolicy`].

use std::sync::Arc;

use super::{AllowList, Client, ClientFinder};
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
            Client::Peer(_) | Client::Forwarded(_) => "the client's address is not on the list",
            Client::Unknown(cause) => cause,
        };
        if is_observed {
            let client = client.address().map(tracing::field::display);
            tracing::warn!(target: TARGET, endpoint = &*self.endpoint, client, "would be refused: {cause}");
            return Ok(());
        }
        Err(Rejection::new(RejectionKind::Source, cause))
    }

    /// What becomes of a client, in words.
    pub(crate) fn explain(&self, client: Client) -> String {
        let found = match client {
            Client::Peer(address) => format!("the client is {address}, the socket's peer"),
            Client::Forwarded(address) => {
                format!("the client is {address}, from a trusted proxy's header")
            }
            Client::Unknown(cause) => format!("the client is unknown: {cause}"),
        };
        let list = match &self.allow {
            None => return format!("{found}; there is no allowlist"),
            Some(Allow::Only(list) | Allow::Observe(list)) => list,
        };
        match client
            .address()
            .and_then(|address| list.network_of(address))
        {
            Some(network) => format!("{found}; it is allowed by {network}"),
            None => format!("{found}; no network of the allowlist has it"),
        }
    }
}
