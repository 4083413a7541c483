//! Settling without waiting: a bounded queue, and a task that empties it.
//!
//! 1. The task exists only while something waits.
//! 2. What could not be settled is tried again, as long as that is useful.
//! 3. A commit that finds its message handled is logged: two handlers have handled it. A release that changes nothing
//!    is ordinary here: its claim may never have been granted.
//! 4. After the last clone of the store is dropped, the task goes on until the server fails it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use callhook::replay::{Lease, Settled, Settlement};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::ask::Ask;
use crate::transitions::Transitions;

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

/// This takes a few megabytes, and is some minutes of a busy endpoint.
const CAPACITY: usize = 10_000;

/// How many are settled side by side, on one connection.
const ROUND: usize = 64;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// How many timeouts a flush waits: for the round that is being made, the pause after it, and the next round.
const FLUSHED_AFTER: u32 = 3;

/// Settles without waiting: the queue, and the transitions that empty it.
pub(crate) struct Settler {
    transitions: Arc<Transitions>,
    queue: Queue,
}

impl Settler {
    pub(crate) fn new(transitions: Arc<Transitions>) -> Self {
        Self {
            transitions,
            queue: Queue::new(),
        }
    }

    /// Queues a settlement and makes sure that a task runs for it.
    pub(crate) fn settle(self: &Arc<Self>, settle: Settle) {
        self.queue.push(settle);
        self.start();
    }

    /// Waits until nothing is left to settle, or for a few of these timeouts.
    pub(crate) async fn flush(self: &Arc<Self>, of_call: Duration) {
        self.start();
        let limit = of_call.max(MAX_PAUSE) * FLUSHED_AFTER;
        // What is left then stays in the queue.
        let _ = timeout(limit, self.queue.is_empty()).await;
    }

    /// Makes sure that a task runs, if something waits.
    pub(crate) fn start(self: &Arc<Self>) {
        if !self.queue.is_stuck() {
            return;
        }
        // A runtime that has gone drops the task at once, and is left: then once more, in the one that this is called
        // in.
        for _ in 0..2 {
            // Without a runtime it waits for the next call that has one.
            if let Some(home) = self.transitions.home()
                && self.queue.begin()
            {
                let running = Running(Arc::downgrade(self));
                home.spawn(run(running, Arc::clone(self)));
            }
        }
    }

    /// Makes one try for each, and returns what failed.
    async fn settle_all(&self, round: Vec<Arc<Settle>>) -> Vec<Arc<Settle>> {
        let mut tries = JoinSet::new();
        let mut tried = HashMap::new();
        for settle in round {
            let transitions = Arc::clone(&self.transitions);
            let again = Arc::clone(&settle);
            let task = tries.spawn(async move {
                let settled = transitions.settle(&settle.ask, settle.settlement).await;
                if let Ok(Settled::Lost) = settled {
                    tell_lost(&settle);
                }
                // Settled or lost: either is an answer.
                settled.is_err().then_some(settle)
            });
            tried.insert(task.id(), again);
        }
        let mut left = Vec::new();
        while let Some(done) = tries.join_next().await {
            left.extend(match done {
                Ok(left) => left,
                // A panic is not an answer.
                Err(error) => tried.remove(&error.id()),
            });
        }
        left
    }
}

/// The task. The settler itself is held only while a round is being made.
async fn run(mut running: Running, mut settler: Arc<Settler>) {
    let mut pause = FIRST_PAUSE;
    while let Some(round) = settler.queue.next_round() {
        let count = round.len();
        let left = settler.settle_all(round).await;
        if left.is_empty() {
            pause = FIRST_PAUSE;
            continue;
        }
        let is_stuck = left.len() == count;
        settler.queue.put_back(left);
        drop(settler);
        sleep(pause).await;
        pause = if is_stuck {
            MAX_PAUSE.min(pause * 2)
        } else {
            FIRST_PAUSE
        };
        match running.0.upgrade() {
            Some(held) => settler = held,
            None => return,
        }
    }
    running.has_ended();
}

/// Ends the task's turn where it doesn't come to its end, as in a runtime that is dropped.
struct Running(Weak<Settler>);

impl Running {
    fn has_ended(&mut self) {
        self.0 = Weak::new();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(settler) = self.0.upgrade() {
            settler.transitions.leave_home();
            settler.queue.stop();
        }
    }
}

/// What waits to be settled.
struct Queue {
    state: Mutex<State>,
    emptied: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Arc<Settle>>,
    /// What the task is settling. Waits again if the task is dropped with its runtime.
    in_round: Vec<Arc<Settle>>,
    is_running: bool,
    /// Whether it was logged that a settlement was dropped, since the queue was last empty.
    is_told: bool,
}

impl Queue {
    fn new() -> Self {
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
            tell("too many are waiting");
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
                    // Nothing is lost with a release that comes so late: the lease has expired.
                    is_dropped |= settle.settlement == Settlement::Commit;
                }
            }
            is_dropped && !std::mem::replace(&mut state.is_told, true)
        };
        if is_first_drop {
            tell("they could not be sent before their retries ended");
        }
    }

    /// Whether something waits and no task runs.
    fn is_stuck(&self) -> bool {
        let state = self.lock();
        !state.is_running && !state.waiting.is_empty()
    }

    /// Whether a task has to be started.
    fn begin(&self) -> bool {
        let mut state = self.lock();
        let is_needed = !state.is_running && !state.waiting.is_empty();
        state.is_running |= is_needed;
        is_needed
    }

    /// No task is running any more.
    fn stop(&self) {
        let mut state = self.lock();
        state.is_running = false;
        // Some of it may be settled already: a second time does no harm.
        let in_round = std::mem::take(&mut state.in_round);
        state.waiting.extend(in_round);
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

fn tell_lost(settle: &Settle) {
    let key = settle.ask.keys.known();
    match settle.settlement {
        Settlement::Commit => tracing::warn!(
            target: callhook::observe::TARGET,
            key,
            "a message was handled twice: another handler had succeeded before this handler's success was stored"
        ),
        Settlement::Release => tracing::debug!(
            target: callhook::observe::TARGET,
            key,
            "a handler released a message that it no longer holds: another handler holds it or has handled it"
        ),
    }
}

fn tell(why: &'static str) {
    tracing::warn!(
        target: callhook::observe::TARGET,
        "the Redis store drops settlements of messages: {why}; copies of these messages may be handled again, or be \
         refused until their leases end"
    );
}
