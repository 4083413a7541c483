//! What the middleware takes out of a request for the endpoint's guards: the peer, the header lines, the URL as received.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use actix_web::middleware::NormalizePath;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse};
use callhook_actix::auth::{Secrets, Tenants};
use callhook_actix::callhook::request::Head;
use callhook_actix::telecmi::Event;
use callhook_actix::{
    ConfigError, Endpoint, Forwarding, Hmac, RejectionKind, Signed, WebhookMiddleware,
};

use crate::support::{
    Desk, Server, TOKEN, app, bare_builder, builder, call, cdr, cdr_query, outcome, post,
    post_request, rejection,
};

#[actix_web::test]
async fn the_sockets_peer_is_what_the_allowlist_sees() {
    for (networks, status) in [("127.0.0.0/8", 204), ("192.0.2.0/24", 403)] {
        let desk = Desk::default();
        let endpoint = builder().allow([networks]).build().expect("sound");
        let server = Server::start(app(endpoint, &desk));
        let request = String::from_utf8(post(cdr("1"))).expect("text");
        // Actix's own "real" address believes these.
        let lines = "\r\nx-forwarded-for: 192.0.2.7\r\nforwarded: for=192.0.2.7\r\n";
        let reply = server.ask(request.replacen("\r\n", lines, 1)).await;
        assert_eq!(reply.status, status, "{networks}");
        assert_eq!(reply.body, b"", "{networks}");
        assert_eq!(desk.runs(), usize::from(status == 204), "{networks}");
    }
}

#[actix_web::test]
async fn a_peer_that_is_not_known_is_refused_by_an_allowlist() {
    let endpoint = builder().allow(["192.0.2.7"]).build().expect("sound");
    let app = app(endpoint, &Desk::default());
    let from = |peer: [u8; 4]| post_request(cdr("1")).peer_addr(SocketAddr::from((peer, 4000)));
    assert_eq!(call(&app, post_request(cdr("1"))).await.status(), 403);
    assert_eq!(call(&app, from([192, 0, 2, 8])).await.status(), 403);
    assert_eq!(call(&app, from([192, 0, 2, 7])).await.status(), 204);
}

#[actix_web::test]
async fn a_proxys_header_counts_in_all_of_its_lines() {
    let endpoint = builder()
        .allow(["192.0.2.7"])
        .trusted_proxies(["127.0.0.1", "192.0.2.99"], Forwarding::XForwardedFor)
        .build();
    let desk = Desk::default();
    let server = Server::start(app(endpoint.expect("sound"), &desk));
    for (lines, status) in [
        ("x-forwarded-for: 192.0.2.7\r\n", 204),
        (
            "x-forwarded-for: 192.0.2.7\r\nx-forwarded-for: 192.0.2.99\r\n",
            200,
        ),
        (
            "x-forwarded-for: 192.0.2.7\r\nx-forwarded-for: 192.0.2.8\r\n",
            403,
        ),
        ("x-forwarded-for: 192.0.2.7, 192.0.2.8\r\n", 403),
    ] {
        let request = String::from_utf8(post(cdr("1"))).expect("text");
        let request = request.replacen("\r\n", &format!("\r\n{lines}"), 1);
        assert_eq!(server.ask(request).await.status, status, "{lines}");
    }
    let client = desk.last().client_addr();
    assert_eq!(client, Some([192, 0, 2, 7].into()), "the sender's");
}

#[actix_web::test]
async fn a_token_in_a_header_must_stand_once() {
    let endpoint = bare_builder().header_token("X-Token", TOKEN).build();
    let app = app(endpoint.expect("sound"), &Desk::default());
    for (tokens, status) in [
        (&[TOKEN][..], 204),
        (&[], 401),
        (&["wrong"], 401),
        (&[TOKEN, TOKEN], 401),
        (&[TOKEN, "wrong"], 401),
        (&["wrong", TOKEN], 401),
    ] {
        let mut request = TestRequest::post().uri("/hook").set_payload(cdr("1"));
        for token in tokens {
            request = request.append_header(("x-token", *token));
        }
        let response = call(&app, request).await;
        assert_eq!(response.status(), status, "{tokens:?}");
        assert_eq!(outcome(&response), None, "{tokens:?}");
    }
}

