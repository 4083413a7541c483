//! Handlers that panic under a layer that catches panics.

use axum::Router;
use callhook_tower::{ReplayStatus, WebhookLayer};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::support::{Codes, Planned, Server, TestHandler, builder, cdr, endpoint, hook, post};

#[tokio::test]
async fn a_detached_handlers_panic_reaches_a_layer_that_catches_it() {
    let handler = TestHandler::default();
    let layer = WebhookLayer::new(endpoint()).detached();
    let app = Router::new()
        .route("/hook", hook().layer(layer))
        .layer(CatchPanicLayer::new())
        .with_state(handler.clone());
    let server = Server::start(app).await;
    handler.plan([Planned::Panic, Planned::status(418)]);
    for status in [500, 418, 204] {
        assert_eq!(server.ask(post(cdr("1"))).await.status, status);
    }
}

#[tokio::test]
async fn a_handler_whose_panic_is_caught_releases_its_message() {
    let codes = Codes::default();
    let layer = |codes: &Codes| {
        let endpoint = builder().observer(codes.observer()).build();
        WebhookLayer::new(endpoint.expect("a valid configuration"))
    };
    let caught_inside = hook().layer(
        ServiceBuilder::new()
            .layer(layer(&codes))
            .layer(CatchPanicLayer::new()),
    );
    let caught_outside = hook().layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::new())
            .layer(layer(&codes)),
    );

    for (name, route, code) in [
        ("inside the layer", caught_inside, "failed"),
        ("outside the layer", caught_outside, "panicked"),
    ] {
        codes.forget();
        let handler = TestHandler::default();
        handler.plan([Planned::Panic]);
        let app = Router::new()
            .route("/hook", route)
            .with_state(handler.clone());
        let server = Server::start(app).await;

        assert_eq!(server.ask(post(cdr("1"))).await.status, 500, "{name}");
        assert_eq!(handler.dropped().get(), 1, "{name}");
        let again = server.ask(post(cdr("1"))).await;

        assert_eq!(again.status, 204, "{name}");
        assert_eq!(
            handler.replay_status(),
            [ReplayStatus::First, ReplayStatus::First],
            "{name}"
        );
        assert_eq!(codes.seen(), [code, "handled"], "{name}");
    }
}
