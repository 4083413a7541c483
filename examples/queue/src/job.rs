//! The job of a message, and its effect.

use std::time::Duration;
use std::{fmt, mem};

use callhook_sqlx::sqlx;
use callhook_tower::callhook::CallEvent;
use callhook_tower::{piopiy, telecmi, voipappz};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;

/// An event that is enqueued.
pub(crate) trait Queued:
    CallEvent + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What its jobs are called in the queue.
    const JOB: &'static str;
}

impl Queued for telecmi::Event {
    const JOB: &'static str = "telecmi";
}

impl Queued for piopiy::Event {
    const JOB: &'static str = "piopiy";
}

impl Queued for voipappz::Event {
    const JOB: &'static str = "voipappz";
}

/// Its payload is the event.
#[derive(Serialize, Deserialize)]
#[serde(
    transparent,
    bound(serialize = "E: Serialize", deserialize = "E: DeserializeOwned")
)]
pub(crate) struct Job<E>(E);

impl<E: Queued> TaskHandler for Job<E> {
    const IDENTIFIER: &'static str = E::JOB;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        // One that hangs would keep others from its place for ever.
        match timeout(LIMIT, self.log_call(&context)).await {
            Ok(done) => done.map_err(|error| Failure(error.to_string())),
            Err(_) => Err(Failure(format!("it took longer than {LIMIT:?}"))),
        }
    }
}

impl<E: Queued> Job<E> {
    /// The effect: a row in the call log. A job whose process dies before the queue hears of its end runs again, so its
    /// id is the row's key, and everything that it writes is in one transaction.
    async fn log_call(&self, context: &WorkerContext) -> Result<(), sqlx::Error> {
        let event = &self.0;
        let mut transaction = context.pg_pool().begin().await?;
        let logged = sqlx::query(
            "insert into call_log (job, platform, event, leg, status) values ($1, $2, $3, $4, $5)
             on conflict (job) do nothing",
        )
        .bind(context.job().id())
        .bind(E::JOB)
        .bind(event.kind())
        .bind(event.leg_id().map(|leg| leg.as_ref()))
        .bind(event.status())
        .execute(&mut *transaction)
        .await?;
        if logged.rows_affected() == 1 {
            // Whatever else the message has to change in this database goes here.
        }
        transaction.commit().await
    }
}

/// An event as the queue keeps it. Postgres has no NUL in its texts, so it is replaced: or else the message could not be
/// enqueued, and its sender would try again for ever.
pub(crate) fn payload<E: Queued>(event: &E) -> serde_json::Result<Value> {
    let mut payload = serde_json::to_value(event)?;
    without_nul(&mut payload);
    Ok(payload)
}

fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(members) => {
            *members = mem::take(members)
                .into_iter()
                .map(|(name, mut value)| {
                    without_nul(&mut value);
                    (name.replace('\0', "\u{fffd}"), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The application's own table.
pub(crate) const CALL_LOG: &str = "create table if not exists call_log (
    job bigint primary key, platform text not null, event text not null, leg text, status text,
    logged_at timestamptz not null default now())";

/// For one attempt.
const LIMIT: Duration = Duration::from_secs(60);

/// What the queue keeps as a job's last error: it takes the `Debug` form.
struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
