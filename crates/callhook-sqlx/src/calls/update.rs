//! What a message changed: [`CallUpdate`].

use std::fmt;
use std::sync::Arc;

use callhook::call::{Answers, Call, Joined};

/// What a message changed in the calls of a database, once its transaction is committed.
///
/// The edges compare the call now with every part of it that there was before, so each is told once. Only a call that
/// was reopened, as by a transfer, is over again.
#[derive(Clone)]
#[non_exhaustive]
pub struct CallUpdate {
    /// The call's key, which no other call in these tables ever gets.
    pub key: i64,
    /// The call as it is now.
    pub call: Arc<Call>,
    /// What it answers now.
    pub answers: Arc<Answers>,
    /// What the call with this key answered before. `None` where it is new.
    pub before: Option<Arc<Answers>>,
    /// The keys of the calls that turned out to be parts of this one, and no longer exist. Whatever points to one of
    /// them belongs to [`key`](Self::key).
    pub absorbed: Vec<i64>,
    /// Whether this is the call's first message.
    pub is_new: bool,
    /// Whether anything that the call answers is not as it was before.
    pub has_changed: bool,
    /// Whether the message was not known. `false` of a copy.
    pub is_news: bool,
    /// Whether the call is [ended](Call::is_ended), and no part of it was before.
    pub is_now_ended: bool,
    /// Whether the call is [over](Call::is_over), and no part of it was before.
    pub is_now_over: bool,
    /// Whether a part of the call was over before, and the call isn't now.
    pub is_reopened: bool,
}

impl CallUpdate {
    pub(crate) fn new(key: i64, absorbed: Vec<i64>, joined: Joined) -> Self {
        Self {
            key,
            absorbed,
            call: joined.call,
            answers: joined.answers,
            before: joined.before,
            is_new: joined.is_new,
            has_changed: joined.has_changed,
            is_news: joined.is_news,
            is_now_ended: joined.is_now_ended,
            is_now_over: joined.is_now_over,
            is_reopened: joined.is_reopened,
        }
    }
}

impl fmt::Debug for CallUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallUpdate")
            .field("key", &self.key)
            .field("call", &self.call)
            .field("absorbed", &self.absorbed)
            .field("is_new", &self.is_new)
            .field("is_news", &self.is_news)
            .finish_non_exhaustive()
    }
}
