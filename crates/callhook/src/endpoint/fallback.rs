//! What a waiting request is answered when its handler fails: [`Fallback`].

use std::sync::Arc;
use std::time::Duration;

use crate::answer::ReplyBody;
use crate::clock::Clock;

/// The configured reply, and how long a handler has until it is sent.
pub(crate) struct Fallback {
    pub(crate) reply: ReplyBody,
    pub(crate) answer_within: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A caller takes silence of this length for a dead line. No platform documents how long it waits.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(5);
