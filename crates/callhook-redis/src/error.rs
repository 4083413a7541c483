//! Why a Redis store could not answer.

use std::error::Error;
use std::fmt;

use redis::{ErrorKind, RedisError};

/// Why a [`RedisStore`](crate::RedisStore) could not be made, or could not answer.
///
/// Neither its text nor its source's holds a password, a key or a part of a message. A server's error is told by its code
/// alone, such as `OOM` or `READONLY`: the rest of it may repeat what the server was sent.
#[derive(Clone)]
pub struct RedisStoreError {
    kind: RedisStoreErrorKind,
    /// Of an error of the server.
    code: Option<Box<str>>,
    /// Of an error on this side of the connection.
    source: Option<RedisError>,
}

/// What kind of trouble a [`RedisStoreError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisStoreErrorKind {
    /// A URL that can't be used. Found before anything is connected.
    Config,
    /// No connection, or one that broke.
    Unreachable,
    /// The server has not answered in time. It may carry out later what it was asked.
    Timeout,
    /// The server doesn't take the user's name or password.
    Credentials,
    /// The server refused: it is read-only, out of memory, still loading, and so on.
    Server,
    /// 64 contents of this one message are being handled right now.
    TooManyContents,
    /// The lease was released before its claim arrived. Nobody waits for this answer, unless a token is used again.
    GivenUp,
    /// The server's answer is not one that the store's scripts give.
    Unintelligible,
}

impl RedisStoreError {
    /// What kind of trouble it is.
    #[must_use]
    pub fn kind(&self) -> RedisStoreErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: RedisStoreErrorKind) -> Self {
        Self {
            kind,
            code: None,
            source: None,
        }
    }

    /// A URL was refused. The cause is left out: it repeats parts of the URL, and a password may be one.
    pub(crate) fn config(_: RedisError) -> Self {
        Self::new(RedisStoreErrorKind::Config)
    }
}

impl From<RedisError> for RedisStoreError {
    fn from(source: RedisError) -> Self {
        let kind = match source.kind() {
            _ if source.is_timeout() => RedisStoreErrorKind::Timeout,
            ErrorKind::Server(_) | ErrorKind::Extension => RedisStoreErrorKind::Server,
            ErrorKind::AuthenticationFailed => RedisStoreErrorKind::Credentials,
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
                RedisStoreErrorKind::Unintelligible
            }
            _ => RedisStoreErrorKind::Unreachable,
        };
        let code = code(&source).map(Into::into);
        let source = source.is_io_error().then_some(source);
        Self { kind, code, source }
    }
}

impl fmt::Display for RedisStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RedisStoreErrorKind::Config => f.write_str("the Redis server's URL can't be used"),
            RedisStoreErrorKind::Unreachable => {
                let refused = |source: &RedisError| source.is_connection_refusal();
                f.write_str(if self.source.as_ref().is_some_and(refused) {
                    "the Redis server can't be reached: connection refused"
                } else {
                    "the Redis server can't be reached"
                })
            }
            RedisStoreErrorKind::Timeout => {
                f.write_str("the Redis server has not answered in time")
            }
            RedisStoreErrorKind::Credentials => {
                f.write_str("the Redis server doesn't take the user's name or password")
            }
            RedisStoreErrorKind::Server => match &self.code {
                Some(code) => write!(f, "the Redis server answered with the error {code}"),
                None => f.write_str("the Redis server answered with an error"),
            },
            RedisStoreErrorKind::TooManyContents => f.write_str(
                "64 different contents of one message are being handled right now, \
                 and no more are let in",
            ),
            RedisStoreErrorKind::GivenUp => {
                f.write_str("the lease was given up before its claim arrived")
            }
            RedisStoreErrorKind::Unintelligible => {
                f.write_str("the Redis server's answer is not one of the store's scripts")
            }
        }
    }
}

impl fmt::Debug for RedisStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreError")
            .field("kind", &self.kind)
            .field("code", &self.code)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for RedisStoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}

/// The first word of the server's error. Redis 6 has `ERR` for whatever happens within a script, and the word it is about
/// in the text.
pub(crate) fn code(error: &RedisError) -> Option<&str> {
    let code = error.code()?;
    if code == "ERR" {
        let detail = error.detail().unwrap_or_default();
        let inner = INNER_CODES.iter().find(|code| detail.contains(*code));
        return Some(inner.map_or(code, |inner| inner.trim_start_matches('-')));
    }
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    code.bytes().all(is_code).then_some(code)
}

const INNER_CODES: [&str; 5] = [
    "-READONLY",
    "-OOM",
    "-NOREPLICAS",
    "-MISCONF",
    "-MASTERDOWN",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_error_is_told_by_its_code_alone() {
        let error = redis::make_extension_error("OOM".into(), Some("secret".into()));
        let error = RedisStoreError::from(error);
        assert_eq!(
            error.to_string(),
            "the Redis server answered with the error OOM"
        );
        assert!(!format!("{error:?}").contains("secret"));
        assert!(error.source().is_none());
    }
}
