//! Headers that a user gives: [`Header`], and [`header`] for its parts.

use std::fmt;
use std::str::FromStr;

use http::{HeaderName, HeaderValue};

use crate::error::Error;

/// A header to send.
#[derive(Clone)]
pub(crate) struct Header(pub(crate) HeaderName, pub(crate) HeaderValue);

impl FromStr for Header {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, value) = header(text)?;
        let name = name.parse().map_err(Error::new)?;
        let value = value.parse().map_err(Error::new)?;
        Ok(Self(name, value))
    }
}

impl fmt::Debug for Header {
    /// Without the value, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A header as it is on the wire.
pub(crate) fn header(text: &str) -> Result<(String, String), Error> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| Error::new("a header such as 'name: value' was expected"))?;
    let name = name.trim();
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_of_name) {
        return Err(Error::new(
            "what is before the colon is not a header's name",
        ));
    }
    let value = value.trim();
    if value.chars().any(|char| char.is_control() && char != '\t') {
        return Err(Error::new(
            "the value has a line break or another control character: each header is given on its own",
        ));
    }
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}
