//! The extractor that works without the middleware.

use std::convert::Infallible;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder, error};
use callhook_actix::telecmi::Event;
use callhook_actix::{Delivery, Endpoint, RejectionKind, ReplayStatus, Unhandled, Unlayered};

use crate::support::{
    Codes, Desk, Logs, Server, TOKEN, TestStore, app, builder, call, cdr, cdr_query, chunk,
    endpoint, get, get_request, outcome, poll, post, post_request, read, rejection, remember,
    within,
};

/// A handler that finds its endpoint in the app data.
fn hook<F, Args>(
    endpoint: Endpoint<Event>,
    desk: &Desk,
    handler: F,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static
where
    F: Handler<Args> + Send,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let desk = desk.clone();
    move |app| {
        app.app_data(Data::new(desk.clone())).service(
            web::resource("/hook")
                .app_data(endpoint.clone())
                .to(handler.clone()),
        );
    }
}

async fn process(desk: Data<Desk>, call: Unlayered<Event>) -> Result<impl Responder, Infallible> {
    call.process(async |delivery| {
        let status = desk.handle(&delivery).await.as_u16();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        Ok(HttpResponse::new(status))
    })
    .await
}

#[actix_web::test]
async fn what_is_processed_with_success_is_settled_and_its_copies_are_replays() {
    let desk = Desk::default();
    let app = hook(endpoint(), &desk, process);
    let first = call(&app, post_request(cdr("1"))).await;
    assert_eq!((first.status().as_u16(), outcome(&first)), (204, None));
    for request in [post_request(cdr("1")), get_request(&cdr_query("1"))] {
        let copy = call(&app, request).await;
        assert_eq!(
            (copy.status().as_u16(), outcome(&copy)),
            (200, Some("replay"))
        );
        assert_eq!(rejection(&copy), None);
        assert_eq!(read(copy).await, "");
    }
    assert_eq!(desk.replay_status(), [ReplayStatus::First]);
}

#[actix_web::test]
async fn what_is_answered_otherwise_is_released() {
    let desk = Desk::default();
    let app = hook(endpoint(), &desk, process);
    desk.plan_status(500);
    desk.plan_status(404);
    for status in [500, 404, 204] {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(
            (response.status().as_u16(), outcome(&response)),
            (status, None)
        );
    }
    assert_eq!(desk.replay_status(), [ReplayStatus::First; 3]);
}

#[actix_web::test]
async fn an_error_is_released_and_returned_unchanged() {
    async fn on_call(call: Unlayered<Event>) -> Result<HttpResponse, error::Error> {
        let answer = call.process(async |_| Err::<HttpResponse, _>("the handler's own"));
        let error = answer.await.expect_err("it fails");
        assert_eq!(error, "the handler's own");
        Err(error::ErrorBadGateway(error))
    }
    let codes = Codes::default();
    let endpoint = builder().observer(codes.observer()).build();
    let app = hook(endpoint.expect("sound"), &Desk::default(), on_call);
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status(), 502);
        assert_eq!(read(response).await, "the handler's own");
    }
    assert_eq!(codes.seen(), ["failed", "failed"]);
}

#[actix_web::test]
async fn what_a_handler_does_not_process_is_released_and_the_log_says_why() {
    async fn on_call(call: Unlayered<Event>) -> String {
        format!("{} {:?}", call.event().kind(), call.replay_status())
    }
    let logs = Logs::keep();
    let codes = Codes::default();
    let endpoint = builder().observer(codes.observer()).build();
    let app = hook(endpoint.expect("sound"), &Desk::default(), on_call);
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(
            (response.status().as_u16(), outcome(&response)),
            (200, None)
        );
        assert_eq!(read(response).await, "cdr First");
    }
    assert_eq!(codes.seen(), ["cancelled", "cancelled"]);
    let log = logs.text();
    assert_eq!(
        log.matches("before process(..) was called").count(),
        2,
        "{log}"
    );
}

#[actix_web::test]
async fn a_handler_can_have_the_event_by_value_and_answer_with_any_responder() {
    async fn on_call(call: Unlayered<Event>) -> Result<impl Responder, error::Error> {
        assert!(call.client_addr().is_none());
        call.process(async |delivery: Delivery<Event>| {
            let event = delivery
                .into_event()
                .map_err(|_| error::ErrorConflict("kept"))?;
            Ok((event.kind(), StatusCode::ACCEPTED))
        })
        .await
    }
    let app = hook(endpoint(), &Desk::default(), on_call);
    let response = call(&app, post_request(cdr("1"))).await;
    assert_eq!(response.status(), 202);
    assert_eq!(read(response).await, "cdr");
    assert_eq!(
        outcome(&call(&app, post_request(cdr("1"))).await),
        Some("replay")
    );
}

#[actix_web::test]
async fn it_takes_the_body_and_leaves_the_url() {
    async fn on_call(
        call: Unlayered<Event>,
        request: HttpRequest,
        body: Bytes,
    ) -> Result<impl Responder, Infallible> {
        let raw = call.raw().clone();
        call.process(async |_| Ok(format!("{} {} {}", request.uri(), raw.len(), body.len())))
            .await
    }
    let app = hook(endpoint(), &Desk::default(), on_call);
    let response = call(&app, post_request(cdr("1"))).await;
    let expected = format!("/hook?token={TOKEN} {} 0", cdr("1").len());
    assert_eq!(read(response).await, expected);
}

