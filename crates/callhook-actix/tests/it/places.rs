//! Everywhere an app can be wrapped, and what is around the middleware.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform as _};
use actix_web::error::ErrorBadGateway;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{
    Compat, Compress, Condition, DefaultHeaders, Logger, Next, NormalizePath, from_fn,
};
use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
use actix_web::{App, Error, HttpMessage as _, HttpResponse, web};
use callhook_actix::telecmi::Event;
use callhook_actix::{Delivery, Endpoint, Rejection, RejectionKind, WebhookMiddleware};

use crate::support::{
    TestHandler, answer, builder, cdr, endpoint, header, outcome, poll, post_request, read,
    rejection, within,
};

/// A message is handled, its copy is a replay, a stranger is refused.
async fn check<S, B>(name: &str, handler: &TestHandler, app: S)
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let call = |request: TestRequest| call_service(&app, request.to_request());
    let first = call(post_request(cdr("1"))).await;
    assert_eq!(first.status(), 204, "{name}");
    let copy = call(post_request(cdr("1"))).await;
    assert_eq!(
        (copy.status().as_u16(), outcome(&copy)),
        (200, Some("replay")),
        "{name}"
    );
    let stranger = TestRequest::post()
        .uri("/hook?token=wrong")
        .set_payload(cdr("2"));
    let refused = call(stranger).await;
    assert_eq!(refused.status(), 401, "{name}");
    assert_eq!(
        rejection(&refused),
        Some((RejectionKind::Unauthenticated, "unauthenticated")),
        "{name}"
    );
    assert_eq!(read(refused).await, "", "{name}");
    assert_eq!(handler.runs(), 1, "{name}");
}

#[actix_web::test]
async fn everything_that_can_be_wrapped_can_be_wrapped_in_it() {
    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new().app_data(data);
    let app = app.service(
        web::resource("/hook")
            .wrap(WebhookMiddleware::new(endpoint()))
            .to(answer),
    );
    check("a resource", &handler, init_service(app).await).await;

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new().app_data(data);
    let app = app.service(
        web::resource("/hook")
            .wrap(WebhookMiddleware::new(endpoint()))
            .route(web::get().to(answer))
            .route(web::post().to(answer)),
    );
    check("a resource with routes", &handler, init_service(app).await).await;

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new().app_data(data).service(
        web::scope("/hook")
            .wrap(WebhookMiddleware::new(endpoint()))
            .route("", web::to(answer)),
    );
    check("a scope", &handler, init_service(app).await).await;

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new()
        .app_data(data)
        .wrap(WebhookMiddleware::new(endpoint()))
        .route("/hook", web::to(answer));
    check("an app", &handler, init_service(app).await).await;
}

#[actix_web::test]
async fn conditions_and_other_middleware_can_be_put_around_and_inside() {
    let middleware = || WebhookMiddleware::new(endpoint());

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new()
        .app_data(data)
        .wrap(Condition::new(true, middleware()))
        .route("/hook", web::to(answer));
    check(
        "a condition around an app",
        &handler,
        init_service(app).await,
    )
    .await;

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new().app_data(data).service(
        web::resource("/hook")
            .wrap(Condition::new(true, Compat::new(middleware())))
            .to(answer),
    );
    check(
        "a condition on a resource",
        &handler,
        init_service(app).await,
    )
    .await;

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new().app_data(data).service(
        web::scope("/hook")
            .wrap(Compat::new(middleware()))
            .route("", web::to(answer)),
    );
    check("compat on a scope", &handler, init_service(app).await).await;

    let handler = TestHandler::default();
    let data = web::Data::new(handler.clone());
    let app = App::new()
        .app_data(data)
        .wrap(Compress::default())
        .wrap(Logger::default())
        .wrap(NormalizePath::trim())
        .service(
            web::resource("/hook")
                .wrap(from_fn(async |request, next: Next<_>| {
                    next.call(request).await
                }))
                .wrap(middleware())
                .wrap(DefaultHeaders::new().add(("x-outer", "1")))
                .to(answer),
        );
    check("among others", &handler, init_service(app).await).await;
}

#[actix_web::test]
async fn a_condition_that_does_not_hold_leaves_the_middleware_out() {
    let app = App::new()
        .wrap(Condition::new(false, WebhookMiddleware::new(endpoint())))
        .route("/hook", web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    let request = TestRequest::get().uri("/hook").to_request();
    assert_eq!(call_service(&app, request).await.status(), 200);
}

#[actix_web::test]
async fn a_resource_that_is_wrapped_leaves_the_others_alone() {
    let app = App::new()
        .service(
            web::resource("/hook")
                .wrap(WebhookMiddleware::new(endpoint()))
                .to(HttpResponse::Ok),
        )
        .route("/health", web::get().to(async || "well"));
    let app = init_service(app).await;
    let request = TestRequest::get().uri("/health").to_request();
    assert_eq!(read(call_service(&app, request).await).await, "well");
}

#[actix_web::test]
async fn middleware_outside_sees_a_refusal_as_a_response_and_why() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&seen);
    let app = App::new().service(
        web::resource("/hook")
            .wrap(WebhookMiddleware::new(endpoint()))
            .wrap_fn(move |request, service| {
                let kept = Rc::clone(&kept);
                let answer = service.call(request);
                async move {
                    let answer = answer.await;
                    let mut answer = answer.expect("a refusal is not an error");
                    let rejection = answer.response().extensions().get::<Rejection>().cloned();
                    let is_authenticated = rejection.map(|rejection| rejection.is_authenticated());
                    let status = answer.status().as_u16();
                    kept.borrow_mut().push((status, is_authenticated));
                    let name = HeaderName::from_static("access-control-allow-origin");
                    answer
                        .headers_mut()
                        .insert(name, HeaderValue::from_static("*"));
                    Ok(answer)
                }
            })
            .to(HttpResponse::NoContent),
    );
    let app = init_service(app).await;
    for request in [
        post_request(cdr("1")),
        post_request(cdr("1")),
        post_request("{"),
        TestRequest::post().uri("/hook").set_payload(cdr("1")),
        post_request("x".repeat(300 * 1024)),
    ] {
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    }
    assert_eq!(
        *seen.borrow(),
        [
            (204, None),
            (200, None),
            (400, Some(true)),
            (401, Some(false)),
            (413, Some(false))
        ]
    );
}

