//! Why a payload can't be read.

use std::error::Error;
use std::fmt;

/// A payload that can't be read at all. Its text says what was expected, what was found and where, and
/// contains none of the payload but the name of a field that the provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    kind: UnreadableKind,
    what: &'static str,
    /// Apart, so that what may fail with this stays small.
    details: Box<Details>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Details {
    /// The name of a field that the provider knows.
    field: Option<Box<str>>,
    /// What was expected, and what was found.
    instead: Option<(&'static str, &'static str)>,
    /// The line and the column.
    position: Option<(usize, usize)>,
}

/// What is wrong with an unreadable payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnreadableKind {
    /// There is nothing.
    Empty,
    /// Neither JSON nor a form, or not UTF-8.
    Malformed,
    /// More than [`MAX_FIELDS`](super::MAX_FIELDS) fields.
    TooManyFields,
    /// Nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// A known field is given more than once, with different values: whichever were taken, another reader might take the other.
    DuplicateField,
}

impl Unreadable {
    /// For a [`Provider`](crate::Provider) that can't read what it was given. `what` must say nothing of the payload's
    /// content; it is logged.
    #[must_use]
    #[cold]
    pub fn new(kind: UnreadableKind, what: &'static str) -> Self {
        Self {
            kind,
            what,
            details: Box::default(),
        }
    }

    /// A known field that is given more than once, by its name in the platform's documentation.
    #[cold]
    pub(crate) fn duplicate_field(name: &str) -> Self {
        let mut unreadable = Self::new(UnreadableKind::DuplicateField, "is given more than once")
            .expected("one value", "different ones");
        unreadable.details.field = Some(name.into());
        unreadable
    }

    #[cold]
    pub(super) fn expected(mut self, expected: &'static str, found: &'static str) -> Self {
        self.details.instead = Some((expected, found));
        self
    }

    /// With the place of a byte of the text as line and column, in characters from 1.
    #[cold]
    pub(super) fn at_byte(mut self, text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        let column = 1 + before.get(line_start..).unwrap_or_default().chars().count();
        self.details.position = Some((line, column));
        self
    }

    /// The same of a text with this before it.
    #[cold]
    pub(super) fn moved_behind(mut self, before: &str) -> Self {
        let start = Self::new(self.kind, self.what).at_byte(before, before.len());
        if let (Some(position), Some((line, column))) =
            (&mut self.details.position, start.details.position)
        {
            if position.0 == 1 {
                position.1 += column - 1;
            }
            position.0 += line - 1;
        }
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> UnreadableKind {
        self.kind
    }

    pub(crate) fn code(&self) -> &'static str {
        match self.kind {
            UnreadableKind::Empty => "empty",
            UnreadableKind::Malformed => "malformed",
            UnreadableKind::TooManyFields => "too_many_fields",
            UnreadableKind::TooDeep => "too_deep",
            UnreadableKind::DuplicateField => "duplicate_field",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.details.field {
            write!(f, "the field {name:?} ")?;
        }
        f.write_str(self.what)?;
        if let Some((expected, found)) = self.details.instead {
            write!(f, ": expected {expected}, found {found}")?;
        }
        match self.details.position {
            Some((line, column)) => write!(f, ", at line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

impl Error for Unreadable {}
