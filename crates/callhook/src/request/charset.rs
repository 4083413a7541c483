//! The charset that a body is declared to be in, where it is not UTF-8: [`Charset`].
//!
//! The decoding is that of the WHATWG Encoding Standard, by the crate `encoding_rs`.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::Head;

/// A charset other than UTF-8, declared by the content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charset(&'static Encoding);

impl Charset {
    /// What the head declares. `None` for UTF-8 and ASCII, for a name that nobody knows, and where nothing is declared: the
    /// body is then read as UTF-8.
    pub(crate) fn of(head: &Head<'_>) -> Option<Self> {
        let content_type = head.lines("content-type").next()?;
        let content_type = std::str::from_utf8(content_type).ok()?;
        let label = content_type.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_charset = name.trim_ascii().eq_ignore_ascii_case("charset");
            is_charset.then(|| value.trim_ascii().trim_matches('"'))
        })?;
        // The standard has ASCII read as windows-1252, of which UTF-8 is no part.
        if ["ascii", "us-ascii"]
            .iter()
            .any(|ascii| label.eq_ignore_ascii_case(ascii))
        {
            return None;
        }
        let encoding = Encoding::for_label(label.as_bytes())?;
        (encoding != UTF_8).then_some(Self(encoding))
    }

    /// A body as UTF-8. `None` where it is not valid in its charset.
    ///
    /// The text that a form's percent escapes stand for is in that charset too: they are written anew.
    pub(crate) fn decode(self, body: &[u8]) -> Option<String> {
        let (text, has_errors) = self.0.decode_with_bom_removal(body);
        if has_errors {
            return None;
        }
        let is_json = text.trim_ascii_start().starts_with(['{', '[']);
        if is_json || !text.contains('%') {
            return Some(text.into_owned());
        }
        let is_delimiter = |char| matches!(char, '&' | '=' | '+');
        let mut form = String::with_capacity(text.len());
        let mut rest = &*text;
        loop {
            let end = rest.find(is_delimiter).unwrap_or(rest.len());
            let (component, delimiter) = rest.split_at(end);
            form.push_str(&self.decode_component(component)?);
            let Some(char) = delimiter.chars().next() else {
                return Some(form);
            };
            form.push(char);
            rest = &delimiter[char.len_utf8()..];
        }
    }

    /// A form's name or value, or a part of one, with percent escapes of UTF-8.
    fn decode_component(self, component: &str) -> Option<Cow<'_, str>> {
        if !component.contains('%') {
            return Some(Cow::Borrowed(component));
        }
        // What isn't escaped was decoded already.
        let raw = self.encode(component);
        let bytes: Cow<'_, [u8]> = percent_decode(&raw).into();
        let text = self
            .0
            .decode_without_bom_handling_and_without_replacement(&bytes)?;
        let escaped = percent_encode(text.as_bytes(), NON_ALPHANUMERIC);
        Some(Cow::Owned(escaped.to_string()))
    }

    /// A text in this charset, which has all that was decoded from it.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self.0 {
            encoding if encoding == UTF_16LE => {
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            encoding if encoding == UTF_16BE => {
                text.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
            encoding => encoding.encode(text).0.into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(content_type: &str) -> Option<Charset> {
        Charset::of(&Head::new(
            "POST",
            "/",
            None,
            &[("content-type", content_type)],
        ))
    }

    #[test]
    fn a_charset_is_what_the_content_type_names_and_a_library_knows() {
        for (content_type, name) in [
            ("application/json; charset=ISO-8859-8", Some("ISO-8859-8")),
            (
                "application/json;CharSet=\"windows-1255\"",
                Some("windows-1255"),
            ),
            ("text/plain; a=b; charset=utf-16le", Some("UTF-16LE")),
            ("text/plain; charset=latin1", Some("windows-1252")),
            ("application/json; charset=UTF-8", None),
            ("application/json; charset=us-ascii", None),
            ("application/json; charset=unheard-of", None),
            ("application/json", None),
            ("charset=latin1", None),
        ] {
            let found = declared(content_type).map(|charset| charset.0.name());
            assert_eq!(found, name, "{content_type}");
        }
    }

    #[test]
    fn a_body_is_decoded_whole_and_a_forms_escapes_with_it() {
        let hebrew = declared("a/b; charset=windows-1255").expect("known");
        let utf_16 = declared("a/b; charset=utf-16").expect("known");
        let korean = declared("a/b; charset=euc-kr").expect("known");
        for (charset, body, text) in [
            (
                hebrew,
                &b"{\"a\":\"\xf9\xec\"}"[..],
                Some("{\"a\":\"\u{5e9}\u{5dc}\"}"),
            ),
            (
                hebrew,
                b"a=%F9%ec&b=+1%2B&c",
                Some("a=%D7%A9%D7%9C&b=+1%2B&c"),
            ),
            // A JSON text's percent sign is itself.
            (hebrew, b"{\"a\":\"%F9\"}", Some("{\"a\":\"%F9\"}")),
            (utf_16, b"\xff\xfe{\0}\0", Some("{}")),
            // Half a character.
            (utf_16, b"{\0}", None),
            (korean, b"a=%B0%A1", Some("a=%EA%B0%80")),
            (korean, b"a=%B0%FF", None),
            (korean, b"\xb0", None),
        ] {
            assert_eq!(
                charset.decode(body).as_deref(),
                text,
                "{}",
                body.escape_ascii()
            );
        }
    }

    #[test]
    fn what_was_decoded_is_encoded_to_the_same_bytes() {
        for (label, body) in [
            ("windows-1255", &b"{\"a\":\"\xf9\xec\"}"[..]),
            ("utf-16le", b"{\0}\0"),
            ("utf-16be", b"\0{\0}"),
            ("shift_jis", b"[\"\x83A\"]"),
        ] {
            let charset = declared(&format!("a/b; charset={label}")).expect("known");
            let text = charset.decode(body).expect("valid");
            assert_eq!(charset.encode(&text), body, "{label}");
        }
    }
}
