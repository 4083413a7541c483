//! What the handler's answer does to the message, and what the next copy of it is answered.

use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::any;
use callhook_tower::callhook::clock::ManualClock;
use callhook_tower::callhook::replay::{Claim, Settled, Settlement};
use callhook_tower::telecmi::Event;
use callhook_tower::{
    Endpoint, RejectionKind, ReplayStatus, StoreFailure, UncheckedReason, Webhook, WebhookLayer,
};
use tokio::task::JoinHandle;

use crate::support::{
    Desk, Failing, Logs, Step, TestStore, builder, call, cdr, cdr_query, cdr_with_recording,
    endpoint, flow, get_request, outcome, poll, post_request, rejection, remember, router, within,
};

#[tokio::test]
async fn an_answer_of_2xx_settles_the_message_and_its_copies_are_replays() {
    for status in [200, 201, 202, 204, 299] {
        let desk = Desk::default();
        let app = router(endpoint(), &desk);
        desk.plan_status(status);

        let first = call(&app, post_request(cdr("1"))).await;
        assert_eq!((first.status().as_u16(), outcome(&first)), (status, None));
        for _ in 0..3 {
            is_replay(call(&app, post_request(cdr("1"))).await).await;
        }

        assert_eq!(desk.runs(), 1, "{status}");
    }
}

#[tokio::test]
async fn any_other_answer_releases_the_message_and_its_next_copy_is_handled() {
    for status in [301, 302, 304, 400, 401, 404, 409, 413, 429, 500, 503] {
        let desk = Desk::default();
        let app = router(endpoint(), &desk);
        desk.plan_status(status);
        desk.plan_status(status);

        for _ in 0..2 {
            let failed = call(&app, post_request(cdr("1"))).await;
            assert_eq!((failed.status().as_u16(), outcome(&failed)), (status, None));
            assert_eq!(
                rejection(&failed),
                None,
                "the handler refused, not the layer"
            );
        }
        let third = call(&app, post_request(cdr("1"))).await;
        assert_eq!(third.status(), StatusCode::NO_CONTENT);
        is_replay(call(&app, post_request(cdr("1"))).await).await;

        assert_eq!(desk.replay_status(), [ReplayStatus::First; 3], "{status}");
    }
}

#[tokio::test]
async fn what_counts_as_success_can_be_replaced() {
    let desk = Desk::default();
    let endpoint = builder().success_when(|status| status == 404).build();
    let app = router(endpoint.expect("sound"), &desk);
    desk.plan_status(200);
    desk.plan_status(404);

    for status in [200, 404] {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status().as_u16(), status);
    }
    is_replay(call(&app, post_request(cdr("1"))).await).await;

    assert_eq!(desk.runs(), 2);
}

#[tokio::test]
async fn the_handlers_answer_passes_unchanged() {
    async fn on_call(_: Webhook<Event>) -> (StatusCode, [(&'static str, &'static str); 2], String) {
        let headers = [("x-mine", "1"), ("callhook-outcome", "mine")];
        (
            StatusCode::IM_A_TEAPOT,
            headers,
            "short and stout".to_owned(),
        )
    }
    let app = Router::new().route("/hook", any(on_call).layer(WebhookLayer::new(endpoint())));

    let response = call(&app, post_request(cdr("1"))).await;

    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(response.headers()["x-mine"], "1");
    assert_eq!(outcome(&response), Some("mine"));
    let body = to_bytes(response.into_body(), 100).await.expect("a body");
    assert_eq!(body, "short and stout");
}

