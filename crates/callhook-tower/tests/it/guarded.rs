//! The extractor that works without a layer, with handlers of axum's kinds.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::any;
use callhook_tower::GuardedWebhook;
use callhook_tower::callhook::HandlerOutcome;
use callhook_tower::telecmi::Event;

use crate::support::{call, cdr, endpoint, outcome, post_request};

#[tokio::test]
async fn an_error_releases_the_message_whatever_status_it_makes() {
    async fn fails(message: GuardedWebhook<Event>) -> Result<Response, StatusCode> {
        let failed = async |_| Err::<(), _>(StatusCode::OK);
        message.process(failed).await
    }
    let app = Router::new()
        .route("/hook", any(fails))
        .with_state(endpoint());
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(outcome(&response), None);
    }
}

#[tokio::test]
async fn a_message_can_be_settled_by_hand() {
    async fn by_hand(message: GuardedWebhook<Event>) -> StatusCode {
        let (delivery, claimed) = message.into_inner().into_parts();
        let handled = match delivery.event().kind() {
            "cdr" => HandlerOutcome::Status(200),
            _ => HandlerOutcome::Error,
        };
        claimed.settle(handled).await;
        StatusCode::NO_CONTENT
    }
    let app = Router::new()
        .route("/hook", any(by_hand))
        .with_state(endpoint());
    let live = r#"{"type":"event","cmiuuid":"1","status":"started"}"#;
    for (body, status) in [
        (cdr("1"), 204),
        (cdr("1"), 200),
        (live.into(), 204),
        (live.into(), 204),
    ] {
        assert_eq!(call(&app, post_request(body)).await.status(), status);
    }
}
