//! Mistakes in an endpoint's configuration: [`ConfigError`], and what it says in detail.

mod problem;

use std::error::Error;
use std::fmt;

pub use self::problem::{
    LocationUse, NetworkProblem, SecretProblem, SettingProblem, TenantsProblem,
};

/// A mistake in configuration, found by [`EndpointBuilder::build`](crate::EndpointBuilder::build).
///
/// The text says what was found, what was expected and where, and contains no secret. `Debug` prints the same text
/// after the variant's name, since that is what `fn main() -> Result<(), ConfigError>` shows:
///
/// ```
/// use callhook::{Endpoint, telecmi::Telecmi};
///
/// let error = Endpoint::builder(Telecmi).query_token("token", "a-short-one").build().unwrap_err();
/// assert_eq!(
///     format!("{error:?}"),
///     r#"Secret: the secret of query parameter "token" has 11 bytes, expected at least 16"#
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nothing authenticates the sender.
    NoAuthentication,
    /// A secret is missing or can't be used.
    Secret {
        /// The guard that it belongs to, such as `query parameter "token"`, or the tenant, such as `tenant "7"`. `None`
        /// for [`Secrets::sha256`](crate::auth::Secrets::sha256), which belongs to no guard yet.
        guard: Option<String>,
        /// The name of the secret: `#1` for the first of several that were given without names. `None` where
        /// there is no secret at all, or one only, without a name.
        secret_name: Option<String>,
        /// What is wrong with it.
        problem: SecretProblem,
    },
    /// A signature scheme would prove less than it seems to, or can't be read.
    Scheme {
        /// The guard, such as `signature header "x-signature"`.
        guard: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A name is empty, or contains what such a name can't contain.
    Name {
        /// What was to be named, such as `header`.
        what: &'static str,
        /// The name. That of a header ends at its first mistake.
        name: String,
    },
    /// An allowlist or a list of trusted proxies is empty, or has an entry that can't be read.
    Network {
        /// Which list.
        list: &'static str,
        /// What is wrong with it.
        problem: NetworkProblem,
    },
    /// A limit, a duration or a set of expected values that would make the endpoint useless.
    Setting {
        /// The setting, such as `max_body_bytes`.
        setting: String,
        /// What is wrong with it.
        problem: SettingProblem,
    },
    /// One location of a request is used for two things.
    Conflict {
        /// The location, such as `query parameter "event"`.
        location: String,
        /// What it is used for.
        uses: [LocationUse; 2],
    },
    /// The endpoint's tenants and its guards don't fit together.
    Tenants(TenantsProblem),
    /// The event's name or the tenant's is read from the URL, and no signature covers the URL.
    Unsigned(LocationUse),
    /// The endpoint has a replay store of its own, which may serve other endpoints too, and no name.
    UnnamedStore,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthentication => f.write_str(
                "the endpoint has no authentication: configure a token or a signature, or call insecure_no_authentication()",
            ),
            Self::Secret {
                guard,
                secret_name,
                problem,
            } => {
                match (secret_name, guard) {
                    (None, Some(guard)) if *problem != SecretProblem::Missing => {
                        write!(f, "the secret of {guard}")?;
                    }
                    (Some(name), Some(guard)) => write!(f, "secret {name:?} of {guard}")?,
                    (Some(name), None) => write!(f, "secret {name:?}")?,
                    (None, Some(guard)) => f.write_str(guard)?,
                    (None, None) => f.write_str("the guard")?,
                }
                write!(f, " {problem}")
            }
            Self::Scheme { guard, problem } => write!(f, "{guard} {problem}"),
            Self::Name { what, name } if name.is_empty() => write!(f, "the {what} name is empty"),
            Self::Name { what, name } => write!(f, "{name:?} is not a valid {what} name"),
            Self::Network { list, problem } => write!(f, "the {list} {problem}"),
            Self::Setting { setting, problem } => write!(f, "{setting} {problem}"),
            Self::Conflict {
                location,
                uses: [one, other],
            } => {
                if one == other {
                    write!(f, "{location} is used for {one} twice")?;
                } else {
                    write!(f, "{location} is used for two things: {one} and {other}")?;
                }
                if one.is_guard() && other.is_guard() {
                    f.write_str("; to accept several secrets there, give them all to one guard")?;
                }
                Ok(())
            }
            Self::Tenants(problem) => problem.fmt(f),
            Self::Unsigned(read) => {
                write!(f, "{read} is read from the URL, and no signature covers the URL")?;
                if *read == LocationUse::Tenant {
                    f.write_str(" or is made with the tenant's secret: use Secrets::of_tenant(), sign ")?;
                } else {
                    f.write_str(": sign ")?;
                }
                f.write_str("Signed::TargetAndBody, or call insecure_unsigned_event_name()")
            }
            Self::UnnamedStore => f.write_str(
                "the endpoint has a replay store and no name: a store may serve several endpoints, so call name(..) with a \
                 name that no other endpoint of the store has",
            ),
        }
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variant = match self {
            Self::NoAuthentication => "NoAuthentication",
            Self::Secret { .. } => "Secret",
            Self::Scheme { .. } => "Scheme",
            Self::Name { .. } => "Name",
            Self::Network { .. } => "Network",
            Self::Setting { .. } => "Setting",
            Self::Conflict { .. } => "Conflict",
            Self::Tenants(_) => "Tenants",
            Self::Unsigned(_) => "Unsigned",
            Self::UnnamedStore => "UnnamedStore",
        };
        write!(f, "{variant}: {self}")
    }
}

