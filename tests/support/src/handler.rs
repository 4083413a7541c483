//! The handler under test.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callhook::telecmi::Event;
use callhook::{Delivery, ReplayStatus};
use http::{Response, StatusCode};

use super::{Count, Gate, TestStore, Transaction};

/// Takes messages, remembers them, and answers as planned: 204 unless told otherwise.
#[derive(Clone, Debug, Default)]
pub struct TestHandler(Arc<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    seen: Mutex<Vec<Delivery<Event>>>,
    received: Mutex<Vec<Received>>,
    planned: Mutex<VecDeque<Planned>>,
    delay: Mutex<Duration>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    gate: Gate,
    transaction: Mutex<Option<(TestStore, Transaction)>>,
    after_transaction: Gate,
    succeeded: Count,
    ended: Count,
    dropped: Count,
    when_dropped: Mutex<Option<Callback>>,
}

/// What one run of the handler ends with.
#[derive(Clone, Debug)]
pub enum Planned {
    Answer(Response<String>),
    Panic,
}

impl Planned {
    #[must_use]
    pub fn status(status: u16) -> Self {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        Self::Answer(response)
    }
}

/// What a handler can read of a request beside its delivery.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Wherever the framework keeps the URL. The whole URL first.
    pub urls: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What printing the framework's types with `{:?}` gives.
    pub printed: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find_map(|(found, value)| (found == name).then_some(&**value))
    }
}

impl TestHandler {
    /// The next runs end so, in this order.
    pub fn plan(&self, planned: impl IntoIterator<Item = Planned>) {
        lock(&self.0.planned).extend(planned);
    }

    pub fn plan_status(&self, status: u16) {
        self.plan([Planned::status(status)]);
    }

    /// Every run takes at least this long.
    pub fn take_at_least(&self, delay: Duration) {
        *lock(&self.0.delay) = delay;
    }

    /// Where every run waits after it has begun.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Every run has its effect in a transaction that marks the message, before it ends as planned. One that finds the
    /// message handled answers 200 instead.
    pub fn transact(&self, store: &TestStore, transaction: Transaction) {
        *lock(&self.0.transaction) = Some((store.clone(), transaction));
    }

    /// Where every run waits whose transaction has marked its message.
    pub fn after_transaction(&self) -> &Gate {
        &self.0.after_transaction
    }

    /// How many runs have begun.
    pub fn runs(&self) -> usize {
        lock(&self.0.seen).len()
    }

    pub async fn reach_runs(&self, runs: usize) {
        self.0.gate.arrived().reach(runs).await;
    }

    /// As what each run's message came.
    pub fn replay_status(&self) -> Vec<ReplayStatus> {
        lock(&self.0.seen)
            .iter()
            .map(|seen| seen.replay_status())
            .collect()
    }

    pub fn last(&self) -> Delivery<Event> {
        lock(&self.0.seen).last().expect("a run").clone()
    }

    /// What each run was given beside its delivery.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.0.received).clone()
    }

    /// Runs that answered with 2xx. Counted before anybody can read the answer.
    pub fn succeeded(&self) -> &Count {
        &self.0.succeeded
    }

    /// Runs that came to their end.
    pub fn ended(&self) -> &Count {
        &self.0.ended
    }

    /// Runs that were dropped, or panicked.
    pub fn dropped(&self) -> &Count {
        &self.0.dropped
    }

    /// Is called by a run that is dropped, before anything around the handler can know of it.
    pub fn when_dropped(&self, callback: impl Fn() + Send + 'static) {
        *lock(&self.0.when_dropped) = Some(Callback(Box::new(callback)));
    }

    pub fn most_at_once(&self) -> usize {
        self.0.most_at_once.load(Ordering::SeqCst)
    }

    /// Remembers what came beside the delivery.
    pub fn receive(&self, received: Received) {
        lock(&self.0.received).push(received);
    }

    pub async fn handle(&self, delivery: &Delivery<Event>) -> Response<String> {
        let mut run = Run::begin(&self.0);
        lock(&self.0.seen).push(delivery.clone());
        self.0.gate.pass().await;
        let delay = *lock(&self.0.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let transaction = lock(&self.0.transaction).clone();
        let planned = match transaction {
            Some((store, transaction)) => {
                let receipt = delivery.receipt().expect("a receipt");
                if store.transact(receipt, transaction) {
                    self.0.after_transaction.pass().await;
                    lock(&self.0.planned).pop_front()
                } else {
                    Some(Planned::status(200))
                }
            }
            None => lock(&self.0.planned).pop_front(),
        };
        let response = match planned.unwrap_or_else(|| Planned::status(204)) {
            Planned::Answer(response) => response,
            Planned::Panic => panic!("as planned"),
        };
        if response.status().is_success() {
            self.0.succeeded.add();
        }
        run.is_ended = true;
        response
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
            if let Some(callback) = &*lock(&self.state.when_dropped) {
                (callback.0)();
            }
            self.state.dropped.add();
        }
    }
}

struct Callback(Box<dyn Fn() + Send>);

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
