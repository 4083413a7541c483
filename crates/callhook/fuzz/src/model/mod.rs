//! How bodies and queries read, written down once more: slowly, in several passes, and with copies of everything.

pub mod form;
pub mod json;
pub mod template;

use callhook::payload::{Payload, Unreadable, UnreadableKind, ValueKind};

/// One field, as far as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// How it was written.
    pub kind: ValueKind,
    /// Its text.
    pub text: String,
    /// Its text where it is a phone number.
    pub phone: String,
}

/// A whole message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// The text of an array.
    pub array: Option<String>,
}

/// A message, or why it can't be read.
pub type Read = Result<Content, UnreadableKind>;

/// What is read as JSON, where strict JSON fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// JSON with control characters in strings.
    Strict,
    /// JSON as people write templates of it.
    Template,
}

impl Content {
    /// These fields.
    #[must_use]
    pub fn of(fields: Vec<Field>) -> Self {
        Self {
            fields,
            array: None,
        }
    }

    /// What callhook has read.
    #[must_use]
    pub fn seen(payload: &Payload<'_>) -> Self {
        let field = |field: &callhook::payload::Field<'_>| Field {
            name: field.name().to_owned(),
            kind: field.value().kind(),
            text: field.value().text().to_owned(),
            phone: field.value().phone_text().to_owned(),
        };
        Self {
            fields: payload.fields().iter().map(field).collect(),
            array: payload.array().map(str::to_owned),
        }
    }

    /// Without the fields of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        self
    }
}

/// What callhook has read, or why it has not.
pub fn seen(read: Result<Payload<'_>, Unreadable>) -> Read {
    match read {
        Ok(payload) => Ok(Content::seen(&payload)),
        Err(unreadable) => Err(unreadable.kind()),
    }
}

/// Reads a body.
pub fn body(bytes: &[u8], grammar: Grammar) -> Read {
    let text = std::str::from_utf8(bytes).map_err(|_| UnreadableKind::Malformed)?;
    let text = trim(text.strip_prefix('\u{feff}').unwrap_or(text));
    match text.chars().next() {
        None => Err(UnreadableKind::Empty),
        Some('{' | '[') => json(text, grammar),
        Some(_) => match form::body(text) {
            Some(query) => form::query(query, grammar),
            None if grammar == Grammar::Template && text.starts_with("//") => {
                template::read(text, grammar)
            }
            None => Err(UnreadableKind::Malformed),
        },
    }
}

/// Reads an object or array.
pub fn json(text: &str, grammar: Grammar) -> Read {
    let strict = if text.starts_with('[') {
        json::array(text)
    } else {
        json::object(text)
    };
    strict.or_else(|_| template::read(text, grammar))
}

/// Without JSON's white space at both ends.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Whether it is JSON's white space.
#[must_use]
pub fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

/// How many fields a message may have.
pub const MAX_FIELDS: usize = 512;

/// How deep a message may be nested.
pub const MAX_DEPTH: usize = 64;
