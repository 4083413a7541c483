//! Step 12: claims a message for the handler that is about to run.

use std::sync::Arc;

use super::delivery::Delivery;
use super::receive::Verified;
use super::settle::Claimed;
use super::unsettled::Unsettled;
use crate::observe::{OutcomeKind, Step};
use crate::rejection::Rejection;
use crate::replay::{Claim, OnStoreFailure, ReplayStatus, UncheckedReason};
use crate::reply::Reply;

impl<E> Verified<E> {
    /// Step 12 of the [pipeline](crate::pipeline): claims the message for the handler that is about to run.
    ///
    /// Dropping the future at any await leaves no claim behind.
    ///
    /// # Errors
    ///
    /// What to answer instead of calling the handler: this content was handled, or is being handled right now, or the
    /// replay store can't tell and the endpoint refuses in that case. It has been reported.
    pub async fn claim(self) -> Result<Unsettled<E>, Reply> {
        let Self {
            shared,
            outcome,
            receipt,
            fallback,
            parts,
            ..
        } = self;
        let protection = &shared.protection;
        let to_claim = if protection.is_on() {
            receipt.clone()
        } else {
            Err(UncheckedReason::Off)
        };
        let deliver = |status, mut claimed: Claimed, at| {
            claimed.outcome().delivered(status);
            claimed.outcome().end_step_at(at, Step::Handler);
            Unsettled::new(Delivery::new(parts, status, receipt), claimed)
        };
        let to_claim = match to_claim {
            Ok(receipt) => receipt,
            Err(reason) => {
                let claimed = Claimed::unleased(Arc::clone(protection), outcome);
                let mut claimed = claimed.with_fallback(fallback);
                let now = claimed.outcome().elapsed();
                return Ok(deliver(ReplayStatus::Unchecked(reason), claimed, now));
            }
        };
        // Armed before the store is asked: dropped from here on, the claim is given back, wherever it has come.
        let mut claimed = Claimed::arm(Arc::clone(protection), outcome, to_claim);
        let (claim, at) = claimed.claim().await;
        match claim {
            Ok(Claim::First) => Ok(deliver(ReplayStatus::First, claimed, at)),
            Ok(Claim::Revision) => Ok(deliver(ReplayStatus::Revision, claimed, at)),
            Ok(Claim::Replay) => {
                claimed.disarm();
                let outcome = claimed.outcome();
                outcome.end_step_at(at, Step::None);
                Err(outcome.answered(OutcomeKind::Replay, Reply::REPLAY))
            }
            Ok(Claim::InFlight { lease_left }) => {
                claimed.disarm();
                let outcome = claimed.outcome();
                outcome.end_step_at(at, Step::None);
                Err(outcome.refuse(Rejection::in_flight(lease_left)))
            }
            Err(error) => match protection.on_failure() {
                OnStoreFailure::Handle => {
                    claimed.mark_uncertain();
                    let status = ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable);
                    Ok(deliver(status, claimed, at))
                }
                // It stays armed: the store may have granted the lease, and its answer was lost.
                OnStoreFailure::Refuse => {
                    let outcome = claimed.outcome();
                    outcome.end_step_at(at, Step::None);
                    Err(outcome.refuse(Rejection::store(error)))
                }
            },
        }
    }
}
