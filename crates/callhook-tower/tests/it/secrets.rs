//! Where a secret must not turn up: in the log, in what is printed, and in what is passed inwards.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderMap, Uri};
use axum::routing::any;
use callhook_tower::auth::{Secrets, Tenant, Tenants};
use callhook_tower::callhook::request::Head;
use callhook_tower::telecmi::Event;
use callhook_tower::{AllowList, Endpoint, Hmac, WebhookLayer};

use crate::support::{Desk, Logs, Server, bare_builder, router};

const TOKEN: &str = "secret-token-of-some-length";
const RELAY: &str = "secret-of-the-relay-itself";

/// What of a message must not be printed: its numbers, names, ids and texts.
const PRIVATE: [&str; 6] = [
    "secret-",
    "919876543210",
    "private-id",
    "private-user",
    "private text",
    "private%20text",
];

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
        .hmac(Hmac::sha256("x-signature", RELAY))
        .tenants(tenants)
        .insecure_unsigned_label()
        .insecure_observe_allow_list(AllowList::new(["192.0.2.7"]).expect("a network"))
        .app_ids(["7"])
        .build()
        .expect("sound")
}

fn signature(method: &str, query: &str, body: &str) -> String {
    let signer = Hmac::sha256("x-signature", RELAY).signer().expect("sound");
    let head = Head::new(method, "/", Some(query), &());
    let signed = signer.sign(&head, body.as_bytes(), SystemTime::UNIX_EPOCH);
    signed.expect("signable").remove(0).1
}

