//! The endpoint and the app under test.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use callhook_tower::callhook::OUTCOME_HEADER;
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, EndpointBuilder, Rejection, RejectionKind, Webhook, WebhookLayer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::{Desk, TOKEN, TestStore, Wire, listen, within};

/// One without authentication yet.
pub(crate) fn bare_builder() -> EndpointBuilder<Event> {
    listen();
    Endpoint::builder(Telecmi)
}

pub(crate) fn builder() -> EndpointBuilder<Event> {
    bare_builder().query_token("token", TOKEN)
}

/// With every default, the memory store among them.
pub(crate) fn endpoint() -> Endpoint<Event> {
    builder().build().expect("a sound configuration")
}

/// One that remembers handled messages in this store.
pub(crate) fn remember(store: &TestStore) -> Endpoint<Event> {
    builder()
        .name("calls")
        .replay_store(store.clone())
        .build()
        .expect("a sound configuration")
}

/// The desk as an axum handler, without a layer.
pub(crate) fn hook() -> MethodRouter<Desk> {
    any(on_call)
}

async fn on_call(State(desk): State<Desk>, call: Webhook<Event>) -> StatusCode {
    desk.handle(&call).await
}

/// The shape that users get from the quick start, at `/hook`.
pub(crate) fn router(endpoint: Endpoint<Event>, desk: &Desk) -> Router {
    Router::new()
        .route("/hook", hook().layer(WebhookLayer::new(endpoint)))
        .with_state(desk.clone())
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
pub(crate) struct Server {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await.expect("served");
        });
        Self { address, serving }
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// Sends on a connection of its own, and reads the reply.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> super::Reply {
        let mut wire = self.connect().await;
        wire.send(request).await;
        wire.reply().await.expect("a reply")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