#[actix_web::test]
async fn a_handler_can_look_at_a_refusal_itself() {
    async fn on_call(call: Result<Unlayered<Event>, Unhandled>) -> HttpResponse {
        match call {
            Ok(_) => HttpResponse::Ok().finish(),
            Err(unhandled) => {
                let rejection = unhandled.rejection().expect("a refusal");
                HttpResponse::build(StatusCode::IM_A_TEAPOT).body(rejection.code())
            }
        }
    }
    let app = hook(endpoint(), &Desk::default(), on_call);
    let response = call(&app, TestRequest::post().uri("/hook")).await;
    assert_eq!(response.status(), 418);
    assert_eq!(read(response).await, "unauthenticated");
}

#[actix_web::test]
async fn the_endpoint_is_found_as_itself_or_as_data_and_otherwise_missing() {
    let logs = Logs::keep();
    let desk = Desk::default();
    let data = Data::new(desk.clone());
    let endpoint = endpoint();
    let as_data = |app: &mut ServiceConfig| {
        app.app_data(data.clone())
            .app_data(Data::new(endpoint.clone()))
            .route("/hook", web::to(process));
    };
    let nowhere = |app: &mut ServiceConfig| {
        app.app_data(data.clone()).route("/hook", web::to(process));
    };
    assert_eq!(call(&as_data, post_request(cdr("1"))).await.status(), 204);
    assert!(!logs.text().contains("ERROR"));
    let response = call(&nowhere, post_request(cdr("1"))).await;
    assert_eq!(response.status(), 500);
    assert_eq!(read(response).await, "");
    let log = logs.text();
    assert!(
        log.contains("ERROR") && log.contains(".app_data(endpoint.clone())"),
        "{log}"
    );
    assert!(log.contains("telecmi::Event"), "{log}");
}

#[actix_web::test]
async fn outer_middleware_sees_why_a_message_was_refused() {
    let app = hook(endpoint(), &Desk::default(), process);
    let refused = call(&app, post_request("{")).await;
    assert_eq!(
        rejection(&refused),
        Some((RejectionKind::Unreadable, "malformed"))
    );
}

#[actix_web::test]
async fn refusals_probes_and_replays_are_the_middlewares_to_the_byte() {
    let builder = || builder().read_timeout(std::time::Duration::from_millis(300));
    let (with, without) = (Desk::default(), Desk::default());
    let layered = Server::start(app(builder().build().expect("sound"), &with));
    let unlayered = Server::start(hook(builder().build().expect("sound"), &without, process));
    let head = |lines: &str| format!("POST /hook?token={TOKEN} HTTP/1.1\r\nhost: h\r\n{lines}\r\n");
    let big = [
        head("transfer-encoding: chunked\r\n").into_bytes(),
        chunk(&vec![b'x'; 300 * 1024]),
    ];
    let requests = [
        ("handled", post(cdr("1"))),
        ("replay", post(cdr("1"))),
        ("revision", post(cdr("1").replace("11}", "12}"))),
        ("get", get(&format!("token={TOKEN}&{}", cdr_query("2")))),
        ("probe", get(&format!("token={TOKEN}"))),
        ("head", format!("HEAD /hook?token={TOKEN} HTTP/1.1\r\nhost: h\r\n\r\n").into()),
        ("method", format!("PUT /hook?token={TOKEN} HTTP/1.1\r\nhost: h\r\n\r\n").into()),
        ("token", get("token=wrong")),
        ("token of a post", b"POST /hook HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{}".to_vec()),
        ("chunked", b"POST /hook HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_vec()),
        ("malformed", post("{")),
        ("empty", post("")),
        ("length", head("content-length: 300000\r\n").into()),
        ("large", big.concat()),
        ("slow", head("content-length: 3\r\n").into()),
        ("gzip", format!("{}{{}}", head("content-encoding: gzip\r\ncontent-length: 2\r\n")).into()),
    ];
    for (name, request) in requests {
        let [expected, answer] = [
            layered.ask(&request).await.without_date(),
            unlayered.ask(&request).await.without_date(),
        ];
        // Headers stand in no order.
        let lines = |answer: &str| {
            let mut lines: Vec<_> = answer.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&answer), lines(&expected), "{name}");
    }
    assert_eq!(with.runs(), without.runs());
}

#[actix_web::test]
async fn a_handler_that_panics_or_whose_sender_breaks_off_releases_its_message() {
    let (desk, codes) = (Desk::default(), Codes::default());
    let endpoint = builder().observer(codes.observer()).build().expect("sound");
    let server = Server::start(hook(endpoint.clone(), &desk, process));
    desk.plan([crate::support::Turn::Panic]);
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    assert!(sender.reply().await.is_none());

    desk.gate().close();
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    desk.reach_runs(2).await;
    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());
    sender.reset();
    within("idle", idle).await;
    desk.gate().open();
    assert_eq!(server.ask(post(cdr("1"))).await.status, 204);
    assert_eq!(codes.seen(), ["panicked", "cancelled", "handled"]);
}

#[actix_web::test]
async fn another_extractor_that_fails_after_the_claim_releases_it() {
    async fn on_call(_: Unlayered<Event>, _: Late) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    /// Fails once the message is claimed.
    struct Late;
    impl FromRequest for Late {
        type Error = error::Error;
        type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

        fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
            let store = request.app_data::<Data<TestStore>>().cloned();
            Box::pin(async move {
                let store = store.expect("a store");
                store.gates().after_claim.arrived().reach(1).await;
                actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
                Err(error::ErrorBadRequest("late"))
            })
        }
    }
    let store = TestStore::default();
    let endpoint = remember(&store);
    let inner = hook(endpoint, &Desk::default(), on_call);
    let kept = store.clone();
    let app = move |app: &mut ServiceConfig| {
        app.app_data(Data::new(kept.clone()));
        inner(app);
    };
    let response = call(&app, post_request(cdr("1"))).await;
    assert_eq!(response.status(), 400);
    store.later().reach(1).await;
    assert_eq!(store.claimed(), 0);
}
