use axum::http::StatusCode;
use axum::response::Response;
use axum::{Router, routing::any};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{ConfigError, Endpoint, GuardedWebhook, Webhook, WebhookLayer};

fn endpoint(name: &str, token: &str) -> Result<Endpoint<Event>, ConfigError> {
    Endpoint::builder(Telecmi).name(name).query_token("token", token).build()
}

/// Each route has a layer of its own.
fn layered(sales: Endpoint<Event>, support: Endpoint<Event>) -> Router {
    Router::new()
        .route("/webhooks/sales", any(on_call).layer(WebhookLayer::new(sales)))
        .route("/webhooks/support", any(on_call).layer(WebhookLayer::new(support)))
}

async fn on_call(Webhook(call): Webhook<Event>) -> String {
    call.event().kind().to_owned()
}

/// Without layers: each route has a state of its own.
fn extracted(sales: Endpoint<Event>, support: Endpoint<Event>) -> Router {
    let sales = Router::new().route("/webhooks/sales", any(process)).with_state(sales);
    let support = Router::new().route("/webhooks/support", any(process)).with_state(support);
    sales.merge(support)
}

async fn process(call: GuardedWebhook<Event>) -> Result<Response, StatusCode> {
    call.process(async |delivery| Ok(delivery.event().kind().to_owned())).await
}
