//! The guard that owns a lease while the handler runs: [`Claimed`].
//!
//! 1. It is armed before the store is asked. Dropped while the store thinks, it abandons the claim.
//! 2. Dropped while the handler runs (a panic, a sender that hung up), it releases, so that the next copy is handled.
//! 3. Once the handler has answered, it remembers the outcome: dropped while the store settles, it settles later with
//!    that outcome, and undoes no success.

use std::fmt;
use std::sync::Arc;

use crate::delivery::How;
use crate::held::Place;
use crate::rejection::Rejection;
use crate::replay::{Lease, Settled, Settlement};
use crate::trail::{Trail, contain};

/// What became of a message in the handler's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handled {
    /// The handler answered with this status. Whether that is a success is the endpoint's rule: 2xx by default.
    Status(u16),
    /// The handler returned an error instead of an answer.
    Error,
}

/// Owns the lease of a message that is being handled, and settles it.
///
/// Not `Clone`, and never in a request's extensions: an adapter keeps it and calls [`settle`](Self::settle) once the
/// response head is known. Dropping it without that releases the message for its next copy.
#[must_use = "dropping it releases the message"]
pub struct Claimed {
    hold: Option<Hold>,
    // After the hold, which is settled first.
    trail: Trail,
    _place: Place,
}

/// A lease that is, or may be, held in the store.
struct Hold {
    lease: Lease,
    /// What is done with it if this guard is dropped now.
    on_drop: Settlement,
    /// The store's word is out: it is told the outcome, and not waited for.
    is_uncertain: bool,
}

impl Claimed {
    /// For a message that replay protection doesn't cover.
    pub(crate) fn unleased(trail: Trail) -> Self {
        Self {
            _place: trail.shared().held.enter(),
            trail,
            hold: None,
        }
    }

    /// Armed for a lease whose claim is about to be sent to the store.
    pub(crate) fn arm(trail: Trail, lease: Lease) -> Self {
        let hold = Hold {
            lease,
            on_drop: Settlement::Release,
            is_uncertain: false,
        };
        let mut claimed = Self::unleased(trail);
        claimed.hold = Some(hold);
        claimed
    }

    /// The message goes to a handler.
    pub(crate) fn delivered(mut self, how: How) -> Self {
        self.trail.delivered(how);
        self
    }

    /// The store could not say whether it has granted the lease; the message is handled all the same.
    pub(crate) fn uncertain(mut self) -> Self {
        if let Some(hold) = &mut self.hold {
            hold.is_uncertain = true;
        }
        self
    }

    /// The store has said no: there is nothing to give back.
    pub(crate) fn refused(mut self, rejection: Rejection) -> Rejection {
        self.disarm();
        self.trail.refuse(rejection)
    }

    /// The store has said that the message was handled: there is nothing to give back.
    pub(crate) fn replayed(mut self, status: u16) {
        self.disarm();
        self.trail.report("replay", Some(status));
    }

    /// The store has not answered, and the endpoint refuses then: whatever became of the claim is given back.
    pub(crate) fn unavailable(mut self, rejection: Rejection) -> Rejection {
        self.trail.refuse(rejection)
    }

    /// Settles the message's lease by what the handler answered, and reports the outcome.
    ///
    /// The outcome counts from the call on, not from the first poll: the future may be dropped at any time, even before.
    pub fn settle(mut self, handled: Handled) -> impl Future<Output = ()> + Send {
        let shared = Arc::clone(self.trail.shared());
        let (settlement, status) = match handled {
            Handled::Status(status) if shared.is_success(status) => {
                (Settlement::Commit, Some(status))
            }
            Handled::Status(status) => (Settlement::Release, Some(status)),
            Handled::Error => (Settlement::Release, None),
        };
        if let Some(hold) = &mut self.hold {
            hold.on_drop = settlement;
        }
        let code = match settlement {
            Settlement::Commit => "handled",
            Settlement::Release => "failed",
        };
        self.trail.report(code, status);
        async move {
            let Some(hold) = self.hold.as_ref().filter(|hold| !hold.is_uncertain) else {
                return;
            };
            match shared.settle(&hold.lease, settlement).await {
                Some(Settled::Done) => {}
                Some(Settled::Lost) => shared.report_lost_lease(&hold.lease, settlement),
                // Already logged. The guard tries once more as it is dropped.
                None => return,
            }
            self.disarm();
        }
    }

    fn disarm(&mut self) {
        self.hold = None;
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take() {
            let shared = self.trail.shared();
            contain("the replay store", || {
                shared.settle_later(hold.lease, hold.on_drop);
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
