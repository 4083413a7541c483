//! An endpoint over the store.

use std::task::{Context, Poll};

use bytes::Bytes;
use callhook::request::Head;
use callhook::telecmi::{Event, Telecmi};
use callhook::{
    Claimed, Endpoint, HandlerOutcome, OnStoreFailure, ReplayStatus, Reply, UncheckedReason,
};
use callhook_redis::RedisStore;

use crate::support::{Logs, Server, handle, hasty, lease, store, within};

const TOKEN: &str = "a-token-of-some-length";

#[tokio::test]
async fn two_endpoints_of_one_name_and_store_handle_a_message_once() {
    let server = Server::start();
    let one = endpoint(store(&server), OnStoreFailure::Handle);
    let two = endpoint(store(&server), OnStoreFailure::Handle);

    let (how, claimed) = post(&one, CDR).await.expect("the first copy");
    assert_eq!(how, ReplayStatus::First);
    let answer = post(&two, CDR).await.expect_err("a copy in between");
    assert_eq!(answer.status(), 503);
    claimed.settle(HandlerOutcome::Status(200)).await;
    let answer = post(&two, CDR).await.expect_err("a copy afterwards");
    assert_eq!(answer.status(), 200);

    let (how, claimed) = post(&two, REVISED).await.expect("another content");
    assert_eq!(how, ReplayStatus::Revision);
    claimed.settle(HandlerOutcome::Status(500)).await;
    let (how, _claimed) = post(&one, REVISED)
        .await
        .expect("handled when it comes again");
    assert_eq!(how, ReplayStatus::Revision);
}

#[tokio::test]
async fn a_handler_that_is_dropped_releases_the_message() {
    let server = Server::start();
    let endpoint = endpoint(store(&server), OnStoreFailure::Handle);
    let (_, claimed) = post(&endpoint, CDR).await.expect("the first copy");
    drop(claimed);
    within(endpoint.idle()).await;
    let (how, _claimed) = post(&endpoint, CDR).await.expect("the next copy");
    assert_eq!(how, ReplayStatus::First);
}

#[tokio::test]
async fn while_redis_is_down_messages_are_handled_and_that_is_logged_once() {
    let mut server = Server::start();
    server.kill();
    let logs = Logs::keep();
    let endpoint = endpoint(store(&server), OnStoreFailure::Handle);
    for _ in 0..5 {
        let (how, claimed) = post(&endpoint, CDR).await.expect("handled");
        assert_eq!(
            how,
            ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable)
        );
        within(claimed.settle(HandlerOutcome::Status(200))).await;
    }
    let text = logs.text();
    let told = "the replay store could not answer";
    assert_eq!(text.matches(told).count(), 1, "{text}");
    assert!(text.contains("connection refused"), "{text}");

    // The outcome was given to `settle_later`, and is remembered as soon as it can be.
    server.restart();
    within(endpoint.idle()).await;
    let answer = post(&endpoint, CDR).await.expect_err("a copy");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn while_redis_is_down_messages_are_refused_where_that_is_wanted() {
    let mut server = Server::start();
    server.kill();
    let logs = Logs::keep();
    let endpoint = endpoint(store(&server), OnStoreFailure::Refuse);
    for _ in 0..5 {
        let answer = post(&endpoint, CDR).await.expect_err("refused");
        assert_eq!(answer.status(), 503);
    }
    let text = logs.text();
    let told = "the replay store could not answer";
    assert_eq!(text.matches(told).count(), 1, "{text}");

    server.restart();
    let (how, _claimed) = post(&endpoint, CDR).await.expect("handled");
    assert_eq!(how, ReplayStatus::First);
}

#[tokio::test]
async fn what_a_hanging_redis_did_with_a_refused_message_does_not_lock_it() {
    let server = Server::start();
    let patient = store(&server);
    handle(&patient, &lease("before", 1)).await;
    let endpoint = self::endpoint(hasty(&patient), OnStoreFailure::Refuse);
    let (_, claimed) = post(&endpoint, CDR).await.expect("handled");
    claimed.settle(HandlerOutcome::Status(500)).await;
    let paused = server.pause();
    let answer = post(&endpoint, CDR).await.expect_err("refused");
    assert_eq!(answer.status(), 503);
    drop(paused);
    within(endpoint.idle()).await;
    let other = self::endpoint(patient, OnStoreFailure::Refuse);
    let (how, _claimed) = post(&other, CDR).await.expect("handled");
    assert_eq!(how, ReplayStatus::First);
}

fn endpoint(store: RedisStore, policy: OnStoreFailure) -> Endpoint<Event> {
    Endpoint::builder(Telecmi)
        .name("calls")
        .query_token("token", TOKEN)
        .replay_store(store)
        .on_store_failure(policy)
        .build()
        .expect("a valid endpoint")
}

/// How a message is delivered, or what its sender is answered.
async fn post(
    endpoint: &Endpoint<Event>,
    body: &'static str,
) -> Result<(ReplayStatus, Claimed), Reply> {
    let query = format!("token={TOKEN}");
    let head = Head::new("POST", "/hook", Some(&query), &());
    let admitted = within(endpoint.admit(&head, tokio::time::sleep)).await?;
    let mut body = Some(Ok(Bytes::from_static(body.as_bytes())));
    let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
    let verified = within(admitted.receive(poll_chunk, tokio::time::sleep)).await?;
    let (delivery, claimed) = within(verified.claim()).await?.into_parts();
    Ok((delivery.replay_status(), claimed))
}

const CDR: &str = r#"{"type":"cdr","appid":7,"cmiuuid":"a","status":"answered","to":44}"#;
const REVISED: &str =
    r#"{"type":"cdr","appid":7,"cmiuuid":"a","status":"answered","to":44,"filename":"f"}"#;
