//! What a signature is made over.

use std::borrow::Cow;

use super::{HmacScheme, TimestampSource};
use crate::error::ConfigError;
use crate::request::check_header_name;

/// What a signature is made over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// The raw body of a POST, the raw query string of a GET. The default. It covers neither the URL of
    /// a POST nor the method: a signed body can be sent to another URL that takes the same secret, and a signed form as
    /// the query of a GET. If the sender never sends GET, call [`post_only`](crate::EndpointBuilder::post_only).
    #[default]
    Content,
    /// `path?query` as on the request line (`path` alone where there is no query), a newline, and the raw body, which
    /// is empty for most GETs.
    TargetAndBody,
    /// The timestamp as sent, a full stop, and the content, with which it is as with [`Content`](Self::Content): see
    /// [`HmacScheme::timestamp`].
    TimestampAndContent,
    /// These pieces, one after the other.
    ///
    /// The last one has to be the content or the body. Every other one that varies has to be followed by a text that
    /// marks its end: a header that contains that text is refused.
    Pieces(Vec<Piece>),
}

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// This text.
    Text(Cow<'static, str>),
    /// The value of this header, which must be given once.
    Header(Cow<'static, str>),
    /// The timestamp as sent.
    Timestamp,
    /// `path?query` as on the request line; `path` alone where there is no query.
    Target,
    /// The raw body of a POST, the raw query string of a GET.
    Content,
    /// The raw body, which a GET may have too. Only beside [`Target`](Self::Target), which covers a GET's query.
    Body,
}

impl Piece {
    /// This text.
    #[must_use]
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The value of this header. The timestamp's is [`Piece::Timestamp`]: a [signer](HmacScheme::signer) adds that
    /// header.
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

impl HmacScheme {
    /// Refuses a scheme whose signatures would prove less than they seem to, or could never be read.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        check_header_name(&self.header)?;
        self.check_entries()?;
        self.check_timestamp()?;
        self.check_pieces()
    }

    fn fail<T>(&self, problem: &'static str) -> Result<T, ConfigError> {
        Err(ConfigError::Scheme {
            guard: self.place(),
            problem,
        })
    }

    fn check_entries(&self) -> Result<(), ConfigError> {
        if self.separator.is_ascii_alphanumeric() || "+/=".contains(self.separator) {
            return self.fail("has a separator that a signature may contain");
        }
        if self.prefix.contains(self.separator) {
            return self.fail("has a prefix that contains the separator");
        }
        if begins_with_space(&self.prefix) {
            return self.fail(
                "has a prefix that begins with white space, which is trimmed before each entry",
            );
        }
        Ok(())
    }

    fn check_timestamp(&self) -> Result<(), ConfigError> {
        let is_signed = self.signed.pieces().contains(&Piece::Timestamp);
        let Some(timestamp) = &self.timestamp else {
            return match is_signed {
                true => self.fail("signs a timestamp, and no timestamp is configured"),
                false => Ok(()),
            };
        };
        match &timestamp.source {
            TimestampSource::Header(name) if *name == self.header => {
                return self.fail("has its timestamp where the signature is");
            }
            TimestampSource::Header(name) => check_header_name(name)?,
            TimestampSource::Entry(prefix) => {
                let is_told_apart = !prefix.is_empty()
                    && !begins_with_space(prefix)
                    && !prefix.contains(self.separator)
                    && !self.prefix.starts_with(&**prefix)
                    && !prefix.starts_with(&self.prefix);
                if !is_told_apart {
                    return self.fail("has a timestamp entry that can't be told from signatures");
                }
            }
        }
        if timestamp.tolerance.as_secs() == 0 {
            return self.fail("has a timestamp tolerance of less than a second");
        }
        if !is_signed {
            return self.fail("has a timestamp that isn't signed, so anybody could renew it");
        }
        Ok(())
    }

    fn check_pieces(&self) -> Result<(), ConfigError> {
        let pieces = self.signed.pieces();
        let time = self.timestamp.as_ref().map(|timestamp| &timestamp.source);
        let Some((last, others)) = pieces.split_last() else {
            return self.fail("signs nothing, expected at least the content or the body");
        };
        if !last.is_last() || others.iter().any(Piece::is_last) {
            return self.fail("signs the content or the body in the wrong place: expected one of them, once, as the last piece");
        }
        if *last == Piece::Body && !others.contains(&Piece::Target) {
            return self.fail(
                "does not sign the content of a GET: expected Piece::Target too, or Piece::Content",
            );
        }
        for pair in pieces.windows(2) {
            let (piece, next) = match pair {
                [piece, Piece::Text(text)] => (piece, &**text),
                [piece, _] => (piece, ""),
                _ => continue,
            };
            let is_told_apart = match piece {
                Piece::Timestamp => next.starts_with(|first: char| !first.is_ascii_digit()),
                Piece::Header(name) if *name == self.header => {
                    return self.fail("signs its own signature");
                }
                // A signer writes that header, and would refuse a request that has one.
                Piece::Header(name) if matches!(time, Some(TimestampSource::Header(time)) if time == name) =>
                {
                    return self.fail("signs its timestamp as a header, expected Piece::Timestamp");
                }
                Piece::Header(name) => {
                    check_header_name(name)?;
                    !next.is_empty()
                }
                // A request line contains no space and no control character there.
                Piece::Target => next.starts_with(|first: char| first <= ' '),
                Piece::Text(_) | Piece::Content | Piece::Body => true,
            };
            if !is_told_apart {
                return self.fail(
                    "signs two pieces that can't be told apart: expected a text between them",
                );
            }
        }
        Ok(())
    }
}

fn begins_with_space(prefix: &str) -> bool {
    prefix.starts_with(|first: char| first.is_ascii_whitespace())
}
