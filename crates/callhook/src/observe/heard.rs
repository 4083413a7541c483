//! When an endpoint last heard anything: [`Heard`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// When an endpoint last received and last handled anything. Its clones share it.
#[derive(Default)]
pub(crate) struct Heard {
    received: Last,
    handled: Last,
}

impl Heard {
    /// A request that arrived then had authenticated.
    pub(super) fn received(&self, at: SystemTime) {
        self.received.set(at);
    }

    /// A message that arrived then was handled.
    pub(super) fn handled(&self, at: SystemTime) {
        self.handled.set(at);
    }

    pub(crate) fn last_received(&self) -> Option<SystemTime> {
        self.received.get()
    }

    pub(crate) fn last_handled(&self) -> Option<SystemTime> {
        self.handled.get()
    }
}

/// The latest of some moments: milliseconds since 1970 plus one, and 0 for none.
#[derive(Default)]
struct Last(AtomicU64);

impl Last {
    fn set(&self, at: SystemTime) {
        let since = at.duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        let millis = u64::try_from(millis).unwrap_or(u64::MAX).saturating_add(1);
        // Most of many requests at a time come within one millisecond, and write nothing.
        if millis > self.0.load(Ordering::Relaxed) {
            self.0.fetch_max(millis, Ordering::Relaxed);
        }
    }

    fn get(&self) -> Option<SystemTime> {
        let millis = self.0.load(Ordering::Relaxed).checked_sub(1)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_moment_counts_whatever_the_order() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let last = Last::default();
        assert_eq!(last.get(), None);
        last.set(at(0));
        assert_eq!(last.get(), Some(at(0)));
        last.set(at(1_500));
        last.set(at(1_499));
        assert_eq!(last.get(), Some(at(1_500)));
        // A clock that was never set.
        let last = Last::default();
        last.set(SystemTime::UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(last.get(), Some(at(0)));
    }
}
