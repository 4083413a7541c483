//! What the store does in one go on one connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callhook::replay::{Claim, Settled, Settlement};
use sqlx::Pool;

use crate::ask::Ask;
use crate::database::{Backend, Connections, Found, State, Texts, Value};
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// One step. It may be taken twice: where the connection breaks before the answer, or a transaction has to be tried
/// again.
pub(crate) trait Step<DB: Backend>: Sync {
    type Output: Send;

    /// Whether it is taken again where it lost against another transaction.
    const IS_REPEATED: bool = true;

    /// Whose connections it takes.
    fn pool<'a>(&self, connections: &'a Connections<DB>) -> &'a Pool<DB> {
        &connections.quick
    }

    fn take<'a>(
        &'a self,
        connection: &'a mut DB::Connection,
        texts: &'a Texts,
    ) -> impl Future<Output = Result<Self::Output, sqlx::Error>> + Send + 'a;

    /// What a lock that somebody holds for too long means, if it is an answer.
    fn locked(&self) -> Option<Self::Output> {
        None
    }
}

/// A step that notes that it has its connection.
pub(crate) struct Noted<'a, S>(pub(crate) S, pub(crate) &'a AtomicBool);

impl<DB: Backend, S: Step<DB>> Step<DB> for Noted<'_, S> {
    type Output = S::Output;

    const IS_REPEATED: bool = S::IS_REPEATED;

    fn pool<'a>(&self, connections: &'a Connections<DB>) -> &'a Pool<DB> {
        self.0.pool(connections)
    }

    fn take<'a>(
        &'a self,
        connection: &'a mut DB::Connection,
        texts: &'a Texts,
    ) -> impl Future<Output = Result<S::Output, sqlx::Error>> + Send + 'a {
        self.1.store(true, Ordering::Relaxed);
        self.0.take(connection, texts)
    }

    fn locked(&self) -> Option<S::Output> {
        self.0.locked()
    }
}

/// Asks for the lease.
pub(crate) struct AskFor<'a>(pub(crate) &'a Ask);

impl<DB: Backend> Step<DB> for AskFor<'_> {
    type Output = Option<Found>;

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<Option<Found>, sqlx::Error> {
        DB::claim(connection, texts, self.0).await.map(Some)
    }

    /// None: a lock that is only ever held on this content.
    fn locked(&self) -> Option<Option<Found>> {
        DB::LOCKS_ROWS.then_some(None)
    }
}

/// Asks for leases of contents that are new, in one statement. None where a content is not.
pub(crate) struct AskForNew<'a>(pub(crate) &'a [Ask]);

impl<DB: Backend> Step<DB> for AskForNew<'_> {
    type Output = Vec<Option<Found>>;

    const IS_REPEATED: bool = false;

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<Self::Output, sqlx::Error> {
        DB::claim_new(connection, texts, self.0).await
    }
}

/// What a claim has found. None where another transaction is about to settle this content.
pub(crate) fn claim(found: Option<Found>, lease: Duration) -> Result<Claim, SqlxStoreError> {
    let Some(found) = found else {
        return Ok(Claim::InFlight {
            lease_left: lease.min(SOON),
        });
    };
    match (found.state, found.is_own) {
        (State::Handled, _) => Ok(Claim::Replay),
        (State::Held, true) if found.has_others => Ok(Claim::Revision),
        (State::Held, true) => Ok(Claim::First),
        (State::Held, false) => Ok(Claim::InFlight {
            lease_left: found.left.min(lease),
        }),
        (State::Released, _) => Err(SqlxStoreError::new(SqlxStoreErrorKind::GivenUp)),
    }
}

/// Nobody knows when a transaction ends.
const SOON: Duration = Duration::from_secs(1);

/// Settles a lease.
pub(crate) struct Settle<'a>(pub(crate) &'a Ask, pub(crate) Settlement);

