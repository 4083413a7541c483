//! A delivery together with the guard that owns its lease: [`Unsettled`].

use std::fmt;
use std::time::Duration;

use super::delivery::Delivery;
use super::settle::{Claimed, HandlerOutcome};
use crate::observe::TARGET;
use crate::reply::Reply;

/// A claimed message whose holder has to settle it, because no layer or middleware does. Adapters' `GuardedWebhook`
/// extractors hold one.
///
/// The event is reached through [`process`](Self::process), which settles the message by what the handler returns, or
/// through [`into_parts`](Self::into_parts), together with the guard. Dropped without either, the message is released,
/// its next copy is handled, and the log has an error.
#[must_use = "an unsettled message is released when it is dropped: call process()"]
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

    /// The delivery, and the guard that [settles](Claimed::settle) it: for code that calls its handler differently from
    /// [`process`](Self::process).
    #[must_use = "the message is released when its guard is dropped: call settle()"]
    pub fn into_parts(self) -> (Delivery<E>, Claimed) {
        self.warning.cancel();
        (self.delivery, self.claimed)
    }

    /// Runs a handler, and settles the message by what it returns: an `Ok` by its status, according to the endpoint's
    /// rule (2xx is success), an `Err` as a failure. Returns what the handler returned.
    ///
    /// Dropped before its end, it releases the message. It doesn't use the [fallback](Self::answer).
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

    /// Runs a handler as [`process`](Self::process) does, and answers a waiting request with the endpoint's
    /// [fallback](crate::EndpointBuilder::fallback) if the handler fails: see [`Claimed::answer`].
    ///
    /// # Errors
    ///
    /// The fallback, which is to be answered. What the handler returned, its errors too, is the `Ok`.
    pub async fn answer<R, X, S: Future<Output = ()>>(
        self,
        handler: impl AsyncFnOnce(Delivery<E>) -> Result<R, X>,
        status: impl FnOnce(&R) -> u16,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<Result<R, X>, Reply> {
        let (delivery, claimed) = self.into_parts();
        // Called within what is polled: a panic before there is a future is answered with the fallback too.
        let handler = async move { handler(delivery).await };
        claimed.answer(handler, status, sleep).await
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
            tracing::error!(
                target: TARGET,
                "a message was dropped without process(), whatever its handler answered: it is released and will be \
                 handled when it is sent again. Call process() on the GuardedWebhook in the handler"
            );
        }
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
