//! Runtimes that end or are busy while others go on with the store, as the workers of a server do.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use callhook::replay::{Claim, Fingerprint, Identity, Lease, ReplayStore, Settlement, Token};
use callhook_redis::RedisStore;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::support::{DAY, MINUTE, Server, claim, hasty, lease, release, store};

#[test]
fn a_settlement_whose_runtime_ends_while_it_is_tried_is_made_in_another() {
    let server = Server::start();
    let patient = store(&server);
    let held = lease("a", 1);
    runtime().block_on(claim(&patient, &held));
    let fresh = RedisStore::connect(&server.url()).expect("a valid URL");
    let paused = server.pause();
    runtime().block_on(async {
        fresh.settle_later(held, Settlement::Commit);
        // Its task is waiting for a connection when the runtime is dropped.
        sleep(Duration::from_millis(300)).await;
    });
    drop(paused);
    runtime().block_on(async {
        fresh.flush().await;
        assert_eq!(claim(&patient, &lease("a", 1)).await, Claim::Replay);
    });
}

#[test]
fn what_waits_is_settled_beside_the_next_claim() {
    let server = Server::start();
    let patient = store(&server);
    let held = lease("a", 1);
    runtime().block_on(claim(&patient, &held));
    let fresh = RedisStore::connect(&server.url()).expect("a valid URL");
    // No runtime is running here.
    fresh.settle_later(held, Settlement::Commit);
    runtime().block_on(async {
        claim(&fresh, &lease("another", 1)).await;
        crate::support::until("the commit is made", async || {
            claim(&patient, &lease("a", 1)).await == Claim::Replay
        })
        .await;
    });
}

#[test]
fn a_worker_whose_handler_blocks_takes_the_store_from_no_other() {
    let server = Server::start();
    let main = runtime();
    let made_in_main = {
        let _main = main.enter();
        RedisStore::connect(&server.url()).expect("a valid URL")
    };
    let (blocked, is_blocked) = mpsc::channel();
    let (unblock, is_unblocked) = mpsc::channel::<()>();
    let store = made_in_main.clone();
    let one = thread::spawn(move || {
        worker().block_on(async {
            // The first call makes the connection.
            claim(&store, &lease("a", 1)).await;
            blocked.send(()).expect("the test waits");
            is_unblocked.recv().expect("the test goes on");
        });
    });
    is_blocked.recv().expect("the worker goes on");
    let other = thread::spawn(move || worker().block_on(made_in_main.claim(&lease("b", 1))));
    let claimed = other.join().expect("no panic");
    unblock.send(()).expect("the worker waits");
    one.join().expect("no panic");
    assert_eq!(claimed.ok(), Some(Claim::First));
}

#[tokio::test]
async fn a_release_outlives_the_lease_where_the_server_hangs_for_longer() {
    let server = Server::start();
    let (patient, other) = (store(&server), store(&server));
    let hasty = hasty(&patient);
    // Both are connected.
    claim(&patient, &lease("before", 1)).await;
    claim(&other, &lease("before", 2)).await;
    let brief = |token| {
        let identity = Identity::for_test("cdr", "a");
        let (lease, content) = (Duration::from_secs(3), Fingerprint::from_bits(1));
        Lease::new(identity, content, Token::from_bits(token), lease, DAY)
    };
    let paused = server.pause();
    hasty.claim(&brief(77)).await.expect_err("no answer");
    hasty.settle_later(brief(77), Settlement::Release);
    sleep(Duration::from_secs(5)).await;
    drop(paused);
    hasty.flush().await;
    assert_eq!(claim(&other, &brief(78)).await, Claim::First);
}

#[tokio::test]
async fn a_message_that_failed_many_times_has_room_for_the_next_note() {
    let server = Server::start();
    let store = store(&server);
    let owned = |token| {
        let identity = Identity::for_test("cdr", "a");
        let content = Fingerprint::from_bits(1);
        Lease::new(identity, content, Token::from_bits(token), MINUTE, DAY)
    };
    for token in 1000..1130 {
        assert_eq!(claim(&store, &owned(token)).await, Claim::First);
        release(&store, &owned(token)).await;
    }
    release(&store, &owned(77)).await;
    store
        .claim(&owned(77))
        .await
        .expect_err("given up before it came");
    assert_eq!(claim(&store, &owned(78)).await, Claim::First);
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

/// With one thread, as actix-web's workers have it.
fn worker() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
