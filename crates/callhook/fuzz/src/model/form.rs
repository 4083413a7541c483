//! Forms and queries.

use callhook::payload::{UnreadableKind, ValueKind};

use super::{Content, Field, Grammar, MAX_FIELDS, Read, trim};

/// One `name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// As it is between `&` and `&`.
    pub whole: &'a str,
    /// Before the first `=`.
    pub name: &'a str,
    /// Behind it.
    pub value: &'a str,
}

impl Pair<'_> {
    /// Whether it is named so.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        decoded(self.name, Plus::IsSpace).as_deref() == Some(name)
    }
}

/// The pairs, empty ones left out.
#[must_use]
pub fn pairs(text: &str) -> Vec<Pair<'_>> {
    text.split('&')
        .filter(|whole| !whole.is_empty())
        .map(|whole| match whole.find('=') {
            Some(at) => Pair {
                whole,
                name: &whole[..at],
                value: &whole[at + 1..],
            },
            None => Pair {
                whole,
                name: whole,
                value: "",
            },
        })
        .collect()
}

/// Reads a query.
pub fn query(text: &str, grammar: Grammar) -> Read {
    let mut fields = Vec::new();
    for pair in pairs(text) {
        if fields.len() == MAX_FIELDS {
            return Err(UnreadableKind::TooManyFields);
        }
        let decode = |raw, plus| decoded(raw, plus).ok_or(UnreadableKind::Malformed);
        fields.push(Field {
            name: decode(pair.name, Plus::IsSpace)?,
            kind: ValueKind::Text,
            text: decode(pair.value, Plus::IsSpace)?,
            phone: decode(pair.value, Plus::StaysBeforeDigits)?,
        });
    }
    match only_object(&fields, grammar) {
        Some(object) => Ok(object),
        None => Ok(Content::of(fields)),
    }
}

/// A body as the query that it is as a form, if it looks like one.
#[must_use]
pub fn body(text: &str) -> Option<&str> {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.contains(|char: char| char.is_ascii_control() || " <>\"{}".contains(char))
    };
    let is_form = text.contains('=') && pairs(text).iter().all(|pair| is_name(pair.name));
    is_form.then_some(text)
}

/// The object that is the only field's value.
fn only_object(fields: &[Field], grammar: Grammar) -> Option<Content> {
    let [only] = fields else { return None };
    let text = trim(&only.text);
    if !text.starts_with('{') {
        return None;
    }
    super::json(text, grammar).ok()
}

/// How a raw `+` reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plus {
    /// As in any form.
    IsSpace,
    /// As the plus of a phone number.
    StaysBeforeDigits,
}

/// The text, unless it is not UTF-8.
#[must_use]
pub fn decoded(raw: &str, plus: Plus) -> Option<String> {
    let hex = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut bytes = Vec::new();
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        let escaped = hex(after.first()).zip(hex(after.get(1)));
        match (byte, escaped) {
            (b'%', Some((high, low))) => {
                bytes.push(u8::try_from(high * 16 + low).expect("a byte"));
                rest = &after[2..];
            }
            (b'+', _) => {
                let stays = plus == Plus::StaysBeforeDigits
                    && after.first().is_some_and(u8::is_ascii_digit);
                bytes.push(if stays { b'+' } else { b' ' });
            }
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}
