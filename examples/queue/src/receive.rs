//! Receiving: mark and job in one transaction.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use callhook_sqlx::sqlx::{self, PgPool, Postgres};
use callhook_sqlx::{CommitError, Marked, SqlxStore};
use callhook_tower::{UncheckedReason, Webhook};
use graphile_worker::errors::GraphileWorkerError;
use graphile_worker::{JobSpec, WorkerUtils};

use crate::job::{Queued, payload};

#[derive(Clone)]
pub(crate) struct Receiver {
    pool: PgPool,
    store: SqlxStore<Postgres>,
    queue: WorkerUtils,
    attempts: i16,
}

impl Receiver {
    pub(crate) fn new(
        pool: &PgPool,
        store: &SqlxStore<Postgres>,
        queue: &WorkerUtils,
        attempts: i16,
    ) -> Self {
        Self {
            pool: pool.clone(),
            store: store.clone(),
            queue: queue.clone(),
            attempts,
        }
    }
}

/// The handler of all platforms: it enqueues the message, and answers at once.
pub(crate) async fn on_call<E: Queued>(
    State(receiver): State<Receiver>,
    call: Webhook<E>,
) -> Result<StatusCode, NotEnqueued> {
    let payload = payload(call.event())?;
    let mut transaction = receiver.pool.begin().await?;
    let mut queue = receiver.queue.with_executor(&mut transaction);
    let spec = JobSpec::builder().max_attempts(receiver.attempts).build();
    queue.add_raw_job(E::JOB, payload, spec).await?;
    // Last: the mark. After an error, what the transaction has written is rolled back as it is dropped.
    let marked = receiver.store.commit_in(&mut transaction, &call).await?;
    // A caller waits for the answer, which a job can't give. What it should be is decided here, without the queue.
    if marked == Marked::Unprotected(UncheckedReason::AwaitsAnswer) {
        return Err(NotEnqueued::NoAnswer);
    }
    // What else is unprotected has no id: a copy can't be told from another message, and has a job of its own.
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a message has no new job.
pub(crate) enum NotEnqueued {
    /// It has one already. After any other answer than 2xx, the sender would try again, for ever.
    Handled,
    /// The platform asks what to do with a call, and this example has no answer.
    NoAnswer,
    /// The database could not do it: the sender tries again.
    Failed,
}

impl From<CommitError> for NotEnqueued {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Handled { .. } => Self::Handled,
            error => Self::failed(&error),
        }
    }
}

impl From<sqlx::Error> for NotEnqueued {
    fn from(error: sqlx::Error) -> Self {
        Self::failed(&error)
    }
}

impl From<serde_json::Error> for NotEnqueued {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(&error)
    }
}

impl From<GraphileWorkerError> for NotEnqueued {
    fn from(error: GraphileWorkerError) -> Self {
        Self::failed(&error)
    }
}

impl NotEnqueued {
    fn failed(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a message was not enqueued");
        Self::Failed
    }
}

impl IntoResponse for NotEnqueued {
    fn into_response(self) -> Response {
        match self {
            Self::Handled => StatusCode::OK,
            Self::NoAnswer => StatusCode::NOT_IMPLEMENTED,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
        .into_response()
    }
}
