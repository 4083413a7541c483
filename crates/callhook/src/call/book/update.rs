//! What a message changed: [`Update`].

use std::fmt;
use std::sync::Arc;

use super::keys::CallKey;
use crate::call::{Answers, Call};

/// What a message changed in a book.
///
/// The edges compare the call now with every part of it that there was before, so each is told once. Only a call that was
/// reopened, as by a transfer, is over again.
#[derive(Clone)]
#[non_exhaustive]
pub struct Update {
    /// The call's key. `None` where the message is part of no call.
    pub key: Option<CallKey>,
    /// The version of the call's last change.
    pub version: u64,
    /// The call as it is now.
    pub call: Arc<Call>,
    /// What it answers now.
    pub answers: Arc<Answers>,
    /// What the call with this key answered before. `None` where it is new.
    pub before: Option<Arc<Answers>>,
    /// The keys of the calls that turned out to be parts of this one.
    pub absorbed: Vec<CallKey>,
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
    /// The calls that were forgotten: too old, or one more than there is room for.
    pub evicted: Vec<KeptCall>,
}

impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("key", &self.key)
            .field("version", &self.version)
            .field("call", &self.call)
            .field("absorbed", &self.absorbed)
            .field("evicted", &self.evicted.len())
            .finish_non_exhaustive()
    }
}

/// A call as a book keeps it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeptCall {
    /// Its key.
    pub key: CallKey,
    /// The version of its last change.
    pub version: u64,
    /// The call.
    pub call: Arc<Call>,
    /// The keys of the calls that became parts of it, the last 256.
    pub absorbed: Vec<CallKey>,
}
