//! Many clients that join messages of the same calls, and what may go wrong.
//!
//! Each call has twelve ids, and its messages have two or three of them, so it begins as several calls that become one.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use callhook::call::Call;
use callhook_sqlx::sqlx::{self, Pool, Transaction};
use callhook_sqlx::{CallUpdate, CallsError, ChangeCursor, SqlxCalls, StoreDatabase};
use callhook_test_support::Random;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{ALL, message};

/// Whoever joins messages in one transaction.
pub(crate) trait Joining<DB: StoreDatabase>: Clone + Send + Sync + 'static {
    fn join<'a>(
        &'a self,
        transaction: &'a mut Transaction<'static, DB>,
        messages: &'a [Call],
    ) -> impl Future<Output = Result<Vec<Told>, Trouble>> + Send + 'a;
}

/// What was told of a message's call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) key: i64,
    pub(crate) is_now_over: bool,
}

impl From<CallUpdate> for Told {
    fn from(update: CallUpdate) -> Self {
        Self {
            key: update.key,
            is_now_over: update.is_now_over,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Trouble {
    is_conflict: bool,
    text: String,
}

impl From<CallsError> for Trouble {
    fn from(error: CallsError) -> Self {
        Self {
            is_conflict: error.is_conflict(),
            text: error.to_string(),
        }
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        Self {
            is_conflict: code.is_some_and(|code| code == "40001" || code == "40P01"),
            text: error.to_string(),
        }
    }
}

impl<DB: StoreDatabase> Joining<DB> for SqlxCalls<DB> {
    async fn join(
        &self,
        transaction: &mut Transaction<'static, DB>,
        messages: &[Call],
    ) -> Result<Vec<Told>, Trouble> {
        let updates = self.join_all(transaction, messages).await?;
        Ok(updates.into_iter().flatten().map(Told::from).collect())
    }
}

/// What the clients do.
pub(crate) struct Stress {
    pub(crate) calls: usize,
    pub(crate) clients: usize,
    /// Messages in one transaction.
    pub(crate) batch: usize,
    pub(crate) begin: &'static str,
    /// Whether transactions that met others' are run again.
    pub(crate) runs_again: bool,
    /// Whether a reader follows the changes meanwhile.
    pub(crate) is_followed: bool,
    pub(crate) seed: u64,
}

pub(crate) const CALM: Stress = Stress {
    calls: 40,
    clients: 24,
    batch: 1,
    begin: "begin",
    runs_again: false,
    is_followed: false,
    seed: 1,
};

const IDS: usize = 12;

/// The messages of one call: eleven that tie its ids to each other, others that tie some again, one of a record, and
/// copies.
fn messages(call: usize, random: &mut Random) -> Vec<Call> {
    let id = |at: usize| format!("call {call} id {at}");
    let mut messages = Vec::new();
    for at in 1..IDS {
        messages.push([id(at - 1), id(at), id(random.index(IDS))]);
    }
    for _ in 0..4 {
        messages.push([0, 1, 2].map(|_| id(random.index(IDS))));
    }
    let texts = messages.iter().zip(0..);
    let mut calls: Vec<Call> = texts
        .map(|(ids, number)| {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let status = format!("status {number}");
            message(&ids[..2 + number % 2], |summary| {
                summary.status = Some(status.as_str().into());
            })
        })
        .collect();
    let last = id(random.index(IDS));
    calls.push(super::record(&[&last]));
    let copies: Vec<Call> = (0..3)
        .map(|_| calls[random.index(calls.len())].clone())
        .collect();
    calls.extend(copies);
    calls
}

impl Stress {
    /// What went wrong, in so many words.
    pub(crate) async fn problems<DB, J>(&self, pools: &[Pool<DB>], joining: &J) -> Vec<String>
    where
        DB: StoreDatabase,
        J: Joining<DB>,
    {
        let mut random = Random::new(self.seed);
        let expected: Vec<Vec<Call>> = (0..self.calls)
            .map(|call| messages(call, &mut random))
            .collect();
        // The messages of a few calls come at the same time, so that most of them meet others of their call.
        let mut queue = Vec::new();
        for together in expected.chunks(3) {
            let mut messages = together.concat();
            for last in (1..messages.len()).rev() {
                messages.swap(last, random.index(last + 1));
            }
            queue.extend(messages);
        }
        let queue: Vec<Vec<Call>> = queue.chunks(self.batch).map(<[Call]>::to_vec).collect();
        let queue = Arc::new(Mutex::new(queue));
        let mut clients = JoinSet::new();
        for client in 0..self.clients {
            let (queue, joining) = (Arc::clone(&queue), joining.clone());
            let pool = pools[client % pools.len()].clone();
            let (begin, runs_again) = (self.begin, self.runs_again);
            clients.spawn(async move {
                let mut updates = Vec::new();
                loop {
                    let next = queue.lock().expect("no client has panicked").pop();
                    let Some(messages) = next else {
                        return Ok(updates);
                    };
                    match joined(&pool, begin, &joining, &messages, runs_again).await {
                        Ok(joined) => updates.extend(joined),
                        Err(problem) => {
                            // The others need not go on for long.
                            queue.lock().expect("no client has panicked").clear();
                            return Err(problem);
                        }
                    }
                }
            });
        }
        let calls = SqlxCalls::new(pools[0].clone());
        let (done, is_done) = oneshot::channel();
        let reader = self
            .is_followed
            .then(|| tokio::spawn(follow(calls.clone(), is_done)));
        let mut updates = Vec::new();
        let mut problems = Vec::new();
        let clients = timeout(LIMIT, clients.join_all()).await;
        for client in clients.expect("clients that end") {
            match client {
                Ok(joined) => updates.extend(joined),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            problems = differences(&calls, &expected, &updates).await;
        }
        if let Some(reader) = reader.filter(|_| problems.is_empty()) {
            done.send(()).expect("a reader");
            let seen = timeout(LIMIT, reader).await.expect("a reader that ends");
            problems.extend(unseen(&calls, &seen.expect("no panic")).await);
        }
        problems
    }
}

/// The last that a reader of changes has seen of each call, once all is done.
async fn follow<DB: StoreDatabase>(
    calls: SqlxCalls<DB>,
    mut is_done: oneshot::Receiver<()>,
) -> BTreeMap<i64, Call> {
    let few = NonZeroU32::new(5).expect("a number");
    let mut cursor = ChangeCursor::from(SystemTime::UNIX_EPOCH);
    let mut seen = BTreeMap::new();
    let mut was_done = false;
    loop {
        was_done = was_done || is_done.try_recv().is_ok();
        let changes = calls.changed_since(cursor, few).await.expect("an answer");
        cursor = changes.next;
        for stored in changes.calls {
            seen.insert(stored.key, stored.call);
        }
        if !changes.has_more {
            if was_done {
                return seen;
            }
            sleep(Duration::from_millis(2)).await;
        }
    }
}

async fn unseen<DB: StoreDatabase>(
    calls: &SqlxCalls<DB>,
    seen: &BTreeMap<i64, Call>,
) -> Vec<String> {
    let changes = calls.changed_since(SystemTime::UNIX_EPOCH, ALL);
    let stored = changes.await.expect("an answer").calls;
    let stored = stored.iter();
    stored
        .filter(|stored| seen.get(&stored.key) != Some(&stored.call))
        .map(|stored| format!("a reader missed a change of {}", stored.key))
        .collect()
}

/// How long clients may take on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(600);

/// In a transaction, which is run again where it met another and that is how the application does it.
async fn joined<DB: StoreDatabase, J: Joining<DB>>(
    pool: &Pool<DB>,
    begin: &'static str,
    joining: &J,
    messages: &[Call],
    runs_again: bool,
) -> Result<Vec<Told>, String> {
    for _ in 0..10_000 {
        match joined_once(pool, begin, joining, messages).await {
            Ok(told) => return Ok(told),
            Err(trouble) if runs_again && trouble.is_conflict => {}
            Err(Trouble { is_conflict, text }) => {
                let what = if is_conflict { "conflict" } else { "failure" };
                return Err(format!("{what}: {text}"));
            }
        }
    }
    Err("a transaction never got through".to_owned())
}

async fn joined_once<DB: StoreDatabase, J: Joining<DB>>(
    pool: &Pool<DB>,
    begin: &'static str,
    joining: &J,
    messages: &[Call],
) -> Result<Vec<Told>, Trouble> {
    let mut transaction = pool.begin_with(begin).await?;
    let told = joining.join(&mut transaction, messages).await?;
    transaction.commit().await?;
    Ok(told)
}

async fn differences<DB: StoreDatabase>(
    calls: &SqlxCalls<DB>,
    expected: &[Vec<Call>],
    updates: &[Told],
) -> Vec<String> {
    let changes = calls.changed_since(SystemTime::UNIX_EPOCH, ALL);
    let stored = changes.await.expect("an answer").calls;
    let mut problems = Vec::new();
    if stored.len() != expected.len() {
        problems.push(format!(
            "{} calls instead of {}",
            stored.len(),
            expected.len()
        ));
    }
    let mut keys = BTreeSet::new();
    for messages in expected {
        let mut whole = messages[0].clone();
        for message in messages {
            whole.join(message).expect("one scope");
        }
        let mut found = None;
        for id in whole.ids() {
            found = calls.find("pbx", None, id).await.expect("an answer");
            match &found {
                Some(found) if found.call == whole => {}
                Some(_) => problems.push(format!("{id} lacks messages")),
                None => problems.push(format!("{id} leads nowhere")),
            }
        }
        if let Some(found) = found {
            keys.insert(found.key);
        }
    }
    // What was told of the calls is true of them.
    let mut over: BTreeMap<Option<i64>, usize> = BTreeMap::new();
    for update in updates {
        let resolved = calls.resolve(update.key).await.expect("an answer");
        if !resolved.is_some_and(|key| keys.contains(&key)) {
            problems.push(format!("the key {} leads nowhere", update.key));
        }
        *over.entry(resolved).or_default() += usize::from(update.is_now_over);
    }
    if over.values().any(|count| *count != 1) {
        problems.push("a call was not over exactly once".to_owned());
    }
    problems
}
