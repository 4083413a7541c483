//! Bodies that are too large, too slow, cut off, or cannot be read. After each the server goes on.

use std::cell::Cell;
use std::time::Duration;

use callhook::auth::Signed;
use tokio::time::sleep;

use super::signature::{sign, with_signature};
use super::{Adapter, App, Running, head, told};
use crate::{
    Reply, TOKEN, Wire, bare_builder, builder, cdr, cdr_query, chunk, endpoint, get, post, within,
};

const BIG: usize = 300 * 1024;

/// Between two pieces of a body that trickles in.
const PAUSE: Duration = Duration::from_millis(20);

/// For a body.
const READ_TIMEOUT: Duration = Duration::from_millis(300);

/// With little time for a body.
async fn impatient(adapter: &impl Adapter) -> Running {
    let endpoint = builder().read_timeout(READ_TIMEOUT).build();
    App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await
}

/// With every default.
async fn start(adapter: &impl Adapter) -> Running {
    App::new(endpoint()).start(adapter).await
}

/// The connection is closed before long, and what comes on it is not read for as long as the sender likes. A server may
/// read on for a moment, so that its answer isn't lost.
async fn is_closed<A: Adapter>(_: &A, reply: &Reply, sender: Wire, piece: &[u8]) {
    if A::SAYS_CLOSE {
        assert_eq!(reply.header("connection"), Some("close"));
    }
    is_closed_soon(sender, piece).await;
}

async fn is_closed_soon(mut sender: Wire, piece: &[u8]) {
    let closed = async {
        while sender.try_send(piece).await {
            sleep(PAUSE).await;
        }
    };
    within("the server to close", closed).await;
}

pub(super) async fn a_body_that_trickles_in_is_refused_once_its_time_is_over(
    adapter: &impl Adapter,
) {
    for (framing, piece) in [
        ("content-length: 100000\r\n", b"1".to_vec()),
        ("transfer-encoding: chunked\r\n", chunk(b"1")),
    ] {
        let app = impatient(adapter).await;
        let first = Cell::new(Some(head(framing)));
        let mut sender = app.connect().await;
        let next = || first.take().or_else(|| Some(piece.clone()));
        let reply = sender.send_while_reading(next, PAUSE).await;
        assert_eq!(told(&reply), (408, Some("too_slow")), "{framing}");
        assert_eq!(reply.body, b"", "{framing}");
        is_closed(adapter, &reply, sender, &piece).await;
        app.goes_on().await;
    }
}

pub(super) async fn a_body_that_stops_or_never_begins_is_refused_once_its_time_is_over(
    adapter: &impl Adapter,
) {
    for begun in ["", r#"{"type":"cdr""#] {
        let app = impatient(adapter).await;
        let mut sender = app.begin(head("content-length: 100\r\n")).await;
        sender.send(begun).await;
        let reply = sender.reply().await.expect("a reply");
        assert_eq!(told(&reply), (408, Some("too_slow")), "{begun}");
        assert_eq!(reply.body, b"", "{begun}");
        app.goes_on().await;
    }
}

pub(super) async fn a_declared_length_over_the_limit_is_refused_before_the_body_comes(
    adapter: &impl Adapter,
) {
    let app = start(adapter).await;
    let reply = app.ask(head(&format!("content-length: {BIG}\r\n"))).await;
    // Before the token was looked at.
    assert_eq!(told(&reply), (413, None));
    app.goes_on().await;
}

pub(super) async fn a_declared_body_over_the_limit_is_refused_though_it_is_sent(
    adapter: &impl Adapter,
) {
    let app = start(adapter).await;
    let reply = app.send_until_answered(post(vec![b'x'; BIG])).await;
    assert_eq!(reply.status, 413);
    app.goes_on().await;
}

pub(super) async fn a_chunked_body_over_the_limit_is_refused(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let mut request = head("transfer-encoding: chunked\r\n");
    for _ in 0..BIG / 1024 {
        request.extend(chunk(&[b'x'; 1024]));
    }
    request.extend(chunk(b""));
    let reply = app.send_until_answered(request).await;
    assert_eq!(told(&reply), (413, Some("too_large")));
    app.goes_on().await;
}

