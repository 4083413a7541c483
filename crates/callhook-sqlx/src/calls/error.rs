//! Why a call was not kept or read: [`CallsError`].

use std::error::Error;
use std::fmt;

use callhook::call::StoredCallError;

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
    Unreadable {
        /// The call's key.
        key: i64,
        /// What is wrong with it. `None` where it is a call of another provider or tenant than its row's.
        source: Option<StoredCallError>,
    },
}

impl CallsError {
    /// Whether the transaction ran into another one's, so that the application has to roll back and run it again from its
    /// beginning: `40001` and `40P01` of Postgres.
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
            Self::Unreadable {
                key,
                source: Some(error),
            } => write!(
                f,
                "the stored call with the key {key} can't be read: {error}"
            ),
            Self::Unreadable { key, source: None } => write!(
                f,
                "the stored call with the key {key} is of another provider or tenant than the scope of its row"
            ),
        }
    }
}

impl Error for CallsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(error) => error.source(),
            Self::Unreadable { source, .. } => match source {
                Some(error) => Some(error),
                None => None,
            },
        }
    }
}
