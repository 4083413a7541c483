//! How an endpoint is configured: [`EndpointBuilder`].

mod authentication;
mod replay;
mod requests;
mod waiting;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::fallback::{ANSWER_WITHIN, Fallback};
use super::limits::{Limits, Methods};
use super::{Endpoint, Shared, UnreadableHook, UnrecognizedHook, check, registry};
use crate::answer::ReplyBody;
use crate::auth::{Guards, HmacGuard, Tenants, TokenGuard};
use crate::clock::{Clock, SystemClock};
use crate::error::{ConfigError, SettingProblem};
use crate::observe::{Both, Incident, Observer, Reporter};
use crate::payload::Unreadable;
use crate::provider::Provider;
use crate::replay::{
    AnyStore, InFlight, MemoryStore, OnStoreFailure, Protection, SuccessRule, TokenSource, Windows,
};
use crate::source::{Allow, ClientFinder, SourcePolicy};

/// Configures an [`Endpoint`]. Mistakes are found by [`build`](Self::build).
///
/// Which replay store suits which application is in the
/// [README](https://github.com/callhook/callhook#where-handled-messages-are-remembered).
///
/// | setting | default | why |
/// |---|---|---|
/// | authentication | none, and then `build` fails | a webhook URL is public, and the platforms sign nothing |
/// | allowlist | none | no platform documents its addresses; list those you have seen |
/// | methods | POST and GET | TeleCMI's dashboard offers both |
/// | body limit | 256 KiB | a hundred times the largest documented message |
/// | read deadline | 10 s for the whole body | a message fits in one or two packets |
/// | replay protection | in memory, a million messages | platforms and proxies resend |
/// | replay window | 24 h | PIOPIY resends for 30 minutes; a day covers a queue behind an outage |
/// | live replay window | 2 minutes | a call put on hold again sends the same content as a new message; a sender's second try comes sooner |
/// | lease | 60 s | longer than a webhook's handler should take |
/// | success | 2xx | what every sender takes for success |
/// | fallback | none | only you know what to tell a caller |
/// | answer within | 5 s where there is a fallback | longer silence sounds like a dead line |
/// | store failure | handle anyway | the platforms may never send it again |
#[must_use = "an endpoint is made by build()"]
pub struct EndpointBuilder<E> {
    provider: Arc<dyn Provider<Event = E>>,
    name: Option<String>,
    limits: Limits,
    clients: Option<Result<ClientFinder, ConfigError>>,
    allow: Option<Result<Allow, ConfigError>>,
    tokens: Vec<TokenGuard>,
    signatures: Vec<Result<HmacGuard, ConfigError>>,
    tenants: Option<Tenants>,
    is_insecure: bool,
    is_event_name_insecure: bool,
    app_ids: Option<HashSet<Box<str>>>,
    store: Store,
    on_store_failure: OnStoreFailure,
    lease: Duration,
    window: Duration,
    /// None where it is to be a default that suits the other settings.
    live_window: Option<Duration>,
    is_lossy_per_leg: bool,
    success: SuccessRule,
    fallback: Option<ReplyBody>,
    answer_within: Option<Duration>,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
    on_unreadable: Option<UnreadableHook>,
    on_unrecognized: Option<UnrecognizedHook<E>>,
}

enum Store {
    Memory,
    Given(AnyStore),
    Off,
}

impl<E: 'static> Endpoint<E> {
    /// Configures an endpoint for a provider, such as [`Telecmi`](crate::telecmi::Telecmi).
    pub fn builder(provider: impl Provider<Event = E>) -> EndpointBuilder<E> {
        EndpointBuilder::new(Arc::new(provider))
    }
}

