//! `application/x-www-form-urlencoded`, in a body or a query: names and values around `=`, pairs around `&`.
//!
//! As in the WHATWG URL standard, `+` is a space and a `%` that starts no escape is a percent sign. Other than there,
//! text that is not UTF-8 after decoding is refused rather than replaced: a name or an id with replaced characters
//! would be another one.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::json::too_many_fields;
use super::{
    Field, MAX_FIELDS, USUAL_FIELDS, Unreadable, UnreadableKind, Value, ValueKind, before,
};

/// The fields of a form.
pub(super) fn fields(query: &str) -> Result<Vec<Field<'_>>, Unreadable> {
    let mut fields = Vec::with_capacity(USUAL_FIELDS);
    for pair in pairs(query) {
        if fields.len() == MAX_FIELDS {
            return Err(too_many_fields().at_byte(query, before(pair.whole, query).len()));
        }
        let located = |error: Unreadable| error.at_byte(query, before(pair.whole, query).len());
        let value = decode_value(pair.value).map_err(located)?;
        fields.push(Field::new(pair.name().map_err(located)?, value));
    }
    Ok(fields)
}

/// Refuses a body that no form serialiser writes. A query needs no such check: it is part of a URL.
pub(super) fn check_body(text: &str) -> Result<(), Unreadable> {
    let malformed = |expected, found, at| {
        let what = "the body is neither JSON nor a form";
        let error = Unreadable::new(UnreadableKind::Malformed, what).expected(expected, found);
        Err(error.at_byte(text, at))
    };
    if !text.contains('=') {
        return malformed("a JSON object or array, or a form", "text without `=`", 0);
    }
    let is_escaped = |byte: u8| {
        byte.is_ascii_control() || matches!(byte, b' ' | b'<' | b'>' | b'"' | b'{' | b'}')
    };
    for pair in pairs(text) {
        let at = before(pair.whole, text).len();
        if pair.name.is_empty() {
            return malformed("a field's name", "`=`", at);
        }
        if let Some(unescaped) = pair.name.bytes().position(is_escaped) {
            let found = "a character in a field's name that a form escapes";
            return malformed("a JSON object or array, or a form", found, at + unescaped);
        }
    }
    Ok(())
}

/// A header, parameter or field that must be given once is given more than once, or is not UTF-8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeated;

/// One `name=value`, not decoded.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    name: &'a str,
    value: &'a str,
    /// The pair as it stood between the `&`s.
    pub(crate) whole: &'a str,
}

impl<'a> Pair<'a> {
    pub(crate) fn name(&self) -> Result<Cow<'a, str>, Unreadable> {
        decode(self.name)
    }

    pub(crate) fn value(&self) -> Result<Cow<'a, str>, Unreadable> {
        decode(self.value)
    }

    /// The name, not decoded.
    pub(crate) fn raw_name(&self) -> &'a str {
        self.name
    }

    /// Whether the decoded name is this one.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name == name || self.name().is_ok_and(|decoded| decoded == name)
    }
}

/// The pairs of a form or query. Empty ones (`a=1&&b=2`) are none.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Pair<'_>> {
    // Pieces are short: a loop over bytes finds their ends sooner than a search does.
    let mut rest = Some(text);
    let wholes = std::iter::from_fn(move || {
        let text = rest?;
        let (whole, after) = split_at_byte(text, b'&');
        rest = after;
        Some(whole)
    });
    wholes.filter(|whole| !whole.is_empty()).map(|whole| {
        let (name, value) = split_at_byte(whole, b'=');
        let value = value.unwrap_or_default();
        Pair { name, value, whole }
    })
}

/// What comes before the first such byte, which is ASCII, and what after it.
fn split_at_byte(text: &str, byte: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|found| found == byte) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// The only value of this name, decoded: an error where the name is given more than once or its value is not UTF-8.
pub(crate) fn single<'a>(text: &'a str, name: &str) -> Result<Option<Cow<'a, str>>, Repeated> {
    let mut found = None;
    for pair in pairs(text).filter(|pair| pair.is_named(name)) {
        let value = pair.value().map_err(|_| Repeated)?;
        if found.replace(value).is_some() {
            return Err(Repeated);
        }
    }
    Ok(found)
}

/// A query without the parameters that `is_removed` names. The others stay to the byte.
pub(crate) fn without(query: &str, is_removed: impl Fn(&Pair<'_>) -> bool) -> String {
    let mut kept = String::with_capacity(query.len());
    for pair in pairs(query).filter(|pair| !is_removed(pair)) {
        if !kept.is_empty() {
            kept.push('&');
        }
        kept.push_str(pair.whole);
    }
    kept
}

fn decode(raw: &str) -> Result<Cow<'_, str>, Unreadable> {
    if !is_encoded(raw) {
        return Ok(Cow::Borrowed(raw));
    }
    Ok(Cow::Owned(Decoded::of(raw)?.text))
}

/// A value, with what it is as a phone number where a `+` before a digit makes that another text.
fn decode_value(raw: &str) -> Result<Value<'_>, Unreadable> {
    if !is_encoded(raw) {
        return Ok(Value::new(ValueKind::Text, raw));
    }
    let decoded = Decoded::of(raw)?;
    Ok(match decoded.phone {
        Some(phone) => Value::with_phone_text(decoded.text, &phone),
        None => Value::new(ValueKind::Text, decoded.text),
    })
}

fn is_encoded(raw: &str) -> bool {
    raw.bytes().any(|byte| matches!(byte, b'+' | b'%'))
}

/// A decoded text.
struct Decoded {
    /// Each `+` is a space.
    text: String,
    /// The same, but a `+` before a digit is a `+`. `None` where there is none.
    phone: Option<String>,
}

impl Decoded {
    /// Decodes escapes and every `+`, in one pass that makes both texts.
    fn of(raw: &str) -> Result<Self, Unreadable> {
        let mut text = Vec::with_capacity(raw.len());
        let mut phone: Option<Vec<u8>> = None;
        let pieces = raw.as_bytes().split(|byte| *byte == b'+');
        for (index, piece) in pieces.enumerate() {
            if index > 0 {
                let is_phones = piece.first().is_some_and(u8::is_ascii_digit);
                if is_phones && phone.is_none() {
                    // So far the two are one.
                    let mut same = Vec::with_capacity(raw.len());
                    same.extend_from_slice(&text);
                    phone = Some(same);
                }
                text.push(b' ');
                if let Some(phone) = &mut phone {
                    phone.push(if is_phones { b'+' } else { b' ' });
                }
            }
            let start = text.len();
            text.extend(percent_decode(piece));
            if let Some(phone) = &mut phone {
                phone.extend_from_slice(text.get(start..).unwrap_or_default());
            }
        }
        let utf8 = |bytes| String::from_utf8(bytes).map_err(|_| not_utf8());
        Ok(Self {
            text: utf8(text)?,
            phone: phone.map(utf8).transpose()?,
        })
    }
}

fn not_utf8() -> Unreadable {
    let what = "a name or value of a form or query is not UTF-8 after decoding";
    Unreadable::new(UnreadableKind::Malformed, what)
        .expected("escapes of UTF-8", "escapes of other bytes")
}

/// A text as a form would carry it: a `+` before a digit as the space it is read as.
pub(crate) fn plus_before_digit_as_space(text: &str) -> String {
    let bytes = text.as_bytes();
    text.char_indices()
        .map(|(index, char)| match char {
            '+' if bytes.get(index + 1).is_some_and(u8::is_ascii_digit) => ' ',
            other => other,
        })
        .collect()
}
