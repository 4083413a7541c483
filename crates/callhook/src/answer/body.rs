//! A reply as it is sent: [`ReplyBody`].

use std::fmt;

use bytes::Bytes;

/// The body of an answer and its content type: what a reply becomes when it is sent.
///
/// Every reply of this crate converts into one. For a platform of your own:
///
/// ```
/// use callhook::answer::ReplyBody;
///
/// let body = ReplyBody::new("text/xml", "<Response><Hangup/></Response>");
/// assert_eq!(body.content_type(), "text/xml");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyBody {
    content_type: &'static str,
    bytes: Bytes,
}

impl ReplyBody {
    /// These bytes, of this content type.
    #[must_use]
    pub fn new(content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self {
            content_type,
            bytes: bytes.into(),
        }
    }

    /// JSON, which is not checked.
    #[must_use]
    pub fn json(bytes: impl Into<Bytes>) -> Self {
        Self::new("application/json", bytes)
    }

    /// The content type.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes, by value.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl fmt::Debug for ReplyBody {
    /// The content type and the size: whom a call is routed to is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyBody")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
