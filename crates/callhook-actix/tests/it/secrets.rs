//! Where a secret must not turn up: in the log, in what is printed, and in what is passed inwards.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use callhook_actix::auth::{Secrets, Tenant, Tenants};
use callhook_actix::callhook::request::Head;
use callhook_actix::telecmi::Event;
use callhook_actix::{AllowList, Endpoint, Hmac, Unlayered, Webhook, WebhookMiddleware};

use crate::support::{Logs, bare_builder, call};

const TOKEN: &str = "secret-token-of-some-length";
const RELAY: &str = "secret-of-the-relay-itself";

/// What of a message must not be printed: its numbers, names, ids and texts.
const PRIVATE: [&str; 5] = [
    "secret-",
    "919876543210",
    "private-id",
    "private-user",
    "private text",
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

/// The request that passes, with this in place of the one piece that is named.
fn request(method: &str, piece: &str, instead: &str) -> TestRequest {
    let of = |name: &str, value: &str| {
        let value = if name == piece { instead } else { value };
        value.to_owned()
    };
    let fields = "type=cdr&appid=7&cmiuuid=private-id&from=%2B919876543210&note=private";
    let query = format!("tenant={}&q={}", of("tenant", "acme"), of("query", TOKEN));
    let (query, body) = match method {
        "POST" => (query, of("body", &message())),
        _ => (format!("{query}&{fields}&custom={TOKEN}"), String::new()),
    };
    let signer = Hmac::sha256("x-signature", RELAY).signer().expect("sound");
    let head = Head::new(method, "/", Some(&query), &());
    let signed = signer.sign(&head, body.as_bytes(), SystemTime::UNIX_EPOCH);
    let signed = signed.expect("signable").remove(0).1;
    let bearer = format!("Bearer {TOKEN}");
    TestRequest::default()
        .method(method.parse().expect("a method"))
        .uri(&format!("/hook/{}?{query}", of("path", TOKEN)))
        .insert_header(("x-token", of("header", TOKEN)))
        .insert_header(("authorization", of("bearer", &bearer)))
        .insert_header(("x-signature", of("signature", &signed)))
        .insert_header(("content-length", body.len().to_string()))
        .set_payload(body)
}

#[actix_web::test]
async fn nothing_of_a_request_is_logged_whatever_becomes_of_it() {
    async fn layered(_: Webhook<Event>) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    async fn unlayered(call: Unlayered<Event>) -> Result<impl Responder, std::io::Error> {
        call.process(async |_| Ok(HttpResponse::NoContent())).await
    }
    for is_layered in [true, false] {
        let logs = Logs::keep();
        let endpoint = everything();
        let app = |app: &mut ServiceConfig| {
            let resource = web::resource("/hook/{token}");
            if is_layered {
                let middleware = WebhookMiddleware::new(endpoint.clone());
                app.service(resource.wrap(middleware).to(layered));
            } else {
                app.service(resource.app_data(endpoint.clone()).to(unlayered));
            }
        };
        let wrong = "secret-that-is-wrong-all-the-same";
        let broken = format!(r#"{{"custom":"{TOKEN}","from":"919876543210","note":"private text""#);
        let twice = message().replace(r#""appid":7"#, r#""cmiuuid":"private-id-2","appid":7"#);
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
            ("PUT", "", "", 405),
        ] {
            let response = call(&app, request(method, piece, instead)).await;
            assert_eq!(response.status(), status, "{method} {piece} {instead}");
            let printed = format!(
                "{:?} {:?}",
                response.response(),
                response.response().error()
            );
            let found = PRIVATE.iter().find(|text| printed.contains(**text));
            assert_eq!(found, None, "{printed}");
        }
        let log = logs.text();
        assert!(log.contains(r#"outcome="handled""#), "{log}");
        for private in PRIVATE {
            let line = log.lines().find(|line| line.contains(private));
            assert_eq!(line, None, "{private}");
        }
    }
}

#[actix_web::test]
async fn a_handler_sees_no_secret_in_the_url_or_the_body_and_none_when_it_prints_the_request() {
    type Seen = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let handler = move |request: HttpRequest, body: Bytes| {
        let kept = Arc::clone(&kept);
        async move {
            let printed = format!("{} {request:?}", request.uri());
            let mut kept = kept.lock().expect("not poisoned");
            kept.push((printed, request.headers().clone(), body));
            HttpResponse::Ok().finish()
        }
    };
    let middleware = WebhookMiddleware::new(everything());
    let app = |app: &mut ServiceConfig| {
        let resource = web::resource("/{token}").wrap(middleware.clone());
        app.service(web::scope("/hook").service(resource.to(handler.clone())));
    };
    for method in ["POST", "GET"] {
        assert_eq!(call(&app, request(method, "", "")).await.status(), 200);
    }

    let seen = seen.lock().expect("not poisoned");
    let [post, get] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert!(post.0.starts_with("/hook/***?tenant=acme "), "{}", post.0);
    let fields = "type=cdr&appid=7&cmiuuid=private-id&from=%2B919876543210&note=private";
    let target = format!("/hook/***?tenant=acme&{fields} ");
    assert!(get.0.starts_with(&target), "{}", get.0);

    let body = message().replace(&format!(r#","custom":"{TOKEN}""#), "");
    assert_eq!(post.2, body);
    assert_eq!(
        post.1.get("content-length").expect("a length"),
        &*body.len().to_string()
    );
    assert_eq!(get.2, "");
    for (printed, headers, _) in &*seen {
        let printed = format!("{printed} {headers:?}");
        assert!(!printed.contains("secret-"), "{printed}");
        // Whoever asks for it by name gets it.
        assert_eq!(headers.get("x-token").expect("a token"), TOKEN);
    }
}

#[actix_web::test]
async fn a_form_whose_token_is_cut_out_can_be_read_by_actix() {
    async fn on_call(
        call: Webhook<Event>,
        form: web::Form<Vec<(String, String)>>,
        body: HttpRequest,
    ) -> String {
        assert_eq!(
            body.headers().get("content-length").expect("a length"),
            &*call.raw().len().to_string()
        );
        format!("{form:?}")
    }
    let endpoint = bare_builder().body_token("custom", TOKEN).build();
    let middleware = WebhookMiddleware::new(endpoint.expect("sound"));
    let app = |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(middleware.clone()).to(on_call));
    };
    let body = format!("type=cdr&custom={TOKEN}&cmiuuid=1&status=missed");
    let request = TestRequest::post()
        .uri("/hook")
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .insert_header(("content-length", body.len().to_string()))
        .set_payload(body);
    let response = call(&app, request).await;
    assert_eq!(response.status(), 200);
    let form = crate::support::read(response).await;
    assert!(
        form.contains("cmiuuid") && !form.contains("custom"),
        "{form}"
    );
}

#[test]
fn what_is_printed_of_the_configuration_holds_no_secret() {
    let middleware = WebhookMiddleware::new(everything());
    for printed in [format!("{middleware:?}"), format!("{middleware:#?}")] {
        assert!(!printed.contains("secret-"), "{printed}");
        // Nor as a list of bytes.
        assert!(!printed.contains("115, 101, 99"), "{printed}");
    }
}
