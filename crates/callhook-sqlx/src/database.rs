//! The two databases, as the rest of the crate sees them.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Database, Pool, SqlStr};

use crate::ask::Ask;
use crate::calls::backend::CallBackend;
use crate::names::Names;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// The databases that a [`SqlxStore`](crate::SqlxStore) and [`SqlxCalls`](crate::SqlxCalls) can be in: `sqlx::Postgres`
/// with the feature `postgres`, and `sqlx::Sqlite` with the feature `sqlite`.
///
/// Nothing else can implement it.
pub trait StoreDatabase: Backend + CallBackend {}

/// What differs between them. Not nameable outside the crate.
pub trait Backend: Database + Sized {
    /// Each migration's text, by its version from 1 on.
    const MIGRATIONS: &'static [&'static str];
    /// The statements' texts.
    const TEXTS: Texts<&'static str>;

    /// The store's connections, of the application's pool.
    fn connections(pool: &Pool<Self>, timeout: Duration) -> Connections<Self>;

    /// Whether a lock that is waited for is one on the row of a content, and not on all of the database.
    const LOCKS_ROWS: bool;

    /// What kind of trouble an error of the database is.
    fn kind(code: &str, message: &str) -> SqlxStoreErrorKind;

    /// Asks for the lease.
    fn claim<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a Texts,
        ask: &'a Ask,
    ) -> impl Future<Output = Result<Found, sqlx::Error>> + Send + 'a;

    /// Whether one statement can ask about several contents.
    const ASKS_TOGETHER: bool;

    /// Asks for leases, no two of one message, and returns in their order what it has found, or None where a content is
    /// not new and has to be asked for alone.
    fn claim_new<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a Texts,
        asks: &'a [Ask],
    ) -> impl Future<Output = Result<Vec<Option<Found>>, sqlx::Error>> + Send + 'a;

    /// Reads in their order whether contents are handled, and whether other contents of their messages are.
    fn marks_all<'a>(
        connection: &'a mut Self::Connection,
        texts: &'a Texts,
        asks: &'a [Ask],
    ) -> impl Future<Output = Result<Vec<(bool, bool)>, sqlx::Error>> + Send + 'a;

    /// Runs a statement with these values, and returns how many rows it has affected.
    fn execute<'a>(
        connection: &'a mut Self::Connection,
        text: &'a SqlStr,
        values: &'a [Value<'a>],
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send + 'a;

    /// Runs a query with these values, and returns its row's booleans, if there is a row.
    fn booleans<'a, const N: usize>(
        connection: &'a mut Self::Connection,
        text: &'a SqlStr,
        values: &'a [Value<'a>],
    ) -> impl Future<Output = Result<Option<[bool; N]>, sqlx::Error>> + Send + 'a;

    /// Runs several statements without values.
    fn script<'a>(
        connection: &'a mut Self::Connection,
        text: &'a SqlStr,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send + 'a;

    /// Brings the tables up to this release's version.
    fn migrate<'a>(
        pool: &'a Pool<Self>,
        connections: &'a Connections<Self>,
        names: &'a Names,
    ) -> impl Future<Output = Result<(), SqlxStoreError>> + Send + 'a;
}

/// Where the store takes its connections from.
#[derive(Clone, Debug)]
pub struct Connections<DB: Database> {
    /// For what may be lost in a power cut: claims and releases.
    pub(crate) quick: Pool<DB>,
    /// For marks.
    pub(crate) durable: Pool<DB>,
    /// How long a statement waits for a lock that somebody has.
    pub(crate) lock_timeout: Duration,
}

/// A value that a statement takes.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Bytes(&'a [u8]),
    Number(i64),
}

/// The statements.
#[derive(Clone, Debug)]
pub struct Texts<T = SqlStr> {
    /// What a claim reads before it writes, where it reads in a statement of its own.
    pub(crate) look: T,
    pub(crate) claim: T,
    pub(crate) claim_new: T,
    pub(crate) mark: T,
    pub(crate) commit: T,
    pub(crate) whose: T,
    pub(crate) release: T,
    pub(crate) marks: T,
    pub(crate) marks_all: T,
    pub(crate) prune: T,
    pub(crate) forget: T,
}

impl Texts {
    pub(crate) fn new<DB: Backend>(names: &Names, lock_timeout: Duration) -> Arc<Self> {
        let named = |text| names.statement(text, lock_timeout);
        let texts = DB::TEXTS;
        Arc::new(Self {
            look: named(texts.look),
            claim: named(texts.claim),
            claim_new: named(texts.claim_new),
            mark: named(texts.mark),
            commit: named(texts.commit),
            whose: named(texts.whose),
            release: named(texts.release),
            marks: named(texts.marks),
            marks_all: named(texts.marks_all),
            prune: named(texts.prune),
            forget: named(texts.forget),
        })
    }
}

/// The row of a content, as a claim leaves it.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub(crate) state: State,
    /// Whether the row has the claim's own token.
    pub(crate) is_own: bool,
    /// Until the lease or the window ends.
    pub(crate) left: Duration,
    /// Whether another content of the message is held or handled.
    pub(crate) has_others: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Held,
    Released,
    Handled,
}

impl Found {
    pub(crate) fn new(
        state: i64,
        is_own: bool,
        left_ms: i64,
        has_others: bool,
    ) -> Result<Self, sqlx::Error> {
        let state = match state {
            0 => State::Held,
            1 => State::Released,
            2 => State::Handled,
            other => {
                let error = format!("a state of 0, 1 or 2 was expected, and {other} was found");
                return Err(sqlx::Error::Decode(error.into()));
            }
        };
        let left_ms = u64::try_from(left_ms).unwrap_or_default().max(1);
        Ok(Self {
            state,
            is_own,
            left: Duration::from_millis(left_ms),
            has_others,
        })
    }
}

/// What the database has refused, or sqlx.
pub(crate) fn trouble<DB: Backend>(error: sqlx::Error) -> SqlxStoreError {
    SqlxStoreError::of(kind::<DB>(&error), error)
}

/// What kind of trouble an error of sqlx is.
pub(crate) fn kind<DB: Backend>(error: &sqlx::Error) -> SqlxStoreErrorKind {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            DB::kind(&code, error.message())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => SqlxStoreErrorKind::Unreachable,
        sqlx::Error::PoolTimedOut => SqlxStoreErrorKind::NoConnection,
        // A connection that closed between two messages of the protocol.
        sqlx::Error::Protocol(_) => SqlxStoreErrorKind::Unreachable,
        _ => SqlxStoreErrorKind::Other,
    }
}
