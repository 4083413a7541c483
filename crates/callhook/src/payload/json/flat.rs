//! The fields of a valid object, read in one pass. What messages are, but for broken ones.
//!
//! It stays apart from the [pieces](super::scan) that other readers go by for its speed: without it, to read a
//! documented TeleCMI record takes 13,377 instructions instead of 5,696, and to decode it 19,205 instead of 11,461; to
//! decode a report of Voipappz 26,149 instead of 16,376. To count them again: `benches/instructions.sh`.
//!
//! `serde_json` tells of a value where it ends, and then what it is has to be found out again. This looks at each byte
//! once. Whatever it isn't sure of it leaves to `serde_json`, which decides what is JSON, and says where it isn't:
//!
//! 1. A number, a literal and a string are read here, the latter with escapes of one letter too.
//! 2. A string with other escapes, and a nested value, are read by `serde_json`.
//! 3. At anything else this gives up.

use std::borrow::Cow;

use serde::Deserialize as _;
use serde_json::value::RawValue;

use super::super::{Field, MAX_FIELDS, USUAL_FIELDS, Value, ValueKind};
use super::scan::{number_length, plain_length, space_length};
use super::{nested, string};

/// The fields of an object, if this can read it. `text` starts with `{`.
pub(super) fn fields(text: &str) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::with_capacity(USUAL_FIELDS);
    let mut reader = Reader { text, at: 1 };
    if !reader.skip(b'}') {
        loop {
            let name = reader.name()?;
            if !reader.skip(b':') || fields.len() == MAX_FIELDS {
                return None;
            }
            // Written where it stays, each by code of its own: to move one there costs more than to read it.
            match reader.plain()? {
                Plain::Value(kind, text) => fields.push(Field {
                    name: Cow::Borrowed(name),
                    value: Value {
                        kind,
                        text: Cow::Borrowed(text),
                        phone: 0,
                    },
                }),
                Plain::Not => reader.push_other(&mut fields, name)?,
            }
            if !reader.skip(b',') {
                break;
            }
        }
        if !reader.skip(b'}') {
            return None;
        }
    }
    reader.skip_space();
    reader.peek().is_none().then_some(fields)
}

