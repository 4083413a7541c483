//! What hyper makes of a sender that closes its half of the connection after its request.

use axum::Router;
use axum::extract::State;
use axum::routing::any;
use callhook_test_support::{Server, TestHandler, cdr, endpoint, post};
use callhook_tower::telecmi::Event;
use callhook_tower::{Webhook, WebhookLayer};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::{Duration, sleep};

#[tokio::test]
async fn a_sender_that_closes_its_half_is_gone_to_hyper_unless_half_close_is_set() {
    for half_close in [false, true] {
        let handler = TestHandler::default();
        let server = serve(&handler, half_close).await;
        handler.gate().close();
        let mut sender = server.begin(post(cdr("1"))).await;
        handler.reach_runs(1).await;
        sender.finish().await;

        if half_close {
            // Time for the server to see it.
            sleep(Duration::from_millis(100)).await;
            handler.gate().open();
            let reply = sender.reply().await.expect("a reply");
            assert_eq!((reply.status, handler.dropped().get()), (204, 0));
            let again = server.ask(post(cdr("1"))).await;
            assert_eq!(again.outcome(), Some("replay"));

            handler.gate().close();
            let sender = server.begin(post(cdr("2"))).await;
            handler.reach_runs(2).await;
            drop(sender);
            sleep(Duration::from_millis(100)).await;
            handler.gate().open();
            handler.ended().reach(2).await;
            assert_eq!(handler.dropped().get(), 0, "closed in good order");
        } else {
            handler.dropped().reach(1).await;
            handler.gate().open();
            assert!(sender.reply().await.is_none());
            let again = server.ask(post(cdr("1"))).await;
            assert_eq!((again.status, again.outcome()), (204, None));
        }
    }
}

async fn serve(handler: &TestHandler, half_close: bool) -> Server {
    let layer = WebhookLayer::new(endpoint());
    let app = Router::new()
        .route("/hook", any(on_call).layer(layer))
        .with_state(handler.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let service = TowerToHyperService::new(app.clone());
            let mut http = http1::Builder::new();
            let connection = http
                .half_close(half_close)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async { drop(connection.await) });
        }
    });
    Server::new(address, serving)
}

async fn on_call(
    State(handler): State<TestHandler>,
    call: Webhook<Event>,
) -> axum::http::Response<String> {
    handler.handle(&call).await
}
