//! Where a secret must not turn up: in the log, in what is printed, and in what is passed inwards.

use callhook::Endpoint;
use callhook::auth::{Secrets, Tenant, Tenants};
use callhook::source::AllowList;
use callhook::telecmi::Event;

use super::signature::{scheme, sign};
use super::{Adapter, App, Mount};
use crate::{Logs, Received, bare_builder};

const TOKEN: &str = "secret-token-of-some-length";

/// What of a message must not be printed: its numbers, names, ids and texts.
const PRIVATE: [&str; 6] = [
    "secret-",
    "919876543210",
    "private-id",
    "private-user",
    "private text",
    "private%20text",
];

/// The fields of a message that is sent with GET.
const FIELDS: &str = "type=cdr&appid=7&cmiuuid=private-id&from=%2B919876543210&note=private%20text";

fn message() -> String {
    format!(
        r#"{{"type":"cdr","appid":7,"cmiuuid":"private-id","status":"answered","user":"private-user_7","from":"919876543210","note":"private text","custom":"{TOKEN}"}}"#
    )
}

/// An endpoint with every guard.
fn everything() -> Endpoint<Event> {
    let tenants = Tenants::query_parameter("tenant", |name: String| async move {
        match &*name {
            "acme" => Tenant::new("1", TOKEN)
                .map(Some)
                .map_err(|error| error.to_string()),
            "down" => Err("the database is down".to_owned()),
            _ => Ok(None),
        }
    });
    bare_builder()
        .query_token("q", Secrets::of_tenant())
        .header_token("x-token", TOKEN)
        .bearer_token(TOKEN)
        .path_token(TOKEN)
        .body_token("custom", TOKEN)
        .hmac(scheme())
        .tenants(tenants)
        .insecure_unsigned_event_name()
        .insecure_observe_allow_list(AllowList::new(["192.0.2.7"]).expect("a network"))
        .app_ids(["7"])
        .build()
        .expect("valid networks")
}

/// The request that passes, with this in place of the one piece that is named.
fn request(method: &str, piece: &str, instead: &str) -> String {
    let of = |name: &str, value: &str| {
        let value = if name == piece { instead } else { value };
        value.to_owned()
    };
    let query = format!("tenant={}&q={}", of("tenant", "acme"), of("query", TOKEN));
    let (query, body) = match method {
        "POST" => (query, of("body", &message())),
        _ => (format!("{query}&{FIELDS}&custom={TOKEN}"), String::new()),
    };
    let signed = sign(if method == "GET" { &query } else { &body });
    format!(
        "{method} /hook/{}?{query} HTTP/1.1\r\nhost: hook\r\nx-token: {}\r\nauthorization: {}\r\n\
         x-signature: {}\r\ncontent-length: {}\r\n\r\n{body}",
        of("path", TOKEN),
        of("header", TOKEN),
        of("bearer", &format!("Bearer {TOKEN}")),
        of("signature", &signed),
        body.len()
    )
}

pub(super) async fn nothing_of_a_request_is_logged_whatever_becomes_of_it(adapter: &impl Adapter) {
    nothing_is_logged(adapter, Mount::Layered).await;
}

pub(super) async fn without_a_layer_nothing_of_a_request_is_logged_either(adapter: &impl Adapter) {
    nothing_is_logged(adapter, Mount::GuardedWebhook).await;
}

