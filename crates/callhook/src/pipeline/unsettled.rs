//! A delivery together with the guard that owns its lease: [`Unsettled`].

use std::fmt;
use std::ops::Deref;

use super::delivery::Delivery;
use super::settle::{Claimed, HandlerOutcome};
use crate::observe::TARGET;

/// A message that whoever has it must settle, where no layer or middleware does. Derefs to [`Delivery`].
///
/// Adapters' `GuardedWebhook` extractors hold one. Dropped without [`process`](Self::process), the message is released for its
/// next copy, and the log says so.
#[must_use = "dropping it releases the message"]
pub struct Unsettled<E> {
    delivery: Delivery<E>,
    // Before the guard, so that the log says why the message is released before it is.
    warning: DropWarning,
    claimed: Claimed,
}

impl<E> Unsettled<E> {
    pub(super) fn new(delivery: Delivery<E>, claimed: Claimed) -> Self {
        Self {
            delivery,
            warning: DropWarning,
            claimed,
        }
    }

    /// The delivery, and the guard that settles it: for whoever calls the handler in another way than
    /// [`process`](Self::process) does, as adapters do.
    #[must_use = "dropping the guard releases the message"]
    pub fn into_parts(self) -> (Delivery<E>, Claimed) {
        self.warning.cancel();
        (self.delivery, self.claimed)
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
        // The guard is held by this future while the handler runs.
        let (delivery, claimed) = self.into_parts();
        let result = handler(delivery).await;
        let outcome = HandlerOutcome::from(result.as_ref().map(status));
        claimed.settle(outcome).await;
        result
    }

    /// Settles the message by what the application has made of it, where [`process`](Self::process) doesn't fit.
    ///
    /// The outcome counts from the call on, not from the first poll: the future may be dropped at any time.
    pub fn settle(self, outcome: HandlerOutcome) -> impl Future<Output = ()> + Send {
        let (_, claimed) = self.into_parts();
        claimed.settle(outcome)
    }
}

/// Logs that nobody processed a message.
#[derive(Debug)]
struct DropWarning;

impl DropWarning {
    fn cancel(self) {
        std::mem::forget(self);
    }
}

impl Drop for DropWarning {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            tracing::warn!(
                target: TARGET,
                "a webhook was dropped without process(): it is released, and will be handled when it is sent again"
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
            .field("claimed", &self.claimed)
            .finish()
    }
}
