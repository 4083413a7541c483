//! When each message is due: [`Schedule`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Gives each message its time, whoever sends it and however long the others take.
pub(super) struct Schedule {
    start: Instant,
    /// Messages a second.
    rate: Option<f64>,
    given: AtomicU64,
}

impl Schedule {
    pub(super) fn new(rate: Option<f64>) -> Self {
        Self {
            start: Instant::now(),
            rate,
            given: AtomicU64::new(0),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Waits until the next message is due, and returns from when its latency counts.
    pub(super) async fn next(&self) -> Instant {
        let Some(rate) = self.rate else {
            return Instant::now();
        };
        let turn = self.given.fetch_add(1, Ordering::Relaxed);
        let due = Duration::try_from_secs_f64(turn as f64 / rate).unwrap_or(Duration::MAX);
        let due = self.start.checked_add(due).unwrap_or(self.start);
        if due <= Instant::now() {
            // All connections were busy when it was due: that is part of how long it took.
            return due;
        }
        sleep_until(due).await;
        Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sent_late_counts_from_when_it_was_due() {
        let schedule = Schedule::new(Some(1000.0));
        let start = schedule.start;
        sleep_until(start + Duration::from_millis(20)).await;
        for turn in 0..20 {
            assert_eq!(schedule.next().await, start + Duration::from_millis(turn));
        }
        let later = Schedule::new(Some(100.0));
        later.next().await;
        let due = later.start + Duration::from_millis(10);
        assert!(later.next().await >= due);
    }
}
