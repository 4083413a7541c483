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

/// A body's text.
pub(super) enum Text {
    /// UTF-8, or to be refused as none.
    Raw,
    /// Another charset's, as UTF-8.
    Decoded(String),
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
    /// Verifies what a body proves. `None` for a GET with neither a body nor fields in its query, which is a probe.
    pub(super) fn verify(
        &self,
        to_read: BodyToRead,
        body: Bytes,
        proofs: &mut Proofs,
    ) -> Result<Option<Received>, Rejection> {
        let guards = &self.shared.guards;
        guards.verify(&to_read.signatures, Content::Body(&body), proofs)?;

        let is_blank = body.trim_ascii().is_empty();
        if is_blank || (to_read.is_get && holds_no_fields(&body)) {
            let is_probe = to_read.is_get && is_blank;
            let query = match to_read.query_fields {
                None if is_probe => Some(String::new()),
                fields => fields,
            };
            if let Some(query) = query {
                let rest = guards.check_content(Content::Query(&query), proofs)?;
                proofs.check_tenant()?;
                let query = rest.unwrap_or(query);
                if self.has_fields(&query) {
                    let body = (!to_read.is_get).then_some(body);
                    return Ok(Some(Received::Query { query, body }));
                }
                if is_probe {
                    return Ok(None);
                }
                return Ok(Some(Received::unchanged(body, Text::Raw)));
            }
        }

        let text = match to_read.charset.map(|charset| charset.decode(&body)) {
            None => Text::Raw,
            Some(Some(text)) => Text::Decoded(text),
            Some(None) => Text::Invalid,
        };
        let content = match &text {
            Text::Decoded(text) => Content::Body(text.as_bytes()),
            Text::Raw | Text::Invalid => Content::Body(&body),
        };
        let rest = guards.check_content(content, proofs)?;
        proofs.check_tenant()?;
        Ok(Some(match rest {
            None => Received::unchanged(body, text),
            Some(rest) => Received::stripped(rest, to_read.charset, text),
        }))
    }
}

/// Whether a body is an object without fields, or `null`: a template that nobody has filled in.
fn holds_no_fields(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let inside = body
        .strip_prefix(b"{")
        .and_then(|body| body.strip_suffix(b"}"));
    body == b"null" || inside.is_some_and(|inside| inside.trim_ascii().is_empty())
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
    fn stripped(rest: String, charset: Option<Charset>, text: Text) -> Self {
        let (raw, text) = match (charset, text) {
            (Some(charset), Text::Decoded(_)) => {
                (Bytes::from(charset.encode(&rest)), Text::Decoded(rest))
            }
            (_, text) => (Bytes::from(rest), text),
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
                Text::Decoded(text) => Ok(Content::Body(text.as_bytes())),
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
