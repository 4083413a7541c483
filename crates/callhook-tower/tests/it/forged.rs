//! Requests that prove nothing, against every guard: none of them reaches the handler, and none is told why.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::any;
use callhook_tower::auth::{Encoding, Piece, Secrets, Tenant, Tenants, Timestamp};
use callhook_tower::callhook::request::Head;
use callhook_tower::voipappz::{self, Voipappz};
use callhook_tower::{
    ConfigError, EndpointBuilder, Forwarding, Hmac, Signed, Webhook, WebhookLayer,
};
use callhook_tower::{Endpoint, telecmi::Event};

use crate::support::{Reply, Server, TestHandler, bare_builder, builder, cdr, hook, listen};

const TOKEN: &str = "the-token-of-25-characters";
const OTHERS: &str = "the-token-of-other-tenants";
const SECRET: &str = "the-secret-of-the-relay-itself";

/// A request as it is written on the wire.
#[derive(Clone, Debug)]
struct Sent {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Sent {
    fn post(target: impl Into<String>) -> Self {
        Self {
            method: "POST",
            target: target.into(),
            headers: Vec::new(),
            body: cdr("1"),
        }
    }

    fn get(target: impl Into<String>) -> Self {
        Self {
            method: "GET",
            body: String::new(),
            ..Self::post(target)
        }
    }

    fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    fn signed(self, scheme: &Hmac, now: SystemTime) -> Self {
        let signer = scheme.clone().signer().expect("a sound scheme");
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&*self.target, None),
        };
        let id = [("webhook-id", "msg_1")];
        let head = Head::new(self.method, path, query, &id);
        let headers = signer.sign(&head, self.body.as_bytes(), now);
        let headers = headers.expect("signable");
        headers
            .into_iter()
            .fold(self, |sent, (name, value)| sent.header(&name, value))
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: hook\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.method == "POST" {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        format!("{head}\r\n{}", self.body).into_bytes()
    }
}

/// An endpoint at `/{first}/{second}` of a path, so that every place of a token is there.
async fn serve(endpoint: EndpointBuilder<Event>, desk: &TestHandler) -> Server {
    let layer = WebhookLayer::new(endpoint.build().expect("sound"));
    let app = Router::new()
        .route("/hook", hook().layer(layer.clone()))
        .route("/hook/{token}", hook().layer(layer.clone()))
        .route("/hook/{tenant}/{token}", hook().layer(layer))
        .with_state(desk.clone());
    Server::start(app).await
}

/// What every refusal of one status looks like to its sender.
fn is_bare(reply: &Reply) -> bool {
    let is_known = |name: String| matches!(&*name, "content-length" | "date" | "connection");
    reply.body.is_empty() && reply.header_names().all(is_known)
}

/// The good ones are handled, and none of the forged.
async fn check(
    what: &str,
    endpoint: EndpointBuilder<Event>,
    good: &[Sent],
    forged: &[(&str, Sent)],
) {
    let desk = TestHandler::default();
    let endpoint = endpoint.insecure_no_replay_protection();
    let server = serve(endpoint, &desk).await;
    for (count, sent) in good.iter().enumerate() {
        let reply = server.ask(sent.bytes()).await;
        assert_eq!(reply.status, 204, "{what}: {sent:?}");
        assert_eq!(desk.runs(), count + 1, "{what}: {sent:?}");
    }
    for (how, sent) in forged {
        let reply = server.ask(sent.bytes()).await;
        assert_eq!(reply.status, 401, "{what}, {how}: {sent:?}");
        assert!(is_bare(&reply), "{what}, {how}: {reply:?}");
    }
    assert_eq!(desk.runs(), good.len(), "{what}");
}

