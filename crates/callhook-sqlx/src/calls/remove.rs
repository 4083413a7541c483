//! Removing calls: old ones, and one that somebody has a right to have erased.

use std::num::NonZeroU32;
use std::time::Duration;

use sqlx::Transaction;

use super::columns::age;
use super::{CallsError, SqlxCalls};
use crate::database::{StoreDatabase, Value, trouble};
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// How often a call is looked for again that became a part of another meanwhile.
const ATTEMPTS: usize = 100;

impl<DB: StoreDatabase> SqlxCalls<DB> {
    /// Deletes calls that have not changed for so long, over or not, up to so many, and returns how many. Call it again
    /// while it returns the whole batch.
    ///
    /// Nothing else deletes. A message that comes for a call which is gone makes a new one, so keep calls for as long
    /// as their messages come: a record can be sent again a day later. In Postgres calls that somebody is writing to
    /// are left for the next time.
    ///
    /// # Errors
    ///
    /// When the database can't do it.
    pub async fn prune(&self, older_than: Duration, batch: NonZeroU32) -> Result<u64, CallsError> {
        let values = [
            Value::Number(age(older_than)),
            Value::Number(batch.get().into()),
        ];
        let mut connection = self.pool().acquire().await.map_err(trouble::<DB>)?;
        let pruned = DB::execute(&mut connection, &self.texts().prune, &values).await;
        Ok(pruned.map_err(trouble::<DB>)?)
    }

    /// Deletes a call with all that is known of it, whether this is its key or that of a call which became a part of
    /// it. Returns whether there was one. A message of it that comes later makes a new one.
    ///
    /// # Errors
    ///
    /// When the database can't do it.
    pub async fn erase(&self, key: i64) -> Result<bool, CallsError> {
        let mut connection = self.pool().acquire().await.map_err(trouble::<DB>)?;
        Ok(self.erase_on(&mut connection, key).await?.is_some())
    }

    /// As [`erase`](Self::erase), in the transaction in which the application deletes its own rows. Returns the key of
    /// the call that was deleted, which is that of the application's rows: `key`, or that of the call which has taken
    /// it in.
    ///
    /// Call it first, then delete your rows: [`apply`](Self::apply) comes before the application's rows too, and a
    /// transaction that locks the two in another order can deadlock with one that applies a message.
    ///
    /// ```no_run
    /// use callhook_sqlx::sqlx::{self, PgPool, Postgres};
    /// use callhook_sqlx::SqlxCalls;
    ///
    /// async fn erase(
    ///     pool: &PgPool,
    ///     calls: &SqlxCalls<Postgres>,
    ///     key: i64,
    /// ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    ///     let mut tx = pool.begin().await?; // In SQLite: begin_with("BEGIN IMMEDIATE").
    ///     if let Some(key) = calls.erase_in(&mut tx, key).await? {
    ///         sqlx::query("delete from crm_calls where call = $1")
    ///             .bind(key)
    ///             .execute(&mut *tx)
    ///             .await?;
    ///     }
    ///     Ok(tx.commit().await?)
    /// }
    /// # let _ = erase;
    /// ```
    ///
    /// # Errors
    ///
    /// As with [`erase`](Self::erase). In Postgres at `REPEATABLE READ` and `SERIALIZABLE` also a
    /// [conflict](CallsError::is_conflict).
    pub async fn erase_in(
        &self,
        transaction: &mut Transaction<'_, DB>,
        key: i64,
    ) -> Result<Option<i64>, CallsError> {
        self.erase_on(transaction, key).await
    }

    async fn erase_on(
        &self,
        connection: &mut DB::Connection,
        key: i64,
    ) -> Result<Option<i64>, CallsError> {
        let (erase, resolve) = (&self.texts().erase, &self.texts().resolve);
        for _ in 0..ATTEMPTS {
            let erased = DB::key(connection, erase, key).await;
            if let Some(erased) = erased.map_err(trouble::<DB>)? {
                return Ok(Some(erased));
            }
            // It may have become a part of another while this waited for its row.
            let resolved = DB::key(connection, resolve, key).await;
            if resolved.map_err(trouble::<DB>)?.is_none() {
                return Ok(None);
            }
        }
        Err(SqlxStoreError::new(SqlxStoreErrorKind::Conflict).into())
    }
}