impl Error for ConfigError {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_text_says_what_was_found_what_was_expected_and_where() {
        let guard = || "query parameter \"token\"".to_owned();
        let secret = |secret_name: Option<&str>, problem| ConfigError::Secret {
            guard: Some(guard()),
            secret_name: secret_name.map(str::to_owned),
            problem,
        };
        let setting = |problem| ConfigError::Setting {
            setting: "lease".to_owned(),
            problem,
        };
        let name = |name: &str| ConfigError::Name {
            what: "header",
            name: name.to_owned(),
        };
        let network = |problem| ConfigError::Network {
            list: "allowlist",
            problem,
        };
        let conflict = |uses| ConfigError::Conflict {
            location: guard(),
            uses,
        };
        for (error, text) in [
            (
                secret(None, SecretProblem::Missing),
                "Secret: query parameter \"token\" has no secret, expected at least one",
            ),
            (
                secret(None, SecretProblem::Short { length: 11 }),
                "Secret: the secret of query parameter \"token\" has 11 bytes, expected at least 16",
            ),
            (
                secret(Some("#2"), SecretProblem::Short { length: 1 }),
                "Secret: secret \"#2\" of query parameter \"token\" has 1 byte, expected at least 16",
            ),
            (
                ConfigError::Secret {
                    guard: None,
                    secret_name: Some("new".to_owned()),
                    problem: SecretProblem::NotSha256,
                },
                "Secret: secret \"new\" is not a valid SHA-256, expected 64 hexadecimal digits",
            ),
            (name(""), "Name: the header name is empty"),
            (name("x…"), "Name: \"x…\" is not a valid header name"),
            (
                network(NetworkProblem::Empty),
                "Network: the allowlist is empty, expected at least one address or network",
            ),
            (
                network(NetworkProblem::HostBits {
                    entry: "10.0.0.1/8".to_owned(),
                }),
                "Network: the allowlist contains \"10.0.0.1/8\", which has bits set after its prefix, expected the first \
                 address of the network",
            ),
            (
                setting(SettingProblem::Zero),
                "Setting: lease is zero, expected more",
            ),
            (
                setting(SettingProblem::TooLong {
                    duration: Duration::from_secs(61),
                    most: Duration::from_secs(60),
                    most_setting: "replay_window",
                }),
                "Setting: lease is 61s, expected at most the replay_window, which is 60s",
            ),
            (
                conflict([LocationUse::Token, LocationUse::EventName]),
                "Conflict: query parameter \"token\" is used for two things: a token and the event's name",
            ),
            (
                conflict([LocationUse::Token; 2]),
                "Conflict: query parameter \"token\" is used for a token twice; to accept several secrets there, give \
                 them all to one guard",
            ),
            (
                ConfigError::Tenants(TenantsProblem::Missing { guard: guard() }),
                "Tenants: query parameter \"token\" takes the tenant's secrets, and the endpoint has no tenants: call \
                 tenants(..)",
            ),
            (
                ConfigError::Unsigned(LocationUse::EventName),
                "Unsigned: the event's name is read from the URL, and no signature covers the URL: sign \
                 Signed::TargetAndBody, or call insecure_unsigned_event_name()",
            ),
            (
                ConfigError::Unsigned(LocationUse::Tenant),
                "Unsigned: the tenant's name is read from the URL, and no signature covers the URL or is made with the \
                 tenant's secret: use Secrets::of_tenant(), sign Signed::TargetAndBody, or call \
                 insecure_unsigned_event_name()",
            ),
        ] {
            assert_eq!(format!("{error:?}"), text);
        }
    }
}
