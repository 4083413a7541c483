//! Requests that are refused, over bare sockets. After each the server goes on.

use std::cell::Cell;
use std::time::Duration;

use crate::support::{
    Desk, Reply, Server, TOKEN, Wire, app, builder, cdr, cdr_query, chunk, get, post,
};

const BIG: usize = 300 * 1024;

/// Between two pieces of a body that trickles in.
const PAUSE: Duration = Duration::from_millis(20);

/// For a body.
const PATIENCE: Duration = Duration::from_millis(300);

#[actix_web::test]
async fn a_body_that_trickles_in_is_refused_once_its_time_is_over() {
    for (framing, piece) in [
        ("content-length: 100000\r\n", b"1".to_vec()),
        ("transfer-encoding: chunked\r\n", chunk(b"1")),
    ] {
        let app = Running::start();
        let first = Cell::new(Some(head(framing)));
        let mut sender = app.server.connect().await;
        let next = || first.take().or_else(|| Some(piece.clone()));
        let reply = sender.send_while_reading(next, PAUSE).await;
        assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
        assert_eq!(reply.header("connection"), Some("close"));
        is_closed_soon(sender, &piece).await;
        app.goes_on().await;
    }
}

#[actix_web::test]
async fn a_body_that_stops_or_never_begins_is_refused_once_its_time_is_over() {
    for begun in ["", r#"{"type":"cdr""#] {
        let app = Running::start();
        let mut sender = app.server.connect().await;
        sender.send(head("content-length: 100\r\n")).await;
        sender.send(begun).await;
        let reply = sender.reply().await.expect("a reply");
        assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
        assert_eq!(reply.body, b"");
        app.goes_on().await;
    }
}

#[actix_web::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_body_comes() {
    let app = Running::start();
    let mut sender = app.server.connect().await;
    let declared = format!("content-length: {BIG}\r\n");
    sender.send(head(&declared)).await;
    let reply = sender.reply().await.expect("a reply");
    assert_eq!(reply.status, 413);
    assert_eq!(reply.outcome(), None, "before the token was looked at");
    app.goes_on().await;
    // And though it is sent.
    let reply = send_once(&app.server, post(vec![b'x'; BIG])).await;
    assert_eq!(reply.status, 413);
    app.goes_on().await;
}

#[actix_web::test]
async fn a_chunked_body_over_the_limit_is_refused() {
    let app = Running::start();
    let mut request = head("transfer-encoding: chunked\r\n");
    for _ in 0..BIG / 1024 {
        request.extend(chunk(&[b'x'; 1024]));
    }
    request.extend(chunk(b""));
    let reply = send_once(&app.server, request).await;
    assert_eq!((reply.status, reply.outcome()), (413, Some("too_large")));
    app.goes_on().await;
}

#[actix_web::test]
async fn of_a_refused_chunked_body_without_an_end_no_more_is_read_than_a_moment_gives() {
    for target in [
        format!("/hook?token={TOKEN}"),
        "/hook?token=wrong".to_owned(),
    ] {
        let app = Running::start();
        let head =
            format!("POST {target} HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n");
        let first = Cell::new(Some(head.into_bytes()));
        let piece = chunk(&[b'x'; 4096]);
        let mut sender = app.server.connect().await;
        let next = || first.take().or_else(|| Some(piece.clone()));
        let reply = sender.send_while_reading(next, Duration::ZERO).await;
        assert!([401, 413].contains(&reply.status));
        assert_eq!(reply.header("connection"), Some("close"));
        is_closed_soon(sender, &piece).await;
        app.goes_on().await;
    }
}

/// Actix reads on for a second, so that its answer isn't lost, and not for as long as the sender likes.
async fn is_closed_soon(mut sender: Wire, piece: &[u8]) {
    let closed = async {
        while sender.try_send(piece).await {
            actix_web::rt::time::sleep(PAUSE).await;
        }
    };
    let closed = actix_web::rt::time::timeout(Duration::from_secs(20), closed);
    closed.await.expect("the server closes");
}

#[actix_web::test]
async fn a_body_of_exactly_the_limit_is_handled() {
    let app = Running::start();
    let message = cdr("limit");
    let padded = format!("{message}{}", " ".repeat(256 * 1024 - message.len()));
    assert_eq!(app.server.ask(post(&padded)).await.status, 204);
    let reply = send_once(&app.server, post(format!("{padded} "))).await;
    assert_eq!(reply.status, 413);
    app.goes_on().await;
}

#[actix_web::test]
async fn another_method_is_refused_with_those_that_are_accepted() {
    let app = Running::start();
    for method in ["DELETE", "PUT", "PATCH", "OPTIONS", "get", "POSTS"] {
        let request = format!(
            "{method} /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"
        );
        let reply = app.server.ask(request).await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("POST, GET, HEAD"), "{method}");
        assert_eq!(
            (reply.outcome(), &*reply.body),
            (None, &b""[..]),
            "{method}"
        );
    }
    app.goes_on().await;
}

