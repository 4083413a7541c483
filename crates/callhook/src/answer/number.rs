//! A phone number to ring, or to show: [`Number`].

use std::fmt;

use serde_json::Value;

use crate::value::PhoneNumber;

/// A phone number in a reply: its digits, with the country's. A leading `+` and white space around it are left out.
///
/// What is not a number of digits is kept until the reply is built, which names the member that it was for.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    fn new(text: &str) -> Self {
        let text = text.trim_ascii();
        Self(text.strip_prefix('+').unwrap_or(text).to_owned())
    }

    /// As a JSON number. What can't be one, because it has another character than digits, a leading zero or more digits
    /// than any phone number, stays text, which the reply's check refuses.
    pub(crate) fn into_json_number(self) -> Value {
        let is_exact = self.0.bytes().all(|byte| byte.is_ascii_digit()) && !self.0.starts_with('0');
        match self.0.parse::<u64>() {
            Ok(number) if is_exact => number.into(),
            _ => self.0.into(),
        }
    }

    /// As text.
    pub(crate) fn into_json_text(self) -> Value {
        self.0.into()
    }
}

impl From<&str> for Number {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Number {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&String> for Number {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl From<&PhoneNumber> for Number {
    fn from(number: &PhoneNumber) -> Self {
        Self::new(number.as_str())
    }
}

impl From<PhoneNumber> for Number {
    fn from(number: PhoneNumber) -> Self {
        Self::from(&number)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.bytes().filter(u8::is_ascii_digit).count();
        write!(f, "Number({digits} digits)")
    }
}
