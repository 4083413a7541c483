//! JSON, as `serde_json` reads it.

use callhook::payload::{UnreadableKind, ValueKind};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Content, Field, MAX_DEPTH, MAX_FIELDS, Read, is_space};

/// Reads an object.
pub fn object(text: &str) -> Read {
    let mut members = Members::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = reader.deserialize_map(&mut members);
    let is_sound = read.and_then(|()| reader.end()).is_ok();

    // As far as it could be read, in order: whatever is wrong first is what is wrong.
    let mut fields = Vec::new();
    for (index, name) in members.names.into_iter().enumerate() {
        if index == MAX_FIELDS {
            return Err(UnreadableKind::TooManyFields);
        }
        let raw = members.values.get(index).map(|value| value.get());
        let raw = raw.ok_or(UnreadableKind::Malformed)?;
        if 1 + depth(raw) > MAX_DEPTH {
            return Err(UnreadableKind::TooDeep);
        }
        fields.push(field(name, raw));
    }
    if is_sound {
        Ok(Content::of(fields))
    } else {
        Err(UnreadableKind::Malformed)
    }
}

/// Reads an array.
pub fn array(text: &str) -> Read {
    if depth(text) > MAX_DEPTH {
        return Err(UnreadableKind::TooDeep);
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(Content {
            fields: Vec::new(),
            array: Some(text.to_owned()),
        }),
        Err(_) => Err(UnreadableKind::Malformed),
    }
}

#[derive(Default)]
struct Members {
    names: Vec<String>,
    values: Vec<Box<RawValue>>,
}

impl<'de> Visitor<'de> for &mut Members {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key()? {
            self.names.push(name);
            self.values.push(map.next_value()?);
        }
        Ok(())
    }
}

fn field(name: String, raw: &str) -> Field {
    let (kind, text) = match raw.as_bytes().first() {
        Some(b'"') => (ValueKind::Text, unescaped(raw)),
        Some(b'{' | b'[') => (ValueKind::Nested, compact(raw)),
        Some(b't' | b'f') => (ValueKind::Bool, raw.to_owned()),
        Some(b'n') => (ValueKind::Null, String::new()),
        _ => (ValueKind::Number, raw.to_owned()),
    };
    Field {
        name,
        kind,
        phone: text.clone(),
        text,
    }
}

/// A valid string literal's content. A surrogate without its other half is three U+FFFD.
fn unescaped(raw: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = raw[1..raw.len() - 1].chars();
    while let Some(char) = chars.next() {
        let unit = match (char, char == '\\') {
            (_, true) => match chars.next().expect("an escape is whole") {
                'n' => u16::from(b'\n'),
                't' => u16::from(b'\t'),
                'r' => u16::from(b'\r'),
                'b' => 8,
                'f' => 12,
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    u16::from_str_radix(&digits, 16).expect("four digits")
                }
                other => u16::try_from(u32::from(other)).expect("ASCII"),
            },
            (char, false) => {
                units.extend(char.encode_utf16(&mut [0; 2]).iter());
                continue;
            }
        };
        units.push(unit);
    }
    let text = char::decode_utf16(units).map(|char| match char {
        Ok(char) => char.to_string(),
        Err(_) => "\u{fffd}".repeat(3),
    });
    text.collect()
}

/// How deep brackets outside of strings are open at most.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (char, _) in marked(text).into_iter().filter(|(_, in_string)| !in_string) {
        match char {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn compact(text: &str) -> String {
    let kept = marked(text)
        .into_iter()
        .filter(|(char, in_string)| *in_string || !is_space(*char));
    kept.map(|(char, _)| char).collect()
}

/// Each character, and whether it is within a string.
fn marked(text: &str) -> Vec<(char, bool)> {
    let (mut in_string, mut is_escaped) = (false, false);
    let mark = |char| {
        let was_in_string = in_string;
        if in_string && is_escaped {
            is_escaped = false;
        } else if in_string && char == '\\' {
            is_escaped = true;
        } else if char == '"' {
            in_string = !in_string;
        }
        (char, was_in_string)
    };
    text.chars().map(mark).collect()
}
