//! The layer and the extractor on axum's `Router`.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{OriginalUri, RawQuery, Request};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, post};
use callhook_tower::telecmi::Event;
use callhook_tower::{Delivery, ReplayStatus, Webhook, WebhookLayer};
use http_body_util::channel::Channel;
use tower::{ServiceBuilder, ServiceExt};

use crate::support::{
    self, Logs, Server, TOKEN, TestHandler, call, cdr, cdr_query, endpoint, get_request, hook,
    outcome, post_request, rejection, router, text, within,
};

#[tokio::test]
async fn the_quick_start_hands_the_typed_event_to_the_handler() {
    async fn on_call(call: Webhook<Event>) -> String {
        match call.event() {
            Event::Cdr(cdr) => format!("{} {}", cdr.cmiuuid, cdr.status),
            other => panic!("{other:?}"),
        }
    }
    let app = Router::new().route("/hook", any(on_call).layer(WebhookLayer::new(endpoint())));

    let posted = call(&app, post_request(cdr("1"))).await;
    assert_eq!(posted.status(), StatusCode::OK);
    assert_eq!(text(posted).await, "1 answered");
    let got = call(&app, get_request(&cdr_query("2"))).await;
    assert_eq!(got.status(), StatusCode::OK);
    assert_eq!(text(got).await, "2 answered");
}

#[tokio::test]
async fn middleware_inside_the_layer_sees_the_delivery_and_the_body() {
    let message = cdr("1");
    let handler = TestHandler::default();
    let method_router = Router::new()
        .route(
            "/hook",
            hook()
                .layer::<_, Infallible>(from_fn(read_along))
                .layer(WebhookLayer::new(endpoint())),
        )
        .with_state(handler.clone());
    let service_builder = Router::new()
        .route(
            "/hook",
            hook().layer(
                ServiceBuilder::new()
                    .layer(WebhookLayer::new(endpoint()))
                    .layer(from_fn(read_along)),
            ),
        )
        .with_state(handler.clone());
    let whole_router = Router::new()
        .route("/hook", hook())
        .layer(from_fn(read_along))
        .layer(WebhookLayer::new(endpoint()))
        .with_state(handler.clone());

    for (runs, app) in [(1, method_router), (2, service_builder), (3, whole_router)] {
        let response = call(&app, post_request(message.clone())).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["x-read-along"], &*message);
        assert_eq!(handler.runs(), runs);

        let copy = call(&app, post_request(message.clone())).await;
        assert_eq!(outcome(&copy), Some("replay"));
        assert_eq!(
            copy.headers().get("x-read-along"),
            None,
            "nothing inside runs for a replay"
        );
    }
}

#[tokio::test]
async fn a_plain_tower_stack_takes_axum_middleware_inside_the_layer() {
    let handler = tower::service_fn(|request: Request| async move {
        let delivery: &Delivery<Event> = request.extensions().get().expect("a delivery");
        Ok::<_, Infallible>(delivery.replay_status().as_str().into_response())
    });
    let service = ServiceBuilder::new()
        .layer(WebhookLayer::new(endpoint()))
        .layer(from_fn(read_along))
        .service(handler);

    let response = within("an answer", service.oneshot(post_request(cdr("1")))).await;

    let response = response.unwrap_or_else(|never| match never {});
    assert_eq!(response.headers()["x-read-along"], &*cdr("1"));
    assert_eq!(text(response.map(Body::new)).await, "first");
}

#[tokio::test]
async fn a_handler_reads_the_body_beside_the_event_to_the_byte() {
    async fn on_call(call: Webhook<Event>, body: Bytes) -> Vec<u8> {
        assert_eq!(call.raw(), &body);
        body.into()
    }
    let app = Router::new().route("/hook", post(on_call).layer(WebhookLayer::new(endpoint())));
    let in_one = format!("\u{feff} \n{}\r\n\t ", cdr("1"));
    let in_many = format!("  {} ", cdr("2"));
    let (mut sender, channel) = Channel::<Bytes>::new(64);
    for chunk in in_many.as_bytes().chunks(10) {
        sender
            .send_data(Bytes::copy_from_slice(chunk))
            .await
            .expect("sent");
    }
    drop(sender);

    for (body, sent) in [
        (Body::from(in_one.clone()), in_one),
        (Body::new(channel), in_many),
    ] {
        let response = call(&app, post_request(body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response).await, sent);
    }
}

