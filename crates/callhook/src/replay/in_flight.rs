//! How many messages are being handled, and who waits until there are none.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A count that can be waited on to become zero. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Count>);

#[derive(Default)]
struct Count {
    count: AtomicUsize,
    waiting: Mutex<Vec<Waker>>,
}

/// Counts one message until it is dropped.
pub(crate) struct InFlightGuard(InFlight);

impl InFlight {
    pub(crate) fn enter(&self) -> InFlightGuard {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        InFlightGuard(self.clone())
    }

    /// Waits until the count is zero.
    pub(crate) async fn none(&self) {
        poll_fn(|context| {
            // Registered before the count is read, so that the last guard to be dropped can't be missed.
            let mut waiting = self.lock();
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            drop(waiting);
            if self.0.count.load(Ordering::SeqCst) == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        if self.0.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            let waiting = std::mem::take(&mut *self.0.lock());
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}
