use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{Request, StatusCode};
use axum::{Router, routing::any};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{ConfigError, Endpoint, Webhook, WebhookLayer, testing};
use tower::ServiceExt;

fn app(token: &str) -> Result<Router, ConfigError> {
    let endpoint = Endpoint::builder(Telecmi).allow(["192.0.2.0/24"]).query_token("token", token).build()?;
    Ok(Router::new().route("/webhooks/telecmi", any(on_call).layer(WebhookLayer::new(endpoint))))
}

async fn on_call(Webhook(call): Webhook<Event>) -> String {
    call.event().kind().to_owned()
}

#[tokio::test]
async fn messages_are_taken_from_the_addresses_on_the_list_alone() {
    let app = app("a-token-for-tests").expect("a valid configuration");
    let cdr = testing::telecmi::cdr_inbound_answered().with("answeredsec", 42);
    for (ip, status) in [([198, 51, 100, 7], StatusCode::FORBIDDEN), ([192, 0, 2, 7], StatusCode::OK)] {
        // Without a peer's address, an endpoint with an allowlist refuses.
        let app = app.clone().layer(MockConnectInfo(SocketAddr::from((ip, 4711))));
        let post = Request::post("/webhooks/telecmi?token=a-token-for-tests").body(Body::from(cdr.json()));
        let answer = app.oneshot(post.expect("a request")).await.expect("an answer");
        assert_eq!(answer.status(), status, "{ip:?}");
    }
}
