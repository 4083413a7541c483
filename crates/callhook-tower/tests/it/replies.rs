//! Handlers that return the replies to waiting requests by value.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::any;
use callhook_tower::callhook::EndpointBuilder;
use callhook_tower::piopiy::{self, Piopiy, pcmo, pipeline};
use callhook_tower::telecmi::{self, flow};
use callhook_tower::{
    Endpoint, GuardedWebhook, InvalidReply, OptionalReply, Webhook, WebhookLayer,
};
use serde_json::{Value, json};

use crate::support::{
    Codes, Logs, TOKEN, call, endpoint, flow as flow_request, outcome, post_request, text,
};

/// The status, the content type and the JSON of the answer to a POST.
async fn ask(app: &Router, body: &str) -> (StatusCode, Option<String>, Value) {
    let response = call(app, post_request(body.to_owned())).await;
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.map(|value| value.to_str().expect("text").to_owned());
    let status = response.status();
    let body = text(response).await;
    (
        status,
        content_type,
        serde_json::from_str(&body).unwrap_or_default(),
    )
}

fn is_json(status: StatusCode, value: Value) -> (StatusCode, Option<String>, Value) {
    (status, Some("application/json".to_owned()), value)
}

#[tokio::test]
async fn a_handler_returns_its_reply_by_value() {
    async fn route(_: Webhook<telecmi::Event>) -> flow::Reply {
        flow::Reply::ivr("welcome@1111112")
    }
    async fn build(_: Webhook<telecmi::Event>) -> Result<flow::Reply, InvalidReply> {
        flow::Reply::ring([("101_1111112", "919000000001")]).build()
    }
    async fn process(
        call: GuardedWebhook<telecmi::Event>,
    ) -> Result<impl IntoResponse, InvalidReply> {
        let reply =
            call.process(async |_| flow::Reply::ring([("101_1111112", "919000000001")]).build());
        reply.await
    }
    let ivr = json!({"action": "ivr", "name": "welcome@1111112"});
    let ring =
        json!({"code": 200, "result": [{"agent_id": "101_1111112", "phone": "919000000001"}]});
    let layer = || WebhookLayer::new(endpoint());
    for (app, expected) in [
        (Router::new().route("/hook", any(route).layer(layer())), ivr),
        (
            Router::new().route("/hook", any(build).layer(layer())),
            ring.clone(),
        ),
        (
            Router::new()
                .route("/hook", any(process))
                .with_state(endpoint()),
            ring,
        ),
    ] {
        let answer = ask(&app, &flow_request("1")).await;
        assert_eq!(answer, is_json(StatusCode::OK, expected));
    }
    let pipeline = pipeline::Reply::builder()
        .hangup()
        .build()
        .expect("a reply");
    let response = pipeline.into_response();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(text(response).await, r#"[{"action":"hangup"}]"#);
}

fn piopiy() -> EndpointBuilder<piopiy::Event> {
    Endpoint::builder(Piopiy).query_token("token", TOKEN)
}

#[tokio::test]
async fn one_handler_answers_notifications_and_requests_that_wait() {
    async fn on_call(
        call: Webhook<piopiy::Event>,
    ) -> Result<OptionalReply<pcmo::Reply>, InvalidReply> {
        OptionalReply::try_to(call.event(), |event| match event {
            piopiy::Event::Dtmf(_) => pcmo::Reply::builder().hangup().build(),
            _ => pcmo::Reply::builder().speak("Welcome").build(),
        })
    }
    let layer = WebhookLayer::new(piopiy().build().expect("a valid configuration"));
    let app = Router::new().route("/hook", any(on_call).layer(layer));

    let answer = r#"{"cmiuuid":"a","from":919000000001,"to":911203000000,"appid":1}"#;
    let speak = json!([{"action": "speak", "text": "Welcome"}]);
    assert_eq!(ask(&app, answer).await, is_json(StatusCode::OK, speak));
    let dtmf = r#"{"cmuuid":"a","dtmf":"1","from":919000000001}"#;
    let hangup = json!([{"action": "hangup"}]);
    assert_eq!(ask(&app, dtmf).await, is_json(StatusCode::OK, hangup));
    let cdr = r#"{"type":"cdr","cmiuuid":"a","status":"answered"}"#;
    let (status, content_type, _) = ask(&app, cdr).await;
    assert_eq!((status, content_type), (StatusCode::NO_CONTENT, None));
}

#[tokio::test]
async fn an_invalid_reply_is_answered_500_and_replaced_by_the_fallback() {
    const NUMBER: &str = "not a number 1234";
    async fn on_call(_: Webhook<piopiy::Event>) -> Result<pcmo::Reply, InvalidReply> {
        pcmo::Reply::builder()
            .bridge("911203000000", [NUMBER])
            .build()
    }
    let logs = Logs::keep();
    let codes = Codes::default();
    let sorry = pcmo::Reply::builder()
        .speak("Sorry")
        .hangup()
        .build()
        .expect("a reply");
    let answer = r#"{"cmiuuid":"a","from":919000000001,"to":911203000000,"appid":1}"#;
    for (endpoint, status, told) in [
        (piopiy(), StatusCode::INTERNAL_SERVER_ERROR, None),
        (piopiy().fallback(sorry), StatusCode::OK, Some("fallback")),
    ] {
        let endpoint = endpoint.observer(codes.observer()).build();
        let layer = WebhookLayer::new(endpoint.expect("a valid configuration"));
        let app = Router::new().route("/hook", any(on_call).layer(layer));
        let response = call(&app, post_request(answer)).await;
        assert_eq!((response.status(), outcome(&response)), (status, told));
    }
    assert_eq!(codes.seen(), ["failed", "fallback"]);
    let log = logs.text();
    assert!(
        log.contains("[0].connect[0].number is another text"),
        "{log}"
    );
    assert!(!log.contains("1234"), "{log}");
}
