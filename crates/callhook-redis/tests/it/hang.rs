//! A server that hangs, and what it does with old calls when it goes on.

use callhook::replay::{Claim, ReplayStore, Settled, Settlement};
use callhook_redis::RedisStoreErrorKind;

use crate::support::{
    Server, claim, commit, handle, hasty, is_in_flight, lease, release, store, within,
};

#[tokio::test]
async fn while_the_server_hangs_every_method_ends_in_a_timeout() {
    let server = Server::start();
    let patient = store(&server);
    let store = hasty(&patient);
    handle(&patient, &lease("before", 1)).await;
    let paused = server.pause();
    // The first on the old connection, the others on new ones, which the paused server's kernel accepts.
    for n in 0..2 {
        let lease = lease(&format!("{n}"), 1);
        let errors = [
            within(store.claim(&lease)).await.expect_err("no answer"),
            within(store.commit(&lease)).await.expect_err("no answer"),
            within(store.release(&lease)).await.expect_err("no answer"),
            within(store.ping()).await.expect_err("no answer"),
        ];
        for error in errors {
            assert_eq!(error.kind(), RedisStoreErrorKind::Timeout);
        }
        store.settle_later(lease, Settlement::Release);
    }
    within(store.flush()).await;
    drop(paused);
    assert_eq!(claim(&patient, &lease("before", 1)).await, Claim::Replay);
    handle(&patient, &lease("after", 1)).await;
}

#[tokio::test]
async fn a_claim_that_redis_executed_after_we_gave_up_is_released() {
    let server = Server::start();
    let (patient, other) = (store(&server), store(&server));
    let hasty = hasty(&patient);
    handle(&patient, &lease("before", 1)).await;
    let abandoned = lease("a", 1);
    let paused = server.pause();
    let error = within(hasty.claim(&abandoned))
        .await
        .expect_err("no answer");
    assert_eq!(error.kind(), RedisStoreErrorKind::Timeout);
    // As the endpoint does where it refuses then.
    hasty.settle_later(abandoned, Settlement::Release);
    drop(paused);
    within(hasty.flush()).await;
    assert_eq!(claim(&other, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn a_message_that_was_handled_while_redis_hung_is_a_replay_afterwards() {
    let server = Server::start();
    let (patient, other) = (store(&server), store(&server));
    let hasty = hasty(&patient);
    handle(&patient, &lease("before", 1)).await;
    let handled = lease("a", 1);
    let paused = server.pause();
    within(hasty.claim(&handled)).await.expect_err("no answer");
    // As the endpoint does where it handles unchecked then.
    hasty.settle_later(handled, Settlement::Commit);
    drop(paused);
    within(hasty.flush()).await;
    assert_eq!(claim(&other, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_claim_that_comes_after_its_release_holds_nothing() {
    let server = Server::start();
    let store = store(&server);
    let late = lease("a", 1);
    for _ in 0..2 {
        assert_eq!(release(&store, &late).await, Settled::Done);
        let error = within(store.claim(&late)).await.expect_err("given up");
        assert_eq!(error.kind(), RedisStoreErrorKind::GivenUp);
    }
    let next = lease("a", 1);
    assert_eq!(claim(&store, &next).await, Claim::First);
    // The note is about a token, not about a content: it changes nothing for others.
    assert!(
        within(store.claim(&late))
            .await
            .is_ok_and(|claim| is_in_flight(&claim))
    );
    assert_eq!(commit(&store, &next).await, Settled::Done);
    assert_eq!(claim(&store, &late).await, Claim::Replay);
}

#[tokio::test]
async fn a_claim_that_comes_twice_around_its_release_holds_nothing() {
    let server = Server::start();
    let store = store(&server);
    let twice = lease("a", 1);
    assert_eq!(claim(&store, &twice).await, Claim::First);
    assert_eq!(release(&store, &twice).await, Settled::Done);
    within(store.claim(&twice)).await.expect_err("given up");
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn a_commit_after_a_release_is_a_late_commit() {
    let server = Server::start();
    let store = store(&server);
    let late = lease("a", 1);
    assert_eq!(claim(&store, &late).await, Claim::First);
    assert_eq!(release(&store, &late).await, Settled::Done);
    assert_eq!(commit(&store, &late).await, Settled::Done);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
}
