//! Many at once, on connections of their own.

use std::time::Duration;

use callhook::replay::{Claim, Lease, Settled};
use tokio::task::JoinSet;

use crate::support::{Server, claim, commit, is_in_flight, lease, store, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_claims_on_many_connections_exactly_one_is_granted() {
    let server = Server::start();
    for round in 0..5 {
        let mut claims = JoinSet::new();
        for _ in 0..4 {
            let store = store(&server);
            for _ in 0..50 {
                let (store, lease) = (store.clone(), lease(&format!("{round}"), 1));
                claims.spawn(async move { claim(&store, &lease).await });
            }
        }
        let claims = claims.join_all().await;
        let granted = claims.iter().filter(|&&claim| claim == Claim::First);
        assert_eq!(granted.count(), 1);
        assert_eq!(
            claims.iter().filter(|claim| is_in_flight(claim)).count(),
            199
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_are_handled_once_each_and_take_little_room() {
    let server = Server::start();
    let stores = [store(&server), store(&server)];
    let used = || -> usize {
        let used = server.info("used_memory").expect("memory");
        used.parse().expect("a number")
    };
    let before = used();
    let mut tasks = JoinSet::new();
    for part in 0..20 {
        let store = stores[part % 2].clone();
        tasks.spawn(async move {
            for n in 0..500 {
                let lease = brief_lease(part * 500 + n);
                assert_eq!(claim(&store, &lease).await, Claim::First);
                assert_eq!(commit(&store, &lease).await, Settled::Done);
            }
        });
    }
    tasks.join_all().await;
    let held = (used() - before) / 10_000;
    // Redis leaves a tenth of what has expired.
    until("the leases are over", async || {
        server.query::<usize>(&["DBSIZE"]) < 12_000
    })
    .await;
    let each = (used() - before) / 10_000;
    let keys = server.messages();
    assert_eq!(keys.len(), 10_000);
    let alone: usize = server.query(&["MEMORY", "USAGE", &keys[0]]);
    println!(
        "{each} bytes a message, {alone} of them by MEMORY USAGE; {held} until its lease ends"
    );
    assert!(each < 320, "{each} bytes a message");

    let mut tasks = JoinSet::new();
    for part in 0..20 {
        let store = stores[(part + 1) % 2].clone();
        tasks.spawn(async move {
            for n in 0..500 {
                let lease = brief_lease(part * 500 + n);
                assert_eq!(claim(&store, &lease).await, Claim::Replay);
            }
        });
    }
    tasks.join_all().await;
}

/// Of a lease of some seconds.
fn brief_lease(n: usize) -> Lease {
    let lease = lease(&format!("5202a928-07c3-4d32-a1a4-{n:012}"), 1);
    let duration = Duration::from_secs(5);
    Lease::new(
        lease.identity().clone(),
        lease.fingerprint(),
        lease.token(),
        duration,
        lease.window(),
    )
}
