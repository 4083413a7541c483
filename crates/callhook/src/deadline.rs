//! Waiting, but not for ever: [`within`].

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

/// Waits for `work`, for no longer than `time_left`. `None` where the time ran out.
///
/// `sleep` is what the adapter's runtime has for it. Most work is done when it is first asked for, so the timer is made
/// only once the work makes us wait, with the time that is left then.
pub(crate) fn within<T, S: Future<Output = ()>>(
    mut work: Pin<&mut impl Future<Output = T>>,
    time_left: impl Fn() -> Duration,
    sleep: impl FnOnce(Duration) -> S,
) -> impl Future<Output = Option<T>> {
    let mut sleep = Some(sleep);
    let mut deadline: Option<Pin<Box<S>>> = None;
    poll_fn(move |context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        if let Some(sleep) = sleep.take() {
            deadline = Some(Box::pin(sleep(time_left())));
        }
        match &mut deadline {
            Some(deadline) => deadline.as_mut().poll(context).map(|()| None),
            None => Poll::Pending,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn work_that_is_done_at_once_makes_no_timer() {
        let never = |_| -> std::future::Pending<()> { panic!("a timer was made") };
        let work = pin!(ready(7));
        let done = within(work, || Duration::ZERO, never);
        assert_eq!(poll_once(done), Poll::Ready(Some(7)));
    }

    #[test]
    fn work_that_waits_has_the_time_that_is_left_when_it_first_waits() {
        let slept = Cell::new(None);
        let sleep = |time| {
            slept.set(Some(time));
            ready(())
        };
        let work = pin!(pending::<()>());
        let done = within(work, || Duration::from_secs(3), sleep);
        assert_eq!(poll_once(done), Poll::Ready(None));
        assert_eq!(slept.get(), Some(Duration::from_secs(3)));
    }
}
