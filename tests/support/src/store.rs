//! A replay store whose every step a test can hold, fail and see.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use callhook::replay::{Claim, Lease, Receipt, ReplayStore, Settled, Settlement, Token};

use super::{Count, Gate};

/// Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct TestStore(Arc<Inner>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    /// Identity, then fingerprint.
    messages: Mutex<HashMap<Vec<u8>, HashMap<u128, Content>>>,
    steps: Mutex<Vec<Step>>,
    effects: Count,
    later: Count,
    flushed: Count,
    failing: Mutex<Failing>,
    is_settling_broken: AtomicBool,
    gates: Gates,
}

/// Where a request to the store waits: on its way there, and on its way back.
#[derive(Debug, Default)]
pub struct Gates {
    pub before_claim: Gate,
    pub after_claim: Gate,
    pub before_settle: Gate,
    pub after_settle: Gate,
    pub flush: Gate,
}

/// Whether claims fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failing {
    #[default]
    No,
    /// The store never saw the claim.
    Before,
    /// The store has granted the claim, and its word was lost.
    After,
}

/// What the store was asked, and what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Claim(Claim),
    Settle(Settlement, Settled),
    Later(Settlement, Settled),
}

/// What becomes of a transaction after it has marked its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    Committed,
    /// Nobody committed it.
    RolledBack,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Claimed(Token),
    Handled(Token),
}

/// The store does not answer.
#[derive(Clone, Copy, Debug)]
pub struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("down, as planned")
    }
}

impl std::error::Error for Down {}

impl TestStore {
    pub fn gates(&self) -> &Gates {
        &self.0.gates
    }

    /// How many leases were given to be settled later.
    pub fn later(&self) -> &Count {
        &self.0.later
    }

    pub fn flushed(&self) -> &Count {
        &self.0.flushed
    }

    pub fn fail_claims(&self, failing: Failing) {
        *lock(&self.0.failing) = failing;
    }

    pub fn fail_settling(&self, is_broken: bool) {
        self.0.is_settling_broken.store(is_broken, Ordering::SeqCst);
    }

    pub fn steps(&self) -> Vec<Step> {
        lock(&self.0.steps).clone()
    }

    /// Runs a transaction that has one effect and marks its message, as a store in the application's database does.
    /// Returns whether it found the message not handled yet.
    pub fn transact(&self, receipt: &Receipt, transaction: Transaction) -> bool {
        let lease = receipt.lease();
        let mut messages = lock(&self.0.messages);
        let contents = messages
            .entry(lease.identity().as_bytes().to_vec())
            .or_default();
        let fingerprint = lease.fingerprint().to_bits();
        if let Some(Content::Handled(_)) = contents.get(&fingerprint) {
            receipt.mark_found_handled();
            return false;
        }
        receipt.mark_in_transaction();
        if transaction == Transaction::Committed {
            contents.insert(fingerprint, Content::Handled(lease.token()));
            self.0.effects.add();
        }
        true
    }

    /// Effects of transactions that were committed.
    pub fn effects(&self) -> &Count {
        &self.0.effects
    }

    /// Every lease runs out.
    pub fn end_leases(&self) {
        for contents in lock(&self.0.messages).values_mut() {
            contents.retain(|_, content| matches!(content, Content::Handled(_)));
        }
    }

    /// Contents that somebody holds.
    pub fn claimed(&self) -> usize {
        lock(&self.0.messages)
            .values()
            .flat_map(HashMap::values)
            .filter(|content| matches!(content, Content::Claimed(_)))
            .count()
    }

    fn step(&self, step: Step) {
        lock(&self.0.steps).push(step);
    }

    fn claim_now(&self, lease: &Lease) -> Claim {
        let mut messages = lock(&self.0.messages);
        let contents = messages
            .entry(lease.identity().as_bytes().to_vec())
            .or_default();
        let fingerprint = lease.fingerprint().to_bits();
        match contents.get(&fingerprint) {
            Some(Content::Handled(_)) => Claim::Replay,
            Some(Content::Claimed(_)) => Claim::InFlight {
                lease_left: lease.duration(),
            },
            None => {
                let is_known = !contents.is_empty();
                contents.insert(fingerprint, Content::Claimed(lease.token()));
                if is_known {
                    Claim::Revision
                } else {
                    Claim::First
                }
            }
        }
    }

    fn settle_now(&self, lease: &Lease, settlement: Settlement) -> Settled {
        let mut messages = lock(&self.0.messages);
        let contents = messages
            .entry(lease.identity().as_bytes().to_vec())
            .or_default();
        let fingerprint = lease.fingerprint().to_bits();
        match (contents.get(&fingerprint).copied(), settlement) {
            (Some(Content::Handled(token)), _) if token != lease.token() => Settled::Lost,
            (Some(Content::Handled(_)), _) => Settled::AlreadyHandled,
            (Some(Content::Claimed(token)), Settlement::Release) if token != lease.token() => {
                Settled::Lost
            }
            (Some(Content::Claimed(_)) | None, Settlement::Commit) => {
                contents.insert(fingerprint, Content::Handled(lease.token()));
                Settled::Done
            }
            (Some(Content::Claimed(_)), Settlement::Release) => {
                contents.remove(&fingerprint);
                Settled::Done
            }
            (None, Settlement::Release) => Settled::Done,
        }
    }

    async fn settle(&self, lease: &Lease, settlement: Settlement) -> Result<Settled, Down> {
        self.0.gates.before_settle.pass().await;
        if self.0.is_settling_broken.load(Ordering::SeqCst) {
            return Err(Down);
        }
        let settled = self.settle_now(lease, settlement);
        self.step(Step::Settle(settlement, settled));
        self.0.gates.after_settle.pass().await;
        Ok(settled)
    }
}

impl ReplayStore for TestStore {
    type Error = Down;

    async fn claim(&self, lease: &Lease) -> Result<Claim, Down> {
        self.0.gates.before_claim.pass().await;
        let failing = *lock(&self.0.failing);
        if failing == Failing::Before {
            return Err(Down);
        }
        let claim = self.claim_now(lease);
        self.step(Step::Claim(claim));
        self.0.gates.after_claim.pass().await;
        if failing == Failing::After {
            return Err(Down);
        }
        Ok(claim)
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, Down> {
        self.settle(lease, Settlement::Commit).await
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, Down> {
        self.settle(lease, Settlement::Release).await
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        let settled = self.settle_now(&lease, settlement);
        self.step(Step::Later(settlement, settled));
        self.0.later.add();
    }

    async fn flush(&self) {
        self.0.gates.flush.pass().await;
        self.0.flushed.add();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
