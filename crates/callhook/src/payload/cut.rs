//! Finds one field in a content that isn't decoded yet, and cuts it out.
//!
//! A secret in the body has to be compared before anything is decoded, and must not be part of what is: so this is one
//! pass over the bytes, without recursion, that keeps nothing but the field's place. It finds the field in a content that
//! breaks off later too, so that what authenticates and can't be read is told apart from what doesn't authenticate.
//!
//! Only whoever knows the secret can put it where this looks for it, so where this reads a broken content otherwise than
//! the decoder would, nobody gains anything.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::form::{self, Repeated};
use super::{json, trim};

/// The only field of this name in a content.
pub(crate) struct Found<'c> {
    value: String,
    place: Place<'c>,
}

/// Where a field stands.
enum Place<'c> {
    /// In an object.
    Object { text: &'c str, cut: Cut },
    /// In a form or query.
    Form {
        text: &'c str,
        field: String,
        is_body: bool,
    },
    /// In an object that is the value of a form's only field.
    OnlyField {
        name: &'c str,
        object: String,
        cut: Cut,
    },
}

/// What becomes of an object's text.
struct Cut {
    range: Range<usize>,
    instead: &'static str,
}

impl Found<'_> {
    /// The field's text, decoded.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// The content without the field, and the rest to the byte; an object within a form is escaped anew, and a body that
    /// was a form is one still.
    pub(crate) fn cut(&self) -> String {
        match &self.place {
            Place::Object { text, cut } => cut.of(text),
            Place::Form {
                text,
                field,
                is_body,
            } => {
                let rest = form::without(text, |pair| pair.is_named(field));
                if *is_body { still_a_form(rest) } else { rest }
            }
            Place::OnlyField { name, object, cut } => {
                let object = cut.of(object);
                format!("{name}={}", utf8_percent_encode(&object, NON_ALPHANUMERIC))
            }
        }
    }
}

/// Finds a field of a body: of a JSON object, a form, or an object that is the value of a form's only field.
pub(crate) fn in_body<'c>(body: &'c str, field: &str) -> Result<Option<Found<'c>>, Repeated> {
    let text = trim(body.strip_prefix('\u{feff}').unwrap_or(body));
    let member = match text.as_bytes().first() {
        Some(b'{') => in_object(text, field)?,
        // A template's comment, and an object behind it, if it isn't a form: that is tried first.
        Some(b'/') if text.starts_with("//") && form::check_body(text).is_err() => {
            in_object(text, field)?
        }
        Some(b'[') => return Ok(None),
        _ => return in_form(text, field, true),
    };
    Ok(member.map(|member| Found {
        value: member.value,
        place: Place::Object {
            text,
            cut: member.cut,
        },
    }))
}

/// Finds a field of a form or query, or of an object that is the value of its only field.
pub(crate) fn in_query<'c>(query: &'c str, field: &str) -> Result<Option<Found<'c>>, Repeated> {
    in_form(query, field, false)
}

fn in_form<'c>(text: &'c str, field: &str, is_body: bool) -> Result<Option<Found<'c>>, Repeated> {
    if let Some(found) = in_only_field(text, field)? {
        return Ok(Some(found));
    }
    let value = form::single(text, field)?;
    Ok(value.map(|value| Found {
        value: value.into_owned(),
        place: Place::Form {
            text,
            field: field.to_owned(),
            is_body,
        },
    }))
}

/// What is left of a form, so that it reads as what it was: what comes first or last in a body decides what it is, and so
/// does an `=`.
fn still_a_form(mut rest: String) -> String {
    if !rest.is_empty() && !rest.contains('=') {
        rest.push('=');
    }
    // An empty pair is none. White space is cut off a body before it is looked at. An object, which no form has in the
    // place of a pair, stays one: it may have the token once more, and is looked through.
    if rest.starts_with(['[', '\u{feff}', ' ', '\t', '\r', '\n']) {
        rest.insert(0, '&');
    }
    if trim(&rest) != rest {
        rest.push('&');
    }
    rest
}

/// A query without anything that a content could have been authenticated by, wherever in a query that other parameters
/// were added to. `None` where there is nothing.
pub(crate) fn strip_query(query: &str, field: &str) -> Option<String> {
    let mut is_stripped = false;
    let mut kept = Vec::new();
    for pair in form::pairs(query) {
        if pair.is_named(field) {
            is_stripped = true;
            continue;
        }
        match in_only_field(pair.whole, field) {
            Ok(None) => kept.push(Cow::Borrowed(pair.whole)),
            Ok(Some(found)) => {
                is_stripped = true;
                kept.push(Cow::Owned(found.cut()));
            }
            Err(Repeated) => is_stripped = true,
        }
    }
    is_stripped.then(|| kept.join("&"))
}

