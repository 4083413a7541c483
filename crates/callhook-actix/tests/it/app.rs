//! What a handler can take.

use std::net::IpAddr;

use actix_web::error::ErrorConflict;
use actix_web::http::header;
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, Json, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder};
use callhook_actix::telecmi::Event;
use callhook_actix::{ReplayStatus, Webhook, WebhookMiddleware};
use serde_json::Value;

use crate::support::{
    Logs, Server, TOKEN, TestHandler, answer, app, bare_builder, call, cdr, cdr_query, chunk,
    endpoint, get_request, outcome, post, post_request, read,
};

/// A handler behind the middleware.
fn hook<F, Args>(handler: F) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static
where
    F: Handler<Args> + Send,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let middleware = WebhookMiddleware::new(endpoint());
    move |app| {
        app.service(
            web::resource("/hook")
                .wrap(middleware.clone())
                .to(handler.clone()),
        );
    }
}

#[actix_web::test]
async fn the_quick_start_hands_the_typed_event_to_the_handler() {
    async fn on_call(call: Webhook<Event>) -> String {
        match call.event() {
            Event::Cdr(cdr) => format!("{} {}", cdr.cmiuuid, cdr.status),
            other => panic!("{other:?}"),
        }
    }
    let app = hook(on_call);
    let posted = call(&app, post_request(cdr("1"))).await;
    assert_eq!(read(posted).await, "1 answered");
    let got = call(&app, get_request(&cdr_query("2"))).await;
    assert_eq!(read(got).await, "2 answered");
}

#[actix_web::test]
async fn a_handler_takes_the_event_beside_the_body_in_any_order() {
    fn show(call: &Webhook<Event>, body: &[u8], request: &HttpRequest) -> String {
        assert_eq!(call.raw(), body);
        format!("{} {} {}", request.path(), call.event().kind(), body.len())
    }
    async fn event_first(call: Webhook<Event>, body: Bytes, request: HttpRequest) -> String {
        show(&call, &body, &request)
    }
    async fn event_last(request: HttpRequest, body: Bytes, call: Webhook<Event>) -> String {
        show(&call, &body, &request)
    }
    async fn as_text(body: String, request: HttpRequest, call: Webhook<Event>) -> String {
        show(&call, body.as_bytes(), &request)
    }
    async fn as_json(json: Json<Value>, call: Webhook<Event>, request: HttpRequest) -> String {
        assert_eq!(json["cmiuuid"], "1");
        show(&call, &call.raw().clone(), &request)
    }
    async fn as_payload(request: HttpRequest, call: Webhook<Event>, body: web::Payload) -> String {
        let body = body.to_bytes_limited(1024).await;
        let body = body.expect("within the limit").expect("the whole body");
        show(&call, &body, &request)
    }
    let message = cdr("1");
    let expected = format!("/hook cdr {}", message.len());
    let message = || post_request(message.clone());
    assert_eq!(
        read(call(&hook(event_first), message()).await).await,
        expected
    );
    assert_eq!(
        read(call(&hook(event_last), message()).await).await,
        expected
    );
    assert_eq!(read(call(&hook(as_text), message()).await).await, expected);
    assert_eq!(read(call(&hook(as_json), message()).await).await, expected);
    assert_eq!(
        read(call(&hook(as_payload), message()).await).await,
        expected
    );
}

