//! Why a Redis store could not answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use redis::{ErrorKind, RedisError};

use crate::tls;

/// Why a [`RedisStore`](crate::RedisStore) could not be made, or could not answer.
///
/// Neither its text nor its source's contains a password, a key or a part of a message. Of a server's error it shows
/// only the code, such as `OOM` or `READONLY`: the rest may repeat what the server was sent.
#[derive(Clone)]
pub struct RedisStoreError {
    kind: RedisStoreErrorKind,
    text: Cow<'static, str>,
    /// Of an error on this side of the connection.
    source: Option<RedisError>,
}

/// The kinds of [`RedisStoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisStoreErrorKind {
    /// A URL or a setting that can't be used. Found before anything is connected.
    Config,
    /// No connection, or one that broke.
    Unreachable,
    /// The server's certificate is not trusted or is for another host name, there was another failure of the handshake,
    /// or the crate is compiled without TLS.
    Tls,
    /// The server has not answered in time. It may still execute the command later.
    Timeout,
    /// The server refuses the user's name or password.
    Credentials,
    /// The user lacks the right to run a command that the store needs, or to use the store's keys.
    Permission,
    /// The server is one node of a cluster, and the store was not made for a cluster.
    ClusterNode,
    /// The server refused: it is read-only, out of memory, still loading, and so on.
    Server,
    /// 64 contents of this one message are being handled right now.
    TooManyContents,
    /// The lease was released before its claim arrived. Nobody waits for this answer, unless a token is used again.
    GivenUp,
    /// The server's answer is not one that the store's scripts give.
    Unintelligible,
    /// The `redis` crate panicked while it connected.
    Panicked,
}

impl RedisStoreError {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> RedisStoreErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: RedisStoreErrorKind) -> Self {
        Self::told(kind, general(kind))
    }

    /// A URL was refused. The cause is left out: it repeats parts of the URL, and a password may be one.
    pub(crate) fn config(error: &RedisError) -> Self {
        if is_tls_missing(error) {
            return Self::told(RedisStoreErrorKind::Tls, TLS_MISSING);
        }
        Self::new(RedisStoreErrorKind::Config)
    }

    pub(crate) fn cluster_node() -> Self {
        Self::new(RedisStoreErrorKind::ClusterNode)
    }

    /// The user may not run these commands within a script.
    pub(crate) fn forbidden_commands(commands: &[String]) -> Self {
        let mut rights = String::new();
        for command in commands {
            rights.push_str(" +");
            rights.push_str(&command.to_ascii_lowercase());
        }
        Self::told(
            RedisStoreErrorKind::Permission,
            format!("the Redis user lacks rights that the store needs: give it{rights}"),
        )
    }

    fn told(kind: RedisStoreErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            text: text.into(),
            source: None,
        }
    }

    fn of_server(error: &RedisError) -> Self {
        if let Some(text) = forbidden(error) {
            return Self::told(RedisStoreErrorKind::Permission, text);
        }
        match code(error) {
            Some("MOVED" | "ASK" | "CROSSSLOT") => Self::cluster_node(),
            Some(code) => Self::told(
                RedisStoreErrorKind::Server,
                format!("the Redis server answered with the error {code}"),
            ),
            None => Self::new(RedisStoreErrorKind::Server),
        }
    }
}

impl From<RedisError> for RedisStoreError {
    fn from(source: RedisError) -> Self {
        let mut error = match source.kind() {
            _ if source.is_timeout() => Self::new(RedisStoreErrorKind::Timeout),
            ErrorKind::Server(_) | ErrorKind::Extension => Self::of_server(&source),
            ErrorKind::AuthenticationFailed => Self::new(RedisStoreErrorKind::Credentials),
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
                Self::new(RedisStoreErrorKind::Unintelligible)
            }
            ErrorKind::InvalidClientConfig => Self::config(&source),
            _ if source.is_connection_refusal() => Self::told(
                RedisStoreErrorKind::Unreachable,
                "the Redis server can't be reached: connection refused",
            ),
            _ => match tls::trouble(&source) {
                Some(trouble) => Self::told(RedisStoreErrorKind::Tls, trouble.text()),
                None => Self::new(RedisStoreErrorKind::Unreachable),
            },
        };
        let is_tls = error.kind == RedisStoreErrorKind::Tls;
        error.source = (source.is_io_error() || is_tls).then_some(source);
        error
    }
}