impl<DB: Backend> Step<DB> for Settle<'_> {
    type Output = Settled;

    fn pool<'a>(&self, connections: &'a Connections<DB>) -> &'a Pool<DB> {
        match self.1 {
            Settlement::Commit => &connections.durable,
            Settlement::Release => &connections.quick,
        }
    }

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<Settled, sqlx::Error> {
        let (text, time) = match self.1 {
            Settlement::Commit => (&texts.commit, self.0.window),
            Settlement::Release => (&texts.release, self.0.duration),
        };
        let rows = DB::execute(connection, text, &with_time(self.0, time)).await?;
        if rows > 0 {
            return Ok(Settled::Done);
        }
        Ok(match whose::<DB>(connection, texts, self.0).await? {
            Some(true) => Settled::AlreadyHandled,
            _ => Settled::Lost,
        })
    }
}

/// Marks a content in somebody's transaction. `Err` with whether this delivery has handled it already.
pub(crate) async fn mark<DB: Backend>(
    connection: &mut DB::Connection,
    texts: &Texts,
    ask: &Ask,
) -> Result<Result<(), bool>, sqlx::Error> {
    let values = with_time(ask, ask.window);
    if DB::execute(connection, &texts.mark, &values).await? > 0 {
        return Ok(Ok(()));
    }
    let is_own = whose::<DB>(connection, texts, ask).await?;
    Ok(Err(is_own == Some(true)))
}

async fn whose<DB: Backend>(
    connection: &mut DB::Connection,
    texts: &Texts,
    ask: &Ask,
) -> Result<Option<bool>, sqlx::Error> {
    let values = [
        Value::Bytes(&ask.message),
        Value::Bytes(&ask.content),
        Value::Bytes(&ask.token),
    ];
    let row = DB::booleans(connection, &texts.whose, &values).await?;
    Ok(row.map(|[is_own]| is_own))
}

/// What the database has of a content: whether it is handled, and whether another content of the message is.
pub(crate) struct Marks<'a>(pub(crate) &'a Ask);

impl<DB: Backend> Step<DB> for Marks<'_> {
    type Output = (bool, bool);

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<(bool, bool), sqlx::Error> {
        let values = [Value::Bytes(&self.0.message), Value::Bytes(&self.0.content)];
        let row = DB::booleans(connection, &texts.marks, &values).await?;
        let [is_handled, has_others] = row.ok_or(sqlx::Error::RowNotFound)?;
        Ok((is_handled, has_others))
    }
}

/// The same of several contents.
pub(crate) struct MarksOfAll<'a>(pub(crate) &'a [Ask]);

impl<DB: Backend> Step<DB> for MarksOfAll<'_> {
    type Output = Vec<(bool, bool)>;

    const IS_REPEATED: bool = false;

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<Self::Output, sqlx::Error> {
        DB::marks_all(connection, texts, self.0).await
    }
}

/// Whether the content is handled, and whether by this delivery.
pub(crate) struct Whose<'a>(pub(crate) &'a Ask);

impl<DB: Backend> Step<DB> for Whose<'_> {
    type Output = Option<bool>;

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<Option<bool>, sqlx::Error> {
        whose::<DB>(connection, texts, self.0).await
    }
}

/// Deletes up to so many rows that are over.
pub(crate) struct Prune(pub(crate) u32);

impl<DB: Backend> Step<DB> for Prune {
    type Output = u64;

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<u64, sqlx::Error> {
        DB::execute(connection, &texts.prune, &[Value::Number(self.0.into())]).await
    }
}

/// Deletes what is known of a message.
pub(crate) struct Forget(pub(crate) [u8; 32]);

impl<DB: Backend> Step<DB> for Forget {
    type Output = u64;

    fn pool<'a>(&self, connections: &'a Connections<DB>) -> &'a Pool<DB> {
        &connections.durable
    }

    async fn take(
        &self,
        connection: &mut DB::Connection,
        texts: &Texts,
    ) -> Result<u64, sqlx::Error> {
        DB::execute(connection, &texts.forget, &[Value::Bytes(&self.0)]).await
    }
}

fn with_time(ask: &Ask, millis: i64) -> [Value<'_>; 4] {
    [
        Value::Bytes(&ask.message),
        Value::Bytes(&ask.content),
        Value::Bytes(&ask.token),
        Value::Number(millis),
    ]
}
