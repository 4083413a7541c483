//! Claims that are asked for at the same time, and share a statement: each gets the answer that it would get by itself.

use std::collections::HashMap;
use std::time::Duration;

use callhook::replay::{Claim, Lease, ReplayStore, Settled};
use callhook_sqlx::SqlxStore;
use callhook_sqlx::sqlx::{self, PgPool, Postgres};
use callhook_test_support::poll;
use tokio::task::JoinSet;

use crate::support::{
    Level, PATIENT, claim, commit, database, is_granted, is_in_flight, lease, pool, pool_at,
    receipt, release, within,
};

/// Starts claims of these leases that wait for the pool's only connection.
fn claims(store: &SqlxStore<Postgres>, leases: &[Lease]) -> JoinSet<(Lease, Claim)> {
    let mut claims = JoinSet::new();
    for lease in leases.iter().cloned() {
        let store = store.clone();
        claims.spawn(async move {
            let claim = claim(&store, &lease).await;
            (lease, claim)
        });
    }
    claims
}

async fn settle_down() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn each_gets_its_own_answer_at(level: Level) {
    let pool = pool_at(&database(), 1, level);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    assert_eq!(commit(&store, &lease("handled", 1)).await, Settled::Done);
    assert_eq!(claim(&store, &lease("held", 1)).await, Claim::First);
    let released = lease("released", 1);
    assert_eq!(claim(&store, &released).await, Claim::First);
    assert_eq!(release(&store, &released).await, Settled::Done);

    let mut leases = Vec::new();
    for n in 0..100 {
        leases.push(lease(&format!("new {n}"), 1));
        leases.push(lease(&format!("twice {}", n % 50), 1));
    }
    for (id, content) in [
        ("handled", 1),
        ("handled", 2),
        ("held", 1),
        ("held", 2),
        ("released", 1),
    ] {
        leases.push(lease(id, content));
    }
    let connection = within(pool.acquire()).await.expect("a connection");
    let mut claims = claims(&store, &leases);
    settle_down().await;
    drop(connection);
    let mut by_content = HashMap::<_, Vec<Claim>>::new();
    while let Some(done) = within(claims.join_next()).await {
        let (lease, claim) = done.expect("no panic");
        let key = (
            lease.identity().message_key(),
            lease.fingerprint().to_bits(),
        );
        by_content.entry(key).or_default().push(claim);
    }
    let mut answers = |id: &str, content| {
        let lease = lease(id, content);
        let key = (
            lease.identity().message_key(),
            lease.fingerprint().to_bits(),
        );
        by_content.remove(&key).expect("answers")
    };
    for n in 0..100 {
        assert_eq!(answers(&format!("new {n}"), 1), [Claim::First], "{n}");
    }
    for n in 0..50 {
        let twice = answers(&format!("twice {n}"), 1);
        assert_eq!(
            twice.iter().filter(|c| is_granted(c)).count(),
            1,
            "{twice:?}"
        );
        assert_eq!(
            twice.iter().filter(|c| is_in_flight(c)).count(),
            1,
            "{twice:?}"
        );
    }
    assert_eq!(answers("handled", 1), [Claim::Replay]);
    assert_eq!(answers("handled", 2), [Claim::Revision]);
    assert!(is_in_flight(&answers("held", 1)[0]));
    assert_eq!(answers("held", 2), [Claim::Revision]);
    assert_eq!(answers("released", 1), [Claim::First]);
}

#[tokio::test]
async fn each_gets_its_own_answer() {
    for level in Level::ALL {
        each_gets_its_own_answer_at(level).await;
    }
}

/// Each of them has a transaction of its own, which wrote the rows.
async fn statements(pool: &PgPool) -> i64 {
    let statements = sqlx::query_scalar("select count(distinct xmin::text) from callhook_replay");
    statements.fetch_one(pool).await.expect("a count")
}

#[tokio::test]
async fn new_ones_share_a_statement_however_long_they_wait_for_a_connection() {
    let pool = pool(&database(), 1);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    let leases: Vec<Lease> = (0..64).map(|n| lease(&n.to_string(), 1)).collect();
    let connection = within(pool.acquire()).await.expect("a connection");
    // The clock stands still unless it is told to go on: where a task always runs, it doesn't go on by itself either.
    tokio::time::pause();
    let busy = tokio::spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    let mut claims = claims(&store, &leases);
    settle_down().await;
    for _ in 0..10 {
        tokio::time::advance(Duration::from_secs(1)).await;
        settle_down().await;
    }
    drop(connection);
    while let Some(done) = claims.join_next().await {
        assert_eq!(done.expect("no panic").1, Claim::First);
    }
    busy.abort();
    tokio::time::resume();
    let statements = within(statements(&pool)).await;
    assert!(statements <= 2, "{statements} statements of 64 claims");
}

