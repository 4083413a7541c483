//! Many clients that join messages of the same calls: no call is lost or made twice, and nobody deadlocks.
//!
//! Each call has twelve ids, and its messages have two or three of them, so it begins as several calls that become one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use callhook::call::Call;
use callhook_sqlx::sqlx::{self, Pool, Postgres, Sqlite, Transaction};
use callhook_sqlx::{CallUpdate, CallsError, SqlxCalls, StoreDatabase};
use callhook_test_support::Random;
use tokio::task::JoinSet;

use super::{ALL, message};
use crate::calls::by_hand::ByHand;
use crate::support::{File, Level, database, pool_at, within};

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

/// One message after the other, with a lock for each when it is its turn.
#[derive(Clone)]
struct OneByOne(SqlxCalls<Postgres>);

impl Joining<Postgres> for OneByOne {
    async fn join(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        messages: &[Call],
    ) -> Result<Vec<Told>, Trouble> {
        let mut updates = Vec::new();
        for message in messages {
            updates.extend(self.0.join(transaction, message).await?.map(Told::from));
        }
        Ok(updates)
    }
}

/// What the clients do.
struct Stress {
    calls: usize,
    clients: usize,
    /// Messages in one transaction.
    batch: usize,
    begin: &'static str,
    /// Whether transactions that met others' are run again.
    runs_again: bool,
    seed: u64,
}

const CALM: Stress = Stress {
    calls: 40,
    clients: 24,
    batch: 1,
    begin: "begin",
    runs_again: false,
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
    async fn problems<DB, J>(&self, pools: &[Pool<DB>], joining: &J) -> Vec<String>
    where
        DB: StoreDatabase,
        J: Joining<DB>,
    {
        let mut random = Random::new(self.seed);
        let expected: Vec<Vec<Call>> = (0..self.calls)
            .map(|call| messages(call, &mut random))
            .collect();
        let mut queue = expected.concat();
        for last in (1..queue.len()).rev() {
            queue.swap(last, random.index(last + 1));
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
        let mut updates = Vec::new();
        let mut problems = Vec::new();
        for client in within(clients.join_all()).await {
            match client {
                Ok(joined) => updates.extend(joined),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            problems = differences(&SqlxCalls::new(pools[0].clone()), &expected, &updates).await;
        }
        problems
    }
}

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

async fn prepared(level: Level, clients: u32) -> (Pool<Postgres>, SqlxCalls<Postgres>) {
    let pool = pool_at(&database(), clients, level);
    let calls = SqlxCalls::new(pool.clone());
    calls.migrate().await.expect("tables");
    (pool, calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_at_read_committed_keeps_every_call_without_a_conflict() {
    for batch in [1, 2] {
        let (pool, calls) = prepared(Level::ReadCommitted, 32).await;
        let stress = Stress {
            batch,
            clients: 32,
            ..CALM
        };
        assert_eq!(stress.problems(&[pool], &calls).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_at_repeatable_read_keeps_every_call_of_transactions_that_run_again() {
    runs_again_at(Level::RepeatableRead).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_at_serializable_keeps_every_call_of_transactions_that_run_again() {
    runs_again_at(Level::Serializable).await;
}

async fn runs_again_at(level: Level) {
    for batch in [1, 2] {
        let (pool, calls) = prepared(level, 16).await;
        let stress = Stress {
            batch,
            calls: 20,
            clients: 16,
            runs_again: true,
            ..CALM
        };
        assert_eq!(stress.problems(&[pool], &calls).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_every_call_of_several_processes() {
    for batch in [1, 2] {
        let file = File::new();
        // Each as a process has it.
        let pools: Vec<Pool<Sqlite>> = (0..4).map(|_| file.patient_pool()).collect();
        let calls = SqlxCalls::new(pools[0].clone());
        calls.migrate().await.expect("tables");
        let stress = Stress {
            batch,
            begin: "begin immediate",
            ..CALM
        };
        assert_eq!(stress.problems(&pools, &calls).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_statements_by_hand_keep_every_call() {
    let (pool, _) = prepared(Level::ReadCommitted, 24).await;
    let by_hand = ByHand::default();
    assert_eq!(CALM.problems(&[pool], &by_hand).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_locks_it_goes_wrong() {
    let (pool, _) = prepared(Level::ReadCommitted, 24).await;
    let by_hand = ByHand {
        locks: false,
        ..ByHand::default()
    };
    let problems = CALM.problems(&[pool], &by_hand).await;
    assert!(!problems.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_overwritten_loses_messages() {
    let (pool, _) = prepared(Level::ReadCommitted, 24).await;
    let by_hand = ByHand {
        joins: false,
        ..ByHand::default()
    };
    let problems = CALM.problems(&[pool], &by_hand).await;
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("lacks messages")),
        "{problems:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_one_by_one_in_a_transaction_deadlock() {
    let (pool, calls) = prepared(Level::ReadCommitted, 24).await;
    let stress = Stress { batch: 2, ..CALM };
    let problems = stress.problems(&[pool], &OneByOne(calls)).await;
    assert!(
        problems.iter().any(|problem| problem.contains("conflict")),
        "{problems:?}"
    );
}
