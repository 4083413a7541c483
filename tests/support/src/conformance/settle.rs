//! What the handler's answer does to the message, and what the next copy of it is answered.

use std::time::Duration;

use callhook::clock::ManualClock;
use callhook::{ReplayStatus, UncheckedReason};
use http::Response;

use super::{Adapter, App};
use crate::{
    Logs, Planned, TOKEN, builder, cdr, cdr_query, cdr_with_recording, endpoint, flow, get, poll,
    post, within,
};

pub(super) async fn an_answer_of_2xx_settles_the_message_and_its_copies_are_replays(
    adapter: &impl Adapter,
) {
    for status in [200, 201, 202, 204, 299] {
        let app = App::new(endpoint()).start(adapter).await;
        app.handler.plan_status(status);

        app.is_handled(post(cdr("1")), status).await;
        for _ in 0..3 {
            app.is_replay(post(cdr("1"))).await;
        }
        assert_eq!(app.handler.runs(), 1, "{status}");
    }
}

pub(super) async fn any_other_answer_releases_the_message_and_its_next_copy_is_handled(
    adapter: &impl Adapter,
) {
    for status in [301, 302, 304, 400, 401, 404, 409, 413, 429, 500, 503] {
        let app = App::new(endpoint()).start(adapter).await;
        app.handler.plan_status(status);
        app.handler.plan_status(status);

        for _ in 0..2 {
            app.is_handled(post(cdr("1")), status).await;
        }
        app.is_handled(post(cdr("1")), 204).await;
        app.is_replay(post(cdr("1"))).await;
        assert_eq!(
            app.handler.replay_status(),
            [ReplayStatus::First; 3],
            "{status}"
        );
    }
}

pub(super) async fn what_counts_as_success_can_be_replaced(adapter: &impl Adapter) {
    let endpoint = builder().success_when(|status| status == 404).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    for status in [200, 404] {
        app.handler.plan_status(status);
        app.is_handled(post(cdr("1")), status).await;
    }
    app.is_replay(post(cdr("1"))).await;
    assert_eq!(app.handler.runs(), 2);
}

pub(super) async fn the_handlers_answer_passes_unchanged(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    let answer = Response::builder()
        .status(418)
        .header("x-mine", "1")
        .header("callhook-outcome", "mine")
        .body("short and stout".to_owned());
    app.handler
        .plan([Planned::Answer(answer.expect("a response"))]);

    let reply = app.ask(post(cdr("1"))).await;

    assert_eq!(reply.status, 418);
    assert_eq!(reply.header("x-mine"), Some("1"));
    assert_eq!(reply.outcome(), Some("mine"));
    assert_eq!(reply.body, b"short and stout");
}

