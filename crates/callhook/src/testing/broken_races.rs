//! The acceptance suite finds out stores that are right as long as one step follows the other, and wrong where steps meet.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::broken_stores::{once_more, verdict_on};
use crate::clock::{Clock, ManualClock};
use crate::replay::{Claim, Lease, MemoryStore, ReplayStore, Settled, Settlement};

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// The loser of a race for a row that is there, and free, is answered wrongly.
    Loser(Free, Answer),
    /// Each message has one lock, and who doesn't get it is told that the message is in flight.
    TriesTheMessagesLock,
    /// Each message has one row, which is read, changed and written back.
    WritesTheMessageBack,
    /// A commit that finds another owner than a moment before gives way to it.
    CommitComparesAndSwaps(Free),
}

/// How a row came to be free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Free {
    New,
    Released,
    LeaseOver,
    WindowOver,
}

/// What the loser of a race is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The conditional update has changed no row and returned none, and the store takes that for trouble.
    NoRow,
    /// The row was read before the update, which asks no more.
    Granted,
    /// The conditional update has changed no row, and the store takes that for a handled content.
    Replay,
}

const CASES: [(Fault, &str); 14] = [
    (Fault::Loser(Free::Released, Answer::NoRow), RELEASED),
    (Fault::Loser(Free::Released, Answer::Granted), RELEASED),
    (Fault::Loser(Free::Released, Answer::Replay), RELEASED),
    (Fault::Loser(Free::LeaseOver, Answer::NoRow), LEASE_OVER),
    (Fault::Loser(Free::LeaseOver, Answer::Granted), LEASE_OVER),
    (Fault::Loser(Free::LeaseOver, Answer::Replay), LEASE_OVER),
    (Fault::Loser(Free::WindowOver, Answer::NoRow), WINDOW_OVER),
    (Fault::Loser(Free::WindowOver, Answer::Granted), WINDOW_OVER),
    (Fault::Loser(Free::WindowOver, Answer::Replay), WINDOW_OVER),
    (
        Fault::TriesTheMessagesLock,
        "of different contents of one message that are claimed at once, all are granted",
    ),
    (
        Fault::WritesTheMessageBack,
        "of different contents of one message that are claimed at once, all are granted",
    ),
    (Fault::CommitComparesAndSwaps(Free::New), COMMIT),
    (Fault::CommitComparesAndSwaps(Free::Released), COMMIT),
    (Fault::CommitComparesAndSwaps(Free::LeaseOver), COMMIT),
];

const RELEASED: &str = "of many claims of a released content one is granted";
const LEASE_OVER: &str = "of many claims of a content whose lease ran out one is granted";
const WINDOW_OVER: &str = "of many claims of a content whose window is over one is granted";
const COMMIT: &str = "a commit amid claims of other owners leaves its content handled";

#[test]
fn a_store_without_faults_passes() {
    assert_eq!(verdict(Fault::None), "");
}

#[test]
fn each_store_that_loses_a_race_is_found_out_by_that_race() {
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
    let store = Racing {
        fault,
        right: MemoryStore::builder().clock(clock.clone()).build(),
        clock: clock.clone(),
        rows: Mutex::default(),
        claiming: Mutex::default(),
    };
    verdict_on(&store, &clock)
}

/// A memory store that takes two steps for one: it reads, and later it writes.
struct Racing {
    fault: Fault,
    right: MemoryStore,
    clock: ManualClock,
    /// By identity, then fingerprint: what was last written. It stays when it is over.
    rows: Mutex<HashMap<Vec<u8>, HashMap<u128, Row>>>,
    /// The messages that a claim is under way for.
    claiming: Mutex<HashSet<Vec<u8>>>,
}

#[derive(Clone)]
struct Row {
    state: State,
    until: Duration,
    lease: Lease,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Held,
    Released,
    Handled,
}

impl ReplayStore for Racing {
    type Error = NoRow;