impl tls::Trouble {
    fn text(self) -> &'static str {
        match self {
            Self::Untrusted => {
                "the Redis server's certificate is not trusted: no certificate authority that this client trusts has \
                 signed it; install the authority's certificate in the system, or make the client with it"
            }
            Self::WrongName => {
                "the Redis server's certificate is for another host name than the one in the URL: connect by a name \
                 that the certificate has, or give the server one with this name"
            }
            Self::Handshake => {
                "the TLS handshake with the Redis server failed: see that the port takes TLS, and that the certificate \
                 is valid today"
            }
        }
    }
}

fn general(kind: RedisStoreErrorKind) -> &'static str {
    match kind {
        RedisStoreErrorKind::Config => "the Redis server's URL can't be used",
        RedisStoreErrorKind::Unreachable => "the Redis server can't be reached",
        RedisStoreErrorKind::Tls => "the TLS connection to the Redis server failed",
        RedisStoreErrorKind::Timeout => "the Redis server has not answered in time",
        RedisStoreErrorKind::Credentials => "the Redis server refuses the user's name or password",
        RedisStoreErrorKind::Permission => "the Redis user lacks a right that the store needs",
        RedisStoreErrorKind::ClusterNode => {
            "the Redis server is one node of a cluster, and the store was made for a single server: make it with \
             RedisStore::connect_cluster (feature `cluster` of callhook-redis)"
        }
        RedisStoreErrorKind::Server => "the Redis server answered with an error",
        RedisStoreErrorKind::TooManyContents => {
            "64 different contents of one message are being handled right now, and no more are let in"
        }
        RedisStoreErrorKind::GivenUp => "the lease was given up before its claim arrived",
        RedisStoreErrorKind::Unintelligible => {
            "the Redis server's answer is not one of the store's scripts"
        }
        RedisStoreErrorKind::Panicked => {
            "the redis crate panicked while it connected; for TLS by rustls, enable the feature `tls-rustls` of \
             callhook-redis, which brings the crypto provider that rustls needs"
        }
    }
}

const TLS_MISSING: &str = "a rediss:// URL needs TLS, and callhook-redis was compiled without it: enable its feature \
                           `tls-rustls` or `tls-native-tls`";

/// Whether the `redis` crate has no TLS. It says so in words alone: of the URL, or of the address.
fn is_tls_missing(error: &RedisError) -> bool {
    let text = error.to_string();
    text.contains("can't connect with TLS") || text.contains("without the tls feature")
}

/// What the user may not do. Of the server's words, which repeat the user's name, the sense alone.
fn forbidden(error: &RedisError) -> Option<&'static str> {
    let text = error.detail().unwrap_or_default();
    let is_forbidden = error.code() == Some("NOPERM")
        || text.contains("can't access at least one of the keys")
        || text.contains("can't run this command")
        || text.contains("ACL failure in script");
    if !is_forbidden {
        return None;
    }
    if text.contains("one of the keys") || text.contains("access a key") {
        return Some(
            "the Redis user has no rights on the store's keys: give it those that begin with the store's prefix, which \
             is ~callhook:* unless another was set",
        );
    }
    let scripts = [
        (
            "'evalsha'",
            "the Redis user lacks rights that the store needs: give it +evalsha",
        ),
        (
            "'eval'",
            "the Redis user lacks rights that the store needs: give it +eval",
        ),
    ];
    let named = scripts.iter().find(|(name, _)| text.contains(name));
    Some(named.map_or(general(RedisStoreErrorKind::Permission), |(_, told)| told))
}

impl fmt::Display for RedisStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for RedisStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreError")
            .field("kind", &self.kind)
            .field("text", &self.text)
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

/// The first word of the server's error. Redis 6 has `ERR` for whatever happens within a script, and the word it is
/// about in the text.
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

const INNER_CODES: [&str; 6] = [
    "-READONLY",
    "-OOM",
    "-NOREPLICAS",
    "-MISCONF",
    "-MASTERDOWN",
    "WRONGTYPE",
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
