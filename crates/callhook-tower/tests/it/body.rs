//! How much of a body is read, and when.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use callhook_tower::RejectionKind;
use http_body::Frame;
use http_body_util::channel::Channel;

use crate::support::{
    Server, TOKEN, TestHandler, TestStore, call, cdr, endpoint, post_request, rejection, remember,
    router,
};

#[tokio::test]
async fn nothing_of_a_body_is_read_before_the_head_has_passed() {
    let app = router(endpoint(), &TestHandler::default());
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
        ("a GET's token", "GET", "/hook", ("x-none", ""), 401),
        (
            "a GET's encoding",
            "GET",
            &good,
            ("content-encoding", "gzip"),
            415,
        ),
        ("probe", "HEAD", &good, ("x-none", ""), 204),
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
    let app = router(endpoint(), &TestHandler::default());
    let body = Endless::default();

    let response = call(&app, post_request(Body::new(body.clone()))).await;

    assert_eq!(
        rejection(&response),
        Some((RejectionKind::TooLarge, "too_large"))
    );
    assert_eq!(body.read(), 256 * 1024 / Endless::PIECE.len() + 1);
}

#[tokio::test]
async fn a_sender_that_asks_first_is_told_to_go_on_only_after_the_guards() {
    let server = Server::start(router(endpoint(), &TestHandler::default())).await;
    let message = cdr("1");
    let lines = format!(
        "host: localhost\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        message.len()
    );

    let mut stranger = server.connect().await;
    stranger
        .send(format!("POST /hook?token=wrong HTTP/1.1\r\n{lines}"))
        .await;
    assert_eq!(stranger.reply().await.expect("a reply").status, 401);

    let mut sender = server.connect().await;
    sender
        .send(format!("POST /hook?token={TOKEN} HTTP/1.1\r\n{lines}"))
        .await;
    assert_eq!(sender.reply().await.expect("a reply").status, 100);
    sender.send(message).await;
    assert_eq!(sender.reply().await.expect("a reply").status, 204);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_though_what_came_is_a_whole_message() {
    let store = TestStore::default();
    let handler = TestHandler::default();
    let app = router(remember(&store), &handler);
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    sender.send_data(cdr("1").into()).await.expect("sent");
    sender.abort(std::io::ErrorKind::ConnectionReset.into());

    let response = call(&app, post_request(Body::new(body))).await;

    assert_eq!(
        rejection(&response),
        Some((RejectionKind::Unreadable, "incomplete"))
    );
    assert_eq!((handler.runs(), store.steps()), (0, Vec::new()));
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
