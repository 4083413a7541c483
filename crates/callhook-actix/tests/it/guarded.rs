//! The extractor that works without the middleware, with handlers of actix's kinds.

use std::convert::Infallible;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder, error};
use callhook_actix::telecmi::Event;
use callhook_actix::{Delivery, Endpoint, GuardedWebhook, GuardedWebhookRejection};

use crate::support::{
    Codes, Logs, TOKEN, TestHandler, TestStore, builder, call, cdr, endpoint, outcome,
    post_request, read, remember, respond,
};

/// A handler that finds its endpoint in the app data.
fn hook<F, Args>(
    endpoint: Endpoint<Event>,
    test_handler: &TestHandler,
    handler: F,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static
where
    F: Handler<Args> + Send,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let data = Data::new(test_handler.clone());
    move |app| {
        app.app_data(data.clone()).service(
            web::resource("/hook")
                .app_data(endpoint.clone())
                .to(handler.clone()),
        );
    }
}

async fn process(
    handler: Data<TestHandler>,
    call: GuardedWebhook<Event>,
) -> Result<impl Responder, Infallible> {
    let handled = call.process(async |delivery| Ok(respond(handler.handle(&delivery).await)));
    handled.await
}

#[actix_web::test]
async fn an_error_is_released_and_returned_unchanged() {
    async fn on_call(call: GuardedWebhook<Event>) -> Result<HttpResponse, error::Error> {
        let answer = call.process(async |_| Err::<HttpResponse, _>("the handler's own"));
        let error = answer.await.expect_err("it fails");
        assert_eq!(error, "the handler's own");
        Err(error::ErrorBadGateway(error))
    }
    let codes = Codes::default();
    let endpoint = builder().observer(codes.observer()).build();
    let app = hook(
        endpoint.expect("a valid endpoint"),
        &TestHandler::default(),
        on_call,
    );
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status(), 502);
        assert_eq!(read(response).await, "the handler's own");
    }
    assert_eq!(codes.seen(), ["failed", "failed"]);
}

#[actix_web::test]
async fn what_a_handler_does_not_process_is_released_and_the_log_says_why() {
    async fn on_call(call: GuardedWebhook<Event>) -> String {
        format!("{:?}", call.into_inner())
    }
    let logs = Logs::keep();
    let codes = Codes::default();
    let endpoint = builder().observer(codes.observer()).build();
    let app = hook(
        endpoint.expect("a valid endpoint"),
        &TestHandler::default(),
        on_call,
    );
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(
            (response.status().as_u16(), outcome(&response)),
            (200, None)
        );
        assert!(read(response).await.starts_with("Unsettled"));
    }
    assert_eq!(codes.seen(), ["cancelled", "cancelled"]);
    let log = logs.text();
    assert_eq!(
        log.matches("was dropped without process()").count(),
        2,
        "{log}"
    );
}

#[actix_web::test]
async fn a_handler_can_have_the_event_by_value_and_answer_with_any_responder() {
    async fn on_call(call: GuardedWebhook<Event>) -> Result<impl Responder, error::Error> {
        call.process(async |delivery: Delivery<Event>| {
            assert!(delivery.client_addr().is_none());
            let event = delivery
                .into_event()
                .map_err(|_| error::ErrorConflict("kept"))?;
            Ok((event.kind(), StatusCode::ACCEPTED))
        })
        .await
    }
    let app = hook(endpoint(), &TestHandler::default(), on_call);
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
        call: GuardedWebhook<Event>,
        request: HttpRequest,
        body: Bytes,
    ) -> Result<impl Responder, Infallible> {
        call.process(async |delivery| {
            let raw = delivery.raw().len();
            Ok(format!("{} {raw} {}", request.uri(), body.len()))
        })
        .await
    }
    let app = hook(endpoint(), &TestHandler::default(), on_call);
    let response = call(&app, post_request(cdr("1"))).await;
    let expected = format!("/hook?token={TOKEN} {} 0", cdr("1").len());
    assert_eq!(read(response).await, expected);
}

#[actix_web::test]
async fn a_handler_can_look_at_a_refusal_itself() {
    async fn on_call(call: Result<GuardedWebhook<Event>, GuardedWebhookRejection>) -> HttpResponse {
        match call {
            Ok(_) => HttpResponse::Ok().finish(),
            Err(unhandled) => {
                let rejection = unhandled.rejection().expect("a refusal");
                HttpResponse::build(StatusCode::IM_A_TEAPOT).body(rejection.code())
            }
        }
    }
    let app = hook(endpoint(), &TestHandler::default(), on_call);
    let response = call(&app, TestRequest::post().uri("/hook")).await;
    assert_eq!(response.status(), 418);
    assert_eq!(read(response).await, "unauthenticated");
}

#[actix_web::test]
async fn the_endpoint_is_found_as_itself_or_as_data_and_otherwise_missing() {
    let logs = Logs::keep();
    let handler = TestHandler::default();
    let data = Data::new(handler.clone());
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
async fn another_extractor_that_fails_after_the_claim_releases_it() {
    async fn on_call(_: GuardedWebhook<Event>, _: Late) -> HttpResponse {
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
    let inner = hook(endpoint, &TestHandler::default(), on_call);
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