#[actix_web::test]
async fn middleware_inside_sees_the_delivery_and_can_end_with_an_error_which_releases() {
    let handler = TestHandler::default();
    let is_broken = Rc::new(Cell::new(true));
    let app = {
        let is_broken = Rc::clone(&is_broken);
        App::new()
            .app_data(web::Data::new(handler.clone()))
            .service(
                web::resource("/hook")
                    .wrap_fn(move |request: ServiceRequest, service| {
                        let delivery = request.extensions().get::<Delivery<Event>>().cloned();
                        let is_broken = is_broken.get();
                        let answer = service.call(request);
                        async move {
                            assert!(delivery.is_some());
                            let answer = answer.await?;
                            if is_broken {
                                return Err(ErrorBadGateway("downstream"));
                            }
                            Ok(answer)
                        }
                    })
                    .wrap(WebhookMiddleware::new(endpoint()))
                    .to(answer),
            )
    };
    let app = init_service(app).await;
    let ask = || try_call_service(&app, post_request(cdr("1")).to_request());

    // The resource makes a response of the error, but only outside of everything that it is wrapped in.
    for _ in 0..2 {
        let error = ask().await.expect_err("the error passes");
        assert_eq!(error.to_string(), "downstream");
    }
    is_broken.set(false);
    assert_eq!(ask().await.expect("an answer").status(), 204);
    let copy = ask().await.expect("an answer");
    assert_eq!(outcome(&copy), Some("replay"));
    assert_eq!(handler.runs(), 3);
}

#[actix_web::test]
async fn it_is_ready_when_what_is_inside_is_and_asks_nothing_of_it_for_a_refused_request() {
    struct Busy {
        is_ready: Rc<Cell<bool>>,
        calls: Rc<Cell<usize>>,
    }
    impl Service<ServiceRequest> for Busy {
        type Response = ServiceResponse;
        type Error = Error;
        type Future = std::future::Ready<Result<ServiceResponse, Error>>;

        fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
            if self.is_ready.get() {
                Poll::Ready(Ok(()))
            } else {
                Poll::Pending
            }
        }

        fn call(&self, request: ServiceRequest) -> Self::Future {
            self.calls.set(self.calls.get() + 1);
            std::future::ready(Ok(request.into_response(HttpResponse::NoContent())))
        }
    }
    let (is_ready, calls) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let busy = Busy {
        is_ready: Rc::clone(&is_ready),
        calls: Rc::clone(&calls),
    };
    let service = WebhookMiddleware::new(endpoint());
    let service = service.new_transform(busy).await.expect("a service");
    let mut ready = Box::pin(std::future::poll_fn(|context| service.poll_ready(context)));
    assert!(poll(&mut ready).is_pending());
    is_ready.set(true);
    assert!(poll(&mut ready).is_ready());
    // A worker asks before it takes a connection; a connection's requests are called without.
    is_ready.set(false);
    for (request, status, called) in [
        (
            TestRequest::post().uri("/hook").set_payload(cdr("1")),
            401,
            0,
        ),
        (TestRequest::get().uri("/hook"), 401, 0),
        (post_request("{"), 400, 0),
        (post_request(cdr("1")), 204, 1),
        (post_request(cdr("1")), 200, 1),
    ] {
        let response = within("an answer", service.call(request.to_srv_request())).await;
        let response = response.expect("an answer");
        assert_eq!((response.status().as_u16(), calls.get()), (status, called));
    }
}

#[actix_web::test]
async fn an_explanation_names_the_peer_and_not_what_headers_say() {
    let endpoint: Endpoint<Event> = builder()
        .allow(["192.0.2.0/24"])
        .build()
        .expect("a valid endpoint");
    let request = TestRequest::default()
        .peer_addr(([192, 0, 2, 7], 4000).into())
        .insert_header(("x-forwarded-for", "203.0.113.9"))
        .to_http_request();
    let explained = WebhookMiddleware::new(endpoint)
        .explain(&request)
        .to_string();
    assert!(explained.contains("192.0.2.7"), "{explained}");
    assert!(!explained.contains("203.0.113.9"), "{explained}");
}
