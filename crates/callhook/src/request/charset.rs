//! The charset that a body is declared to be in, where it is not UTF-8: [`Charset`].
//!
//! The decoding is that of the WHATWG Encoding Standard, by the crate `encoding_rs`.

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use percent_encoding::{percent_decode, percent_encode_byte};

use super::Head;

/// A charset other than UTF-8, declared by the content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charset {
    encoding: &'static Encoding,
    /// Whether the content type is that of a form, whose percent escapes are in the charset too.
    is_form: bool,
}

impl Charset {
    /// What the head declares. `None` for UTF-8 and ASCII, for a name that is not known, and where nothing is declared:
    /// the body is then read as UTF-8.
    pub(crate) fn of(head: &Head<'_>) -> Option<Self> {
        let content_type = head.lines("content-type").next()?;
        let content_type = std::str::from_utf8(content_type).ok()?;
        let mut parts = content_type.split(';');
        let media_type = parts.next().unwrap_or_default().trim_ascii();
        let label = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_charset = name.trim_ascii().eq_ignore_ascii_case("charset");
            is_charset.then(|| value.trim_ascii().trim_matches('"'))
        })?;
        // The standard says to read ASCII as windows-1252, which would misread UTF-8.
        let is_ascii = |ascii: &&str| label.eq_ignore_ascii_case(ascii);
        if ["ascii", "us-ascii"].iter().any(is_ascii) {
            return None;
        }
        let encoding = Encoding::for_label(label.as_bytes())?;
        (encoding != UTF_8).then_some(Self {
            encoding,
            is_form: media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded"),
        })
    }

    /// A body as UTF-8. `None` where it is not valid in its charset.
    ///
    /// A body that is valid UTF-8 is read as that: some senders declare what their library has as its default. Text in
    /// a charset of single bytes is not valid UTF-8 but by rare chance.
    pub(crate) fn decode(self, body: &[u8]) -> Option<String> {
        if let Some((encoding, length)) = Encoding::for_bom(body) {
            let text =
                encoding.decode_without_bom_handling_and_without_replacement(&body[length..]);
            return text.map(Into::into);
        }
        let is_form = self.is_form && !matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        if self.is_ascii_compatible() && is_form {
            return self.decode_form(body);
        }
        self.decode_text(body)
    }

    fn decode_text(self, bytes: &[u8]) -> Option<String> {
        if self.is_ascii_compatible()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Some(text.to_owned());
        }
        let text = self
            .encoding
            .decode_without_bom_handling_and_without_replacement(bytes);
        text.map(Into::into)
    }

    /// A form's names and values, without the escapes of what is not ASCII.
    fn decode_form(self, body: &[u8]) -> Option<String> {
        let mut form = String::with_capacity(body.len());
        for part in body.split_inclusive(|byte| b"&=+".contains(byte)) {
            let (component, delimiter) = match part.split_last() {
                Some((last, component)) if b"&=+".contains(last) => (component, Some(*last)),
                _ => (part, None),
            };
            if component.contains(&b'%') {
                let bytes: Vec<u8> = percent_decode(component).collect();
                let text = self.decode_text(&bytes)?;
                escape(&text, &mut form);
            } else {
                form.push_str(&self.decode_text(component)?);
            }
            form.extend(delimiter.map(char::from));
        }
        Some(form)
    }

    /// Whether a byte below 0x80 is always that character of ASCII, so that a form can be split before it is decoded.
    fn is_ascii_compatible(self) -> bool {
        self.encoding != UTF_16LE && self.encoding != UTF_16BE && self.encoding != ISO_2022_JP
    }

    /// A text in this charset. What the charset doesn't have, which was not decoded from it, makes the whole text
    /// UTF-8.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        if self.encoding == UTF_16LE {
            return text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        }
        if self.encoding == UTF_16BE {
            return text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        }
        match self.encoding.encode(text) {
            (bytes, _, false) => bytes.into_owned(),
            (_, _, true) => text.as_bytes().to_vec(),
        }
    }
}

/// Writes a form's component, with escapes of what means something in a form. Other characters stay as they are.
fn escape(text: &str, form: &mut String) {
    for char in text.chars() {
        match u8::try_from(char) {
            Ok(byte) if b"%&=+ ".contains(&byte) || byte.is_ascii_control() => {
                form.push_str(percent_encode_byte(byte));
            }
            _ => form.push(char),
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
    fn a_charset_is_what_the_content_type_names_and_the_library_knows() {
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
            let found = declared(content_type).map(|charset| charset.encoding.name());
            assert_eq!(found, name, "{content_type}");
        }
    }

    #[test]
    fn a_body_is_decoded_and_a_forms_escapes_with_it() {
        let of = |media_type: &str, label: &str| {
            declared(&format!("{media_type}; charset={label}")).expect("known")
        };
        let json = |label| of("application/json", label);
        let form = |label| of("application/x-www-form-urlencoded", label);
        for (charset, body, text) in [
            (
                json("windows-1255"),
                &b"{\"a\":\"\xf9\xec\"}"[..],
                Some("{\"a\":\"\u{5e9}\u{5dc}\"}"),
            ),
            (
                json("windows-1255"),
                b"// 100%25\n{\"a\":\"%F9\xf9\"}",
                Some("// 100%25\n{\"a\":\"%F9\u{5e9}\"}"),
            ),
            // Declared by a library's default.
            (
                json("latin1"),
                "{\"a\":\"Jos\u{e9}\"}".as_bytes(),
                Some("{\"a\":\"Jos\u{e9}\"}"),
            ),
            (json("utf-16"), b"\xff\xfe{\0}\0", Some("{}")),
            (json("utf-16"), b"\xfe\xff\0{\0}", Some("{}")),
            // Half a character.
            (json("utf-16"), b"{\0}", None),
            (json("euc-kr"), b"\xb0", None),
            (
                form("windows-1255"),
                b"a=%F9%ec&b=+1%2B&c&d=%26\xf9",
                Some("a=\u{5e9}\u{5dc}&b=+1%2B&c&d=%26\u{5e9}"),
            ),
            (
                form("windows-1255"),
                b"{\"a\":\"%F9\"}",
                Some("{\"a\":\"%F9\"}"),
            ),
            (form("euc-kr"), b"a=%B0%A1", Some("a=\u{ac00}")),
            (form("euc-kr"), b"a=%B0%FF", None),
            (form("shift_jis"), b"a=%83A", Some("a=\u{30a2}")),
            (form("big5"), b"a=%41%88%62", Some("a=A\u{ca}\u{304}")),
            (form("latin1"), b"a=%C3%A9", Some("a=\u{e9}")),
        ] {
            let found = charset.decode(body);
            assert_eq!(
                found.as_deref(),
                text,
                "{charset:?} {}",
                body.escape_ascii()
            );
        }
    }

    #[test]
    fn a_decoded_form_is_no_longer_than_three_times_its_body() {
        let charset =
            declared("application/x-www-form-urlencoded; charset=windows-874").expect("known");
        let body = b"%\xa1\xa1%25%20%A1=&".repeat(1000);
        let text = charset.decode(&body).expect("valid");
        assert!(text.len() <= 3 * body.len(), "{}", text.len());
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
