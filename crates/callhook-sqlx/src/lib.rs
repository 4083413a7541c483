//! Webhook effects exactly once, in the application's own Postgres or SQLite, for [callhook].
//!
//! A message's mark and its effects are in one transaction: either both are in the database or neither is, whatever
//! crashes and whenever it does. A store in another system can't promise that: a process killed between the
//! application's commit and the mark leaves a message that is handled and not marked.
//!
//! ```no_run
//! use axum::extract::State;
//! use axum::http::StatusCode;
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, routing::any};
//! use callhook_sqlx::sqlx::{self, PgPool, Postgres};
//! use callhook_sqlx::{CommitError, SqlxStore};
//! use callhook_tower::telecmi::{Event, Telecmi};
//! use callhook_tower::{Endpoint, Webhook, WebhookLayer};
//!
//! #[derive(Clone)]
//! struct App {
//!     pool: PgPool,
//!     store: SqlxStore<Postgres>,
//! }
//!
//! async fn on_call(State(app): State<App>, call: Webhook<Event>) -> Result<StatusCode, AppError> {
//!     let mut tx = app.pool.begin().await?; // In SQLite: begin_with("BEGIN IMMEDIATE").
//!     if let Event::Cdr(cdr) = call.event() {
//!         sqlx::query("insert into calls (id, status) values ($1, $2)")
//!             .bind(&*cdr.cmiuuid)
//!             .bind(cdr.status.to_string())
//!             .execute(&mut *tx)
//!             .await?;
//!     }
//!     app.store.commit_in(&mut tx, &call).await?; // Last: the mark.
//!     tx.commit().await?;
//!     Ok(StatusCode::NO_CONTENT)
//! }
//!
//! enum AppError {
//!     /// The work is done, so the answer is 200: after a 500 the sender would try again, for ever.
//!     Handled,
//!     Database,
//! }
//!
//! impl From<CommitError> for AppError {
//!     fn from(error: CommitError) -> Self {
//!         match error {
//!             CommitError::Handled { .. } => Self::Handled,
//!             _ => Self::Database,
//!         }
//!     }
//! }
//!
//! impl From<sqlx::Error> for AppError {
//!     fn from(_: sqlx::Error) -> Self {
//!         Self::Database
//!     }
//! }
//!
//! impl IntoResponse for AppError {
//!     fn into_response(self) -> Response {
//!         match self {
//!             Self::Handled => StatusCode::OK.into_response(),
//!             Self::Database => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
//!         }
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = PgPool::connect("postgres://localhost/crm").await?;
//! let store = SqlxStore::new(pool.clone());
//! store.migrate().await?;
//! let endpoint = Endpoint::builder(Telecmi)
//!     .name("crm")
//!     .query_token("token", std::env::var("CALLHOOK_TOKEN")?)
//!     .replay_store(store.clone())
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/webhooks/telecmi", any(on_call).layer(WebhookLayer::new(endpoint)))
//!     .with_state(App { pool, store });
//! # let _ = app;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! 1. **The first transaction to commit wins.** [`commit_in`](SqlxStore::commit_in) marks the content unless it is
//!    handled already, whoever has the lease by then. Every other transaction gets [`CommitError::Handled`] and is
//!    rolled back. So the effects of a message are in the database exactly once, even where two handlers ran, and even
//!    where the store could not answer when the message came. The lease only saves work: it keeps a second handler from
//!    starting.
//! 2. **After `commit_in` the transaction decides.** The handler's 2xx settles nothing more: a handler that never
//!    commits its transaction loses no message. A failure, a panic or a sender that hangs up releases the lease and
//!    undoes no mark.
//! 3. **A handler without `commit_in`** is marked by the layer or middleware once it has answered, as with any store:
//!    once while all goes well, and again where the process dies, or the answer is lost, between the two.
//! 4. **What it doesn't promise.** Beyond the endpoint's window a copy is new. And what the database itself forgets is
//!    lost with its mark, together, so that it is never there twice: with the application's own
//!    `synchronous_commit = off`, with asynchronous replication and a failover, in SQLite with the application's own
//!    `synchronous = normal` and a power cut, a message that was answered 2xx can be missing.
//! 5. Of different contents of one message that are claimed in the same instant, more than one may be
//!    [`First`](callhook::ReplayStatus::First). Effects don't depend on it.
//!
//! # What it costs
//!
//! 6. **Two statements for each message, one of them durable.** The claim asks for no flush to the disk; the mark is
//!    flushed with the transaction of the handler, which is flushed anyway. After the mark there are no more
//!    statements. In Postgres, claims that are asked for at the same time share a statement, 64 of them at most; a copy
//!    in such a statement needs another one.
//! 7. **Compared** with the same handler that has `insert .. on conflict do nothing` in its transaction and no claim,
//!    see the [README](https://docs.rs/crate/callhook-sqlx/latest/source/README.md), which also says what the mark
//!    costs by itself. [`claims_in_process`](SqlxStore::claims_in_process) makes it a read, and says what that gives
//!    up.
//! 8. **Nothing is deleted in a request.** Schedule [`prune`](SqlxStore::prune), or start
//!    [`prune_every`](SqlxStore::prune_every): a row takes some 200 bytes in Postgres with its indexes.
//!
//! # When there is trouble
//!
//! 9. **Each call ends within the store's limit**, one second [by default](SqlxStore::timeout), including the wait
//!    for a connection. Where the pool is exhausted, the database is unreachable, read-only or full, or the tables are
//!    missing, it is an error of that [kind](SqlxStoreErrorKind), the endpoint does what
//!    [`on_store_failure`](callhook::EndpointBuilder::on_store_failure) says, and logs it once for each incident.
//!    Handled anyway, as by default, the effects are exact all the same with `commit_in`.
//! 10. **Give the store a pool of its own** where handlers can have all connections of theirs in use, or the endpoint
//!     [`OnStoreFailure::Refuse`](callhook::OnStoreFailure::Refuse). Transactions for `commit_in` may come from any
//!     pool of the same database. A pool of one connection is enough: no step holds one and asks for another.
//! 11. **What could not be settled waits**, ten thousand settlements at most, and is tried again for half an hour at
//!     most. [`Endpoint::idle`](callhook::Endpoint::idle) waits for them for three seconds, or three limits if that is
//!     more.
//! 12. **To handle a message again**, [`forget`](SqlxStore::forget) its key, which the log shows.
//! 13. It needs a tokio runtime with its timer enabled. With actix-web, make pool and store in `main`, whose runtime
//!     outlives the workers'.
//!
//! # Postgres
//!
//! - Version 12 or newer (tested with 15), at `READ COMMITTED`, `REPEATABLE READ` and `SERIALIZABLE`. Where two
//!   transactions meet at the latter two, the store tries its own again, and `commit_in` fails with
//!   [`Conflict`](SqlxStoreErrorKind::Conflict): answer 5xx, and the sender's next copy finds out.
//! - Claims and releases set `synchronous_commit = off` for themselves alone. A crash of the database may forget the
//!   last of them: their messages are claimed again.
//! - A claim waits for a row that an open transaction has marked for 300 ms at most, and is then `InFlight`.
//! - `sqlx` pings a connection each time it is taken from the pool, which is a round trip. With
//!   `PgPoolOptions::test_before_acquire(false)` it doesn't, and the store tries a step again whose connection has
//!   broken.
//! - Leases and windows are measured by the server's clock.
//! - The user needs `select`, `insert`, `update` and `delete` on the tables, and for `migrate` the right to make them.
//!
//! # SQLite
//!
//! - The store that needs no server and survives a restart. Several processes on one machine may share the file. SQLite
//!   3.37 or newer, where it is not the one that sqlx compiles in.
//! - **`BEGIN IMMEDIATE`** for transactions that write: one that begins by reading fails where another writes in
//!   between. There is one writer, so await nothing but the database inside. The pool's `busy_timeout`, five seconds by
//!   default, is how long a transaction waits for the writer before it.
//! - The journal has to be a write-ahead log, which [`migrate`](SqlxStore::migrate) sees to. A database in memory has
//!   none.
//! - The store has connections of its own to the pool's file: up to four that don't wait for the disk, for claims, and
//!   one that does (`synchronous = full`), for marks of the layer. Copies are answered while another process writes.
//! - Leases and windows are measured by the machine's clock.
//!
//! # Calls
//!
//! [`SqlxCalls`] assembles calls from their messages in the same transaction: [`calls`] has an example with a CRM's
//! tables.
//!
//! # Acknowledge at once, work later
//!
//! A handler with much to do enqueues a job in the transaction that marks the message. [`work_later`] has the rules and
//! the code, for Postgres, for SQLite, and for those who have Redis only.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `postgres` | `SqlxStore<Postgres>`, `SqlxCalls<Postgres>` |
//! | `sqlite` | `SqlxStore<Sqlite>`, `SqlxCalls<Sqlite>`, with SQLite itself, which sqlx compiles in |
//! | `tls-rustls` | TLS to Postgres by rustls and ring, with the roots of the `webpki-roots` crate |
//! | `tls-native-tls` | TLS to Postgres by the system's library: OpenSSL on Linux |
//!
//! Nothing is on by default. For another TLS, depend on [`sqlx`], which is re-exported, and enable its feature of
//! choice.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a database there is not much to do.
#![cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    allow(dead_code, unused_imports)
)]

mod ask;
pub mod calls;
mod commit;
mod database;
mod error;
mod later;
mod link;
mod local;
mod migrate;
mod names;
#[cfg(feature = "postgres")]
mod postgres;
mod prune;
mod questions;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod statements;
mod steps;
mod store;
mod together;
mod transitions;
#[doc = include_str!("work_later.md")]
pub mod work_later {}

pub use sqlx;

pub use self::calls::{
    CallUpdate, CallsError, ChangeCursor, Changes, InvalidCursor, SqlxCalls, StoredCall,
    StoredCalls,
};
pub use self::commit::{CommitError, Marked};
pub use self::database::StoreDatabase;
pub use self::error::{SqlxStoreError, SqlxStoreErrorKind};
pub use self::prune::Pruning;
pub use self::store::SqlxStore;

/// The README's code.
#[cfg(all(doctest, feature = "postgres"))]
#[doc = include_str!("../README.md")]
struct Readme;
