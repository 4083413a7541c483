//! How a guard is named in logs and metrics: [`GuardName`].

use std::fmt;
use std::sync::Arc;

use crate::request::Location;

/// How a guard is named: in words, for the cause of a refusal, and by a code that stays the same between releases.
///
/// Both come from the endpoint's configuration alone, never from a request. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct GuardName(Arc<Names>);

#[derive(PartialEq, Eq)]
struct Names {
    words: Box<str>,
    code: Box<str>,
}

impl GuardName {
    /// A guard that compares the whole value at a location.
    pub(super) fn token(location: &Location) -> Self {
        let code = match location {
            Location::Query(name) => format!("query_token:{name}"),
            Location::Header(name) => format!("header_token:{name}"),
            Location::PathSegment(0) => "path_token".to_owned(),
            Location::PathSegment(from_end) => format!("path_token:{from_end}"),
            Location::BodyField(name) => format!("body_token:{name}"),
        };
        Self::new(location.to_string(), code)
    }

    pub(super) fn bearer() -> Self {
        Self::new("bearer token".to_owned(), "bearer_token".to_owned())
    }

    pub(super) fn basic(user: &str) -> Self {
        Self::new(format!("basic user {user:?}"), format!("basic_auth:{user}"))
    }

    /// `words` say where the signature is, which this header has.
    pub(super) fn hmac(words: String, header: &str) -> Self {
        Self::new(words, format!("hmac:{header}"))
    }

    fn new(words: String, code: String) -> Self {
        Self(Arc::new(Names {
            words: words.into(),
            code: code.into(),
        }))
    }

    /// The name of the builder's method and what was given to it, such as `query_token:token`.
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    /// In words, such as `query parameter "token"`.
    pub(super) fn words(&self) -> &str {
        &self.0.words
    }
}

impl fmt::Display for GuardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl fmt::Debug for GuardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
