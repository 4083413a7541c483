//! The second reading of a body, where strict JSON fails.
//!
//! 1. Strict JSON comes first: what it accepts never comes here, and would come out to the byte as it went in.
//! 2. Of any sender, a string may have raw line breaks, tabs and other control characters, which JSON wants escaped.
//!    They have one reading: they are text.
//! 3. Of a sender whose bodies are templates, which values are put into as they are, four things more are read:
//!    - A value without quotes (`039000000`, `+972501234567`, `*72`, `anonymous`, `https://a.example`). It ends at the
//!      comma, or at the bracket that closes its object or array; white space at its end doesn't count. What JSON has
//!      (`60`, `true`, `null`) is what it is in JSON; all else is text. An unfilled placeholder (`{{uuid}}`) is text,
//!      too.
//!    - Nothing between the colon and the comma or closing bracket: `null`.
//!    - A comma after the last item of an object or an array.
//!    - A `//` comment up to the end of its line. In a value without quotes it needs white space before it, unless what
//!      comes before it is a value of JSON or digits.
//! 4. Nothing is guessed. A quote or a backslash that was put into a text unescaped, a quote, a backslash or a brace in
//!    a value without quotes, and a bracket that isn't closed have no single reading, and are errors.
//! 5. One pass, without recursion. What comes out is at most six times as long as what went in (a control character
//!    becomes an escape), and has no more fields and levels than a message may have.

use super::fault::Fault;
use super::json::scan::plain_length;
use super::json::{too_deep, too_many_fields};
use super::tokens::{Token, TokenKind, Tokens};
use super::{Grammar, MAX_DEPTH, MAX_FIELDS, Unreadable, trim};

/// Text in this grammar as JSON, without white space at its ends. As the text, but for spaces in place of what is
/// dropped, quotes around what becomes a string, and escapes for control characters.
///
/// An error names the place in the text as sent.
pub(super) fn to_json(text: &str, grammar: Grammar) -> Result<String, Unreadable> {
    let mut rewritten = Rewritten {
        text,
        json: Vec::with_capacity(text.len() + 8),
        fields: 0,
        open_comma: None,
    };
    let mut tokens = Tokens::of(text, grammar);
    while let Some(token) = tokens.next() {
        let token = token.map_err(|fault| fault.in_text(text, grammar))?;
        let start = token.place.start;
        match rewritten.token(token, tokens.depth()) {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => return Err(fault.in_text(text, grammar)),
            Err(Stop::Limit(limit)) => return Err(limit.at_byte(text, start)),
        }
    }
    // Whole characters were replaced, and only by ASCII ones: it is UTF-8 still.
    let json = String::from_utf8(rewritten.json).unwrap_or_default();
    Ok(match trim(&json) {
        trimmed if trimmed.len() == json.len() => json,
        trimmed => trimmed.to_owned(),
    })
}

struct Rewritten<'t> {
    text: &'t str,
    json: Vec<u8>,
    /// How many fields there are so far.
    fields: usize,
    /// Where in `json` the comma after an item is, if nothing came after it yet.
    open_comma: Option<usize>,
}

/// Why this goes no further.
enum Stop {
    Fault(Fault),
    Limit(Unreadable),
}

impl Rewritten<'_> {
    /// Appends a token, with which so many brackets are open.
    fn token(&mut self, token: Token, depth: usize) -> Result<(), Stop> {
        let start = token.place.start;
        let text = self.text.get(token.place).unwrap_or_default();
        if !matches!(token.kind, TokenKind::Space | TokenKind::Comment) {
            let open_comma = self.open_comma.take();
            if token.kind == TokenKind::Close
                && let Some(comma) = open_comma.and_then(|comma| self.json.get_mut(comma))
            {
                *comma = b' ';
            }
        }
        match token.kind {
            TokenKind::Open if depth > MAX_DEPTH => return Err(Stop::Limit(too_deep())),
            TokenKind::Name if depth == 1 => return self.field_name(text, start),
            TokenKind::Name | TokenKind::String => return self.push_text(text, start),
            TokenKind::Unquoted => {
                self.push(b"\"");
                self.push_text(text, start)?;
                self.push(b"\"");
            }
            TokenKind::Nothing => self.push(b"null"),
            TokenKind::Comment => self.json.resize(self.json.len() + text.len(), b' '),
            TokenKind::Comma => {
                self.open_comma = Some(self.json.len());
                self.push(b",");
            }
            TokenKind::Space
            | TokenKind::Open
            | TokenKind::Close
            | TokenKind::Colon
            | TokenKind::Scalar => self.push(text.as_bytes()),
        }
        Ok(())
    }

    fn field_name(&mut self, name: &str, start: usize) -> Result<(), Stop> {
        if self.fields == MAX_FIELDS {
            return Err(Stop::Limit(too_many_fields()));
        }
        self.fields += 1;
        let before = self.json.len();
        self.push_text(name, start)?;
        let name = self.json.get(before..).unwrap_or_default();
        // A value's text may have half of a character, which is replaced. A name with one would be another name.
        if name.contains(&b'\\') && serde_json::from_slice::<String>(name).is_err() {
            let found = "an escape of half a character (a lone surrogate)";
            return Err(Stop::Fault(Fault::new(
                start,
                "a name of valid characters",
                found,
            )));
        }
        Ok(())
    }

    /// The text at `start`: as it is, but for escapes in place of control characters.
    fn push_text(&mut self, text: &str, start: usize) -> Result<(), Stop> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = plain_length(rest);
            let special = rest.get(plain..).unwrap_or_default();
            let length = match special.first() {
                Some(b'\\') => match escape_length(special) {
                    Some(length) => plain + length,
                    None => {
                        return Err(Stop::Fault(Fault::new(
                            start + at + plain,
                            "backslashes in a string to be escaped",
                            "a backslash that does not begin a JSON escape",
                        )));
                    }
                },
                Some(control @ ..0x20) => {
                    self.push(rest.get(..plain).unwrap_or_default());
                    self.push_control(*control);
                    at += plain + 1;
                    continue;
                }
                Some(_) => plain + 1,
                None => plain,
            };
            self.push(rest.get(..length).unwrap_or_default());
            at += length;
        }
        Ok(())
    }

    /// As JSON serialisers write it.
    fn push_control(&mut self, control: u8) {
        let digit = |half: u8| b"0123456789abcdef".get(usize::from(half)).copied();
        match control {
            b'\n' => self.push(b"\\n"),
            b'\r' => self.push(b"\\r"),
            b'\t' => self.push(b"\\t"),
            0x08 => self.push(b"\\b"),
            0x0c => self.push(b"\\f"),
            other => {
                self.push(b"\\u00");
                self.json.extend(digit(other >> 4));
                self.json.extend(digit(other & 15));
            }
        }
    }

    fn push(&mut self, json: &[u8]) {
        self.json.extend_from_slice(json);
    }
}

/// How long the escape is that text begins with.
fn escape_length(text: &[u8]) -> Option<usize> {
    match text {
        [
            _,
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
            ..,
        ] => Some(2),
        [_, b'u', digits @ ..] => {
            let digits = digits.first_chunk::<4>()?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
