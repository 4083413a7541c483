//! A server that receives webhooks from cloud-telephony platforms.
//!
//! `cargo run -p example-axum` prints a `curl` line to try it with; `curl http://127.0.0.1:3001/messages` shows what came,
//! `/calls` there the calls that it was of, and `/unreadable` what was not understood. A browser shows the calls as they go
//! on, at `http://127.0.0.1:3001`.

mod serve;

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use callhook_tower::piopiy::{self, Piopiy};
use callhook_tower::telecmi::{self, Telecmi};
use callhook_tower::voipappz::{self, Voipappz};
use callhook_tower::{Webhook, WebhookLayer};
use example_board::protected;
use example_support::{Config, GRACE, Handler, HandlerError, IvrEvent, bind, signalled};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use self::serve::serve;

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
    let database = config.database().await?;

    let telecmi = config.endpoint(Telecmi, database.as_ref())?;
    let piopiy = config.endpoint(Piopiy, database.as_ref())?;
    let voipappz = config.endpoint(Voipappz::path_segment(), database.as_ref())?;

    let listener = bind("LISTEN", config.listen).await?;
    let private_listener = match config.listen_private {
        Some(address) => Some(bind("LISTEN_PRIVATE", address).await?),
        None => None,
    };
    let address = listener.local_addr()?;
    let private_address = private_listener.as_ref().map(TcpListener::local_addr);

    let handler = Handler::new(
        config.ivr(address)?,
        config.not_understood.clone(),
        database,
    );
    // Where nobody can see the board, it asks for nothing.
    let board = private_listener
        .as_ref()
        .map(|_| tokio::spawn(handler.show_calls(&config.board)));
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
        .with_state(handler.clone());
    let shown = Router::new()
        .route("/messages", get(messages))
        .route("/calls", get(calls))
        .route("/unreadable", get(unreadable))
        .with_state(handler)
        .merge(example_board::routes(config.board.clone()));
    let private_app = protected(shown, config.private.clone());

    // From before anybody is told that this serves.
    let (stop, stop_private, stop_waiting) = (signalled(), signalled(), signalled());
    config.check_redis();
    println!("{}", config.greeting(address, private_address.transpose()?));
    let serve_private = async {
        if let Some(listener) = private_listener {
            serve(listener, private_app, stop_private).await;
        }
    };
    tokio::select! {
        _ = async { tokio::join!(serve(listener, app, stop), serve_private) } => {}
        // A handler that hangs, or a client that doesn't read, would hold up the end for ever.
        () = async { stop_waiting.await; sleep(GRACE).await } => {}
    }

    if let Some(board) = board {
        board.abort();
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
async fn on_call<E>(
    State(handler): State<Handler>,
    call: Webhook<E>,
) -> Result<Response, StatusCode>
where
    E: IvrEvent + Send + Sync + 'static,
{
    Ok(match handler.handle(&call).await.map_err(failed)? {
        Some(reply) => reply.into_response(),
        None => StatusCode::OK.into_response(),
    })
}

async fn messages(State(handler): State<Handler>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], handler.messages())
}

async fn calls(State(handler): State<Handler>) -> Result<impl IntoResponse, StatusCode> {
    let calls = handler.calls().await.map_err(failed)?;
    Ok(([(CONTENT_TYPE, "application/json")], calls))
}

fn failed(error: HandlerError) -> StatusCode {
    tracing::error!("{error}");
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn unreadable(State(handler): State<Handler>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], handler.unreadable())
}