/// As the README warns: `any(..)` is what an endpoint that accepts GET needs.
#[tokio::test]
async fn behind_a_route_for_post_a_gets_message_is_answered_405_by_axum_and_left_open() {
    async fn on_call(Webhook(_): Webhook<Event>) {}
    let endpoint = endpoint();
    let route = |method: MethodRouter| {
        let layer = WebhookLayer::new(endpoint.clone());
        Router::new().route("/hook", method.layer(layer))
    };
    let got = call(&route(post(on_call)), get_request(&cdr_query("1"))).await;
    assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(rejection(&got), None);
    let again = call(&route(any(on_call)), get_request(&cdr_query("1"))).await;
    assert_eq!((again.status(), outcome(&again)), (StatusCode::OK, None));
}

#[tokio::test]
async fn a_handler_can_take_the_event_by_value() {
    async fn on_call(method: Method, call: Webhook<Event>) -> Result<String, StatusCode> {
        let event = call.into_delivery().into_event();
        let event = event.map_err(|_| StatusCode::CONFLICT)?;
        Ok(format!("{method} {}", event.kind()))
    }
    async fn with_body(call: Webhook<Event>, _: Bytes) -> Result<String, StatusCode> {
        on_call(Method::POST, call).await
    }
    for handler in [any(on_call), any(with_body)] {
        let app = Router::new().route("/hook", handler.layer(WebhookLayer::new(endpoint())));
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status(), StatusCode::OK, "no other clone exists");
        assert_eq!(text(response).await, "POST cdr");
    }
}

#[tokio::test]
async fn a_get_whose_message_is_in_its_query_passes_no_body_inwards() {
    async fn on_call(_: Webhook<Event>, headers: HeaderMap, body: Bytes) -> String {
        let named = [
            header::CONTENT_LENGTH,
            header::CONTENT_TYPE,
            header::TRANSFER_ENCODING,
        ];
        let left = named.iter().filter(|name| headers.contains_key(*name));
        format!("{} bytes, {} headers", body.len(), left.count())
    }
    let app = Router::new().route("/hook", any(on_call).layer(WebhookLayer::new(endpoint())));
    let mut request = get_request(&cdr_query("1"));
    *request.body_mut() = Body::from("{}");
    for (name, value) in [
        (header::CONTENT_LENGTH, "2"),
        (header::CONTENT_TYPE, "application/json"),
    ] {
        let value = value.parse().expect("a value");
        request.headers_mut().insert(name, value);
    }

    let response = call(&app, request).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "0 bytes, 0 headers");
}

