//! No call is lost or made twice, and nobody deadlocks, however many join messages of the same calls.

use callhook::call::Call;
use callhook_sqlx::SqlxCalls;
use callhook_sqlx::sqlx::{Pool, Postgres, Sqlite, Transaction};

use super::by_hand::ByHand;
use super::clients::{CALM, Joining, Stress, Told, Trouble};
use crate::support::{File, Level, database, pool_at};

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
            is_followed: true,
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
            calls: 9,
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
            is_followed: true,
            ..CALM
        };
        assert_eq!(stress.problems(&pools, &calls).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_statements_by_hand_keep_every_call() {
    let (pool, _) = prepared(Level::ReadCommitted, 24).await;
    let by_hand = ByHand::default();
    let stress = Stress {
        is_followed: true,
        ..CALM
    };
    assert_eq!(stress.problems(&[pool], &by_hand).await, [""; 0]);
}

/// What goes wrong, in one of a few rounds.
async fn problems_of<J: Joining<Postgres>>(
    batch: usize,
    joining: impl Fn(SqlxCalls<Postgres>) -> J,
) -> Vec<String> {
    for seed in 0..10 {
        let (pool, calls) = prepared(Level::ReadCommitted, 24).await;
        let stress = Stress {
            batch,
            seed,
            ..CALM
        };
        let problems = stress.problems(&[pool], &joining(calls)).await;
        if !problems.is_empty() {
            return problems;
        }
    }
    Vec::new()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_locks_calls_are_made_twice_or_deadlock() {
    let by_hand = ByHand {
        locks: false,
        ..ByHand::default()
    };
    let problems = problems_of(1, |_| by_hand).await;
    assert!(!problems.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_overwritten_loses_messages() {
    let by_hand = ByHand {
        joins: false,
        ..ByHand::default()
    };
    let problems = problems_of(1, |_| by_hand).await;
    let is_lost = |problem: &String| problem.contains("lacks messages");
    assert!(problems.iter().any(is_lost), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_one_by_one_in_a_transaction_deadlock() {
    let problems = problems_of(2, OneByOne).await;
    let is_conflict = |problem: &String| problem.contains("conflict");
    assert!(problems.iter().any(is_conflict), "{problems:?}");
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
