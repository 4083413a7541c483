//! A shared secret that the sender presents as it is.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use percent_encoding::percent_decode_str;
use subtle::{Choice, ConstantTimeEq};

use super::{Refused, Secrets, check_header_name};
use crate::config::ConfigError;
use crate::payload::cut::{self, Found};
use crate::payload::form::Pair;
use crate::request::Head;

/// One place where a token is looked for, and the tokens that are accepted there.
#[derive(Debug)]
pub(crate) struct TokenGuard {
    carrier: Carrier,
    secrets: Secrets,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Query(String),
    /// In lower case.
    Header(String),
    Bearer,
    Basic {
        user: String,
    },
    /// How many segments of the path come after it.
    Path {
        after: usize,
    },
    /// A field of a POST's body, and of a GET's query.
    Body(String),
}

impl TokenGuard {
    pub(crate) fn new(carrier: Carrier, secrets: Secrets) -> Self {
        let carrier = match carrier {
            Carrier::Header(name) => Carrier::Header(name.to_ascii_lowercase()),
            other => other,
        };
        Self { carrier, secrets }
    }

    /// Finds what is wrong with this guard by itself.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let invalid = |what, name: &str| {
            Err(ConfigError::InvalidName {
                what,
                name: name.to_owned(),
            })
        };
        match &self.carrier {
            Carrier::Query(name) if name.is_empty() => return invalid("query parameter", name),
            Carrier::Body(name) if name.is_empty() => return invalid("body field", name),
            // A colon ends the user, so one within it can't be sent.
            // What stands behind it may be the password.
            Carrier::Basic { user } if user.is_empty() || user.contains(':') => {
                return invalid("user", user.split(':').next().unwrap_or_default());
            }
            Carrier::Header(name) => check_header_name(name)?,
            _ => {}
        }
        self.secrets.validate(&self.carrier.to_string())
    }

    /// The guard's place in words.
    pub(crate) fn place(&self) -> String {
        self.carrier.to_string()
    }

    pub(crate) fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    pub(crate) fn is_of_tenant(&self) -> bool {
        self.secrets.is_of_tenant()
    }

    /// Whether this guard reads the query parameter, which then is no part of the message.
    pub(crate) fn consumes(&self, pair: &Pair<'_>) -> bool {
        matches!(&self.carrier, Carrier::Query(name) if pair.is_named(name))
    }

    /// The name of the secret that the head presents. `None` where this guard reads the content instead.
    pub(crate) fn check_head<'a>(
        &'a self,
        head: &Head<'_>,
        tenant: Option<&'a Secrets>,
    ) -> Result<Option<&'a Arc<str>>, Refused> {
        let mut is_user = Choice::from(1);
        let presented = match &self.carrier {
            Carrier::Query(name) => head
                .single_parameter(name)
                .map_err(|_| TWICE)?
                .map(into_bytes),
            Carrier::Header(name) => line(head, name)?.map(Cow::Borrowed),
            Carrier::Bearer => match line(head, AUTHORIZATION)? {
                Some(line) => Some(Cow::Borrowed(credentials(line, "bearer").ok_or(SCHEME)?)),
                None => None,
            },
            Carrier::Basic { user } => match line(head, AUTHORIZATION)? {
                Some(line) => {
                    let encoded = credentials(line, "basic").ok_or(SCHEME)?;
                    let (presented, password) = user_and_password(encoded)?;
                    // Both are compared, whichever is wrong.
                    is_user = user.as_bytes().ct_eq(&presented);
                    Some(Cow::Owned(password))
                }
                None => None,
            },
            Carrier::Path { after } => head
                .segment(*after)
                .map(|segment| percent_decode_str(segment).into()),
            Carrier::Body(_) => return Ok(None),
        };
        let matching = self.matching(&presented.ok_or(MISSING)?, tenant)?;
        if !bool::from(is_user) {
            return Err("the user is wrong");
        }
        Ok(Some(matching))
    }

    /// What this guard reads of a content. `None` where it reads the head instead.
    pub(crate) fn find<'c>(&self, content: &'c [u8], is_get: bool) -> Option<Presenting<'c>> {
        let Carrier::Body(field) = &self.carrier else {
            return None;
        };
        let found = match std::str::from_utf8(content) {
            Ok(query) if is_get => cut::in_query(query, field),
            Ok(body) => cut::in_body(body, field),
            Err(_) => return Some(Err("the content with the token is not UTF-8")),
        };
        Some(match found {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(MISSING),
            Err(_) => Err(TWICE),
        })
    }

    /// The name of the secret that was presented.
    pub(crate) fn matching<'a>(
        &'a self,
        presented: &[u8],
        tenant: Option<&'a Secrets>,
    ) -> Result<&'a Arc<str>, Refused> {
        let secrets = match tenant {
            Some(tenant) if self.is_of_tenant() => tenant,
            _ => &self.secrets,
        };
        secrets.matching(presented).ok_or("the token is wrong")
    }
}

/// The field of a content that presents a token, or why there is none.
pub(crate) type Presenting<'c> = Result<Found<'c>, Refused>;

impl Carrier {
    /// The header that is read, in lower case.
    pub(crate) fn header(&self) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name),
            Self::Bearer | Self::Basic { .. } => Some(AUTHORIZATION),
            Self::Query(_) | Self::Path { .. } | Self::Body(_) => None,
        }
    }
}

fn line<'h>(head: &Head<'h>, name: &str) -> Result<Option<&'h [u8]>, Refused> {
    head.single_line(name).map_err(|_| TWICE)
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// What comes after the scheme (RFC 9110, section 11.4), whose case doesn't count.
fn credentials<'h>(line: &'h [u8], scheme: &str) -> Option<&'h [u8]> {
    let (name, rest) = line.split_at_checked(scheme.len())?;
    let is_scheme = name.eq_ignore_ascii_case(scheme.as_bytes()) && rest.starts_with(b" ");
    is_scheme.then(|| rest.trim_ascii_start())
}

/// Basic credentials (RFC 7617).
fn user_and_password(encoded: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Refused> {
    let unreadable = "the credentials can't be read";
    let encoded = std::str::from_utf8(encoded).map_err(|_| unreadable)?;
    let mut user = Base64::decode_vec(encoded).map_err(|_| unreadable)?;
    let colon = user.iter().position(|byte| *byte == b':');
    let mut password = user.split_off(colon.ok_or(unreadable)?);
    password.remove(0);
    Ok((user, password))
}

/// Where Bearer and Basic credentials stand.
pub(crate) const AUTHORIZATION: &str = "authorization";

pub(crate) const MISSING: Refused = "the token is missing";

pub(crate) const TWICE: Refused = "the token stands twice, or is not UTF-8";

const SCHEME: Refused = "the authorization header has another scheme";

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query parameter {name:?}"),
            Self::Header(name) => write!(f, "header {name:?}"),
            Self::Bearer => f.write_str("bearer token"),
            Self::Basic { user } => write!(f, "basic user {user:?}"),
            Self::Path { after } => write!(f, "path segment with {after} after it"),
            Self::Body(field) => write!(f, "body field {field:?}"),
        }
    }
}
