//! Notices endpoints that are built more often than was meant: [`register`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Shared;
use crate::observe::TARGET;

/// What is known of the endpoints of one provider and name that have memory stores of their own.
enum Known {
    /// The last one that was built.
    One(Weak<Shared>),
    /// There were two at a time, which was logged.
    Logged,
}

/// Warns where an endpoint of the same provider and name lives already, and each has a memory store of its own: neither
/// knows what the other has handled. That is what becomes of an endpoint that is built for each worker of a server.
///
/// Once for each name, and not where an endpoint replaces one that was dropped.
pub(super) fn register(endpoint: &Arc<Shared>) {
    let (provider, name) = (&endpoint.reporter.provider, &endpoint.reporter.endpoint);
    let key = (Arc::clone(provider), Arc::clone(name));
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    let registry = registry.get_or_insert_default();
    if registry.len() >= MAX_NAMES && !registry.contains_key(&key) {
        registry.retain(|_, known| known.is_needed());
        if registry.len() >= MAX_NAMES {
            return;
        }
    }
    match registry.get(&key) {
        Some(Known::Logged) => {}
        Some(Known::One(other)) if other.strong_count() > 0 => {
            registry.insert(key, Known::Logged);
            tracing::warn!(
                target: TARGET,
                endpoint = &**name,
                provider = &**provider,
                "a second endpoint of this name has a replay store of its own in memory: neither knows what the other has \
                 handled, so copies of one message are handled by both. Build the endpoint once, outside of what runs for \
                 each worker, such as the closure of HttpServer::new, and clone it; or give the endpoints different names"
            );
        }
        _ => {
            registry.insert(key, Known::One(Arc::downgrade(endpoint)));
        }
    }
}

impl Known {
    /// Whether forgetting it would change what is logged.
    fn is_needed(&self) -> bool {
        match self {
            Self::One(endpoint) => endpoint.strong_count() > 0,
            Self::Logged => true,
        }
    }
}

type Registry = HashMap<(Arc<str>, Arc<str>), Known>;

/// Of this process: workers share nothing else. Between two processes no warning is possible.
static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

/// Endpoints of more names than this are not watched.
const MAX_NAMES: usize = 1_024;
