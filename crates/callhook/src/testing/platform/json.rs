//! An answer's JSON as the vendor reads it: [`Member`], and what is wrong with it: [`Unreadable`].

use std::error::Error;
use std::fmt;

use serde_json::Value;

/// An answer that the platform can't read. It names the member, and shows nothing of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    member: String,
    expected: &'static str,
    found: &'static str,
}

impl Unreadable {
    pub(super) fn new(member: &str, expected: &'static str, found: &'static str) -> Self {
        Self {
            member: member.to_owned(),
            expected,
            found,
        }
    }

    /// The member, such as `[0].action_url` or `result[1].phone`; `body` for all of the answer, and `content-type` for that
    /// header.
    #[must_use]
    pub fn member(&self) -> &str {
        &self.member
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            member,
            expected,
            found,
        } = self;
        write!(f, "`{member}` is {found}: expected {expected}")
    }
}

impl Error for Unreadable {}

type Read<T> = Result<T, Unreadable>;

/// A value of an answer, which may be missing, and its path.
#[derive(Clone)]
pub(super) struct Member<'a> {
    value: Option<&'a Value>,
    path: String,
}

impl<'a> Member<'a> {
    pub(super) fn whole(body: &'a Value) -> Self {
        Self {
            value: Some(body),
            path: String::new(),
        }
    }

    /// `null` is as good as missing.
    pub(super) fn get(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let value = self.value.and_then(|value| value.get(name));
        Self {
            value: value.filter(|value| !value.is_null()),
            path: format!("{}{dot}{name}", self.path),
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.value.is_none()
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.is_some_and(Value::is_array)
    }

    pub(super) fn items(&self, expected: &'static str) -> Read<Vec<Self>> {
        let items = self.value.and_then(Value::as_array);
        let item = |(index, value)| Self {
            value: Some(value),
            path: format!("{}[{index}]", self.path),
        };
        let items = items.ok_or_else(|| self.unreadable(expected))?;
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// An array with something in it.
    pub(super) fn some_items(&self, expected: &'static str) -> Read<Vec<Self>> {
        let items = self.items(expected)?;
        if items.is_empty() {
            return Err(self.unreadable(expected));
        }
        Ok(items)
    }

    pub(super) fn object(&self) -> Read<()> {
        match self.value {
            Some(Value::Object(_)) => Ok(()),
            _ => Err(self.unreadable("an object")),
        }
    }

    pub(super) fn text(&self) -> Read<&'a str> {
        let text = self.value.and_then(Value::as_str);
        text.ok_or_else(|| self.unreadable("a text"))
    }

    /// One of these.
    pub(super) fn one_of(&self, texts: &[&str], expected: &'static str) -> Read<&'a str> {
        let text = self.value.and_then(Value::as_str);
        let known = text.filter(|text| texts.contains(text));
        known.ok_or_else(|| self.unreadable(expected))
    }

    pub(super) fn url(&self, schemes: [&str; 2], expected: &'static str) -> Read<&'a str> {
        let host = |url: &str| {
            let (scheme, rest) = url.split_once("://")?;
            schemes.contains(&scheme).then_some(!rest.is_empty())
        };
        let text = self.value.and_then(Value::as_str);
        let url = text.filter(|text| host(text) == Some(true));
        url.ok_or_else(|| self.unreadable(expected))
    }

    pub(super) fn whole_number(&self, expected: &'static str) -> Read<u64> {
        let number = self.value.and_then(Value::as_u64);
        number.ok_or_else(|| self.unreadable(expected))
    }

    /// A whole number, or this where there is none.
    pub(super) fn count_or(&self, default: u64) -> Read<u64> {
        if self.is_missing() {
            return Ok(default);
        }
        self.whole_number("a whole number")
    }

    pub(super) fn flag_or(&self, default: bool) -> Read<bool> {
        match self.value {
            None => Ok(default),
            Some(Value::Bool(is_so)) => Ok(*is_so),
            Some(_) => Err(self.unreadable("true or false")),
        }
    }

    pub(super) fn text_if_any(&self) -> Read<Option<&'a str>> {
        if self.is_missing() {
            return Ok(None);
        }
        self.text().map(Some)
    }

    /// A user's name, which is a text or a number.
    pub(super) fn name(&self) -> Read<String> {
        match self.value {
            Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
            Some(Value::Number(number)) if number.is_u64() => Ok(number.to_string()),
            _ => Err(self.unreadable("a text or a whole number")),
        }
    }

    /// As JSON text.
    pub(super) fn json(&self) -> String {
        self.value.map(Value::to_string).unwrap_or_default()
    }

    pub(super) fn unreadable(&self, expected: &'static str) -> Unreadable {
        let is_number = expected.starts_with(|first: char| first.is_ascii_digit());
        let is_text = ["\"", "a text", "a URL", "the name"]
            .iter()
            .any(|start| expected.starts_with(start));
        let found = match self.value {
            None => "missing",
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "a boolean",
            Some(Value::Number(_)) if is_number => "another number",
            Some(Value::Number(_)) => "a number",
            Some(Value::String(text)) if text.is_empty() => "an empty text",
            Some(Value::String(_)) if is_text => "another text",
            Some(Value::String(_)) => "a text",
            Some(Value::Array(items)) if items.is_empty() => "an empty array",
            Some(Value::Array(_)) => "an array",
            Some(Value::Object(_)) => "an object",
        };
        let path = if self.path.is_empty() {
            "body"
        } else {
            &self.path
        };
        Unreadable::new(path, expected, found)
    }
}

/// What was answered as JSON, where it says that it is.
pub(super) fn parse(content_type: Option<&str>, body: &[u8]) -> Read<Value> {
    let expected = "application/json";
    let of_header = |found| Unreadable::new("content-type", expected, found);
    let content_type = content_type.ok_or_else(|| of_header("missing"))?;
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(expected) {
        return Err(of_header("another type"));
    }
    let of_body = |found| Unreadable::new("body", "JSON", found);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(of_body("empty"));
    }
    serde_json::from_slice(body).map_err(|_| of_body("not JSON"))
}