pub(super) async fn of_a_refused_chunked_body_without_an_end_no_more_is_read_than_a_moment_gives(
    adapter: &impl Adapter,
) {
    for (token, refused) in [(TOKEN, (413, Some("too_large"))), ("wrong", (401, None))] {
        let app = start(adapter).await;
        let head = format!(
            "POST /hook?token={token} HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let first = Cell::new(Some(head.into_bytes()));
        let piece = chunk(&[b'x'; 4096]);
        let mut sender = app.connect().await;
        let next = || first.take().or_else(|| Some(piece.clone()));
        let reply = sender.send_while_reading(next, Duration::ZERO).await;
        assert_eq!(told(&reply), refused);
        is_closed(adapter, &reply, sender, &piece).await;
        app.goes_on().await;
    }
}

/// A GET whose signature is over its query: anybody may have added the body.
pub(super) async fn of_a_body_that_nothing_signs_no_more_is_read_than_a_moment_gives(
    adapter: &impl Adapter,
) {
    let endpoint = with_signature(bare_builder(), Signed::Content).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    let query = cdr_query("1");
    let head = format!(
        "GET /hook?{query} HTTP/1.1\r\nhost: h\r\nx-signature: sha256={}\r\ntransfer-encoding: chunked\r\n\r\n",
        sign(&query)
    );
    let first = Cell::new(Some(head.into_bytes()));
    let piece = chunk(&[b'x'; 4096]);
    let mut sender = app.connect().await;
    let next = || first.take().or_else(|| Some(piece.clone()));
    let reply = sender.send_while_reading(next, Duration::ZERO).await;
    assert_eq!(told(&reply), (204, None));
    assert_eq!(app.handler.runs(), 1);
    is_closed_soon(sender, &piece).await;
}

pub(super) async fn a_body_of_exactly_the_limit_is_handled(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let message = cdr("limit");
    let padded = format!("{message}{}", " ".repeat(256 * 1024 - message.len()));
    app.is_handled(post(&padded), 204).await;
    let reply = app.send_until_answered(post(format!("{padded} "))).await;
    assert_eq!(reply.status, 413);
    app.goes_on().await;
}

pub(super) async fn what_can_not_be_read_is_refused_with_its_code(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let deep = format!(
        r#"{{"type":"cdr","x":{}1{}}}"#,
        "[".repeat(64),
        "]".repeat(64)
    );
    let very_deep = "[".repeat(100_000);
    let wide: Vec<_> = (0..513).map(|n| format!(r#""f{n}":1"#)).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let twice = cdr("1").replace(r#""time""#, r#""status":"missed","time""#);
    let half = &cdr("1")[..80];
    for (name, body, code) in [
        (
            "a field with two values",
            twice.as_bytes(),
            "duplicate_field",
        ),
        ("nested in a field", deep.as_bytes(), "too_deep"),
        ("nested without an end", very_deep.as_bytes(), "too_deep"),
        ("too many fields", wide.as_bytes(), "too_many_fields"),
        ("half a document", half.as_bytes(), "malformed"),
        ("two documents", b"{}{}", "malformed"),
        ("a lone brace", b"{", "malformed"),
        ("no JSON", b"<cdr>1</cdr>", "malformed"),
        ("neither JSON nor a form", b"hello", "malformed"),
        (
            "JSON that is not UTF-8",
            b"{\"type\":\"\xff\"}",
            "malformed",
        ),
        (
            "a form that is not UTF-8",
            b"type=cdr&cmiuuid=%ff",
            "malformed",
        ),
        ("empty", b"", "empty"),
        ("white space", b" \r\n\t", "empty"),
    ] {
        let reply = app.ask(post(body)).await;
        assert_eq!(told(&reply), (400, Some(code)), "{name}");
        assert_eq!(reply.body, b"", "{name}");
        // The body was read.
        assert_eq!(reply.header("connection"), None, "{name}");
    }
    assert_eq!(app.handler.runs(), 0);
    app.goes_on().await;
}

pub(super) async fn a_query_that_is_not_utf_8_is_refused(adapter: &impl Adapter) {
    let app = start(adapter).await;
    let message = cdr_query("1");
    for query in [
        format!("{message}&x=%ff"),
        format!("%ff=1&{message}"),
        "x=%ff".to_owned(),
        "%ff=1".to_owned(),
    ] {
        let reply = app.ask(get(&format!("token={TOKEN}&{query}"))).await;
        assert_eq!(told(&reply), (400, Some("malformed")), "{query}");
        let reply = app.ask(get(&query)).await;
        assert_eq!(told(&reply), (401, None), "{query}");
    }
    let mut raw = format!("GET /hook?token={TOKEN}&{message}&x=").into_bytes();
    raw.extend(b"\xff HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(app.ask(raw).await.status, 400);
    assert_eq!(app.handler.runs(), 0);
    app.goes_on().await;
}

pub(super) async fn a_compressed_or_multipart_body_is_refused(adapter: &impl Adapter) {
    let app = start(adapter).await;
    for headers in [
        "content-encoding: gzip\r\n",
        "content-encoding: identity\r\ncontent-encoding: br\r\n",
        "content-type: multipart/form-data; boundary=x\r\n",
        "content-type: Multipart/Mixed; boundary=x\r\n",
    ] {
        let mut request = head(&format!("{headers}content-length: 2\r\n"));
        request.extend(b"{}");
        let reply = app.ask(request).await;
        assert_eq!(told(&reply), (415, None), "{headers}");
        assert_eq!(reply.body, b"", "{headers}");
    }
    let message = cdr("plain");
    let lines = format!(
        "content-encoding: identity\r\ncontent-length: {}\r\n",
        message.len()
    );
    let request = [head(&lines), message.into_bytes()].concat();
    app.is_handled(request, 204).await;
    app.goes_on().await;
}
