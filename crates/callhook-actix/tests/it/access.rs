//! Peers that the server does not tell the middleware of, and URLs that actix changes.

use std::net::SocketAddr;
use std::time::SystemTime;

use actix_web::middleware::NormalizePath;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse};
use callhook_actix::callhook::request::Head;
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, HmacScheme, Signed, WebhookMiddleware};

use crate::support::{TestHandler, app, bare_builder, builder, call, cdr, post_request};

#[actix_web::test]
async fn a_peer_that_is_not_known_is_refused_by_an_allowlist() {
    let endpoint = builder()
        .allow(["192.0.2.7"])
        .build()
        .expect("a valid endpoint");
    let app = app(endpoint, &TestHandler::default());
    let from = |peer: [u8; 4]| post_request(cdr("1")).peer_addr(SocketAddr::from((peer, 4000)));
    assert_eq!(call(&app, post_request(cdr("1"))).await.status(), 403);
    assert_eq!(call(&app, from([192, 0, 2, 8])).await.status(), 403);
    assert_eq!(call(&app, from([192, 0, 2, 7])).await.status(), 204);
}

#[actix_web::test]
async fn in_a_scope_a_signature_is_verified_over_the_prefix_as_it_came() {
    let inner = app(signed(), &TestHandler::default());
    let nested = |app: &mut ServiceConfig| {
        app.service(web::scope("/api").configure(inner.clone()));
    };
    let message = cdr("1");
    for (signed_as, status) in [
        ("/%61pi/hook?a=1", 204),
        ("/hook?a=1", 401),
        ("/api/hook?a=1", 401),
    ] {
        let request = signed_post("/%61pi/hook?a=1", signed_as, &message);
        assert_eq!(call(&nested, request).await.status(), status, "{signed_as}");
    }
}

#[actix_web::test]
async fn a_middleware_outside_that_rewrites_the_url_changes_what_is_signed() {
    let middleware = WebhookMiddleware::new(signed());
    let app = App::new()
        .wrap(NormalizePath::trim())
        .service(web::resource("/hook").wrap(middleware).to(HttpResponse::Ok));
    let app = init_service(app).await;
    let message = cdr("1");
    for (signed_as, status) in [("/hook/", 401), ("/hook", 200)] {
        let request = signed_post("/hook/", signed_as, &message);
        assert_eq!(
            call_service(&app, request.to_request()).await.status(),
            status
        );
    }
}

fn scheme() -> HmacScheme {
    HmacScheme::sha256("x-signature", "a secret that the relay knows").signed(Signed::TargetAndBody)
}

/// One that wants a signature over the URL and the body.
fn signed() -> Endpoint<Event> {
    let endpoint = bare_builder().hmac(scheme()).build();
    endpoint.expect("a valid configuration")
}

/// A POST of this body, with a signature over it and that URL.
fn signed_post(url: &str, signed: &str, body: &str) -> TestRequest {
    let (path, query) = match signed.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (signed, None),
    };
    let signer = scheme().signer().expect("a valid scheme");
    let head = Head::new("POST", path, query, &());
    let headers = signer.sign(&head, body.as_bytes(), SystemTime::now());
    TestRequest::post()
        .uri(url)
        .insert_header(headers.expect("signable").remove(0))
        .set_payload(body.to_owned())
}
