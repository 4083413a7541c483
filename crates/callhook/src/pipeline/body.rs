//! Step 8: reads a body, bounded in size and time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Clock;
use crate::deadline::within;

/// A body ended before it was complete: the sender hung up, or framed it wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBody;

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    TooLarge,
    TooSlow,
    Broken,
}

/// What became of a body.
pub(super) struct Read {
    pub(super) body: Result<Bytes, ReadError>,
    /// How much of it was read.
    pub(super) bytes: usize,
    /// What the clock showed at its end.
    pub(super) ended_at: Duration,
}

impl Read {
    /// Of a request whose message is elsewhere.
    pub(super) fn nothing(at: Duration) -> Self {
        Self {
            body: Ok(Bytes::new()),
            bytes: 0,
            ended_at: at,
        }
    }
}

/// Reads chunks to the last one. The time counts from `began_at`, which the clock has just shown.
///
/// The size is checked with every chunk, before it is kept: no more is held than the limit and one chunk, and a
/// sixteenth of the limit (16 KiB at least) while the body is moved once. The time is checked with every chunk too, and
/// by a timer once the sender makes us wait.
pub(super) fn read<S: Future<Output = ()>>(
    max_bytes: usize,
    timeout: Duration,
    clock: &dyn Clock,
    began_at: Duration,
    mut poll_chunk: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenBody>>>,
    sleep: impl FnOnce(Duration) -> S,
) -> impl Future<Output = Read> {
    let ends_at = began_at.saturating_add(timeout);
    async move {
        let mut chunks = Chunks::None;
        let mut looked_at = began_at;
        let mut has_waited = false;
        let read_all = poll_fn(|context| {
            loop {
                let chunk = match poll_chunk(context) {
                    Poll::Pending => {
                        has_waited = true;
                        return Poll::Pending;
                    }
                    Poll::Ready(None) => return Poll::Ready(Ok(())),
                    Poll::Ready(Some(Err(BrokenBody))) => {
                        return Poll::Ready(Err(ReadError::Broken));
                    }
                    Poll::Ready(Some(Ok(chunk))) => chunk,
                };
                has_waited = false;
                looked_at = clock.elapsed();
                if looked_at >= ends_at {
                    return Poll::Ready(Err(ReadError::TooSlow));
                }
                chunks.push(chunk, max_bytes)?;
            }
        });
        let time_left = || ends_at.saturating_sub(clock.elapsed());
        let read = within(pin!(read_all), time_left, sleep).await;
        Read {
            bytes: chunks.len(),
            body: match read {
                Some(Ok(())) => Ok(chunks.into_bytes()),
                Some(Err(error)) => Err(error),
                None => Err(ReadError::TooSlow),
            },
            // Where the end came with the last chunk, the clock was read for that.
            ended_at: if has_waited {
                clock.elapsed()
            } else {
                looked_at
            },
        }
    }
}

/// Most bodies are small and come in one chunk, which is then not copied.
enum Chunks {
    None,
    /// At most [`small`].
    One(Bytes),
    Many(Vec<u8>),
}

impl Chunks {
    fn push(&mut self, chunk: Bytes, max: usize) -> Result<(), ReadError> {
        let length = self.len().checked_add(chunk.len());
        let Some(length) = length.filter(|length| *length <= max) else {
            return Err(ReadError::TooLarge);
        };
        if chunk.is_empty() {
            return Ok(());
        }
        *self = match std::mem::replace(self, Self::None) {
            Self::None if length <= small(max) => Self::One(chunk),
            // Kept as it is, it would be held beside the room for all and the next chunk.
            Self::None => Self::Many(joined(Vec::new(), &[&chunk], max)),
            Self::One(first) => Self::Many(joined(Vec::new(), &[&first, &chunk], max)),
            Self::Many(all) => Self::Many(joined(all, &[&chunk], max)),
        };
        Ok(())
    }

    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(chunk) => chunk.len(),
            Self::Many(all) => all.len(),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::One(chunk) => chunk,
            Self::Many(mut all) => {
                // Whoever keeps the message keeps no more than the message.
                all.shrink_to_fit();
                Bytes::from(all)
            }
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

/// What may be there twice. It is also what a sender has to send before there is room for as much as the limit.
fn small(max: usize) -> usize {
    (max / 16).max(16 * 1024)
}
