//! The pipe: [`Connection`].

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) struct Connection {
    to: Mutex<ChildStdin>,
    shared: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    last_id: u64,
    waiting: HashMap<u64, Sender<Value>>,
    /// Of each session, in their order.
    events: HashMap<String, Vec<Value>>,
}

impl Connection {
    /// With a browser whose pipes are its standard input and output.
    pub(crate) fn new(mut browser: Child) -> Self {
        let to = browser.stdin.take().expect("a pipe");
        let from = browser.stdout.take().expect("a pipe");
        let shared = Arc::<Mutex<State>>::default();
        let state = Arc::clone(&shared);
        thread::spawn(move || {
            read(BufReader::new(from), &state);
            // It ends where its pipe does.
            let _ = browser.wait();
        });
        Self {
            to: Mutex::new(to),
            shared,
        }
    }

    /// Calls a method, and waits for what it returns.
    pub(crate) fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        let answer = self.try_call(session, method, parameters);
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) fn try_call(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> Result<Value, Value> {
        let (sender, answer) = channel();
        let id = {
            let mut state = lock(&self.shared);
            state.last_id += 1;
            let id = state.last_id;
            state.waiting.insert(id, sender);
            id
        };
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        lock(&self.to).write_all(&bytes).expect("the browser runs");
        let mut answer = answer
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("{method} is not answered"));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].take()),
        }
    }

    /// The events of a session that have come.
    pub(crate) fn events(&self, session: &str) -> Vec<Value> {
        lock(&self.shared)
            .events
            .get(session)
            .cloned()
            .unwrap_or_default()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

fn read(mut from: BufReader<ChildStdout>, state: &Mutex<State>) {
    let mut bytes = Vec::new();
    while matches!(from.read_until(0, &mut bytes), Ok(1..)) {
        bytes.pop();
        let message: Value = serde_json::from_slice(&bytes).expect("JSON");
        bytes.clear();
        let mut state = lock(state);
        let answered = message["id"].as_u64();
        if let Some(waiting) = answered.and_then(|id| state.waiting.remove(&id)) {
            // Whoever waited may have given up.
            let _ = waiting.send(message);
        } else if let Some(session) = message["sessionId"].as_str() {
            let events = state.events.entry(session.to_owned()).or_default();
            events.push(message);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long anything may take. It decides between slow and hung.
const PATIENCE: Duration = Duration::from_secs(120);