#[tokio::test]
async fn the_token_is_taken_out_of_every_place_a_handler_reads_the_url_from() {
    async fn on_call(
        _: Webhook<Event>,
        uri: Uri,
        RawQuery(query): RawQuery,
        OriginalUri(original): OriginalUri,
    ) -> String {
        format!("{uri} | {} | {original}", query.unwrap_or_default())
    }
    let layered = || any(on_call).layer(WebhookLayer::new(endpoint()));
    let route = || Router::new().route("/hook", layered());
    let guarded = || {
        Router::new()
            .route("/hook", any(on_call))
            .layer(WebhookLayer::new(endpoint()))
    };
    let other = "a=%20b&c=+1&%41=&e==&f";
    let token = format!("token={TOKEN}");
    let encoded = format!("%74oken={}", TOKEN.replace('-', "%2D"));

    for (name, path, inner, app) in [
        ("on the route", "/hook", "/hook", route()),
        (
            "on the route of a nested router",
            "/api/hook",
            "/hook",
            Router::new().nest("/api", route()),
        ),
        (
            "on the route of a nested service",
            "/api/hook",
            "/hook",
            Router::new().nest_service("/api", route()),
        ),
        (
            "nested twice",
            "/api/v1/hook",
            "/hook",
            Router::new().nest("/api", Router::new().nest("/v1", route())),
        ),
        ("on the router", "/hook", "/hook", guarded()),
        (
            "on a nested router",
            "/api/hook",
            "/hook",
            Router::new().nest("/api", guarded()),
        ),
        (
            "around a nesting router",
            "/api/hook",
            "/hook",
            Router::new()
                .nest("/api", Router::new().route("/hook", any(on_call)))
                .layer(WebhookLayer::new(endpoint())),
        ),
    ] {
        for (leg, (sent, left)) in [
            (token.clone(), String::new()),
            (format!("{token}&{other}"), other.to_owned()),
            (format!("{other}&{token}"), other.to_owned()),
            (format!("x=1&{encoded}&{other}"), format!("x=1&{other}")),
            (format!("{encoded}&tokens=1"), "tokens=1".to_owned()),
        ]
        .into_iter()
        .enumerate()
        {
            let request = Request::post(format!("{path}?{sent}"));
            let body = Body::from(cdr(&format!("leg-{leg}")));
            let response = call(&app, request.body(body).expect("a request")).await;

            assert_eq!(response.status(), StatusCode::OK, "{name}: {sent}");
            let mark = if left.is_empty() { "" } else { "?" };
            assert_eq!(
                text(response).await,
                format!("{inner}{mark}{left} | {left} | {path}{mark}{left}"),
                "{name}: {sent}"
            );
        }
    }
}

#[tokio::test]
async fn the_token_is_taken_out_of_a_url_in_absolute_form_too() {
    async fn on_call(_: Webhook<Event>, uri: Uri, OriginalUri(original): OriginalUri) -> String {
        format!("{uri} | {original}")
    }
    let app = Router::new().route("/hook", any(on_call).layer(WebhookLayer::new(endpoint())));
    let request = Request::post(format!("http://example.com:81/hook?a=1&token={TOKEN}"));
    let request = request.body(Body::from(cdr("1"))).expect("a request");

    let response = call(&app, request).await;

    assert_eq!(response.status(), StatusCode::OK);
    let left = "http://example.com:81/hook?a=1";
    assert_eq!(text(response).await, format!("{left} | {left}"));
}

#[tokio::test]
async fn a_url_of_which_nothing_is_taken_out_stays_to_the_byte() {
    async fn on_call(_: Webhook<Event>, OriginalUri(uri): OriginalUri) -> String {
        uri.to_string()
    }
    let endpoint = support::bare_builder()
        .header_token("x-token", TOKEN)
        .build()
        .expect("a valid configuration");
    let app = Router::new().route("/hook", any(on_call).layer(WebhookLayer::new(endpoint)));
    let url = format!("/hook?token={TOKEN}&&a=%20b&");
    let request = Request::post(&*url).header("x-token", TOKEN);

    let response = call(&app, request.body(Body::from(cdr("1"))).expect("a request")).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, url);
}

#[tokio::test]
async fn the_message_of_a_get_has_no_token_in_it() {
    let handler = TestHandler::default();
    let app = router(endpoint(), &handler);

    let response = call(&app, get_request(&cdr_query("1"))).await;

    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let delivery = handler.last();
    assert_eq!(delivery.raw(), &cdr_query("1"));
    assert!(!format!("{delivery:?}").contains(TOKEN));
    assert!(!format!("{:?}", delivery.event()).contains(TOKEN));
}

