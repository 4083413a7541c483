//! The handler under test.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use callhook::telecmi::Event;
use callhook::{Delivery, ReplayStatus};
use http::StatusCode;

use super::{Count, Gate};

/// Takes messages, remembers them, and answers what it is told to: 204 unless told otherwise.
#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    seen: Mutex<Vec<Delivery<Event>>>,
    turns: Mutex<VecDeque<Turn>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    gate: Gate,
    ended: Count,
    dropped: Count,
}

/// What one run of the handler ends with.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    Answer(StatusCode),
    Panic,
}

impl Desk {
    /// The next runs end so, in this order.
    pub fn plan(&self, turns: impl IntoIterator<Item = Turn>) {
        lock(&self.0.turns).extend(turns);
    }

    pub fn plan_status(&self, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.plan([Turn::Answer(status)]);
    }

    /// Where every run waits after it has begun.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// How many runs have begun.
    pub fn runs(&self) -> usize {
        lock(&self.0.seen).len()
    }

    pub async fn reach_runs(&self, runs: usize) {
        self.0.gate.arrived().reach(runs).await;
    }

    /// As what each run's message came.
    pub fn how(&self) -> Vec<ReplayStatus> {
        lock(&self.0.seen)
            .iter()
            .map(|seen| seen.replay_status())
            .collect()
    }

    pub fn last(&self) -> Delivery<Event> {
        lock(&self.0.seen).last().expect("a run").clone()
    }

    /// Runs that came to their end.
    pub fn ended(&self) -> &Count {
        &self.0.ended
    }

    /// Runs that were dropped, or panicked.
    pub fn dropped(&self) -> &Count {
        &self.0.dropped
    }

    pub fn most_at_once(&self) -> usize {
        self.0.most_at_once.load(Ordering::SeqCst)
    }

    pub async fn handle(&self, delivery: &Delivery<Event>) -> StatusCode {
        let mut run = Run::begin(&self.0);
        lock(&self.0.seen).push(delivery.clone());
        self.0.gate.pass().await;
        let turn = lock(&self.0.turns).pop_front();
        let status = match turn {
            Some(Turn::Answer(status)) => status,
            Some(Turn::Panic) => panic!("as planned"),
            None => StatusCode::NO_CONTENT,
        };
        run.is_ended = true;
        status
    }
}

struct Run<'a> {
    state: &'a State,
    is_ended: bool,
}

impl<'a> Run<'a> {
    fn begin(state: &'a State) -> Self {
        let at_once = state.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        Self {
            state,
            is_ended: false,
        }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.state.at_once.fetch_sub(1, Ordering::SeqCst);
        if self.is_ended {
            self.state.ended.add();
        } else {
            self.state.dropped.add();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
