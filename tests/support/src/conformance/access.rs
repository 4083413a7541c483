//! What an adapter takes out of a request for the endpoint's guards: the peer, the header lines, the URL as received.

use std::time::Duration;

use callhook::auth::{Secrets, Signed, Tenants};
use callhook::source::Forwarding;
use callhook::{ConfigError, RejectionKind};

use super::signature::{sign, signed_post, with_signature};
use super::{Adapter, App, told};
use crate::{TOKEN, bare_builder, builder, cdr, cdr_query, post};

pub(super) async fn the_sockets_peer_is_what_the_allowlist_sees(adapter: &impl Adapter) {
    for (networks, status) in [("127.0.0.0/8", 204), ("192.0.2.0/24", 403)] {
        let endpoint = builder()
            .allow([networks])
            .build()
            .expect("a valid endpoint");
        let app = App::new(endpoint).start(adapter).await;
        // A framework's own idea of the real address may believe these.
        let lines = "x-forwarded-for: 192.0.2.7\r\nforwarded: for=192.0.2.7\r\n";
        let reply = app.ask(with_lines(post(cdr("1")), lines)).await;
        assert_eq!(told(&reply), (status, None), "{networks}");
        assert_eq!(reply.body, b"", "{networks}");
        let runs = usize::from(status == 204);
        assert_eq!(app.handler.runs(), runs, "{networks}");
    }
}

pub(super) async fn a_proxys_header_counts_in_all_of_its_lines(adapter: &impl Adapter) {
    let endpoint = builder()
        .allow(["192.0.2.7"])
        .trusted_proxies(["127.0.0.1", "192.0.2.99"], Forwarding::XForwardedFor)
        .build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
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
        let reply = app.ask(with_lines(post(cdr("1")), lines)).await;
        assert_eq!(reply.status, status, "{lines}");
    }
    let client = app.handler.last().client_addr();
    assert_eq!(client, Some([192, 0, 2, 7].into()), "the sender's");
}

pub(super) async fn a_token_in_a_header_must_be_given_once(adapter: &impl Adapter) {
    let endpoint = bare_builder().header_token("X-Token", TOKEN).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    for (tokens, status) in [
        (&[TOKEN][..], 204),
        (&[], 401),
        (&["wrong"], 401),
        (&[TOKEN, TOKEN], 401),
        (&[TOKEN, "wrong"], 401),
        (&["wrong", TOKEN], 401),
    ] {
        let lines = tokens.iter().map(|token| format!("x-token: {token}\r\n"));
        let request = with_lines(post(cdr("1")), &lines.collect::<String>());
        let reply = app.ask(request).await;
        assert_eq!(told(&reply), (status, None), "{tokens:?}");
    }
}

pub(super) async fn a_signature_is_verified_over_the_body_as_it_came(adapter: &impl Adapter) {
    let endpoint = with_signature(bare_builder(), Signed::Content).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    let message = format!(" {}\n", cdr("1"));

    let good = signed_post("/hook", &message, &message);
    app.is_handled(good, 204).await;
    let trimmed = signed_post("/hook", &message, message.trim());
    let refused = app.ask(trimmed).await;
    assert_eq!(told(&refused), (401, None));
    let expected = (RejectionKind::Unauthenticated, "unauthenticated");
    assert_eq!(app.refused_as(), Some(expected));
}

pub(super) async fn a_signature_is_verified_over_the_query_as_it_came_token_included(
    adapter: &impl Adapter,
) {
    let endpoint = with_signature(builder(), Signed::Content).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    let query = format!("token={TOKEN}&{}", cdr_query("1"));
    let request = format!(
        "GET /hook?{query} HTTP/1.1\r\nhost: localhost\r\nx-signature: sha256={}\r\n\r\n",
        sign(&query)
    );
    app.is_handled(request, 204).await;
    assert_eq!(app.handler.last().raw(), &cdr_query("1"));
}

pub(super) async fn a_signature_over_the_url_is_verified_as_on_the_request_line(
    adapter: &impl Adapter,
) {
    let endpoint = with_signature(bare_builder(), Signed::TargetAndBody).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    let message = cdr("1");
    for (url, signed_as, status) in [
        ("/hook", "/hook", 204),
        ("/hook?a=%20b", "/hook?a=%20b", 200),
        ("/hook?a=%20b", "/hook?a=+b", 401),
        ("/hook", "/other", 401),
    ] {
        let over = format!("{signed_as}\n{message}");
        let reply = app.ask(signed_post(url, &message, &over)).await;
        assert_eq!(reply.status, status, "{url}, {signed_as}");
    }
}

/// Frameworks may cut the prefix off the URL that the middleware sees. The sender has signed all of it.
pub(super) async fn in_a_nested_router_a_signature_over_the_whole_url_passes_and_one_over_its_end_does_not(
    adapter: &impl Adapter,
) {
    let endpoint = with_signature(bare_builder(), Signed::TargetAndBody).build();
    let app = App::new(endpoint.expect("a valid endpoint")).path("/api", "/hook");
    let app = app.start(adapter).await;
    let message = cdr("1");
    let signed_as = |url: &str| {
        let over = format!("{url}\n{message}");
        signed_post("/api/hook?a=1", &message, &over)
    };
    app.is_handled(signed_as("/api/hook?a=1"), 204).await;
    assert_eq!(app.ask(signed_as("/hook?a=1")).await.status, 401);
    let expected = (RejectionKind::Unauthenticated, "unauthenticated");
    assert_eq!(app.refused_as(), Some(expected));
}

pub(super) async fn a_tenant_that_the_application_does_not_tell_in_time_is_503(
    adapter: &impl Adapter,
) {
    let tenants = Tenants::query_parameter("tenant", |_| {
        std::future::pending::<Result<_, ConfigError>>()
    });
    let tenants = tenants.timeout(Duration::from_millis(20));
    let endpoint = bare_builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .build()
        .expect("a valid endpoint");
    let app = App::new(endpoint).start(adapter).await;
    let request = format!(
        "POST /hook?tenant=a&token={TOKEN} HTTP/1.1\r\nhost: hook\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let reply = app.ask(request).await;
    assert_eq!(told(&reply), (503, None));
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert_eq!(app.handler.runs(), 0);
}

/// With these header lines too.
fn with_lines(request: Vec<u8>, lines: &str) -> String {
    let request = String::from_utf8(request).expect("text");
    request.replacen("\r\n", &format!("\r\n{lines}"), 1)
}
