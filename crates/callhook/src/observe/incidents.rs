//! Failures by name, such as a tenant's, logged once for each incident and in a bounded number: [`Incidents`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::incident::{Incident, QUIET};
use crate::clock::Clock;

/// The incidents of up to so many names.
pub(crate) struct Incidents {
    clock: Arc<dyn Clock>,
    max: usize,
    /// Whether there are any. Where there are none, an answer costs nothing.
    are_any: AtomicBool,
    /// By name, when the last failure was.
    failing: Mutex<HashMap<Box<str>, Duration>>,
    /// Of all names beyond those.
    others: Incident,
}

/// What a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// The first of an incident of its name.
    Begins,
    /// A later one of an incident that was logged.
    IsKnown,
    /// The first of an incident of the names for which no room is left.
    IsOneTooMany,
}

impl Incidents {
    pub(crate) fn new(max: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            others: Incident::new(Arc::clone(&clock)),
            clock,
            max,
            are_any: AtomicBool::new(false),
            failing: Mutex::default(),
        }
    }

    /// Records a failure.
    pub(crate) fn fails(&self, name: &str) -> Failing {
        let now = self.clock.elapsed();
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last_failure) = failing.get_mut(name) {
            *last_failure = now;
            return Failing::IsKnown;
        }
        if failing.len() >= self.max {
            // Of a name that nobody asks for any more, nobody will hear an answer either.
            failing.retain(|_, last_failure| now.saturating_sub(*last_failure) < FORGOTTEN);
        }
        if failing.len() < self.max {
            failing.insert(name.into(), now);
            self.are_any.store(true, Ordering::Relaxed);
            return Failing::Begins;
        }
        drop(failing);
        // Ends what is over: no answer is told of names that weren't.
        self.others.answers();
        if self.others.fails() {
            Failing::IsOneTooMany
        } else {
            Failing::IsKnown
        }
    }

    /// Records an answer. Returns whether an incident of this name ends with it.
    pub(crate) fn answers(&self, name: &str) -> bool {
        if !self.are_any.load(Ordering::Relaxed) {
            return false;
        }
        let now = self.clock.elapsed();
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = failing
            .get(name)
            .is_some_and(|last_failure| now.saturating_sub(*last_failure) >= QUIET);
        if ends {
            failing.remove(name);
            self.are_any.store(!failing.is_empty(), Ordering::Relaxed);
        }
        ends
    }
}

/// How long a name is remembered without a failure when the room for others is needed.
const FORGOTTEN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn each_name_has_its_incident_and_names_beyond_the_bound_have_one_together() {
        let clock = ManualClock::default();
        let incidents = Incidents::new(2, Arc::new(clock.clone()));
        let wait = |seconds| clock.advance(Duration::from_secs(seconds));
        assert!(!incidents.answers("a"));
        assert_eq!(incidents.fails("a"), Failing::Begins);
        assert_eq!(incidents.fails("a"), Failing::IsKnown);
        assert_eq!(incidents.fails("b"), Failing::Begins);
        assert_eq!(incidents.fails("c"), Failing::IsOneTooMany);
        assert_eq!(incidents.fails("d"), Failing::IsKnown);
        assert!(!incidents.answers("a"));
        wait(9);
        assert_eq!(incidents.fails("b"), Failing::IsKnown);
        wait(1);
        assert!(incidents.answers("a"));
        assert!(!incidents.answers("a"));
        assert!(!incidents.answers("b"));
        assert!(!incidents.answers("c"));
        // There is room again.
        assert_eq!(incidents.fails("c"), Failing::Begins);
        assert_eq!(incidents.fails("a"), Failing::IsOneTooMany);
    }

    #[test]
    fn names_that_nobody_asks_for_any_more_make_room() {
        let clock = ManualClock::default();
        let incidents = Incidents::new(2, Arc::new(clock.clone()));
        let wait = |seconds| clock.advance(Duration::from_secs(seconds));
        assert_eq!(incidents.fails("a"), Failing::Begins);
        assert_eq!(incidents.fails("b"), Failing::Begins);
        wait(59);
        assert_eq!(incidents.fails("b"), Failing::IsKnown);
        assert_eq!(incidents.fails("c"), Failing::IsOneTooMany);
        wait(1);
        assert_eq!(incidents.fails("c"), Failing::Begins);
        assert_eq!(incidents.fails("b"), Failing::IsKnown);
        assert_eq!(incidents.fails("a"), Failing::IsKnown);
    }
}
