//! What the layer takes out of a request for the endpoint's guards: the peer, the header lines, the URL as received.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use callhook_tower::auth::{Secrets, Tenants};
use callhook_tower::telecmi::Event;
use callhook_tower::{
    ConfigError, Endpoint, EndpointBuilder, Forwarding, Hmac, PeerAddr, RejectionKind, Signed,
};
use hmac::{KeyInit, Mac};

use crate::support::{
    Desk, Server, TOKEN, bare_builder, builder, call, cdr, cdr_query, outcome, post, post_request,
    rejection, router,
};

#[tokio::test]
async fn the_sockets_peer_is_what_the_allowlist_sees() {
    for (networks, status) in [("127.0.0.0/8", 204), ("192.0.2.0/24", 403)] {
        let desk = Desk::default();
        let endpoint = builder().allow([networks]).build().expect("sound");
        let server = Server::start(router(endpoint, &desk)).await;
        let reply = server.ask(post(cdr("1"))).await;
        assert_eq!(reply.status, status, "{networks}");
        assert_eq!(reply.body, b"", "{networks}");
        assert_eq!(desk.runs(), usize::from(status == 204), "{networks}");
    }
}

#[tokio::test]
async fn a_peer_that_is_not_known_is_refused_by_an_allowlist() {
    let endpoint = || builder().allow(["192.0.2.7"]).build().expect("sound");
    let inside = SocketAddr::from(([192, 0, 2, 7], 4000));
    let outside = SocketAddr::from(([192, 0, 2, 8], 4000));
    type Insert = fn(&mut Request, SocketAddr);
    let inserts: [Insert; 2] = [
        |request, peer| {
            request.extensions_mut().insert(ConnectInfo(peer));
        },
        |request, peer| {
            request.extensions_mut().insert(PeerAddr(peer));
        },
    ];

    let app = router(endpoint(), &Desk::default());
    let unknown = call(&app, post_request(cdr("1"))).await;
    assert_eq!(unknown.status(), StatusCode::FORBIDDEN);
    for insert in inserts {
        let app = router(endpoint(), &Desk::default());
        for (peer, status) in [(outside, 403), (inside, 204)] {
            let mut request = post_request(cdr("1"));
            insert(&mut request, peer);
            assert_eq!(call(&app, request).await.status().as_u16(), status);
        }
    }
}

#[tokio::test]
async fn a_proxys_header_counts_in_all_of_its_lines() {
    let endpoint = builder()
        .allow(["192.0.2.7"])
        .trusted_proxies(["127.0.0.1", "192.0.2.99"], Forwarding::XForwardedFor)
        .build();
    let desk = Desk::default();
    let server = Server::start(router(endpoint.expect("sound"), &desk)).await;
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

#[tokio::test]
async fn a_token_in_a_header_must_stand_once() {
    let endpoint = bare_builder().header_token("X-Token", TOKEN).build();
    let app = router(endpoint.expect("sound"), &Desk::default());
    for (tokens, status) in [
        (&[TOKEN][..], 204),
        (&[], 401),
        (&["wrong"], 401),
        (&[TOKEN, TOKEN], 401),
        (&[TOKEN, "wrong"], 401),
        (&["wrong", TOKEN], 401),
    ] {
        let mut request = Request::post("/hook");
        for token in tokens {
            request = request.header("x-token", *token);
        }
        let request = request.body(Body::from(cdr("1"))).expect("a request");
        let response = call(&app, request).await;
        assert_eq!(response.status().as_u16(), status, "{tokens:?}");
        assert_eq!(outcome(&response), None, "{tokens:?}");
    }
}

#[tokio::test]
async fn a_signature_is_verified_over_the_body_as_it_came() {
    let app = router(signed(Signed::Content), &Desk::default());
    let message = format!(" {}\n", cdr("1"));

    let good = signed_post("/hook", &message, &message);
    assert_eq!(call(&app, good).await.status(), StatusCode::NO_CONTENT);
    let trimmed = signed_post("/hook", &message, message.trim());
    let refused = call(&app, trimmed).await;
    assert_eq!(
        rejection(&refused),
        Some((RejectionKind::Unauthenticated, "unauthenticated"))
    );
    assert_eq!(outcome(&refused), None);
}

#[tokio::test]
async fn a_signature_is_verified_over_the_query_as_it_came_token_included() {
    let desk = Desk::default();
    let endpoint = with_signature(builder(), Signed::Content);
    let app = router(endpoint.build().expect("sound"), &desk);
    let query = format!("token={TOKEN}&{}", cdr_query("1"));
    let request = Request::get(format!("/hook?{query}"))
        .header("x-signature", signature(query.as_bytes()))
        .body(Body::empty());

    let response = call(&app, request.expect("a request")).await;

    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(desk.last().raw(), &cdr_query("1"));
}

#[tokio::test]
async fn a_signature_over_the_url_is_verified_as_on_the_request_line() {
    let app = router(signed(Signed::TargetAndBody), &Desk::default());
    let message = cdr("1");
    for (url, signed_as, status) in [
        ("/hook", "/hook", 204),
        ("/hook?a=%20b", "/hook?a=%20b", 200),
        ("/hook?a=%20b", "/hook?a=+b", 401),
        ("/hook", "/other", 401),
    ] {
        let over = format!("{signed_as}\n{message}");
        let response = call(&app, signed_post(url, &message, &over)).await;
        assert_eq!(response.status().as_u16(), status, "{url}, {signed_as}");
    }
}

#[tokio::test]
async fn under_a_nested_router_a_signature_over_the_whole_url_passes() {
    let message = cdr("1");
    let over = format!("/api/hook?a=1\n{message}");

    let response = call(&nested(), signed_post("/api/hook?a=1", &message, &over)).await;

    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn under_a_nested_router_a_signature_for_another_url_is_refused() {
    let message = cdr("1");
    let over = format!("/hook?a=1\n{message}");

    let response = call(&nested(), signed_post("/api/hook?a=1", &message, &over)).await;

    assert_eq!(
        rejection(&response),
        Some((RejectionKind::Unauthenticated, "unauthenticated"))
    );
}

/// The hook at `/api/hook`: axum cuts `/api` off the URI that the route's layer sees. The sender has signed all of it.
fn nested() -> Router {
    let endpoint = signed(Signed::TargetAndBody);
    Router::new().nest("/api", router(endpoint, &Desk::default()))
}

const SECRET: &str = "a secret that the relay knows";

fn signed(signed: Signed) -> Endpoint<Event> {
    with_signature(bare_builder(), signed)
        .build()
        .expect("a sound configuration")
}

fn with_signature(builder: EndpointBuilder<Event>, signed: Signed) -> EndpointBuilder<Event> {
    builder.hmac(
        Hmac::sha256("x-signature", SECRET)
            .prefix("sha256=")
            .signed(signed),
    )
}

fn signature(over: &[u8]) -> String {
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(over);
    let hex = mac.finalize().into_bytes();
    let hex: String = hex.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// A POST of this body, with a signature over that.
fn signed_post(url: &str, body: &str, over: &str) -> Request {
    Request::post(url)
        .header("x-signature", signature(over.as_bytes()))
        .body(Body::from(body.to_owned()))
        .expect("a request")
}

#[tokio::test]
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
    let server = Server::start(router(endpoint, &desk)).await;
    let request = format!(
        "POST /hook?tenant=a&token={TOKEN} HTTP/1.1\r\nhost: hook\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let reply = server.ask(request).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert_eq!(reply.outcome(), None);
    assert_eq!(desk.runs(), 0);
}
