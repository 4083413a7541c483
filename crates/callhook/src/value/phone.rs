//! Phone numbers.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Serialize, Serializer};

use super::field::{FromField, Reading, said};
use crate::payload::Field;

/// A phone number as sent: digits, perhaps with a `+`, a leading space or `0`, or masked digits (`98xxxxxxxx`).
///
/// Equality and hash go by the digits and mask letters, so `+44 123`, ` 44123` and `44123` are one number. A national
/// `0` or a missing country code is not interpreted: `044123` is another number, because the wire doesn't say which
/// country's it is.
///
/// A caller who hides the number is sent as a word such as `anonymous`, which is kept like a number.
///
/// `Debug` shows how many digits there are, never which.
#[derive(Clone)]
pub struct PhoneNumber(ecow::EcoString);

impl PhoneNumber {
    /// The number as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Only the digits, such as `440000000001`. Mask letters are left out: see [`is_masked`](Self::is_masked).
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }

    /// Whether some of its digits were masked by the sender.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.significant().any(|byte| !byte.is_ascii_digit())
    }

    fn significant(&self) -> impl Iterator<Item = u8> + '_ {
        self.0
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'*')
            .map(|byte| byte.to_ascii_lowercase())
    }
}

impl From<&str> for PhoneNumber {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl FromField for PhoneNumber {
    fn from_field(field: &Field<'_>) -> Reading<Self> {
        let number = said(field).map(|_| Self::from(field.value().phone_text()));
        number.into()
    }
}

impl PartialEq for PhoneNumber {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.significant().eq(other.significant())
    }
}

impl Eq for PhoneNumber {}

impl Hash for PhoneNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.significant().for_each(|byte| state.write_u8(byte));
        state.write_u8(0xff);
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.bytes().filter(u8::is_ascii_digit).count();
        write!(f, "PhoneNumber({digits} digits)")
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

deserialize_from_text!(PhoneNumber, "a text", |text| Some(text.into()));

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_number_is_equal_however_it_was_written() {
        let numbers: HashSet<PhoneNumber> = ["+44 000-01", " 4400001", "4400001", "(44)00001"]
            .map(PhoneNumber::from)
            .into();
        assert_eq!(numbers.len(), 1);
        assert_ne!(PhoneNumber::from("044"), PhoneNumber::from("44"));
        assert_ne!(PhoneNumber::from("98xx"), PhoneNumber::from("98"));
        assert_eq!(PhoneNumber::from("98XX"), PhoneNumber::from("98xx"));
    }

    #[test]
    fn a_number_keeps_what_was_sent() {
        let number = PhoneNumber::from(" +0447x");
        assert_eq!(number.as_str(), " +0447x");
        assert_eq!(number.digits(), "0447");
        assert!(number.is_masked());
    }

    #[test]
    fn debug_shows_no_digit() {
        assert_eq!(
            format!("{:?}", PhoneNumber::from("440000000001")),
            "PhoneNumber(12 digits)"
        );
    }
}
