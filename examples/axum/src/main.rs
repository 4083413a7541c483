//! A server that receives webhooks from cloud-telephony platforms.
//!
//! `cargo run -p example-axum` prints a `curl` line to try it with; `curl http://127.0.0.1:3000/calls` shows what came.

use std::error::Error;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use callhook_tower::piopiy::{self, Piopiy};
use callhook_tower::telecmi::{self, Telecmi};
use callhook_tower::voipappz::{self, Voipappz};
use callhook_tower::{CallEvent, Webhook, WebhookLayer};
use example_support::{Calls, Config, GRACE, signalled};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

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
        .route("/calls", get(list))
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

/// The handler of all platforms: what it needs of an event, they all have.
async fn on_call<E>(State(calls): State<Calls>, call: Webhook<E>)
where
    E: CallEvent + Serialize + Send + Sync + 'static,
{
    calls.keep(&call);
}

async fn list(
    State(calls): State<Calls>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    if !Calls::may_read(peer.ip(), |name| headers.contains_key(name)) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(([(CONTENT_TYPE, "application/json")], calls.json()))
}
