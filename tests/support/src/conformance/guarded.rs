//! The extractor that works without a layer.

use std::time::Duration;

use callhook::telecmi::Event;
use callhook::{EndpointBuilder, RejectionKind, ReplayStatus};

use super::{Adapter, App, Mount, told};
use crate::{
    HangUp, Logs, Planned, Reply, TOKEN, builder, cdr, cdr_query, chunk, get, post, within,
};

pub(super) async fn what_is_processed_with_a_2xx_is_settled_and_all_else_is_handled_again(
    adapter: &impl Adapter,
) {
    let (app, _) = App::observed(adapter, Mount::GuardedWebhook).await;
    for status in [500, 302, 404, 202] {
        app.handler.plan_status(status);
        app.is_handled(post(cdr("1")), status).await;
    }
    app.is_replay(post(cdr("1"))).await;
    app.is_replay(get(&format!("token={TOKEN}&{}", cdr_query("1"))))
        .await;
    assert_eq!(app.handler.replay_status(), [ReplayStatus::First; 4]);
}

pub(super) async fn what_is_not_processed_is_released_and_an_error_in_the_log(
    adapter: &impl Adapter,
) {
    let logs = Logs::keep();
    let (app, codes) = App::observed(adapter, Mount::Unprocessed).await;
    for _ in 0..2 {
        app.is_handled(post(cdr("1")), 204).await;
    }
    assert_eq!(codes.seen(), ["cancelled", "cancelled"]);
    let log = logs.text();
    let errors = log.matches("was dropped without process()").count();
    assert_eq!(errors, 2, "{log}");
}

pub(super) async fn a_sender_that_breaks_off_while_it_is_processed_has_its_next_copy_handled(
    adapter: &impl Adapter,
) {
    for hang_up in HangUp::that_drop(adapter) {
        let logs = Logs::keep();
        let (app, codes) = App::observed(adapter, Mount::GuardedWebhook).await;
        app.handler.gate().close();
        let sender = app.begin(post(cdr("1"))).await;
        app.handler.reach_runs(1).await;
        let _left = hang_up.hang_up(sender).await;
        app.handler.dropped().reach(1).await;
        within("no claim", app.endpoint.idle()).await;
        app.handler.gate().open();
        app.is_handled(post(cdr("1")), 204).await;
        assert_eq!(
            app.handler.replay_status(),
            [ReplayStatus::First; 2],
            "{hang_up:?}"
        );
        assert_eq!(codes.seen(), ["cancelled", "handled"], "{hang_up:?}");
        let log = logs.text();
        assert!(log.contains("outcome=\"cancelled\""), "{log}");
        assert!(!log.contains("without process()"), "{log}");
    }
}

pub(super) async fn a_handler_that_panics_while_it_is_processed_releases_its_message(
    adapter: &impl Adapter,
) {
    let (app, codes) = App::observed(adapter, Mount::GuardedWebhook).await;
    app.handler.plan([Planned::Panic]);
    let mut sender = app.begin(post(cdr("1"))).await;
    assert!(sender.reply().await.is_none(), "the connection is closed");
    app.is_handled(post(cdr("1")), 204).await;
    assert_eq!(codes.seen(), ["panicked", "handled"]);
}

pub(super) async fn it_answers_as_the_layer_does(adapter: &impl Adapter) {
    type Configure = fn(EndpointBuilder<Event>) -> EndpointBuilder<Event>;
    let configurations: [(&str, Configure); 3] = [
        ("defaults", |builder| builder),
        ("limited", |builder| {
            builder.max_body_bytes(100).app_ids(["7"])
        }),
        ("not allowed", |builder| builder.allow(["192.0.2.7"])),
    ];
    let head = |lines: &str| format!("POST /hook?token={TOKEN} HTTP/1.1\r\nhost: h\r\n{lines}\r\n");
    let line = |line: &str| format!("{line} HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
    let large = chunk(&vec![b'x'; 300 * 1024]);
    let chunked = head("transfer-encoding: chunked\r\n");
    let large = [chunked.clone().into_bytes(), large].concat();
    let with_token = |query: &str| get(&format!("token={TOKEN}{query}"));
    let requests = [
        ("handled", post(cdr("1"))),
        ("replay", post(cdr("1"))),
        ("revision", post(cdr("1").replace("11}", "12}"))),
        ("get", with_token(&format!("&{}", cdr_query("2")))),
        ("account", post(r#"{"type":"cdr","appid":7,"cmiuuid":"1","status":"answered"}"#)),
        ("its copy", post(r#"{"type":"cdr","appid":7,"cmiuuid":"1","status":"answered"}"#)),
        ("no account", post("{}")),
        ("probe", with_token("")),
        ("head", format!("HEAD /hook?token={TOKEN} HTTP/1.1\r\nhost: h\r\n\r\n").into()),
        ("method", line(&format!("PUT /hook?token={TOKEN}")).into()),
        ("token", get("token=wrong")),
        ("token of a post", b"POST /hook HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{}".into()),
        ("chunked", b"POST /hook HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".into()),
        ("malformed", post("{")),
        ("empty", post("")),
        ("over a small limit", post("x".repeat(101))),
        ("length", head("content-length: 300000\r\n").into()),
        ("large", large),
        ("slow", head("content-length: 3\r\n").into()),
        ("gzip", format!("{}{{}}", head("content-encoding: gzip\r\ncontent-length: 2\r\n")).into()),
    ];
    for (configuration, configure) in configurations {
        let endpoint = || {
            let builder = builder().read_timeout(Duration::from_millis(300));
            configure(builder).build().expect("a valid endpoint")
        };
        let with = App::new(endpoint()).start(adapter).await;
        let without = App::new(endpoint()).mount(Mount::GuardedWebhook);
        let without = without.start(adapter).await;
        for (name, request) in &requests {
            let expected = with.send_until_answered(request).await;
            let answer = without.send_until_answered(request).await;
            let case = format!("{configuration}, {name}");
            assert_eq!(lines(&answer), lines(&expected), "{case}");
            assert_eq!(told(&answer), told(&expected), "{case}");
        }
        assert_eq!(with.handler.runs(), without.handler.runs());
    }
}

/// Every byte, the order of the headers aside.
fn lines(reply: &Reply) -> Vec<String> {
    let text = reply.without_date();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

pub(super) async fn outer_layers_see_why_its_message_was_refused(adapter: &impl Adapter) {
    let (app, _) = App::observed(adapter, Mount::GuardedWebhook).await;
    assert_eq!(app.ask(post("{")).await.status, 400);
    let expected = (RejectionKind::Unreadable, "malformed");
    assert_eq!(app.refused_as(), Some(expected));
}
