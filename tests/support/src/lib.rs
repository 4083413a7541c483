//! What tests share: the handler under test, a store that a test can hold and fail, and an HTTP/1.1 client, with tokio
//! ([`Wire`]) and without ([`exchange`], [`read`]).

// Each name says it.
#![allow(missing_docs)]

mod desk;
mod gate;
mod logs;
mod message;
mod reply;
mod request;
mod socket;
mod store;
mod wire;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub use http::StatusCode;

pub use self::desk::{Desk, Turn};
pub use self::gate::{Count, Gate};
pub use self::logs::{Logs, listen};
pub use self::message::{TOKEN, cdr, cdr_query, cdr_with_recording, flow};
pub use self::reply::{Head, Reply};
pub use self::request::{chunk, chunked, get, post, request};
pub use self::socket::{connect, exchange, exchange_on, read, try_connect, try_read, write};
pub use self::store::{Down, Failing, Gates, Step, TestStore};
pub use self::wire::Wire;

/// Waits, but not for ever. Generous: it decides between slow and hung, not between fast and slow.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// Polls once, waking nobody.
pub fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}
