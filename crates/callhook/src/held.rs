//! How many messages are in a handler's hands, and who waits for none.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A count that can be waited on to become zero. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Count>);

#[derive(Default)]
struct Count {
    count: AtomicUsize,
    waiting: Mutex<Vec<Waker>>,
}

/// One that is counted, until it is dropped.
pub(crate) struct Place(Held);

impl Held {
    pub(crate) fn enter(&self) -> Place {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        Place(self.clone())
    }

    pub(crate) async fn none(&self) {
        poll_fn(|context| {
            // Registered before the count is read, so that the last to leave can't be missed.
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

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            let waiting = std::mem::take(&mut *self.0.lock());
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}
