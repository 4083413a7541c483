//! Messages joined with the public statements: as whoever doesn't use this version of sqlx does it, and as nobody should.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use callhook::call::{Call, CallDirection, Joined};
use callhook_sqlx::sqlx::{self, Connection, PgConnection, Postgres, Transaction};
use callhook_sqlx::statements::postgres::calls as statements;

use super::clients::{Joining, Told, Trouble};

/// With what may be left out.
#[derive(Clone, Copy)]
pub(crate) struct ByHand {
    /// Whether each id is locked.
    pub(crate) locks: bool,
    /// Whether what is stored is joined, and not overwritten.
    pub(crate) joins: bool,
}

impl Default for ByHand {
    fn default() -> Self {
        Self {
            locks: true,
            joins: true,
        }
    }
}

impl Joining<Postgres> for ByHand {
    async fn join(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        messages: &[Call],
    ) -> Result<Vec<Told>, Trouble> {
        let mut told = Vec::new();
        for message in messages {
            told.push(self.join_one(transaction, message).await?);
        }
        Ok(told)
    }
}

impl ByHand {
    async fn join_one(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        message: &Call,
    ) -> Result<Told, sqlx::Error> {
        let (scope, ids) = (message.scope(), message.ids());
        if self.locks {
            let locks: BTreeSet<i64> = ids
                .iter()
                .map(|id| statements::id_lock(&scope, id))
                .collect();
            let locks: Vec<i64> = locks.into_iter().collect();
            let lock = sqlx::query(statements::LOCK).bind(locks);
            lock.execute(&mut **transaction).await?;
        }
        loop {
            let mut savepoint = transaction.begin().await?;
            if let Some(told) = self.write(&mut savepoint, message, &scope, &ids).await? {
                savepoint.commit().await?;
                return Ok(told);
            }
            savepoint.rollback().await?;
        }
    }

    async fn write(
        &self,
        connection: &mut PgConnection,
        message: &Call,
        scope: &str,
        ids: &[&str],
    ) -> Result<Option<Told>, sqlx::Error> {
        let scopes = vec![scope; ids.len()];
        let known = sqlx::query_as(statements::KNOWN).bind(scopes).bind(ids);
        let known: Vec<(String, String, i64)> = known.fetch_all(&mut *connection).await?;
        let keys: BTreeSet<i64> = known.into_iter().map(|(_, _, key)| key).collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let parts = sqlx::query_as(statements::PARTS).bind(&keys);
        let parts: Vec<(i64, String)> = parts.fetch_all(&mut *connection).await?;
        if !parts.iter().map(|(key, _)| *key).eq(keys.iter().copied()) {
            return Ok(None);
        }
        if !self.locks {
            // On a machine that is busy with one client at a time, too.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let stored = parts.iter().map(|(_, json)| Call::from_json(json));
        let stored: Vec<Arc<Call>> = stored.map(|call| Arc::new(call.expect("a call"))).collect();
        let joined = Joined::of(stored, message).expect("one scope");
        let call = if self.joins { &joined.call } else { message };
        let answers = call.answers();
        let direction = answers.direction.map(|direction| match direction {
            CallDirection::Inbound => "inbound",
            _ => "outbound",
        });
        let outcome = answers.outcome.as_ref().map(|outcome| outcome.as_str());
        let none = None::<&str>;
        let (key, others) = match keys.split_first() {
            None => {
                let insert = sqlx::query_scalar(statements::INSERT)
                    .bind(scope)
                    .bind(call.to_json());
                let insert = insert.bind(direction).bind(outcome).bind(none).bind(none);
                let insert = insert.bind(None::<i64>).bind(answers.is_over);
                (insert.fetch_one(&mut *connection).await?, &[][..])
            }
            Some((key, others)) => {
                let update = sqlx::query(statements::UPDATE)
                    .bind(key)
                    .bind(call.to_json());
                let update = update.bind(direction).bind(outcome).bind(none).bind(none);
                let update = update.bind(None::<i64>).bind(answers.is_over);
                let update = update.bind(joined.is_news);
                update.execute(&mut *connection).await?;
                (*key, others)
            }
        };
        if !others.is_empty() {
            for text in [statements::MOVE_IDS, statements::MOVE_KEYS] {
                let query = sqlx::query(text).bind(key).bind(others);
                query.execute(&mut *connection).await?;
            }
            let query = sqlx::query(statements::TRIM_KEYS).bind(key);
            query.execute(&mut *connection).await?;
            let query = sqlx::query(statements::DELETE).bind(others);
            query.execute(&mut *connection).await?;
        }
        let index = sqlx::query(statements::INDEX).bind(key).bind(scope);
        index.bind(ids).execute(connection).await?;
        Ok(Some(Told {
            key,
            is_now_over: joined.is_now_over,
        }))
    }
}
