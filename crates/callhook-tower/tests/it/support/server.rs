//! The endpoint and the app under test.

use std::net::SocketAddr;
use std::ops::Deref;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use callhook_tower::callhook::OUTCOME_HEADER;
use callhook_tower::telecmi::Event;
use callhook_tower::{Endpoint, Rejection, RejectionKind, Webhook, WebhookLayer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::{TOKEN, TestHandler, within};

/// The handler under test as an axum handler, without a layer.
pub(crate) fn hook() -> MethodRouter<TestHandler> {
    any(on_call)
}

async fn on_call(
    State(handler): State<TestHandler>,
    call: Webhook<Event>,
) -> axum::http::Response<String> {
    handler.handle(&call).await
}

/// The shape that users get from the quick start, at `/hook`.
pub(crate) fn router(endpoint: Endpoint<Event>, handler: &TestHandler) -> Router {
    Router::new()
        .route("/hook", hook().layer(WebhookLayer::new(endpoint)))
        .with_state(handler.clone())
}

pub(crate) fn post_request(body: impl Into<Body>) -> Request {
    Request::post(format!("/hook?token={TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .expect("a request")
}

pub(crate) fn get_request(query: &str) -> Request {
    Request::get(format!("/hook?token={TOKEN}&{query}"))
        .body(Body::empty())
        .expect("a request")
}

/// Asks the app without a socket.
pub(crate) async fn call(app: &Router, request: Request) -> Response {
    within("an answer", app.clone().oneshot(request))
        .await
        .unwrap_or_else(|never| match never {})
}

/// The body.
pub(crate) async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a body");
    String::from_utf8(bytes.into()).expect("UTF-8")
}

/// What the response tells the sender of its message.
pub(crate) fn outcome<B>(response: &axum::http::Response<B>) -> Option<&str> {
    let outcome = response.headers().get(OUTCOME_HEADER)?;
    Some(outcome.to_str().expect("text"))
}

/// What the response tells outer layers.
pub(crate) fn rejection<B>(
    response: &axum::http::Response<B>,
) -> Option<(RejectionKind, &'static str)> {
    let rejection = response.extensions().get::<Rejection>()?;
    Some((rejection.kind(), rejection.code()))
}

/// An app served over real sockets, until this is dropped.
#[derive(Debug)]
pub(crate) struct Server(callhook_test_support::Server);

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await.expect("served");
        });
        Self(callhook_test_support::Server::new(
            address,
            EndOnDrop(serving),
        ))
    }

    pub(crate) fn into_inner(self) -> callhook_test_support::Server {
        self.0
    }
}

impl Deref for Server {
    type Target = callhook_test_support::Server;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

struct EndOnDrop(JoinHandle<()>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