/// What is done to any secret that is presented as it is.
fn wrong_tokens() -> Vec<(&'static str, String)> {
    vec![
        ("empty", String::new()),
        ("wrong", "the-token-of-25-characterz".to_owned()),
        ("truncated", TOKEN[..TOKEN.len() - 1].to_owned()),
        ("cut at the front", TOKEN[1..].to_owned()),
        ("continued", format!("{TOKEN}x")),
        ("in another case", TOKEN.to_uppercase()),
        ("another tenant's", OTHERS.to_owned()),
        ("twice in one", format!("{TOKEN},{TOKEN}")),
        ("doubled", format!("{TOKEN}{TOKEN}")),
        ("quoted", format!("\"{TOKEN}\"")),
    ]
}

#[tokio::test]
async fn a_forged_query_token_passes_nowhere() {
    let send = |query: &str| Sent::post(format!("/hook?{query}"));
    let mut forged = vec![
        ("missing", Sent::post("/hook")),
        ("without a value", send("token")),
        ("repeated", send(&format!("token={TOKEN}&token={TOKEN}"))),
        (
            "repeated, one wrong",
            send(&format!("token={TOKEN}&token=")),
        ),
        (
            "repeated, escaped",
            send(&format!("token={TOKEN}&%74oken={TOKEN}")),
        ),
        (
            "escaped twice",
            send(&format!("token=%2574{}", &TOKEN[1..])),
        ),
        ("as an array", send(&format!("token[]={TOKEN}"))),
        ("in another case", send(&format!("Token={TOKEN}"))),
        (
            "in the wrong place",
            Sent::post("/hook").header("token", TOKEN),
        ),
        (
            "in the body",
            Sent::post("/hook").body(format!("token={TOKEN}&{}", "type=cdr")),
        ),
        ("not UTF-8", send(&format!("token={TOKEN}%ff"))),
    ];
    for (how, token) in wrong_tokens() {
        forged.push((how, send(&format!("token={}", token.replace('"', "%22")))));
    }
    let good = [
        send(&format!("token={TOKEN}")),
        send(&format!("a=1&%74oken=%74{}", &TOKEN[1..])),
        Sent::get(format!("/hook?token={TOKEN}&type=cdr&cmiuuid=1")),
    ];
    check(
        "query",
        bare_builder().query_token("token", TOKEN),
        &good,
        &forged,
    )
    .await;
}

#[tokio::test]
async fn a_forged_header_token_passes_nowhere() {
    let send = |value: &str| Sent::post("/hook").header("X-Token", value);
    let good = [send(TOKEN), send(TOKEN).header("Y-Token", "x")];
    let mut forged = vec![
        ("missing", Sent::post("/hook")),
        ("repeated", send(TOKEN).header("x-token", TOKEN)),
        (
            "through a second line",
            send("wrong").header("x-token", TOKEN),
        ),
        ("before a second line", send(TOKEN).header("X-TOKEN", "")),
        (
            "under an underscore",
            Sent::post("/hook").header("X_Token", TOKEN),
        ),
        ("in the query", Sent::post(format!("/hook?x-token={TOKEN}"))),
    ];
    forged.extend(
        wrong_tokens()
            .into_iter()
            .map(|(how, token)| (how, send(&token))),
    );
    check(
        "header",
        bare_builder().header_token("x-token", TOKEN),
        &good,
        &forged,
    )
    .await;
}

