//! Requests that are refused, over bare sockets. After each the server goes on.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use callhook_tower::{Rejection, RejectionKind};
use http_body::Frame;
use http_body_util::channel::Channel;

use crate::support::{
    Desk, Logs, Reply, Server, TOKEN, TestStore, builder, call, cdr, cdr_query, chunk, endpoint,
    get, post, post_request, rejection, remember, router,
};

const BIG: usize = 300 * 1024;

/// Between two pieces of a body that trickles in.
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_body_that_trickles_in_is_refused_once_its_time_is_over() {
    let app = Impatient::start().await;
    let reply = app.trickle(head("content-length: 100000\r\n"), b"1").await;
    assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
    assert_eq!(reply.body, b"");
    app.goes_on().await;
}

#[tokio::test]
async fn a_chunked_body_that_trickles_in_is_refused_once_its_time_is_over() {
    let app = Impatient::start().await;
    let head = head("transfer-encoding: chunked\r\n");
    let reply = app.trickle(head, &chunk(b"1")).await;
    assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
    app.goes_on().await;
}

#[tokio::test]
async fn a_body_that_stops_is_refused_once_its_time_is_over() {
    let app = Impatient::start().await;
    let mut sender = app.server.connect().await;
    sender.send(head("content-length: 100\r\n")).await;
    sender.send(r#"{"type":"cdr""#).await;

    let reply = sender.reply().await.expect("a reply");

    assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
    app.goes_on().await;
}

#[tokio::test]
async fn a_body_that_never_begins_is_refused_once_its_time_is_over() {
    let app = Impatient::start().await;
    let mut sender = app.server.connect().await;
    sender.send(head("content-length: 100\r\n")).await;

    let reply = sender.reply().await.expect("a reply");

    assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
    app.goes_on().await;
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_body_comes() {
    let app = App::start().await;
    let mut sender = app.server.connect().await;

    sender
        .send(head(&format!("content-length: {BIG}\r\n")))
        .await;
    let reply = sender.reply().await.expect("a reply");

    assert_eq!(reply.status, 413);
    assert_eq!(reply.outcome(), None, "before the token was looked at");
    app.goes_on().await;
}

#[tokio::test]
async fn a_declared_body_over_the_limit_is_refused_though_it_is_sent() {
    let app = App::start().await;
    let request = post(vec![b'x'; BIG]);
    let reply = send_once(&app.server, request).await;
    assert_eq!(reply.status, 413);
    app.goes_on().await;
}

#[tokio::test]
async fn a_length_beyond_64_bits_is_refused() {
    let app = App::start().await;
    let reply = app
        .server
        .ask(head("content-length: 99999999999999999999999\r\n"))
        .await;
    assert!([400, 413].contains(&reply.status), "{}", reply.status);
    app.goes_on().await;
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_refused() {
    let app = App::start().await;
    let mut request = head("transfer-encoding: chunked\r\n");
    for _ in 0..BIG / 1024 {
        request.extend(chunk(&[b'x'; 1024]));
    }
    request.extend(chunk(b""));

    let reply = send_once(&app.server, request).await;

    assert_eq!((reply.status, reply.outcome()), (413, Some("too_large")));
    app.goes_on().await;
}

#[tokio::test]
async fn a_chunked_body_without_an_end_is_refused() {
    let app = App::start().await;
    let first = Cell::new(Some(head("transfer-encoding: chunked\r\n")));
    let piece = chunk(&[b'x'; 4096]);
    let mut sender = app.server.connect().await;

    let reply = sender
        .send_while_reading(
            || first.take().or_else(|| Some(piece.clone())),
            Duration::ZERO,
        )
        .await;

    assert_eq!((reply.status, reply.outcome()), (413, Some("too_large")));
    app.goes_on().await;
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_handled() {
    let app = App::start().await;
    let message = cdr("limit");
    let padded = format!("{message}{}", " ".repeat(256 * 1024 - message.len()));

    assert_eq!(app.server.ask(post(&padded)).await.status, 204);
    let reply = send_once(&app.server, post(format!("{padded} "))).await;
    assert_eq!(reply.status, 413);
    app.goes_on().await;
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_accepted() {
    let app = App::start().await;
    for method in ["DELETE", "PUT", "PATCH", "OPTIONS", "get", "POSTS"] {
        let request = format!(
            "{method} /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"
        );
        let reply = app.server.ask(request).await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("POST, GET, HEAD"), "{method}");
        assert_eq!(reply.outcome(), None, "{method}");
        assert_eq!(reply.body, b"", "{method}");
    }
    app.goes_on().await;
}

#[tokio::test]
async fn an_endpoint_for_post_only_refuses_get_and_head() {
    let desk = Desk::default();
    let endpoint = builder().post_only().build().expect("sound");
    let server = Server::start(router(endpoint, &desk)).await;
    for method in ["GET", "HEAD"] {
        let request = format!("{method} /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let reply = server.ask(request).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    }
    assert_eq!(server.ask(post(cdr("1"))).await.status, 204);
}

#[tokio::test]
async fn a_token_that_is_wrong_missing_or_repeated_is_refused_with_the_same_bytes() {
    let app = App::start().await;
    let longer = format!("token={TOKEN}x");
    let shorter = format!("token={}", &TOKEN[1..]);
    let upper = format!("token={}", TOKEN.to_uppercase());
    let twice = format!("token={TOKEN}&token={TOKEN}");
    let twice_encoded = format!("token={TOKEN}&%74oken={TOKEN}");
    let right_and_wrong = format!("token={TOKEN}&token=wrong");
    let another_name = format!("Token={TOKEN}");
    let not_utf8 = format!("token={TOKEN}%ff");
    let queries = [
        ("missing", ""),
        ("empty", "token="),
        ("without a value", "token"),
        ("wrong", "token=wrong"),
        ("longer", &longer),
        ("shorter", &shorter),
        ("in upper case", &upper),
        ("twice", &twice),
        ("twice, once encoded", &twice_encoded),
        ("right and wrong", &right_and_wrong),
        ("under another name", &another_name),
        ("not UTF-8", &not_utf8),
    ];

    let mut answers = Vec::new();
    for (name, query) in queries {
        for body in [cdr("1"), "half {".to_owned(), String::new()] {
            let request = format!(
                "POST /hook?{query} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            answers.push((name, app.server.ask(request).await));
        }
        let message = cdr_query("1");
        answers.push((
            name,
            app.server.ask(get(&format!("{query}&{message}"))).await,
        ));
        answers.push((name, app.server.ask(get(query)).await));
    }

    let (_, expected) = &answers[0];
    for (name, answer) in &answers {
        assert_eq!(answer.status, 401, "{name}");
        assert_eq!(answer.outcome(), None, "{name}");
        assert_eq!(answer.body, b"", "{name}");
        assert_eq!(answer.without_date(), expected.without_date(), "{name}");
    }
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_refused_with_its_code() {
    let app = App::start().await;
    let deep = format!(
        r#"{{"type":"cdr","x":{}1{}}}"#,
        "[".repeat(64),
        "]".repeat(64)
    );
    let very_deep = "[".repeat(100_000);
    let wide: Vec<_> = (0..513).map(|n| format!(r#""f{n}":1"#)).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let twice = cdr("1").replace(r#""time""#, r#""status":"missed","time""#);
    for (name, body, code) in [
        ("a field with two values", &*twice, "duplicate_field"),
        ("nested in a field", &deep, "too_deep"),
        ("nested without an end", &very_deep, "too_deep"),
        ("too many fields", &wide, "too_many_fields"),
        ("half a document", &cdr("1")[..80], "malformed"),
        ("two documents", "{}{}", "malformed"),
        ("a lone brace", "{", "malformed"),
        ("no JSON", "<cdr>1</cdr>", "malformed"),
        ("neither JSON nor a form", "hello", "malformed"),
        ("empty", "", "empty"),
        ("white space", " \r\n\t", "empty"),
        (
            "a form that is not UTF-8",
            "type=cdr&cmiuuid=%ff",
            "malformed",
        ),
    ] {
        let reply = app.server.ask(post(body)).await;
        assert_eq!((reply.status, reply.outcome()), (400, Some(code)), "{name}");
        assert_eq!(reply.body, b"", "{name}");
    }
    let reply = app.server.ask(post(b"{\"type\":\"\xff\"}")).await;
    assert_eq!((reply.status, reply.outcome()), (400, Some("malformed")));
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[tokio::test]
async fn a_query_that_is_not_utf_8_is_refused() {
    let app = App::start().await;
    let message = cdr_query("1");
    for query in [format!("{message}&x=%ff"), format!("%ff=1&{message}")] {
        let reply = app.server.ask(get(&format!("token={TOKEN}&{query}"))).await;
        assert_eq!((reply.status, reply.outcome()), (400, Some("malformed")));
        let reply = app.server.ask(get(&query)).await;
        assert_eq!((reply.status, reply.outcome()), (401, None));
    }
    let mut raw = format!("GET /hook?token={TOKEN}&{message}&x=").into_bytes();
    raw.extend(b"\xff HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(app.server.ask(raw).await.status, 400);
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[tokio::test]
async fn a_compressed_or_multipart_body_is_refused() {
    let app = App::start().await;
    for headers in [
        "content-encoding: gzip\r\n",
        "content-encoding: identity\r\ncontent-encoding: br\r\n",
        "content-type: multipart/form-data; boundary=x\r\n",
        "content-type: Multipart/Mixed; boundary=x\r\n",
    ] {
        let request = [
            head(&format!("{headers}content-length: 2\r\n")),
            b"{}".to_vec(),
        ];
        let reply = app.server.ask(request.concat()).await;
        assert_eq!(reply.status, 415, "{headers}");
        assert_eq!(reply.outcome(), None, "{headers}");
        assert_eq!(reply.body, b"", "{headers}");
    }
    let message = cdr("plain");
    let length = message.len();
    let request = format!(
        "{}{message}",
        String::from_utf8(head(&format!(
            "content-encoding: identity\r\ncontent-length: {length}\r\n"
        )))
        .expect("text")
    );
    assert_eq!(app.server.ask(request).await.status, 204);
    app.goes_on().await;
}

#[tokio::test]
async fn a_probe_ends_before_the_handler() {
    let app = App::start().await;
    for (method, query) in [
        ("GET", String::new()),
        ("GET", "&".to_owned()),
        ("HEAD", String::new()),
        ("HEAD", format!("&{}", cdr_query("1"))),
    ] {
        let request =
            format!("{method} /hook?token={TOKEN}{query} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let reply = app.server.ask(request).await;
        assert_eq!((reply.status, reply.outcome()), (204, Some("probe")));
        let without_token = format!("{method} /hook HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(app.server.ask(without_token).await.status, 401);
    }
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[tokio::test]
async fn another_account_is_refused() {
    let desk = Desk::default();
    let endpoint = builder().app_ids(["1", "2"]).build().expect("sound");
    let server = Server::start(router(endpoint, &desk)).await;
    for (body, status) in [
        (cdr("1"), 403),
        (cdr("1").replace("2222223,", "2,"), 204),
        (cdr("1").replace(r#""appid":2222223,"#, ""), 403),
    ] {
        let reply = server.ask(post(body)).await;
        assert_eq!(reply.status, status);
        let code = (status == 403).then_some("app_id_not_expected");
        assert_eq!(reply.outcome(), code);
    }
    assert_eq!(desk.runs(), 1);
}

#[tokio::test]
async fn nothing_of_a_body_is_read_before_the_head_has_passed() {
    let app = router(endpoint(), &Desk::default());
    let good = format!("/hook?token={TOKEN}");
    for (name, method, url, header, status) in [
        ("no token", "POST", "/hook", ("x-none", ""), 401),
        (
            "wrong token",
            "POST",
            "/hook?token=wrong",
            ("x-none", ""),
            401,
        ),
        ("method", "PUT", &*good, ("x-none", ""), 405),
        ("length", "POST", &good, ("content-length", "300000"), 413),
        ("encoding", "POST", &good, ("content-encoding", "gzip"), 415),
        ("type", "POST", &good, ("content-type", "multipart/x"), 415),
        ("probe", "GET", &good, ("x-none", ""), 204),
        ("probe's head", "HEAD", &good, ("x-none", ""), 204),
    ] {
        let body = Endless::default();
        let request = Request::builder().method(method).uri(url);
        let request = request.header(header.0, header.1);
        let request = request.body(Body::new(body.clone())).expect("a request");

        let response = call(&app, request).await;

        assert_eq!(response.status().as_u16(), status, "{name}");
        assert_eq!(body.read(), 0, "{name}");
    }
}

#[tokio::test]
async fn no_more_of_an_endless_body_is_read_than_the_limit() {
    let app = router(endpoint(), &Desk::default());
    let body = Endless::default();

    let response = call(&app, post_request(Body::new(body.clone()))).await;

    assert_eq!(
        rejection(&response),
        Some((RejectionKind::TooLarge, "too_large"))
    );
    assert_eq!(body.read(), 256 * 1024 / Endless::PIECE.len() + 1);
}

#[tokio::test]
async fn the_body_of_a_refused_request_is_not_taken_for_the_next_request() {
    let app = App::start().await;
    let hidden = post(cdr("hidden"));
    for head in [
        format!(
            "POST /hook HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
            hidden.len()
        ),
        format!(
            "DELETE /hook HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
            hidden.len()
        ),
        format!(
            "HEAD /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
            hidden.len()
        ),
    ] {
        let mut sender = app.server.connect().await;
        sender
            .send([head.into_bytes(), hidden.clone()].concat())
            .await;
        let refused = sender.reply().await.expect("a reply");
        assert!([401, 405, 204].contains(&refused.status));
        sender.finish().await;
        assert!(sender.reply().await.is_none());
    }
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[tokio::test]
async fn a_sender_that_asks_first_is_told_to_go_on_only_after_the_guards() {
    let app = App::start().await;
    let message = cdr("1");
    let lines = format!(
        "host: localhost\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        message.len()
    );

    let mut stranger = app.server.connect().await;
    stranger
        .send(format!("POST /hook?token=wrong HTTP/1.1\r\n{lines}"))
        .await;
    assert_eq!(stranger.reply().await.expect("a reply").status, 401);

    let mut sender = app.server.connect().await;
    sender
        .send(format!("POST /hook?token={TOKEN} HTTP/1.1\r\n{lines}"))
        .await;
    assert_eq!(sender.reply().await.expect("a reply").status, 100);
    sender.send(message).await;
    assert_eq!(sender.reply().await.expect("a reply").status, 204);
}

#[tokio::test]
async fn a_chunked_message_with_trailers_is_handled() {
    let app = App::start().await;
    let message = cdr("1");
    let (first, second) = message.split_at(50);
    let request = [
        head("transfer-encoding: chunked\r\ntrailer: x-sum\r\n"),
        chunk(first.as_bytes()),
        chunk(second.as_bytes()),
        b"0\r\nx-sum: 1\r\n\r\n".to_vec(),
    ];

    let reply = app.server.ask(request.concat()).await;

    assert_eq!(reply.status, 204);
    assert_eq!(app.desk.last().raw(), &message);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_though_what_came_is_a_whole_message() {
    let store = TestStore::default();
    let desk = Desk::default();
    let app = router(remember(&store), &desk);
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    sender.send_data(cdr("1").into()).await.expect("sent");
    sender.abort(std::io::ErrorKind::ConnectionReset.into());

    let response = call(&app, post_request(Body::new(body))).await;

    assert_eq!(
        rejection(&response),
        Some((RejectionKind::Unreadable, "incomplete"))
    );
    assert_eq!((desk.runs(), store.steps()), (0, Vec::new()));
}

#[tokio::test]
async fn a_chunked_body_that_is_not_well_formed_is_refused() {
    let app = App::start().await;
    let request = [
        head("transfer-encoding: chunked\r\n"),
        chunk(cdr("1").as_bytes()),
        b"no length\r\n".to_vec(),
    ];
    let mut sender = app.server.connect().await;

    sender.send(request.concat()).await;

    // hyper answers or closes; what came is no message either way.
    let reply = sender.reply().await;
    assert!(reply.is_none_or(|reply| reply.status == 400));
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[tokio::test]
async fn outer_layers_see_why_a_request_was_refused() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let app = {
        let seen = Arc::clone(&seen);
        router(endpoint(), &Desk::default()).layer(from_fn(move |request: Request, next: Next| {
            let seen = Arc::clone(&seen);
            async move {
                let response = next.run(request).await;
                let rejection = response.extensions().get::<Rejection>();
                let rejection = rejection.map(|rejection| {
                    (
                        rejection.kind(),
                        rejection.code(),
                        rejection.is_authenticated(),
                    )
                });
                seen.lock().expect("not poisoned").push(rejection);
                response
            }
        }))
    };
    let wrong = Request::post("/hook?token=wrong").body(Body::from(cdr("1")));
    for (request, status) in [
        (post_request(cdr("1")), StatusCode::NO_CONTENT),
        (post_request(cdr("1")), StatusCode::OK),
        (post_request("{"), StatusCode::BAD_REQUEST),
        (wrong.expect("a request"), StatusCode::UNAUTHORIZED),
        (post_request(vec![b'x'; BIG]), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(call(&app, request).await.status(), status);
    }

    assert_eq!(
        *seen.lock().expect("not poisoned"),
        [
            None,
            None,
            Some((RejectionKind::Unreadable, "malformed", true)),
            Some((RejectionKind::Unauthenticated, "unauthenticated", false)),
            Some((RejectionKind::TooLarge, "too_large", true)),
        ]
    );
}

#[tokio::test]
async fn a_refusal_after_authentication_is_logged_with_its_cause_and_without_the_request() {
    let logs = Logs::keep();
    let app = router(endpoint(), &Desk::default());
    let body = r#"{"type":"cdr","user":"named-agent","to":440000000001,"#;

    let response = call(&app, post_request(body)).await;
    assert_eq!(
        rejection(&response),
        Some((RejectionKind::Unreadable, "malformed"))
    );
    let wrong = Request::post("/hook?token=nearly-the-token").body(Body::from(body));
    let response = call(&app, wrong.expect("a request")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body = to_bytes(response.into_body(), 1).await.expect("a body");
    assert!(body.is_empty());

    let log = logs.text();
    assert!(log.contains("WARN"), "{log}");
    assert!(log.contains(r#"outcome="malformed""#), "{log}");
    assert!(log.contains("the body is not sound JSON"), "{log}");
    assert!(log.contains("the token is wrong"), "{log}");
    for secret in [TOKEN, "nearly-the-token", "named-agent", "440000000001"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[tokio::test]
async fn what_authenticated_and_can_not_be_read_is_offered_with_its_bytes() {
    let offered = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&offered);
    let endpoint = builder()
        .on_unreadable(move |bytes, _| keep.lock().expect("not poisoned").push(bytes.to_vec()))
        .build()
        .expect("sound");
    let server = Server::start(router(endpoint, &Desk::default())).await;

    assert_eq!(server.ask(post("half {")).await.status, 400);
    let query = "a=%ff";
    let reply = server.ask(get(&format!("token={TOKEN}&{query}"))).await;
    assert_eq!(reply.status, 400);
    assert_eq!(server.ask(get(query)).await.status, 401);

    let offered = offered.lock().expect("not poisoned");
    assert_eq!(*offered, [b"half {".to_vec(), query.into()]);
}

/// A body without an end, which counts the pieces that are taken of it. Clones share the count.
#[derive(Clone, Debug, Default)]
struct Endless(Arc<AtomicUsize>);

impl Endless {
    const PIECE: &str = match str::from_utf8(&[b'x'; 1024]) {
        Ok(piece) => piece,
        Err(_) => panic!("ASCII"),
    };

    fn read(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let piece = Bytes::from_static(Self::PIECE.as_bytes());
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

/// The quick start's app over a socket, with every default.
struct App {
    server: Server,
    desk: Desk,
}

impl App {
    async fn start() -> Self {
        let desk = Desk::default();
        let server = Server::start(router(endpoint(), &desk)).await;
        Self { server, desk }
    }

    async fn goes_on(&self) {
        goes_on(&self.server, &self.desk).await;
    }
}

/// The same with little time for a body.
struct Impatient {
    server: Server,
    desk: Desk,
}

impl Impatient {
    async fn start() -> Self {
        let desk = Desk::default();
        let endpoint = builder().read_timeout(Duration::from_millis(300)).build();
        let server = Server::start(router(endpoint.expect("sound"), &desk)).await;
        Self { server, desk }
    }

    /// Sends this head, and then piece after piece without an end, each long before the time is over.
    async fn trickle(&self, head: Vec<u8>, piece: &[u8]) -> Reply {
        let head = Cell::new(Some(head));
        let mut sender = self.server.connect().await;
        let next = || head.take().or_else(|| Some(piece.to_vec()));
        sender.send_while_reading(next, PAUSE).await
    }

    async fn goes_on(&self) {
        goes_on(&self.server, &self.desk).await;
    }
}

async fn goes_on(server: &Server, desk: &Desk) {
    let runs = desk.runs();
    let reply = server.ask(post(cdr("goes on"))).await;
    assert_eq!(reply.status, 204);
    assert_eq!(desk.runs(), runs + 1);
}

/// Sends all of it, or as much as the server takes before it answers.
async fn send_once(server: &Server, request: Vec<u8>) -> Reply {
    let request = Cell::new(Some(request));
    let mut sender = server.connect().await;
    sender
        .send_while_reading(|| request.take(), Duration::ZERO)
        .await
}

/// A POST's head with the token and these header lines.
fn head(lines: &str) -> Vec<u8> {
    format!("POST /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n").into_bytes()
}
