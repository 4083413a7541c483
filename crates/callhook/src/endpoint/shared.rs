//! What an endpoint's requests share, whatever their event type.

use std::collections::HashSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::trouble::Trouble;
use super::{MAX_RETRY_AFTER, StoreFailure};
use crate::auth::{Carrier, HmacGuard, Keys, Known, Secrets, TenantName, Tenants, TokenGuard};
use crate::clock::Clock;
use crate::held::Held;
use crate::observe::{Observer, TARGET};
use crate::payload::Unreadable;
use crate::payload::cut;
use crate::payload::form::{self, Pair};
use crate::rejection::{Rejection, RejectionKind};
use crate::replay::{
    AnyStore, Claim, Fingerprint, Identity, Lease, Settled, Settlement, TokenSource,
};
use crate::request::Head;
use crate::source::{AllowList, Client, ClientFinder};

pub(crate) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) provider: Arc<str>,
    pub(super) methods: Methods,
    pub(super) clients: Option<ClientFinder>,
    pub(super) allow: Option<Allow>,
    pub(super) tokens: Vec<TokenGuard>,
    pub(super) signatures: Vec<HmacGuard>,
    pub(super) tenants: Option<Tenants>,
    pub(super) max_body_bytes: usize,
    pub(super) read_timeout: Duration,
    pub(super) app_ids: Option<HashSet<Box<str>>>,
    pub(super) store: Option<AnyStore>,
    pub(super) on_store_failure: StoreFailure,
    pub(super) lease: Duration,
    pub(super) window: Duration,
    pub(super) is_per_leg: bool,
    pub(super) success: SuccessRule,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) on_unreadable: Option<UnreadableHook>,
    pub(super) leases: TokenSource,
    pub(super) trouble: Trouble,
    pub(super) tenant_trouble: Trouble,
    pub(super) key_trouble: Trouble,
    pub(crate) held: Held,
}

pub(super) type SuccessRule = Arc<dyn Fn(u16) -> bool + Send + Sync>;
pub(super) type UnreadableHook = Arc<dyn Fn(&[u8], &Unreadable) + Send + Sync>;

/// Which clients may call.
#[derive(Clone, Debug)]
pub(super) enum Allow {
    Only(AllowList),
    /// The others are logged, and let pass.
    Observe(AllowList),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Methods {
    PostAndGet,
    Post,
}

impl Methods {
    pub(super) fn accepts_get(self) -> bool {
        matches!(self, Self::PostAndGet)
    }

    pub(super) fn allow(self) -> &'static str {
        match self {
            Self::PostAndGet => "POST, GET, HEAD",
            Self::Post => "POST",
        }
    }
}

impl Shared {
    pub(super) fn client(&self, head: &Head<'_>) -> Client {
        match &self.clients {
            Some(clients) => clients.client(head),
            None => Client::of_peer(head),
        }
    }

