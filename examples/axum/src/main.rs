//! A server that receives webhooks from cloud-telephony platforms.
//!
//! `cargo run -p example-axum` prints a `curl` line to try it with; `curl http://127.0.0.1:3000/calls` shows what came.

mod calls;
mod config;

use std::error::Error;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{any, get};
use callhook_tower::piopiy::{self, Piopiy};
use callhook_tower::telecmi::{self, Telecmi};
use callhook_tower::voipappz::{self, Voipappz};
use callhook_tower::{Webhook, WebhookLayer};
use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::calls::{Calls, Shown};
use crate::config::Config;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-axum: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;

    let telecmi = config.endpoint(Telecmi)?;
    let piopiy = config.endpoint(Piopiy)?;
    let voipappz = config.endpoint(Voipappz::path_segment())?;

    let app = Router::new()
        .route(
            "/webhooks/telecmi",
            any(on_call::<telecmi::Event>).layer(WebhookLayer::new(telecmi.clone())),
        )
        .route(
            "/webhooks/piopiy",
            any(on_call::<piopiy::Event>).layer(WebhookLayer::new(piopiy.clone())),
        )
        .route(
            "/webhooks/voipappz/{event}",
            any(on_call::<voipappz::Event>).layer(WebhookLayer::new(voipappz.clone())),
        )
        .route("/calls", get(calls::list))
        .with_state(Calls::default());

    let listener = TcpListener::bind(config.listen).await?;
    println!("{}", config.greeting(listener.local_addr()?));
    let (stopping, stopped) = oneshot::channel();
    let serve = axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async {
        signalled().await;
        let _ = stopping.send(());
    });
    tokio::select! {
        served = serve.into_future() => served?,
        // A connection on which no whole request comes would hold up the end for ever.
        () = async { let _ = stopped.await; sleep(GRACE).await } => {}
    }

    // What is still being handled is finished or released, not left to its lease.
    let idle = async {
        telecmi.idle().await;
        piopiy.idle().await;
        voipappz.idle().await;
    };
    // A handler that hangs is left to its lease.
    let _ = timeout(GRACE, idle).await;
    Ok(())
}

async fn on_call<E: Shown>(State(calls): State<Calls>, call: Webhook<E>) {
    calls.keep(&call);
}

/// For requests that are under way when the process is told to end: as long as a body may take, and a handler after it.
const GRACE: Duration = Duration::from_secs(15);

async fn signalled() {
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
