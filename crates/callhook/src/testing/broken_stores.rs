//! The acceptance suite finds out stores that break a rule, each with the sentence for that rule.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::clock::{Clock, ManualClock};
use crate::replay::{Claim, Lease, ReplayStore, Settled, Settlement};
use crate::testing::store_acceptance;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AnswersReplayWhileInFlight,
    ChecksThenSets,
    CutsFingerprints,
    ForgetsWhichContent,
    KnowsTheLastContentOnly,
    HoldsForEver,
    LeaseLeftIsZero,
    RefusesItsOwner,
    ReleasesWithoutAskingWhose,
    ReleaseUndoesCommit,
    CommitAsksWhose,
    CommitLeavesTheNewOwner,
    LateCommitLeavesTheNewOwner,
    UnclaimedCommitIsLost,
    SecondCommitExtends,
    LateCommitIsLost,
    NeverForgets,
    ForgetsAtOnce,
    DropsSettleLater,
    SettleLaterCommitsAll,
}

const CASES: [(Fault, &str); 20] = [
    (
        Fault::AnswersReplayWhileInFlight,
        "a content that is being handled is not granted again",
    ),
    (
        Fault::ChecksThenSets,
        "of many concurrent claims of one content exactly one is granted",
    ),
    (
        Fault::CutsFingerprints,
        "contents that differ in one bit are two contents",
    ),
    (
        Fault::ForgetsWhichContent,
        "contents that differ in one bit are two contents",
    ),
    (
        Fault::KnowsTheLastContentOnly,
        "contents that differ in one bit are two contents",
    ),
    (
        Fault::HoldsForEver,
        "a lease that ran out no longer protects its content",
    ),
    (
        Fault::LeaseLeftIsZero,
        "the lease that is left is more than nothing",
    ),
    (
        Fault::RefusesItsOwner,
        "a claim that is asked twice with one token",
    ),
    (
        Fault::ReleasesWithoutAskingWhose,
        "what an owner holds, another token cannot release",
    ),
    (
        Fault::CommitAsksWhose,
        "a commit leaves its content handled, whoever holds it",
    ),
    (
        Fault::CommitLeavesTheNewOwner,
        "a commit leaves its content handled, whoever holds it",
    ),
    (
        Fault::LateCommitLeavesTheNewOwner,
        "a commit whose lease another owner took since counts",
    ),
    (
        Fault::UnclaimedCommitIsLost,
        "a commit leaves its content handled, whether or not it was claimed",
    ),
    (
        Fault::ReleaseUndoesCommit,
        "what one owner has handled, another cannot release",
    ),
    (
        Fault::SecondCommitExtends,
        "which a second commit does not extend",
    ),
    (
        Fault::LateCommitIsLost,
        "a commit whose lease ran out counts",
    ),
    (
        Fault::NeverForgets,
        "a handled content is forgotten after its window",
    ),
    (
        Fault::ForgetsAtOnce,
        "a copy of a handled content is a replay",
    ),
    (
        Fault::DropsSettleLater,
        "a commit that was given to settle_later is made",
    ),
    (
        Fault::SettleLaterCommitsAll,
        "what an owner holds, another token cannot release",
    ),
];

#[test]
fn a_store_without_faults_passes() {
    assert_eq!(verdict(Fault::None), "");
}

#[test]
fn each_broken_store_is_found_out_by_the_rule_it_breaks() {
    for (fault, sentence) in CASES {
        let verdict = verdict(fault);
        assert!(
            verdict.contains(sentence),
            "{fault:?} was answered: {verdict:?}"
        );
    }
}

fn verdict(fault: Fault) -> String {
    let clock = ManualClock::default();
    let store = Broken {
        fault,
        clock: clock.clone(),
        contents: Mutex::default(),
    };
    verdict_on(&store, &clock)
}

