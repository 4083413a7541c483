//! What the tests of both adapters share: the handler under test, a store that a test can hold and fail, a bare socket.

// Each name says it.
#![allow(missing_docs)]

mod desk;
mod gate;
mod logs;
mod message;
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
pub use self::store::{Down, Failing, Gates, Step, TestStore};
pub use self::wire::{Reply, Wire, chunk, get, post};

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
