//! A server to be killed: a webhook whose handler writes its effect into a database, in one transaction with the mark,
//! or without one.
//!
//! A message says what is to happen once its effect is committed, the first time: `kill`, the process is killed before
//! it can answer; `fail`, it answers 500; `panic`, the handler panics.
//!
//! It prints the address it listens on, and ends in good order when its standard input does.

use std::error::Error;
use std::future::pending;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::process::{self, Command};
use std::time::Duration;
use std::{env, thread};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use callhook_effects::{Effects, TOKEN, settings};
use callhook_sqlx::sqlx::postgres::PgPoolOptions;
use callhook_sqlx::sqlx::sqlite::SqlitePoolOptions;
use callhook_sqlx::sqlx::{self, Pool};
use callhook_sqlx::{CommitError, SqlxStore};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, Webhook, WebhookLayer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var(settings::DATABASE)?;
    if url.starts_with("postgres:") {
        let pool = PgPoolOptions::new().max_connections(8);
        serve(pool.connect_lazy(&url)?).await
    } else {
        let pool = SqlitePoolOptions::new().max_connections(4);
        serve(pool.connect_lazy(&url)?).await
    }
}

async fn serve<DB: Effects>(pool: Pool<DB>) -> Result<(), Box<dyn Error>> {
    let mut store = SqlxStore::new(pool.clone());
    if env::var(settings::CLAIMS)? == "process" {
        store = store.claims_in_process();
    }
    let endpoint = Endpoint::builder(Telecmi)
        .name("effects")
        .query_token("token", TOKEN)
        .replay_store(store.clone())
        // What a killed process held is held that long.
        .lease(LEASE)
        .build()?;
    let app = Router::new()
        .route("/hook", post(on_call::<DB>))
        .layer(WebhookLayer::new(endpoint.clone()))
        .with_state(App {
            pool,
            store,
            is_in_transaction: env::var(settings::MARK)? == "transaction",
        });
    let listener = TcpListener::bind(env::var(settings::LISTEN)?).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(end_of_input())
        .await?;
    endpoint.idle().await;
    Ok(())
}

const LEASE: Duration = Duration::from_secs(1);

struct App<DB: Effects> {
    pool: Pool<DB>,
    store: SqlxStore<DB>,
    is_in_transaction: bool,
}

impl<DB: Effects> Clone for App<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            store: self.store.clone(),
            is_in_transaction: self.is_in_transaction,
        }
    }
}

async fn on_call<DB: Effects>(
    State(app): State<App<DB>>,
    call: Webhook<Event>,
) -> Result<StatusCode, AppError> {
    let id = call.event().leg_id().ok_or(AppError)?;
    let message: Value = serde_json::from_slice(call.raw()).map_err(|_| AppError)?;
    let mut transaction = app.pool.begin_with(DB::BEGIN).await?;
    <DB as Effects>::insert(&mut transaction, id).await?;
    if app.is_in_transaction {
        match app.store.commit_in(&mut transaction, &call).await {
            Ok(_) => {}
            Err(CommitError::Handled { .. }) => return Ok(StatusCode::OK),
            Err(_) => return Err(AppError),
        }
    }
    transaction.commit().await?;
    if let Some(then) = message["then"].as_str()
        && DB::count(&app.pool, id).await? == 1
    {
        match then {
            "kill" => kill().await,
            "panic" => resume_unwind(Box::new("the message asks for it")),
            _ => return Ok(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Any trouble: 500, so that the sender tries again.
struct AppError;

impl From<sqlx::Error> for AppError {
    fn from(_: sqlx::Error) -> Self {
        Self
    }
}

impl axum::response::IntoResponse for AppError {
    fn into_response(self) -> axum::response::Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// This process, without a warning.
async fn kill() {
    let this = process::id().to_string();
    let killed = Command::new("kill").args(["-KILL", &this]).status();
    assert!(killed.is_ok(), "kill can be run");
    pending::<()>().await;
}

/// A thread, because tokio's standard input would keep the runtime from ending.
fn end_of_input() -> impl Future<Output = ()> {
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        // Whatever ends it.
        let _ = io::stdin().read(&mut [0]);
        let _ = sender.send(());
    });
    async {
        let _ = ended.await;
    }
}
