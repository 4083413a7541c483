//! What a caller who waits on the line is answered when the handler fails.

use std::time::Duration;

use callhook::telecmi::Event;
use callhook::telecmi::flow::Reply as Route;
use callhook::{EndpointBuilder, ReplayStatus, UncheckedReason};
use http::Response;

use super::{Adapter, App, Mount, Running, told};
use crate::{Codes, Logs, Planned, Reply, TOKEN, builder, cdr, flow, get, poll, post, within};

/// What the fallback says. The handler under test says nothing of the kind.
const SORRY: &str = r#"{"action":"ivr","name":"sorry@1111112"}"#;

fn with_fallback() -> EndpointBuilder<Event> {
    builder().fallback(Route::ivr("sorry@1111112"))
}

/// One that gives up at once on a handler that waits.
fn impatient() -> EndpointBuilder<Event> {
    with_fallback().answer_within(Duration::from_millis(1))
}

async fn start(
    adapter: &impl Adapter,
    builder: EndpointBuilder<Event>,
    mount: Mount,
) -> (Running, Codes) {
    let codes = Codes::default();
    let endpoint = builder.observer(codes.observer()).build();
    let app = App::new(endpoint.expect("a valid configuration")).mount(mount);
    (app.start(adapter).await, codes)
}

fn is_fallback(reply: &Reply) {
    assert_eq!(told(reply), (200, Some("fallback")));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(String::from_utf8_lossy(&reply.body), SORRY);
}

pub(super) async fn a_waiting_request_is_answered_the_fallback_when_its_handler_fails(
    adapter: &impl Adapter,
) {
    for mount in [Mount::Layered, Mount::Detached] {
        let logs = Logs::keep();
        let (app, codes) = start(adapter, with_fallback(), mount).await;
        for status in [500, 404, 302] {
            app.handler.plan_status(status);
            is_fallback(&app.ask(post(flow("1"))).await);
        }
        let log = logs.text();
        assert!(log.contains("the handler answered with 404"), "{log}");
        assert_eq!(codes.seen(), ["fallback"; 3], "{mount:?}");
        assert_eq!(app.handler.ended().get(), 3, "{mount:?}");
        let awaited = ReplayStatus::Unchecked(UncheckedReason::AwaitsAnswer);
        assert_eq!(app.handler.replay_status(), [awaited; 3], "{mount:?}");
        within("no claim", app.endpoint.idle()).await;
        app.goes_on().await;
    }
}

pub(super) async fn a_waiting_request_is_answered_the_fallback_when_its_handler_panics(
    adapter: &impl Adapter,
) {
    for mount in [Mount::Layered, Mount::Detached] {
        let logs = Logs::keep();
        let (app, codes) = start(adapter, with_fallback(), mount).await;
        app.handler.plan([Planned::Panic]);
        is_fallback(&app.ask(post(flow("1"))).await);
        assert_eq!(app.handler.dropped().get(), 1, "{mount:?}");
        assert_eq!(codes.seen(), ["fallback"], "{mount:?}");
        let log = logs.text();
        assert!(log.contains("the handler panicked"), "{log}");
        app.goes_on().await;
    }
}

pub(super) async fn a_handler_that_takes_too_long_is_dropped_before_the_fallback_is_answered(
    adapter: &impl Adapter,
) {
    let logs = Logs::keep();
    let (app, codes) = start(adapter, impatient(), Mount::Layered).await;
    app.handler.gate().close();
    is_fallback(&app.ask(post(flow("1"))).await);
    assert_eq!((app.handler.runs(), app.handler.dropped().get()), (1, 1));
    within("the endpoint to be idle", app.endpoint.idle()).await;
    app.handler.gate().open();
    assert_eq!(app.handler.ended().get(), 0);
    assert_eq!(codes.seen(), ["fallback"]);
    let log = logs.text();
    assert!(log.contains("took longer than"), "{log}");
}

pub(super) async fn a_detached_handler_runs_on_when_the_fallback_was_answered(
    adapter: &impl Adapter,
) {
    for planned in [Planned::status(204), Planned::status(500), Planned::Panic] {
        let (app, codes) = start(adapter, impatient(), Mount::Detached).await;
        app.handler.gate().close();
        app.handler.plan([planned.clone()]);
        is_fallback(&app.ask(post(flow("1"))).await);
        assert_eq!(app.handler.dropped().get(), 0, "{planned:?}");
        let mut idle = Box::pin(app.endpoint.idle());
        assert!(poll(&mut idle).is_pending(), "{planned:?}");

        app.handler.gate().open();
        within("the handler's end", idle).await;

        let panics = usize::from(matches!(planned, Planned::Panic));
        assert_eq!(app.handler.dropped().get(), panics, "{planned:?}");
        assert_eq!(app.handler.ended().get(), 1 - panics, "{planned:?}");
        // What it answered then is nobody's.
        assert_eq!(codes.seen(), ["fallback"], "{planned:?}");
    }
}