#[tokio::test]
async fn another_content_of_a_message_is_a_revision_even_while_the_first_is_handled() {
    let desk = Desk::default();
    desk.gate().close();
    let app = router(endpoint(), &desk);
    let first = ask(&app, post_request(cdr("1")));
    desk.reach_runs(1).await;

    let revision = ask(&app, post_request(cdr_with_recording("1")));
    desk.reach_runs(2).await;
    for copy in [cdr("1"), cdr_with_recording("1")] {
        let refused = call(&app, post_request(copy)).await;
        assert_eq!(
            rejection(&refused),
            Some((RejectionKind::InFlight, "in_flight"))
        );
    }
    desk.gate().open();

    for response in [first, revision] {
        let response = within("an answer", response).await.expect("no panic");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
    assert_eq!(desk.most_at_once(), 2);
}

#[tokio::test]
async fn of_contents_a_b_a_the_third_is_a_replay() {
    let desk = Desk::default();
    let app = router(endpoint(), &desk);
    let (a, b) = (cdr("1"), cdr_with_recording("1"));

    for content in [&a, &b] {
        let response = call(&app, post_request(content.clone())).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
    for content in [&a, &b, &a] {
        is_replay(call(&app, post_request(content.clone())).await).await;
    }

    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
}

#[tokio::test]
async fn a_message_is_a_revision_of_one_that_failed_only_while_that_is_remembered() {
    let desk = Desk::default();
    desk.plan_status(500);
    let app = router(endpoint(), &desk);

    call(&app, post_request(cdr("1"))).await;
    call(&app, post_request(cdr_with_recording("1"))).await;
    call(&app, post_request(cdr("1"))).await;

    // The first content was released, so the second is the first that is known; then the first content comes again.
    assert_eq!(
        desk.replay_status(),
        [
            ReplayStatus::First,
            ReplayStatus::First,
            ReplayStatus::Revision
        ]
    );
}

#[tokio::test]
async fn a_get_of_what_was_posted_is_a_replay_and_the_other_way_round() {
    let desk = Desk::default();
    let app = router(endpoint(), &desk);

    let posted = call(&app, post_request(cdr("1"))).await;
    assert_eq!(posted.status(), StatusCode::NO_CONTENT);
    is_replay(call(&app, get_request(&cdr_query("1"))).await).await;
    let got = call(&app, get_request(&cdr_query("2"))).await;
    assert_eq!(got.status(), StatusCode::NO_CONTENT);
    is_replay(call(&app, post_request(cdr("2"))).await).await;
    let mut form = post_request(cdr_query("2"));
    let urlencoded = "application/x-www-form-urlencoded"
        .parse()
        .expect("a value");
    form.headers_mut().insert(header::CONTENT_TYPE, urlencoded);
    is_replay(call(&app, form).await).await;

    assert_eq!(desk.runs(), 2);
}

#[tokio::test]
async fn a_handled_message_is_remembered_for_its_window_and_no_longer() {
    let clock = ManualClock::default();
    let desk = Desk::default();
    let endpoint = builder()
        .clock(clock.clone())
        .replay_window(Duration::from_secs(100))
        .build();
    let app = router(endpoint.expect("sound"), &desk);

    call(&app, post_request(cdr("1"))).await;
    clock.advance(Duration::from_secs(99));
    is_replay(call(&app, post_request(cdr("1"))).await).await;
    clock.advance(Duration::from_secs(2));
    let again = call(&app, post_request(cdr("1"))).await;

    assert_eq!(again.status(), StatusCode::NO_CONTENT);
    assert_eq!(desk.runs(), 2);
}

#[tokio::test]
async fn a_handler_that_outlives_its_lease_is_not_waited_for_and_settles_nothing() {
    let logs = Logs::keep();
    let clock = ManualClock::default();
    let desk = Desk::default();
    desk.gate().close();
    let endpoint = builder()
        .clock(clock.clone())
        .lease(Duration::from_secs(3))
        .build();
    let app = router(endpoint.expect("sound"), &desk);
    let slow = ask(&app, post_request(cdr("1")));
    desk.reach_runs(1).await;
    let refused = call(&app, post_request(cdr("1"))).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "3");

    clock.advance(Duration::from_secs(4));
    let beside = ask(&app, post_request(cdr("1")));
    desk.reach_runs(2).await;
    desk.gate().open();

    for response in [slow, beside] {
        within("an answer", response).await.expect("no panic");
    }
    let log = logs.text();
    assert_eq!(log.matches("outlived its lease").count(), 1, "{log}");
    is_replay(call(&app, post_request(cdr("1"))).await).await;
}

#[tokio::test]
async fn what_replay_protection_does_not_cover_is_handled_every_time() {
    let off = builder().insecure_no_replay_protection().build();
    for (name, endpoint, body, why) in [
        (
            "a request that waits for its answer",
            endpoint(),
            flow("1"),
            UncheckedReason::AwaitsAnswer,
        ),
        (
            "a message without an id",
            endpoint(),
            r#"{"type":"cdr","status":"answered"}"#.to_owned(),
            UncheckedReason::NoId,
        ),
        (
            "without replay protection",
            off.expect("sound"),
            cdr("1"),
            UncheckedReason::Off,
        ),
    ] {
        let desk = Desk::default();
        let app = router(endpoint, &desk);
        for _ in 0..2 {
            let response = call(&app, post_request(body.clone())).await;
            assert_eq!(response.status(), StatusCode::NO_CONTENT, "{name}");
        }
        assert_eq!(
            desk.replay_status(),
            [ReplayStatus::Unchecked(why); 2],
            "{name}"
        );
    }
}

#[tokio::test]
async fn under_per_leg_the_first_handled_content_stands_for_all() {
    let desk = Desk::default();
    let app = router(builder().per_leg().build().expect("sound"), &desk);

    call(&app, post_request(cdr("1"))).await;
    is_replay(call(&app, post_request(cdr_with_recording("1"))).await).await;

    assert_eq!(desk.runs(), 1);
}

#[tokio::test]
async fn a_store_that_is_down_has_messages_handled_unchecked_by_default() {
    let logs = Logs::keep();
    let desk = Desk::default();
    let store = TestStore::default();
    let clock = ManualClock::default();
    let endpoint = builder()
        .name("calls")
        .clock(clock.clone())
        .replay_store(store.clone())
        .build()
        .expect("sound");
    let app = router(endpoint, &desk);
    store.fail_claims(Failing::Before);

    for _ in 0..3 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable); 3]
    );
    let log = logs.text();
    let incidents = log.matches("the replay store could not answer").count();
    assert_eq!(incidents, 1, "once for each incident: {log}");

    // A single answer doesn't end an incident: one after a quiet time does.
    store.fail_claims(Failing::No);
    is_replay(call(&app, post_request(cdr("1"))).await).await;
    assert!(!logs.text().contains("the replay store answers again"));
    clock.advance(Duration::from_secs(10));
    is_replay(call(&app, post_request(cdr("1"))).await).await;
    assert!(logs.text().contains("the replay store answers again"));
    assert_eq!(store.claimed(), 0);
}

