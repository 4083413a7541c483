//! Joining messages to their calls, in the application's transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callhook::Delivery;
use callhook::call::{Call, CallEvent, Joined};
use sqlx::{Connection, Transaction};

use super::backend::{Id, Row};
use super::{CallUpdate, CallsError, SqlxCalls, columns};
use crate::database::{StoreDatabase, trouble};
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// How often a transaction looks for calls again that others have joined in the meantime. Each time, another one has
/// got on.
const ATTEMPTS: usize = 100;

impl<DB: StoreDatabase> SqlxCalls<DB> {
    /// Joins a message to its call, in the transaction that writes the message's other effects, and says what that
    /// changed. `None` where the message is part of no call: it was not recognised, or it has no id.
    ///
    /// **Once in a transaction**: for several messages call [`apply_all`](Self::apply_all). A second call of this one
    /// could wait for a transaction that waits for this one, which Postgres ends with a
    /// [conflict](CallsError::is_conflict). Call it before `commit_in`, and commit soon: other messages of the same
    /// call wait.
    ///
    /// In SQLite begin the transaction with `BEGIN IMMEDIATE`.
    ///
    /// # Errors
    ///
    /// The database could not do it, or what is stored for the call can't be read. At `REPEATABLE READ` and
    /// `SERIALIZABLE` Postgres reports a [conflict](CallsError::is_conflict) where messages of one call meet, and may
    /// do so at `commit`: run the transaction again from its beginning. Nothing of the message is in the transaction
    /// then.
    pub async fn apply<E>(
        &self,
        transaction: &mut Transaction<'_, DB>,
        delivery: &Delivery<E>,
    ) -> Result<Option<CallUpdate>, CallsError>
    where
        E: CallEvent + Send + Sync,
    {
        let call = Call::of(delivery);
        self.join(transaction, &call).await
    }

    /// As [`apply`](Self::apply), of several messages, in their order and with an update for each: locks are taken for
    /// all of them at once.
    ///
    /// A lock is taken for each different id, of which Postgres has room for some thousands: a hundred messages at a
    /// time are a good number.
    ///
    /// # Errors
    ///
    /// As with [`apply`](Self::apply). Either all messages are in the transaction or none is.
    pub async fn apply_all<E>(
        &self,
        transaction: &mut Transaction<'_, DB>,
        deliveries: &[&Delivery<E>],
    ) -> Result<Vec<Option<CallUpdate>>, CallsError>
    where
        E: CallEvent + Send + Sync,
    {
        let calls: Vec<Call> = deliveries.iter().map(|it| Call::of(it)).collect();
        self.join_all(transaction, &calls).await
    }

    /// As [`apply`](Self::apply), of [what a message tells](Call::of_summary), such as an event that was stored, or of
    /// a whole call.
    ///
    /// # Errors
    ///
    /// As with [`apply`](Self::apply).
    pub async fn join(
        &self,
        transaction: &mut Transaction<'_, DB>,
        call: &Call,
    ) -> Result<Option<CallUpdate>, CallsError> {
        let updates = self.join_all(transaction, std::slice::from_ref(call)).await;
        Ok(updates?.pop().flatten())
    }

    /// As [`apply_all`](Self::apply_all), of [what messages tell](Call::of_summary), or of whole calls.
    ///
    /// # Errors
    ///
    /// As with [`apply`](Self::apply). Either all of them are in the transaction or none is.
    pub async fn join_all(
        &self,
        transaction: &mut Transaction<'_, DB>,
        calls: &[Call],
    ) -> Result<Vec<Option<CallUpdate>>, CallsError> {
        let messages: Vec<Message<'_>> = calls.iter().map(Message::new).collect();
        let ids = messages.iter().flat_map(|message| &message.ids);
        let ids: BTreeSet<&Id> = ids.collect();
        if ids.is_empty() {
            return Ok(messages.iter().map(|_| None).collect());
        }
        let ids: Vec<Id> = ids.into_iter().cloned().collect();
        let version = DB::lock(transaction, self.texts(), &ids).await;
        let version = version.map_err(trouble::<DB>)?;
        // Most messages have known ids of one call: what is written then is one statement, which needs no savepoint.
        if let [message] = &*messages
            && let Some(parts) = self.only(transaction, &ids).await?
        {
            let update = self.write_only(transaction, parts, message, version);
            return Ok(vec![update.await?]);
        }
        for _ in 0..ATTEMPTS {
            // Dropped without a commit, it leaves the transaction as it was.
            let inner = transaction.begin().await;
            let mut inner = inner.map_err(trouble::<DB>)?;
            let Some(mut parts) = self.parts(&mut inner, &ids).await? else {
                inner.rollback().await.map_err(trouble::<DB>)?;
                continue;
            };
            let mut updates = Vec::with_capacity(messages.len());
            for message in &messages {
                let update = self.write(&mut inner, &mut parts, message, version);
                updates.push(update.await?);
            }
            inner.commit().await.map_err(trouble::<DB>)?;
            return Ok(updates);
        }
        Err(SqlxStoreError::new(SqlxStoreErrorKind::Conflict).into())
    }

    /// The call that these ids lead to, locked, or none. `None` where it may be several.
    async fn only(
        &self,
        connection: &mut DB::Connection,
        ids: &[Id],
    ) -> Result<Option<Parts>, CallsError> {
        let only = DB::only(connection, self.texts(), ids).await;
        let only = only.map_err(trouble::<DB>)?;
        Parts::complete(only.known, only.call)
    }

