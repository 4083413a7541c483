//! A JSON object as fields. `serde_json` reads the grammar; what is kept here is each value's own text.

mod flat;
pub(crate) mod scan;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use self::scan::{Piece, Pieces};
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
        (Err(error), None) => Err(malformed(error)),
    }
}

/// Whether an array is valid and not too deep. Its items are nobody's fields. `text` starts with `[`.
pub(super) fn check_array(text: &str) -> Result<(), Unreadable> {
    scan::check_depth(text, MAX_DEPTH)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    IgnoredAny::deserialize(&mut reader)
        .and_then(|_| reader.end())
        .map_err(malformed)
}

/// The second reading says what is wrong, and where: `serde_json`'s own words could repeat what is there.
fn malformed<E>(_: E) -> Unreadable {
    Unreadable::new(UnreadableKind::Malformed, "the body is not valid JSON")
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

/// A value from its own text, which is valid JSON without white space at its ends.
fn value(raw: &str) -> Result<Value<'_>, Unreadable> {
    Ok(match raw.as_bytes().first() {
        Some(b'"') => Value::new(ValueKind::Text, string(raw)),
        Some(b'{' | b'[') => nested(raw)?,
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

/// An object or array within the message, as text without white space between its tokens.
fn nested(raw: &str) -> Result<Value<'_>, Unreadable> {
    scan::check_depth(raw, MAX_DEPTH - 1)?;
    Ok(Value::new(ValueKind::Nested, compact(raw)))
}

/// JSON without the white space between its tokens. White space within strings stays.
///
/// Replay protection compares texts in this form, whether they are valid JSON or not.
pub(crate) fn compact(text: &str) -> Cow<'_, str> {
    let is_space = |(piece, _): &(Piece, _)| *piece == Piece::Space;
    if !Pieces::of(text).any(|piece| is_space(&piece)) {
        return Cow::Borrowed(text);
    }
    let mut compact = String::with_capacity(text.len());
    for (_, place) in Pieces::of(text).filter(|piece| !is_space(piece)) {
        compact.push_str(text.get(place).unwrap_or_default());
    }
    Cow::Owned(compact)
}
