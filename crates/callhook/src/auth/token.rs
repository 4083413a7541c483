//! A shared secret that the sender presents as it is.

use std::fmt;
use std::sync::Arc;

use super::{Refused, Secrets, check_header_name};
use crate::config::ConfigError;
use crate::payload::form::Pair;
use crate::request::Head;

/// One place where a token is looked for, and the tokens that are accepted there.
#[derive(Debug)]
pub(crate) struct TokenGuard {
    carrier: Carrier,
    secrets: Secrets,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Carrier {
    Query(String),
    /// In lower case.
    Header(String),
}

impl TokenGuard {
    pub(crate) fn query(name: String, secrets: Secrets) -> Self {
        Self {
            carrier: Carrier::Query(name),
            secrets,
        }
    }

    pub(crate) fn header(name: &str, secrets: Secrets) -> Self {
        Self {
            carrier: Carrier::Header(name.to_ascii_lowercase()),
            secrets,
        }
    }

    /// Finds what is wrong with this guard by itself.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        match &self.carrier {
            Carrier::Query(name) if name.is_empty() => {
                return Err(ConfigError::InvalidName {
                    what: "query parameter",
                    name: name.clone(),
                });
            }
            Carrier::Header(name) => check_header_name(name)?,
            Carrier::Query(_) => {}
        }
        self.secrets.validate(&self.carrier.to_string())
    }

    /// The guard's place as text, where another guard reads the same place.
    pub(crate) fn duplicate_of(&self, other: &Self) -> Option<String> {
        (self.carrier == other.carrier).then(|| self.carrier.to_string())
    }

    /// The query parameter that this guard reads, if it reads one.
    pub(crate) fn query_parameter(&self) -> Option<&str> {
        match &self.carrier {
            Carrier::Query(name) => Some(name),
            Carrier::Header(_) => None,
        }
    }

    /// Whether this guard reads the query parameter, which then is no part of the message.
    pub(crate) fn consumes(&self, pair: &Pair<'_>) -> bool {
        matches!(&self.carrier, Carrier::Query(name) if pair.is_named(name))
    }

    /// The name of the secret that the request presents.
    pub(crate) fn check(&self, head: &Head<'_>) -> Result<&Arc<str>, Refused> {
        let query_value;
        let presented = match &self.carrier {
            Carrier::Query(name) => {
                query_value = head.single_parameter(name).map_err(|_| TWICE)?;
                query_value.as_deref().map(str::as_bytes)
            }
            Carrier::Header(name) => head.single_line(name).map_err(|_| TWICE)?,
        };
        let presented = presented.ok_or("the token is missing")?;
        self.secrets.matching(presented).ok_or("the token is wrong")
    }
}

const TWICE: Refused = "the token stands twice, or is not UTF-8";

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query parameter {name:?}"),
            Self::Header(name) => write!(f, "header {name:?}"),
        }
    }
}