async fn nothing_is_logged(adapter: &impl Adapter, mount: Mount) {
    let logs = Logs::keep();
    let app = App::new(everything()).mount(mount);
    let app = app.path("", "/hook/{token}").start(adapter).await;
    let wrong = "secret-that-is-wrong-all-the-same";
    let broken = format!(r#"{{"custom":"{TOKEN}","from":"919876543210","note":"private text""#);
    let twice = message().replace(r#""appid":7"#, r#""cmiuuid":"private-id-2","appid":7"#);
    let other_app = message().replace(r#""appid":7"#, r#""appid":8"#);
    let deep = message().replace(
        r#""private text""#,
        &format!("{}\"private text\"{}", "[".repeat(70), "]".repeat(70)),
    );
    let wrong_in_body = format!(r#"{{"custom":"{wrong}"}}"#);
    for (method, piece, instead, status) in [
        ("POST", "", "", 204),
        ("POST", "", "", 200),
        ("GET", "", "", 204),
        ("POST", "tenant", "nobody-secret-", 401),
        ("POST", "tenant", "down", 503),
        ("POST", "query", wrong, 401),
        ("GET", "query", wrong, 401),
        ("POST", "header", wrong, 401),
        ("POST", "bearer", wrong, 401),
        ("POST", "path", wrong, 401),
        ("POST", "signature", wrong, 401),
        ("POST", "body", &broken, 400),
        ("POST", "body", &twice, 400),
        ("POST", "body", &deep, 400),
        ("POST", "body", &other_app, 403),
        ("POST", "body", &wrong_in_body, 401),
        ("PUT", "", "", 405),
    ] {
        let reply = app.ask(request(method, piece, instead)).await;
        assert_eq!(reply.status, status, "{method} {piece} {instead}");
        let printed = format!("{} {}", reply.without_date(), app.printed());
        let found = PRIVATE.iter().find(|text| printed.contains(**text));
        assert_eq!(found, None, "{printed}");
    }
    // A copy while the first is handled, a sender that hangs up, and a handler that fails.
    app.handler.gate().close();
    let revised = message().replace("answered", "missed");
    let first = app.begin(request("POST", "body", &revised)).await;
    app.handler.reach_runs(3).await;
    app.is_in_flight(request("POST", "body", &revised)).await;
    first.reset();
    app.handler.dropped().reach(1).await;
    app.handler.gate().open();
    app.handler.plan_status(500);
    let failed = message().replace("answered", "failed");
    app.is_handled(request("POST", "body", &failed), 500).await;

    let log = logs.text();
    for outcome in [
        "handled",
        "replay",
        "unauthenticated",
        "tenant_lookup_failed",
        "malformed",
        "duplicate_field",
        "too_deep",
        "app_id_not_expected",
        "method_not_allowed",
        "in_flight",
        "cancelled",
        "failed",
    ] {
        let event = format!("outcome=\"{outcome}\"");
        assert!(log.contains(&event), "{outcome}: {log}");
    }
    // The relay's secret makes this, which is as good as the secret for this message.
    let expected = sign(message());
    for private in PRIVATE.into_iter().chain([&*expected, &expected[..16]]) {
        let line = log.lines().find(|line| line.contains(private));
        assert_eq!(line, None, "{private}");
    }
}

pub(super) async fn a_handler_sees_no_secret_in_the_url_or_the_body_and_none_when_it_prints_the_request(
    adapter: &impl Adapter,
) {
    let app = App::new(everything()).path("/hook", "/{token}");
    let app = app.start(adapter).await;
    for method in ["POST", "GET"] {
        app.is_handled(request(method, "", ""), 204).await;
    }

    let received = app.handler.received();
    let [post, get]: &[Received; 2] = received[..].try_into().expect("two runs");
    assert_eq!(post.urls[0], "/hook/***?tenant=acme");
    assert_eq!(get.urls[0], format!("/hook/***?tenant=acme&{FIELDS}"));
    let body = message().replace(&format!(r#","custom":"{TOKEN}""#), "");
    assert_eq!(String::from_utf8_lossy(&post.body), body);
    let length = body.len().to_string();
    assert_eq!(post.header("content-length"), Some(&*length));
    assert_eq!(get.body, b"");
    for received in &received {
        let printed = &received.printed;
        assert!(!printed.contains("secret-"), "{printed}");
        // Whoever asks for it by name gets it.
        assert_eq!(received.header("x-token"), Some(TOKEN));
        for url in &received.urls {
            assert!(received.urls[0].ends_with(url), "{url}");
            assert!(url.contains("/***?tenant=acme"), "{url}");
        }
    }
}

pub(super) async fn what_is_printed_of_the_configuration_holds_no_secret(adapter: &impl Adapter) {
    let endpoint = everything();
    let builder = bare_builder().query_token("q", TOKEN).hmac(scheme());
    let signer = scheme().signer().expect("a valid scheme");
    let tenant = Tenant::new("1", TOKEN).expect("a valid tenant");
    for printed in [
        adapter.printed(endpoint.clone()),
        format!(
            "{endpoint:?} {:?} {builder:?} {signer:?} {tenant:?}",
            scheme()
        ),
        format!("{:#?}", (&endpoint, scheme(), &builder, &signer, &tenant)),
    ] {
        assert!(!printed.contains("secret-"), "{printed}");
        // Nor as a list of bytes.
        assert!(!printed.contains("115, 101, 99"), "{printed}");
    }
}