#[tokio::test]
async fn forged_bearer_and_basic_credentials_pass_nowhere() {
    let send = |value: &str| Sent::post("/hook").header("Authorization", value);
    let bearer = format!("Bearer {TOKEN}");
    let good = [send(&bearer), send(&format!("bEARER   {TOKEN}"))];
    let mut forged = vec![
        ("missing", Sent::post("/hook")),
        (
            "repeated",
            send(&bearer).header("authorization", bearer.clone()),
        ),
        (
            "through a second line",
            send("Basic x").header("authorization", bearer.clone()),
        ),
        ("without a scheme", send(TOKEN)),
        ("without a space", send(&format!("Bearer{TOKEN}"))),
        ("another scheme", send(&format!("Basic {TOKEN}"))),
        ("a longer scheme", send(&format!("Bearers {TOKEN}"))),
        ("the scheme alone", send("Bearer")),
    ];
    for (how, token) in wrong_tokens() {
        forged.push((how, send(&format!("Bearer {token}"))));
    }
    check("bearer", bare_builder().bearer_token(TOKEN), &good, &forged).await;

    // base64 of "telecmi:the-token-of-25-characters" and of others, made with `base64`.
    let right = "dGVsZWNtaTp0aGUtdG9rZW4tb2YtMjUtY2hhcmFjdGVycw==";
    let basic = format!("Basic {right}");
    let good = [send(&basic), send(&format!("basic {right}"))];
    let forged = [
        ("missing", Sent::post("/hook")),
        ("empty", send("Basic ")),
        ("bearer", send(&bearer)),
        ("plain", send(&format!("Basic telecmi:{TOKEN}"))),
        (
            "repeated",
            send(&basic).header("authorization", basic.clone()),
        ),
        // "telecmj:the-token-of-25-characters"
        (
            "another user",
            send("Basic dGVsZWNtajp0aGUtdG9rZW4tb2YtMjUtY2hhcmFjdGVycw=="),
        ),
        // ":the-token-of-25-characters"
        (
            "no user",
            send("Basic OnRoZS10b2tlbi1vZi0yNS1jaGFyYWN0ZXJz"),
        ),
        // "the-token-of-25-characters"
        (
            "no colon",
            send("Basic dGhlLXRva2VuLW9mLTI1LWNoYXJhY3RlcnM="),
        ),
        // "telecmi:"
        ("no password", send("Basic dGVsZWNtaTo=")),
        // "telecmi:the-token-of-25-character"
        (
            "truncated",
            send("Basic dGVsZWNtaTp0aGUtdG9rZW4tb2YtMjUtY2hhcmFjdGVy"),
        ),
        (
            "without padding",
            send(&format!("Basic {}", right.trim_end_matches('='))),
        ),
        (
            "with other last bits",
            send(&format!("Basic {}", right.replace("cw==", "cx=="))),
        ),
        ("continued", send(&format!("Basic {right}AAAA"))),
        ("not base64", send("Basic !!!!")),
    ];
    check(
        "basic",
        bare_builder().basic_auth("telecmi", TOKEN),
        &good,
        &forged,
    )
    .await;
}

#[tokio::test]
async fn a_forged_path_token_passes_nowhere() {
    let send = |segment: &str| Sent::post(format!("/hook/{segment}"));
    let good = [
        send(TOKEN),
        send(&format!("%74{}", &TOKEN[1..])),
        Sent::post(format!("/hook/any/{TOKEN}")),
    ];
    let mut forged = vec![
        ("missing", Sent::post("/hook")),
        ("in another segment", send(&format!("{TOKEN}/x"))),
        ("escaped twice", send(&format!("%2574{}", &TOKEN[1..]))),
        ("in the query", Sent::post(format!("/hook?{TOKEN}"))),
        ("with parameters", send(&format!("{TOKEN};a=1"))),
        ("not UTF-8", send(&format!("{TOKEN}%ff"))),
    ];
    for (how, token) in wrong_tokens() {
        if !token.is_empty() {
            forged.push((how, send(&token.replace('"', "%22"))));
        }
    }
    check("path", bare_builder().path_token(TOKEN), &good, &forged).await;

    let before = bare_builder().path_token_before(1, TOKEN);
    let good = [Sent::post(format!("/hook/{TOKEN}/x"))];
    let forged = [
        (
            "in the last segment",
            Sent::post(format!("/hook/x/{TOKEN}")),
        ),
        ("as the last segment", send(TOKEN)),
    ];
    check("path before", before, &good, &forged).await;
}

