//! Replay marks and calls in one database: what `CALLHOOK_DATABASE_URL` asks for.

use std::collections::HashSet;
use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use callhook::call::{Answers, Call, CallEvent};
use callhook::{Delivery, EndpointBuilder};
#[cfg(test)]
use callhook_sqlx::sqlx::Transaction;
use callhook_sqlx::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use callhook_sqlx::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use callhook_sqlx::sqlx::{Pool, Postgres, Sqlite};
use callhook_sqlx::{
    ChangeCursor, Changes, CommitError, SqlxCalls, SqlxStore, StoreDatabase, StoredCall,
};
use tokio::time::{MissedTickBehavior, interval};

/// Where a URL leads, before anything is connected.
#[derive(Clone)]
pub(crate) enum DatabaseUrl {
    Postgres(Box<PgConnectOptions>),
    Sqlite(Box<SqliteConnectOptions>),
}

impl DatabaseUrl {
    /// Reads a URL such as `sqlite:calls.db` or `postgres://localhost/calls`. The error doesn't repeat it: it may have a
    /// password.
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected a URL such as sqlite:calls.db or postgres://host/database";
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = url.parse().map_err(|_| EXPECTED)?;
            return Ok(Self::Postgres(Box::new(options)));
        }
        if url.starts_with("sqlite:") {
            let options: SqliteConnectOptions = url.parse().map_err(|_| EXPECTED)?;
            // One writer at a time: the others wait, and none of them for long.
            let options = options
                .create_if_missing(true)
                .busy_timeout(Duration::from_secs(30));
            return Ok(Self::Sqlite(Box::new(options)));
        }
        Err(EXPECTED)
    }

    /// Connects, makes the tables where they are missing, and starts to delete what is old.
    pub(crate) async fn open(self) -> Result<Database, DatabaseError> {
        Ok(match self {
            Self::Postgres(options) => {
                // Of their own, so that handlers who have all of theirs in use keep no claim waiting.
                let pool = PgPoolOptions::new().acquire_timeout(Duration::from_secs(5));
                let claims = pool.clone().max_connections(4);
                let claims = claims.connect_lazy_with((*options).clone());
                let handlers = pool.max_connections(8).connect_lazy_with(*options);
                let tables = Tables::open(claims, handlers, "BEGIN").await?;
                Database::Postgres(Arc::new(tables))
            }
            Self::Sqlite(options) => {
                let pool = SqlitePoolOptions::new().max_connections(8);
                let pool = pool.connect_lazy_with(*options);
                let tables = Tables::open(pool.clone(), pool, "BEGIN IMMEDIATE").await?;
                Database::Sqlite(Arc::new(tables))
            }
        })
    }
}

/// An open database.
#[derive(Clone, Debug)]
pub enum Database {
    /// At a server, which many processes may share.
    Postgres(Arc<Tables<Postgres>>),
    /// A file, which the processes of this machine may share.
    Sqlite(Arc<Tables<Sqlite>>),
}

impl Database {
    /// Has an endpoint's replay marks here.
    pub(crate) fn protect<E: 'static>(&self, builder: EndpointBuilder<E>) -> EndpointBuilder<E> {
        match self {
            Self::Postgres(tables) => builder.replay_store(tables.store.clone()),
            Self::Sqlite(tables) => builder.replay_store(tables.store.clone()),
        }
    }

    /// Joins a message to its call and marks it as handled, both or neither, and returns what its call answers now. `None`
    /// where another copy of the message has been handled meanwhile.
    pub(crate) async fn apply<E>(
        &self,
        delivery: &Delivery<E>,
    ) -> Result<Option<Arc<Answers>>, DatabaseError>
    where
        E: CallEvent + Send + Sync,
    {
        match self {
            Self::Postgres(tables) => tables.apply(delivery).await,
            Self::Sqlite(tables) => tables.apply(delivery).await,
        }
    }

    /// What is known of each call, the last to change first.
    pub(crate) async fn calls(&self, limit: NonZeroU32) -> Result<Vec<Answers>, DatabaseError> {
        let found = match self {
            Self::Postgres(tables) => tables.calls.latest(limit).await?,
            Self::Sqlite(tables) => tables.calls.latest(limit).await?,
        };
        Ok(found
            .calls
            .iter()
            .map(|found| found.call.answers())
            .collect())
    }
}

