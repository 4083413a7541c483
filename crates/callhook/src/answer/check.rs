//! What a platform could not read: [`Place`].

use std::ops::RangeInclusive;

use serde_json::Value;

use super::invalid::InvalidReply;

type Checked = Result<(), InvalidReply>;

/// A value in a reply, and the way to it.
pub(crate) struct Place<'a> {
    value: Option<&'a Value>,
    field: String,
}

impl<'a> Place<'a> {
    /// The whole reply.
    pub(crate) fn whole(value: &'a Value) -> Self {
        Self {
            value: Some(value),
            field: String::new(),
        }
    }

    /// A member of an object. `null` is as good as missing.
    pub(crate) fn member(&self, name: &str) -> Self {
        let value = self.value.and_then(|value| value.get(name));
        let dot = if self.field.is_empty() { "" } else { "." };
        Self {
            value: value.filter(|value| !value.is_null()),
            field: format!("{}{dot}{name}", self.field),
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.value.is_none()
    }

    /// Checks what need not be there.
    pub(crate) fn if_any(&self, check: impl FnOnce(&Self) -> Checked) -> Checked {
        if self.is_missing() {
            Ok(())
        } else {
            check(self)
        }
    }

    pub(crate) fn as_text(&self) -> Option<&'a str> {
        self.value?.as_str()
    }

    pub(crate) fn text(&self) -> Checked {
        self.expect("a text", self.as_text().is_some())
    }

    /// One that a platform outside can ask for.
    pub(crate) fn http_url(&self) -> Checked {
        let is_url = |text: &str| begins_with(text, &["http://", "https://"]);
        self.expect(
            "a URL that begins with http:// or https://",
            self.as_text().is_some_and(is_url),
        )
    }

    pub(crate) fn ws_url(&self) -> Checked {
        let is_url = |text: &str| begins_with(text, &["ws://", "wss://"]);
        self.expect(
            "a URL that begins with ws:// or wss://",
            self.as_text().is_some_and(is_url),
        )
    }

    /// A phone number as text.
    pub(crate) fn digits(&self) -> Checked {
        let is_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        self.expect(
            "a text of digits alone",
            self.as_text().is_some_and(is_digits),
        )
    }

    /// A phone number as a JSON number, of at least one digit.
    pub(crate) fn phone_number(&self) -> Checked {
        let number = self.value.and_then(Value::as_u64);
        self.expect(
            "digits alone, without a leading 0, for the platform reads a number",
            number.is_some_and(|number| number > 0),
        )
    }

    pub(crate) fn flag(&self) -> Checked {
        self.expect("a boolean", self.value.is_some_and(Value::is_boolean))
    }

    pub(crate) fn count(&self) -> Checked {
        self.expect("a whole number", self.value.is_some_and(Value::is_u64))
    }

    pub(crate) fn text_or_count(&self) -> Checked {
        let is_either = |value: &Value| value.is_string() || value.is_u64();
        self.expect(
            "a text or a whole number",
            self.value.is_some_and(is_either),
        )
    }

    pub(crate) fn whole_in(&self, range: RangeInclusive<u64>, expected: &'static str) -> Checked {
        let number = self.value.and_then(Value::as_u64);
        self.expect(
            expected,
            number.is_some_and(|number| range.contains(&number)),
        )
    }

    pub(crate) fn number_in(&self, range: RangeInclusive<f64>, expected: &'static str) -> Checked {
        let number = self.value.and_then(Value::as_f64);
        self.expect(
            expected,
            number.is_some_and(|number| range.contains(&number)),
        )
    }

    /// The items of an array that has some.
    pub(crate) fn items(&self, expected: &'static str) -> Result<Vec<Self>, InvalidReply> {
        let (items, places) = self.array(expected)?;
        self.expect(expected, !items.is_empty())?;
        Ok(places)
    }

    /// The items of an array, and their places.
    pub(crate) fn array(
        &self,
        expected: &'static str,
    ) -> Result<(&'a [Value], Vec<Self>), InvalidReply> {
        let Some(items) = self.value.and_then(Value::as_array) else {
            return Err(self.fault(expected));
        };
        let place = |(index, item)| Self {
            value: Some(item),
            field: format!("{}[{index}]", self.field),
        };
        Ok((items, items.iter().enumerate().map(place).collect()))
    }

    pub(crate) fn object(&self) -> Checked {
        self.expect("an object", self.value.is_some_and(Value::is_object))
    }

    /// An object with at most so many members.
    pub(crate) fn object_of(&self, most: usize, expected: &'static str) -> Checked {
        let members = self.value.and_then(Value::as_object);
        self.expect(
            expected,
            members.is_some_and(|members| members.len() <= most),
        )
    }

    pub(crate) fn fault(&self, expected: &'static str) -> InvalidReply {
        InvalidReply::new(self.field.clone(), expected, self.value)
    }

    fn expect(&self, expected: &'static str, is_met: bool) -> Checked {
        if is_met {
            Ok(())
        } else {
            Err(self.fault(expected))
        }
    }
}

/// Something comes after the scheme.
fn begins_with(text: &str, schemes: &[&str]) -> bool {
    let is_of = |scheme: &&str| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && text.len() > scheme.len()
    };
    schemes.iter().any(is_of)
}
