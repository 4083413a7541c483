//! Handlers that return the replies to waiting requests by value.

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder};
use callhook_actix::piopiy::{self, Piopiy, pcmo, pipeline};
use callhook_actix::telecmi::{self, flow};
use callhook_actix::{
    Endpoint, EndpointBuilder, GuardedWebhook, InvalidReply, OptionalReply, Webhook,
    WebhookMiddleware,
};
use serde_json::{Value, json};

use crate::support::{
    Codes, Logs, Server, TOKEN, call, endpoint, flow as flow_request, header, post, post_request,
    read,
};

/// A handler behind the middleware, or one that is given the endpoint.
fn hook<E, F, Args>(
    endpoint: Endpoint<E>,
    is_wrapped: bool,
    handler: F,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static
where
    E: Send + Sync + 'static,
    F: Handler<Args> + Send,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    move |app| {
        let resource = web::resource("/hook").app_data(endpoint.clone());
        let resource = resource.to(handler.clone());
        match is_wrapped {
            true => app.service(resource.wrap(WebhookMiddleware::new(endpoint.clone()))),
            false => app.service(resource),
        };
    }
}

/// The status, the content type and the JSON of the answer to a POST.
async fn ask(app: &impl Fn(&mut ServiceConfig), body: &str) -> (StatusCode, Option<String>, Value) {
    let response = call(app, post_request(body.to_owned())).await;
    let content_type = header(&response, "content-type").map(str::to_owned);
    let status = response.status();
    let body = read(response).await;
    (
        status,
        content_type,
        serde_json::from_str(&body).unwrap_or_default(),
    )
}

fn is_json(status: StatusCode, value: Value) -> (StatusCode, Option<String>, Value) {
    (status, Some("application/json".to_owned()), value)
}

#[actix_web::test]
async fn a_handler_returns_its_reply_by_value() {
    async fn route(_: Webhook<telecmi::Event>) -> flow::Reply {
        flow::Reply::ivr("welcome@1111112")
    }
    async fn build(_: Webhook<telecmi::Event>) -> Result<flow::Reply, InvalidReply> {
        flow::Reply::ring([("101_1111112", "919000000001")]).build()
    }
    async fn process(call: GuardedWebhook<telecmi::Event>) -> Result<impl Responder, InvalidReply> {
        let reply =
            call.process(async |_| flow::Reply::ring([("101_1111112", "919000000001")]).build());
        reply.await
    }
    async fn hang_up(_: Webhook<telecmi::Event>) -> Result<pipeline::Reply, InvalidReply> {
        pipeline::Reply::builder().hangup().build()
    }
    let ivr = json!({"action": "ivr", "name": "welcome@1111112"});
    let ring =
        json!({"code": 200, "result": [{"agent_id": "101_1111112", "phone": "919000000001"}]});
    let hangup = json!([{"action": "hangup"}]);
    for (app, expected) in [
        (
            &hook(endpoint(), true, route) as &dyn Fn(&mut ServiceConfig),
            ivr,
        ),
        (&hook(endpoint(), true, build), ring.clone()),
        (&hook(endpoint(), false, process), ring),
        (&hook(endpoint(), true, hang_up), hangup),
    ] {
        assert_eq!(
            ask(&app, &flow_request("1")).await,
            is_json(StatusCode::OK, expected)
        );
    }
}

fn piopiy() -> EndpointBuilder<piopiy::Event> {
    Endpoint::builder(Piopiy).query_token("token", TOKEN)
}

#[actix_web::test]
async fn one_handler_answers_notifications_and_requests_that_wait() {
    async fn on_call(
        call: Webhook<piopiy::Event>,
    ) -> Result<OptionalReply<pcmo::Reply>, InvalidReply> {
        OptionalReply::try_to(call.event(), |event| match event {
            piopiy::Event::Dtmf(_) => pcmo::Reply::builder().hangup().build(),
            _ => pcmo::Reply::builder().speak("Welcome").build(),
        })
    }
    let app = hook(
        piopiy().build().expect("a valid configuration"),
        true,
        on_call,
    );

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

#[actix_web::test]
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
    // Over a socket: without one, actix gives a test the error that it would make a response of.
    for (endpoint, status, told) in [
        (piopiy(), 500, None),
        (piopiy().fallback(sorry), 200, Some("fallback")),
    ] {
        let endpoint = endpoint.observer(codes.observer()).build();
        let app = hook(endpoint.expect("a valid configuration"), true, on_call);
        let reply = Server::start(app).ask(post(answer)).await;
        assert_eq!((reply.status, reply.outcome()), (status, told));
    }
    assert_eq!(codes.seen(), ["failed", "fallback"]);
    let log = logs.text();
    assert!(
        log.contains("[0].connect[0].number is another text"),
        "{log}"
    );
    assert!(!log.contains("1234"), "{log}");
}