    async fn claim(&self, lease: &Lease) -> Result<Claim, NoRow> {
        let message = lease.identity().as_bytes().to_vec();
        let is_locked = !lock(&self.claiming).insert(message.clone());
        if is_locked && self.fault == Fault::TriesTheMessagesLock {
            let lease_left = lease.duration();
            return Ok(Claim::InFlight { lease_left });
        }
        let _unlock = Unlock(self, message);
        let (free, beside) = (self.free(lease), self.held_beside(lease));
        once_more().await;
        let claim = match (self.right.claim(lease).await, self.fault) {
            (Ok(Claim::InFlight { .. }), Fault::Loser(of, answer)) if free == Some(of) => {
                return match answer {
                    Answer::NoRow => Err(NoRow),
                    Answer::Granted => Ok(Claim::First),
                    Answer::Replay => Ok(Claim::Replay),
                };
            }
            (claim, _) => claim.map_err(|_| NoRow)?,
        };
        if matches!(claim, Claim::First | Claim::Revision) {
            self.write(lease, State::Held, lease.duration());
            if self.fault == Fault::WritesTheMessageBack {
                // As it was when it was read.
                for other in self.held_beside(lease) {
                    if !beside.iter().any(|known| known.token() == other.token()) {
                        self.settle_later(other, Settlement::Release);
                    }
                }
            }
        }
        Ok(claim)
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, NoRow> {
        let free = self.free(lease);
        once_more().await;
        match self.fault {
            Fault::CommitComparesAndSwaps(of) if free == Some(of) && self.free(lease).is_none() => {
                Ok(Settled::Lost)
            }
            _ => self.settle(lease, Settlement::Commit),
        }
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, NoRow> {
        once_more().await;
        self.settle(lease, Settlement::Release)
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        assert!(self.settle(&lease, settlement).is_ok());
    }

    async fn flush(&self) {
        once_more().await;
    }
}

impl Racing {
    fn settle(&self, lease: &Lease, settlement: Settlement) -> Result<Settled, NoRow> {
        // A memory store doesn't wait.
        let mut context = Context::from_waker(Waker::noop());
        let settled = match settlement {
            Settlement::Commit => pin!(self.right.commit(lease)).poll(&mut context),
            Settlement::Release => pin!(self.right.release(lease)).poll(&mut context),
        };
        let Poll::Ready(Ok(settled)) = settled else {
            return Err(NoRow);
        };
        match (settled, settlement) {
            (Settled::Done, Settlement::Commit) => {
                self.write(lease, State::Handled, lease.window());
            }
            (Settled::Done, Settlement::Release) if self.is_held_by(lease) => {
                self.write(lease, State::Released, Duration::ZERO);
            }
            _ => {}
        }
        Ok(settled)
    }

    fn write(&self, lease: &Lease, state: State, lasts: Duration) {
        let row = Row {
            state,
            until: self.clock.elapsed() + lasts,
            lease: lease.clone(),
        };
        let mut rows = lock(&self.rows);
        let contents = rows.entry(lease.identity().as_bytes().to_vec());
        contents
            .or_default()
            .insert(lease.fingerprint().to_bits(), row);
    }

    fn row(&self, lease: &Lease) -> Option<Row> {
        let rows = lock(&self.rows);
        let contents = rows.get(lease.identity().as_bytes())?;
        contents.get(&lease.fingerprint().to_bits()).cloned()
    }

    fn is_held_by(&self, lease: &Lease) -> bool {
        self.row(lease)
            .is_some_and(|row| row.state == State::Held && row.lease.token() == lease.token())
    }

    /// Why the next claim of this content would be granted.
    fn free(&self, lease: &Lease) -> Option<Free> {
        let Some(row) = self.row(lease) else {
            return Some(Free::New);
        };
        let is_over = row.until <= self.clock.elapsed();
        is_over.then_some(match row.state {
            State::Held => Free::LeaseOver,
            State::Released => Free::Released,
            State::Handled => Free::WindowOver,
        })
    }

    /// The leases of the other contents of the message that are held.
    fn held_beside(&self, lease: &Lease) -> Vec<Lease> {
        let rows = lock(&self.rows);
        let contents = rows.get(lease.identity().as_bytes());
        let others = contents.into_iter().flat_map(HashMap::values);
        others
            .filter(|row| row.state == State::Held)
            .filter(|row| row.lease.fingerprint() != lease.fingerprint())
            .map(|row| row.lease.clone())
            .collect()
    }
}

struct Unlock<'a>(&'a Racing, Vec<u8>);

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        lock(&self.0.claiming).remove(&self.1);
    }
}

/// The update has changed no row.
#[derive(Debug)]
struct NoRow;

impl fmt::Display for NoRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no row")
    }
}

impl std::error::Error for NoRow {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
