//! Step 13 where the sender may wait for the answer: [`Claimed::answer`].
//!
//! 1. A message whose sender doesn't wait, or whose endpoint has no fallback, is settled by what its handler returns, which
//!    passes unchanged. A panic goes on.
//! 2. Otherwise the handler has a time limit, and a panic of it is caught, after the panic hook has seen it. What it
//!    returns passes unchanged if it is a 2xx. All else is answered with the fallback, and reported as that.
//! 3. A handler that took too long is dropped before the fallback is answered. One that is to run on has a task of its
//!    own, which the adapter makes: [`Claimed::counted`].

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use super::settle::{Claimed, HandlerOutcome};
use crate::deadline::within;
use crate::endpoint::Fallback;
use crate::observe::{FallbackCause, contain};
use crate::panic::{CatchUnwind, Panicked};
use crate::reply::Reply;

impl Claimed {
    pub(super) fn with_fallback(mut self, fallback: Option<Arc<Fallback>>) -> Self {
        self.fallback = fallback;
        self
    }

    /// Whether [`answer`](Self::answer) may answer a fallback: the sender waits for the answer, and the endpoint has one.
    #[must_use]
    pub fn has_fallback(&self) -> bool {
        self.fallback.is_some()
    }

    /// The same handler, counted as [under way](crate::Endpoint::idle) until its end, though this guard is gone by then:
    /// for one that runs on after its sender was answered.
    pub fn counted<F: Future>(&self, handler: F) -> impl Future<Output = F::Output> + use<F> {
        let in_flight = self.protection.enter();
        async move {
            let _in_flight = in_flight;
            handler.await
        }
    }

    /// Runs a handler, and settles the message by what it returns: an `Ok` by its status, according to the endpoint's rule
    /// (2xx is success), an `Err` as a failure.
    ///
    /// `sleep` waits for a time, as the adapter's runtime does. It is called at most once, for a handler that makes whoever
    /// waits for its answer wait.
    ///
    /// # Errors
    ///
    /// The fallback, which is to be answered instead: the sender waits, and the handler has answered with another status
    /// than 2xx or with an error, has panicked, or was dropped because it took too long. What the handler returned, its
    /// errors too, is the `Ok`.
    pub fn answer<R, X, S: Future<Output = ()>>(
        mut self,
        handler: impl Future<Output = Result<R, X>>,
        status: impl FnOnce(&R) -> u16,
        sleep: impl FnOnce(Duration) -> S,
    ) -> impl Future<Output = Result<Result<R, X>, Reply>> {
        let fallback = self.fallback.take();
        async move {
            let Some(fallback) = fallback else {
                let result = handler.await;
                let outcome = HandlerOutcome::from(result.as_ref().map(status));
                self.settle(outcome).await;
                return Ok(result);
            };
            // Boxed: most messages need no space for it in their futures.
            Box::pin(self.answer_in_time(Box::pin(handler), &fallback, status, sleep)).await
        }
    }

    async fn answer_in_time<R, X, S: Future<Output = ()>>(
        mut self,
        handler: Pin<Box<impl Future<Output = Result<R, X>>>>,
        fallback: &Fallback,
        status: impl FnOnce(&R) -> u16,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<Result<R, X>, Reply> {
        let cause = match in_time(handler, fallback, sleep).await {
            Err(cause) => cause,
            Ok(result) => {
                let outcome = HandlerOutcome::from(result.as_ref().map(status));
                match outcome {
                    HandlerOutcome::Status(status) if (200..300).contains(&status) => {
                        self.settle(outcome).await;
                        return Ok(result);
                    }
                    HandlerOutcome::Status(status) => FallbackCause::Status(status),
                    HandlerOutcome::Error => FallbackCause::Error,
                }
            }
        };
        let reply = Reply::fallback(fallback.reply.clone());
        Err(self.outcome().fell_back(cause, reply))
    }
}

/// What a handler returns, or why it returns nothing. The handler is gone then.
async fn in_time<T, S: Future<Output = ()>>(
    mut handler: Pin<Box<impl Future<Output = T>>>,
    fallback: &Fallback,
    sleep: impl FnOnce(Duration) -> S,
) -> Result<T, FallbackCause> {
    let clock = &fallback.clock;
    let ends_at = clock.elapsed().saturating_add(fallback.answer_within);
    let time_left = || ends_at.saturating_sub(clock.elapsed());
    let caught = async {
        let returned = CatchUnwind(handler.as_mut()).await;
        returned.map_err(|Panicked| FallbackCause::Panicked)
    };
    let returned = within(pin!(caught), time_left, sleep).await;
    contain("a handler", || drop(handler));
    returned.unwrap_or(Err(FallbackCause::TooSlow))
}
