//! The endpoint and the app under test.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::rt::{System, spawn, task::JoinHandle};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use callhook_actix::callhook::OUTCOME_HEADER;
use callhook_actix::callhook::observe::Outcome;
use callhook_actix::telecmi::{Event, Telecmi};
use callhook_actix::{
    Endpoint, EndpointBuilder, Rejection, RejectionKind, Webhook, WebhookMiddleware,
};

use super::{Desk, Reply, TOKEN, TestStore, Wire, listen, within};

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

/// The desk as a handler, which finds it in the app data.
pub(crate) async fn answer(desk: web::Data<Desk>, call: Webhook<Event>) -> HttpResponse {
    let status = desk.handle(&call).await;
    HttpResponse::new(StatusCode::from_u16(status.as_u16()).expect("a status"))
}

/// The shape that users get from the quick start, at `/hook`.
pub(crate) fn app(
    endpoint: Endpoint<Event>,
    desk: &Desk,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let desk = desk.clone();
    let middleware = WebhookMiddleware::new(endpoint);
    move |app| {
        app.app_data(web::Data::new(desk.clone()))
            .service(web::resource("/hook").wrap(middleware.clone()).to(answer));
    }
}

pub(crate) fn post_request(body: impl Into<String>) -> TestRequest {
    TestRequest::post()
        .uri(&format!("/hook?token={TOKEN}"))
        .insert_header(("content-type", "application/json"))
        .set_payload(body.into())
}

pub(crate) fn get_request(query: &str) -> TestRequest {
    TestRequest::get().uri(&format!("/hook?token={TOKEN}&{query}"))
}

/// Asks the app without a socket.
pub(crate) async fn call(
    app: &impl Fn(&mut ServiceConfig),
    request: TestRequest,
) -> ServiceResponse {
    let service = init_service(App::new().configure(app)).await;
    within("an answer", call_service(&service, request.to_request())).await
}

/// Asks the app without waiting for the answer.
pub(crate) fn ask(
    app: &(impl Fn(&mut ServiceConfig) + Clone + 'static),
    request: TestRequest,
) -> JoinHandle<ServiceResponse> {
    let app = app.clone();
    spawn(async move { call(&app, request).await })
}

/// The body.
pub(crate) async fn read<B: MessageBody>(response: ServiceResponse<B>) -> String {
    let body = within("a body", read_body(response)).await;
    String::from_utf8(body.into()).expect("UTF-8")
}

/// A header of the response.
pub(crate) fn header<'a, B>(response: &'a ServiceResponse<B>, name: &str) -> Option<&'a str> {
    let value = response.headers().get(name)?;
    Some(value.to_str().expect("text"))
}

/// What the response tells the sender of its message.
pub(crate) fn outcome<B>(response: &ServiceResponse<B>) -> Option<&str> {
    header(response, OUTCOME_HEADER)
}

/// What the response tells outer middleware.
pub(crate) fn rejection<B>(response: &ServiceResponse<B>) -> Option<(RejectionKind, &'static str)> {
    let extensions = response.response().extensions();
    let rejection = extensions.get::<Rejection>()?;
    Some((rejection.kind(), rejection.code()))
}

/// An app served over real sockets, until this is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    pub(crate) fn start(app: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        Self::with_workers(1, app)
    }

    pub(crate) fn with_workers(
        workers: usize,
        app: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        Self::spawn(workers, true, app)
    }

    /// One that takes a sender which closes its half for one that is gone.
    pub(crate) fn without_half_closed(
        app: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        Self::spawn(1, false, app)
    }

    fn spawn(
        workers: usize,
        allow_half_closed: bool,
        app: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        listen();
        let (ready, started) = mpsc::channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(app.clone()))
                    .workers(workers)
                    .h1_allow_half_closed(allow_half_closed)
                    .disable_signals()
                    .bind("127.0.0.1:0")
                    .expect("a port");
                let address = server.addrs()[0];
                let server = server.run();
                ready
                    .send((address, server.handle()))
                    .expect("somebody waits");
                server.await.expect("served");
            });
        });
        let (address, handle) = started.recv().expect("a server");
        Self { address, handle }
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// Sends on a connection of its own, and reads the reply.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut wire = self.connect().await;
        wire.send(request).await;
        wire.reply().await.expect("a reply")
    }

    /// Ends it, as a process that is told to end does.
    pub(crate) async fn stop(self) {
        within("the server's end", self.handle.stop(true)).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is told with the call; nobody waits for its end.
        drop(self.handle.stop(false));
    }
}

/// The outcomes that an endpoint has reported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Codes(Arc<Mutex<Vec<&'static str>>>);

impl Codes {
    pub(crate) fn observer(&self) -> impl Fn(&Outcome<'_>) + Send + Sync + use<> {
        let codes = self.clone();
        move |outcome: &Outcome<'_>| {
            codes.0.lock().expect("not poisoned").push(outcome.code);
        }
    }

    pub(crate) fn seen(&self) -> Vec<&'static str> {
        self.0.lock().expect("not poisoned").clone()
    }
}
