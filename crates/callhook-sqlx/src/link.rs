//! The way to the database: a connection for each step, within the store's limit.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Pool;
use tokio::time::{Instant, sleep, timeout_at};

use crate::database::{Backend, Connections, Texts, kind, trouble};
use crate::names::Names;
use crate::steps::Step;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// Takes steps on the store's connections.
pub(crate) struct Link<DB: Backend> {
    connections: Connections<DB>,
    texts: Arc<Texts>,
    timeout: Duration,
}

impl<DB: Backend> Link<DB> {
    pub(crate) fn new(pool: &Pool<DB>, names: &Names, timeout: Duration) -> Self {
        let connections = DB::connections(pool, timeout);
        let texts = Texts::new::<DB>(names, connections.lock_timeout);
        Self {
            connections,
            texts,
            timeout,
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    pub(crate) fn connections(&self) -> &Connections<DB> {
        &self.connections
    }

    /// Whether who asks for a quick connection now has to wait for somebody to give one back.
    pub(crate) fn is_exhausted(&self) -> bool {
        let pool = &self.connections.quick;
        pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections()
    }

    /// Takes a step, and takes it again where it lost against another transaction, or once where its connection broke.
    pub(crate) async fn take<S: Step<DB>>(&self, step: &S) -> Result<S::Output, SqlxStoreError> {
        self.take_by(step, Instant::now() + self.timeout).await
    }

    /// As `take`, but until this moment.
    pub(crate) async fn take_by<S: Step<DB>>(
        &self,
        step: &S,
        deadline: Instant,
    ) -> Result<S::Output, SqlxStoreError> {
        let mut is_repeated = false;
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.try_once(step, deadline).await? {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            match kind::<DB>(&error) {
                SqlxStoreErrorKind::Conflict
                    if S::IS_REPEATED && Instant::now() + pause < deadline =>
                {
                    sleep(pause).await;
                    pause = (pause * 2).min(MAX_PAUSE);
                }
                // The pool's connections may all be those of a server that was restarted: the next is a new one.
                SqlxStoreErrorKind::Unreachable if !is_repeated => is_repeated = true,
                SqlxStoreErrorKind::Locked => {
                    let answer = step.locked();
                    return answer.ok_or_else(|| trouble::<DB>(error));
                }
                _ => return Err(trouble::<DB>(error)),
            }
        }
    }

    async fn try_once<S: Step<DB>>(
        &self,
        step: &S,
        deadline: Instant,
    ) -> Result<Result<S::Output, sqlx::Error>, SqlxStoreError> {
        let acquire = step.pool(&self.connections).acquire();
        let mut connection = match timeout_at(deadline, acquire).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Ok(Err(error)),
            Err(_elapsed) => return Err(SqlxStoreError::new(SqlxStoreErrorKind::NoConnection)),
        };
        let step = step.take(&mut connection, &self.texts);
        match timeout_at(deadline, step).await {
            Ok(output) => Ok(output),
            Err(_elapsed) => Err(SqlxStoreError::new(SqlxStoreErrorKind::Timeout)),
        }
    }
}

/// Transactions that ran into each other once do it again if they are tried again at once.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const MAX_PAUSE: Duration = Duration::from_millis(20);
