//! Changes as they come: [`Subscription`].

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Shared;
use super::keys::CallKey;
use crate::call::Call;

/// The changes of a book's calls, in the order of their versions. Needs no runtime.
///
/// It keeps nothing: a reader that lags gets each call that changed in its last state, once. What it didn't see shows as a
/// gap between versions, which [`Change::skipped`] counts: states that a later one replaced, and calls that were absorbed
/// or forgotten. Whoever shows calls that are gone has to ask the book for [all of them](super::CallBook::calls) after a gap.
///
/// ```
/// # use callhook::call::{Call, CallBook, CallSummary, MessageKind};
/// # use std::time::SystemTime;
/// # async fn board(book: CallBook) {
/// let mut changes = book.subscribe();
/// while let Some(change) = changes.next().await {
///     println!("{}: {:?}", change.key, change.call.outcome());
/// }
/// # }
/// ```
pub struct Subscription {
    shared: Arc<Shared>,
    reader: u64,
    seen: u64,
}

/// A call that changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// The call's key.
    pub key: CallKey,
    /// The version of its last change.
    pub version: u64,
    /// The call as it is now.
    pub call: Arc<Call>,
    /// The keys of the calls that became parts of it, the last 256.
    pub absorbed: Vec<CallKey>,
    /// How many versions the reader didn't see since the change before this one.
    pub skipped: u64,
}

impl Subscription {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let (reader, seen) = shared.lock().new_reader();
        Self {
            shared,
            reader,
            seen,
        }
    }

    /// Waits for the next change. `None` once every clone of the book is gone and all changes were seen.
    ///
    /// Dropped before it is ready, it loses nothing.
    pub async fn next(&mut self) -> Option<Change> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// As [`next`](Self::next), for a stream of your own.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Change>> {
        let mut state = self.shared.lock();
        if let Some(kept) = state.next_after(self.seen) {
            let skipped = kept.version.saturating_sub(self.seen).saturating_sub(1);
            self.seen = kept.version;
            return Poll::Ready(Some(Change {
                key: kept.key,
                version: kept.version,
                call: kept.call,
                absorbed: kept.absorbed,
                skipped,
            }));
        }
        if state.is_closed() {
            return Poll::Ready(None);
        }
        state.wait(self.reader, context.waker());
        Poll::Pending
    }

    /// The version up to which the changes were seen.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.seen
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.shared.lock().forget_reader(self.reader);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