fn in_only_field<'c>(query: &'c str, field: &str) -> Result<Option<Found<'c>>, Repeated> {
    let mut pairs = form::pairs(query);
    let (Some(only), None) = (pairs.next(), pairs.next()) else {
        return Ok(None);
    };
    let Ok(object) = only.value() else {
        return Ok(None);
    };
    let Some(member) = in_object(&object, field)? else {
        return Ok(None);
    };
    Ok(Some(Found {
        value: member.value,
        place: Place::OnlyField {
            name: only.raw_name(),
            object: object.into_owned(),
            cut: member.cut,
        },
    }))
}

/// A member of an object: its value's text, and how the object is without it.
struct Member {
    value: String,
    cut: Cut,
}

/// Finds a member at the top of an object, as far as the object can be read.
fn in_object(text: &str, field: &str) -> Result<Option<Member>, Repeated> {
    let mut found = None;
    let mut reader = Reader { text, at: 0 };
    let mut comma_before = None;
    reader.skip_space();
    if !reader.skip(b'{') {
        return Ok(None);
    }
    loop {
        reader.skip_space();
        let Some(key) = reader.string() else { break };
        reader.skip_space();
        if !reader.skip(b':') {
            break;
        }
        reader.skip_space();
        let Some(value) = reader.value() else { break };
        reader.skip_space();
        let comma = reader.at;
        let has_comma = reader.skip(b',');
        if reader.string_at(&key) == field {
            let range = match reader.peek() {
                _ if has_comma => key.start..reader.at,
                None | Some(b'}') => comma_before.unwrap_or(key.start)..value.end,
                // Broken here. Taken out whole, it could leave something sound.
                Some(_) => value.clone(),
            };
            let instead = if range == value { "\"\"" } else { "" };
            let cut = Cut { range, instead };
            let value = reader.string_at(&value).into_owned();
            if found.replace(Member { value, cut }).is_some() {
                return Err(Repeated);
            }
        }
        if !has_comma {
            break;
        }
        comma_before = Some(comma);
    }
    Ok(found)
}

/// Reads JSON's tokens, and a template's comments as space.
struct Reader<'c> {
    text: &'c str,
    at: usize,
}

impl<'c> Reader<'c> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') if self.rest().starts_with(b"//") => self.skip_line(),
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        let line = self
            .rest()
            .iter()
            .position(|byte| matches!(byte, b'\r' | b'\n'));
        self.at = line.map_or(self.text.len(), |length| self.at + length);
    }

    fn rest(&self) -> &'c [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// A string with its quotes, if a whole one is next.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if !self.skip(b'"') {
            return None;
        }
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return Some(start..self.at),
                // Whatever comes next is no end.
                b'\\' => self.at += 1,
                _ => {}
            }
        }
        None
    }

    /// A value, if a whole one is next.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        match self.peek()? {
            b'"' => return self.string(),
            b'{' | b'[' => self.nested()?,
            _ => {
                let is_end = |byte: &u8| b",}]/ \t\r\n".contains(byte);
                let length = self.rest().iter().position(is_end);
                self.at = length.map_or(self.text.len(), |length| self.at + length);
            }
        }
        (self.at > start).then_some(start..self.at)
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.skip_space();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The text of a string, or of another value as it stands.
    fn string_at(&self, place: &Range<usize>) -> Cow<'c, str> {
        let raw = self.text.get(place.clone()).unwrap_or_default();
        if raw.starts_with('"') {
            json::string(raw)
        } else {
            Cow::Borrowed(raw)
        }
    }
}

