//! One call from all of its messages, in the application's database.
//!
//! The platforms report a call in about a dozen messages, in any order, some twice, to any of the application's
//! processes. [`SqlxCalls`] keeps calls in two tables beside the application's own: each message is joined to its call
//! in the transaction that writes its other effects, so that a call is what its messages were, whatever crashes. What a
//! call is, which messages belong to it and what it answers is [`callhook::call`]'s.
//!
//! # A CRM's tables next to ours
//!
//! ```no_run
//! use callhook_sqlx::sqlx::{self, PgPool, Postgres};
//! use callhook_sqlx::{CommitError, SqlxCalls, SqlxStore};
//! use callhook_tower::Webhook;
//! use callhook_tower::telecmi::Event;
//!
//! type BoxError = Box<dyn std::error::Error + Send + Sync>;
//!
//! struct App {
//!     pool: PgPool,
//!     store: SqlxStore<Postgres>,
//!     calls: SqlxCalls<Postgres>, // `store.calls()`
//! }
//!
//! /// Ok: answer 204. An error: answer 500, and the sender tries again.
//! async fn on_message(app: &App, message: &Webhook<Event>) -> Result<(), BoxError> {
//!     let mut tx = app.pool.begin().await?; // In SQLite: begin_with("BEGIN IMMEDIATE").
//!     if let Some(update) = app.calls.apply(&mut tx, message).await? {
//!         // Calls that turned out to be parts of this one: what points to them is this one's, and their rows go.
//!         sqlx::query("update crm_notes set call = $1 where call = any($2)")
//!             .bind(update.key)
//!             .bind(&update.absorbed)
//!             .execute(&mut *tx)
//!             .await?;
//!         sqlx::query("delete from crm_calls where call = any($1)")
//!             .bind(&update.absorbed)
//!             .execute(&mut *tx)
//!             .await?;
//!         if update.has_changed {
//!             let call = &update.answers;
//!             sqlx::query(
//!                 "insert into crm_calls (call, customer, outcome, seconds) values ($1, $2, $3, $4) on conflict (call) \
//!                  do update set customer = excluded.customer, outcome = excluded.outcome, seconds = excluded.seconds",
//!             )
//!             .bind(update.key)
//!             .bind(call.customer.as_ref().map(|number| number.as_str()))
//!             .bind(call.outcome.as_ref().map(|outcome| outcome.as_str()))
//!             .bind(call.talk_seconds.and_then(|seconds| i64::try_from(seconds.get()).ok()))
//!             .execute(&mut *tx)
//!             .await?;
//!         }
//!         if update.is_now_over { /* once for each call: "call back", "send a survey" */ }
//!     }
//!     match app.store.commit_in(&mut tx, message).await {
//!         Ok(_) => Ok(tx.commit().await?),
//!         // Done before: what this transaction has written is rolled back as it is dropped.
//!         Err(CommitError::Handled { .. }) => Ok(()),
//!         Err(error) => Err(error.into()),
//!     }
//! }
//! # let _ = on_message;
//! ```
//!
//! 1. **The key** ([`CallUpdate::key`]) is what your rows point to: a `bigint`, which no other call ever gets. Make it
//!    your table's primary key, and write with `on conflict .. do update`, because a call changes with most of its
//!    messages.
//! 2. **Absorbed keys.** A call can begin as two, until a message has an id of both. The older key stays. Change what
//!    points to the [absorbed](CallUpdate::absorbed) ones in the same transaction, as above; later
//!    [`resolve`](SqlxCalls::resolve) tells where an absorbed key leads. Let no foreign key point to `callhook_calls`:
//!    it would keep calls from becoming one, and from being pruned.
//! 3. **Your rows of a call are safe from deadlocks** with each other in such a transaction: no other one is at the
//!    same call until it is committed. Apply the message first, then write yours, then `commit_in`.
//! 4. **What is outside of the database**, such as a message to a customer, is not undone with the transaction. Write a
//!    row that says what is to be done, and do it after the commit.
//!
//! # Rules
//!
//! 1. **Join once in a transaction**, with one message, or with several by [`apply_all`](SqlxCalls::apply_all).
//!    Messages of one call wait for each other until the transaction ends; those of different calls don't.
//! 2. **In Postgres at `READ COMMITTED`** no transaction fails because of another. At `REPEATABLE READ` and
//!    `SERIALIZABLE` those that meet fail with a [conflict](CallsError::is_conflict), at any statement or at the
//!    commit: run them again from their beginning. Advisory locks keep two first messages of a call from making two
//!    calls, and tell readers of changes which transactions still write. Let your own advisory locks keep out of both
//!    ranges of numbers: those of ids are below zero, and the shared one that says since when a transaction writes is
//!    `25448 << 48 | milliseconds since 1970`, so from 7 162 975 207 332 773 888 to 7 163 256 682 309 484 543.
//! 3. **In SQLite** begin with `BEGIN IMMEDIATE`, and give the pool a `busy_timeout` for as long as writers may queue:
//!    30 seconds under load. Where it runs out the error is [`Locked`](crate::SqlxStoreErrorKind::Locked).
//! 4. **After an error** of `apply` nothing of the message is in the transaction. The transaction can go on after
//!    [`Unreadable`](CallsError::Unreadable) and [`OtherScope`](CallsError::OtherScope); after an error of the database
//!    roll back, and so after a call of `apply` that was dropped before its end, as by a timeout.
//! 5. A call has [256 ids](callhook::call::Call::MAX_IDS) that lead to it at most, and 256 absorbed keys, the last
//!    ones.
//! 6. **Stored calls are never overwritten**, and what a later version of this crate has stored in them is kept and
//!    written back. What can't be read is an [error](CallsError::Unreadable) with the call's key, and stays as it is.
//! 7. An id that comes again while its call is kept is the same call. [`prune`](SqlxCalls::prune) what is older than
//!    your messages can be late; nothing else deletes.
//! 8. **To make calls again** from stored events, join [`Call::of_summary`](callhook::call::Call::of_summary) of each,
//!    in any order, a hundred in a transaction: they are the same calls, with other keys.
//! 9. They hold phone numbers and names. [`erase`](SqlxCalls::erase) forgets one call,
//!    [`erase_in`](SqlxCalls::erase_in) in the transaction that deletes your own rows of it.
//!
//! # The tables
//!
//! `callhook_calls` has a row for each call: `id` is the key, `call` all that its messages tell as JSON
//! ([`Call::to_json`](callhook::call::Call::to_json)), `changed_at` when it last changed. `direction`, `outcome`,
//! `customer`, `agent` (who answered), `started_at` (milliseconds since 1970) and `is_over` are what it answered then,
//! for your own queries; with another version of this crate a call may answer more. `callhook_call_ids` leads from ids
//! to calls, and `callhook_call_keys` from absorbed keys. [`migrate`](SqlxCalls::migrate) makes them, as
//! [`SqlxStore::migrate`](crate::SqlxStore::migrate) does; [`statements`](crate::statements) has their text and all
//! statements, with their order for whoever uses another library than sqlx.

