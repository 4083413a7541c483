//! Mistakes in an endpoint's configuration.

use std::error::Error;
use std::fmt;

/// A mistake in configuration, found by [`EndpointBuilder::build`](crate::EndpointBuilder::build). Names the offending
/// input, and contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nothing authenticates the sender.
    NoAuthentication,
    /// A guard has no secret to compare with.
    NoSecret {
        /// The guard, such as `query parameter "token"`.
        guard: String,
    },
    /// A secret is shorter than 16 bytes.
    ShortSecret {
        /// The guard, such as `query parameter "token"`.
        guard: String,
        /// The name of the secret.
        secret: String,
        /// Its length in bytes.
        length: usize,
    },
    /// Two guards read the same parameter or header: one guard with several secrets was meant.
    DuplicateGuard {
        /// The guard, such as `query parameter "token"`.
        guard: String,
    },
    /// A parameter's or header's name is empty, or can't be one.
    InvalidName {
        /// What was to be named.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An entry of an allowlist or of a list of trusted proxies can't be read.
    InvalidNetwork {
        /// The entry.
        network: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An allowlist or a list of trusted proxies is empty.
    NoNetwork {
        /// Which list.
        what: &'static str,
    },
    /// A limit that refuses every request, or a time that is over at once.
    Zero {
        /// The setting.
        what: &'static str,
    },
    /// The set of expected app ids is empty, so every message would be refused.
    NoAppId,
    /// The provider reads the URL, and no signature covers it.
    UnsignedLabel,
    /// One query parameter is both a token and what the provider reads the message's event from.
    TokenIsLabel {
        /// The parameter.
        parameter: String,
    },
    /// The replay store may serve several endpoints, so they need names that tell them apart.
    UnnamedWithStore,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthentication => f.write_str(
                "the endpoint has no authentication: give it a token, or say insecure_no_authentication()",
            ),
            Self::NoSecret { guard } => write!(f, "{guard} has no secret"),
            Self::ShortSecret {
                guard,
                secret,
                length,
            } => write!(
                f,
                "secret {secret:?} of {guard} has {length} bytes, fewer than 16"
            ),
            Self::DuplicateGuard { guard } => write!(
                f,
                "{guard} is guarded twice: give one guard all its secrets instead"
            ),
            Self::InvalidName { what, name } => write!(f, "{name:?} is no name for a {what}"),
            Self::InvalidNetwork { network, problem } => write!(f, "{network:?} {problem}"),
            Self::NoNetwork { what } => write!(f, "the {what} is empty"),
            Self::Zero { what } => write!(f, "{what} is zero"),
            Self::NoAppId => f.write_str("the set of expected app ids is empty"),
            Self::UnsignedLabel => f.write_str(
                "the provider reads which event a message is from the URL, which no signature covers: sign \
                 Signed::TargetAndBody, or say insecure_unsigned_label()",
            ),
            Self::TokenIsLabel { parameter } => write!(
                f,
                "query parameter {parameter:?} is a token, and the provider reads the event's name from it"
            ),
            Self::UnnamedWithStore => f.write_str(
                "a replay store may serve several endpoints: give the endpoint a name(..) that tells it from others",
            ),
        }
    }
}

impl Error for ConfigError {}
