//! Where one request ends on the wire, and the next begins.

use super::{Adapter, App, Running, head, told};
use crate::{TOKEN, cdr, cdr_query, chunk, endpoint, post};

async fn start(adapter: &impl Adapter) -> Running {
    App::new(endpoint()).start(adapter).await
}

pub(super) async fn the_body_of_a_refused_request_is_not_taken_for_the_next_request<A: Adapter>(
    adapter: &A,
) {
    let app = start(adapter).await;
    let hidden = post(cdr("hidden"));
    let length = format!("content-length: {}", hidden.len());
    let head_line = format!("HEAD /hook?token={TOKEN}");
    for (line, framing, status) in [
        ("POST /hook", &*length, 401),
        ("DELETE /hook", &length, 405),
        (&*head_line, &length, 204),
        ("POST /hook", "transfer-encoding: chunked", 401),
    ] {
        let head = format!("{line} HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n\r\n");
        let request = [head.into_bytes(), hidden.clone()].concat();
        let mut sender = app.begin(request).await;
        let refused = sender.reply().await.expect("a reply");
        assert_eq!(refused.status, status, "{line}");
        if A::SAYS_CLOSE {
            assert_eq!(refused.header("connection"), Some("close"), "{line}");
        } else {
            sender.finish().await;
        }
        let next = sender.reply().await;
        assert_eq!(next.as_ref().map(told), None, "{line}, {framing}");
    }
    assert_eq!(app.handler.runs(), 0);
    app.goes_on().await;
}

pub(super) async fn a_body_of_a_get_is_not_taken_for_the_next_request(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let hidden = post(cdr("hidden"));
    let head = format!(
        "GET /hook?token={TOKEN}&{} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
        cdr_query("1"),
        hidden.len()
    );
    let mut sender = app.begin([head.into_bytes(), hidden].concat()).await;
    let reply = sender.reply().await.expect("a reply");
    sender.finish().await;

    assert_eq!(told(&reply), (400, Some("malformed")));
    assert_eq!(sender.reply().await.as_ref().map(told), None);
    assert_eq!(app.handler.runs(), 0);
}

pub(super) async fn a_chunked_message_with_trailers_is_handled(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let message = cdr("1");
    let (first, second) = message.split_at(50);
    let request = [
        head("transfer-encoding: chunked\r\ntrailer: x-sum\r\n"),
        chunk(first.as_bytes()),
        chunk(second.as_bytes()),
        b"0\r\nx-sum: 1\r\n\r\n".to_vec(),
    ];
    app.is_handled(request.concat(), 204).await;
    assert_eq!(app.handler.last().raw(), &message);
}

pub(super) async fn a_chunked_body_that_is_not_well_formed_is_refused(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let request = [
        head("transfer-encoding: chunked\r\n"),
        chunk(cdr("1").as_bytes()),
        b"no length\r\n".to_vec(),
    ];
    let mut sender = app.begin(request.concat()).await;
    // The server answers or closes; what came is not a message either way.
    let reply = sender.reply().await;
    assert!(reply.is_none_or(|reply| reply.status == 400));
    assert_eq!(app.handler.runs(), 0);
    app.goes_on().await;
}

pub(super) async fn a_connection_that_is_kept_alive_carries_one_message_after_another(
    adapter: &impl Adapter,
) {
    let app = start(adapter).await;
    app.handler.plan_status(500);
    let mut sender = app.connect().await;
    for (body, expected) in [
        (cdr("1"), (500, None)),
        (cdr("1"), (204, None)),
        (cdr("1"), (200, Some("replay"))),
        (cdr("2"), (204, None)),
    ] {
        sender.send(post(body)).await;
        let reply = sender.reply().await.expect("a reply");
        assert_eq!(told(&reply), expected);
    }
}

pub(super) async fn a_length_beyond_64_bits_is_refused(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let declared = head("content-length: 99999999999999999999999\r\n");
    let reply = app.ask(declared).await;
    assert!([400, 413].contains(&reply.status), "{}", reply.status);
    app.goes_on().await;
}
