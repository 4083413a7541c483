//! Failures of what an endpoint depends on (the replay store, the application), logged once for each incident.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// An incident ends with an answer that comes this long after the last failure. Without it, a store that fails every
/// other request would begin and end an incident with each.
pub(super) const QUIET: Duration = Duration::from_secs(10);

/// Whether there is an incident, and since when it has been quiet.
pub(crate) struct Incident {
    clock: Arc<dyn Clock>,
    /// Milliseconds of the clock at the last failure, plus one; 0 without an incident.
    last_failure: AtomicU64,
}

impl Incident {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            last_failure: AtomicU64::new(0),
        }
    }

    /// Records a failure. Returns whether an incident begins with it.
    pub(crate) fn fails(&self) -> bool {
        let now = millis(self.clock.elapsed()).saturating_add(1);
        self.last_failure.swap(now, Ordering::Relaxed) == 0
    }

    /// Records an answer. Returns whether an incident ends with it.
    pub(crate) fn answers(&self) -> bool {
        let last_failure = self.last_failure.load(Ordering::Relaxed);
        if last_failure == 0 {
            return false;
        }
        let now = millis(self.clock.elapsed()).saturating_add(1);
        let is_quiet = now >= last_failure.saturating_add(millis(QUIET));
        // Of several answers at once, one ends it.
        is_quiet
            && self
                .last_failure
                .compare_exchange(last_failure, 0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn an_incident_begins_once_and_ends_once_after_a_quiet_time() {
        let clock = ManualClock::default();
        let incident = Incident::new(Arc::new(clock.clone()));
        let wait = |seconds| clock.advance(Duration::from_secs(seconds));
        assert!(!incident.answers());
        assert!(incident.fails());
        wait(5);
        assert!(!incident.answers());
        wait(1);
        assert!(!incident.fails());
        wait(9);
        assert!(!incident.answers());
        wait(1);
        assert!(incident.answers());
        assert!(!incident.answers());
        wait(1);
        assert!(incident.fails());
    }
}