impl Cut {
    fn of(&self, text: &str) -> String {
        let before = text.get(..self.range.start).unwrap_or_default();
        let after = text.get(self.range.end..).unwrap_or_default();
        [before, self.instead, after].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Result<Option<(String, String)>, Repeated> {
        let found = in_body(body, "custom")?;
        Ok(found.map(|found| (found.value().to_owned(), found.cut())))
    }

    #[test]
    fn a_field_is_found_and_cut_out_with_its_comma_and_the_rest_stays() {
        for (body, value, rest) in [
            (r#"{"custom":"x"}"#, "x", "{}"),
            (r#"{"custom":"x","a":1}"#, "x", r#"{"a":1}"#),
            (r#"{"a":1,"custom":"x"}"#, "x", r#"{"a":1}"#),
            (
                r#"{ "a" : 1 , "custom" : "x" , "b" : 2 }"#,
                "x",
                r#"{ "a" : 1 ,  "b" : 2 }"#,
            ),
            (
                "\u{feff} {\"custom\":\"x\",\n\"a\":1}\n",
                "x",
                "{\n\"a\":1}",
            ),
            (
                r#"{"a":{"custom":"no","b":["}"]},"custom":"x"}"#,
                "x",
                r#"{"a":{"custom":"no","b":["}"]}}"#,
            ),
            (
                r#"{"a":"\",\"custom\":\"no","custom":"x"}"#,
                "x",
                r#"{"a":"\",\"custom\":\"no"}"#,
            ),
            (r#"{"\u0063ustom":"\u0078\"","a":1}"#, "x\"", r#"{"a":1}"#),
            (
                r#"{"custom":12345678901234567890,"a":1}"#,
                "12345678901234567890",
                r#"{"a":1}"#,
            ),
            (
                r#"{"a":"é","custom":"ü","b":"ö"}"#,
                "ü",
                r#"{"a":"é","b":"ö"}"#,
            ),
            // A template's additions.
            (
                "// c\n{\"a\":039, // \"custom\":\"no\"\n\"custom\":\"x\",}",
                "x",
                "// c\n{\"a\":039, // \"custom\":\"no\"\n}",
            ),
            // Broken behind the field.
            (r#"{"custom":"x","a":"#, "x", r#"{"a":"#),
            (r#"{"custom":"x"#, "", ""),
            (r#"{"custom":"x" "a":1}"#, "x", r#"{"custom":"" "a":1}"#),
            (r#"{"a":7,"custom":"x"2}"#, "x", r#"{"a":7,"custom":""2}"#),
            (r#"{"a":7,"custom":12"b":1}"#, "12\"b\":1", r#"{"a":7}"#),
            ("/a=1&custom=x", "x", "/a=1"),
            ("//a=1&custom=x", "x", "//a=1"),
            ("a=1&custom=x%20y&b=2", "x y", "a=1&b=2"),
            ("%63ustom=x", "x", ""),
            // A form still.
            ("a&custom=x", "x", "a="),
            ("custom=x&[0]=1", "x", "&[0]=1"),
            ("custom=x& [0]=1", "x", "& [0]=1"),
            (r#"custom=x&{"a":"="}"#, "x", r#"{"a":"="}"#),
            ("custom=x&\u{feff}a=1", "x", "&\u{feff}a=1"),
            ("a=1 &custom=x", "x", "a=1 &"),
            (
                "data=%7B%22custom%22%3A%22x%22%2C%22a%22%3A1%7D",
                "x",
                "data=%7B%22a%22%3A1%7D",
            ),
            (r#"data={"custom":"x"}"#, "x", "data=%7B%7D"),
            (r#"custom={"a":1}"#, r#"{"a":1}"#, ""),
        ] {
            let expected = (!value.is_empty()).then(|| (value.to_owned(), rest.to_owned()));
            assert_eq!(found(body).expect(body), expected, "{body}");
        }
    }

    #[test]
    fn a_query_is_stripped_of_the_field_wherever_it_stands() {
        for (query, rest) in [
            ("a=1&b=%7B%7D", None),
            ("a=1&%63ustom=x&custom=y", Some("a=1")),
            (
                "t=1&data=%7B%22custom%22%3A%22x%22%7D&a=1",
                Some("t=1&data=%7B%7D&a=1"),
            ),
            (r#"{"custom":"x"}=1&a=1"#, None),
            (r#"a={"custom":"x","custom":"y"}&b"#, Some("b")),
        ] {
            assert_eq!(strip_query(query, "custom").as_deref(), rest, "{query}");
        }
    }

    #[test]
    fn what_stands_twice_is_refused_whatever_the_values() {
        for body in [
            r#"{"custom":"x","custom":"x"}"#,
            r#"{"custom":"x","a":1,"\u0063ustom":null}"#,
            "custom=x&a=1&custom=x",
            "custom=x&%63ustom=",
            "custom=%ff",
            "data=%7B%22custom%22%3A1%2C%22custom%22%3A1%7D",
        ] {
            assert!(found(body).is_err(), "{body}");
        }
    }

    #[test]
    fn nothing_is_found_in_what_has_no_such_field_at_its_top() {
        for body in [
            "",
            "{",
            "{}",
            "[]",
            r#"[{"custom":"x"}]"#,
            r#"{"a":{"custom":"x"}}"#,
            r#"{"a":"custom","Custom":"x"}"#,
            r#"{"a":[[["custom","x"]]]"#,
            r#"{"a","custom":"x"}"#,
            r#"{"a":,"custom":"x"}"#,
            "// custom=x",
            "customs=x&acustom=x",
            "text",
            r#"{"a\"#,
            r#"{"a":"\"#,
            r#"{"a":]"#,
            r#"{"a":}"#,
        ] {
            assert!(found(body).expect(body).is_none(), "{body}");
        }
    }
}
