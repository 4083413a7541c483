//! What failed for good, and "run again".

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use callhook_sqlx::sqlx::{self, PgPool};

/// `GET /failed`: a JSON array, the newest first, without the messages.
pub(crate) async fn list(State(pool): State<PgPool>) -> Result<Response, StatusCode> {
    let failed = sqlx::query_scalar(LIST).fetch_one(&pool).await;
    json(failed.map_err(unavailable)?)
}

/// `POST /failed/{id}/retry`: runs this one again. 404 if it hasn't failed for good.
pub(crate) async fn retry(
    State(pool): State<PgPool>,
    Path(id): Path<i64>,
) -> Result<StatusCode, StatusCode> {
    match run_again(&pool, Some(id)).await? {
        0 => Err(StatusCode::NOT_FOUND),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// `POST /failed/retry`: runs all of them again, and tells how many they were.
pub(crate) async fn retry_all(State(pool): State<PgPool>) -> Result<Response, StatusCode> {
    let count = run_again(&pool, None).await?;
    json(format!(r#"{{"run_again":{count}}}"#))
}

/// From the first attempt on, at once.
async fn run_again(pool: &PgPool, id: Option<i64>) -> Result<i64, StatusCode> {
    let count = sqlx::query_scalar(RUN_AGAIN).bind(id).fetch_one(pool).await;
    count.map_err(unavailable)
}

/// The view and the functions of the queue that are meant for others.
const LIST: &str = "select coalesce(json_agg(failed), '[]')::text from (
    select id, task_identifier as kind, last_error as error, attempts, created_at, updated_at
    from graphile_worker.jobs where attempts >= max_attempts and locked_at is null
    order by id desc limit 1000) failed";

const RUN_AGAIN: &str = "select count(*) from graphile_worker.reschedule_jobs(
    array(select id from graphile_worker.jobs
        where attempts >= max_attempts and locked_at is null and ($1::bigint is null or id = $1)),
    run_at := now(), attempts := 0)";

fn json(text: String) -> Result<Response, StatusCode> {
    Ok(([(CONTENT_TYPE, "application/json")], text).into_response())
}

fn unavailable(error: sqlx::Error) -> StatusCode {
    tracing::error!(%error, "the failed jobs can't be read or run again");
    StatusCode::SERVICE_UNAVAILABLE
}
