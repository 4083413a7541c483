//! Calls kept in memory: [`CallBook`].
//!
//! 1. A message belongs to the call that has one of its ids, in its scope. Where it belongs to several, they become one,
//!    under the oldest key; the other keys still [lead](CallBook::resolve) there.
//! 2. Before a message looks for its call, those are forgotten that had no news for the [age](CallBookBuilder::max_age),
//!    and after it, the ones without news for longest while there are more than the [number](CallBookBuilder::max_calls) or
//!    they take more than the [bytes](CallBookBuilder::max_bytes). Copies are no news. The [`Update`] has what was
//!    forgotten. One message forgets 64 calls for their age at most, besides its own, so that none pays for all that
//!    expired over a quiet weekend.
//! 3. A call has [128 messages](Call::MAX_MESSAGES) and [256 ids](Call::MAX_IDS) at most, so no message costs more than
//!    that many, whatever came before.
//! 4. Each change of a call has a version, one above the last change of any call of the book.
//!
//! A book is one process's. Where several processes receive a platform's messages, keep calls in a database: read by
//! [`Call::ids`], [`Call::join`], write.

mod keys;
mod options;
mod state;
mod subscription;
mod update;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::keys::CallKey;
pub use self::options::CallBookBuilder;
use self::options::Options;
use self::state::State;
pub use self::subscription::{Change, Subscription};
pub use self::update::{KeptCall, Update};
use super::{Call, CallEvent};
use crate::pipeline::Delivery;

/// Calls kept in memory, assembled as their messages come. Clones share one book; a clone costs no more than a count.
///
/// The [module](self) has the rules. No method waits: the book is locked for as long as it takes to join one message.
#[derive(Clone)]
pub struct CallBook(Arc<Handle>);

/// The last of the book's clones ends its subscriptions.
struct Handle(Arc<Shared>);

struct Shared {
    options: Options,
    state: Mutex<State>,
}

impl CallBook {
    /// A book with the default limits: 10 000 calls, 24 hours.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// To set limits.
    pub fn builder() -> CallBookBuilder {
        CallBookBuilder::default()
    }

    fn with_options(options: Options) -> Self {
        let state = Mutex::new(State::new());
        Self(Arc::new(Handle(Arc::new(Shared { options, state }))))
    }

    /// Joins a message to its call, and says what that changed. A message that is part of no call changes nothing: its
    /// update has an empty call and no key.
    pub fn apply<E: CallEvent>(&self, delivery: &Delivery<E>) -> Update {
        self.join(&Call::of(delivery))
    }

    /// As [`apply`](Self::apply), of [what a message tells](Call::of_summary) or of a whole call that was stored.
    pub fn join(&self, call: &Call) -> Update {
        let options = &self.shared().options;
        let now = options.clock.elapsed();
        let mut state = self.lock();
        let update = state.join(call, now, options);
        let waiting = if update.is_news {
            state.take_waiting()
        } else {
            Vec::new()
        };
        drop(state);
        waiting.into_iter().for_each(std::task::Waker::wake);
        update
    }

    /// The call that has this key, or that took in the one that had.
    #[must_use]
    pub fn resolve(&self, key: CallKey) -> Option<KeptCall> {
        self.lock().resolve(key)
    }

    /// All calls, the last to change first.
    #[must_use]
    pub fn calls(&self) -> Vec<KeptCall> {
        self.lock().calls(false)
    }

    /// The calls that aren't [over](Call::is_over), the last to change first.
    #[must_use]
    pub fn open(&self) -> Vec<KeptCall> {
        self.lock().calls(true)
    }

    /// The calls that aren't [over](Call::is_over) and had no news for so long, the longest first: for those a message was
    /// lost, or the platform sends no record. [`Call::presumed_outcome`] says what is likely.
    #[must_use]
    pub fn quiet_for(&self, duration: Duration) -> Vec<KeptCall> {
        let now = self.shared().options.clock.elapsed();
        let quiet = now.checked_sub(duration);
        quiet.map_or_else(Vec::new, |since| self.lock().quiet_since(since))
    }

    /// What changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        Subscription::new(Arc::clone(self.shared()))
    }

    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.0.0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared().lock()
    }
}

impl Default for CallBook {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CallBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallBook")
            .field("calls", &self.len())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves the state half changed but a panic in the allocator.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.close();
        let waiting = state.take_waiting();
        drop(state);
        waiting.into_iter().for_each(std::task::Waker::wake);
    }
}

#[cfg(test)]
mod tests;