#[tokio::test]
async fn a_store_whose_word_was_lost_is_told_the_outcome_all_the_same() {
    for (status, settlement) in [(204, Settlement::Commit), (500, Settlement::Release)] {
        let desk = Desk::default();
        let store = TestStore::default();
        let app = router(remember(&store), &desk);
        store.fail_claims(Failing::After);
        desk.plan_status(status);

        let response = call(&app, post_request(cdr("1"))).await;

        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            store.steps(),
            [
                Step::Claim(Claim::First),
                Step::Later(settlement, Settled::Done)
            ]
        );
        assert_eq!(store.claimed(), 0);
    }
}

#[tokio::test]
async fn a_store_that_is_down_has_messages_refused_where_that_is_chosen() {
    for failing in [Failing::Before, Failing::After] {
        let desk = Desk::default();
        let store = TestStore::default();
        let endpoint = builder()
            .name("calls")
            .replay_store(store.clone())
            .on_store_failure(StoreFailure::Refuse)
            .build();
        let app = router(endpoint.expect("sound"), &desk);
        store.fail_claims(failing);

        let refused = call(&app, post_request(cdr("1"))).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "5");
        assert_eq!(outcome(&refused), Some("store_unavailable"));
        assert_eq!(
            rejection(&refused),
            Some((RejectionKind::StoreUnavailable, "store_unavailable"))
        );
        assert_eq!(desk.runs(), 0);
        assert_eq!(store.claimed(), 0, "nothing stays locked");

        store.fail_claims(Failing::No);
        let again = call(&app, post_request(cdr("1"))).await;
        assert_eq!(again.status(), StatusCode::NO_CONTENT);
        assert_eq!(desk.replay_status(), [ReplayStatus::First]);
    }
}

#[tokio::test]
async fn the_cause_of_a_store_failure_can_be_found_by_outer_layers() {
    let store = TestStore::default();
    store.fail_claims(Failing::Before);
    let endpoint = builder()
        .name("calls")
        .replay_store(store)
        .on_store_failure(StoreFailure::Refuse)
        .build();
    let app = router(endpoint.expect("sound"), &Desk::default());

    let refused = call(&app, post_request(cdr("1"))).await;

    let rejection = refused
        .extensions()
        .get::<callhook_tower::Rejection>()
        .expect("a rejection");
    let cause = std::error::Error::source(rejection).expect("a cause");
    assert_eq!(cause.to_string(), "down, as planned");
}

#[tokio::test]
async fn an_answer_passes_though_its_settling_fails_and_is_tried_once_more() {
    for (status, settlement) in [(201, Settlement::Commit), (500, Settlement::Release)] {
        let desk = Desk::default();
        let store = TestStore::default();
        let app = router(remember(&store), &desk);
        store.fail_settling(true);
        desk.plan_status(status);

        let response = call(&app, post_request(cdr("1"))).await;

        assert_eq!(
            (response.status().as_u16(), outcome(&response)),
            (status, None)
        );
        assert_eq!(
            store.steps(),
            [
                Step::Claim(Claim::First),
                Step::Later(settlement, Settled::Done)
            ]
        );
    }
}

