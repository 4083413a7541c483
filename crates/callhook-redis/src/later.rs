//! Settling without waiting: a bounded queue, and a task that empties it.
//!
//! 1. The task is there while something waits, and no longer.
//! 2. What could not be settled is tried again, for as long as that is of use.
//! 3. With the last clone of the store gone, the task goes on until the server fails it, and not beyond.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use callhook::replay::{Lease, Settlement};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::ask::Ask;
use crate::shared::Shared;

/// A settlement that waits.
pub(crate) struct Settle {
    ask: Ask,
    settlement: Settlement,
    since: Instant,
    /// For how long it is worth trying.
    patience: Duration,
}

impl Settle {
    pub(crate) fn new(ask: Ask, lease: &Lease, settlement: Settlement) -> Self {
        let patience = match settlement {
            Settlement::Commit => lease.window(),
            // The lease begins when the server carries out the claim, which may be when it wakes up and not before.
            Settlement::Release => MAX_PATIENCE,
        };
        Self {
            ask,
            settlement,
            since: Instant::now(),
            patience: patience.min(MAX_PATIENCE),
        }
    }
}

/// As long as PIOPIY sends a message again.
const MAX_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// A few megabytes, and some minutes of a busy endpoint.
const CAPACITY: usize = 10_000;

/// How many are settled side by side, on one connection.
const ROUND: usize = 64;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// How many timeouts a flush waits: for the round that is being made, the pause after it, and the next round.
const FLUSHED_AFTER: u32 = 3;

pub(crate) struct Queue {
    state: Mutex<State>,
    emptied: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Arc<Settle>>,
    /// What the task is at. Waits again where the task is dropped with its runtime.
    in_round: Vec<Arc<Settle>>,
    is_running: bool,
    /// Whether it was logged that a settlement was dropped, since the queue was last empty.
    is_told: bool,
}

/// Queues a settlement and sees to it that there is a task for it.
pub(crate) fn settle(shared: &Arc<Shared>, settle: Settle) {
    shared.later.push(settle);
    start(shared);
}

/// Waits until nothing is left to settle, or for a few timeouts.
pub(crate) async fn flush(shared: &Arc<Shared>) {
    start(shared);
    let limit = shared.timeout.max(MAX_PAUSE) * FLUSHED_AFTER;
    // What is left then stays in the queue.
    let _ = timeout(limit, shared.later.is_empty()).await;
}

/// Sees to it that there is a task, if something waits.
pub(crate) fn start(shared: &Arc<Shared>) {
    // A runtime that has gone drops the task at once, and is left: then once more, in the one that this is called in.
    for _ in 0..2 {
        // Without a runtime it waits for the next call that has one.
        if let Some(home) = shared.home()
            && shared.later.begin()
        {
            let running = Running(Arc::downgrade(shared));
            home.spawn(run(running, Arc::clone(shared)));
        }
    }
}

/// The task. The store itself is held only while a round is being made.
async fn run(mut running: Running, mut shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    while let Some(round) = shared.later.next_round() {
        let count = round.len();
        let left = settle_all(&shared, round).await;
        if left.is_empty() {
            pause = FIRST_PAUSE;
            continue;
        }
        let is_stuck = left.len() == count;
        shared.later.put_back(left);
        drop(shared);
        sleep(pause).await;
        pause = if is_stuck {
            MAX_PAUSE.min(pause * 2)
        } else {
            FIRST_PAUSE
        };
        match running.0.upgrade() {
            Some(store) => shared = store,
            None => return,
        }
    }
    running.has_ended();
}

/// Makes one try for each, and returns what failed.
async fn settle_all(shared: &Arc<Shared>, round: Vec<Arc<Settle>>) -> Vec<Arc<Settle>> {
    let mut tries = JoinSet::new();
    for settle in round {
        let shared = Arc::clone(shared);
        tries.spawn(async move {
            let settled = shared.settle(&settle.ask, settle.settlement).await;
            // Settled or lost: either is an answer.
            settled.is_err().then_some(settle)
        });
    }
    let mut left = Vec::new();
    while let Some(tried) = tries.join_next().await {
        left.extend(tried.ok().flatten());
    }
    left
}

/// Ends the task's turn where it doesn't come to its end, as in a runtime that is dropped.
struct Running(Weak<Shared>);

impl Running {
    fn has_ended(&mut self) {
        self.0 = Weak::new();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.leave_home();
            let mut state = shared.later.lock();
            state.is_running = false;
            // Some of it may be settled already: a second time does no harm.
            let in_round = std::mem::take(&mut state.in_round);
            state.waiting.extend(in_round);
        }
    }
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            emptied: Notify::new(),
        }
    }

    fn push(&self, settle: Settle) {
        let is_first_drop = {
            let mut state = self.lock();
            if state.waiting.len() < CAPACITY {
                state.waiting.push_back(Arc::new(settle));
                false
            } else {
                !std::mem::replace(&mut state.is_told, true)
            }
        };
        if is_first_drop {
            tell("too many of them wait");
        }
    }

    /// Puts back what could not be settled, behind the others, so that one that never can be doesn't hold them up.
    fn put_back(&self, left: Vec<Arc<Settle>>) {
        let is_first_drop = {
            let mut state = self.lock();
            state.in_round.clear();
            let mut is_dropped = false;
            for settle in left {
                if settle.since.elapsed() < settle.patience && state.waiting.len() < CAPACITY {
                    state.waiting.push_back(settle);
                } else {
                    // A release that comes so late is no loss: the lease has ended by itself.
                    is_dropped |= settle.settlement == Settlement::Commit;
                }
            }
            is_dropped && !std::mem::replace(&mut state.is_told, true)
        };
        if is_first_drop {
            tell("they were tried for long enough");
        }
    }

    /// Whether a task has to be started.
    fn begin(&self) -> bool {
        let mut state = self.lock();
        let is_needed = !state.is_running && !state.waiting.is_empty();
        state.is_running |= is_needed;
        is_needed
    }

    /// What to settle next. With nothing left the task's turn has ended, and the next push needs a new one.
    fn next_round(&self) -> Option<Vec<Arc<Settle>>> {
        let mut state = self.lock();
        state.in_round.clear();
        if state.waiting.is_empty() {
            *state = State::default();
            self.emptied.notify_waiters();
            return None;
        }
        let count = state.waiting.len().min(ROUND);
        state.in_round = state.waiting.drain(..count).collect();
        Some(state.in_round.clone())
    }

    async fn is_empty(&self) {
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            {
                let state = self.lock();
                if !state.is_running && state.waiting.is_empty() {
                    return;
                }
            }
            emptied.await;
        }
    }

    /// Nothing panics under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(why: &'static str) {
    tracing::warn!(
        target: "callhook",
        "the Redis store drops settlements of messages: {why}; copies of these messages may be handled again, or be \
         refused until their leases end"
    );
}