    pub(super) fn check_source(&self, client: Client) -> Result<(), Rejection> {
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
            tracing::warn!(target: TARGET, endpoint = &*self.name, client, "would be refused: {cause}");
            return Ok(());
        }
        Err(Rejection::new(
            RejectionKind::Source,
            "source_not_allowed",
            cause,
        ))
    }

    pub(super) fn explain_source(&self, client: Client) -> String {
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

    /// Whether nothing has to be proven before a request counts as authenticated.
    pub(super) fn is_open(&self) -> bool {
        self.tokens.is_empty() && self.signatures.is_empty()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn max_body_bytes(&self) -> usize {
        self.max_body_bytes
    }

    pub(crate) fn read_timeout(&self) -> Duration {
        self.read_timeout
    }

    pub(crate) fn is_success(&self, status: u16) -> bool {
        (self.success)(status)
    }

    pub(super) fn propose(&self, identity: Identity, fingerprint: Fingerprint) -> Lease {
        let fingerprint = if self.is_per_leg {
            Fingerprint::from_bits(0)
        } else {
            fingerprint
        };
        let token = self.leases.draw();
        Lease::new(identity, fingerprint, token, self.lease, self.window)
    }

    pub(super) async fn claim(&self, lease: &Lease) -> Result<Claim, Arc<dyn Error + Send + Sync>> {
        let Some(store) = &self.store else {
            return Ok(Claim::First);
        };
        let claim = store.claim(lease).await;
        self.watch_store(claim)
    }

    /// `None` where the store did not answer; that is logged.
    pub(crate) async fn settle(&self, lease: &Lease, settlement: Settlement) -> Option<Settled> {
        let store = self.store.as_ref()?;
        let settled = store.settle(lease, settlement).await;
        self.watch_store(settled).ok()
    }

    pub(crate) fn settle_later(&self, lease: Lease, settlement: Settlement) {
        if let Some(store) = &self.store {
            store.settle_later(lease, settlement);
        }
    }

    pub(super) async fn flush(&self) {
        if let Some(store) = &self.store {
            store.flush().await;
        }
    }

    /// Logs the beginning and the end of trouble with the store: an incident, not each of its requests.
    fn watch_store<T>(
        &self,
        result: Result<T, Box<dyn Error + Send + Sync>>,
    ) -> Result<T, Arc<dyn Error + Send + Sync>> {
        let endpoint = &*self.name;
        match result {
            Ok(value) => {
                if self.trouble.ends(|| self.clock.elapsed()) {
                    tracing::info!(target: TARGET, endpoint, "the replay store answers again");
                }
                Ok(value)
            }
            Err(error) => {
                if self.trouble.begins(self.clock.elapsed()) {
                    let then = match self.on_store_failure {
                        StoreFailure::Handle => "are handled unchecked",
                        StoreFailure::Refuse => "are refused",
                    };
                    tracing::error!(
                        target: TARGET,
                        endpoint,
                        %error,
                        "the replay store could not answer; messages for which it can't {then}"
                    );
                }
                Err(error.into())
            }
        }
    }

    pub(crate) fn report_lost_lease(&self, lease: &Lease, settlement: Settlement) {
        tracing::warn!(
            target: TARGET,
            endpoint = &*self.name,
            identity = ?lease.identity(),
            ?settlement,
            "the handler outlived its lease and another owner has the message: nothing was settled"
        );
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    pub(crate) fn observer(&self) -> Option<&dyn Observer> {
        self.observer.as_deref()
    }

    /// What proofs of a request's tenant are compared with.
    pub(super) fn tenant_secrets<'a>(&'a self, tenant: Option<&'a Known>) -> Option<&'a Secrets> {
        let tenants = self.tenants.as_ref()?;
        tenant.map(|tenant| tenants.secrets(tenant))
    }

    /// A tenant's secrets as this guard's keys, where it takes them.
    pub(super) fn tenant_keys(
        &self,
        guard: &HmacGuard,
        tenant: Option<&Known>,
    ) -> Result<Option<Keys>, Rejection> {
        let (Some(tenants), Some(tenant)) = (&self.tenants, tenant) else {
            return Ok(None);
        };
        let secrets = tenants.secrets(tenant);
        let tenant = match tenant {
            Known::Tenant(tenant) => tenant,
            // Nobody's secret, which is a key.
            Known::Unknown => return Ok(guard.dummy_keys(secrets).unwrap_or_default()),
        };
        let keys = guard.tenant_keys(secrets).inspect(|_| {
            // Another tenant's, perhaps: an incident ends after a quiet time.
            self.key_trouble.ends(|| self.clock.elapsed());
        });
        keys.map_err(|error| {
            if self.key_trouble.begins(self.clock.elapsed()) {
                tracing::error!(
                    target: TARGET,
                    endpoint = &*self.name,
                    tenant = &**tenant.id(),
                    %error,
                    "a tenant's secret is no key for the signatures; its messages are refused with 503"
                );
            }
            Rejection::tenant_lookup(Arc::new(error)).retry_after(MAX_RETRY_AFTER)
        })
    }

    /// Logs the beginning and the end of trouble with the application's tenants: an incident, not each of its requests.
    pub(super) fn watch_tenants<T>(
        &self,
        found: Result<T, Box<dyn Error + Send + Sync>>,
    ) -> Result<T, Rejection> {
        let endpoint = &*self.name;
        match found {
            Ok(found) => {
                if self.tenant_trouble.ends(|| self.clock.elapsed()) {
                    tracing::info!(target: TARGET, endpoint, "the tenants can be looked up again");
                }
                Ok(found)
            }
            Err(error) => {
                if self.tenant_trouble.begins(self.clock.elapsed()) {
                    tracing::error!(
                        target: TARGET,
                        endpoint,
                        %error,
                        "a tenant could not be looked up; such messages are refused with 503"
                    );
                }
                Err(Rejection::tenant_lookup(error.into()).retry_after(MAX_RETRY_AFTER))
            }
        }
    }

    /// Whether a token is part of the content: a field of a POST's body.
    pub(super) fn has_body_tokens(&self) -> bool {
        self.body_fields().next().is_some()
    }

    fn body_fields(&self) -> impl Iterator<Item = &str> {
        self.tokens
            .iter()
            .filter_map(|guard| match guard.carrier() {
                Carrier::Body(field) => Some(&**field),
                _ => None,
            })
    }

    /// The path's segments that serve as authentication, as they were sent.
    pub(super) fn path_tokens(&self, head: &Head<'_>) -> Vec<String> {
        let segments = self
            .tokens
            .iter()
            .filter_map(|guard| match guard.carrier() {
                Carrier::Path { after } => head.segment(*after).map(str::to_owned),
                _ => None,
            });
        segments.collect()
    }

    /// The names of headers that serve as authentication as they are, in lower case.
    pub(super) fn token_headers(&self) -> impl Iterator<Item = &str> {
        self.tokens
            .iter()
            .filter_map(|guard| guard.carrier().header())
    }

    /// A query without what serves as authentication, where it has any.
    pub(super) fn strip_query(&self, query: &str, is_get: bool) -> Option<String> {
        let is_token = |pair: &Pair<'_>| self.tokens.iter().any(|guard| guard.consumes(pair));
        let stripped = strip(query, is_token);
        if !is_get {
            return stripped;
        }
        // The query of a GET is its content.
        self.body_fields().fold(stripped, |stripped, field| {
            let query = stripped.as_deref().unwrap_or(query);
            cut::strip_query(query, field).or(stripped)
        })
    }

    /// A query without what is no part of a message, where it has any. Tokens that are part of the content are left.
    pub(super) fn message_query(&self, query: &str) -> Option<String> {
        let is_tenant = |pair: &Pair<'_>| match self.tenants.as_ref().map(Tenants::name) {
            Some(TenantName::Query(name)) => pair.is_named(name),
            Some(TenantName::Path { .. }) | None => false,
        };
        strip(query, |pair| {
            is_tenant(pair) || self.tokens.iter().any(|guard| guard.consumes(pair))
        })
    }

    pub(super) fn offer_unreadable(&self, raw: &[u8], unreadable: &Unreadable) {
        if let Some(hook) = &self.on_unreadable {
            hook(raw, unreadable);
        }
    }
}

fn strip(query: &str, is_removed: impl Fn(&Pair<'_>) -> bool) -> Option<String> {
    form::pairs(query)
        .any(|pair| is_removed(&pair))
        .then(|| form::without(query, is_removed))
}