/// For the board, which asks again and again.
impl Database {
    /// The calls that changed last, and those that go on, so many of each at most.
    pub(crate) async fn shown_calls(
        &self,
        limit: NonZeroU32,
    ) -> Result<Vec<StoredCall>, DatabaseError> {
        let (latest, open) = match self {
            Self::Postgres(tables) => {
                let latest = tables.calls.latest(limit).await?;
                (latest, tables.calls.open(limit).await?)
            }
            Self::Sqlite(tables) => {
                let latest = tables.calls.latest(limit).await?;
                (latest, tables.calls.open(limit).await?)
            }
        };
        let mut calls = latest.calls;
        let known: HashSet<i64> = calls.iter().map(|call| call.key).collect();
        let open = open.calls.into_iter();
        calls.extend(open.filter(|call| !known.contains(&call.key)));
        Ok(calls)
    }

    /// The calls that changed after a cursor, so many at most.
    pub(crate) async fn changed_since(
        &self,
        cursor: ChangeCursor,
        limit: NonZeroU32,
    ) -> Result<Changes, DatabaseError> {
        Ok(match self {
            Self::Postgres(tables) => tables.calls.changed_since(cursor, limit).await?,
            Self::Sqlite(tables) => tables.calls.changed_since(cursor, limit).await?,
        })
    }
}

/// The tables of a database.
#[derive(Debug)]
pub struct Tables<DB: StoreDatabase> {
    pool: Pool<DB>,
    begin: &'static str,
    store: SqlxStore<DB>,
    calls: SqlxCalls<DB>,
}

#[cfg(test)]
impl<DB: StoreDatabase> Tables<DB> {
    pub(crate) fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    pub(crate) fn calls(&self) -> &SqlxCalls<DB> {
        &self.calls
    }

    pub(crate) async fn begin(&self) -> Transaction<'static, DB> {
        let transaction = self.pool.begin_with(self.begin).await;
        transaction.expect("a transaction")
    }
}

impl<DB: StoreDatabase> Tables<DB> {
    async fn open(
        claims: Pool<DB>,
        pool: Pool<DB>,
        begin: &'static str,
    ) -> Result<Self, DatabaseError> {
        let store = SqlxStore::new(claims);
        store.migrate().await?;
        let calls = SqlxCalls::new(pool.clone());
        tokio::spawn(prune(store.clone(), calls.clone()));
        Ok(Self {
            pool,
            begin,
            store,
            calls,
        })
    }

    async fn apply<E>(&self, delivery: &Delivery<E>) -> Result<Option<Arc<Answers>>, DatabaseError>
    where
        E: CallEvent + Send + Sync,
    {
        let mut transaction = self.pool.begin_with(self.begin).await?;
        let update = self.calls.apply(&mut transaction, delivery).await?;
        match self.store.commit_in(&mut transaction, delivery).await {
            Ok(_) => {}
            // Dropped, the transaction is rolled back.
            Err(CommitError::Handled { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        transaction.commit().await?;
        let answers = update.map(|update| update.answers);
        // Of no call, it answers for itself.
        Ok(Some(
            answers.unwrap_or_else(|| Arc::new(Call::of(delivery).answers())),
        ))
    }
}

/// Deletes marks whose window is over, and calls that nobody looks at any more.
async fn prune<DB: StoreDatabase>(store: SqlxStore<DB>, calls: SqlxCalls<DB>) {
    let _marks = store.prune_every(PRUNED_EVERY, BATCH);
    let mut ticks = interval(PRUNED_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What fails now is tried again in an hour.
        while let Ok(count) = calls.prune(KEPT_FOR, BATCH).await {
            if count < u64::from(BATCH.get()) {
                break;
            }
        }
    }
}

const PRUNED_EVERY: Duration = Duration::from_secs(60 * 60);

const BATCH: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// A board and its users look at the last days. An application that bills by calls keeps them for longer.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why the database could not do it. The text of these errors has nothing of a message in it.
pub type DatabaseError = Box<dyn Error + Send + Sync>;
