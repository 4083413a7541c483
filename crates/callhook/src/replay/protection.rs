//! How one endpoint asks its replay store: [`Protection`].

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::{
    AnyStore, Claim, Fingerprint, Identity, InFlight, InFlightGuard, Kept, Lease, Receipt, Settled,
    Settlement, TokenSource,
};
use crate::observe::{Incident, TARGET};

/// What happens to a message when the replay store can't answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnStoreFailure {
    /// It is handled, marked as unchecked: it may be handled again, and it is not lost. The default, because the
    /// platforms may never send it again.
    #[default]
    Handle,
    /// It is refused with 503: it is lost if the sender doesn't try again, and not handled twice, as long as its lease
    /// outlasts the store's trouble and the process lives to settle it.
    Refuse,
}

/// The replay store of one endpoint, its settings, and the messages that are being handled.
pub(crate) struct Protection {
    pub(crate) endpoint: Arc<str>,
    /// None where the endpoint has no replay protection.
    pub(crate) store: Option<AnyStore>,
    pub(crate) on_failure: OnStoreFailure,
    pub(crate) lease: Duration,
    pub(crate) windows: Windows,
    /// Whether the first handled content of a message counts for all of them.
    pub(crate) is_lossy_per_leg: bool,
    pub(crate) success: SuccessRule,
    pub(crate) tokens: TokenSource,
    pub(crate) incident: Incident,
    pub(crate) in_flight: InFlight,
}

/// How long each of them is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    pub(crate) long: Duration,
    pub(crate) brief: Duration,
}

impl Windows {
    pub(crate) fn of(self, kept: Kept) -> Duration {
        match kept {
            Kept::Long => self.long,
            Kept::Briefly => self.brief,
        }
    }
}

/// Which statuses of a handler's answer are success.
pub(crate) type SuccessRule = Arc<dyn Fn(u16) -> bool + Send + Sync>;

impl Protection {
    pub(crate) fn is_on(&self) -> bool {
        self.store.is_some()
    }

    pub(crate) fn on_failure(&self) -> OnStoreFailure {
        self.on_failure
    }

    pub(crate) fn is_success(&self, status: u16) -> bool {
        (self.success)(status)
    }

    /// Counts a message as being handled, until the guard is dropped.
    pub(crate) fn enter(&self) -> InFlightGuard {
        self.in_flight.enter()
    }

    /// Waits until no message is being handled and everything that was left to settle was tried.
    pub(crate) async fn idle(&self) {
        self.in_flight.none().await;
        if let Some(store) = &self.store
            && let Err(error) = store.flush().await
        {
            self.fails(&*error);
        }
    }

    /// The receipt of a lease with a token that no other has. The store doesn't know of it yet.
    pub(crate) fn propose(
        &self,
        identity: Identity,
        kept: Kept,
        fingerprint: Fingerprint,
    ) -> Receipt {
        let fingerprint = if self.is_lossy_per_leg {
            Fingerprint::from_bits(0)
        } else {
            fingerprint
        };
        let token = self.tokens.draw();
        let window = self.windows.of(kept);
        let lease = Lease::new(identity, fingerprint, token, self.lease, window);
        let store = self.store.as_ref().and_then(|store| store.store_id());
        Receipt::new(lease, store)
    }

    /// `now` is what the endpoint's clock shows.
    pub(crate) async fn claim(
        &self,
        lease: &Lease,
        now: Duration,
    ) -> Result<Claim, Arc<dyn Error + Send + Sync>> {
        let Some(store) = &self.store else {
            return Ok(Claim::First);
        };
        let claim = store.claim(lease, now).await;
        self.watch(claim)
    }

    /// Settles, and logs what went wrong. Returns whether the store has answered.
    /// `now` is what the endpoint's clock shows.
    pub(crate) async fn settle(
        &self,
        receipt: &Receipt,
        settlement: Settlement,
        now: Duration,
    ) -> bool {
        let Some(store) = &self.store else {
            return true;
        };
        let lease = receipt.lease();
        let settled = store.settle(lease, settlement, now).await;
        let Ok(settled) = self.watch(settled) else {
            return false;
        };
        if let Some(what) = trouble(settled, settlement, receipt.is_marked_in_transaction()) {
            tracing::warn!(
                target: TARGET,
                endpoint = &*self.endpoint,
                identity = ?lease.identity(),
                ?settlement,
                "{what}"
            );
        }
        true
    }

    pub(crate) fn settle_later(&self, lease: Lease, settlement: Settlement) {
        // That it was taken is not an answer of the store.
        if let Some(store) = &self.store
            && let Err(error) = store.settle_later(lease, settlement)
        {
            self.fails(&*error);
        }
    }

    /// Logs the beginning and the end of trouble with the store: an incident, not each of its requests.
    fn watch<T>(
        &self,
        result: Result<T, Box<dyn Error + Send + Sync>>,
    ) -> Result<T, Arc<dyn Error + Send + Sync>> {
        match result {
            Ok(value) => {
                if self.incident.answers() {
                    let endpoint = &*self.endpoint;
                    tracing::info!(target: TARGET, endpoint, "the replay store answers again");
                }
                Ok(value)
            }
            Err(error) => {
                self.fails(&*error);
                Err(error.into())
            }
        }
    }

    fn fails(&self, error: &(dyn Error + Send + Sync)) {
        if !self.incident.fails() {
            return;
        }
        let then = match self.on_failure {
            OnStoreFailure::Handle => "are handled unchecked",
            OnStoreFailure::Refuse => "are refused",
        };
        tracing::error!(
            target: TARGET,
            endpoint = &*self.endpoint,
            %error,
            "the replay store could not answer; messages for which it can't {then}"
        );
    }
}

/// What is to be said of a lease that was not settled as asked.
fn trouble(settled: Settled, settlement: Settlement, is_marked: bool) -> Option<&'static str> {
    match (settled, settlement) {
        (Settled::Done, _) | (Settled::AlreadyHandled, Settlement::Commit) => None,
        (Settled::AlreadyHandled, Settlement::Release) => Some(
            "a handler has failed after a transaction of its own had marked its message as handled: the message stays \
             handled, and copies of it are replays",
        ),
        (Settled::Lost, Settlement::Release) if is_marked => Some(
            "a handler has failed after a transaction of its own had marked its message as handled: the message stays \
             as it is, because it has been handled or another handler holds it",
        ),
        (Settled::Lost, Settlement::Commit) => Some(
            "a handler outlived its lease, and its message was handled twice: another handler claimed it meanwhile, and \
             both succeeded; give the endpoint a longer lease",
        ),
        (Settled::Lost, Settlement::Release) => Some(
            "a handler outlived its lease and failed: its message stays as it is, because another handler holds it or \
             has handled it",
        ),
    }
}
