//! Logs of requests, without the token by the README's recipes, and with it by default.

mod actix;
mod nginx;
mod trace_layer;

use std::time::Duration;

use axum::Router;
use axum::routing::any;
use callhook_test_support::{Wire, cdr, cdr_query, request};
use callhook_tower::telecmi::Telecmi;
use callhook_tower::{Endpoint, Webhook, WebhookLayer};
use tokio::time::{Instant, sleep};

/// Two webhooks: with the token in the query, and in the path.
fn app(token: &str) -> Router {
    let layer = |builder: callhook_tower::EndpointBuilder<_>| {
        let endpoint = builder.build().expect("a valid configuration");
        WebhookLayer::new(endpoint)
    };
    let in_query = Endpoint::builder(Telecmi).query_token("token", token);
    let in_path = Endpoint::builder(Telecmi).path_token(token);
    Router::new()
        .route(IN_QUERY, any(on_call).layer(layer(in_query)))
        .route(IN_PATH, any(on_call).layer(layer(in_path)))
}

async fn on_call(_: Webhook<callhook_tower::telecmi::Event>) {}

const IN_QUERY: &str = "/webhooks/telecmi";
const IN_PATH: &str = "/webhooks/telecmi/{token}";

/// A request with a token in its URL.
struct Sent {
    method: &'static str,
    target: String,
    body: String,
    status: u16,
}

/// Handled, refused and lost ones.
fn requests(token: &str) -> Vec<Sent> {
    let query = cdr_query("2");
    [
        (
            "POST",
            format!("/webhooks/telecmi?token={token}"),
            cdr("1"),
            200,
        ),
        (
            "GET",
            format!("/webhooks/telecmi?token={token}&{query}"),
            String::new(),
            200,
        ),
        ("POST", format!("/webhooks/telecmi/{token}"), cdr("3"), 200),
        (
            "POST",
            format!("/webhooks/telecmi?token={token}"),
            "neither".to_owned(),
            400,
        ),
        (
            "POST",
            format!("/webhooks/telecmi?token={token}&token={token}"),
            cdr("4"),
            401,
        ),
        ("PUT", format!("/webhooks/telecmi/{token}"), cdr("5"), 405),
        (
            "POST",
            format!("/webhook/telecmi?token={token}"),
            cdr("6"),
            404,
        ),
        (
            "POST",
            format!("/webhooks/telecmi/{token}/7"),
            cdr("7"),
            404,
        ),
    ]
    .map(|(method, target, body, status)| Sent {
        method,
        target,
        body,
        status,
    })
    .into()
}

async fn send_all(address: std::net::SocketAddr, token: &str) {
    for sent in requests(token) {
        let Sent {
            method,
            target,
            body,
            status,
        } = sent;
        let mut wire = Wire::connect(address).await;
        wire.send(request(method, &target, &[], body.as_bytes()))
            .await;
        let reply = wire.reply().await.expect("a reply");
        assert_eq!(reply.status, status, "{method} {target}");
    }
}

/// Whether all of these are in the log before much time has passed: a request is logged when its answer was sent.
async fn has(log: impl Fn() -> String, lines: &[String]) -> String {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let text = log();
        let missing = lines.iter().find(|line| !text.contains(*line));
        let Some(missing) = missing else { return text };
        assert!(Instant::now() < end, "{missing:?} is not in {text}");
        sleep(Duration::from_millis(5)).await;
    }
}
