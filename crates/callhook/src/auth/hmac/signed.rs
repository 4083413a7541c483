//! What a signature is made over.

use std::borrow::Cow;

use super::{Hmac, Place};
use crate::auth::check_header_name;
use crate::config::ConfigError;

/// What a signature is made over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// The raw body of a POST, the raw query string of a GET. The default. It doesn't cover the URL of a POST: a signed
    /// body can be sent to another URL that takes the same secret.
    #[default]
    Content,
    /// `path?query` as on the request line (`path` alone where there is no query), a newline, and the raw body, which is
    /// empty for a GET.
    TargetAndBody,
    /// The timestamp as sent, a full stop, and the content: see [`Hmac::timestamp`].
    TimestampAndContent,
    /// These pieces, one after the other.
    ///
    /// The last one has to be the content or the body. Every other one that varies has to be followed by a text that tells
    /// where it ends: a header that contains that text is refused.
    Pieces(Vec<Piece>),
}

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// This text.
    Text(Cow<'static, str>),
    /// The value of this header, which must stand once.
    Header(Cow<'static, str>),
    /// The timestamp as sent.
    Timestamp,
    /// `path?query` as on the request line; `path` alone where there is no query.
    Target,
    /// The raw body of a POST, the raw query string of a GET.
    Content,
    /// The raw body of a POST, nothing of a GET. Only beside [`Target`](Self::Target), which covers a GET's query.
    Body,
}

impl Piece {
    /// This text.
    #[must_use]
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The value of this header.
    #[must_use]
    pub fn header(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Header(name.into())
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Content | Self::Body)
    }
}

impl Signed {
    pub(super) fn pieces(&self) -> Vec<Piece> {
        match self {
            Self::Content => vec![Piece::Content],
            Self::TargetAndBody => vec![Piece::Target, Piece::text("\n"), Piece::Body],
            Self::TimestampAndContent => {
                vec![Piece::Timestamp, Piece::text("."), Piece::Content]
            }
            Self::Pieces(pieces) => {
                let lower = |piece: &Piece| match piece {
                    Piece::Header(name) => Piece::header(name.to_ascii_lowercase()),
                    other => other.clone(),
                };
                pieces.iter().map(lower).collect()
            }
        }
    }
}

impl Hmac {
    /// Refuses a scheme whose signatures would prove less than they seem to.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        check_header_name(&self.header)?;
        let fail = |problem| {
            Err(ConfigError::Scheme {
                guard: self.place(),
                problem,
            })
        };
        if self.separator.is_ascii_alphanumeric() || "+/=".contains(self.separator) {
            return fail("separates signatures by what a signature may contain");
        }
        if self.prefix.contains(self.separator) {
            return fail("has a prefix that contains the separator");
        }

        let pieces = self.signed.pieces();
        if let Some(timestamp) = &self.timestamp {
            match &timestamp.place {
                Place::Header(name) => check_header_name(name)?,
                Place::Entry(prefix) if prefix.is_empty() || prefix.contains(self.separator) => {
                    return fail("has a timestamp entry that can't be told from signatures");
                }
                Place::Entry(prefix)
                    if self.prefix.starts_with(prefix) || prefix.starts_with(&self.prefix) =>
                {
                    return fail("has a timestamp entry that can't be told from signatures");
                }
                Place::Entry(_) => {}
            }
            if timestamp.tolerance.as_secs() == 0 {
                return Err(ConfigError::Zero {
                    what: "timestamp tolerance",
                });
            }
        }
        match (self.timestamp.is_some(), pieces.contains(&Piece::Timestamp)) {
            (true, false) => {
                return fail("has a timestamp that isn't signed, so anybody could renew it");
            }
            (false, true) => return fail("signs a timestamp, and no timestamp is configured"),
            _ => {}
        }

        let Some((last, others)) = pieces.split_last() else {
            return fail("signs nothing");
        };
        if !last.is_last() || others.iter().any(Piece::is_last) {
            return fail("has to sign the content or the body, once and last");
        }
        if *last == Piece::Body && !others.contains(&Piece::Target) {
            return fail("signs nothing of a GET: sign the target too, or the content");
        }
        for pair in pieces.windows(2) {
            let (piece, next) = match pair {
                [piece, Piece::Text(text)] => (piece, &**text),
                [piece, _] => (piece, ""),
                _ => continue,
            };
            let is_told_apart = match piece {
                Piece::Timestamp => next.starts_with(|first: char| !first.is_ascii_digit()),
                Piece::Header(name) => {
                    check_header_name(name)?;
                    !next.is_empty()
                }
                // No space and no control character stands on a request line.
                Piece::Target => next.starts_with(|first: char| first <= ' '),
                Piece::Text(_) | Piece::Content | Piece::Body => true,
            };
            if !is_told_apart {
                return fail("signs pieces that run into each other: put a text between them");
            }
        }
        Ok(())
    }
}
