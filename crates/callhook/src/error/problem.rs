//! What is wrong, in detail: the parts of a [`ConfigError`](super::ConfigError).

use std::fmt;
use std::time::Duration;

/// What is wrong with a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretProblem {
    /// There is none, so nothing could ever match.
    Missing,
    /// It has fewer than 16 bytes, so it can be guessed.
    Short {
        /// Its length in bytes.
        length: usize,
    },
    /// It has an empty name.
    Unnamed,
    /// Another secret of the guard has the same name.
    DuplicateName,
    /// It was given as a SHA-256, and is not 64 hexadecimal digits.
    NotSha256,
    /// It was given as the SHA-256 of an empty text.
    Sha256OfNothing,
    /// It is not base64, as a key of Standard Webhooks is.
    NotBase64,
    /// It was given as a SHA-256, with which no signature can be made.
    HashedKey,
}

impl fmt::Display for SecretProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "has no secret, expected at least one",
            Self::Short { length } => {
                let bytes = if *length == 1 { "byte" } else { "bytes" };
                return write!(f, "has {length} {bytes}, expected at least 16");
            }
            Self::Unnamed => "has an empty name",
            Self::DuplicateName => "has the same name as another secret",
            Self::NotSha256 => "is not a valid SHA-256, expected 64 hexadecimal digits",
            Self::Sha256OfNothing => {
                "is the SHA-256 of an empty text, expected that of at least 16 bytes"
            }
            Self::NotBase64 => "is not valid base64, expected base64 with or without whsec_ before it",
            Self::HashedKey => {
                "is given as its SHA-256, expected the secret itself: signatures can't be made with a hash"
            }
        })
    }
}

/// What is wrong with a list of networks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkProblem {
    /// It has no entry, so no address would be in it.
    Empty,
    /// An entry is neither an address nor a network.
    Invalid {
        /// The entry.
        entry: String,
    },
    /// An entry has bits set after its prefix, so an address or another prefix was meant.
    HostBits {
        /// The entry.
        entry: String,
    },
}

impl fmt::Display for NetworkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty, expected at least one address or network"),
            Self::Invalid { entry } => write!(
                f,
                "contains {entry:?}, expected an address such as 192.0.2.7 or a network such as 192.0.2.0/24"
            ),
            Self::HostBits { entry } => write!(
                f,
                "contains {entry:?}, which has bits set after its prefix, expected the first address of the network"
            ),
        }
    }
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingProblem {
    /// A limit or a duration of zero.
    Zero,
    /// A set of expected values without any, so every message would be refused.
    Empty,
    /// A duration that is longer than another one allows.
    TooLong {
        /// The duration.
        duration: Duration,
        /// The longest that is allowed.
        most: Duration,
        /// The setting that says so.
        most_setting: &'static str,
    },
    /// It does nothing without another setting.
    Without {
        /// The setting that is missing.
        setting: &'static str,
    },
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("is zero, expected more"),
            Self::Empty => f.write_str("is empty, expected at least one value"),
            Self::TooLong {
                duration,
                most,
                most_setting,
            } => write!(
                f,
                "is {duration:?}, expected at most the {most_setting}, which is {most:?}"
            ),
            Self::Without { setting } => {
                write!(
                    f,
                    "has no effect without {setting}: expected both, or neither"
                )
            }
        }
    }
}

/// What a location of a request is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocationUse {
    /// A guard reads a token there.
    Token,
    /// A guard reads a signature there.
    Signature,
    /// The tenant's name.
    Tenant,
    /// The event's name, which the provider reads.
    EventName,
    /// A field that the provider tells messages apart by.
    Identity,
}

impl LocationUse {
    pub(super) fn is_guard(self) -> bool {
        matches!(self, Self::Token | Self::Signature)
    }
}

impl fmt::Display for LocationUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "a token",
            Self::Signature => "a signature",
            Self::Tenant => "the tenant's name",
            Self::EventName => "the event's name",
            Self::Identity => "the message's identity",
        })
    }
}

/// What is wrong between an endpoint's tenants and its guards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TenantsProblem {
    /// A guard takes the tenant's secrets, and the endpoint has no tenants.
    Missing {
        /// The guard, such as `query parameter "token"`.
        guard: String,
    },
    /// The endpoint has tenants, and no guard takes their secrets.
    UnusedSecrets,
    /// A guard takes the tenant's secrets and has secrets of its own, which would be every tenant's.
    MixedSecrets {
        /// The guard, such as `query parameter "token"`.
        guard: String,
    },
}

impl fmt::Display for TenantsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { guard } => write!(
                f,
                "{guard} takes the tenant's secrets, and the endpoint has no tenants: call tenants(..)"
            ),
            Self::UnusedSecrets => f.write_str(
                "the endpoint has tenants, and no guard takes their secrets: give Secrets::of_tenant() to a guard",
            ),
            Self::MixedSecrets { guard } => write!(
                f,
                "{guard} takes the tenant's secrets and secrets of its own, which would be valid for every tenant"
            ),
        }
    }
}