/// # Name, time, reporting
impl<E: 'static> EndpointBuilder<E> {
    fn new(provider: Arc<dyn Provider<Event = E>>) -> Self {
        Self {
            provider,
            name: None,
            limits: Limits {
                methods: Methods::PostAndGet,
                max_body_bytes: 256 * 1024,
                read_timeout: Duration::from_secs(10),
            },
            clients: None,
            allow: None,
            tokens: Vec::new(),
            signatures: Vec::new(),
            tenants: None,
            is_insecure: false,
            is_event_name_insecure: false,
            app_ids: None,
            store: Store::Memory,
            on_store_failure: OnStoreFailure::default(),
            lease: Duration::from_secs(60),
            window: Duration::from_secs(24 * 60 * 60),
            live_window: None,
            is_lossy_per_leg: false,
            success: Arc::new(|status| (200..300).contains(&status)),
            fallback: None,
            answer_within: None,
            clock: Arc::new(SystemClock),
            observer: None,
            on_unreadable: None,
            on_unrecognized: None,
        }
    }

    /// Names the endpoint, in logs and as part of each message's identity. The provider's name by default.
    ///
    /// Endpoints that share a store need different names, or a message of one may be taken for a replay of another's.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Reads the time from this clock, for tests. A store that you pass has its own clock, and adapters use their
    /// framework's timer for bodies that stop arriving.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Reports every outcome to this observer, in addition to the `tracing` events. Called more than once, it adds one
    /// each time: metrics and a page of your own, say.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        let observer: Arc<dyn Observer> = Arc::new(observer);
        self.observer = Some(match self.observer.take() {
            None => observer,
            Some(first) => Arc::new(Both(first, observer)),
        });
        self
    }

    /// Receives messages that authenticated and could not be read, with their bytes, so that they aren't lost. They are
    /// still answered with 400.
    ///
    /// It is called on the request's own task, so it must be quick, and bound what it keeps: each message has at most
    /// [`max_body_bytes`](Self::max_body_bytes), and the sender decides how many there are.
    pub fn on_unreadable(
        mut self,
        hook: impl Fn(&[u8], &Unreadable) + Send + Sync + 'static,
    ) -> Self {
        self.on_unreadable = Some(Arc::new(hook));
        self
    }

    /// Receives messages that were read and are of no known [kind](Provider::kind), with their bytes: what a platform has
    /// invented since this release. They go to the handler too, with all their fields, so this is for whoever is to look
    /// at them. Copies are given to it as well.
    ///
    /// It is called on the request's own task, before the handler: see [`on_unreadable`](Self::on_unreadable).
    pub fn on_unrecognized(mut self, hook: impl Fn(&[u8], &E) + Send + Sync + 'static) -> Self {
        self.on_unrecognized = Some(Arc::new(hook));
        self
    }

    /// Makes the endpoint.
    ///
    /// # Errors
    ///
    /// The first mistake, naming the offending input.
    pub fn build(self) -> Result<Endpoint<E>, ConfigError> {
        self.validate()?;
        let provider = self.provider;
        let tenants = self.tenants;
        let clients = self.clients.transpose()?;
        let allow = self.allow.transpose()?;
        let signatures = self.signatures.into_iter().collect::<Result<Vec<_>, _>>()?;
        check::locations(&*provider, &self.tokens, &signatures, tenants.as_ref())?;
        check::tenants(&self.tokens, &signatures, tenants.as_ref())?;
        let windows = windows(self.window, self.live_window, &signatures);
        if !matches!(self.store, Store::Off) {
            check::lifetimes(&signatures, windows)?;
            check::windows(windows)?;
        }
        if !self.is_event_name_insecure {
            check::signed_url(&*provider, &signatures, tenants.as_ref())?;
        }

        let clock = self.clock;
        let name: Arc<str> = self.name.as_deref().unwrap_or(provider.name()).into();
        let has_own_store = matches!(self.store, Store::Memory);
        let store = match self.store {
            Store::Memory => {
                let store = MemoryStore::builder().clock(Arc::clone(&clock)).build();
                Some(AnyStore::Own(store))
            }
            Store::Given(store) => Some(store),
            Store::Off => None,
        };
        let protection = Protection {
            endpoint: Arc::clone(&name),
            store,
            on_failure: self.on_store_failure,
            lease: self.lease,
            windows,
            is_lossy_per_leg: self.is_lossy_per_leg,
            success: self.success,
            tokens: TokenSource::new(),
            incident: Incident::new(Arc::clone(&clock)),
            in_flight: InFlight::default(),
        };
        let reporter = Reporter::new(
            Arc::clone(&name),
            provider.name().into(),
            self.observer,
            self.on_unreadable.is_some(),
            Arc::clone(&clock),
        );
        let shared = Shared {
            reporter: Arc::new(reporter),
            source: SourcePolicy::new(Arc::clone(&name), clients, allow),
            guards: Guards::new(name, self.tokens, signatures, tenants, &clock),
            limits: self.limits,
            app_ids: self.app_ids,
            protection: Arc::new(protection),
            fallback: self.fallback.map(|reply| {
                let answer_within = self.answer_within.unwrap_or(ANSWER_WITHIN);
                Arc::new(Fallback {
                    reply,
                    answer_within,
                    clock: Arc::clone(&clock),
                })
            }),
            on_unreadable: self.on_unreadable,
            clock,
        };
        let shared = Arc::new(shared);
        if has_own_store {
            registry::register(&shared);
        }
        Ok(Endpoint {
            provider,
            shared,
            on_unrecognized: self.on_unrecognized,
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
        for (setting, is_zero) in [
            ("max_body_bytes", self.limits.max_body_bytes == 0),
            ("read_timeout", self.limits.read_timeout.is_zero()),
            ("lease", self.lease.is_zero()),
            ("replay_window", self.window.is_zero()),
            (
                "live_replay_window",
                self.live_window.is_some_and(|window| window.is_zero()),
            ),
            (
                "answer_within",
                self.answer_within.is_some_and(|limit| limit.is_zero()),
            ),
        ] {
            if is_zero {
                return Err(ConfigError::Setting {
                    setting: setting.to_owned(),
                    problem: SettingProblem::Zero,
                });
            }
        }
        if self.answer_within.is_some() && self.fallback.is_none() {
            return Err(ConfigError::Setting {
                setting: "answer_within".to_owned(),
                problem: SettingProblem::Without {
                    setting: "fallback",
                },
            });
        }
        if self.app_ids.as_ref().is_some_and(HashSet::is_empty) {
            return Err(ConfigError::Setting {
                setting: "app_ids".to_owned(),
                problem: SettingProblem::Empty,
            });
        }
        if self.name.as_deref() == Some("") {
            return Err(ConfigError::Name {
                what: "endpoint",
                name: String::new(),
            });
        }
        if self.name.is_none() && matches!(self.store, Store::Given(_)) {
            return Err(ConfigError::UnnamedStore);
        }
        Ok(())
    }
}

/// Long enough for a sender that tries again, and short enough for a state that comes back.
const LIVE_WINDOW: Duration = Duration::from_secs(2 * 60);

/// A live event whose window is not set is remembered for two minutes; for no longer than a record is; and for as long
/// as its signature passes, or whoever has seen it could send it again.
fn windows(long: Duration, brief: Option<Duration>, signatures: &[HmacGuard]) -> Windows {
    let lifetime = signatures.iter().filter_map(HmacGuard::lifetime).max();
    let default = || LIVE_WINDOW.min(long).max(lifetime.unwrap_or_default());
    let brief = brief.unwrap_or_else(default);
    Windows { long, brief }
}

impl<E> fmt::Debug for EndpointBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointBuilder")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .field("tokens", &self.tokens)
            .field("signatures", &self.signatures)
            .finish_non_exhaustive()
    }
}
