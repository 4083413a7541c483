//! The application's own data, echoed back by the platform.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use super::field::{FromField, Reading};
use super::is_nothing;
use crate::payload::{Field, compact, trim};

/// The application's own data: `extra_params` of a click-to-call, or the dashboard's `custom` value.
///
/// The platforms send it as JSON text in a string, as an object, or as text that is not JSON at all (`{key: value}`,
/// single quotes); all of them are kept as text. What means "nothing configured" (an empty text, a word such as `none`
/// or `false`, `{}`, `{"{}":null}`) is read as absent.
///
/// ```
/// use std::collections::HashMap;
/// use callhook::value::ExtraParams;
///
/// let params = ExtraParams::from(r#"{"crm":"true"}"#);
/// let parsed: HashMap<String, String> = params.parse().unwrap();
/// assert_eq!(parsed["crm"], "true");
///
/// let text = ExtraParams::from("{ 'Name': 'Akil' }");
/// assert_eq!(text.as_str(), "{ 'Name': 'Akil' }");
/// assert!(text.parse::<HashMap<String, String>>().is_err());
/// ```
///
/// Two values are equal where they differ in nothing but white space between JSON's tokens. `Debug` shows the length.
#[derive(Clone)]
pub struct ExtraParams(Box<str>);

impl ExtraParams {
    /// The text as sent. An object is JSON text without white space between its tokens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the text as JSON into a type of the application's.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or not this type's.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        serde_json::from_str(&self.0).map_err(ParseError)
    }

    /// `None` where the text means that there is no value.
    fn read(text: &str) -> Option<Self> {
        const NOTHING: [&str; 2] = ["{}", r#"{"{}":null}"#];
        if is_nothing(text) {
            return None;
        }
        // To count so far spares longer texts, which are nearly all, a copy in canonical form.
        let longest = NOTHING.map(str::len).into_iter().max().unwrap_or_default();
        let mut written = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
        let is_longer = written.nth(longest).is_some();
        let is_nothing = !is_longer && NOTHING.contains(&&*canonical(text));
        (!is_nothing).then(|| Self::from(text))
    }
}

impl FromField for ExtraParams {
    fn from_field(field: &Field<'_>) -> Reading<Self> {
        Self::read(field.value().text()).map_or(Reading::Nothing, Reading::Value)
    }
}

impl From<&str> for ExtraParams {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for ExtraParams {
    fn eq(&self, other: &Self) -> bool {
        canonical(&self.0) == canonical(&other.0)
    }
}

impl Eq for ExtraParams {}

impl Hash for ExtraParams {
    fn hash<H: Hasher>(&self, state: &mut H) {
        canonical(&self.0).hash(state);
    }
}

impl fmt::Debug for ExtraParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraParams({} bytes)", self.0.len())
    }
}

impl Serialize for ExtraParams {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

deserialize_from_text!(ExtraParams, "a text", |text| Some(text.into()));

/// The text that decides whether two values are one: nested JSON without white space between its tokens.
pub(crate) fn canonical(text: &str) -> Cow<'_, str> {
    let trimmed = trim(text);
    if trimmed.starts_with(['{', '[']) {
        compact(trimmed)
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// The text of an [`ExtraParams`] is not JSON, or not of the type asked for.
#[derive(Debug)]
pub struct ParseError(serde_json::Error);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the parameters are not JSON of the expected type, at line {}, column {}",
            self.0.line(),
            self.0.column()
        )
    }
}

impl Error for ParseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_no_value_is_absent() {
        for text in [
            "",
            "none",
            "false",
            "None",
            " FALSE ",
            "undefined",
            "not available",
            "{}",
            r#"{"{}":null}"#,
            r#"{ "{}" : null }"#,
        ] {
            assert_eq!(ExtraParams::read(text), None, "{text}");
        }
        for text in ["0", "None of these", "{key: value}", r#"{"{}":1}"#] {
            assert!(ExtraParams::read(text).is_some(), "{text}");
        }
    }

    #[test]
    fn white_space_between_tokens_makes_no_difference() {
        let spaced = ExtraParams::from(r#"{ "a": "b c" }"#);
        assert_eq!(spaced, ExtraParams::from(r#"{"a":"b c"}"#));
        assert_ne!(spaced, ExtraParams::from(r#"{"a":"bc"}"#));
        assert_eq!(spaced.as_str(), r#"{ "a": "b c" }"#);
    }
}
