//! What the tests share.

mod desk;
mod gate;
mod logs;
mod message;
mod server;
mod store;
mod wire;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub(crate) use self::desk::{Desk, Turn};
pub(crate) use self::gate::{Count, Gate};
pub(crate) use self::logs::{Logs, listen};
pub(crate) use self::message::{TOKEN, cdr, cdr_query, cdr_with_recording, flow};
pub(crate) use self::server::{
    Server, bare_builder, builder, call, endpoint, get_request, hook, outcome, post_request,
    rejection, remember, router,
};
pub(crate) use self::store::{Failing, Step, TestStore};
pub(crate) use self::wire::{Reply, Wire, chunk, get, post};

/// Waits, but not for ever. Generous: it decides between slow and hung, not between fast and slow.
pub(crate) async fn within<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// Polls once, waking nobody.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}
