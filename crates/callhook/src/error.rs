//! Mistakes in an endpoint's configuration.

use std::error::Error;
use std::fmt;
use std::time::Duration;

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
        /// The name of the secret: `#1` for the first of those that were given without names.
        secret_name: String,
        /// Its length in bytes.
        length: usize,
    },
    /// A secret is written as none of its kind is.
    InvalidSecret {
        /// The name of the secret: `#1` for the first of those that were given without names.
        secret_name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A guard takes the tenant's secrets and has secrets of its own, which would be every tenant's.
    MixedSecrets {
        /// The guard, such as `query parameter "token"`.
        guard: String,
    },
    /// A guard takes the tenant's secrets, and the endpoint has no tenants.
    NoTenants {
        /// The guard, such as `query parameter "token"`.
        guard: String,
    },
    /// The endpoint has tenants, and no guard takes their secrets.
    UnusedTenantSecrets,
    /// A signature scheme would prove less than it seems to, or can't be read.
    Scheme {
        /// The guard, such as `signature header "x-signature"`.
        guard: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two guards read the same parameter, header, segment or field: one guard with several secrets was meant.
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
    /// Live events would be remembered for longer than records.
    LiveWindowTooLong {
        /// For how long live events would be.
        live_replay_window: Duration,
        /// For how long records would be.
        replay_window: Duration,
    },
    /// The set of expected app ids is empty, so every message would be refused.
    NoAppId,
    /// The provider reads the URL, and no signature covers it.
    UnsignedEventName,
    /// The URL names the tenant, no signature covers it, and none is made with the tenant's own secret.
    UnsignedTenant,
    /// One place is read as two things: as a token, as the tenant, or as what the provider tells messages apart by.
    SamePlace {
        /// The place, such as `query parameter "event"`.
        place: String,
        /// What it is read as.
        uses: [&'static str; 2],
    },
    /// A limit is set for answers to waiting requests, and there is no fallback to answer after it.
    NoFallback,
    /// The replay store may serve several endpoints, so they need names that tell them apart.
    UnnamedWithStore,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthentication => f.write_str(
                "the endpoint has no authentication: give it a token, or call insecure_no_authentication()",
            ),
            Self::NoSecret { guard } => write!(f, "{guard} has no secret"),
            Self::ShortSecret {
                guard,
                secret_name,
                length,
            } => {
                let bytes = if *length == 1 { "byte" } else { "bytes" };
                write!(
                    f,
                    "secret {secret_name:?} of {guard} has {length} {bytes}, fewer than 16"
                )
            }
            Self::InvalidSecret {
                secret_name,
                problem,
            } => write!(f, "secret {secret_name:?} {problem}"),
            Self::MixedSecrets { guard } => write!(
                f,
                "{guard} takes the tenant's secrets and others, which every tenant could use"
            ),
            Self::NoTenants { guard } => {
                write!(f, "{guard} takes the tenant's secrets, and the endpoint has no tenants: call tenants(..)")
            }
            Self::UnusedTenantSecrets => f.write_str(
                "no guard takes the tenants' secrets: give one Secrets::of_tenant()",
            ),
            Self::Scheme { guard, problem } => write!(f, "{guard} {problem}"),
            Self::DuplicateGuard { guard } => write!(
                f,
                "{guard} is guarded twice: give one guard all its secrets instead"
            ),
            Self::InvalidName { what, name } => write!(f, "{name:?} is not a valid name for a {what}"),
            Self::InvalidNetwork { network, problem } => write!(f, "{network:?} {problem}"),
            Self::NoNetwork { what } => write!(f, "the {what} is empty"),
            Self::Zero { what } => write!(f, "{what} is zero"),
            Self::LiveWindowTooLong {
                live_replay_window,
                replay_window,
            } => write!(
                f,
                "live_replay_window is {live_replay_window:?}, longer than replay_window, which is {replay_window:?}"
            ),
            Self::NoAppId => f.write_str("the set of expected app ids is empty"),
            Self::UnsignedEventName => f.write_str(
                "the provider reads which event a message is from the URL, which no signature covers: sign \
                 Signed::TargetAndBody, or call insecure_unsigned_event_name()",
            ),
            Self::UnsignedTenant => f.write_str(
                "the URL names the tenant, and no signature covers the URL or is made with the tenant's secret: sign \
                 Signed::TargetAndBody, take Secrets::of_tenant(), or call insecure_unsigned_event_name()",
            ),
            Self::SamePlace {
                place,
                uses: [one, other],
            } => write!(f, "{place} is read as {one} and as {other}"),
            Self::NoFallback => f.write_str(
                "answer_within is set, and there is nothing to answer after that time: say fallback(..)",
            ),
            Self::UnnamedWithStore => f.write_str(
                "a replay store may serve several endpoints: give the endpoint a name(..) that tells it from others",
            ),
        }
    }
}

impl Error for ConfigError {}