enum Plain<'a> {
    Value(ValueKind, &'a str),
    /// Not a piece of the body as it was sent: [`Reader::other`] reads it.
    Not,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past this byte, and the white space before it. Most messages have none.
    fn skip(&mut self, byte: u8) -> bool {
        if self.peek() != Some(byte) {
            self.skip_space();
            if self.peek() != Some(byte) {
                return false;
            }
        }
        self.at += 1;
        true
    }

    fn skip_space(&mut self) {
        self.at += space_length(self.rest());
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let start = self.at;
        self.at += length;
        self.text.get(start..self.at)
    }

    /// A name without escapes.
    fn name(&mut self) -> Option<&'a str> {
        if !self.skip(b'"') {
            return None;
        }
        let name = self.take(plain_length(self.rest()))?;
        (self.peek() == Some(b'"')).then(|| {
            self.at += 1;
            name
        })
    }

    /// A value whose text is a piece of the body.
    #[inline(always)]
    fn plain(&mut self) -> Option<Plain<'a>> {
        if let b' ' | b'\t' | b'\r' | b'\n' = self.peek()? {
            self.skip_space();
        }
        let (kind, text) = match self.peek()? {
            b'"' => {
                let start = self.at;
                self.at += 1;
                let text = self.take(plain_length(self.rest()))?;
                if self.peek() != Some(b'"') {
                    self.at = start;
                    return Some(Plain::Not);
                }
                self.at += 1;
                (ValueKind::Text, text)
            }
            b'-' | b'0'..=b'9' => {
                let length = number_length(self.rest())?;
                (ValueKind::Number, self.take(length)?)
            }
            b't' => (ValueKind::Bool, self.literal("true")?),
            b'f' => (ValueKind::Bool, self.literal("false")?),
            b'n' => {
                self.literal("null")?;
                (ValueKind::Null, "")
            }
            b'{' | b'[' => return Some(Plain::Not),
            _ => return None,
        };
        Some(Plain::Value(kind, text))
    }

    #[inline(never)]
    fn push_other(&mut self, fields: &mut Vec<Field<'a>>, name: &'a str) -> Option<()> {
        fields.push(Field::new(name, self.other()?));
        Some(())
    }

    /// A string with escapes, an object or an array.
    fn other(&mut self) -> Option<Value<'a>> {
        let rest = self.text.get(self.at..)?;
        if let Some(inner) = rest.strip_prefix('"') {
            let text = match unescaped(inner) {
                Some((text, length)) => {
                    self.at += 1 + length;
                    Cow::Owned(text)
                }
                None => string(self.raw(rest)?),
            };
            return Some(Value::new(ValueKind::Text, text));
        }
        let raw = self.raw(rest)?;
        nested(raw).ok()
    }

    fn literal(&mut self, literal: &'a str) -> Option<&'a str> {
        let is_next = self.rest().starts_with(literal.as_bytes());
        self.at += literal.len();
        is_next.then_some(literal)
    }

    /// The value that `serde_json` finds next.
    fn raw(&mut self, rest: &'a str) -> Option<&'a str> {
        let mut reader = serde_json::Deserializer::from_str(rest);
        let raw = <&RawValue>::deserialize(&mut reader).ok()?.get();
        self.at += raw.len();
        Some(raw)
    }
}

/// A string with escapes of one letter, such as JSON in a string has, and how long it was with its closing quote.
/// `None` where it has others, or is not a string.
fn unescaped(inner: &str) -> Option<(String, usize)> {
    let mut text = String::with_capacity(64);
    let mut rest = inner;
    loop {
        let (plain, after) = rest.split_at_checked(plain_length(rest.as_bytes()))?;
        text.push_str(plain);
        let escaped = match after.as_bytes() {
            [b'"', ..] => return Some((text, inner.len() - after.len() + 1)),
            [b'\\', escape @ (b'"' | b'\\' | b'/'), ..] => char::from(*escape),
            [b'\\', b'n', ..] => '\n',
            [b'\\', b't', ..] => '\t',
            [b'\\', b'r', ..] => '\r',
            [b'\\', b'b', ..] => '\u{8}',
            [b'\\', b'f', ..] => '\u{c}',
            _ => return None,
        };
        text.push(escaped);
        rest = after.get(2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::all_fields;
    use super::*;

    /// What of fields can be seen.
    fn seen(fields: Vec<Field<'_>>) -> Vec<(String, ValueKind, String)> {
        let seen = |field: &Field<'_>| {
            let value = field.value();
            let (name, text) = (field.name().to_owned(), value.text().to_owned());
            (name, value.kind(), text)
        };
        fields.iter().map(seen).collect()
    }

    /// Whether this reads it, and then as `serde_json` does.
    fn is_read(text: &str) -> bool {
        match fields(text) {
            Some(fields) => {
                let expected = all_fields(text).map(seen).ok();
                assert_eq!(Some(seen(fields)), expected, "{text:?}");
                true
            }
            None => false,
        }
    }

    #[test]
    fn what_messages_are_made_of_is_read_here() {
        for text in [
            "{}",
            "{ }",
            "{\"a\":1}",
            " {\"a\" : \"b\" ,\r\n\t\"c\":true,\"d\":false,\"e\":null} ".trim_start(),
            r#"{"a":-0,"b":0.5,"c":1e9,"d":-1.25E-07,"e":123456789012345678901234567890}"#,
            r#"{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800","b":"é😀"}"#,
            r#"{"a":"\"\\\/\b\f\n\r\t","b":"é\té","c":"\\","d":"12345678\"12345678"}"#,
            "{\"a\":\"\u{7f}\"}",
            r#"{"a":{"b":[1, 2, {"c":null}]},"d":[],"":""}"#,
            r#"{"a":1,"a":2,"12345678":"12345678","1234567":"123456789abcdef"}"#,
        ] {
            assert!(is_read(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_left_to_serde_json_and_so_is_what_is_rare() {
        for text in [
            "{",
            "{}}",
            "{}x",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":-}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":1e}",
            "{\"a\":1e+}",
            "{\"a\":0x1}",
            "{\"a\":1a}",
            "{\"a\":tru}",
            "{\"a\":truex}",
            "{\"a\":True}",
            "{\"a\":nul",
            "{\"a\":\"b}",
            "{\"a\":\"b\nc\"}",
            "{\"a\":\"12345678\u{1f}\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\n\\\"}",
            "{\"a\":\"\\n\u{1}\"}",
            "{\"a\":\"\\n",
            "{\"a\":\"\\",
            "{\"a\":\"\\u00g0\"}",
            "{\"a\u{0}\":1}",
            "{\"a\":[1,]}",
            "{\"a\":{\"b\"}}",
            "{\"a\":\u{a0}1}",
            "{\"\\u0061\":1}",
        ] {
            assert!(!is_read(text), "{text}");
        }
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(64), "]".repeat(64));
        assert!(!is_read(&deep));
        let most = (0..MAX_FIELDS).map(|at| format!("\"{at}\":0"));
        let most: Vec<String> = most.collect();
        assert!(is_read(&format!("{{{}}}", most.join(","))));
        assert!(!is_read(&format!("{{{},\"a\":0}}", most.join(","))));
    }

    #[test]
    fn whatever_is_read_is_read_as_serde_json_reads_it() {
        // Sound texts of everything that JSON has, with bytes replaced, doubled, taken out and put in.
        let seeds = [
            r#"{"type":"cdr","appid":2222223,"cmiuuid":"16132200-57fa-47b5","to":"+440000000001","answeredsec":11,"record":true,"custom":"{\"a\":\"b\"}"}"#,
            r#"{"a":-0.5e+10,"b":[1,{"c":"d"}],"e":{"f":null},"g":false,"h":"é\u00e9\ud800","":" ","i":123456789012345678901}"#,
            r#" { "a" : "x" , "b" : 0 } "#.trim_start(),
        ];
        let pieces = b"{}[]\",:\\0123456789.eE+-tfnu/ \n\r\t\x00\x1f\x7f\x22abd8c";
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let mut reads = 0;
        for round in 0..60_000 {
            let mut bytes = seeds[round % seeds.len()].as_bytes().to_vec();
            for _ in 0..=random(3) {
                let at = 1 + random(bytes.len() - 1);
                let piece = pieces[random(pieces.len())];
                match random(4) {
                    0 => bytes[at] = piece,
                    1 => bytes.insert(at, piece),
                    2 if bytes.len() > 4 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, bytes[at]),
                }
            }
            if let Ok(text) = std::str::from_utf8(&bytes) {
                reads += usize::from(is_read(text));
            }
        }
        // Enough of both kinds.
        assert!((10_000..50_000).contains(&reads), "{reads}");
    }
}
