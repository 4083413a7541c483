//! One webhook URL's configuration: [`Endpoint`].

mod builder;
mod check;
mod limits;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

pub use self::builder::EndpointBuilder;

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
/// workers.
pub struct Endpoint<E> {
    pub(crate) provider: Arc<dyn Provider<Event = E>>,
    pub(crate) shared: Arc<Shared>,
}

/// What an endpoint's requests share, whatever their event type.
pub(crate) struct Shared {
    pub(crate) reporter: Arc<Reporter>,
    pub(crate) source: SourcePolicy,
    pub(crate) guards: Guards,
    pub(crate) limits: Limits,
    pub(crate) app_ids: Option<HashSet<Box<str>>>,
    pub(crate) protection: Arc<Protection>,
    pub(crate) on_unreadable: Option<UnreadableHook>,
    pub(crate) clock: Arc<dyn Clock>,
}

pub(crate) type UnreadableHook = Arc<dyn Fn(&[u8], &Unreadable) + Send + Sync>;

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
