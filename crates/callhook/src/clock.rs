//! Time, injected, so that leases, windows and tolerances can be tested without waiting.
//!
//! 1. [`Clock::now`] is wall time. It is what [`Delivery::received_at`](crate::Delivery::received_at) shows.
//! 2. [`Clock::elapsed`] only ever grows. Leases, replay windows and deadlines are measured with it, so a wall clock
//!    that is set back neither extends a lease nor revives a replay.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

/// Where callhook reads the time. [`SystemClock`] unless the builder is given another.
pub trait Clock: Send + Sync + 'static {
    /// The wall time.
    fn now(&self) -> SystemTime;

    /// The time since an origin of the clock's choice. Never goes back.
    fn elapsed(&self) -> Duration;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }

    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}

/// The machine's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        ORIGIN.get_or_init(Instant::now).elapsed()
    }
}

/// A clock that moves only when it is advanced. Clones share one time.
///
/// ```
/// use std::time::Duration;
/// use callhook::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::default();
/// let before = clock.elapsed();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.elapsed() - before, Duration::from_secs(60));
/// ```
#[derive(Clone)]
pub struct ManualClock {
    start: SystemTime,
    nanos: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock whose wall time is `start` until it is advanced.
    #[must_use]
    pub fn new(start: SystemTime) -> Self {
        Self {
            start,
            nanos: Arc::default(),
        }
    }

    /// Moves this clock and all its clones forward. Stops at about 584 years.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let add = |nanos: u64| Some(nanos.saturating_add(by));
        let _ = self
            .nanos
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }
}

impl Default for ManualClock {
    /// Starts at the beginning of 2024 (UTC), a time at which every provider's documented samples are in the past.
    fn default() -> Self {
        Self::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_067_200))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::SeqCst))
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock")
            .field("elapsed", &self.elapsed())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_share_one_time() {
        let clock = ManualClock::default();
        let other = clock.clone();
        let wall = other.now();
        clock.advance(Duration::from_millis(1500));
        assert_eq!(other.elapsed(), Duration::from_millis(1500));
        assert_eq!(
            other.now().duration_since(wall).ok(),
            Some(Duration::from_millis(1500))
        );
    }

    #[test]
    fn a_manual_clock_stops_at_its_end_instead_of_wrapping() {
        let clock = ManualClock::default();
        clock.advance(Duration::MAX);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.elapsed(), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn the_system_clock_does_not_go_back() {
        let first = SystemClock.elapsed();
        assert!(SystemClock.elapsed() >= first);
    }
}
