//! The layer around an inner service that says when it is ready, and complains when it is called before.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, StatusCode};
use callhook_tower::telecmi::Event;
use callhook_tower::{
    Delivery, Endpoint, PeerAddr, RejectionKind, ReplayStatus, WebhookLayer, WebhookService,
};
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use tower::{Layer, Service};
use tower_test::mock::{self, Handle, Mock};

use crate::support::{
    TOKEN, TestStore, cdr, endpoint, outcome, poll, post_request, rejection, remember, within,
};

#[tokio::test]
async fn the_layer_is_ready_while_the_inner_service_is_not() {
    let (mut service, mut inner) = Inner::new(endpoint());
    inner.handle.allow(0);

    let ready = service.poll_ready(&mut Context::from_waker(std::task::Waker::noop()));

    assert!(matches!(ready, Poll::Ready(Ok(()))));
    assert_eq!(inner.polls(), 0);
}

#[tokio::test]
async fn the_inner_service_is_not_asked_to_be_ready_before_the_message_was_read() {
    let (mut service, mut inner) = Inner::new(endpoint());
    let message = cdr("slow");
    let (first, second) = message.split_at(message.len() / 2);
    let (mut sender, body) = Channel::<Bytes>::new(4);
    let mut response = service.call(post_request(Body::new(body)));

    assert!(poll(&mut response).is_pending());
    assert_eq!(inner.polls(), 0, "nothing of the body came");
    sender
        .send_data(first.to_owned().into())
        .await
        .expect("sent");
    assert!(poll(&mut response).is_pending());
    assert_eq!(inner.polls(), 0, "half of the body came");
    sender
        .send_data(second.to_owned().into())
        .await
        .expect("sent");
    assert!(poll(&mut response).is_pending());
    assert_eq!(inner.polls(), 0, "all came, and the end did not");

    drop(sender);
    assert!(poll(&mut response).is_pending());
    assert!(inner.polls() > 0, "the message is there");
    let (request, reply) = inner.next().await;
    let body = request.into_body().collect().await.expect("a body");
    assert_eq!(body.to_bytes(), message);
    reply.send_response(answer(StatusCode::CREATED));
    let response = within("an answer", response).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_refused_or_probing_request_neither_readies_nor_calls_the_inner_service() {
    let url = format!("/hook?token={TOKEN}");
    for (name, method, url, body, status, kind) in [
        (
            "a wrong token",
            Method::POST,
            "/hook?token=wrong",
            cdr("1"),
            StatusCode::UNAUTHORIZED,
            Some((RejectionKind::Unauthenticated, "unauthenticated")),
        ),
        (
            "half JSON",
            Method::POST,
            &*url,
            r#"{"type":"#.to_owned(),
            StatusCode::BAD_REQUEST,
            Some((RejectionKind::Unreadable, "malformed")),
        ),
        (
            "no body",
            Method::POST,
            &*url,
            String::new(),
            StatusCode::BAD_REQUEST,
            Some((RejectionKind::Unreadable, "empty")),
        ),
        (
            "a body over the limit",
            Method::POST,
            &*url,
            "x".repeat(300 * 1024),
            StatusCode::PAYLOAD_TOO_LARGE,
            Some((RejectionKind::TooLarge, "too_large")),
        ),
        (
            "another method",
            Method::DELETE,
            &*url,
            String::new(),
            StatusCode::METHOD_NOT_ALLOWED,
            Some((RejectionKind::Method, "method_not_allowed")),
        ),
        (
            "a probe",
            Method::GET,
            &*url,
            String::new(),
            StatusCode::NO_CONTENT,
            None,
        ),
        (
            "a probe's head",
            Method::HEAD,
            &*url,
            String::new(),
            StatusCode::NO_CONTENT,
            None,
        ),
    ] {
        let (mut service, inner) = Inner::new(endpoint());
        let request = Request::builder().method(method).uri(url);
        let request = request.body(Body::from(body)).expect("a request");

        let response = within("an answer", service.call(request)).await;

        let response = response.expect("a refusal is a response");
        assert_eq!(response.status(), status, "{name}");
        assert_eq!(rejection(&response), kind, "{name}");
        assert_eq!((inner.polls(), inner.calls()), (0, 0), "{name}");
    }
}

#[tokio::test]
async fn each_message_is_given_to_a_clone_that_was_made_ready() {
    let (mut service, mut inner) = Inner::new(endpoint());

    // `Inner` and the mock panic when what is called is not what was made ready.
    let one = tokio::spawn(service.call(post_request(cdr("1"))));
    let two = tokio::spawn(service.call(post_request(cdr("2"))));
    for _ in 0..2 {
        let (_, reply) = inner.next().await;
        reply.send_response(answer(StatusCode::OK));
    }
    for answered in [one, two] {
        let response = answered.await.expect("no panic").expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
    }
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn a_message_waits_for_the_inner_service_without_holding_its_claim() {
    let store = TestStore::default();
    let (mut service, mut inner) = Inner::new(remember(&store));
    inner.handle.allow(0);
    let mut response = service.call(post_request(cdr("1")));

    assert!(poll(&mut response).is_pending());
    assert!(inner.polls() > 0);
    assert_eq!(store.steps(), [], "waiting uses up no lease");
    drop(response);
    assert_eq!(store.steps(), [], "and leaves nothing behind");

    inner.handle.allow(1);
    inner
        .answers(&mut service, cdr("1"), ReplayStatus::First)
        .await;
}

#[tokio::test]
async fn a_message_that_waits_for_the_inner_service_is_woken_when_it_is_ready() {
    let (mut service, mut inner) = Inner::new(endpoint());
    inner.handle.allow(0);
    let response = tokio::spawn(service.call(post_request(cdr("1"))));
    within("a poll", async {
        while inner.polls() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;

    inner.handle.allow(1);

    let (_, reply) = inner.next().await;
    reply.send_response(answer(StatusCode::NO_CONTENT));
    let response = response.await.expect("no panic").expect("an answer");
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_error_of_readiness_passes_through_and_nothing_was_claimed() {
    let store = TestStore::default();
    let (mut service, mut inner) = Inner::new(remember(&store));
    inner.handle.send_error("not today");

    let error = within("an error", service.call(post_request(cdr("1"))))
        .await
        .expect_err("the inner service's error");

    assert_eq!(error.to_string(), "not today");
    assert_eq!(inner.calls(), 0);
    assert_eq!(store.steps(), []);
    inner
        .answers(&mut service, cdr("1"), ReplayStatus::First)
        .await;
}

#[tokio::test]
async fn an_error_of_the_inner_service_passes_through_and_the_next_copy_is_handled() {
    let (mut service, mut inner) = Inner::new(endpoint());
    let response = tokio::spawn(service.call(post_request(cdr("1"))));
    let (_, reply) = inner.next().await;
    reply.send_error("broken");

    let error = response.await.expect("no panic").expect_err("an error");

    assert_eq!(error.to_string(), "broken");
    inner
        .answers(&mut service, cdr("1"), ReplayStatus::First)
        .await;
}

#[tokio::test]
async fn a_future_that_is_dropped_while_the_inner_service_runs_releases_the_message() {
    let (mut service, mut inner) = Inner::new(endpoint());
    let mut response = service.call(post_request(cdr("1")));
    assert!(poll(&mut response).is_pending());
    let (_, _reply) = inner.next().await;

    let copy = within("an answer", service.call(post_request(cdr("1")))).await;
    let copy = copy.expect("a refusal is a response");
    assert_eq!(
        rejection(&copy),
        Some((RejectionKind::InFlight, "in_flight"))
    );

    drop(response);
    inner
        .answers(&mut service, cdr("1"), ReplayStatus::First)
        .await;
}

#[tokio::test]
async fn a_future_that_is_never_polled_does_nothing() {
    let store = TestStore::default();
    let (mut service, mut inner) = Inner::new(remember(&store));

    drop(service.call(post_request(cdr("1"))));

    assert_eq!(store.steps(), []);
    assert_eq!((inner.polls(), inner.calls()), (0, 0));
    inner
        .answers(&mut service, cdr("1"), ReplayStatus::First)
        .await;
}

#[tokio::test]
async fn the_inner_service_gets_the_delivery_and_the_request_as_it_came() {
    #[derive(Clone, Debug, PartialEq)]
    struct FromOutside(u8);

    let (mut service, mut inner) = Inner::new(endpoint());
    let mut request = post_request(cdr("1"));
    request
        .headers_mut()
        .insert("x-kept", "yes".parse().expect("a value"));
    request.extensions_mut().insert(FromOutside(7));
    let peer = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 7), 4000));
    request.extensions_mut().insert(PeerAddr(peer));
    let response = tokio::spawn(service.call(request));

    let (request, reply) = inner.next().await;
    reply.send_response(answer(StatusCode::ACCEPTED));

    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "/hook");
    assert_eq!(request.headers()["x-kept"], "yes");
    assert_eq!(request.extensions().get(), Some(&FromOutside(7)));
    let delivery: &Delivery<Event> = request.extensions().get().expect("a delivery");
    assert_eq!(
        delivery.event().leg_id().map(AsRef::<str>::as_ref),
        Some("1")
    );
    assert_eq!(delivery.client_addr(), Some(IpAddr::V4(*ip(&peer))));
    assert_eq!(delivery.raw(), &cdr("1"));
    let response = response.await.expect("no panic").expect("an answer");
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(outcome(&response), None, "the answer passes unchanged");
}

fn ip(address: &SocketAddr) -> &Ipv4Addr {
    match address {
        SocketAddr::V4(address) => address.ip(),
        SocketAddr::V6(_) => unreachable!("an IPv4 address"),
    }
}

type Mocked = Mock<Request<Body>, Response<Body>>;
type Guarded = WebhookService<Watched, Event>;
type Call = (
    Request<Body>,
    tower_test::mock::SendResponse<Response<Body>>,
);

/// The test's end of the inner service.
struct Inner {
    handle: Handle<Request<Body>, Response<Body>>,
    asked: Arc<Asked>,
}

/// How often the inner service, all its clones together, was asked what.
#[derive(Debug, Default)]
struct Asked {
    polls: AtomicUsize,
    calls: AtomicUsize,
}

impl Inner {
    fn new(endpoint: Endpoint<Event>) -> (Guarded, Self) {
        let (mock, handle) = mock::pair();
        let asked = Arc::<Asked>::default();
        let watched = Watched {
            mock,
            asked: Arc::clone(&asked),
            is_ready: false,
        };
        let service = WebhookLayer::new(endpoint).layer(watched);
        (service, Self { handle, asked })
    }

    fn polls(&self) -> usize {
        self.asked.polls.load(Ordering::SeqCst)
    }

    fn calls(&self) -> usize {
        self.asked.calls.load(Ordering::SeqCst)
    }

    async fn next(&mut self) -> Call {
        within("a call of the inner service", self.handle.next_request())
            .await
            .expect("a call")
    }

    /// The message reaches the inner service as `how`, and is answered.
    async fn answers(&mut self, service: &mut Guarded, body: String, how: ReplayStatus) {
        let response = tokio::spawn(service.call(post_request(body)));
        let (request, reply) = self.next().await;
        let delivery: &Delivery<Event> = request.extensions().get().expect("a delivery");
        assert_eq!(delivery.replay_status(), how);
        reply.send_response(answer(StatusCode::NO_CONTENT));
        let response = response.await.expect("no panic").expect("an answer");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
}

/// The mock, counted; a clone is not ready because its original was.
#[derive(Debug)]
struct Watched {
    mock: Mocked,
    asked: Arc<Asked>,
    is_ready: bool,
}

impl Clone for Watched {
    fn clone(&self) -> Self {
        Self {
            mock: self.mock.clone(),
            asked: Arc::clone(&self.asked),
            is_ready: false,
        }
    }
}

impl Service<Request<Body>> for Watched {
    type Response = Response<Body>;
    type Error = <Mocked as Service<Request<Body>>>::Error;
    type Future = <Mocked as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.asked.polls.fetch_add(1, Ordering::SeqCst);
        let ready = self.mock.poll_ready(context);
        self.is_ready = matches!(ready, Poll::Ready(Ok(())));
        ready
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.asked.calls.fetch_add(1, Ordering::SeqCst);
        assert!(
            std::mem::take(&mut self.is_ready),
            "called without being made ready"
        );
        self.mock.call(request)
    }
}

fn answer(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