#[actix_web::test]
async fn a_signature_is_verified_over_the_body_as_it_came() {
    let app = app(signed(Signed::Content), &Desk::default());
    let message = format!(" {}\n", cdr("1"));

    let good = signed_body(&message, &message);
    assert_eq!(call(&app, good).await.status(), 204);
    let trimmed = signed_body(&message, message.trim());
    let refused = call(&app, trimmed).await;
    assert_eq!(
        rejection(&refused),
        Some((RejectionKind::Unauthenticated, "unauthenticated"))
    );
    assert_eq!(outcome(&refused), None);
}

#[actix_web::test]
async fn a_signature_is_verified_over_the_query_as_it_came_token_included() {
    let desk = Desk::default();
    let endpoint = builder().hmac(scheme(Signed::Content)).build();
    let app = app(endpoint.expect("sound"), &desk);
    let query = format!("token={TOKEN}&{}", cdr_query("1"));
    let request = TestRequest::get()
        .uri(&format!("/hook?{query}"))
        .insert_header(signature(
            Signed::Content,
            "GET",
            &format!("/hook?{query}"),
            "",
        ));

    assert_eq!(call(&app, request).await.status(), 204);
    assert_eq!(desk.last().raw(), &cdr_query("1"));
}

#[actix_web::test]
async fn a_signature_over_the_url_is_verified_as_on_the_request_line() {
    let app = app(signed(Signed::TargetAndBody), &Desk::default());
    let message = cdr("1");
    for (url, signed_as, status) in [
        ("/hook", "/hook", 204),
        ("/hook?a=%20b", "/hook?a=%20b", 200),
        ("/hook?a=%20b", "/hook?a=+b", 401),
        ("/hook", "/other", 401),
    ] {
        let request = signed_post(url, signed_as, &message);
        assert_eq!(
            call(&app, request).await.status(),
            status,
            "{url}, {signed_as}"
        );
    }
}

#[actix_web::test]
async fn in_a_scope_a_signature_over_the_whole_url_passes_and_one_over_its_end_does_not() {
    let inner = app(signed(Signed::TargetAndBody), &Desk::default());
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
    let middleware = WebhookMiddleware::new(signed(Signed::TargetAndBody));
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

#[actix_web::test]
async fn a_tenant_that_the_application_does_not_tell_in_time_is_503() {
    let tenants = Tenants::query_parameter("tenant", |_| {
        std::future::pending::<Result<_, ConfigError>>()
    });
    let tenants = tenants.timeout(Duration::from_millis(20));
    let endpoint = bare_builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .build()
        .expect("sound");
    let desk = Desk::default();
    let server = Server::start(app(endpoint, &desk));
    let request = format!(
        "POST /hook?tenant=a&token={TOKEN} HTTP/1.1\r\nhost: hook\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let reply = server.ask(request).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert_eq!(reply.outcome(), None);
    assert_eq!(desk.runs(), 0);
}

const SECRET: &str = "a secret that the relay knows";

fn scheme(signed: Signed) -> Hmac {
    Hmac::sha256("x-signature", SECRET)
        .prefix("sha256=")
        .signed(signed)
}

/// One that wants a signature over that.
fn signed(signed: Signed) -> Endpoint<Event> {
    let endpoint = bare_builder().hmac(scheme(signed)).build();
    endpoint.expect("a sound configuration")
}

/// The header of a signature over that.
fn signature(signed: Signed, method: &str, url: &str, body: &str) -> (String, String) {
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url, None),
    };
    let signer = scheme(signed).signer().expect("sound");
    let head = Head::new(method, path, query, &());
    let headers = signer.sign(&head, body.as_bytes(), SystemTime::now());
    headers.expect("signable").remove(0)
}

/// A POST of this body to `/hook`, with a signature over that.
fn signed_body(body: &str, signed: &str) -> TestRequest {
    TestRequest::post()
        .uri("/hook")
        .insert_header(signature(Signed::Content, "POST", "/hook", signed))
        .set_payload(body.to_owned())
}

/// A POST of this body, with a signature over it and that URL.
fn signed_post(url: &str, signed: &str, body: &str) -> TestRequest {
    TestRequest::post()
        .uri(url)
        .insert_header(signature(Signed::TargetAndBody, "POST", signed, body))
        .set_payload(body.to_owned())
}
