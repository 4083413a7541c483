//! What is settled without waiting, while the server is down and after.

use std::thread;

use callhook::replay::{Claim, Lease, ReplayStore, Settlement};

use crate::support::{Logs, Server, Start, claim, hasty, lease, store, until, within};

#[tokio::test]
async fn what_was_to_be_settled_while_redis_was_down_is_settled_when_it_is_back() {
    let mut server = Start::durable().start();
    let patient = store(&server);
    let store = hasty(&patient);
    let leases: Vec<Lease> = (0..200).map(|n| lease(&format!("{n}"), 1)).collect();
    for lease in &leases {
        assert_eq!(claim(&patient, lease).await, Claim::First);
    }
    server.kill();
    for (n, lease) in leases.iter().enumerate() {
        store.settle_later(lease.clone(), settlement(n));
    }
    // Bounded: the server is not back yet.
    within(store.flush()).await;
    server.restart();
    // The last commit that is waited for may be made a little before the last release.
    until("the commits are made", async || {
        let copies = (0..leases.len()).step_by(2);
        let copies: Vec<Lease> = copies.map(|n| lease(&format!("{n}"), 1)).collect();
        for copy in &copies {
            if claim(&patient, copy).await != Claim::Replay {
                return false;
            }
        }
        true
    })
    .await;
    within(store.flush()).await;
    for n in 0..leases.len() {
        let claim = claim(&patient, &lease(&format!("{n}"), 1)).await;
        match settlement(n) {
            Settlement::Commit => assert_eq!(claim, Claim::Replay, "{n}"),
            _ => assert_eq!(claim, Claim::First, "{n}"),
        }
    }
}

fn settlement(n: usize) -> Settlement {
    if n.is_multiple_of(2) {
        Settlement::Commit
    } else {
        Settlement::Release
    }
}

#[test]
fn what_is_settled_later_outside_a_runtime_is_settled_on_the_one_the_store_was_used_on() {
    let server = Server::start();
    let store = store(&server);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let held = lease("a", 1);
    assert_eq!(runtime.block_on(claim(&store, &held)), Claim::First);
    store.settle_later(held, Settlement::Release);
    let other = crate::support::store(&server);
    runtime.block_on(until("it is released", async || {
        claim(&other, &lease("a", 1)).await == Claim::First
    }));
}

#[test]
fn a_store_outlives_the_runtime_it_was_used_on() {
    let server = Server::start();
    let store = store(&server);
    let held = lease("a", 1);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    assert_eq!(runtime.block_on(claim(&store, &held)), Claim::First);
    drop(runtime);
    // Nowhere to settle it, until there is a runtime again.
    store.settle_later(held, Settlement::Release);
    thread::yield_now();

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        // It starts the task, whose release may come before it or after.
        let copy = lease("a", 1);
        let _ = claim(&store, &copy).await;
        within(store.flush()).await;
        assert_eq!(claim(&store, &copy).await, Claim::First);
    });
}

#[tokio::test]
async fn what_the_last_clone_was_given_is_settled() {
    let server = Server::start();
    let other = store(&server);
    let held = lease("a", 1);
    {
        let store = store(&server);
        assert_eq!(claim(&store, &held).await, Claim::First);
        store.settle_later(held, Settlement::Release);
    }
    until("it is released", async || {
        claim(&other, &lease("a", 1)).await == Claim::First
    })
    .await;
}

#[tokio::test]
async fn a_success_that_waited_and_was_another_owners_too_is_logged_and_a_second_try_is_not() {
    let server = Server::start();
    let patient = store(&server);
    let store = hasty(&patient);
    let (one, two, other) = (lease("a", 1), lease("a", 1), lease("b", 1));
    assert_eq!(claim(&patient, &one).await, Claim::First);
    assert_eq!(claim(&patient, &other).await, Claim::First);
    let logs = Logs::keep();
    // As an endpoint that handles messages anyway does while nobody can tell who has them.
    let paused = server.pause();
    for lease in [&one, &two, &other, &other] {
        store.settle_later(lease.clone(), Settlement::Commit);
    }
    store.settle_later(two.clone(), Settlement::Release);
    within(store.flush()).await;
    drop(paused);
    until("all is settled", async || {
        claim(&patient, &lease("b", 1)).await == Claim::Replay
    })
    .await;
    within(store.flush()).await;

    let text = logs.text();
    assert_eq!(
        text.matches("a message was handled twice").count(),
        1,
        "{text}"
    );
    let digits = one
        .identity()
        .message_key()
        .map(|byte| format!("{byte:02x}"));
    assert!(text.contains(&digits.concat()), "{text}");
    assert!(!text.contains("outlived"), "{text}");
    assert_eq!(claim(&patient, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_full_queue_is_told_of_once() {
    let mut server = Server::start();
    server.kill();
    let store = hasty(&store(&server));
    let logs = Logs::keep();
    for n in 0..10_100 {
        store.settle_later(lease(&format!("{n}"), 1), Settlement::Commit);
    }
    let text = logs.text();
    assert_eq!(text.matches("too many are waiting").count(), 1, "{text}");
    within(store.flush()).await;
}
