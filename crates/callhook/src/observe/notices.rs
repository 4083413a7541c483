//! Kinds of messages that were not understood, each logged once an hour at most: [`Notices`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::TARGET;
use crate::clock::Clock;

/// What an event's [kind](crate::Provider::kind) is where it is of no known one.
pub(crate) const UNRECOGNIZED: &str = "unrecognized";

/// What is not understood: unrecognized events, and the codes of messages that can't be read. A body that breaks off
/// (`incomplete`) is a matter of the network.
const KINDS: [&str; 6] = [
    UNRECOGNIZED,
    "malformed",
    "empty",
    "too_many_fields",
    "too_deep",
    "duplicate_field",
];

/// Long enough for a log that is read by people; short enough for one that is kept for a day.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// When each kind was last logged, and how many messages of it there were since.
pub(crate) struct Notices {
    clock: Arc<dyn Clock>,
    /// Whether the application gets the bytes of what can't be read.
    are_kept: bool,
    kinds: [Kind; KINDS.len()],
}

#[derive(Default)]
struct Kind {
    /// Milliseconds of the clock when it was last logged, plus one; 0 for never.
    logged: AtomicU64,
    /// Those since that are not in the log.
    count: AtomicU64,
}

impl Notices {
    pub(super) fn new(clock: Arc<dyn Clock>, are_kept: bool) -> Self {
        Self {
            clock,
            are_kept,
            kinds: Default::default(),
        }
    }

    /// Takes a message that was not understood: its event's kind, or the code of its refusal.
    #[cold]
    pub(super) fn take(&self, endpoint: &str, provider: &str, code: &'static str) {
        let mut kinds = KINDS.iter().zip(&self.kinds);
        let Some((_, kind)) = kinds.find(|(known, _)| **known == code) else {
            return;
        };
        let Some(count) = kind.next(self.clock.elapsed()) else {
            return;
        };
        if code == UNRECOGNIZED {
            tracing::warn!(
                target: TARGET, endpoint, provider, event = code, count,
                "messages arrive that are of no known kind; the handler gets them with all their fields. Logged once an \
                 hour"
            );
            return;
        }
        let then = if self.are_kept {
            "on_unreadable was given their bytes"
        } else {
            "their bytes are lost: set on_unreadable to keep them"
        };
        tracing::warn!(
            target: TARGET, endpoint, provider, code, count,
            "authenticated messages arrive that can't be read; they are answered 400, and {then}. Logged once an hour \
             for each code"
        );
    }
}

impl Kind {
    /// Counts one. Returns how many there are, where they are to be logged now.
    fn next(&self, now: Duration) -> Option<u64> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let now = millis(now).saturating_add(1);
        let logged = self.logged.load(Ordering::Relaxed);
        let is_due = logged == 0 || now >= logged.saturating_add(millis(EVERY));
        // Of several at once, one logs.
        let is_mine = is_due
            && self
                .logged
                .compare_exchange(logged, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        is_mine.then(|| self.count.swap(0, Ordering::Relaxed))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