#[actix_web::test]
async fn a_handler_reads_the_body_to_the_byte_in_however_many_pieces_it_came() {
    async fn on_call(call: Webhook<Event>, body: Bytes) -> Bytes {
        assert_eq!(call.raw(), &body);
        body
    }
    let server = Server::start(hook(on_call));
    let in_one = format!("\u{feff} \n{}\r\n\t ", cdr("1"));
    assert_eq!(server.ask(post(&in_one)).await.body, in_one.as_bytes());

    let in_many = format!("  {} ", cdr("2"));
    let head = format!(
        "POST /hook?token={TOKEN} HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut sender = server.connect().await;
    sender.send(head).await;
    for piece in in_many.as_bytes().chunks(10) {
        sender.send(chunk(piece)).await;
    }
    sender.send("0\r\n\r\n").await;
    let reply = sender.reply().await.expect("a reply");
    assert_eq!(reply.body, in_many.as_bytes());
}

#[actix_web::test]
async fn a_get_whose_message_is_in_its_query_passes_no_body_inwards() {
    async fn on_call(_: Webhook<Event>, request: HttpRequest, body: Bytes) -> String {
        let named = [
            header::CONTENT_LENGTH,
            header::CONTENT_TYPE,
            header::TRANSFER_ENCODING,
        ];
        let left = named
            .iter()
            .filter(|name| request.headers().contains_key(*name));
        format!("{} bytes, {} headers", body.len(), left.count())
    }
    let server = Server::start(hook(on_call));
    for (leg, body) in [
        "content-length: 2\r\n\r\n{}",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        let query = cdr_query(&leg.to_string());
        let reply = server
            .ask(format!(
                "GET /hook?token={TOKEN}&{query} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n{body}"
            ))
            .await;
        assert_eq!(reply.body, b"0 bytes, 0 headers");
    }
}

#[actix_web::test]
async fn the_handler_knows_who_sent_the_message() {
    let handler = TestHandler::default();
    let server = Server::start(app(endpoint(), &handler));
    let before = std::time::SystemTime::now();

    assert_eq!(server.ask(post(cdr("1"))).await.status, 204);

    let delivery = handler.last();
    assert_eq!(delivery.client_addr(), Some(IpAddr::from([127, 0, 0, 1])));
    assert!(delivery.secret_names().eq(["#1"]));
    assert!(delivery.received_at() >= before);
    assert!(delivery.received_at() <= std::time::SystemTime::now());
}

#[actix_web::test]
async fn a_delivery_can_be_taken_to_another_thread_and_the_request_keeps_one() {
    async fn on_call(call: Webhook<Event>) -> actix_web::Result<String> {
        let call = web::block(move || {
            assert_eq!(call.event().kind(), "cdr");
            call
        })
        .await?;
        let event = call.into_delivery().into_event();
        Ok(event.is_err().to_string())
    }
    let response = call(&hook(on_call), post_request(cdr("1"))).await;
    assert_eq!(read(response).await, "true");
}

#[actix_web::test]
async fn without_the_middleware_the_extractor_answers_500_and_logs_the_fix() {
    let logs = Logs::keep();
    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let bare = |app: &mut ServiceConfig| {
        app.app_data(data.clone())
            .service(web::resource("/hook").to(answer));
    };

    let response = call(&bare, post_request(cdr("1"))).await;

    assert_eq!(response.status(), 500);
    assert_eq!(read(response).await, "");
    assert_eq!(handler.runs(), 0);
    let log = logs.text();
    assert!(log.contains("ERROR"), "{log}");
    assert!(log.contains("telecmi::Event"), "{log}");
    assert!(log.contains(".wrap(WebhookMiddleware::new("), "{log}");
}

#[actix_web::test]
async fn behind_a_middleware_for_another_event_the_extractor_answers_500_and_the_message_stays_open()
 {
    struct Other;
    async fn on_other(_: Webhook<Other>) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let logs = Logs::keep();
    let endpoint = endpoint();
    let middleware = WebhookMiddleware::new(endpoint.clone());
    let other = |app: &mut ServiceConfig| {
        let resource = web::resource("/hook").wrap(middleware.clone());
        app.service(resource.to(on_other));
    };

    let response = call(&other, post_request(cdr("1"))).await;

    assert_eq!(response.status(), 500);
    assert!(logs.text().contains("Other"));
    let handler = TestHandler::default();
    let fixed = call(&app(endpoint, &handler), post_request(cdr("1"))).await;
    assert_eq!(fixed.status(), 204);
    assert_eq!(handler.replay_status(), [ReplayStatus::First]);
}

#[actix_web::test]
async fn an_extractor_of_actix_that_fails_releases_the_message() {
    async fn on_call(
        _: Webhook<Event>,
        _: web::Query<std::collections::HashMap<String, u8>>,
    ) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let app = {
        let endpoint = bare_builder().header_token("x-token", TOKEN).build();
        let middleware = WebhookMiddleware::new(endpoint.expect("a valid endpoint"));
        move |app: &mut ServiceConfig| {
            let resource = web::resource("/hook").wrap(middleware.clone());
            app.service(resource.to(on_call));
        }
    };
    for (query, status) in [("a=text", 400), ("a=text", 400), ("a=1", 200)] {
        let request = TestRequest::post()
            .uri(&format!("/hook?{query}"))
            .insert_header(("x-token", TOKEN))
            .set_payload(cdr("1"));
        let response = call(&app, request).await;
        assert_eq!(response.status(), status);
        assert!(!response.headers().contains_key("callhook-outcome"));
    }
}

#[actix_web::test]
async fn an_error_that_a_handler_returns_releases_and_its_answer_passes() {
    async fn on_call(_: Webhook<Event>) -> Result<HttpResponse, actix_web::Error> {
        Err(ErrorConflict("not now"))
    }
    let middleware = WebhookMiddleware::new(endpoint());
    let app = move |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(middleware.clone()).to(on_call));
    };
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(
            (response.status().as_u16(), outcome(&response)),
            (409, None)
        );
        let error = response.response().error().expect("the handler's");
        assert_eq!(error.to_string(), "not now");
        assert_eq!(read(response).await, "not now");
    }
}

#[actix_web::test]
async fn a_form_whose_token_is_cut_out_can_be_read_by_actix() {
    async fn on_call(
        call: Webhook<Event>,
        form: web::Form<Vec<(String, String)>>,
        body: HttpRequest,
    ) -> String {
        assert_eq!(
            body.headers().get("content-length").expect("a length"),
            &*call.raw().len().to_string()
        );
        format!("{form:?}")
    }
    let endpoint = bare_builder().body_token("custom", TOKEN).build();
    let middleware = WebhookMiddleware::new(endpoint.expect("a valid endpoint"));
    let app = |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(middleware.clone()).to(on_call));
    };
    let body = format!("type=cdr&custom={TOKEN}&cmiuuid=1&status=missed");
    let request = TestRequest::post()
        .uri("/hook")
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .insert_header(("content-length", body.len().to_string()))
        .set_payload(body);
    let response = call(&app, request).await;
    assert_eq!(response.status(), 200);
    let form = read(response).await;
    assert!(
        form.contains("cmiuuid") && !form.contains("custom"),
        "{form}"
    );
}

#[actix_web::test]
async fn a_sender_that_asks_first_is_told_to_go_on_by_actix_and_then_refused() {
    let server = Server::start(app(endpoint(), &TestHandler::default()));
    let message = cdr("1");
    let lines = format!(
        "host: localhost\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        message.len()
    );
    let mut stranger = server.connect().await;
    let head = format!("POST /hook?token=wrong HTTP/1.1\r\n{lines}");
    stranger.send(head).await;
    // Actix asks no middleware.
    assert_eq!(stranger.reply().await.expect("a reply").status, 100);
    assert_eq!(stranger.reply().await.expect("a reply").status, 401);

    let mut sender = server.connect().await;
    let head = format!("POST /hook?token={TOKEN} HTTP/1.1\r\n{lines}");
    sender.send(head).await;
    assert_eq!(sender.reply().await.expect("a reply").status, 100);
    sender.send(message).await;
    assert_eq!(sender.reply().await.expect("a reply").status, 204);
}