    async fn write_only(
        &self,
        transaction: &mut Transaction<'_, DB>,
        mut parts: Parts,
        message: &Message<'_>,
        version: i64,
    ) -> Result<Option<CallUpdate>, CallsError> {
        if message.ids.iter().all(|id| parts.ids.contains_key(id)) {
            return self.write(transaction, &mut parts, message, version).await;
        }
        let inner = transaction.begin().await;
        let mut inner = inner.map_err(trouble::<DB>)?;
        let update = self.write(&mut inner, &mut parts, message, version).await?;
        inner.commit().await.map_err(trouble::<DB>)?;
        Ok(update)
    }

    /// The calls that these ids lead to, locked. `None` where one of them became a part of another before it was
    /// locked: to wait for that other one too could be to wait for somebody who waits for this transaction.
    async fn parts(
        &self,
        connection: &mut DB::Connection,
        ids: &[Id],
    ) -> Result<Option<Parts>, CallsError> {
        let known = DB::known(connection, self.texts(), ids).await;
        let known = known.map_err(trouble::<DB>)?;
        let keys: BTreeSet<i64> = known.iter().map(|(_, key)| *key).collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let stored = if keys.is_empty() {
            Vec::new()
        } else {
            let stored = DB::parts(connection, self.texts(), &keys).await;
            stored.map_err(trouble::<DB>)?
        };
        Parts::complete(known, stored)
    }

    async fn write(
        &self,
        connection: &mut DB::Connection,
        parts: &mut Parts,
        message: &Message<'_>,
        version: i64,
    ) -> Result<Option<CallUpdate>, CallsError> {
        let Some(Id { scope, .. }) = message.ids.first() else {
            return Ok(None);
        };
        let texts = self.texts();
        let keys: BTreeSet<i64> = message
            .ids
            .iter()
            .filter_map(|id| parts.ids.get(id).copied())
            .collect();
        let stored = keys.iter();
        let stored = stored.filter_map(|key| Some((*key, parts.calls.remove(key)?)));
        let stored: Vec<(i64, Arc<Call>)> = stored.collect();
        let first = stored.first().map(|(_, call)| Arc::clone(call));
        // The one that it looked at last is the one that it refuses.
        let mut last = None;
        let calls = stored.into_iter().map(|(key, call)| {
            last = Some(key);
            call
        });
        let joined = Joined::of(calls, message.call);
        let joined = joined.map_err(|_| match last {
            Some(key) => CallsError::OtherScope { key },
            None => SqlxStoreError::new(SqlxStoreErrorKind::Other).into(),
        })?;
        let mut keys = keys.into_iter();
        let (key, absorbed) = match (keys.next(), first) {
            (Some(key), Some(first)) => {
                let absorbed: Vec<i64> = keys.collect();
                if joined.is_news || joined.call != first {
                    let row = Row::new(&joined.call, &joined.answers);
                    let version = joined.is_news.then_some(version);
                    let updated = DB::update(connection, texts, key, &row, version).await;
                    updated.map_err(trouble::<DB>)?;
                }
                if !absorbed.is_empty() {
                    let done = DB::absorb(connection, texts, key, &absorbed).await;
                    done.map_err(trouble::<DB>)?;
                }
                (key, absorbed)
            }
            _ => {
                let row = Row::new(&joined.call, &joined.answers);
                let inserted = DB::insert(connection, texts, &row, version).await;
                (inserted.map_err(trouble::<DB>)?, Vec::new())
            }
        };
        let new = message.ids.iter().filter(|id| !parts.ids.contains_key(id));
        let new: Vec<String> = new.map(|id| id.id.clone()).collect();
        if !new.is_empty() {
            let indexed = DB::index(connection, texts, key, scope, &new).await;
            indexed.map_err(trouble::<DB>)?;
        }
        parts.joined(key, &absorbed, message, &joined.call);
        Ok(Some(CallUpdate::new(key, absorbed, joined)))
    }
}

/// What a message tells, with its ids.
struct Message<'a> {
    call: &'a Call,
    ids: Vec<Id>,
}

impl<'a> Message<'a> {
    fn new(call: &'a Call) -> Self {
        Self {
            call,
            ids: columns::ids(call),
        }
    }
}

/// The calls that a transaction has locked, and what leads to them.
struct Parts {
    ids: BTreeMap<Id, i64>,
    calls: BTreeMap<i64, Arc<Call>>,
}

impl Parts {
    /// `None` where a call isn't there that an id leads to.
    fn complete(
        known: Vec<(Id, i64)>,
        stored: impl IntoIterator<Item = (i64, String)>,
    ) -> Result<Option<Self>, CallsError> {
        let ids: BTreeMap<Id, i64> = known.into_iter().collect();
        let mut calls = BTreeMap::new();
        for (key, json) in stored {
            let call = Call::from_json(&json);
            let call = call.map_err(|error| CallsError::Unreadable { key, source: error })?;
            calls.insert(key, Arc::new(call));
        }
        let is_complete = ids.values().all(|key| calls.contains_key(key));
        Ok(is_complete.then_some(Self { ids, calls }))
    }

    /// As the database has it now, for the next message.
    fn joined(&mut self, key: i64, absorbed: &[i64], message: &Message<'_>, call: &Arc<Call>) {
        for known in self.ids.values_mut() {
            if absorbed.contains(known) {
                *known = key;
            }
        }
        for id in &message.ids {
            self.ids.insert(id.clone(), key);
        }
        self.calls.insert(key, Arc::clone(call));
    }
}