pub(super) async fn another_content_of_a_message_is_a_revision_even_while_the_first_is_handled(
    adapter: &impl Adapter,
) {
    let app = App::new(endpoint()).start(adapter).await;
    app.handler.gate().close();
    let first = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(1).await;
    let revision = app.begin(post(cdr_with_recording("1"))).await;
    app.handler.reach_runs(2).await;
    for copy in [cdr("1"), cdr_with_recording("1")] {
        app.is_in_flight(post(copy)).await;
    }
    app.handler.gate().open();

    for mut sender in [first, revision] {
        assert_eq!(sender.reply().await.expect("a reply").status, 204);
    }
    assert_eq!(
        app.handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
    assert_eq!(app.handler.most_at_once(), 2);
}

pub(super) async fn of_contents_a_b_a_the_third_is_a_replay(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    let (a, b) = (post(cdr("1")), post(cdr_with_recording("1")));
    for content in [&a, &b] {
        app.is_handled(content, 204).await;
    }
    for content in [&a, &b, &a] {
        app.is_replay(content).await;
    }
    assert_eq!(
        app.handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
}

pub(super) async fn a_message_is_read_from_a_gets_body_and_from_a_blank_posts_query(
    adapter: &impl Adapter,
) {
    let endpoint = builder().body_token("custom", CUSTOM).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    let in_body = cdr("body");
    let with_token = in_body.replacen('{', &format!("{{\"custom\":\"{CUSTOM}\","), 1);
    let in_query = cdr_query("query");
    for (method, query, body, urls_query, passed) in [
        ("GET", "", &*with_token, "", &*in_body),
        ("GET", "&custom=left", &with_token, "", &in_body),
        (
            "POST",
            &format!("&custom={CUSTOM}&{in_query}"),
            "\r\n",
            &in_query,
            "\r\n",
        ),
    ] {
        let request = format!(
            "{method} /hook?token={TOKEN}{query} HTTP/1.1\r\nhost: h\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if query == "&custom=left" {
            app.is_replay(request).await;
            continue;
        }
        app.is_handled(&request, 204).await;
        let received = app.handler.received().pop().expect("a run");
        let separator = if urls_query.is_empty() { "" } else { "?" };
        assert_eq!(received.urls[0], format!("/hook{separator}{urls_query}"));
        assert_eq!(String::from_utf8_lossy(&received.body), passed);
        let length = passed.len().to_string();
        assert_eq!(received.header("content-length"), Some(&*length));
    }
    assert_eq!(app.handler.replay_status(), [ReplayStatus::First; 2]);
}

/// A token that is a field of the message.
const CUSTOM: &str = "another-token-of-some-length";

pub(super) async fn a_message_is_a_revision_of_one_that_failed_only_while_that_is_remembered(
    adapter: &impl Adapter,
) {
    let app = App::new(endpoint()).start(adapter).await;
    app.handler.plan_status(500);
    app.is_handled(post(cdr("1")), 500).await;
    app.is_handled(post(cdr_with_recording("1")), 204).await;
    app.is_handled(post(cdr("1")), 204).await;
    // The first content was released, so the second is the first that is known; then the first content comes again.
    assert_eq!(
        app.handler.replay_status(),
        [
            ReplayStatus::First,
            ReplayStatus::First,
            ReplayStatus::Revision
        ]
    );
}

pub(super) async fn a_get_of_what_was_posted_is_a_replay_and_the_other_way_round(
    adapter: &impl Adapter,
) {
    let app = App::new(endpoint()).start(adapter).await;
    let get = |leg| get(&format!("token={TOKEN}&{}", cdr_query(leg)));

    app.is_handled(post(cdr("1")), 204).await;
    app.is_replay(get("1")).await;
    app.is_handled(get("2"), 204).await;
    app.is_replay(post(cdr("2"))).await;
    let form = String::from_utf8(post(cdr_query("2"))).expect("text");
    let form = form.replace("application/json", "application/x-www-form-urlencoded");
    app.is_replay(form).await;
    assert_eq!(app.handler.runs(), 2);
}

pub(super) async fn a_handled_message_is_remembered_for_its_window_and_no_longer(
    adapter: &impl Adapter,
) {
    let clock = ManualClock::default();
    let endpoint = builder()
        .clock(clock.clone())
        .replay_window(Duration::from_secs(100))
        .build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;

    app.is_handled(post(cdr("1")), 204).await;
    clock.advance(Duration::from_secs(99));
    app.is_replay(post(cdr("1"))).await;
    clock.advance(Duration::from_secs(2));
    app.is_handled(post(cdr("1")), 204).await;
    assert_eq!(app.handler.runs(), 2);
}

pub(super) async fn a_handler_that_outlives_its_lease_is_not_waited_for_and_the_second_success_is_told(
    adapter: &impl Adapter,
) {
    let logs = Logs::keep();
    let clock = ManualClock::default();
    let endpoint = builder()
        .clock(clock.clone())
        .lease(Duration::from_secs(3))
        .build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    app.handler.gate().close();
    let slow = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(1).await;
    let refused = app.ask(post(cdr("1"))).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("3"));

    clock.advance(Duration::from_secs(4));
    let beside = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(2).await;
    app.handler.gate().open();

    for mut sender in [slow, beside] {
        sender.reply().await.expect("a reply");
    }
    let log = logs.text();
    assert_eq!(log.matches("outlived its lease").count(), 1, "{log}");
    app.is_replay(post(cdr("1"))).await;
}

pub(super) async fn what_replay_protection_does_not_cover_is_handled_every_time(
    adapter: &impl Adapter,
) {
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
            off.expect("a valid endpoint"),
            cdr("1"),
            UncheckedReason::Off,
        ),
    ] {
        let app = App::new(endpoint).start(adapter).await;
        for _ in 0..2 {
            app.is_handled(post(&body), 204).await;
        }
        assert_eq!(
            app.handler.replay_status(),
            [ReplayStatus::Unchecked(why); 2],
            "{name}"
        );
    }
}

pub(super) async fn under_lossy_per_leg_the_first_handled_content_counts_for_all(
    adapter: &impl Adapter,
) {
    let endpoint = builder().lossy_per_leg().build().expect("a valid endpoint");
    let app = App::new(endpoint).start(adapter).await;
    app.is_handled(post(cdr("1")), 204).await;
    app.is_replay(post(cdr_with_recording("1"))).await;
    assert_eq!(app.handler.runs(), 1);
}

pub(super) async fn a_delivery_that_is_kept_holds_no_claim(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    app.is_handled(post(cdr("1")), 204).await;
    // The handler under test keeps every delivery.
    within("the endpoint to be idle", app.endpoint.idle()).await;
    app.is_replay(post(cdr("1"))).await;
}

pub(super) async fn clones_of_an_endpoint_wait_for_each_others_claims(adapter: &impl Adapter) {
    let endpoint = endpoint();
    let one = App::new(endpoint.clone()).start(adapter).await;
    let two = App::new(endpoint.clone()).handler(&one.handler);
    let two = two.start(adapter).await;
    one.handler.gate().close();
    let first = one.begin(post(cdr("1"))).await;
    let mut second = two.begin(post(cdr("2"))).await;
    one.handler.reach_runs(2).await;
    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());

    two.is_in_flight(post(cdr("1"))).await;
    first.reset();
    one.handler.dropped().reach(1).await;
    assert!(poll(&mut idle).is_pending());
    one.handler.gate().open();
    assert_eq!(second.reply().await.expect("a reply").status, 204);
    within("the endpoint to be idle", idle).await;
}