#[actix_web::test]
async fn a_token_that_is_wrong_missing_or_repeated_is_refused_with_the_same_bytes() {
    let app = Running::start();
    let mut answers = Vec::new();
    for query in [
        String::new(),
        "token=".to_owned(),
        "token=wrong".to_owned(),
        format!("token={TOKEN}x"),
        format!("token={}", TOKEN.to_uppercase()),
        format!("token={TOKEN}&%74oken={TOKEN}"),
        format!("Token={TOKEN}"),
        format!("token={TOKEN}%ff"),
    ] {
        let message = cdr_query("1");
        for query in [query.clone(), format!("{query}&{message}")] {
            answers.push(app.server.ask(get(&query)).await);
        }
        let empty = format!("POST /hook?{query} HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n");
        answers.push(app.server.ask(empty).await);
    }
    for answer in &answers {
        assert_eq!((answer.status, answer.outcome()), (401, None));
        assert_eq!(answer.without_date(), answers[0].without_date());
    }
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[actix_web::test]
async fn what_can_not_be_read_is_refused_with_its_code() {
    let app = Running::start();
    let very_deep = "[".repeat(100_000);
    for (body, code) in [
        (&cdr("1")[..80], "malformed"),
        ("hello", "malformed"),
        (&very_deep, "too_deep"),
        (
            r#"{"type":"cdr","status":"a","status":"b"}"#,
            "duplicate_field",
        ),
        ("", "empty"),
    ] {
        let reply = app.server.ask(post(body)).await;
        assert_eq!((reply.status, reply.outcome()), (400, Some(code)));
        assert_eq!(reply.body, b"");
        assert_eq!(reply.header("connection"), None, "the body was read");
    }
    for query in ["x=%ff", "%ff=1"] {
        let reply = app.server.ask(get(&format!("token={TOKEN}&{query}"))).await;
        assert_eq!((reply.status, reply.outcome()), (400, Some("malformed")));
    }
    app.goes_on().await;
}

#[actix_web::test]
async fn a_compressed_or_multipart_body_is_refused() {
    let app = Running::start();
    for headers in [
        "content-encoding: gzip\r\n",
        "content-encoding: identity\r\ncontent-encoding: br\r\n",
        "content-type: multipart/form-data; boundary=x\r\n",
    ] {
        let mut request = head(&format!("{headers}content-length: 2\r\n"));
        request.extend(b"{}");
        let reply = app.server.ask(request).await;
        assert_eq!((reply.status, reply.outcome()), (415, None), "{headers}");
    }
    app.goes_on().await;
}

#[actix_web::test]
async fn a_probe_ends_before_the_handler() {
    let app = Running::start();
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

#[actix_web::test]
async fn the_body_of_a_refused_request_is_not_taken_for_the_next_request() {
    let app = Running::start();
    let hidden = post(cdr("hidden"));
    for (line, framing) in [
        ("POST /hook", format!("content-length: {}", hidden.len())),
        ("DELETE /hook", format!("content-length: {}", hidden.len())),
        (
            &*format!("HEAD /hook?token={TOKEN}"),
            format!("content-length: {}", hidden.len()),
        ),
        ("POST /hook", "transfer-encoding: chunked".to_owned()),
    ] {
        let head = format!("{line} HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n\r\n");
        let mut sender = app.server.connect().await;
        sender
            .send([head.into_bytes(), hidden.clone()].concat())
            .await;
        let refused = sender.reply().await.expect("a reply");
        assert!([401, 405, 204].contains(&refused.status));
        assert_eq!(refused.header("connection"), Some("close"), "{line}");
        assert!(sender.reply().await.is_none(), "{line}");
    }
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

#[actix_web::test]
async fn a_sender_that_asks_first_is_told_to_go_on_by_actix_and_then_refused() {
    let app = Running::start();
    let message = cdr("1");
    let lines = format!(
        "host: localhost\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        message.len()
    );
    let mut stranger = app.server.connect().await;
    let head = format!("POST /hook?token=wrong HTTP/1.1\r\n{lines}");
    stranger.send(head).await;
    // Actix asks no middleware.
    assert_eq!(stranger.reply().await.expect("a reply").status, 100);
    assert_eq!(stranger.reply().await.expect("a reply").status, 401);

    let mut sender = app.server.connect().await;
    let head = format!("POST /hook?token={TOKEN} HTTP/1.1\r\n{lines}");
    sender.send(head).await;
    assert_eq!(sender.reply().await.expect("a reply").status, 100);
    sender.send(message).await;
    assert_eq!(sender.reply().await.expect("a reply").status, 204);
}

#[actix_web::test]
async fn a_chunked_message_with_trailers_is_handled() {
    let app = Running::start();
    let message = cdr("1");
    let (first, second) = message.split_at(50);
    let request = [
        head("transfer-encoding: chunked\r\ntrailer: x-sum\r\n"),
        chunk(first.as_bytes()),
        chunk(second.as_bytes()),
        b"0\r\nx-sum: 1\r\n\r\n".to_vec(),
    ];
    assert_eq!(app.server.ask(request.concat()).await.status, 204);
    assert_eq!(app.desk.last().raw(), &message);
}

#[actix_web::test]
async fn a_chunked_body_that_is_not_well_formed_is_refused() {
    let app = Running::start();
    let request = [
        head("transfer-encoding: chunked\r\n"),
        chunk(cdr("1").as_bytes()),
        b"no length\r\n".to_vec(),
    ];
    let mut sender = app.server.connect().await;
    sender.send(request.concat()).await;
    // Actix answers or closes; what came is no message either way.
    let reply = sender.reply().await;
    assert!(reply.is_none_or(|reply| reply.status == 400));
    assert_eq!(app.desk.runs(), 0);
    app.goes_on().await;
}

/// The quick start's app over a socket, with little time for a body.
struct Running {
    server: Server,
    desk: Desk,
}

impl Running {
    fn start() -> Self {
        let desk = Desk::default();
        let endpoint = builder().read_timeout(PATIENCE).build().expect("sound");
        let server = Server::start(app(endpoint, &desk));
        Self { server, desk }
    }

    async fn goes_on(&self) {
        let runs = self.desk.runs();
        let reply = self.server.ask(post(cdr("goes on"))).await;
        assert!([200, 204].contains(&reply.status), "{}", reply.status);
        assert!(self.desk.runs() <= runs + 1);
    }
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
