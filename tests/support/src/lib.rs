//! What tests share: the suites that each adapter has to pass, the handler under test, a store that a test can hold and
//! fail, and an HTTP/1.1 client, with tokio ([`Wire`]) and without ([`exchange`], [`read`]).

// Each name says it.
#![allow(missing_docs)]

mod codes;
pub mod conformance;
mod endpoint;
mod gate;
mod handler;
mod hang_up;
pub mod ivr;
mod logs;
mod message;
mod postgres;
mod random;
mod reply;
mod request;
mod server;
mod socket;
mod store;
mod wire;

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What the handler under test answers.
pub type Response = http::Response<String>;

pub use self::codes::{Codes, Refusal, Refusals};
pub use self::endpoint::{bare_builder, builder, endpoint, remember, remembering};
pub use self::gate::{Count, Gate};
pub use self::handler::{Planned, Received, TestHandler};
pub use self::hang_up::HangUp;
pub use self::logs::{LogWriter, Logs, listen};
pub use self::message::{TOKEN, cdr, cdr_query, cdr_with_recording, flow};
pub use self::postgres::Postgres;
pub use self::random::{Random, seed};
pub use self::reply::{Head, Reply};
pub use self::request::{chunk, chunked, get, post, request};
pub use self::server::Server;
pub use self::socket::{connect, exchange, exchange_on, read, try_connect, try_read, write};
pub use self::store::{Down, Failing, Gates, Step, TestStore, Transaction};
pub use self::wire::Wire;

/// Waits, but not for ever. Generous: it decides between slow and hung, not between fast and slow.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(PATIENCE.get(), future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

thread_local! {
    static PATIENCE: Cell<Duration> = const { Cell::new(Duration::from_secs(60)) };
}

/// Polls once, waking nobody.
pub fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}
