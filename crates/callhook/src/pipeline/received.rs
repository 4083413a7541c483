//! Step 9: what a body proves, and which content the message is.

use bytes::Bytes;

use super::admit::BodyToRead;
use crate::auth::Proofs;
use crate::endpoint::Endpoint;
use crate::payload::{Unreadable, UnreadableKind};
use crate::rejection::Rejection;
use crate::request::{Charset, Content};

/// A verified content, without what served as authentication.
pub(super) enum Received {
    /// A query. `body` is the one beside it, where a POST's is blank.
    Query { query: String, body: Option<Bytes> },
    /// A body, as it was received or with a token taken out.
    Body {
        raw: Bytes,
        is_stripped: bool,
        text: Text,
    },
}

/// How a body is read as text.
pub(super) enum Text {
    /// The bytes are read as UTF-8.
    Raw,
    /// They are in another charset. This is the text as UTF-8.
    Decoded { charset: Charset, text: String },
    /// Not valid in the charset that was declared.
    Invalid,
}

/// The body to pass inwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InnerBody {
    /// None: the message was in the query, and what the headers say of a body is to be dropped with it.
    Empty,
    /// The body as it was received.
    Unchanged(Bytes),
    /// The body without what served as authentication. It has another length than its sender declared. Whatever else the
    /// headers say of the body, such as a digest, is of the body as it was sent.
    Stripped(Bytes),
}

/// Where a message was, and so what is passed inwards of its body.
pub(super) enum ReceivedIn {
    Query,
    /// The query of a POST with this body.
    QueryOfPost(Bytes),
    Body,
    StrippedBody,
}

impl<E: 'static> Endpoint<E> {
    /// Verifies what a body proves. `None` for a GET that holds no message, which is a probe.
    pub(super) fn verify(
        &self,
        to_read: BodyToRead,
        body: Bytes,
        proofs: &mut Proofs,
    ) -> Result<Option<Received>, Rejection> {
        let guards = &self.shared.guards;
        let is_get = to_read.is_get;
        let query = to_read.signed_query.as_deref().unwrap_or_default();
        guards.verify(&to_read.signatures, !is_get, query, &body, proofs)?;

        let is_blank = match is_get {
            true => holds_nothing(&body),
            false => body.trim_ascii().is_empty(),
        };
        let query = match to_read.query_fields {
            Some(query) if is_blank || (is_get && holds_no_fields(&body)) => Some(query),
            None if is_blank && is_get => Some(String::new()),
            _ => None,
        };
        let (content, text) = match &query {
            Some(query) => (Content::Query(query), Text::Raw),
            None => (Content::Body(&body), Text::of(&body, to_read.charset)),
        };
        let content = match &text {
            Text::Decoded { text, .. } => Content::Body(text.as_bytes()),
            Text::Raw | Text::Invalid => content,
        };
        let rest = guards.check_content(content, proofs)?;
        proofs.check_tenant()?;
        let Some(query) = query else {
            return Ok(Some(match rest {
                None => Received::unchanged(body, text),
                Some(rest) => Received::stripped(rest, text),
            }));
        };
        let query = rest.unwrap_or(query);
        if self.has_fields(&query) {
            let body = (!is_get).then_some(body);
            return Ok(Some(Received::Query { query, body }));
        }
        let is_probe = is_get && is_blank;
        Ok((!is_probe).then(|| Received::unchanged(body, Text::Raw)))
    }
}

/// Whether a body says that there is none.
fn holds_nothing(body: &[u8]) -> bool {
    matches!(without_bom(body).trim_ascii(), b"" | b"null" | b"\"\"")
}

/// Whether a body is nothing, or an object or array with nothing in it: a template that nobody has filled in.
fn holds_no_fields(body: &[u8]) -> bool {
    let body = without_bom(body).trim_ascii();
    let inside = [(b"{", b"}"), (b"[", b"]")]
        .iter()
        .find_map(|(start, end)| {
            let inside = body.strip_prefix(start.as_slice())?;
            inside.strip_suffix(end.as_slice())
        });
    holds_nothing(body) || inside.is_some_and(|inside| inside.trim_ascii().is_empty())
}

fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

impl Text {
    fn of(body: &[u8], charset: Option<Charset>) -> Self {
        match charset.map(|charset| (charset, charset.decode(body))) {
            None => Self::Raw,
            Some((charset, Some(text))) => Self::Decoded { charset, text },
            Some((_, None)) => Self::Invalid,
        }
    }
}

impl Received {
    fn unchanged(raw: Bytes, text: Text) -> Self {
        Self::Body {
            raw,
            is_stripped: false,
            text,
        }
    }

    /// A body of which this text is left.
    fn stripped(rest: String, text: Text) -> Self {
        let (raw, text) = match text {
            Text::Decoded { charset, .. } => {
                let raw = Bytes::from(charset.encode(&rest));
                let text = Text::Decoded {
                    charset,
                    text: rest,
                };
                (raw, text)
            }
            text => (Bytes::from(rest), text),
        };
        Self::Body {
            raw,
            is_stripped: true,
            text,
        }
    }

    /// What is decoded.
    pub(super) fn content(&self) -> Result<Content<'_>, Unreadable> {
        match self {
            Self::Query { query, .. } => Ok(Content::Query(query)),
            Self::Body { raw, text, .. } => match text {
                Text::Raw => Ok(Content::Body(raw)),
                Text::Decoded { text, .. } => Ok(Content::Body(text.as_bytes())),
                Text::Invalid => Err(Unreadable::new(
                    UnreadableKind::Malformed,
                    "the body is not valid in the charset that its content type declares",
                )),
            },
        }
    }

    /// What a handler gets.
    pub(super) fn raw(&self) -> &[u8] {
        match self {
            Self::Query { query, .. } => query.as_bytes(),
            Self::Body { raw, .. } => raw,
        }
    }

    pub(super) fn into_parts(self) -> (Bytes, ReceivedIn) {
        match self {
            Self::Query { query, body } => {
                let received_in = match body {
                    None => ReceivedIn::Query,
                    Some(body) => ReceivedIn::QueryOfPost(body),
                };
                (Bytes::from(query), received_in)
            }
            Self::Body {
                raw, is_stripped, ..
            } => {
                let received_in = match is_stripped {
                    false => ReceivedIn::Body,
                    true => ReceivedIn::StrippedBody,
                };
                (raw, received_in)
            }
        }
    }
}
