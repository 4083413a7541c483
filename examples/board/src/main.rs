//! The board in an application of one's own: webhooks at `127.0.0.1:3000/webhooks/telecmi?token=$CALLHOOK_TOKEN`, and the
//! board at <http://127.0.0.1:3001>, reachable from this machine only.

use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::routing::any;
use callhook_tower::callhook::call::CallBook;
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, Webhook, WebhookLayer};
use example_board_page::{Board, BookSource, Private};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let board = Board::new(["telecmi"]);
    let book = CallBook::new();
    let endpoint = Endpoint::builder(Telecmi)
        .query_token("token", std::env::var("CALLHOOK_TOKEN")?)
        .observer(board.clone()) // counts what becomes of requests
        .build()?;
    let app = Router::new()
        .route(
            "/webhooks/telecmi",
            any(on_call).layer(WebhookLayer::new(endpoint)),
        )
        .with_state(book.clone());
    let private = example_board::routes(board.clone());
    let private = example_board::protected(private, Private::new("")?);

    tokio::spawn(board.follow(BookSource::from(book))); // shows the calls
    let app_listener = TcpListener::bind("127.0.0.1:3000").await?;
    let private_listener = TcpListener::bind("127.0.0.1:3001").await?;
    let stop = async {
        ctrl_c().await.ok();
    };
    let stop_private = async move {
        ctrl_c().await.ok();
        board.close(); // or the end would wait for the page's events
    };
    tokio::try_join!(
        axum::serve(app_listener, app)
            .with_graceful_shutdown(stop)
            .into_future(),
        axum::serve(private_listener, private)
            .with_graceful_shutdown(stop_private)
            .into_future(),
    )?;
    Ok(())
}

async fn on_call(State(book): State<CallBook>, call: Webhook<Event>) {
    book.apply(&call);
}
