//! How an endpoint is configured.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Endpoint;
use super::places;
use super::shared::{Allow, Methods, Shared, SuccessRule, UnreadableHook};
use super::trouble::Trouble;
use crate::auth::{Carrier, Hmac, HmacGuard, Secrets, Tenants, TokenGuard};
use crate::clock::{Clock, SystemClock};
use crate::config::ConfigError;
use crate::held::Held;
use crate::observe::Observer;
use crate::payload::Unreadable;
use crate::provider::Provider;
use crate::replay::{AnyStore, MemoryStore, ReplayStore, TokenSource};
use crate::source::{AllowList, ClientFinder, Forwarding};

/// Configures an [`Endpoint`]. Mistakes are found by [`build`](Self::build).
///
/// | setting | default | why |
/// |---|---|---|
/// | authentication | none, and then it doesn't build | a webhook URL is public, and the platforms sign nothing |
/// | allowlist | none | no platform documents its addresses; list those you have seen |
/// | methods | POST and GET | TeleCMI's dashboard offers both |
/// | body limit | 256 KiB | a hundred times the largest documented message |
/// | read deadline | 10 s for the whole body | a message is one packet or two |
/// | replay protection | in memory, a million messages | platforms and proxies resend |
/// | replay window | 24 h | PIOPIY resends for 30 minutes; a day covers a queue behind an outage |
/// | lease | 60 s | longer than a webhook's handler should take |
/// | success | 2xx | what every sender takes for success |
/// | store failure | handle anyway | the platforms may never send it again |
#[must_use = "an endpoint is made by build()"]
pub struct EndpointBuilder<E> {
    provider: Arc<dyn Provider<Event = E>>,
    name: Option<String>,
    methods: Methods,
    clients: Option<Result<ClientFinder, ConfigError>>,
    allow: Option<Result<Allow, ConfigError>>,
    tokens: Vec<TokenGuard>,
    signatures: Vec<Result<HmacGuard, ConfigError>>,
    tenants: Option<Tenants>,
    is_insecure: bool,
    is_label_insecure: bool,
    max_body_bytes: usize,
    read_timeout: Duration,
    app_ids: Option<HashSet<Box<str>>>,
    store: Store,
    on_store_failure: StoreFailure,
    lease: Duration,
    window: Duration,
    is_per_leg: bool,
    success: SuccessRule,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
    on_unreadable: Option<UnreadableHook>,
}

enum Store {
    Memory,
    Given(AnyStore),
    Off,
}

/// What becomes of a message when the replay store can't answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It is handled, marked as unchecked: it may be handled again, and it is not lost. The default, because the
    /// platforms may never send it again.
    #[default]
    Handle,
    /// It is refused with 503: it is lost if the sender doesn't try again, and not handled twice, as long as its lease
    /// outlasts the store's trouble and the process lives to settle it.
    Refuse,
}

