//! One lookup that several requests wait for: [`Flight`].

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::lookup::Looked;

/// A lookup that one request makes and others wait for.
pub(super) struct Flight(Mutex<State>);

enum State {
    Running {
        waiting: BTreeMap<u64, Waker>,
        next: u64,
    },
    /// `None` if the request that made it was dropped.
    Over(Option<Looked>),
}

impl Flight {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Running {
            waiting: BTreeMap::new(),
            next: 0,
        })))
    }

    /// Waits until the lookup is over. `None` if it was given up: whoever comes first then makes another.
    pub(super) fn wait(self: Arc<Self>) -> Waiting {
        Waiting {
            flight: self,
            number: None,
        }
    }

    /// Ends the flight, and wakes those who wait. The first end counts.
    pub(super) fn end(&self, found: Option<Looked>) {
        let mut state = self.lock();
        let State::Running { waiting, .. } = &mut *state else {
            return;
        };
        let waiting = std::mem::take(waiting);
        *state = State::Over(found);
        drop(state);
        for waker in waiting.into_values() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request's wait for a [`Flight`].
pub(super) struct Waiting {
    flight: Arc<Flight>,
    /// Under which its waker is kept.
    number: Option<u64>,
}

impl Future for Waiting {
    type Output = Option<Looked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let known = self.number;
        let mut state = self.flight.lock();
        let number = match &mut *state {
            State::Over(found) => return Poll::Ready(found.clone()),
            State::Running { waiting, next } => {
                let number = known.unwrap_or(*next);
                *next = (*next).max(number + 1);
                waiting.insert(number, context.waker().clone());
                number
            }
        };
        drop(state);
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(number) = self.number
            && let State::Running { waiting, .. } = &mut *self.flight.lock()
        {
            waiting.remove(&number);
        }
    }
}
