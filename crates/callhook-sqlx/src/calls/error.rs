//! Why a call was not kept or read: [`CallsError`].

use std::error::Error;
use std::fmt;

use callhook::call::StoredCallError;

use super::InvalidCursor;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// Why a call was not kept, or not read. Nothing of what was asked is in the transaction then.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallsError {
    /// The database could not do it: its [kind](SqlxStoreError::kind) says why. Roll back; after a
    /// [conflict](Self::is_conflict) run the transaction again from its beginning, after any other answer 5xx, so that
    /// the sender tries again.
    Database(SqlxStoreError),
    /// What is stored for this call can't be read: a later version of this crate has written it, or somebody else. It
    /// stays as it is.
    #[non_exhaustive]
    Unreadable {
        /// The call's key.
        key: i64,
        /// What is wrong with it.
        source: StoredCallError,
    },
    /// An id of the message leads to a call of another provider or tenant, so somebody else has written one of the two.
    /// The call stays as it is.
    #[non_exhaustive]
    OtherScope {
        /// The call's key.
        key: i64,
    },
    /// The cursor is one of another kind of database.
    Cursor(InvalidCursor),
}

impl CallsError {
    /// Whether the transaction ran into another one's, so that the application has to roll back and run it again from
    /// its beginning: `40001` and `40P01` of Postgres.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Database(error) if error.kind() == SqlxStoreErrorKind::Conflict)
    }
}

impl From<SqlxStoreError> for CallsError {
    fn from(error: SqlxStoreError) -> Self {
        Self::Database(error)
    }
}

impl fmt::Display for CallsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Unreadable { key, source } => write!(
                f,
                "the stored call with the key {key} can't be read: {source}"
            ),
            Self::OtherScope { key } => write!(
                f,
                "an id of the message leads to the stored call with the key {key}, which is of another provider or tenant \
                 than the message"
            ),
            Self::Cursor(error) => error.fmt(f),
        }
    }
}

impl Error for CallsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(error) => error.source(),
            Self::Unreadable { source, .. } => Some(source),
            Self::OtherScope { .. } | Self::Cursor(_) => None,
        }
    }
}