#[tokio::test]
async fn a_forged_token_in_the_message_passes_nowhere() {
    let endpoint = || bare_builder().body_token("custom", TOKEN);
    let json = |members: &str| Sent::post("/hook").body(format!(r#"{{"type":"cdr"{members}}}"#));
    let custom = |value: &str| json(&format!(r#","custom":"{value}""#));
    let good = [
        custom(TOKEN),
        json(&format!(r#","\u0063ustom":"\u0074{}","a":1"#, &TOKEN[1..])),
        Sent::post("/hook").body(format!("type=cdr&custom={TOKEN}")),
        Sent::post("/hook").body(format!("data=%7B%22custom%22%3A%22{TOKEN}%22%7D")),
        Sent::get(format!("/hook?type=cdr&custom={TOKEN}")),
    ];
    let mut forged = vec![
        ("missing", json("")),
        ("no body", Sent::post("/hook").body("")),
        ("nested", json(&format!(r#","a":{{"custom":"{TOKEN}"}}"#))),
        (
            "an array",
            Sent::post("/hook").body(format!(r#"[{{"custom":"{TOKEN}"}}]"#)),
        ),
        ("in an array", json(&format!(r#","custom":["{TOKEN}"]"#))),
        ("in another case", json(&format!(r#","Custom":"{TOKEN}""#))),
        (
            "repeated",
            json(&format!(r#","custom":"{TOKEN}","custom":"{TOKEN}""#)),
        ),
        (
            "repeated, one null",
            json(&format!(r#","custom":"{TOKEN}","custom":null"#)),
        ),
        (
            "repeated, escaped",
            json(&format!(r#","custom":"{TOKEN}","\u0063ustom":"x""#)),
        ),
        (
            "repeated in a form",
            Sent::post("/hook").body(format!("custom={TOKEN}&custom={TOKEN}")),
        ),
        ("null", json(r#","custom":null"#)),
        ("true", json(r#","custom":true"#)),
        (
            "in a string",
            json(&format!(r#","a":"\",\"custom\":\"{TOKEN}""#)),
        ),
        (
            "in a comment",
            json(&format!("// \"custom\":\"{TOKEN}\"\n")),
        ),
        (
            "in a query of a POST",
            Sent::post(format!("/hook?custom={TOKEN}")),
        ),
        ("in a header", json("").header("custom", TOKEN)),
        (
            "not UTF-8",
            Sent::post("/hook").body(format!("custom={TOKEN}%ff")),
        ),
        ("missing in a query", Sent::get("/hook?type=cdr")),
        (
            "repeated in a query",
            Sent::get(format!("/hook?custom={TOKEN}&custom={TOKEN}")),
        ),
        (
            "broken before it",
            Sent::post("/hook").body(format!(r#"{{"a" 1,"custom":"{TOKEN}"}}"#)),
        ),
        (
            "broken within it",
            Sent::post("/hook").body(format!(r#"{{"custom":"{TOKEN}"#)),
        ),
        (
            "a probe",
            Sent {
                method: "HEAD",
                ..Sent::get("/hook")
            },
        ),
    ];
    for (how, token) in wrong_tokens() {
        forged.push((how, custom(&token.replace('"', "\\\""))));
    }
    check("body", endpoint(), &good, &forged).await;
}

#[tokio::test]
async fn a_token_that_is_configured_as_its_hash_is_as_hard_to_forge() {
    // printf %s the-token-of-25-characters | sha256sum
    let sha256 = "9323c590d29b26664cc9d88cfde424c63827af1ec4b120f6d8356127b7eb3fa1";
    let secrets = Secrets::new()
        .with_sha256("hashed", sha256)
        .expect("a digest");
    let send = |query: &str| Sent::post(format!("/hook?token={query}"));
    let mut forged = vec![("the hash itself", send(sha256))];
    for (how, token) in wrong_tokens() {
        forged.push((how, send(&token.replace('"', "%22"))));
    }
    let endpoint = bare_builder().query_token("token", secrets);
    check("hashed", endpoint, &[send(TOKEN)], &forged).await;
}

/// Signature schemes of every kind.
fn schemes() -> Vec<(&'static str, Hmac)> {
    let scheme = || Hmac::sha256("x-signature", SECRET);
    vec![
        ("content", scheme().prefix("sha256=")),
        ("content in base64", scheme().encoding(Encoding::Base64)),
        ("target and body", scheme().signed(Signed::TargetAndBody)),
        (
            "timestamp and content",
            scheme()
                .prefix("v1=")
                .timestamp(Timestamp::entry("t="))
                .signed(Signed::TimestampAndContent),
        ),
        (
            "standard webhooks",
            Hmac::standard_webhooks("whsec_dGhlLXNlY3JldC1vZi10aGUtcmVsYXktaXRzZWxm"),
        ),
        (
            "everything",
            scheme()
                .timestamp(Timestamp::header("x-time"))
                .signed(Signed::Pieces(vec![
                    Piece::header("webhook-id"),
                    Piece::text("\n"),
                    Piece::Timestamp,
                    Piece::text("\n"),
                    Piece::Target,
                    Piece::text("\n"),
                    Piece::Body,
                ])),
        ),
    ]
}

#[tokio::test]
async fn a_forged_signature_passes_nowhere() {
    for (what, scheme) in schemes() {
        let now = SystemTime::now();
        let header = if what == "standard webhooks" {
            "webhook-signature"
        } else {
            "x-signature"
        };
        let has_time = !matches!(what, "content" | "content in base64" | "target and body");
        let plain = |target: &str| Sent::post(target).header("webhook-id", "msg_1");
        let good = plain("/hook?a=1").signed(&scheme, now);
        let signed_as = |sent: &Sent| {
            let found = sent.headers.iter().find(|(name, _)| name == header);
            found.expect("signed").1.clone()
        };
        let with_signature = |signature: String| {
            let mut sent = good.clone();
            let line = sent.headers.iter_mut().find(|(name, _)| name == header);
            line.expect("signed").1 = signature;
            sent
        };
        let without = |name: &str| {
            let mut sent = good.clone();
            sent.headers.retain(|(other, _)| other != name);
            sent
        };
        let signature = signed_as(&good);
        let other_secret = Hmac::sha256("x-signature", "a secret of another relay");
        let other_key = plain("/hook?a=1").signed(&other_secret, now);
        let get = Sent::get("/hook?type=cdr&cmiuuid=1").header("webhook-id", "msg_1");
        let get = get.signed(&scheme, now);

        let mut forged = vec![
            ("missing", without(header)),
            ("empty", with_signature(String::new())),
            (
                "truncated",
                with_signature(signature[..signature.len() - 1].to_owned()),
            ),
            ("continued", with_signature(format!("{signature}0"))),
            ("repeated", good.clone().header(header, signature.clone())),
            (
                "through a second line",
                good.clone().header(&header.to_uppercase(), "x"),
            ),
            (
                "of another secret",
                with_signature(signed_as(&Sent {
                    headers: other_key
                        .headers
                        .iter()
                        .map(|(_, value)| (header.to_owned(), value.clone()))
                        .collect(),
                    ..other_key
                })),
            ),
            ("right, over another body", good.clone().body(cdr("2"))),
            (
                "right, over more",
                good.clone().body(format!("{} ", good.body)),
            ),
            ("right, over nothing", good.clone().body("")),
            (
                "of a POST, on a GET",
                Sent {
                    method: "GET",
                    body: String::new(),
                    ..good.clone()
                },
            ),
            (
                "of a GET, on a POST",
                Sent {
                    method: "POST",
                    body: cdr("1"),
                    ..get.clone()
                },
            ),
            (
                "of a GET, with another query",
                Sent {
                    target: "/hook?type=cdr&cmiuuid=2".to_owned(),
                    ..get.clone()
                },
            ),
            (
                "of a GET, with more",
                Sent {
                    target: "/hook?type=cdr&cmiuuid=1&a=1".to_owned(),
                    ..get.clone()
                },
            ),
            (
                "as the token",
                Sent::post(format!("/hook?token={signature}")),
            ),
        ];
        if has_time {
            for seconds in [301, 86_400] {
                let offset = Duration::from_secs(seconds);
                forged.push(("stale", plain("/hook?a=1").signed(&scheme, now - offset)));
                let early = now + offset + Duration::from_secs(60);
                forged.push(("of the future", plain("/hook?a=1").signed(&scheme, early)));
            }
        }
        if matches!(what, "standard webhooks" | "everything") {
            let time = if what == "everything" {
                "x-time"
            } else {
                "webhook-timestamp"
            };
            forged.push(("without its time", without(time)));
            forged.push(("without its id", without("webhook-id")));
            forged.push(("with two ids", good.clone().header("Webhook-Id", "msg_1")));
            forged.push(("with two times", good.clone().header(time, "1")));
            forged.push((
                "with another id",
                without("webhook-id").header("webhook-id", "msg_2"),
            ));
            forged.push(("with another time", without(time).header(time, "1")));
        }
        if matches!(what, "target and body" | "everything") {
            for (how, target) in [
                ("sent to another path", "/hook/other?a=1"),
                ("sent with another query", "/hook?a=2"),
                ("sent with more query", "/hook?a=1&b"),
                ("sent without its query", "/hook"),
                ("sent with an escape", "/hook?%61=1"),
            ] {
                forged.push((
                    how,
                    Sent {
                        target: target.to_owned(),
                        ..good.clone()
                    },
                ));
            }
        }
        check(what, bare_builder().hmac(scheme), &[good, get], &forged).await;
    }
}

#[tokio::test]
async fn every_guard_of_an_endpoint_has_to_pass() {
    let scheme = Hmac::sha256("x-signature", SECRET);
    let endpoint = bare_builder()
        .query_token("token", TOKEN)
        .header_token("x-token", OTHERS)
        .body_token("custom", "a third token of some length")
        .hmac(scheme.clone());
    let full = Sent::post(format!("/hook?token={TOKEN}"))
        .header("x-token", OTHERS)
        .body(r#"{"type":"cdr","custom":"a third token of some length"}"#)
        .signed(&scheme, SystemTime::now());
    let mut no_header = full.clone();
    no_header.headers.retain(|(name, _)| name != "x-token");
    let mut no_signature = full.clone();
    no_signature
        .headers
        .retain(|(name, _)| name != "x-signature");
    let no_custom = Sent {
        headers: Vec::new(),
        ..full.clone()
    }
    .header("x-token", OTHERS)
    .body(r#"{"type":"cdr"}"#)
    .signed(&scheme, SystemTime::now());
    let forged = [
        (
            "without the first",
            Sent {
                target: "/hook".to_owned(),
                ..full.clone()
            },
        ),
        ("without the second", no_header),
        ("without the third", no_custom),
        ("without the signature", no_signature),
    ];
    check("all", endpoint, &[full], &forged).await;
}

#[tokio::test]
async fn a_captured_message_is_nothing_at_another_events_url() {
    listen();
    let scheme = Hmac::sha256("x-signature", SECRET).signed(Signed::TargetAndBody);
    let endpoint = Endpoint::builder(Voipappz::path_segment())
        .hmac(scheme.clone())
        .build()
        .expect("sound");
    let app = Router::new().route(
        "/voipappz/{event}",
        any(async |report: Webhook<voipappz::Event>| format!("{:?}", report.event().kind()))
            .layer(WebhookLayer::new(endpoint)),
    );
    let server = Server::start(app).await;
    let captured = Sent::post("/voipappz/call-answer")
        .body(r#"{"uuid":"1"}"#)
        .signed(&scheme, SystemTime::now());
    for other in [
        "/voipappz/call-hangup",
        "/voipappz/call%2Danswer",
        "/voipappz/call-answer/",
        "/voipappz/call-answer?event=call-hangup",
        "/voipappz/call-answer?",
    ] {
        let target = other.to_owned();
        let reply = server
            .ask(
                Sent {
                    target,
                    ..captured.clone()
                }
                .bytes(),
            )
            .await;
        // A router may have no route for it.
        assert!(matches!(reply.status, 401 | 404), "{other}: {reply:?}");
    }
    assert_eq!(server.ask(captured.bytes()).await.status, 200);
}

/// Two tenants: `acme`, with the token and the secret, and `other`, with others.
fn tenants(is_in_path: bool) -> Tenants {
    let lookup = async |name: String| match &*name {
        "acme" | "ACME" => Tenant::new("1", [TOKEN, SECRET])?.app_ids(["7"]).map(Some),
        "other" => Tenant::new("2", [OTHERS, "the-secret-of-another-relay"]).map(Some),
        _ => Ok::<_, ConfigError>(None),
    };
    if is_in_path {
        Tenants::path_segment(lookup)
    } else {
        Tenants::query_parameter("tenant", lookup)
    }
}

#[tokio::test]
async fn one_tenants_proof_is_nothing_at_anothers_url_and_an_unknown_tenant_is_a_wrong_secret() {
    let body = r#"{"type":"cdr","cmiuuid":"1","appid":7}"#;
    let token =
        |tenant: &str, token: &str| Sent::post(format!("/hook/{tenant}?token={token}")).body(body);
    let endpoint = || {
        bare_builder()
            .query_token("token", Secrets::of_tenant())
            .tenants(tenants(true))
    };
    let good = [
        token("acme", TOKEN),
        token("ACME", TOKEN),
        token("%61cme", TOKEN),
        token("other", OTHERS),
    ];
    let forged = [
        ("another tenant's", token("acme", OTHERS)),
        ("another tenant's", token("other", TOKEN)),
        ("of an unknown tenant", token("nobody", TOKEN)),
        ("of an unknown tenant, empty", token("nobody", "")),
        ("escaped twice", token("%2561cme", TOKEN)),
        (
            "of no tenant",
            Sent::post(format!("/hook?token={TOKEN}")).body(body),
        ),
        ("not UTF-8", token("acme%ff", TOKEN)),
        ("of a long name", token(&"a".repeat(300), TOKEN)),
        ("missing", Sent::post("/hook/acme").body(body)),
    ];
    check("tenants' tokens", endpoint(), &good, &forged).await;

    let scheme = |secret: Secrets| Hmac::sha256("x-signature", secret);
    let endpoint = bare_builder()
        .hmac(scheme(Secrets::of_tenant()))
        .tenants(tenants(false));
    let now = SystemTime::now();
    let sign = |tenant: &str, secret: &str| {
        let sent = Sent::post(format!("/hook?tenant={tenant}")).body(body);
        sent.signed(&scheme(Secrets::from(secret)), now)
    };
    let good = [
        sign("acme", SECRET),
        sign("other", "the-secret-of-another-relay"),
    ];
    let forged = [
        ("another tenant's", sign("other", SECRET)),
        ("of an unknown tenant", sign("nobody", SECRET)),
        ("of no tenant", sign("", SECRET)),
        ("of two tenants", sign("acme&tenant=acme", SECRET)),
        ("of two tenants", sign("acme&tenant=nobody", SECRET)),
    ];
    check("tenants' signatures", endpoint, &good, &forged).await;
}

#[tokio::test]
async fn an_unknown_tenant_cannot_be_told_from_a_wrong_secret() {
    let scheme = |secret: Secrets| Hmac::sha256("x-signature", secret);
    let endpoint = bare_builder()
        .hmac(scheme(Secrets::of_tenant()))
        .tenants(tenants(true))
        .max_body_bytes(100);
    let server = serve(endpoint, &TestHandler::default()).await;
    let wrong = scheme(Secrets::from("a secret of nobody at all"));
    let send = |tenant: &str, body: String| {
        let sent = Sent::post(format!("/hook/{tenant}")).body(body);
        sent.signed(&wrong, SystemTime::now())
    };
    let chunked = |sent: Sent, bytes: usize| {
        let text = String::from_utf8(
            Sent {
                body: String::new(),
                ..sent
            }
            .bytes(),
        )
        .expect("text");
        let head = text.replace("content-length: 0", "transfer-encoding: chunked");
        format!("{head}{bytes:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(bytes)).into_bytes()
    };
    let unsigned = |tenant: &str| Sent::post(format!("/hook/{tenant}")).body("{}").bytes();
    type OfTenant<'a> = Box<dyn Fn(&str) -> Vec<u8> + 'a>;
    let requests: [(&str, OfTenant<'_>); 6] = [
        ("wrong", Box::new(|tenant| send(tenant, cdr("1")).bytes())),
        ("unsigned", Box::new(unsigned)),
        (
            "too large",
            Box::new(|tenant| send(tenant, "x".repeat(101)).bytes()),
        ),
        (
            "too large while it is read",
            Box::new(|tenant| chunked(send(tenant, String::new()), 101)),
        ),
        (
            "just in the limit",
            Box::new(|tenant| chunked(send(tenant, String::new()), 100)),
        ),
        (
            "a probe",
            Box::new(|tenant| {
                let sent = Sent::get(format!("/hook/{tenant}"));
                sent.signed(&wrong, SystemTime::now()).bytes()
            }),
        ),
    ];
    for (what, request) in requests {
        let known = server.ask(request("acme")).await;
        let unknown = server.ask(request("nobody")).await;
        assert_eq!(known.without_date(), unknown.without_date(), "{what}");
    }
}

#[tokio::test]
async fn an_address_is_forged_by_no_header() {
    let endpoint = || {
        builder()
            .allow(["192.0.2.7", "::ffff:198.51.100.0/120"])
            .trusted_proxies(["127.0.0.1"], Forwarding::XForwardedFor)
    };
    let send = |lines: &[(&str, &str)]| {
        let sent = Sent::post(format!("/hook?token={}", crate::support::TOKEN));
        lines
            .iter()
            .fold(sent, |sent, (name, line)| sent.header(name, *line))
    };
    let x = "X-Forwarded-For";
    let desk = TestHandler::default();
    let server = serve(endpoint().insecure_no_replay_protection(), &desk).await;
    for lines in [
        &[(x, "192.0.2.7")][..],
        &[(x, "::ffff:192.0.2.7")],
        &[(x, "[::ffff:c000:207]:80")],
        &[(x, "198.51.100.9")],
        &[(x, "203.0.113.9, 192.0.2.7"), (x, "127.0.0.1")],
    ] {
        let reply = server.ask(send(lines).bytes()).await;
        assert_eq!(reply.status, 204, "{lines:?}");
    }
    let runs = desk.runs();
    for lines in [
        &[][..],
        &[(x, "")],
        &[(x, "192.0.2.8")],
        &[(x, "192.0.2.7, 192.0.2.8")],
        &[(x, "192.0.2.7"), (x, "192.0.2.8")],
        &[(x, "::ffff:192.0.2.8")],
        &[(x, "::192.0.2.7")],
        &[(x, "64:ff9b::192.0.2.7")],
        &[(x, "127.0.0.1")],
        &[(x, "192.0.2.7, ")],
        &[(x, "192.0.2.7,,")],
        &[(x, "192.0.2.7 127.0.0.1")],
        &[(x, "192.0.2.007")],
        &[(x, "3221225991")],
        &[(x, "192.0.2.7/32")],
        &[(x, "192.0.2.7%lo")],
        &[("Forwarded", "for=192.0.2.7")],
        &[("X-Real-IP", "192.0.2.7")],
        &[("X-Client-IP", "192.0.2.7")],
        &[("X_Forwarded_For", "192.0.2.7")],
        &[(x, "192.0.2.8"), ("Forwarded", "for=192.0.2.7")],
    ] {
        let reply = server.ask(send(lines).bytes()).await;
        assert_eq!(reply.status, 403, "{lines:?}");
        assert!(is_bare(&reply), "{lines:?}: {reply:?}");
    }
    assert_eq!(desk.runs(), runs);

    // From a peer that is no trusted proxy, none of them counts.
    let untrusted = builder()
        .allow(["192.0.2.7"])
        .trusted_proxies(["127.0.0.2"], Forwarding::XForwardedFor);
    let desk = TestHandler::default();
    let server = serve(untrusted, &desk).await;
    for name in [x, "Forwarded", "X-Real-IP"] {
        let reply = server.ask(send(&[(name, "192.0.2.7")]).bytes()).await;
        assert_eq!(reply.status, 403, "{name}");
    }
    assert_eq!(desk.runs(), 0);
}
