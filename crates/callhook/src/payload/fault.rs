//! Something unexpected in a JSON text: [`Fault`].

use super::{Grammar, Unreadable, UnreadableKind};

/// Something unexpected in a text.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    at: usize,
    expected: &'static str,
    found: &'static str,
}

impl Fault {
    /// What was found at this byte of a text, and what was expected there.
    pub(super) fn of(text: &str, at: usize, expected: &'static str) -> Self {
        let bytes = text.as_bytes();
        let found = found(bytes.get(at).copied(), bytes.get(at + 1).copied());
        Self::new(at, expected, found)
    }

    pub(super) fn new(at: usize, expected: &'static str, found: &'static str) -> Self {
        Self {
            at,
            expected,
            found,
        }
    }

    /// Where it is.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The error for the text that these tokens were of.
    pub(super) fn in_text(self, text: &str, grammar: Grammar) -> Unreadable {
        let what = match grammar {
            Grammar::Strict => "the body is not valid JSON",
            Grammar::Template => "the body is neither valid JSON nor a valid template of JSON",
        };
        Unreadable::new(UnreadableKind::Malformed, what)
            .expected(self.expected, self.found)
            .at_byte(text, self.at)
    }
}

/// Names what was found, and repeats nothing of it that could be a secret.
fn found(byte: Option<u8>, next: Option<u8>) -> &'static str {
    match (byte, next) {
        (None, _) => END,
        (Some(b'{'), _) => "`{`",
        (Some(b'}'), _) => "`}`",
        (Some(b'['), _) => "`[`",
        (Some(b']'), _) => "`]`",
        (Some(b':'), _) => "`:`",
        (Some(b','), _) => "`,`",
        (Some(b'"'), _) => "a quote",
        (Some(b'\''), _) => "a single quote",
        (Some(b'\\'), _) => "a backslash",
        (Some(b'/'), Some(b'/' | b'*')) => "a comment",
        (Some(..0x20 | 0x7f), _) => "a control character",
        _ => "text without quotes",
    }
}

pub(super) const END: &str = "the end of the text";
