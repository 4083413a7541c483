//! A shared secret that the sender presents as it is.

use std::borrow::Cow;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use subtle::{Choice, ConstantTimeEq};

use super::{GuardName, Refused, Secrets, TenantSecrets};
use crate::error::ConfigError;
use crate::payload::cut::{self, Found};
use crate::request::{Content, Head, Location};

/// One location where a token is looked for, and the tokens that are accepted there.
#[derive(Debug)]
pub(crate) struct TokenGuard {
    name: GuardName,
    location: Location,
    scheme: Scheme,
    secrets: Secrets,
}

/// What of the value at a location is the token.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    /// All of it.
    Whole,
    /// What comes after `Bearer`.
    Bearer,
    /// The password of Basic credentials.
    Basic { user: String },
}

impl TokenGuard {
    pub(crate) fn new(location: Location, secrets: Secrets) -> Self {
        Self::build(location, Scheme::Whole, secrets)
    }

    pub(crate) fn bearer(secrets: Secrets) -> Self {
        Self::build(Location::header(AUTHORIZATION), Scheme::Bearer, secrets)
    }

    pub(crate) fn basic(user: String, passwords: Secrets) -> Self {
        let scheme = Scheme::Basic { user };
        Self::build(Location::header(AUTHORIZATION), scheme, passwords)
    }

    fn build(location: Location, scheme: Scheme, secrets: Secrets) -> Self {
        let name = match &scheme {
            Scheme::Whole => GuardName::token(&location),
            Scheme::Bearer => GuardName::bearer(),
            Scheme::Basic { user } => GuardName::basic(user),
        };
        Self {
            name,
            location,
            scheme,
            secrets,
        }
    }

    pub(crate) fn name(&self) -> &GuardName {
        &self.name
    }

    /// Finds what is wrong with this guard by itself.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        self.location.validate()?;
        // A colon ends the user, so one within it can't be sent. What comes after it may be the password.
        if let Scheme::Basic { user } = &self.scheme
            && (user.is_empty() || user.contains(':'))
        {
            return Err(ConfigError::Name {
                what: "user",
                name: user.split(':').next().unwrap_or_default().to_owned(),
            });
        }
        self.secrets.validate(self.name.words())
    }

    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    pub(crate) fn is_of_tenant(&self) -> bool {
        self.secrets.is_of_tenant()
    }

    /// The name of the secret that the head presents. `None` where this guard reads the content instead.
    pub(crate) fn check_head<'a>(
        &'a self,
        head: &Head<'_>,
        tenant: Option<TenantSecrets<'a>>,
    ) -> Result<Option<&'a Arc<str>>, Refused> {
        if self.is_in_content() {
            return Ok(None);
        }
        let value = self.location.read(head).map_err(|_| TWICE)?;
        let value = value.ok_or(MISSING)?;
        let mut is_user = Choice::from(1);
        let presented = match &self.scheme {
            Scheme::Whole => value,
            Scheme::Bearer => Cow::Borrowed(credentials(&value, "bearer").ok_or(OTHER_SCHEME)?),
            Scheme::Basic { user } => {
                let encoded = credentials(&value, "basic").ok_or(OTHER_SCHEME)?;
                let (presented, password) = user_and_password(encoded)?;
                // Both are compared, whichever is wrong.
                is_user = user.as_bytes().ct_eq(&presented);
                Cow::Owned(password)
            }
        };
        let matching = self.matching(&presented, tenant)?;
        if !bool::from(is_user) {
            return Err("the user is wrong".into());
        }
        Ok(Some(matching))
    }

    /// Whether the token is a field of the content.
    pub(crate) fn is_in_content(&self) -> bool {
        matches!(self.location, Location::BodyField(_))
    }

    /// The field of a content that presents a token. `None` where there is none, or this guard reads the head instead.
    pub(crate) fn find<'c>(&self, content: Content<'c>) -> Result<Option<Found<'c>>, Refused> {
        let Location::BodyField(field) = &self.location else {
            return Ok(None);
        };
        let found = match content {
            Content::Query(query) => cut::in_query(query, field),
            Content::Body(body) => match std::str::from_utf8(body) {
                Ok(body) => cut::in_body(body, field),
                Err(_) => return Err("the content with the token is not UTF-8".into()),
            },
        };
        found.map_err(|_| TWICE)
    }

    /// The name of the secret that was presented.
    pub(crate) fn matching<'a>(
        &'a self,
        presented: &[u8],
        tenant: Option<TenantSecrets<'a>>,
    ) -> Result<&'a Arc<str>, Refused> {
        let found = match tenant {
            Some(tenant) if self.is_of_tenant() => tenant.matching(presented),
            _ => self.secrets.matching(presented),
        };
        found.ok_or(Refused::Text("the token is wrong"))
    }
}

/// What comes after the scheme (RFC 9110, section 11.4), whose case doesn't count.
fn credentials<'v>(value: &'v [u8], scheme: &str) -> Option<&'v [u8]> {
    let (name, rest) = value.split_at_checked(scheme.len())?;
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

/// Where Bearer and Basic credentials are.
const AUTHORIZATION: &str = "authorization";

pub(crate) const MISSING: Refused = Refused::Text("the token is missing");

pub(crate) const TWICE: Refused =
    Refused::Text("the token is given more than once, or is not UTF-8");

const OTHER_SCHEME: Refused = Refused::Text("the authorization header has an unexpected scheme");