fn write(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: hook\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The request that passes, with this in place of the one piece that is named.
fn request(method: &str, piece: &str, instead: &str) -> Vec<u8> {
    let of = |name: &str, value: &str| {
        if name == piece {
            instead.to_owned()
        } else {
            value.to_owned()
        }
    };
    let fields = "type=cdr&appid=7&cmiuuid=private-id&from=%2B919876543210&note=private%20text";
    let query = format!("tenant={}&q={}", of("tenant", "acme"), of("query", TOKEN));
    let (query, body) = match method {
        "POST" => (query, of("body", &message())),
        _ => (format!("{query}&{fields}&custom={TOKEN}"), String::new()),
    };
    let signed = signature(method, &query, &body);
    let bearer = format!("Bearer {TOKEN}");
    let target = format!("/hook/{}?{query}", of("path", TOKEN));
    let headers = [
        ("x-token", &*of("header", TOKEN)),
        ("authorization", &*of("bearer", &bearer)),
        ("x-signature", &*of("signature", &signed)),
    ];
    write(method, &target, &headers, &body)
}

#[tokio::test]
async fn nothing_of_a_request_is_logged_whatever_becomes_of_it() {
    let logs = Logs::keep();
    let desk = Desk::default();
    let app = Router::new()
        .route(
            "/hook/{token}",
            crate::support::hook().layer(WebhookLayer::new(everything())),
        )
        .with_state(desk.clone());
    let server = Server::start(app).await;
    let wrong = "secret-that-is-wrong-all-the-same";
    let broken = format!(r#"{{"custom":"{TOKEN}","from":"919876543210","note":"private text""#);
    let twice = message().replace(r#""appid":7"#, r#""cmiuuid":"private-id-2","appid":7"#);
    let other_app = message().replace(r#""appid":7"#, r#""appid":8"#);
    let deep = message().replace(
        r#""private text""#,
        &format!("{}\"private text\"{}", "[".repeat(70), "]".repeat(70)),
    );
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
        (
            "POST",
            "body",
            r#"{"custom":"secret-that-is-wrong-all-the-same"}"#,
            401,
        ),
        ("PUT", "", "", 405),
    ] {
        let reply = server.ask(request(method, piece, instead)).await;
        assert_eq!(reply.status, status, "{method} {piece} {instead}");
        let answer = reply.without_date();
        assert!(
            !PRIVATE.iter().any(|text| answer.contains(text)),
            "{answer}"
        );
    }
    // A copy while the first is handled, a handler that fails, one that panics, and a sender that hangs up.
    desk.gate().close();
    let revised = message().replace("answered", "missed");
    let mut first = server.connect().await;
    first.send(request("POST", "body", &revised)).await;
    desk.reach_runs(3).await;
    let copy = server.ask(request("POST", "body", &revised)).await;
    assert_eq!(copy.status, 503);
    drop(first);
    desk.dropped().reach(1).await;
    desk.gate().open();
    desk.plan_status(500);
    let failed = message().replace("answered", "failed");
    assert_eq!(
        server.ask(request("POST", "body", &failed)).await.status,
        500
    );

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
    let expected = signature("POST", &format!("tenant=acme&q={TOKEN}"), &message());
    for private in PRIVATE.into_iter().chain([&*expected, &expected[..16]]) {
        let line = log.lines().find(|line| line.contains(private));
        assert_eq!(line, None, "{private}");
    }
}

#[tokio::test]
async fn a_handler_sees_no_secret_in_the_url_or_the_body_and_none_when_it_prints_the_headers() {
    type Seen = Arc<Mutex<Vec<(Uri, Uri, HeaderMap, Vec<u8>)>>>;
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let handler = move |OriginalUri(original): OriginalUri, request: Request| {
        let kept = Arc::clone(&kept);
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a body");
            let mut kept = kept.lock().expect("not poisoned");
            kept.push((original, parts.uri, parts.headers, body.to_vec()));
        }
    };
    let inner = Router::new().route(
        "/{token}",
        any(handler).layer(WebhookLayer::new(everything())),
    );
    let server = Server::start(Router::new().nest("/hook", inner)).await;
    for method in ["POST", "GET"] {
        let reply = server.ask(request(method, "", "")).await;
        assert_eq!(reply.status, 200, "{method}");
    }

    let seen = seen.lock().expect("not poisoned");
    let [post, get] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!(post.0, "/hook/***?tenant=acme");
    assert_eq!(post.1, "/***?tenant=acme");
    let fields = "type=cdr&appid=7&cmiuuid=private-id&from=%2B919876543210&note=private%20text";
    assert_eq!(get.0, format!("/hook/***?tenant=acme&{fields}").as_str());
    assert_eq!(get.1, format!("/***?tenant=acme&{fields}").as_str());

    let body = message().replace(&format!(r#","custom":"{TOKEN}""#), "");
    assert_eq!(String::from_utf8_lossy(&post.3), body);
    assert_eq!(post.2["content-length"], body.len().to_string().as_str());
    assert_eq!(get.3, b"");
    for (_, _, headers, _) in &*seen {
        let printed = format!("{headers:?}");
        assert!(!printed.contains("secret-"), "{printed}");
        // Whoever asks for it by name gets it.
        assert_eq!(headers["x-token"], TOKEN);
    }
}

#[tokio::test]
async fn what_is_printed_of_the_configuration_holds_no_secret() {
    let app = router(everything(), &Desk::default());
    let endpoint = everything();
    let layer = WebhookLayer::new(endpoint.clone());
    let scheme = Hmac::sha256("x-signature", RELAY);
    let builder = bare_builder().query_token("q", TOKEN).hmac(scheme.clone());
    let signer = scheme.clone().signer().expect("sound");
    let tenant = Tenant::new("1", TOKEN).expect("sound");
    for printed in [
        format!("{endpoint:?}"),
        format!("{layer:?}"),
        format!("{scheme:?}"),
        format!("{builder:?}"),
        format!("{signer:?}"),
        format!("{tenant:?}"),
        format!("{app:?}"),
        format!(
            "{:#?}",
            (&endpoint, &layer, &scheme, &builder, &signer, &tenant)
        ),
    ] {
        assert!(!printed.contains("secret-"), "{printed}");
        // Nor as a list of bytes.
        assert!(!printed.contains("115, 101, 99"), "{printed}");
    }
}
