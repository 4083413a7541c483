//! Serves a bounded number of connections, none of which may take for ever over a request's head.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Serves until `stop` is ready, and then until the requests that are under way are answered.
pub(super) async fn serve(mut listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accept = async {
            let place = places.clone().acquire_owned().await;
            // Axum's: when no descriptor is left, it waits for one.
            (Listener::accept(&mut listener).await, place)
        };
        let ((stream, _), place) = tokio::select! {
            accepted = accept => accepted,
            () = &mut stop => break,
        };
        let service = TowerToHyperService::new(app.clone());
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // It fails where its client does, which is not worth a line.
            drop(connection.await);
            drop(place);
        });
    }
    drop(listener);
    // Who waits longer is a client that does not read.
    let _ = timeout(GRACE, connections.shutdown()).await;
}

const CONNECTIONS: usize = 256;
const HEAD: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(5);
