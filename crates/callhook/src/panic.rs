//! Panics of the application's code, contained: [`CatchUnwind`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future whose panic is its result. It is not polled again after that.
///
/// Unwind safe is what the caller vouches for: whatever the future shares with others is used again, as it is after any
/// other error. A program that is built with `panic = "abort"` ends nevertheless.
pub(crate) struct CatchUnwind<F>(pub(crate) F);

/// The future panicked.
///
/// Without the panic's own message, which may hold a part of a request. The panic hook has printed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

impl<F: Future + Unpin> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = AssertUnwindSafe(|| Pin::new(&mut self.0).poll(context));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    fn poll_once<F: Future>(future: F) -> Poll<Result<F::Output, Panicked>> {
        pin!(CatchUnwind(pin!(future))).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_panic_is_the_result_and_everything_else_passes() {
        assert_eq!(poll_once(ready(7)), Poll::Ready(Ok(7)));
        assert_eq!(poll_once(pending::<()>()), Poll::Pending);
        let panics = async { panic!("of a test") };
        assert_eq!(poll_once::<_>(panics), Poll::Ready(Err::<(), _>(Panicked)));
    }
}
