//! Reading calls, and what changed.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use callhook::call::{Call, CallSummary};
use sqlx::SqlStr;

use super::backend::{Asked, Found, Id};
use super::columns::age;
use super::cursor::ChangeCursor;
use super::{CallsError, SqlxCalls, columns};
use crate::database::{StoreDatabase, trouble};

/// A call as the database has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredCall {
    /// Its key.
    pub key: i64,
    /// The call.
    pub call: Call,
    /// When it last changed by a message that was news, by the database's clock.
    pub changed_at: SystemTime,
    /// The keys of the calls that became parts of it, ascending, the last 256.
    pub absorbed: Vec<i64>,
}

/// Calls of a database, and those that can't be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredCalls {
    /// The calls.
    pub calls: Vec<StoredCall>,
    /// The keys of calls that were found and [can't be read](CallsError::Unreadable). One of them keeps nobody from the
    /// others.
    pub unreadable: Vec<i64>,
}

/// What changed after a cursor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Changes {
    /// The calls as they are now, the first to change first.
    pub calls: Vec<StoredCall>,
    /// The keys of calls that changed and [can't be read](CallsError::Unreadable).
    pub unreadable: Vec<i64>,
    /// The cursor after them.
    pub next: ChangeCursor,
    /// Whether there were as many as were asked for, so that there are likely to be more.
    pub has_more: bool,
}

impl<DB: StoreDatabase> SqlxCalls<DB> {
    /// The call with this key, or the one that has taken it in.
    ///
    /// # Errors
    ///
    /// When the database can't do it, or what is stored can't be read.
    pub async fn call(&self, key: i64) -> Result<Option<StoredCall>, CallsError> {
        self.one(&self.texts().by_key, Asked::Number(key)).await
    }

    /// The call that has this id: of the call, a leg or a request, of this provider and tenant.
    ///
    /// # Errors
    ///
    /// When the database can't do it, or what is stored can't be read.
    pub async fn find(
        &self,
        provider: &str,
        tenant: Option<&str>,
        id: &str,
    ) -> Result<Option<StoredCall>, CallsError> {
        let of_scope = CallSummary::new(provider);
        let of_scope = Call::of_summary(&of_scope, tenant, SystemTime::UNIX_EPOCH);
        let id = Id {
            scope: columns::scope(&of_scope),
            id: columns::escaped(id),
        };
        self.one(&self.texts().by_id, Asked::Id(&id)).await
    }

    /// The calls that aren't [over](Call::is_over), the last to change first, so many at most.
    ///
    /// # Errors
    ///
    /// When the database can't do it.
    pub async fn open(&self, limit: NonZeroU32) -> Result<StoredCalls, CallsError> {
        let limit = Asked::Number(limit.get().into());
        self.some(&self.texts().open, limit).await
    }

    /// The calls, over or not, the last to change first, so many at most.
    ///
    /// # Errors
    ///
    /// When the database can't do it.
    pub async fn latest(&self, limit: NonZeroU32) -> Result<StoredCalls, CallsError> {
        let limit = Asked::Number(limit.get().into());
        self.some(&self.texts().latest, limit).await
    }

    /// The calls that aren't [over](Call::is_over) and have not changed for so long, the first to change first, so many
    /// at most: for those a message was lost, or the platform sends no record.
    /// [`presumed_outcome`](Call::presumed_outcome) says what is likely.
    ///
    /// # Errors
    ///
    /// When the database can't do it.
    pub async fn quiet_for(
        &self,
        duration: Duration,
        limit: NonZeroU32,
    ) -> Result<StoredCalls, CallsError> {
        let asked = Asked::Numbers(age(duration), limit.get().into());
        self.some(&self.texts().quiet, asked).await
    }

