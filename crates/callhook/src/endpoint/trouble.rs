//! Trouble with what an endpoint asks (the replay store, the application), told once for each incident.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// An incident ends with an answer that comes this long after the last failure. Without it, a store that fails every
/// other request would begin and end an incident with each.
const QUIET: Duration = Duration::from_secs(10);

/// Whether there is an incident, and since when it has been quiet.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// Milliseconds of the clock at the last failure, and one; 0 where there is no incident.
    last: AtomicU64,
}

impl Trouble {
    /// It failed: whether that begins an incident.
    pub(super) fn begins(&self, now: Duration) -> bool {
        self.last
            .swap(millis(now).saturating_add(1), Ordering::Relaxed)
            == 0
    }

    /// It answered: whether that ends an incident.
    pub(super) fn ends(&self, now: impl FnOnce() -> Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        if last == 0 {
            return false;
        }
        let is_quiet = millis(now()).saturating_add(1) >= last.saturating_add(millis(QUIET));
        // Of several answers at once, one ends it.
        is_quiet
            && self
                .last
                .compare_exchange(last, 0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_begins_once_and_ends_once_after_a_quiet_time() {
        let trouble = Trouble::default();
        let at = Duration::from_secs;
        assert!(!trouble.ends(|| at(0)));
        assert!(trouble.begins(at(0)));
        assert!(!trouble.ends(|| at(5)));
        assert!(!trouble.begins(at(6)));
        assert!(!trouble.ends(|| at(15)));
        assert!(trouble.ends(|| at(16)));
        assert!(!trouble.ends(|| at(18)));
        assert!(trouble.begins(at(19)));
    }
}
