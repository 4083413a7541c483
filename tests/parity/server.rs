//! Servers inside the tests, one with each framework, whose endpoint is as a table says.
//!
//! The webhook is at `/hook`, `/hook/{a}` and `/hook/{a}/{b}`, so that every place of a token is there; `/messages` shows what
//! came, as the examples do.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, Responder, web};
use axum::Router;
use axum::extract::State;
use axum::routing::{any, get};
use callhook_actix::WebhookMiddleware;
use callhook_tower::WebhookLayer;
use callhook_tower::telecmi::Event;
use example_support::Messages;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::endpoint::endpoint;

/// A server on a free port, until this is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    _running: Running,
}

/// What ends the server.
enum Running {
    Axum { _runtime: Runtime },
    Actix(ServerHandle),
}

impl Server {
    pub(super) fn axum(settings: &[(String, String)]) -> Self {
        async fn keep(State(messages): State<Messages>, call: callhook_tower::Webhook<Event>) {
            messages.keep(&call);
        }

        let hook = || any(keep);
        let layer = WebhookLayer::new(endpoint(settings));
        let app = PATHS
            .into_iter()
            .fold(Router::new(), |app, path| {
                app.route(path, hook().layer(layer.clone()))
            })
            .route(
                "/messages",
                get(async |State(messages): State<Messages>| messages.json()),
            )
            .with_state(Messages::default())
            .into_make_service_with_connect_info::<SocketAddr>();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            _running: Running::Axum { _runtime: runtime },
        }
    }

    pub(super) fn actix(settings: &[(String, String)]) -> Self {
        async fn keep(
            messages: web::Data<Messages>,
            call: callhook_actix::Webhook<Event>,
        ) -> impl Responder {
            messages.keep(&call);
            HttpResponse::Ok()
        }

        async fn show(messages: web::Data<Messages>) -> String {
            messages.json()
        }

        let middleware = WebhookMiddleware::new(endpoint(settings));
        let messages = web::Data::new(Messages::default());
        let (ready, started) = mpsc::channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let hook = web::resource(PATHS).wrap(middleware.clone());
                    App::new()
                        .app_data(messages.clone())
                        .service(hook.to(keep))
                        .route("/messages", web::get().to(show))
                })
                .workers(1)
                .disable_signals()
                .bind("127.0.0.1:0")
                .expect("a free port");
                let address = server.addrs()[0];
                let server = server.run();
                let started = ready.send((address, server.handle()));
                started.expect("somebody waits");
                server.await.expect("served");
            });
        });
        let (address, handle) = started.recv().expect("a server");
        Self {
            address,
            _running: Running::Actix(handle),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Actix(handle) = self {
            // It is told with the call; nobody waits for its end.
            drop(handle.stop(false));
        }
    }
}

const PATHS: [&str; 3] = ["/hook", "/hook/{a}", "/hook/{a}/{b}"];