pub(super) async fn a_handlers_2xx_passes_unchanged_though_there_is_a_fallback(
    adapter: &impl Adapter,
) {
    for mount in [Mount::Layered, Mount::Detached, Mount::GuardedWebhook] {
        let (app, codes) = start(adapter, with_fallback(), mount).await;
        let answer = Response::builder()
            .status(203)
            .header("content-type", "text/plain")
            .header("x-route", "1")
            .body("ring them".to_owned());
        let planned = Planned::Answer(answer.expect("a response"));
        app.handler.plan([planned]);
        let reply = app.ask(post(flow("1"))).await;
        assert_eq!(told(&reply), (203, None), "{mount:?}");
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain"),
            "{mount:?}"
        );
        assert_eq!(reply.header("x-route"), Some("1"), "{mount:?}");
        assert_eq!(reply.body, b"ring them", "{mount:?}");
        assert_eq!(codes.seen(), ["handled"], "{mount:?}");
    }
}

pub(super) async fn a_notification_is_answered_no_fallback(adapter: &impl Adapter) {
    for mount in [Mount::Layered, Mount::Detached] {
        let (app, codes) = start(adapter, impatient(), mount).await;
        app.handler.plan_status(500);
        app.is_handled(post(cdr("1")), 500).await;
        app.handler.take_at_least(Duration::from_millis(50));
        app.is_handled(post(cdr("1")), 204).await;
        assert_eq!(app.handler.ended().get(), 2, "{mount:?}");
        app.is_replay(post(cdr("1"))).await;
        let expected = ["failed", "handled", "replay"];
        assert_eq!(codes.seen(), expected, "{mount:?}");
    }
}

pub(super) async fn a_notification_whose_handler_panics_is_answered_no_fallback(
    adapter: &impl Adapter,
) {
    let (app, codes) = start(adapter, with_fallback(), Mount::Layered).await;
    app.handler.plan([Planned::Panic]);
    let mut sender = app.begin(post(cdr("1"))).await;
    assert!(sender.reply().await.is_none(), "the connection is closed");
    app.is_handled(post(cdr("1")), 204).await;
    assert_eq!(codes.seen(), ["panicked", "handled"]);
}

pub(super) async fn what_is_refused_is_answered_no_fallback(adapter: &impl Adapter) {
    for mount in [Mount::Layered, Mount::GuardedWebhook] {
        let (app, codes) = start(adapter, with_fallback().app_ids(["1"]), mount).await;
        let unread = r#"{"from":9191000000000,"to":"#;
        for (request, status) in [
            (with_wrong_token(&post(flow("1"))), 401),
            (get("from=1&to=2&cmiuuid=1&appid=1"), 401),
            (post(unread), 400),
            (post(flow("1")), 403),
        ] {
            let reply = app.ask(request).await;
            assert_eq!(reply.status, status, "{mount:?}");
            assert_eq!(reply.body, b"", "{mount:?}");
        }
        assert_eq!(app.handler.runs(), 0, "{mount:?}");
        assert!(!codes.seen().contains(&"fallback"), "{mount:?}");
    }
}

pub(super) async fn without_a_fallback_the_handlers_failure_passes(adapter: &impl Adapter) {
    let (app, codes) = start(adapter, builder(), Mount::Layered).await;
    app.handler.plan_status(500);
    app.is_handled(post(flow("1")), 500).await;
    app.handler.plan([Planned::Panic]);
    let mut sender = app.begin(post(flow("1"))).await;
    assert!(sender.reply().await.is_none(), "the connection is closed");
    assert_eq!(codes.seen(), ["failed", "panicked"]);
}

pub(super) async fn a_fallback_does_not_depend_on_replay_protection(adapter: &impl Adapter) {
    let endpoint = with_fallback().insecure_no_replay_protection();
    let (app, codes) = start(adapter, endpoint, Mount::Layered).await;
    app.handler.plan_status(500);
    is_fallback(&app.ask(post(flow("1"))).await);
    app.handler.plan_status(500);
    app.is_handled(post(cdr("1")), 500).await;
    assert_eq!(codes.seen(), ["fallback", "failed"]);
}

pub(super) async fn without_a_layer_the_fallback_is_answered_too(adapter: &impl Adapter) {
    let (app, codes) = start(adapter, impatient(), Mount::GuardedWebhook).await;
    app.handler.plan([Planned::status(500), Planned::Panic]);
    for _ in 0..2 {
        is_fallback(&app.ask(post(flow("1"))).await);
    }
    app.handler.gate().close();
    is_fallback(&app.ask(post(flow("1"))).await);
    assert_eq!(
        app.handler.dropped().get(),
        2,
        "one panicked, and one took too long"
    );
    assert_eq!(codes.seen(), ["fallback"; 3]);
}

/// With a wrong token of the same length.
fn with_wrong_token(request: &[u8]) -> Vec<u8> {
    let request = String::from_utf8_lossy(request);
    request
        .replace(TOKEN, &"x".repeat(TOKEN.len()))
        .into_bytes()
}
