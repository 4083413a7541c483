//! The buffer that a request's body is read into, bounded in size and time.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::endpoint::{Admitted, Opened};
use crate::rejection::{Rejection, RejectionKind};

/// Where an adapter puts the body of an [`Admitted`] request as it arrives. The only way on to [`Opened`].
///
/// The size is checked with every chunk, before it is kept: no more is held than the limit and one chunk, and a sixteenth
/// of the limit (16 KiB at least) while the body is moved once. The time is checked with every chunk too; the adapter
/// sets a timer of [`time_left`](Self::time_left) for the sender that sends none, and then returns
/// [`too_slow`](Self::too_slow).
pub struct BodyBuffer<E> {
    admitted: Admitted<E>,
    ends_at: Duration,
    chunks: Chunks,
}

/// Most bodies are small and come in one chunk, which is then not copied.
enum Chunks {
    None,
    /// At most [`small`].
    One(Bytes),
    Many(Vec<u8>),
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
        let max = self.admitted.shared().max_body_bytes();
        let length = self.len().checked_add(chunk.len());
        let Some(length) = length.filter(|length| *length <= max) else {
            return Err(self.refuse(Rejection::new(
                RejectionKind::TooLarge,
                "too_large",
                "the body went over the limit while it was read",
            )));
        };
        if chunk.is_empty() {
            return Ok(self);
        }
        self.chunks = match std::mem::replace(&mut self.chunks, Chunks::None) {
            Chunks::None if length <= small(max) => Chunks::One(chunk),
            // Kept as it is, it would be held beside the room for all and the next chunk.
            Chunks::None => Chunks::Many(joined(Vec::new(), &[&chunk], max)),
            Chunks::One(first) => Chunks::Many(joined(Vec::new(), &[&first, &chunk], max)),
            Chunks::Many(all) => Chunks::Many(joined(all, &[&chunk], max)),
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
            Chunks::Many(mut all) => {
                // Whoever keeps the message keeps no more than the message.
                all.shrink_to_fit();
                Bytes::from(all)
            }
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
            Chunks::Many(all) => all.len(),
        }
    }
}

/// Adds chunks to a body that is within the limit with them.
///
/// While a body grows, the old room and the new one are there at once. So only a small one grows step by step, and gets
/// then all the room that it may ever need.
fn joined(mut all: Vec<u8>, chunks: &[&[u8]], max: usize) -> Vec<u8> {
    let length = all.len() + chunks.iter().map(|chunk| chunk.len()).sum::<usize>();
    if length > all.capacity() {
        let small = small(max);
        let room = if length > small {
            max
        } else {
            (2 * length).min(small)
        };
        all.reserve_exact(room.min(max) - all.len());
    }
    for chunk in chunks {
        all.extend_from_slice(chunk);
    }
    all
}

/// What may be there twice. It is also what a sender has to send before the limit is made room for.
fn small(max: usize) -> usize {
    (max / 16).max(16 * 1024)
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