mod apply;
pub(crate) mod backend;
mod columns;
pub(crate) mod cursor;
mod error;
#[cfg(feature = "postgres")]
pub(crate) mod lock;
mod read;
mod remove;
mod update;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Pool;

use self::backend::CallTexts;
pub use self::cursor::{ChangeCursor, InvalidCursor};
pub use self::error::CallsError;
pub use self::read::{Changes, StoredCall, StoredCalls};
pub use self::update::CallUpdate;
use crate::database::StoreDatabase;
use crate::names::Names;
use crate::{SqlxStore, SqlxStoreError};

/// The calls in a database, `sqlx::Postgres` or `sqlx::Sqlite`. Cheap to clone.
///
/// The [module](self) has an example and the rules.
pub struct SqlxCalls<DB: StoreDatabase> {
    pool: Pool<DB>,
    names: Names,
    texts: Arc<CallTexts>,
}

impl<DB: StoreDatabase> SqlxCalls<DB> {
    /// The calls in the pool's database. Reading, pruning and erasing take their connections from this pool;
    /// [`apply`](Self::apply) is done in a transaction of the application's, of this pool or another of the same
    /// database.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self::with_names(pool, Names::default())
    }

    fn with_names(pool: Pool<DB>, names: Names) -> Self {
        Self {
            pool,
            texts: CallTexts::new::<DB>(&names),
            names,
        }
    }

    /// Begins the names of all tables with this, and an underscore. `callhook` by default, as for
    /// [`SqlxStore::prefix`], which has to be the same where the store's `migrate` is to make the tables.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 40 of `a` to `z`, `0` to `9` and `_`, or begins with a digit.
    pub fn prefix(self, prefix: &str) -> Result<Self, SqlxStoreError> {
        Ok(Self::with_names(self.pool, self.names.prefix(prefix)?))
    }

    /// Makes the tables, those of the store too, or brings them up to this release's version: as
    /// [`SqlxStore::migrate`], which does the same.
    ///
    /// # Errors
    ///
    /// When the database can't be reached or refuses; in SQLite also when the journal can't be a write-ahead log.
    pub async fn migrate(&self) -> Result<(), SqlxStoreError> {
        let connections = DB::connections(&self.pool, MIGRATION_TIMEOUT);
        DB::migrate(&self.pool, &connections, &self.names).await
    }

    fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    fn texts(&self) -> &CallTexts {
        &self.texts
    }
}

/// How long a SQLite connection waits for the writer's lock: half of it.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(feature = "postgres")]
impl SqlxCalls<sqlx::Postgres> {
    /// Has the tables in this schema, which has to exist, instead of the first one of the connection's `search_path`.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 40 of `a` to `z`, `0` to `9` and `_`, or begins with a digit.
    #[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
    pub fn schema(self, schema: &str) -> Result<Self, SqlxStoreError> {
        Ok(Self::with_names(self.pool, self.names.schema(schema)?))
    }
}

impl<DB: StoreDatabase> SqlxStore<DB> {
    /// The calls beside this store's marks: in the same pool's database, with the same names.
    #[must_use]
    pub fn calls(&self) -> SqlxCalls<DB> {
        SqlxCalls::with_names(self.pool().clone(), self.names().clone())
    }
}

impl<DB: StoreDatabase> Clone for SqlxCalls<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            names: self.names.clone(),
            texts: Arc::clone(&self.texts),
        }
    }
}

impl<DB: StoreDatabase> fmt::Debug for SqlxCalls<DB> {
    /// Without the database's address, which may come with a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlxCalls")
            .field("database", &DB::NAME)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
