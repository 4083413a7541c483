//! A book's limits: [`CallBookBuilder`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::CallBook;
use crate::clock::{Clock, SystemClock};

pub(super) struct Options {
    pub(super) max_calls: usize,
    pub(super) max_bytes: usize,
    pub(super) max_age: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

/// Builds a [`CallBook`].
#[must_use]
pub struct CallBookBuilder(Options);

impl CallBookBuilder {
    /// How many calls are kept: 10 000 by default, a busy day of a mid-sized centre at some 30 MB. At least one.
    pub fn max_calls(mut self, calls: usize) -> Self {
        self.0.max_calls = calls.max(1);
        self
    }

    /// How many bytes the calls' messages may take together: 256 MiB by default, which ordinary calls don't reach. Senders
    /// choose how long their texts are.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.0.max_bytes = bytes;
        self
    }

    /// For how long a call without news is kept: 24 hours by default, as long as the copy of a record is known as one.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.0.max_age = age;
        self
    }

    /// Where the book reads the time, of which it uses [`elapsed`](Clock::elapsed) alone.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.0.clock = Arc::new(clock);
        self
    }

    /// The book.
    #[must_use]
    pub fn build(self) -> CallBook {
        CallBook::with_options(self.0)
    }
}

impl Default for CallBookBuilder {
    fn default() -> Self {
        Self(Options {
            max_calls: 10_000,
            max_bytes: 256 * 1024 * 1024,
            max_age: Duration::from_secs(24 * 60 * 60),
            clock: Arc::new(SystemClock),
        })
    }
}

impl fmt::Debug for CallBookBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallBookBuilder")
            .field("max_calls", &self.0.max_calls)
            .field("max_bytes", &self.0.max_bytes)
            .field("max_age", &self.0.max_age)
            .finish_non_exhaustive()
    }
}
