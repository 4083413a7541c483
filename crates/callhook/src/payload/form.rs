//! `application/x-www-form-urlencoded`, in a body or a query: names and values around `=`, pairs around `&`.
//!
//! As in the WHATWG URL standard, `+` is a space and a `%` that starts no escape is a percent sign. Other than there,
//! text that is not UTF-8 after decoding is refused rather than replaced: a name or an id with replaced characters
//! would be another one.

use std::borrow::Cow;

use super::json::scan::marks;
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
        let value = pair.value.decoded_value().map_err(located)?;
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
        let name = pair.name.text;
        if name.is_empty() {
            return malformed("a field's name", "`=`", at);
        }
        if let Some(unescaped) = name.bytes().position(is_escaped) {
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
    name: Raw<'a>,
    value: Raw<'a>,
    /// The pair as it stood between the `&`s.
    pub(crate) whole: &'a str,
}

impl<'a> Pair<'a> {
    /// What a text begins with, which may be nothing.
    fn first_of(text: &'a str) -> Self {
        let name = Raw::until(text, [b'=', b'&']);
        let after = text.get(name.text.len()..).unwrap_or_default();
        let (value, length) = match after.strip_prefix('=') {
            Some(after) => {
                let value = Raw::until(after, [b'&']);
                (value, name.text.len() + 1 + value.text.len())
            }
            None => (Raw::default(), name.text.len()),
        };
        let whole = text.get(..length).unwrap_or_default();
        Self { name, value, whole }
    }

    pub(crate) fn name(&self) -> Result<Cow<'a, str>, Unreadable> {
        self.name.decoded()
    }

    pub(crate) fn value(&self) -> Result<Cow<'a, str>, Unreadable> {
        self.value.decoded()
    }

    /// The name, not decoded.
    pub(crate) fn raw_name(&self) -> &'a str {
        self.name.text
    }

    /// Whether the decoded name is this one.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name.text == name || self.name().is_ok_and(|decoded| decoded == name)
    }
}

/// The pairs of a form or query. Empty ones (`a=1&&b=2`) are none.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let pair = Pair::first_of(rest);
            rest = rest.get(pair.whole.len() + 1..).unwrap_or_default();
            if !pair.whole.is_empty() {
                return Some(pair);
            }
        }
        None
    })
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

/// A name or value, not decoded.
#[derive(Clone, Copy, Default)]
struct Raw<'a> {
    text: &'a str,
    /// Whether there is a `+` or a `%` in it.
    is_encoded: bool,
}

impl<'a> Raw<'a> {
    /// The text up to one of these bytes, which are ASCII, or all of it. One pass finds all that there is to know, eight
    /// bytes at a time.
    fn until<const N: usize>(text: &'a str, ends: [u8; N]) -> Self {
        let (mut at, mut is_encoded) = (0, false);
        let mut rest = text.as_bytes();
        while let Some((eight, after)) = rest.split_first_chunk() {
            let eight = u64::from_le_bytes(*eight);
            let end = ends.iter().fold(0, |end, byte| end | marks(eight, *byte));
            let before_end = !end & end.wrapping_sub(1);
            is_encoded |= (marks(eight, b'+') | marks(eight, b'%')) & before_end != 0;
            if end != 0 {
                at += (end.trailing_zeros() / 8) as usize;
                return Self {
                    text: text.get(..at).unwrap_or(text),
                    is_encoded,
                };
            }
            at += 8;
            rest = after;
        }
        let end = rest.iter().position(|byte| {
            is_encoded |= matches!(byte, b'+' | b'%');
            ends.contains(byte)
        });
        Self {
            text: end.and_then(|end| text.get(..at + end)).unwrap_or(text),
            is_encoded,
        }
    }

    fn decoded(self) -> Result<Cow<'a, str>, Unreadable> {
        if !self.is_encoded {
            return Ok(Cow::Borrowed(self.text));
        }
        let mut text = Vec::with_capacity(self.text.len());
        decode_into(&mut text, self.text, b' ');
        utf8(text).map(Cow::Owned)
    }

    /// As a value, with what it is as a phone number where a `+` before a digit makes that another text.
    fn decoded_value(self) -> Result<Value<'a>, Unreadable> {
        if !self.is_encoded {
            return Ok(Value::new(ValueKind::Text, self.text));
        }
        let mut text = Vec::with_capacity(self.text.len());
        let has_phone = decode_into(&mut text, self.text, b' ');
        // Nobody has a number of 4 GiB.
        let length = u32::try_from(text.len()).ok().filter(|_| has_phone);
        let Some(length) = length else {
            return Ok(Value::new(ValueKind::Text, utf8(text)?));
        };
        // Two texts of one length. Where the first is UTF-8, the second is.
        text.reserve_exact(text.len());
        decode_into(&mut text, self.text, b'+');
        Ok(Value::with_phone_text(utf8(text)?, length))
    }
}

/// Decodes escapes and `+`: one before a digit as `plus`, any other as a space. Returns whether there is one before a
/// digit.
fn decode_into(text: &mut Vec<u8>, raw: &str, plus: u8) -> bool {
    // Byte by byte: copying the runs between escapes was measured too, and made no difference.
    let mut has_phone = false;
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        text.push(match (byte, after) {
            (b'+', [b'0'..=b'9', ..]) => {
                has_phone = true;
                plus
            }
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *byte,
        });
    }
    has_phone
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|_| not_utf8())
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