#[tokio::test]
async fn without_the_layer_the_extractor_answers_500_and_logs_the_fix() {
    let logs = Logs::keep();
    let handler = TestHandler::default();
    let app = Router::new()
        .route("/hook", hook())
        .with_state(handler.clone());

    let response = call(&app, post_request(cdr("1"))).await;

    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(text(response).await, "");
    assert_eq!(handler.runs(), 0);
    let log = logs.text();
    assert!(log.contains("ERROR"), "{log}");
    assert!(log.contains("telecmi::Event"), "{log}");
    assert!(log.contains(".layer(WebhookLayer::new(endpoint))"), "{log}");
}

#[tokio::test]
async fn under_a_layer_for_another_event_the_extractor_answers_500_and_the_message_stays_open() {
    #[derive(Debug)]
    struct Other;
    async fn on_other(_: Webhook<Other>) {}
    let logs = Logs::keep();
    let endpoint = endpoint();
    let app = Router::new().route(
        "/hook",
        any(on_other).layer(WebhookLayer::new(endpoint.clone())),
    );

    let response = call(&app, post_request(cdr("1"))).await;

    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let log = logs.text();
    assert!(log.contains("Other"), "{log}");
    assert!(log.contains(".layer(WebhookLayer::new(endpoint))"), "{log}");
    let handler = TestHandler::default();
    let fixed = call(&router(endpoint, &handler), post_request(cdr("1"))).await;
    assert_eq!(fixed.status(), StatusCode::NO_CONTENT);
    assert_eq!(handler.replay_status(), [ReplayStatus::First]);
}

#[tokio::test]
async fn an_optional_message_is_none_only_where_no_layer_is() {
    #[derive(Debug)]
    struct Other;
    async fn kind(call: Option<Webhook<Event>>) -> &'static str {
        call.map_or("none", |call| call.event().kind())
    }
    async fn other(_: Option<Webhook<Other>>) {}
    let layer = WebhookLayer::new(endpoint());
    let app = Router::new()
        .route("/guarded", any(kind).layer(layer.clone()))
        .route("/other", any(other).layer(layer))
        .route("/open", any(kind));
    let post = |path: &str, body: String| {
        let request = Request::post(format!("{path}?token={TOKEN}"));
        request.body(Body::from(body)).expect("a request")
    };

    assert_eq!(
        text(call(&app, post("/open", cdr("1"))).await).await,
        "none"
    );
    assert_eq!(
        text(call(&app, post("/guarded", cdr("1"))).await).await,
        "cdr"
    );
    let live = r#"{"type":"event","cmiuuid":"2","status":"started"}"#;
    let response = call(&app, post("/other", live.to_owned())).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn the_handler_knows_who_sent_the_message() {
    let handler = TestHandler::default();
    let server = Server::start(router(endpoint(), &handler)).await;
    let before = std::time::SystemTime::now();

    let reply = server.ask(support::post(cdr("1"))).await;

    assert_eq!(reply.status, 204);
    let delivery = handler.last();
    assert_eq!(delivery.client_addr(), Some(IpAddr::from([127, 0, 0, 1])));
    assert!(delivery.secret_names().eq(["#1"]));
    assert!(delivery.received_at() >= before);
    assert!(delivery.received_at() <= std::time::SystemTime::now());
}

#[tokio::test]
async fn a_layer_on_one_route_leaves_the_other_routes_alone() {
    let handler = TestHandler::default();
    let app = router(endpoint(), &handler).route("/health", any(|| async { "well" }));
    let request = Request::get("/health").body(Body::empty());

    let response = call(&app, request.expect("a request")).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "well");
}

/// Reads what the handler is going to read, and says so in a header.
async fn read_along(request: Request, next: Next) -> Response {
    assert!(request.extensions().get::<Delivery<Event>>().is_some());
    let (parts, body) = request.into_parts();
    let read = to_bytes(body, usize::MAX).await.expect("a body");
    let mut response = next
        .run(Request::from_parts(parts, Body::from(read.clone())))
        .await;
    let read = header::HeaderValue::from_maybe_shared(read).expect("ASCII");
    response.headers_mut().insert("x-read-along", read);
    response
}
