//! Why a store could not answer.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

/// Why a [`SqlxStore`](crate::SqlxStore) or [`SqlxCalls`](crate::SqlxCalls) could not answer, or could not be set up.
///
/// Its text names the cause with the database's own code, such as `53100` or `13`, and repeats nothing that the
/// database says. That is in [`source`](Error::source): an error of sqlx about this crate's own statements. The store's
/// have keys, tokens and numbers as their values, and never a part of a message. The values of the
/// [calls](crate::calls) are messages' contents: where an application adds constraints to their tables, the database
/// may show a row that breaks one.
#[derive(Clone, Debug)]
pub struct SqlxStoreError {
    kind: SqlxStoreErrorKind,
    code: Option<Box<str>>,
    source: Option<Arc<sqlx::Error>>,
}

/// What kind of trouble a [`SqlxStoreError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlxStoreErrorKind {
    /// No connection, or one that broke: the database is away, stops or starts.
    Unreachable,
    /// Postgres has no database of this name: `3D000`.
    NoDatabase,
    /// SQLite can't open the file: `14`. Its directory is missing, say, or the file is and is not to be made, or the
    /// process may not open it.
    CantOpen,
    /// No connection became free within the store's limit: the pool's are all in use, or new ones can't be made.
    NoConnection,
    /// The database has not answered within the store's limit. It may carry out later what it was asked.
    Timeout,
    /// The database doesn't take the user's name or password, or the user may not do this.
    Denied,
    /// The tables are missing, or older than this release: [`migrate`](crate::SqlxStore::migrate) was not called.
    NotMigrated,
    /// The database, this transaction or the file is read-only.
    ReadOnly,
    /// The disk, or what the database may use of it, is full.
    Full,
    /// Somebody else holds a lock for too long: on this row in Postgres, on the file in SQLite.
    Locked,
    /// The transaction ran into another one's and has to be tried again from its beginning: `40001` or `40P01`. The
    /// store tries its own again.
    Conflict,
    /// The lease was released before its claim arrived. Nobody waits for this answer, unless a token is used again.
    GivenUp,
    /// So many messages, or contents of one, are being handled that this process holds no more claims. Only with
    /// [`claims_in_process`](crate::SqlxStore::claims_in_process).
    TooManyClaims,
    /// SQLite's journal is not a write-ahead log, and can't be made one: the database is in memory, say, or the pool's
    /// options set another journal.
    NotWal,
    /// A prefix or schema that is not a plain name: 1 to 40 of `a` to `z`, `0` to `9` and `_`, not beginning with a
    /// digit.
    InvalidName,
    /// Anything else that the database or sqlx refuses.
    Other,
}

impl SqlxStoreError {
    /// What kind of trouble it is.
    #[must_use]
    pub fn kind(&self) -> SqlxStoreErrorKind {
        self.kind
    }

    /// The database's own code: an SQLSTATE of Postgres, or an extended result code of SQLite in decimal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(crate) fn new(kind: SqlxStoreErrorKind) -> Self {
        Self {
            kind,
            code: None,
            source: None,
        }
    }

    pub(crate) fn of(kind: SqlxStoreErrorKind, source: sqlx::Error) -> Self {
        let code = source.as_database_error().and_then(|error| error.code());
        Self {
            kind,
            code: code.map(|code| code.into()),
            source: Some(Arc::new(source)),
        }
    }
}

impl fmt::Display for SqlxStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SqlxStoreErrorKind::Unreachable => "the database can't be reached",
            SqlxStoreErrorKind::NoDatabase => "the server has no database of this name",
            SqlxStoreErrorKind::CantOpen => {
                "the database's file can't be opened: does its directory exist, and may this process write there?"
            }
            SqlxStoreErrorKind::NoConnection => {
                "no connection to the database became free in time: all of the pool's are in use, or no new one can be made"
            }
            SqlxStoreErrorKind::Timeout => "the database has not answered in time",
            SqlxStoreErrorKind::Denied => {
                "the database rejected the user's name or password, or the user lacks a permission that the statement needs"
            }
            SqlxStoreErrorKind::NotMigrated => {
                "callhook's tables are missing or out of date in this database: call migrate() when the application starts"
            }
            SqlxStoreErrorKind::ReadOnly => "the database is read-only",
            SqlxStoreErrorKind::Full => "the database's disk is full",
            SqlxStoreErrorKind::Locked => "another connection holds a lock in the database for too long",
            SqlxStoreErrorKind::Conflict => {
                "the transaction conflicts with another one, and has to be tried again from its beginning"
            }
            SqlxStoreErrorKind::GivenUp => "the lease was given up before its claim arrived",
            SqlxStoreErrorKind::TooManyClaims => {
                "too many messages, or too many contents of this one, are being handled in this process"
            }
            SqlxStoreErrorKind::NotWal => {
                "SQLite's journal mode is not WAL and can't be changed to it: the store needs a database in a file, and a \
                 pool whose options set no other journal mode"
            }
            SqlxStoreErrorKind::InvalidName => {
                "not a plain name: expected 1 to 40 of a to z, 0 to 9 and _, not beginning with a digit"
            }
            SqlxStoreErrorKind::Other => "the database refused the statement",
        })?;
        match (&self.code, self.source.as_deref()) {
            (Some(code), _) => write!(f, " ({code})"),
            (None, Some(sqlx::Error::Io(error))) if is_telling(error.kind()) => {
                write!(f, ": {}", error.kind())
            }
            (None, _) => Ok(()),
        }
    }
}

/// Whether the kind says more than that there is an error.
fn is_telling(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::TimedOut
    )
}

impl Error for SqlxStoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
