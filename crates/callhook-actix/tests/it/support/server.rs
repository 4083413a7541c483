//! The app under test.

use std::ops::Deref;
use std::sync::mpsc;
use std::thread;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::rt::System;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use callhook_actix::callhook::OUTCOME_HEADER;
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, Rejection, RejectionKind, Webhook, WebhookMiddleware};

use super::{LogWriter, TOKEN, TestHandler, listen, within};

/// The handler under test, which finds itself in the app data.
pub(crate) async fn answer(handler: web::Data<TestHandler>, call: Webhook<Event>) -> HttpResponse {
    respond(handler.handle(&call).await)
}

/// What the handler under test answers, as actix's type.
pub(crate) fn respond(response: callhook_test_support::Response) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).expect("a status");
    let mut response = HttpResponse::build(status);
    for (name, value) in &parts.headers {
        response.insert_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}

/// The shape that users get from the quick start, at `/hook`.
pub(crate) fn app(
    endpoint: Endpoint<Event>,
    handler: &TestHandler,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let handler = handler.clone();
    let middleware = WebhookMiddleware::new(endpoint);
    move |app| {
        app.app_data(web::Data::new(handler.clone()))
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
    running: callhook_test_support::Server,
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
        let log = LogWriter::of_this_thread();
        let (ready, started) = mpsc::channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                // Called on each worker's thread.
                let factory = move || {
                    log.use_here();
                    App::new().configure(app.clone())
                };
                let server = HttpServer::new(factory)
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
        let running = callhook_test_support::Server::new(address, StopOnDrop(handle.clone()));
        Self { running, handle }
    }

    /// Ends it, as a process that is told to end does.
    pub(crate) async fn stop(self) {
        within("the server's end", self.handle.stop(true)).await;
    }

    pub(crate) fn into_inner(self) -> callhook_test_support::Server {
        self.running
    }
}

impl Deref for Server {
    type Target = callhook_test_support::Server;

    fn deref(&self) -> &Self::Target {
        &self.running
    }
}

struct StopOnDrop(ServerHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        // It is told with the call; nobody waits for its end.
        drop(self.0.stop(false));
    }
}
