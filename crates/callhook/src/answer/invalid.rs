//! What is wrong with a reply: [`InvalidReply`].

use std::error::Error;
use std::fmt;

use serde_json::Value;

/// A reply that the platform could not read. Names the member, and shows nothing of its value, which may be a phone
/// number.
///
/// Returned from a handler it is answered with 500 and logged, so that a [fallback](crate::EndpointBuilder::fallback) takes
/// the reply's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidReply {
    field: String,
    expected: &'static str,
    found: &'static str,
}

impl InvalidReply {
    pub(crate) fn new(field: String, expected: &'static str, found: Option<&Value>) -> Self {
        let found = match found {
            None => "missing",
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "a boolean",
            Some(Value::Number(_)) => "another number",
            Some(Value::String(_)) => "another text",
            Some(Value::Array(items)) if items.is_empty() => "an empty array",
            Some(Value::Array(_)) => "another array",
            Some(Value::Object(_)) => "another object",
        };
        Self {
            field,
            expected,
            found,
        }
    }

    /// A value that is not written as JSON.
    pub(super) fn unwritable(field: &str) -> Self {
        Self {
            field: field.to_owned(),
            expected: "a value that JSON can hold",
            found: "none",
        }
    }

    /// The member, with the way to it: `[1].connect[0].number`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for InvalidReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            expected,
            found,
        } = self;
        let field = if field.is_empty() { "the reply" } else { field };
        write!(f, "{field} is {found}; expected {expected}")
    }
}

impl Error for InvalidReply {}
