//! What the platform sends: [`PlatformRequest`].

use std::fmt;

use crate::testing::calls::{CallMessage, Encoding, MessageRequest};

/// A request that the platform sends now, and where it goes.
#[derive(Clone)]
pub struct PlatformRequest {
    pub(super) message: CallMessage,
    pub(super) url: String,
    pub(super) awaits_answer: bool,
}

impl PlatformRequest {
    /// The message that it carries.
    #[must_use]
    pub fn message(&self) -> &CallMessage {
        &self.message
    }

    /// The webhook's URL; of keys the `action_url` that was answered.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether somebody waits on the line for the answer. Else it is a notification.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        self.awaits_answer
    }

    /// The body of a POST, as JSON, which is how both platforms are documented to send it.
    #[must_use]
    pub fn json(&self) -> String {
        self.message.json()
    }

    /// The request in another [`Encoding`]; its [`uri`](MessageRequest::uri) takes [`url`](Self::url).
    #[must_use]
    pub fn encoded(&self, encoding: Encoding) -> MessageRequest {
        self.message.request(encoding)
    }
}

impl fmt::Debug for PlatformRequest {
    /// Without the URL, which has the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformRequest")
            .field("message", &self.message)
            .field("awaits_answer", &self.awaits_answer)
            .finish_non_exhaustive()
    }
}
