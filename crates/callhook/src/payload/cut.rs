//! Finds one field in a content that isn't decoded yet, and cuts it out.
//!
//! A secret in the body is compared before anything is decoded, and must not be part of what is: so this is one pass
//! over the bytes, without recursion, that keeps only the field's position.
//!
//! 1. It uses the same [tokens](super::tokens) as the second reading, so that authentication and decoding read the
//!    content in the same way.
//! 2. It also finds the field in a content that breaks off later, so that a message which authenticates but can't be
//!    read is distinguished from one that doesn't authenticate, and isn't lost. In a content that is unreadable only
//!    for a string's escapes, its depth or its number of fields, the field is found in any position.
//! 3. Only a sender who knows the secret can put it where this looks for it, so nothing is gained by hiding it in a
//!    content that is never read.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::fault::Fault;
use super::form::{self, Repeated};
use super::tokens::{Token, TokenKind, Tokens};
use super::{Grammar, json, trim};

/// The only field of this name in a content.
pub(crate) struct Found<'c> {
    value: String,
    span: FieldSpan<'c>,
}

/// Where a field is.
enum FieldSpan<'c> {
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

/// How an object's text is cut.
struct Cut {
    range: Range<usize>,
    instead: &'static str,
}

impl Found<'_> {
    /// The field's text, decoded.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// The content without the field, and the rest to the byte; an object within a form is escaped anew, and a body
    /// that was a form is one still.
    pub(crate) fn cut(&self) -> String {
        match &self.span {
            FieldSpan::Object { text, cut } => cut.of(text),
            FieldSpan::Form {
                text,
                field,
                is_body,
            } => {
                let rest = form::without(text, |pair| pair.is_named(field));
                if *is_body { still_a_form(rest) } else { rest }
            }
            FieldSpan::OnlyField { name, object, cut } => {
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
        span: FieldSpan::Object {
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
        span: FieldSpan::Form {
            text,
            field: field.to_owned(),
            is_body,
        },
    }))
}

/// What is left of a form, so that it reads as what it was: what comes first or last in a body decides what it is, and
/// so does an `=`.
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
        span: FieldSpan::OnlyField {
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
    let Some(mut members) = Members::of(text) else {
        return Ok(None);
    };
    let mut comma_before = None;
    while let Some((name, value)) = members.next() {
        let after = members.after();
        if string_at(text, &name) == field {
            let cut = match &after {
                After::Comma(comma) => Cut::out(name.start..comma.end),
                After::Closed => {
                    let range = comma_before.unwrap_or(name.start)..value.end;
                    let is_comment_next = text
                        .get(range.end..)
                        .is_some_and(|rest| rest.starts_with('/'));
                    Cut {
                        range,
                        // Right behind a value without quotes, a comment would be part of it.
                        instead: if is_comment_next { " " } else { "" },
                    }
                }
                // Taken out whole, it could leave something that can be read.
                After::Broken => Cut {
                    range: value.clone(),
                    instead: "\"\"",
                },
            };
            let value = string_at(text, &value).into_owned();
            if found.replace(Member { value, cut }).is_some() {
                return Err(Repeated);
            }
        }
        comma_before = match after {
            After::Comma(comma) => Some(comma.start),
            After::Closed | After::Broken => break,
        };
    }
    Ok(found)
}

/// The members at the top of an object, in a template's grammar: it has all that strict JSON has, and the same tokens
/// for that. Ends where the object can't be read.
struct Members<'c> {
    text: &'c str,
    tokens: Tokens<'c>,
}

/// What comes after a member.
#[derive(Clone)]
enum After {
    Comma(Range<usize>),
    /// The object's end, or the text's.
    Closed,
    /// Something unexpected.
    Broken,
}

impl<'c> Members<'c> {
    fn of(text: &'c str) -> Option<Self> {
        let tokens = Tokens::of(text, Grammar::Template);
        let mut members = Self { text, tokens };
        let open = members.token()?.ok()?;
        text.get(open.place)?.starts_with('{').then_some(members)
    }

    /// A member's name and value, each as it was sent.
    fn next(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        let name = self.token()?.ok()?;
        if name.kind != TokenKind::Name {
            return None;
        }
        self.token()?
            .ok()
            .filter(|token| token.kind == TokenKind::Colon)?;
        let first = self.token()?.ok()?;
        let mut end = first.place.end;
        while self.tokens.depth() > 1 {
            end = self.token()?.ok()?.place.end;
        }
        Some((name.place, first.place.start..end))
    }

    fn after(&mut self) -> After {
        match self.token() {
            Some(Ok(token)) if token.kind == TokenKind::Comma => After::Comma(token.place),
            Some(Err(fault)) if fault.at() < self.text.len() => After::Broken,
            _ => After::Closed,
        }
    }

    /// The next token that is neither white space nor a comment.
    fn token(&mut self) -> Option<Result<Token, Fault>> {
        self.tokens.find(|token| {
            !matches!(token, Ok(token) if matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        })
    }
}

/// The text of a string, or of another value as it was sent.
fn string_at<'c>(text: &'c str, place: &Range<usize>) -> Cow<'c, str> {
    let raw = text.get(place.clone()).unwrap_or_default();
    if raw.starts_with('"') {
        json::string(raw)
    } else {
        Cow::Borrowed(raw)
    }
}

impl Cut {
    fn out(range: Range<usize>) -> Self {
        Self { range, instead: "" }
    }

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
            (r#"{"a":7,"custom":12"b":1}"#, "", ""),
            (
                r#"{"a":"EXAMPLE\user","custom":"x"}"#,
                "x",
                r#"{"a":"EXAMPLE\user"}"#,
            ),
            (r#"{"a":7,"custom":x y"#, "x y", r#"{"a":7"#),
            // Without quotes, and without a value.
            (r#"{"a":,"custom":"x"}"#, "x", r#"{"a":}"#),
            (
                r#"{"a":+972 50,"custom": x y ,"b":}"#,
                "x y",
                r#"{"a":+972 50,"b":}"#,
            ),
            (r#"{"a":x, "custom":y}"#, "y", r#"{"a":x}"#),
            (
                r#"{"a":{{a}},"custom":{{custom}}}"#,
                "{{custom}}",
                r#"{"a":{{a}}}"#,
            ),
            (
                r#"{"a":https://b,"c":"custom","custom":https://x//y}"#,
                "https://x//y",
                r#"{"a":https://b,"c":"custom"}"#,
            ),
            ("{\"a\":b:,\"custom\":\"x\"//c\n}", "x", "{\"a\":b: //c\n}"),
            (
                "{\"a\":1 // \"custom\"\n,\"custom\":x // c\n}",
                "x",
                "{\"a\":1 // \"custom\"\n // c\n}",
            ),
            (
                "{\"a\":\"\n\",\"custom\":\"x\ny\"}",
                "x\ny",
                "{\"a\":\"\n\"}",
            ),
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
    fn a_query_is_stripped_of_the_field_in_any_position() {
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
    fn what_is_given_twice_is_refused_whatever_the_values() {
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
            r#"{"a":x "custom":"y"}"#,
            r#"{"a":"b" c,"custom":"x"}"#,
            r#"{"a":"b":"custom":"x"}"#,
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
