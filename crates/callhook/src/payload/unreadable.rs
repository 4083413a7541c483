//! Why a payload can't be read.

use std::error::Error;
use std::fmt;

/// A payload that can't be read at all. Its text says what was expected and where, and contains none of the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    kind: UnreadableKind,
    what: &'static str,
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
    /// A known field stands twice, with different values: whichever were taken, another reader might take the other.
    DuplicateField,
}

impl Unreadable {
    /// For a [`Provider`](crate::Provider) that can't read what it was given. `what` must say nothing of the payload's
    /// content; it is logged.
    #[must_use]
    pub fn new(kind: UnreadableKind, what: &'static str) -> Self {
        Self {
            kind,
            what,
            position: None,
        }
    }

    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        self.position = Some((line, column));
        self
    }

    pub(super) fn position(&self) -> Option<(usize, usize)> {
        self.position
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
        f.write_str(self.what)?;
        match self.position {
            Some((line, column)) => write!(f, ", at line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

impl Error for Unreadable {}
