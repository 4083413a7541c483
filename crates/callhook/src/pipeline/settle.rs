//! Step 13: the guard that owns a lease while the handler runs, [`Claimed`].
//!
//! 1. It is armed before the store is asked. Dropped while the store works, it abandons the claim.
//! 2. Dropped while the handler runs (a panic, a sender that hung up), it releases, so that the next copy is handled.
//! 3. Once the handler has answered, it remembers the outcome: dropped while the store settles, it settles later with
//!    that outcome, and undoes no success.
//! 4. A success counts even if the lease has run out, and even if another handler holds the message by then: the store
//!    accepts every commit. A failure then changes nothing.
//! 5. Where a transaction of the application has marked the message, that transaction decides: a success settles
//!    nothing more, and a failure releases, which undoes no mark. Where it has found the message handled, nothing is
//!    left to settle.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::Fallback;
use crate::observe::{OutcomeGuard, OutcomeKind, contain};
use crate::replay::{Claim, InFlightGuard, Mark, Protection, Receipt, Settlement};

/// How a handler ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandlerOutcome {
    /// The handler answered with this status. Whether that is a success is the endpoint's rule: 2xx by default.
    Status(u16),
    /// The handler returned an error instead of an answer.
    Error,
}

impl<E> From<Result<u16, E>> for HandlerOutcome {
    /// The status of an answer, or an error instead of one.
    fn from(answer: Result<u16, E>) -> Self {
        match answer {
            Ok(status) => Self::Status(status),
            Err(_) => Self::Error,
        }
    }
}

/// Owns the lease of a message that is being handled, and settles it.
///
/// Not `Clone`, and never in a request's extensions: an adapter keeps it and calls [`settle`](Self::settle) once the
/// response head is known. Dropping it without that releases the message for its next copy.
#[must_use = "dropping it releases the message"]
pub struct Claimed {
    pub(super) protection: Arc<Protection>,
    hold: Option<Hold>,
    /// Where the sender waits for the answer.
    pub(super) fallback: Option<Arc<Fallback>>,
    // Dropped in this order, after the hold was settled by this guard's own drop.
    outcome: OutcomeGuard,
    _in_flight: InFlightGuard,
}

/// A lease that is, or may be, held in the store.
struct Hold {
    receipt: Receipt,
    /// What is done with it if this guard is dropped now.
    on_drop: Settlement,
    /// The store's answer was lost: the outcome is sent to it, without waiting.
    is_uncertain: bool,
}

impl Hold {
    /// A transaction of the application has left nothing to settle.
    fn is_settled(&self) -> bool {
        match self.receipt.mark() {
            Mark::None => false,
            Mark::InTransaction => self.on_drop == Settlement::Commit,
            Mark::FoundHandled => true,
        }
    }
}

impl Claimed {
    /// For a message that replay protection doesn't cover.
    pub(super) fn unleased(protection: Arc<Protection>, outcome: OutcomeGuard) -> Self {
        Self {
            _in_flight: protection.enter(),
            protection,
            hold: None,
            fallback: None,
            outcome,
        }
    }

    /// Armed for a lease whose claim is about to be sent to the store.
    pub(super) fn arm(
        protection: Arc<Protection>,
        outcome: OutcomeGuard,
        receipt: Receipt,
    ) -> Self {
        let mut claimed = Self::unleased(protection, outcome);
        claimed.hold = Some(Hold {
            receipt,
            on_drop: Settlement::Release,
            is_uncertain: false,
        });
        claimed
    }

    /// Asks the store for the lease. Returns what the clock showed at the end, too: a store that doesn't make us wait
    /// answers at the time at which it was asked.
    pub(super) async fn claim(&self) -> (Result<Claim, Arc<dyn Error + Send + Sync>>, Duration) {
        let asked_at = self.outcome.elapsed();
        let Some(hold) = &self.hold else {
            return (Ok(Claim::First), asked_at);
        };
        let mut has_waited = false;
        let claim = self.protection.claim(hold.receipt.lease(), asked_at);
        let claim = noticing_waits(claim, || has_waited = true).await;
        let ended_at = if has_waited {
            self.outcome.elapsed()
        } else {
            asked_at
        };
        (claim, ended_at)
    }

    /// The store could not say whether it has granted the lease; the message is handled anyway.
    pub(super) fn mark_uncertain(&mut self) {
        if let Some(hold) = &mut self.hold {
            hold.is_uncertain = true;
        }
    }

    /// There is nothing to give back: the store has refused the lease, or it is settled.
    pub(super) fn disarm(&mut self) {
        self.hold = None;
    }

    pub(super) fn outcome(&mut self) -> &mut OutcomeGuard {
        &mut self.outcome
    }

    /// Settles the message's lease according to the handler's answer, and then reports the outcome.
    ///
    /// The outcome counts from the call on, not from the first poll: the future may be dropped at any time, even
    /// before.
    pub fn settle(mut self, answer: HandlerOutcome) -> impl Future<Output = ()> + Send {
        let (settlement, status) = match answer {
            HandlerOutcome::Status(status) if self.protection.is_success(status) => {
                (Settlement::Commit, Some(status))
            }
            HandlerOutcome::Status(status) => (Settlement::Release, Some(status)),
            HandlerOutcome::Error => (Settlement::Release, None),
        };
        if let Some(hold) = &mut self.hold {
            hold.on_drop = settlement;
        }
        if self.hold.as_ref().is_some_and(Hold::is_settled) {
            self.disarm();
        }
        let kind = match settlement {
            Settlement::Commit => OutcomeKind::Handled,
            Settlement::Release => OutcomeKind::Failed,
        };
        self.outcome.settled(kind, status);
        async move {
            if let Some(hold) = self.hold.as_ref().filter(|hold| !hold.is_uncertain) {
                let now = self.outcome.step_began_at();
                let settled = self.protection.settle(&hold.receipt, settlement, now);
                // Where the store didn't answer, the guard tries once more as it is dropped.
                let outcome = &mut self.outcome;
                if noticing_waits(settled, || outcome.waits()).await {
                    self.disarm();
                }
            }
            self.outcome.report_answer();
        }
    }
}

/// Waits for a future, and calls this whenever it makes us wait.
async fn noticing_waits<T>(future: impl Future<Output = T>, mut waits: impl FnMut()) -> T {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        if polled.is_pending() {
            waits();
        }
        polled
    })
    .await
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take().filter(|hold| !hold.is_settled()) {
            let protection = &self.protection;
            contain("the replay store", || {
                protection.settle_later(hold.receipt.lease().clone(), hold.on_drop);
            });
        }
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("has_lease", &self.hold.is_some())
            .finish_non_exhaustive()
    }
}
