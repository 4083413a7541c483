//! A JSON object as fields. `serde_json` reads the grammar; what is kept here is each value's own text.

mod flat;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    Field, MAX_DEPTH, MAX_FIELDS, USUAL_FIELDS, Unreadable, UnreadableKind, Value, ValueKind,
};

/// The fields of an object. `text` starts with `{`.
pub(super) fn fields(text: &str) -> Result<Vec<Field<'_>>, Unreadable> {
    match flat::fields(text) {
        Some(fields) => Ok(fields),
        None => all_fields(text),
    }
}

fn all_fields(text: &str) -> Result<Vec<Field<'_>>, Unreadable> {
    let mut fields = Fields {
        fields: Vec::with_capacity(USUAL_FIELDS),
        limit: None,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = reader
        .deserialize_map(&mut fields)
        .and_then(|()| reader.end());
    match (read, fields.limit) {
        (Ok(()), _) => Ok(fields.fields),
        (Err(_), Some(limit)) => Err(limit),
        (Err(error), None) => Err(malformed(&error)),
    }
}

/// Whether an array is sound and not too deep. Its items are nobody's fields. `text` starts with `[`.
pub(super) fn check_array(text: &str) -> Result<(), Unreadable> {
    check_depth(text, 0)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    IgnoredAny::deserialize(&mut reader)
        .and_then(|_| reader.end())
        .map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> Unreadable {
    // The position says where; `serde_json`'s own words could repeat what stands there.
    Unreadable::new(UnreadableKind::Malformed, "the body is not sound JSON")
        .at(error.line(), error.column())
}

struct Fields<'a> {
    fields: Vec<Field<'a>>,
    /// Which limit was met; `serde`'s error can't carry it.
    limit: Option<Unreadable>,
}

impl<'de> Visitor<'de> for &mut Fields<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Text)? {
            if self.fields.len() == MAX_FIELDS {
                self.limit = Some(too_many_fields());
                return Err(A::Error::custom("limit"));
            }
            let raw: &'de RawValue = map.next_value()?;
            match value(raw.get()) {
                Ok(value) => self.fields.push(Field { name, value }),
                Err(limit) => {
                    self.limit = Some(limit);
                    return Err(A::Error::custom("limit"));
                }
            }
        }
        Ok(())
    }
}

pub(super) fn too_many_fields() -> Unreadable {
    Unreadable::new(
        UnreadableKind::TooManyFields,
        "the message has more than 512 fields",
    )
}

pub(super) fn too_deep() -> Unreadable {
    Unreadable::new(
        UnreadableKind::TooDeep,
        "the message is nested deeper than 64 levels",
    )
}

/// A value from its own text, which is sound JSON without white space at its ends.
fn value(raw: &str) -> Result<Value<'_>, Unreadable> {
    Ok(match raw.as_bytes().first() {
        Some(b'"') => Value::new(ValueKind::Text, string(raw)),
        Some(b'{' | b'[') => {
            check_depth(raw, 1)?;
            Value::new(ValueKind::Nested, compact(raw))
        }
        Some(b't') => Value::new(ValueKind::Bool, "true"),
        Some(b'f') => Value::new(ValueKind::Bool, "false"),
        Some(b'n') => Value::new(ValueKind::Null, ""),
        _ => Value::new(ValueKind::Number, raw),
    })
}

/// A string literal's content. An escaped surrogate without its other half reads as U+FFFD, once for each of
/// its three bytes: the text around it counts.
pub(super) fn string(raw: &str) -> Cow<'_, str> {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    match serde_json::from_str::<String>(raw) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Owned(Bytes::of(raw)),
    }
}

/// `serde_json` gives a string's bytes where it would refuse them as text.
struct Bytes;

impl Bytes {
    fn of(raw: &str) -> String {
        serde_json::Deserializer::from_str(raw)
            .deserialize_bytes(Bytes)
            .unwrap_or_default()
    }
}

impl Visitor<'_> for Bytes {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// A key, borrowed where it has no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Refuses text nested deeper than [`MAX_DEPTH`], where `outside` levels are open already. One pass, no recursion.
fn check_depth(text: &str, outside: usize) -> Result<(), Unreadable> {
    let mut depth = outside;
    for token in Tokens::of(text) {
        match token {
            Token::Other(b'{' | b'[') => depth += 1,
            Token::Other(b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
    }
    Ok(())
}

/// JSON without the white space between its tokens. White space within strings stays.
pub(crate) fn compact(text: &str) -> Cow<'_, str> {
    let is_compact = !Tokens::of(text).any(|token| matches!(token, Token::Space));
    if is_compact {
        return Cow::Borrowed(text);
    }
    let mut compact = Vec::with_capacity(text.len());
    compact.extend(Tokens::of(text).filter_map(|token| match token {
        Token::Space => None,
        Token::InString(byte) | Token::Other(byte) => Some(byte),
    }));
    // Only ASCII white space was taken out, so what is left is UTF-8 still.
    String::from_utf8(compact).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Bytes of JSON text, told apart by whether they stand in a string.
struct Tokens<'a> {
    bytes: std::slice::Iter<'a, u8>,
    in_string: bool,
    escaped: bool,
}

enum Token {
    Space,
    InString(u8),
    Other(u8),
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes().iter(),
            in_string: false,
            escaped: false,
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let byte = *self.bytes.next()?;
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Some(Token::InString(byte));
        }
        Some(match byte {
            b' ' | b'\t' | b'\r' | b'\n' => Token::Space,
            b'"' => {
                self.in_string = true;
                Token::InString(byte)
            }
            other => Token::Other(other),
        })
    }
}
