//! A delivery together with the guard that owns its lease: [`Unsettled`].

use std::fmt;
use std::ops::Deref;

use crate::claimed::{Claimed, Handled};
use crate::delivery::Delivery;
use crate::observe::TARGET;

/// A message that whoever has it must settle, where no layer or middleware does. Derefs to [`Delivery`].
///
/// Adapters' `Unlayered` extractors hold one. Dropped without [`process`](Self::process), the message is released for its
/// next copy, and the log says so.
#[must_use = "dropping it releases the message"]
pub struct Unsettled<E> {
    delivery: Delivery<E>,
    guard: Guard,
}

impl<E> Unsettled<E> {
    /// A delivery and its guard, as [`Verdict::Handle`](crate::Verdict::Handle) has them.
    pub fn new(delivery: Delivery<E>, claimed: Claimed) -> Self {
        Self {
            delivery,
            guard: Guard(Some(claimed)),
        }
    }

    /// Runs a handler, and settles the message by what it returns: an `Ok` by its status, as the endpoint's rule has it
    /// (2xx is success), an `Err` as a failure. Returns what the handler returned.
    ///
    /// Dropped before its end, it releases the message.
    ///
    /// # Errors
    ///
    /// The handler's own.
    pub async fn process<R, X>(
        self,
        handler: impl AsyncFnOnce(Delivery<E>) -> Result<R, X>,
        status: impl FnOnce(&R) -> u16,
    ) -> Result<R, X> {
        let Self {
            delivery,
            mut guard,
        } = self;
        // Held by this future while the handler runs.
        let claimed = guard.0.take();
        let result = handler(delivery).await;
        let handled = match &result {
            Ok(answer) => Handled::Status(status(answer)),
            Err(_) => Handled::Error,
        };
        if let Some(claimed) = claimed {
            claimed.settle(handled).await;
        }
        result
    }

    /// Settles the message by what the application has made of it, where [`process`](Self::process) doesn't fit.
    pub async fn settle(mut self, handled: Handled) {
        if let Some(claimed) = self.guard.0.take() {
            claimed.settle(handled).await;
        }
    }
}

/// Notices that nobody processed a message.
#[derive(Debug)]
struct Guard(Option<Claimed>);

impl Drop for Guard {
    fn drop(&mut self) {
        if self.0.is_some() && !std::thread::panicking() {
            tracing::warn!(
                target: TARGET,
                "a message was dropped before process(..) was called on it: it is released, and handled again when it \
                 comes again"
            );
        }
    }
}

impl<E> Deref for Unsettled<E> {
    type Target = Delivery<E>;

    fn deref(&self) -> &Delivery<E> {
        &self.delivery
    }
}

impl<E: fmt::Debug> fmt::Debug for Unsettled<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsettled")
            .field("delivery", &self.delivery)
            .field("guard", &self.guard)
            .finish()
    }
}
