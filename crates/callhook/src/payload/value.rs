//! A field's value: [`Value`].

use std::borrow::Cow;

/// A field's value, as sent.
#[derive(Clone)]
pub struct Value<'a> {
    pub(super) kind: ValueKind,
    /// How many bytes of the text are its second reading, at its end: of a form's value, where a raw `+` leaves two.
    pub(super) phone: u32,
    pub(super) text: Cow<'a, str>,
}

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// JSON's `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A JSON number.
    Number,
    /// A JSON string, or any value of a form.
    Text,
    /// A JSON object or array.
    Nested,
}

impl<'a> Value<'a> {
    pub(crate) fn new(kind: ValueKind, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind,
            text: text.into(),
            phone: 0,
        }
    }

    /// A form's value: its text, followed by what it is as a phone number in this many bytes.
    pub(super) fn with_phone_text(both: String, phone: u32) -> Self {
        Self {
            kind: ValueKind::Text,
            phone,
            text: both.into(),
        }
    }

    pub(super) fn into_owned(self) -> Value<'static> {
        Value {
            text: Cow::Owned(self.text.into_owned()),
            ..self
        }
    }

    /// The value as text: a string's content, a number's digits as sent, `true` or `false`, a nested object or array as
    /// JSON without white space between its tokens.
    #[must_use]
    pub fn text(&self) -> &str {
        if self.phone == 0 {
            &self.text
        } else {
            self.readings().0
        }
    }

    /// As text, and as a phone number.
    fn readings(&self) -> (&str, &str) {
        let phone = usize::try_from(self.phone).unwrap_or(usize::MAX);
        let at = self.text.len().checked_sub(phone);
        let readings = at.and_then(|at| self.text.split_at_checked(at));
        readings.unwrap_or((&self.text, &self.text))
    }

    /// How the value was written.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// Whether there is nothing: `null`, an empty text, or the text `null`, with or without space around it.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        let text = self.text();
        let may_be_nothing = match text.as_bytes().first() {
            None => true,
            // What `null` begins with, and what may be before it.
            Some(first) => *first <= b' ' || *first == b'n',
        };
        may_be_nothing && matches!(text.trim_ascii(), "" | "null")
    }

    /// Whether it is an [unfilled placeholder](is_placeholder).
    #[inline]
    pub(crate) fn is_unfilled(&self) -> bool {
        // Most texts begin with a letter or a digit.
        let may_be = matches!(self.text.as_bytes().first(), Some(..=b' ' | b'{'));
        may_be && is_placeholder(self.text())
    }

    /// The text, with a form's raw `+` before a digit read as the `+` of a phone number instead of as a space.
    #[must_use]
    pub fn phone_text(&self) -> &str {
        if self.phone == 0 {
            &self.text
        } else {
            self.readings().1
        }
    }
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Whether a text is a template's placeholder that was not filled, such as `{{uuid}}`, with or without white space in
/// or around it; several of them, too, and whatever the template has between them.
#[cold]
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.len() >= "{{}}".len() && text.starts_with("{{") && text.ends_with("}}")
}
