//! One webhook URL's configuration: [`Endpoint`].

mod builder;
mod check;
mod fallback;
mod limits;
mod registry;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

pub use self::builder::EndpointBuilder;

pub(crate) use self::fallback::Fallback;
use self::limits::Limits;
use crate::auth::Guards;
use crate::clock::Clock;
use crate::observe::Reporter;
use crate::payload::Unreadable;
use crate::provider::Provider;
use crate::replay::Protection;
use crate::request::Head;
use crate::source::{Explanation, SourcePolicy};

/// One webhook URL's configuration: provider, name, who may call, how they prove it, limits, replay protection.
///
/// Cheap to clone; clones share one replay store. Build it once, outside whatever a framework calls for each of its
/// workers. An endpoint that is built a second time, and has a memory store of its own as the first has, handles copies of
/// what that has handled. A warning is logged, once for each name, where an endpoint is built while another of its provider
/// and name lives in this process and both have such stores. If that is meant, because a configuration is read again, say,
/// give both the same [store](EndpointBuilder::replay_store); if they are for different messages, give them
/// [names](EndpointBuilder::name).
pub struct Endpoint<E> {
    pub(crate) provider: Arc<dyn Provider<Event = E>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) on_unrecognized: Option<UnrecognizedHook<E>>,
}

/// What an endpoint's requests share, whatever their event type.
pub(crate) struct Shared {
    pub(crate) reporter: Arc<Reporter>,
    pub(crate) source: SourcePolicy,
    pub(crate) guards: Guards,
    pub(crate) limits: Limits,
    pub(crate) app_ids: Option<HashSet<Box<str>>>,
    pub(crate) protection: Arc<Protection>,
    pub(crate) fallback: Option<Arc<Fallback>>,
    pub(crate) on_unreadable: Option<UnreadableHook>,
    pub(crate) clock: Arc<dyn Clock>,
}

pub(crate) type UnreadableHook = Arc<dyn Fn(&[u8], &Unreadable) + Send + Sync>;

pub(crate) type UnrecognizedHook<E> = Arc<dyn Fn(&[u8], &E) + Send + Sync>;

impl<E: 'static> Endpoint<E> {
    /// The name, which is the provider's unless another was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.reporter.endpoint
    }

    /// Waits until no message is in a handler's hands and everything left to settle was tried.
    ///
    /// Call it after the server has stopped taking requests and before the process ends: a message that is still held
    /// then would only be free again when its lease ends.
    pub async fn idle(&self) {
        self.shared.protection.idle().await;
    }

    /// When the last request arrived that authenticated and held a message, whatever becomes of it: also one that was
    /// refused as unreadable, a copy, and a message whose handler has not answered yet. In milliseconds, of the endpoint's
    /// [clock](EndpointBuilder::clock). `None` where there was none since the endpoint was built. Clones share it; other
    /// processes' requests don't count.
    ///
    /// It never goes back: where the clock was ahead when a request arrived, and is then set right, this stays at the time
    /// that was ahead until the clock has passed it.
    ///
    /// A platform that has lost the URL says nothing. Have a task compare this with how long your calls are ever silent:
    ///
    /// ```
    /// # use callhook::{Endpoint, telecmi::Telecmi};
    /// use std::time::{Duration, SystemTime};
    ///
    /// /// Whether nothing came for this time, of an endpoint that was built then.
    /// fn is_silent<E: 'static>(endpoint: &Endpoint<E>, built_at: SystemTime, limit: Duration) -> bool {
    ///     let last = endpoint.last_received().unwrap_or(built_at);
    ///     // An error is a clock that was set back: nothing to alarm anybody with.
    ///     last.elapsed().is_ok_and(|silent_for| silent_for > limit)
    /// }
    /// # let endpoint = Endpoint::builder(Telecmi).query_token("token", "a token of 16 bytes or more").build()?;
    /// # assert!(!is_silent(&endpoint, SystemTime::now(), Duration::from_secs(3600)));
    /// # assert!(is_silent(&endpoint, SystemTime::UNIX_EPOCH, Duration::from_secs(3600)));
    /// # Ok::<(), callhook::ConfigError>(())
    /// ```
    #[must_use]
    pub fn last_received(&self) -> Option<SystemTime> {
        self.shared.reporter.heard.last_received()
    }

    /// When the last message arrived that a handler has answered with success. Otherwise as
    /// [`last_received`](Self::last_received): where messages come and this stays behind, the application fails.
    #[must_use]
    pub fn last_handled(&self) -> Option<SystemTime> {
        self.shared.reporter.heard.last_handled()
    }

    /// Forgets what is [cached](crate::auth::Tenants::cached) of the tenant with this [id](crate::auth::Tenant::new), and of
    /// the tenant's name, as it is in the URL, that is equal to it: the next request asks the application. Say so when a
    /// tenant's secret is replaced, and when a tenant is set up or removed.
    ///
    /// A lookup that is under way is not cached, and requests that come from now on don't wait for it. In other processes,
    /// and in other endpoints, nothing is forgotten. Does nothing where the endpoint has no such cache.
    pub fn forget_tenant(&self, tenant: &str) {
        if let Some(tenants) = self.shared.guards.tenants() {
            tenants.forget(tenant);
        }
    }

    /// What this endpoint makes of where a request comes from: which address it takes for the client's, from where, and
    /// which network of the allowlist it is in.
    #[must_use]
    pub fn explain(&self, head: &Head<'_>) -> Explanation {
        let source = &self.shared.source;
        source.explain(source.client(head))
    }
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self {
            provider: Arc::clone(&self.provider),
            shared: Arc::clone(&self.shared),
            on_unrecognized: self.on_unrecognized.clone(),
        }
    }
}

impl<E> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.shared.reporter.endpoint)
            .field("provider", &self.shared.reporter.provider)
            .finish_non_exhaustive()
    }
}
