//! The buffer that a request's body is read into, bounded in size and time.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::endpoint::{Admitted, Opened};
use crate::rejection::{Rejection, RejectionKind};

/// Where an adapter puts the body of an [`Admitted`] request as it arrives. The only way on to [`Opened`].
///
/// The size is checked with every chunk, before it is kept. The time is checked with every chunk too; the adapter sets a
/// timer of [`time_left`](Self::time_left) for the sender that sends none, and then returns
/// [`too_slow`](Self::too_slow).
pub struct BodyBuffer<E> {
    admitted: Admitted<E>,
    ends_at: Duration,
    chunks: Chunks,
}

/// Most bodies come in one chunk, which is then not copied.
enum Chunks {
    None,
    One(Bytes),
    Many(BytesMut),
}

impl<E: 'static> BodyBuffer<E> {
    pub(crate) fn new(admitted: Admitted<E>) -> Self {
        let shared = admitted.shared();
        let now = shared.clock().elapsed();
        Self {
            ends_at: now.saturating_add(shared.read_timeout()),
            admitted,
            chunks: Chunks::None,
        }
    }

    /// Adds a chunk.
    ///
    /// # Errors
    ///
    /// The refusal, if the body is now larger than the limit, or has taken too long. It has been reported, and the
    /// body is gone.
    pub fn push(mut self, chunk: Bytes) -> Result<Self, Rejection> {
        if self.time_left().is_zero() {
            return Err(self.refuse(too_slow()));
        }
        let is_too_large = self
            .len()
            .checked_add(chunk.len())
            .is_none_or(|length| length > self.admitted.shared().max_body_bytes());
        if is_too_large {
            return Err(self.refuse(Rejection::new(
                RejectionKind::TooLarge,
                "too_large",
                "the body went over the limit while it was read",
            )));
        }
        if chunk.is_empty() {
            return Ok(self);
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
        Ok(self)
    }

    /// How long the rest of the body may take.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        let now = self.admitted.shared().clock().elapsed();
        self.ends_at.saturating_sub(now)
    }

    /// The time is over: the refusal, which has been reported.
    #[must_use]
    pub fn too_slow(self) -> Rejection {
        self.refuse(too_slow())
    }

    /// The sender broke off: the refusal, which has been reported, for a sender that most likely is gone.
    #[must_use]
    pub fn broken_off(self) -> Rejection {
        let cause = "the body ended before it was complete";
        let rejection = if self.admitted.is_authenticated() {
            Rejection::new(RejectionKind::Unreadable, "incomplete", cause)
        } else {
            // What can't be read of somebody unknown is somebody unknown.
            Rejection::new(RejectionKind::Unauthenticated, "unauthenticated", cause)
        };
        self.refuse(rejection)
    }

    /// The body is complete: steps 9 to 11. A GET has none, and nothing that was pushed of it counts.
    ///
    /// # Errors
    ///
    /// The refusal. It has been reported.
    pub fn open(self) -> Result<Opened<E>, Rejection> {
        let body = match self.chunks {
            Chunks::None => Bytes::new(),
            Chunks::One(chunk) => chunk,
            Chunks::Many(chunks) => chunks.freeze(),
        };
        self.admitted.open(body)
    }

    fn refuse(self, rejection: Rejection) -> Rejection {
        self.admitted.refuse(rejection)
    }
}

impl<E> BodyBuffer<E> {
    fn len(&self) -> usize {
        match &self.chunks {
            Chunks::None => 0,
            Chunks::One(chunk) => chunk.len(),
            Chunks::Many(chunks) => chunks.len(),
        }
    }
}

fn too_slow() -> Rejection {
    Rejection::new(RejectionKind::TooSlow, "too_slow", "the body took too long")
}

impl<E> fmt::Debug for BodyBuffer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyBuffer")
            .field("bytes", &self.len())
            .finish_non_exhaustive()
    }
}
