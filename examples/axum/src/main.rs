//! A server that receives webhooks from cloud-telephony platforms.
//!
//! `cargo run -p example-axum` prints a `curl` line to try it with; `curl http://127.0.0.1:3000/calls` shows what came.

mod calls;
mod config;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::State;
use axum::routing::{any, get};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Webhook, WebhookLayer};
use tokio::net::TcpListener;
use tokio::signal;

use crate::calls::Calls;
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

    let app = Router::new()
        .route(
            "/webhooks/telecmi",
            any(on_call).layer(WebhookLayer::new(telecmi.clone())),
        )
        .route("/calls", get(calls::list))
        .with_state(Calls::default());

    let listener = TcpListener::bind(config.listen).await?;
    println!("{}", config.greeting(listener.local_addr()?));
    axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(shutdown())
    .await?;

    // What is still being handled is finished or released, not left to its lease.
    telecmi.idle().await;
    Ok(())
}

async fn on_call(State(calls): State<Calls>, call: Webhook<Event>) {
    calls.keep(&call);
}

async fn shutdown() {
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminate => {}
    }
}
