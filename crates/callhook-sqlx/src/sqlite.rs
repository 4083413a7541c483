//! SQLite: the embedded store that survives a restart.
//!
//! 1. The store has connections of its own to the pool's file: some that don't wait for the disk, for claims and
//!    releases, and one that does, for marks. A power cut may take the former with it, and never the latter.
//! 2. They wait for the file's lock for less time than the store has, so that no claim is granted after its caller has
//!    gone.
//! 3. A claim reads before it writes: a copy of what is handled needs no writer.

mod calls;

use std::time::Duration;

use sqlx::sqlite::{SqliteRow, SqliteSynchronous};
use sqlx::{Row, SqlStr, Sqlite, SqliteConnection, SqlitePool};

use crate::ask::Ask;
use crate::database::{Backend, Connections, Found, StoreDatabase, Texts, Value, trouble};
use crate::migrate::Versions;
use crate::names::Names;
use crate::statements::sqlite as statements;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// One that waits for the writer's lock leaves others for those that only read.
const QUICK_CONNECTIONS: u32 = 4;

impl StoreDatabase for Sqlite {}

impl Backend for Sqlite {
    const MIGRATIONS: &'static [&'static str] = &[statements::TABLE, statements::CALL_TABLES];
    const LOCKS_ROWS: bool = false;
    // It has no arrays, and no round trips to save.
    const ASKS_TOGETHER: bool = false;

    const TEXTS: Texts<&'static str> = Texts {
        look: statements::LOOK,
        claim: statements::CLAIM,
        claim_new: "",
        mark: statements::MARK,
        commit: statements::MARK,
        whose: statements::WHOSE,
        release: statements::RELEASE,
        marks: statements::MARKS,
        marks_all: "",
        prune: statements::PRUNE,
        forget: statements::FORGET,
    };

    fn connections(pool: &SqlitePool, timeout: Duration) -> Connections<Self> {
        let lock_timeout = timeout / 2;
        let own = |count, synchronous| {
            let options = SqlitePool::clone(pool).connect_options();
            let options = (*options).clone().busy_timeout(lock_timeout);
            let pool = pool.options().clone();
            // No connection of a file breaks by itself.
            let pool = pool.min_connections(0).max_connections(count);
            pool.test_before_acquire(false)
                .connect_lazy_with(options.synchronous(synchronous))
        };
        Connections {
            quick: own(QUICK_CONNECTIONS, SqliteSynchronous::Normal),
            durable: own(1, SqliteSynchronous::Full),
            lock_timeout,
        }
    }

    fn kind(code: &str, message: &str) -> SqlxStoreErrorKind {
        let code: u32 = code.parse().unwrap_or_default();
        // The low byte is the primary result code.
        match code & 0xff {
            // SQLITE_ERROR has no finer code for it.
            1 if message.starts_with("no such table") || message.starts_with("no such column") => {
                SqlxStoreErrorKind::NotMigrated
            }
            3 | 23 => SqlxStoreErrorKind::Denied,
            5 | 6 => SqlxStoreErrorKind::Locked,
            8 => SqlxStoreErrorKind::ReadOnly,
            13 => SqlxStoreErrorKind::Full,
            // SQLITE_CANTOPEN
            14 => SqlxStoreErrorKind::CantOpen,
            // SQLITE_IOERR, SQLITE_NOTADB
            10 | 26 => SqlxStoreErrorKind::Unreachable,
            _ => SqlxStoreErrorKind::Other,
        }
    }

    async fn claim(
        connection: &mut SqliteConnection,
        texts: &Texts,
        ask: &Ask,
    ) -> Result<Found, sqlx::Error> {
        let seen = sqlx::query(texts.look.clone())
            .bind(&ask.message[..])
            .bind(&ask.content[..])
            .bind(&ask.token[..])
            .fetch_one(&mut *connection)
            .await?;
        let has_others = seen.try_get(3)?;
        if let Some(state) = seen.try_get(0)? {
            return Found::new(state, seen.try_get(1)?, seen.try_get(2)?, has_others);
        }
        let row = sqlx::query(texts.claim.clone())
            .bind(&ask.message[..])
            .bind(&ask.content[..])
            .bind(&ask.token[..])
            .bind(ask.duration)
            .fetch_one(connection)
            .await?;
        Found::new(
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            has_others,
        )
    }

    // This and `marks_all` are never called, since `ASKS_TOGETHER` is false. What is generic over the databases needs
    // them all the same, so they ask one after the other, which is right too.
    async fn claim_new(
        connection: &mut SqliteConnection,
        texts: &Texts,
        asks: &[Ask],
    ) -> Result<Vec<Option<Found>>, sqlx::Error> {
        let mut found = Vec::with_capacity(asks.len());
        for ask in asks {
            found.push(Some(Self::claim(connection, texts, ask).await?));
        }
        Ok(found)
    }

    async fn marks_all(
        connection: &mut SqliteConnection,
        texts: &Texts,
        asks: &[Ask],
    ) -> Result<Vec<(bool, bool)>, sqlx::Error> {
        let mut marks = Vec::with_capacity(asks.len());
        for ask in asks {
            let values = [Value::Bytes(&ask.message), Value::Bytes(&ask.content)];
            let row = Self::booleans(connection, &texts.marks, &values).await?;
            let [is_handled, has_others] = row.ok_or(sqlx::Error::RowNotFound)?;
            marks.push((is_handled, has_others));
        }
        Ok(marks)
    }

    async fn execute(
        connection: &mut SqliteConnection,
        text: &SqlStr,
        values: &[Value<'_>],
    ) -> Result<u64, sqlx::Error> {
        let done = query(text, values).execute(connection).await?;
        Ok(done.rows_affected())
    }

    async fn booleans<const N: usize>(
        connection: &mut SqliteConnection,
        text: &SqlStr,
        values: &[Value<'_>],
    ) -> Result<Option<[bool; N]>, sqlx::Error> {
        let row: Option<SqliteRow> = query(text, values).fetch_optional(connection).await?;
        let Some(row) = row else { return Ok(None) };
        let mut booleans = [false; N];
        for (column, boolean) in booleans.iter_mut().enumerate() {
            *boolean = row.try_get(column)?;
        }
        Ok(Some(booleans))
    }

    async fn script(connection: &mut SqliteConnection, text: &SqlStr) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(text.clone()).execute(connection).await?;
        Ok(())
    }

    async fn migrate(
        pool: &SqlitePool,
        connections: &Connections<Self>,
        names: &Names,
    ) -> Result<(), SqlxStoreError> {
        let error = trouble::<Self>;
        let mut connection = connections.durable.acquire().await.map_err(error)?;
        if !is_wal("pragma journal_mode = wal", &mut connection).await? {
            return Err(SqlxStoreError::new(SqlxStoreErrorKind::NotWal));
        }
        let versions = Versions::new::<Self>(names, statements::VERSIONS);
        if !versions.are_up_to_date::<Self>(&mut connection).await? {
            let transaction =
                sqlx::Connection::begin_with(&mut *connection, "begin immediate").await;
            let mut transaction = transaction.map_err(error)?;
            versions.apply::<Self>(&mut transaction).await?;
            transaction.commit().await.map_err(error)?;
        }
        drop(connection);
        // Each connection of a pool whose options set another journal mode would set it again.
        let mut connection = match pool.acquire().await.map_err(error) {
            // It has tried to, beside the store's connection.
            Err(error) if error.kind() == SqlxStoreErrorKind::Locked => {
                return Err(SqlxStoreError::new(SqlxStoreErrorKind::NotWal));
            }
            connection => connection?,
        };
        if !is_wal("pragma journal_mode", &mut connection).await? {
            return Err(SqlxStoreError::new(SqlxStoreErrorKind::NotWal));
        }
        Ok(())
    }
}

async fn is_wal(
    pragma: &'static str,
    connection: &mut SqliteConnection,
) -> Result<bool, SqlxStoreError> {
    let mode = sqlx::query_scalar::<_, String>(pragma).fetch_one(connection);
    let mode = mode.await.map_err(trouble::<Sqlite>)?;
    Ok(mode.eq_ignore_ascii_case("wal"))
}

fn query<'q>(
    text: &SqlStr,
    values: &'q [Value<'q>],
) -> sqlx::query::Query<'q, Sqlite, sqlx::sqlite::SqliteArguments> {
    let mut query = sqlx::query(text.clone());
    for value in values {
        query = match *value {
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Number(number) => query.bind(number),
        };
    }
    query
}