#[tokio::test]
async fn marks_that_are_read_together_are_told_apart() {
    let pool = pool(&database(), 1);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    let store = store.claims_in_process();
    store.migrate().await.expect("tables");
    let ids: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    for id in ids.iter().step_by(3) {
        assert_eq!(commit(&store, &lease(id, 1)).await, Settled::Done);
    }
    // Of every second a copy, of the others another content.
    let leases = ids
        .iter()
        .enumerate()
        .map(|(n, id)| lease(id, 1 + (n % 2) as u128));
    let leases: Vec<Lease> = leases.collect();
    let expected: HashMap<[u8; 32], Claim> = leases
        .iter()
        .enumerate()
        .map(|(n, lease)| {
            let claim = match (n % 3, n % 2) {
                (0, 0) => Claim::Replay,
                (0, _) => Claim::Revision,
                _ => Claim::First,
            };
            (lease.identity().message_key(), claim)
        })
        .collect();
    let connection = within(pool.acquire()).await.expect("a connection");
    let mut claims = claims(&store, &leases);
    settle_down().await;
    drop(connection);
    while let Some(done) = within(claims.join_next()).await {
        let (lease, claim) = done.expect("no panic");
        assert_eq!(
            claim,
            expected[&lease.identity().message_key()],
            "{lease:?}"
        );
    }
}

#[tokio::test]
async fn one_that_meets_an_open_transaction_fails_none_of_the_others() {
    let pool = pool(&database(), 4);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    let mut transaction = pool.begin().await.expect("a transaction");
    let marking = receipt(&store, &lease("5", 1));
    let marked = store.commit_receipt_in(&mut transaction, &marking);
    marked.await.expect("a mark");

    let others: Vec<_> = [
        pool.acquire().await,
        pool.acquire().await,
        pool.acquire().await,
    ]
    .into();
    let leases: Vec<Lease> = (0..30).map(|n| lease(&n.to_string(), 1)).collect();
    let locked = leases[5].identity().message_key();
    let mut claims = claims(&store, &leases);
    settle_down().await;
    drop(others);
    while let Some(done) = within(claims.join_next()).await {
        let (lease, claim) = done.expect("no panic");
        if lease.identity().message_key() == locked {
            assert!(is_in_flight(&claim), "{claim:?}");
        } else {
            assert_eq!(claim, Claim::First);
        }
    }
    transaction.commit().await.expect("a commit");
    assert_eq!(claim(&store, &leases[5]).await, Claim::Replay);
}

#[tokio::test]
async fn one_that_is_dropped_leaves_the_others_their_answers() {
    let pool = pool(&database(), 1);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    let connection = within(pool.acquire()).await.expect("a connection");
    // The first has the turn, and waits for the connection. The others are next, and take all along.
    let mut first = Vec::new();
    for id in ["a", "b", "c"] {
        let (store, lease) = (store.clone(), lease(id, 1));
        first.push(tokio::spawn(
            async move { store.claim(&lease).await.is_ok() },
        ));
        settle_down().await;
    }
    let leases: Vec<Lease> = (0..20).map(|n| lease(&n.to_string(), 1)).collect();
    let mut claims = claims(&store, &leases);
    settle_down().await;
    for claim in first {
        claim.abort();
        settle_down().await;
    }
    drop(connection);
    for _ in &leases {
        let done = within(claims.join_next()).await.expect("a claim");
        assert_eq!(done.expect("no panic").1, Claim::First);
    }
}

#[tokio::test]
async fn one_that_has_the_turn_and_is_not_run_holds_up_nobody() {
    let store = SqlxStore::new(pool(&database(), 2)).timeout(PATIENT);
    store.migrate().await.expect("tables");
    let stuck = lease("stuck", 1);
    let mut stuck = std::pin::pin!(store.claim(&stuck));
    // It has the turn from now on, as one of a runtime whose thread a handler blocks.
    assert!(poll(&mut stuck).is_pending());
    assert_eq!(claim(&store, &lease("other", 1)).await, Claim::First);
    let stuck = within(stuck).await.expect("a claim");
    assert_eq!(stuck, Claim::First);
}