    /// The calls that changed after this cursor, so many at most, each as it is now, the first to change first. Begin
    /// with a moment, by the database's clock, and go on with [`next`](Changes::next): a reader that does misses no
    /// change, though it sees only the last of several changes of one call. For boards, and for whatever follows calls
    /// that several processes write.
    ///
    /// Transactions become visible when they are committed, and not in the order of their changes. **In Postgres** the
    /// answer therefore ends before the moment at which the oldest transaction began that writes calls and is still
    /// open, which its lock tells: a change shows once no earlier one can come. A transaction that applies a message
    /// and then waits for something keeps later changes from showing meanwhile. Ask the primary server, since a standby
    /// doesn't know the locks. Where the server's clock is set back, what changes before it has caught up is not told.
    /// **In SQLite** transactions are numbered, and there is nothing to wait for.
    ///
    /// A call that became a part of another is told by the other, whose [`absorbed`](StoredCall::absorbed) has its key.
    /// What was pruned or erased is not told.
    ///
    /// # Errors
    ///
    /// When the database can't do it, or the cursor is one of [another kind of database](CallsError::Cursor).
    pub async fn changed_since(
        &self,
        cursor: impl Into<ChangeCursor> + Send,
        limit: NonZeroU32,
    ) -> Result<Changes, CallsError> {
        let place = cursor.into().place(DB::KIND).map_err(CallsError::Cursor)?;
        let limit = limit.get();
        let mut connection = self.pool().acquire().await.map_err(trouble::<DB>)?;
        let changed = DB::changed(&mut connection, self.texts(), place, limit).await;
        let (found, next) = changed.map_err(trouble::<DB>)?;
        let has_more = u32::try_from(found.len()).is_ok_and(|count| count >= limit);
        let (calls, unreadable) = read(found);
        Ok(Changes {
            calls,
            unreadable,
            next: ChangeCursor(next),
            has_more,
        })
    }

    /// The key of the call that this key belongs to: itself, or that of the call which has taken in the one with this
    /// key. `None` where there is no such call, or none any more.
    ///
    /// # Errors
    ///
    /// When the database can't do it.
    pub async fn resolve(&self, key: i64) -> Result<Option<i64>, CallsError> {
        let mut connection = self.pool().acquire().await.map_err(trouble::<DB>)?;
        let resolved = DB::key(&mut connection, &self.texts().resolve, key).await;
        Ok(resolved.map_err(trouble::<DB>)?)
    }

    async fn one(&self, text: &SqlStr, asked: Asked<'_>) -> Result<Option<StoredCall>, CallsError> {
        let found = self.all(text, asked).await?;
        found.into_iter().next().map(StoredCall::read).transpose()
    }

    async fn some(&self, text: &SqlStr, asked: Asked<'_>) -> Result<StoredCalls, CallsError> {
        let (calls, unreadable) = read(self.all(text, asked).await?);
        Ok(StoredCalls { calls, unreadable })
    }

    async fn all(&self, text: &SqlStr, asked: Asked<'_>) -> Result<Vec<Found>, CallsError> {
        let mut connection = self.pool().acquire().await.map_err(trouble::<DB>)?;
        let found = DB::find(&mut connection, text, asked).await;
        Ok(found.map_err(trouble::<DB>)?)
    }
}

fn read(found: Vec<Found>) -> (Vec<StoredCall>, Vec<i64>) {
    let mut calls = Vec::with_capacity(found.len());
    let mut unreadable = Vec::new();
    for found in found {
        let key = found.key;
        match StoredCall::read(found) {
            Ok(call) => calls.push(call),
            Err(_) => unreadable.push(key),
        }
    }
    (calls, unreadable)
}

impl StoredCall {
    fn read(found: Found) -> Result<Self, CallsError> {
        let call = Call::from_json(&found.call);
        let absorbed = found.absorbed.unwrap_or_default();
        let absorbed = absorbed.split(',').filter_map(|key| key.parse().ok());
        let mut absorbed: Vec<i64> = absorbed.collect();
        absorbed.sort_unstable();
        let changed_at = u64::try_from(found.changed_at).unwrap_or_default();
        Ok(Self {
            key: found.key,
            call: call.map_err(|error| CallsError::Unreadable {
                key: found.key,
                source: error,
            })?,
            changed_at: SystemTime::UNIX_EPOCH + Duration::from_micros(changed_at),
            absorbed,
        })
    }
}