/// What the suite says of a store that reads the time from this clock. Empty if it is content.
pub(super) fn verdict_on(store: &impl ReplayStore, clock: &ManualClock) -> String {
    let wait = async |time| clock.advance(time);
    let suite = store_acceptance(store, "broken", Duration::from_secs(1), wait);
    let run = AssertUnwindSafe(|| {
        let mut suite = pin!(suite);
        while suite
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
        {}
    });
    match catch_unwind(run) {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

/// A store of one map, which waits once before each step.
struct Broken {
    fault: Fault,
    clock: ManualClock,
    contents: Mutex<HashMap<(Vec<u8>, u128), State>>,
}

#[derive(Clone, Copy)]
struct State {
    /// None once it is handled.
    token: Option<u128>,
    until: Duration,
    /// When the lease runs out, were the store right.
    claimed: Duration,
}

impl ReplayStore for Broken {
    type Error = Infallible;

    async fn claim(&self, lease: &Lease) -> Result<Claim, Infallible> {
        let found = self.find(lease);
        if self.fault == Fault::ChecksThenSets {
            once_more().await;
            return Ok(self.claim_now(lease, found));
        }
        let claim = self.claim_now(lease, found);
        // The claim is made and its answer under way: whoever is dropped here owns a content without knowing.
        once_more().await;
        Ok(claim)
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, Infallible> {
        once_more().await;
        Ok(self.settle(lease, Settlement::Commit))
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, Infallible> {
        once_more().await;
        Ok(self.settle(lease, Settlement::Release))
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        match self.fault {
            Fault::DropsSettleLater => {}
            Fault::SettleLaterCommitsAll => {
                self.settle(&lease, Settlement::Commit);
            }
            _ => {
                self.settle(&lease, settlement);
            }
        }
    }

    async fn flush(&self) {
        once_more().await;
    }
}

impl Broken {
    fn claim_now(&self, lease: &Lease, found: Option<State>) -> Claim {
        let now = self.clock.elapsed();
        let mut contents = self.contents();
        match found {
            Some(State { token: None, .. }) => return Claim::Replay,
            Some(State {
                token: Some(token),
                claimed,
                ..
            }) if token != lease.token().to_bits() || self.fault == Fault::RefusesItsOwner => {
                return match self.fault {
                    Fault::AnswersReplayWhileInFlight => Claim::Replay,
                    Fault::LeaseLeftIsZero => Claim::InFlight {
                        lease_left: Duration::ZERO,
                    },
                    _ => Claim::InFlight {
                        lease_left: claimed.saturating_sub(now),
                    },
                };
            }
            _ => {}
        }
        let key = self.key(lease);
        if self.fault == Fault::KnowsTheLastContentOnly {
            contents.retain(|(identity, content), _| *identity != key.0 || *content == key.1);
        }
        let is_revision = contents.iter().any(|((identity, content), state)| {
            *identity == key.0 && *content != key.1 && state.until > now
        });
        let state = State {
            token: Some(lease.token().to_bits()),
            until: match self.fault {
                Fault::HoldsForEver => Duration::MAX,
                _ => now + lease.duration(),
            },
            claimed: now + lease.duration(),
        };
        contents.insert(key, state);
        if is_revision {
            Claim::Revision
        } else {
            Claim::First
        }
    }

    fn settle(&self, lease: &Lease, settlement: Settlement) -> Settled {
        let now = self.clock.elapsed();
        let found = self.find(lease);
        let raw = self.contents().get(&self.key(lease)).copied();
        match found {
            Some(State { token: None, .. }) => match (self.fault, settlement) {
                (Fault::SecondCommitExtends, Settlement::Commit) => {
                    let until = now + lease.window();
                    let extended = State {
                        token: None,
                        until,
                        claimed: now,
                    };
                    self.contents().insert(self.key(lease), extended);
                    return Settled::Lost;
                }
                (Fault::ReleaseUndoesCommit, Settlement::Release) => {}
                _ => return Settled::Lost,
            },
            Some(State {
                token: Some(token),
                until,
                ..
            }) if token != lease.token().to_bits() => {
                let is_release = settlement == Settlement::Release;
                // The suite's short leases are the ones that run out.
                let is_late = lease.duration() < until.saturating_sub(now);
                match self.fault {
                    Fault::ReleasesWithoutAskingWhose if is_release => {}
                    Fault::CommitAsksWhose => return Settled::Lost,
                    Fault::CommitLeavesTheNewOwner if !is_release => return Settled::Done,
                    Fault::LateCommitLeavesTheNewOwner if !is_release && is_late => {
                        return Settled::Done;
                    }
                    _ if is_release => return Settled::Lost,
                    _ => {}
                }
            }
            None if self.fault == Fault::UnclaimedCommitIsLost && raw.is_none() => {
                return Settled::Lost;
            }
            _ => {}
        }
        let is_late = found.is_none() && raw.is_some_and(|state| state.claimed <= now);
        if self.fault == Fault::LateCommitIsLost && settlement == Settlement::Commit && is_late {
            return Settled::Lost;
        }
        let mut contents = self.contents();
        contents.remove(&self.key(lease));
        let until = match self.fault {
            Fault::NeverForgets => Duration::MAX,
            Fault::ForgetsAtOnce => now,
            _ => now + lease.window(),
        };
        if settlement == Settlement::Commit {
            contents.insert(
                self.key(lease),
                State {
                    token: None,
                    until,
                    claimed: now,
                },
            );
        }
        Settled::Done
    }

    fn find(&self, lease: &Lease) -> Option<State> {
        let state = self.contents().get(&self.key(lease)).copied()?;
        (state.until > self.clock.elapsed()).then_some(state)
    }

    fn key(&self, lease: &Lease) -> (Vec<u8>, u128) {
        let content = lease.fingerprint().to_bits();
        let content = match self.fault {
            Fault::CutsFingerprints => content & u128::from(u64::MAX),
            Fault::ForgetsWhichContent => 0,
            _ => content,
        };
        (lease.identity().as_bytes().to_vec(), content)
    }

    fn contents(&self) -> MutexGuard<'_, HashMap<(Vec<u8>, u128), State>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for one more poll.
pub(super) async fn once_more() {
    let mut is_polled = false;
    poll_fn(move |context| {
        context.waker().wake_by_ref();
        if mem::replace(&mut is_polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
