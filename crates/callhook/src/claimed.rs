//! The guard that owns a lease while the handler runs: [`Claimed`].
//!
//! 1. It is armed before the store is asked. Dropped while the store thinks, it abandons the claim.
//! 2. Dropped while the handler runs (a panic, a sender that hung up), it releases, so that the next copy is handled.
//! 3. Once the handler has answered, it remembers the outcome: dropped while the store settles, it settles later with
//!    that outcome, and undoes no success.

use std::fmt;
use std::sync::Arc;

use crate::delivery::How;
use crate::endpoint::{Shared, Trace};
use crate::replay::{Lease, Settled, Settlement};

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
    shared: Arc<Shared>,
    trace: Trace,
    how: How,
    hold: Option<Hold>,
    /// The outcome was reported, or there is none: no handler has the message yet.
    is_reported: bool,
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
    pub(crate) fn unleased(shared: Arc<Shared>, trace: Trace, how: How) -> Self {
        shared.held.enter();
        Self {
            shared,
            trace,
            how,
            hold: None,
            is_reported: false,
        }
    }

    pub(crate) fn how(&self) -> How {
        self.how
    }

    /// Armed for a lease whose claim is about to be sent to the store.
    pub(crate) fn arm(shared: Arc<Shared>, trace: Trace, lease: Lease) -> Self {
        shared.held.enter();
        Self {
            shared,
            trace,
            how: How::First,
            hold: Some(Hold {
                lease,
                on_drop: Settlement::Release,
                is_uncertain: false,
            }),
            is_reported: true,
        }
    }

    /// The store has granted the lease.
    pub(crate) fn granted(mut self, how: How) -> Self {
        self.how = how;
        self.is_reported = false;
        self
    }

    /// The store could not say whether it has granted the lease; the message is handled all the same.
    pub(crate) fn uncertain(mut self, how: How) -> Self {
        if let Some(hold) = &mut self.hold {
            hold.is_uncertain = true;
        }
        self.granted(how)
    }

    /// The store has said no: there is nothing to give back.
    pub(crate) fn refused(mut self) {
        self.disarm();
    }

    /// Settles the message's lease by what the handler answered, and reports the outcome.
    ///
    /// The outcome counts from the call on, not from the first poll: the future may be dropped at any time, even before.
    pub fn settle(mut self, handled: Handled) -> impl Future<Output = ()> + Send {
        let settlement = match handled {
            Handled::Status(status) if self.shared.is_success(status) => Settlement::Commit,
            Handled::Status(_) | Handled::Error => Settlement::Release,
        };
        self.is_reported = true;
        if let Some(hold) = &mut self.hold {
            hold.on_drop = settlement;
        }
        let status = match handled {
            Handled::Status(status) => Some(status),
            Handled::Error => None,
        };
        self.shared.report(
            self.trace,
            match settlement {
                Settlement::Commit => "handled",
                Settlement::Release => "failed",
            },
            status,
            Some(self.how),
        );
        async move {
            let Some(hold) = self.hold.as_ref().filter(|hold| !hold.is_uncertain) else {
                return;
            };
            let settled = self.shared.settle(&hold.lease, settlement).await;
            match settled {
                Some(Settled::Done) => {}
                Some(Settled::Lost) => self.shared.report_lost_lease(&hold.lease, settlement),
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
            self.shared.settle_later(hold.lease, hold.on_drop);
        }
        if !self.is_reported {
            let code = if std::thread::panicking() {
                "panicked"
            } else {
                "cancelled"
            };
            self.shared.report(self.trace, code, None, Some(self.how));
        }
        self.shared.held.leave();
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("how", &self.how)
            .field("has_lease", &self.hold.is_some())
            .finish_non_exhaustive()
    }
}
