//! The buffer that a request's body is read into, bounded in size and time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::endpoint::{Shared, Trace};
use crate::rejection::{Rejection, RejectionKind};

/// Where an adapter puts a body as it arrives.
///
/// The size is checked with every chunk, before it is kept. The time is checked with every chunk too; the adapter sets a
/// timer of [`time_left`](Self::time_left) for the sender that sends none, and then returns
/// [`too_slow`](Self::too_slow).
pub struct BodyBuffer {
    shared: Arc<Shared>,
    trace: Trace,
    ends_at: Duration,
    chunks: Chunks,
}

/// Most bodies come in one chunk, which is then not copied.
enum Chunks {
    None,
    One(Bytes),
    Many(BytesMut),
}

impl BodyBuffer {
    pub(crate) fn new(shared: Arc<Shared>, trace: Trace) -> Self {
        let ends_at = shared
            .clock()
            .elapsed()
            .saturating_add(shared.read_timeout());
        Self {
            shared,
            trace,
            ends_at,
            chunks: Chunks::None,
        }
    }

    /// Adds a chunk.
    ///
    /// # Errors
    ///
    /// The refusal, if the body is now larger than the limit, or has taken too long. It has been reported.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        if self.time_left().is_zero() {
            return Err(self.too_slow());
        }
        let is_too_large = self
            .len()
            .checked_add(chunk.len())
            .is_none_or(|length| length > self.shared.max_body_bytes());
        if is_too_large {
            self.chunks = Chunks::None;
            return Err(self.refuse(Rejection::new(
                RejectionKind::TooLarge,
                "too_large",
                "the body went over the limit while it was read",
            )));
        }
        if chunk.is_empty() {
            return Ok(());
        }
        self.chunks = match std::mem::replace(&mut self.chunks, Chunks::None) {
            Chunks::None => Chunks::One(chunk),
            Chunks::One(first) => {
                let mut all = BytesMut::with_capacity(2 * (first.len() + chunk.len()));
                all.extend_from_slice(&first);
                all.extend_from_slice(&chunk);
                Chunks::Many(all)
            }
            Chunks::Many(mut all) => {
                all.extend_from_slice(&chunk);
                Chunks::Many(all)
            }
        };
        Ok(())
    }

    /// How long the rest of the body may take.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.ends_at.saturating_sub(self.shared.clock().elapsed())
    }

    /// The time is over: the refusal, which has been reported.
    #[must_use]
    pub fn too_slow(&self) -> Rejection {
        self.refuse(Rejection::new(
            RejectionKind::TooSlow,
            "too_slow",
            "the body took too long",
        ))
    }

    /// The sender broke off: the refusal, which has been reported, for a sender that most likely is gone.
    #[must_use]
    pub fn broken_off(&self) -> Rejection {
        self.refuse(Rejection::new(
            RejectionKind::Unreadable,
            "incomplete",
            "the body ended before it was complete",
        ))
    }

    /// The whole body.
    #[must_use]
    pub fn finish(self) -> Bytes {
        match self.chunks {
            Chunks::None => Bytes::new(),
            Chunks::One(chunk) => chunk,
            Chunks::Many(chunks) => chunks.freeze(),
        }
    }

    fn len(&self) -> usize {
        match &self.chunks {
            Chunks::None => 0,
            Chunks::One(chunk) => chunk.len(),
            Chunks::Many(chunks) => chunks.len(),
        }
    }

    fn refuse(&self, rejection: Rejection) -> Rejection {
        self.shared.refuse(self.trace, rejection)
    }
}

impl fmt::Debug for BodyBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyBuffer")
            .field("bytes", &self.len())
            .finish_non_exhaustive()
    }
}
