//! A value in the place of one, by what its field is.

use super::Redactor;
use super::invent;
use super::time::{is_clock, is_digits};
use crate::nested::Nested;
use crate::platform::Role;

impl Redactor {
    /// A text in the place of one.
    pub(super) fn text(&self, text: &str, role: Role) -> String {
        let is_said = text.chars().any(char::is_alphanumeric);
        if !is_said || is_word(text) || is_placeholder(text) {
            return text.to_owned();
        }
        if let Some(nested) = Nested::read(text) {
            return self.nested(&nested, role != Role::Application);
        }
        let kept = match role {
            Role::Term => looks_like_term(text),
            Role::Flag => is_flag(text),
            Role::Figure | Role::Clock => is_figure(text) || is_clock(text.trim()),
            Role::Phone => WORDS_FOR_CALLERS
                .iter()
                .any(|word| text.trim().eq_ignore_ascii_case(word)),
            Role::Private | Role::File | Role::Time | Role::Application => false,
        };
        if kept {
            return text.to_owned();
        }
        let mut invented = self.invented(text, role);
        // A word for "no value" would mean something else. The words are kept themselves, so to go on keeps texts apart.
        while is_word(&invented) {
            invented = self.invented(&invented, role);
        }
        invented
    }

    /// A JSON number in the place of one.
    pub(super) fn number(&self, number: &str, role: Role) -> String {
        let kept = match role {
            Role::Figure | Role::Clock => is_figure(number),
            Role::Flag => is_flag(number),
            Role::Term => looks_like_term(number),
            _ => number == "0",
        };
        if kept {
            return number.to_owned();
        }
        let moved = match role {
            Role::Time => self.shift.epoch(number),
            _ => None,
        };
        moved.unwrap_or_else(|| invent::number(&self.permutation, number))
    }

    fn invented(&self, text: &str, role: Role) -> String {
        let permutation = &self.permutation;
        let special = match role {
            Role::Phone => invent::phone(permutation, text),
            Role::Time => {
                let trimmed = text.trim();
                let moved = self.shift.epoch(trimmed);
                moved
                    .or_else(|| self.shift.date(trimmed))
                    .map(|moved| text.replacen(trimmed, &moved, 1))
            }
            Role::File => Some(self.file(text)),
            Role::Term => Some(self.term(text)),
            _ => None,
        };
        special.unwrap_or_else(|| invent::text(permutation, text))
    }

    /// With the beginning that tells the kind of a PIOPIY event.
    fn term(&self, text: &str) -> String {
        let begins = |beginning: &&str| {
            let start = text.get(..beginning.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
        };
        let beginning = ["stream_", "in_", "out_"].into_iter().find(begins);
        let (beginning, rest) = text.split_at(beginning.map_or(0, str::len));
        format!("{beginning}{}", invent::text(&self.permutation, rest))
    }

    /// With its scheme and the end that says what sort of file it is.
    fn file(&self, text: &str) -> String {
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| text.starts_with(scheme))
            .unwrap_or_default();
        let rest = text.get(scheme.len()..).unwrap_or_default();
        let end = [".mp3", ".wav", ".ogg", ".m4a"]
            .into_iter()
            .find(|end| rest.ends_with(end))
            .unwrap_or_default();
        let middle = rest.strip_suffix(end).unwrap_or(rest);
        format!("{scheme}{}{end}", invent::text(&self.permutation, middle))
    }
}

/// What programs write where they have no value, and flags, which mean the same in the place of a name. As the core reads
/// them.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "none",
        "null",
        "nil",
        "n/a",
        "not available",
        "false",
        "undefined",
        "unknown",
        "true",
        "0",
    ];
    let text = text.trim();
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What stands in the place of a caller's number.
const WORDS_FOR_CALLERS: [&str; 6] = [
    "anonymous",
    "private",
    "restricted",
    "unavailable",
    "withheld",
    "blocked",
];

/// A template's placeholder that was not filled, and has nothing in it but a name.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let inside = text
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"));
    inside.is_some_and(|inside| looks_like_name(inside.trim()))
}

fn looks_like_term(text: &str) -> bool {
    let is_of_term = |byte: u8| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte);
    text.trim().bytes().all(is_of_term) && text.len() <= 40 && has_few_digits(text)
}

/// Whether a text can be shown as the name of a field.
pub(super) fn looks_like_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
    let is_said = text.bytes().any(|byte| !byte.is_ascii_punctuation());
    !is_said || (text.len() <= 40 && text.bytes().all(is_of_name) && has_few_digits(text))
}

fn has_few_digits(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() < 4
}

fn is_flag(text: &str) -> bool {
    const FLAGS: [&str; 6] = ["true", "false", "0", "1", "yes", "no"];
    FLAGS
        .iter()
        .any(|flag| text.trim().eq_ignore_ascii_case(flag))
}

/// A figure of six digits at most: more could be a phone number.
fn is_figure(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = whole.len() + fraction.map_or(0, str::len);
    is_digits(whole) && fraction.is_none_or(is_digits) && digits <= 6
}