impl<E: 'static> EndpointBuilder<E> {
    pub(super) fn new(provider: Arc<dyn Provider<Event = E>>) -> Self {
        Self {
            provider,
            name: None,
            methods: Methods::PostAndGet,
            clients: None,
            allow: None,
            tokens: Vec::new(),
            signatures: Vec::new(),
            tenants: None,
            is_insecure: false,
            is_label_insecure: false,
            max_body_bytes: 256 * 1024,
            read_timeout: Duration::from_secs(10),
            app_ids: None,
            store: Store::Memory,
            on_store_failure: StoreFailure::default(),
            lease: Duration::from_secs(60),
            window: Duration::from_secs(24 * 60 * 60),
            is_per_leg: false,
            success: Arc::new(|status| (200..300).contains(&status)),
            clock: Arc::new(SystemClock),
            observer: None,
            on_unreadable: None,
        }
    }

    /// Names the endpoint, in logs and as part of each message's identity. The provider's name by default.
    ///
    /// Endpoints that share a store need different names, or messages of one may pass for replays of the other's.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Requires one of these secrets as a query parameter of the URL: `?token=...`.
    ///
    /// The parameter is taken out of the message, and of the URL that is passed inwards. Layers outside this one and
    /// proxies in front still see it, and may log it.
    pub fn query_token(self, parameter: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.token(Carrier::Query(parameter.into()), secrets.into())
    }

    /// Requires one of these secrets as the whole value of a header. The header is passed inwards.
    pub fn header_token(self, header: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.token(Carrier::Header(header.into()), secrets.into())
    }

    /// Requires one of these secrets as `Authorization: Bearer ...`. The header is passed inwards.
    pub fn bearer_token(self, secrets: impl Into<Secrets>) -> Self {
        self.token(Carrier::Bearer, secrets.into())
    }

    /// Requires this user with one of these passwords, as `Authorization: Basic ...`, which is what HTTP clients make of a
    /// URL such as `https://user:password@your.app/webhooks`. The header is passed inwards.
    pub fn basic_auth(self, user: impl Into<String>, passwords: impl Into<Secrets>) -> Self {
        self.token(Carrier::Basic { user: user.into() }, passwords.into())
    }

    /// Requires one of these secrets as the last segment of the path: `/webhooks/telecmi/...`. A slash at the end makes no
    /// segment. It is decoded once.
    ///
    /// In the URL that is passed inwards it is written `***`. Layers outside this one and proxies in front still see it,
    /// and a router keeps what it matched: don't log a handler's path parameters.
    pub fn path_token(self, secrets: impl Into<Secrets>) -> Self {
        self.path_token_before(0, secrets)
    }

    /// As [`path_token`](Self::path_token), of the segment that has this many segments after it: 1 for
    /// `/webhooks/.../telecmi`. Counted from the end, so that a prefix that a proxy adds or takes makes no difference.
    pub fn path_token_before(self, after: usize, secrets: impl Into<Secrets>) -> Self {
        self.token(Carrier::Path { after }, secrets.into())
    }

    /// Requires one of these secrets as a field of the message, which must stand once: the custom value that TeleCMI's
    /// dashboard takes and sends back as `custom`, or a constant in a Voipappz template.
    ///
    /// It is looked for in one pass before anything is decoded, and taken out of the message: of a POST's body, and of a
    /// GET's query. The body that is passed inwards is without it, too.
    pub fn body_token(self, field: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.token(Carrier::Body(field.into()), secrets.into())
    }

    fn token(mut self, carrier: Carrier, secrets: Secrets) -> Self {
        self.tokens.push(TokenGuard::new(carrier, secrets));
        self
    }

    /// Requires a signature made by the sender, or by a relay or gateway of your own: see [`auth::Hmac`](crate::auth::Hmac).
    pub fn hmac(mut self, scheme: Hmac) -> Self {
        self.signatures.push(HmacGuard::new(scheme));
        self
    }

    /// Asks the application for the secrets and app ids of the tenant that a request names: see
    /// [`auth::Tenants`](crate::auth::Tenants). The guards that take them are given
    /// [`Secrets::of_tenant`](crate::auth::Secrets::of_tenant). Replaces what was said before.
    pub fn tenants(mut self, tenants: Tenants) -> Self {
        self.tenants = Some(tenants);
        self
    }

    /// Accepts requests from these networks only. It narrows and doesn't authenticate. See [`source`](crate::source).
    ///
    /// For a list that can be replaced while serving, use [`allow_list`](Self::allow_list). Each of the two replaces what was
    /// said before.
    pub fn allow<T: AsRef<str>>(mut self, networks: impl IntoIterator<Item = T>) -> Self {
        self.allow = Some(AllowList::new(networks).map(Allow::Only));
        self
    }

    /// Accepts requests from the networks of this list only, whatever they are at the time.
    pub fn allow_list(mut self, list: AllowList) -> Self {
        self.allow = Some(Ok(Allow::Only(list)));
        self
    }

    /// Logs which requests this list would refuse, and lets them pass: to find out where messages come from before
    /// [`allow_list`](Self::allow_list) is said.
    pub fn insecure_observe_allow_list(mut self, list: AllowList) -> Self {
        self.allow = Some(Ok(Allow::Observe(list)));
        self
    }

    /// Takes a client's address from this header where the peer is one of these proxies. See [`source`](crate::source).
    pub fn trusted_proxies<T: AsRef<str>>(
        mut self,
        proxies: impl IntoIterator<Item = T>,
        header: Forwarding,
    ) -> Self {
        self.clients = Some(ClientFinder::new(proxies, header));
        self
    }

    /// Accepts messages from anybody who knows the URL. Something in front of this program must authenticate senders:
    /// a gateway that checks a signature, a mutual TLS proxy, a private network.
    pub fn insecure_no_authentication(mut self) -> Self {
        self.is_insecure = true;
        self
    }

    /// Takes what the URL says of a message (which event it is, or which tenant's) without a signature that covers the
    /// URL. Whoever sees one signed message can then send it to another event's or tenant's URL; something in front must
    /// rule that out.
    pub fn insecure_unsigned_label(mut self) -> Self {
        self.is_label_insecure = true;
        self
    }

    /// Accepts POST only, for platforms that never send GET.
    pub fn post_only(mut self) -> Self {
        self.methods = Methods::Post;
        self
    }

    /// Refuses bodies of more bytes, by their declared length or while they are read.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// How long a body may take from its first byte to its last, in total.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// Accepts messages of these accounts only. An app id is no secret, so this narrows and doesn't authenticate.
    pub fn app_ids<T: AsRef<str>>(mut self, app_ids: impl IntoIterator<Item = T>) -> Self {
        let app_ids = app_ids.into_iter().map(|app_id| app_id.as_ref().into());
        self.app_ids = Some(app_ids.collect());
        self
    }

    /// Remembers handled messages in this store instead of in a memory store of the endpoint's own. The endpoint then
    /// needs a [`name`](Self::name) that tells it from others with the same store.
    pub fn replay_store(mut self, store: impl ReplayStore) -> Self {
        self.store = Store::Given(Arc::new(store));
        self
    }

    /// Handles every copy of every message. The handler must then be idempotent by itself.
    pub fn insecure_no_replay_protection(mut self) -> Self {
        self.store = Store::Off;
        self
    }

    /// What becomes of a message when the replay store can't answer.
    pub fn on_store_failure(mut self, policy: StoreFailure) -> Self {
        self.on_store_failure = policy;
        self
    }

    /// For how long a message is one handler's. A handler that may take longer needs a longer lease: once it is over, a
    /// copy of the message is handled beside it.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// For how long a handled message is remembered.
    pub fn replay_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Takes the first handled message of each kind, leg and status for all of its contents.
    ///
    /// **This drops real news**: a CDR that is sent again once its recording exists is answered as a replay. It is the
    /// one exception to the promise that nothing is lost.
    pub fn per_leg(mut self) -> Self {
        self.is_per_leg = true;
        self
    }

    /// Which answers of the handler count as success, by their status: 2xx by default. Everything else releases the
    /// message, so that its next copy is handled.
    pub fn success_when(mut self, rule: impl Fn(u16) -> bool + Send + Sync + 'static) -> Self {
        self.success = Arc::new(rule);
        self
    }

    /// Reads the time here. For tests. A store that is given has a clock of its own, and an adapter a timer of its
    /// framework's for bodies that stop arriving.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Shows every outcome to this observer, beside the `tracing` events.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Offers what authenticated and could not be read, with its bytes, so that it isn't lost. It is answered 400 all
    /// the same.
    pub fn on_unreadable(
        mut self,
        hook: impl Fn(&[u8], &Unreadable) + Send + Sync + 'static,
    ) -> Self {
        self.on_unreadable = Some(Arc::new(hook));
        self
    }

    /// Makes the endpoint.
    ///
    /// # Errors
    ///
    /// The first mistake, naming the offending input.
    pub fn build(self) -> Result<Endpoint<E>, ConfigError> {
        self.validate()?;
        let clients = self.clients.transpose()?;
        let allow = self.allow.transpose()?;
        let signatures = self.signatures.into_iter().collect::<Result<Vec<_>, _>>()?;
        places::check(
            &*self.provider,
            &self.tokens,
            &signatures,
            self.tenants.as_ref(),
            self.methods.accepts_get(),
        )?;
        check_tenants(&self.tokens, &signatures, self.tenants.as_ref())?;
        let outlives = |guard: &&HmacGuard| {
            let lifetime = guard.lifetime();
            lifetime.is_some_and(|lifetime| lifetime > self.window)
        };
        if let Some(guard) = signatures.iter().find(outlives)
            && !matches!(self.store, Store::Off)
        {
            return Err(ConfigError::Scheme {
                guard: guard.place(),
                problem: "accepts a timestamp for longer than its message is remembered",
            });
        }
        let provider = self.provider;
        let is_url_unsigned = signatures.iter().all(|guard| !guard.signs_url());
        if !signatures.is_empty() && !self.is_label_insecure && is_url_unsigned {
            if provider.reads_url() {
                return Err(ConfigError::UnsignedLabel);
            }
            // What is signed with the tenant's secret is the tenant's.
            if self.tenants.is_some() && !signatures.iter().any(HmacGuard::is_of_tenant) {
                return Err(ConfigError::UnsignedTenant);
            }
        }
        let store = match self.store {
            Store::Memory => {
                let store = MemoryStore::new().with_clock(Arc::clone(&self.clock));
                Some(Arc::new(store) as AnyStore)
            }
            Store::Given(store) => Some(store),
            Store::Off => None,
        };
        let shared = Shared {
            name: self.name.as_deref().unwrap_or(provider.name()).into(),
            provider: provider.name().into(),
            methods: self.methods,
            clients,
            allow,
            tokens: self.tokens,
            signatures,
            tenants: self.tenants,
            max_body_bytes: self.max_body_bytes,
            read_timeout: self.read_timeout,
            app_ids: self.app_ids,
            store,
            on_store_failure: self.on_store_failure,
            lease: self.lease,
            window: self.window,
            is_per_leg: self.is_per_leg,
            success: self.success,
            clock: self.clock,
            observer: self.observer,
            on_unreadable: self.on_unreadable,
            leases: TokenSource::new(),
            trouble: Trouble::default(),
            tenant_trouble: Trouble::default(),
            key_trouble: Trouble::default(),
            held: Held::default(),
        };
        Ok(Endpoint {
            provider,
            shared: Arc::new(shared),
        })
    }

    fn validate(&self) -> Result<(), ConfigError> {
        if self.tokens.is_empty() && self.signatures.is_empty() && !self.is_insecure {
            return Err(ConfigError::NoAuthentication);
        }
        for guard in &self.tokens {
            guard.validate()?;
        }
        if let Some(tenants) = &self.tenants {
            tenants.validate()?;
        }
        for (what, is_zero) in [
            ("max_body_bytes", self.max_body_bytes == 0),
            ("read_timeout", self.read_timeout.is_zero()),
            ("lease", self.lease.is_zero()),
            ("replay_window", self.window.is_zero()),
        ] {
            if is_zero {
                return Err(ConfigError::Zero { what });
            }
        }
        if self.app_ids.as_ref().is_some_and(HashSet::is_empty) {
            return Err(ConfigError::NoAppId);
        }
        if self.name.as_deref() == Some("") {
            return Err(ConfigError::InvalidName {
                what: "endpoint",
                name: String::new(),
            });
        }
        if self.name.is_none() && matches!(self.store, Store::Given(_)) {
            return Err(ConfigError::UnnamedWithStore);
        }
        Ok(())
    }
}

/// Refuses tenants' secrets that nothing asks for, and guards that ask for them in vain.
fn check_tenants(
    tokens: &[TokenGuard],
    signatures: &[HmacGuard],
    tenants: Option<&Tenants>,
) -> Result<(), ConfigError> {
    let of_tokens = tokens
        .iter()
        .filter(|guard| guard.is_of_tenant())
        .map(TokenGuard::place);
    let of_signatures = signatures
        .iter()
        .filter(|guard| guard.is_of_tenant())
        .map(HmacGuard::place);
    match (tenants, of_tokens.chain(of_signatures).next()) {
        (None, Some(guard)) => Err(ConfigError::NoTenants { guard }),
        (Some(_), None) => Err(ConfigError::UnusedTenantSecrets),
        _ => Ok(()),
    }
}

impl<E> fmt::Debug for EndpointBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointBuilder")
            .field("name", &self.name)
            .field("methods", &self.methods)
            .field("tokens", &self.tokens)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}