#[tokio::test]
async fn a_message_is_settled_before_its_answer_is_given() {
    let desk = Desk::default();
    let store = TestStore::default();
    store.gates().before_settle.close();
    let app = router(remember(&store), &desk);
    let first = ask(&app, post_request(cdr("1")));
    store.gates().before_settle.arrived().reach(1).await;

    assert!(!first.is_finished(), "a copy could still be handled");
    let copy = call(&app, post_request(cdr("1"))).await;
    assert_eq!(
        rejection(&copy),
        Some((RejectionKind::InFlight, "in_flight"))
    );
    store.gates().before_settle.open();

    let first = within("an answer", first).await.expect("no panic");
    assert_eq!(first.status(), StatusCode::NO_CONTENT);
    is_replay(call(&app, post_request(cdr("1"))).await).await;
}

#[tokio::test]
async fn an_endpoint_is_idle_once_no_claim_is_held_and_the_store_is_flushed() {
    let desk = Desk::default();
    desk.gate().close();
    let store = TestStore::default();
    let endpoint = remember(&store);
    within("a fresh endpoint to be idle", endpoint.idle()).await;
    assert_eq!(store.flushed().get(), 1);
    let app = router(endpoint.clone(), &desk);
    let running = ask(&app, post_request(cdr("1")));
    desk.reach_runs(1).await;
    store.gates().before_settle.close();
    store.gates().flush.close();

    let idle = tokio::spawn(async move { endpoint.idle().await });
    desk.gate().open();
    store.gates().before_settle.arrived().reach(1).await;
    assert!(
        !idle.is_finished(),
        "the handler has ended, its commit has not"
    );
    assert_eq!(
        store.gates().flush.arrived().get(),
        1,
        "not asked again yet"
    );
    store.gates().before_settle.open();
    let response = within("an answer", running).await.expect("no panic");
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    store.gates().flush.arrived().reach(2).await;
    assert!(!idle.is_finished(), "the store is not flushed");
    store.gates().flush.open();

    within("the endpoint to be idle", idle)
        .await
        .expect("no panic");
    assert_eq!(store.flushed().get(), 2);
}

#[tokio::test]
async fn clones_of_an_endpoint_wait_for_each_others_claims() {
    let desk = Desk::default();
    desk.gate().close();
    let endpoint = endpoint();
    let (one, two) = (
        router(endpoint.clone(), &desk),
        router(endpoint.clone(), &desk),
    );
    let first = ask(&one, post_request(cdr("1")));
    let second = ask(&two, post_request(cdr("2")));
    desk.reach_runs(2).await;
    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());

    let copy = call(&two, post_request(cdr("1"))).await;
    assert_eq!(
        rejection(&copy),
        Some((RejectionKind::InFlight, "in_flight"))
    );
    first.abort();
    desk.dropped().reach(1).await;
    assert!(poll(&mut idle).is_pending());
    desk.gate().open();
    within("an answer", second).await.expect("no panic");
    within("the endpoint to be idle", idle).await;
}

#[tokio::test]
async fn a_delivery_that_is_kept_holds_no_claim() {
    let endpoint = endpoint();
    let desk = Desk::default();
    let app = router(endpoint.clone(), &desk);

    call(&app, post_request(cdr("1"))).await;

    // The desk keeps every delivery.
    within("the endpoint to be idle", endpoint.idle()).await;
    is_replay(call(&app, post_request(cdr("1"))).await).await;
}

#[tokio::test]
async fn endpoints_of_two_names_share_a_store_and_no_messages() {
    let store = TestStore::default();
    let named = |name: &str| -> Endpoint<Event> {
        let endpoint = builder().name(name).replay_store(store.clone());
        endpoint.build().expect("sound")
    };
    let desk = Desk::default();
    for name in ["one", "two"] {
        let response = call(&router(named(name), &desk), post_request(cdr("1"))).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{name}");
    }
    is_replay(call(&router(named("one"), &desk), post_request(cdr("1"))).await).await;
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::First]
    );
}

/// 200 without a body, and without the handler.
async fn is_replay(response: Response) {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(outcome(&response), Some("replay"));
    assert_eq!(rejection(&response), None);
    let body = to_bytes(response.into_body(), 1).await.expect("a body");
    assert!(body.is_empty());
}

/// Asks the app without waiting for the answer.
fn ask(app: &Router, request: Request) -> JoinHandle<Response> {
    let app = app.clone();
    tokio::spawn(async move { call(&app, request).await })
}
