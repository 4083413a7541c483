//! What a handler can read of the URL.

use actix_web::test::TestRequest;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Scope};
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, Webhook, WebhookMiddleware};

use crate::support::{TOKEN, bare_builder, call, cdr, endpoint, read};

/// Every view of the URL.
async fn views(
    _: Webhook<Event>,
    request: HttpRequest,
    query: web::Query<Vec<(String, String)>>,
) -> String {
    let router = request.match_info();
    let pairs = query.iter().map(|(name, value)| format!("{name}={value}"));
    [
        request.uri().to_string(),
        request.path().to_owned(),
        request.query_string().to_owned(),
        request.full_url().to_string(),
        router.as_str().to_owned(),
        router.get_ref().uri().to_string(),
        router.unprocessed().to_owned(),
        router
            .iter()
            .map(|(name, value)| format!("{name}:{value}"))
            .collect::<Vec<_>>()
            .join(","),
        pairs.collect::<Vec<_>>().join(","),
    ]
    .join(" | ")
}

fn header_endpoint() -> Endpoint<Event> {
    let builder = bare_builder().header_token("x-token", TOKEN);
    builder.build().expect("a valid endpoint")
}

fn message(url: &str) -> TestRequest {
    TestRequest::post()
        .uri(url)
        .insert_header(("x-token", TOKEN))
        .set_payload(cdr("1"))
}

#[actix_web::test]
async fn a_token_in_the_query_is_in_no_view_of_the_url() {
    let other = "a=%20b&c=+1&%41=&e=&f";
    let token = format!("token={TOKEN}");
    let encoded = format!("%74oken={}", TOKEN.replace('-', "%2D"));
    for (sent, left) in [
        (token.clone(), String::new()),
        (format!("{token}&{other}"), other.to_owned()),
        (format!("{other}&{token}"), other.to_owned()),
        (format!("x=1&{encoded}&{other}"), format!("x=1&{other}")),
        (format!("{encoded}&tokens=1"), "tokens=1".to_owned()),
    ] {
        let mark = if left.is_empty() { "" } else { "?" };
        let url = format!("/api/hook{mark}{left}");
        // The same without a token anywhere is what is expected.
        let expected = read(call(&nested(header_endpoint()), message(&url)).await).await;
        assert!(expected.starts_with(&url), "{expected}");
        let seen =
            read(call(&nested(endpoint()), message(&format!("/api/hook?{sent}"))).await).await;
        assert_eq!(seen, expected);
    }
}

/// `/api/hook`, in a scope.
fn nested(endpoint: Endpoint<Event>) -> impl Fn(&mut ServiceConfig) {
    let middleware = WebhookMiddleware::new(endpoint);
    move |app| {
        let resource = web::resource("/hook").wrap(middleware.clone()).to(views);
        app.service(web::scope("/api").service(resource));
    }
}

#[actix_web::test]
async fn a_token_in_the_path_is_in_no_view_of_the_url_and_other_parameters_stay() {
    type Place = fn(WebhookMiddleware<Event>) -> Scope;
    let places: [(&str, Place); 3] = [
        ("on the resource", |middleware| {
            let resource = web::resource("/{b}/{token}/end").wrap(middleware).to(views);
            web::scope("/api/{a}").service(resource)
        }),
        ("on the scope", |middleware| {
            let scope = web::scope("/api/{a}").wrap(middleware);
            web::scope("").service(scope.route("/{b}/{token}/end", web::to(views)))
        }),
        ("on a scope behind the token", |middleware| {
            let scope = web::scope("/api/{a}/{b}/{token}").wrap(middleware);
            web::scope("").service(scope.route("/end", web::to(views)))
        }),
    ];
    for (name, place) in places {
        for sent in [
            TOKEN.to_owned(),
            TOKEN.replace('-', "%2D"),
            TOKEN.replace('a', "%61"),
        ] {
            let endpoint = bare_builder().path_token_nth_back(1, TOKEN).build();
            let middleware = WebhookMiddleware::new(endpoint.expect("a valid endpoint"));
            let app = |app: &mut ServiceConfig| {
                app.service(place(middleware.clone()));
            };
            let url = format!("/api/%C3%A4/o%2Fx/{sent}/end?q=1");
            let response = call(&app, message(&url)).await;
            assert_eq!(response.status(), 200, "{name}: {sent}");

            let stars = "*".repeat(TOKEN.len());
            let uri = "/api/%C3%A4/o%2Fx/***/end?q=1";
            assert_eq!(
                read(response).await,
                [
                    uri,
                    "/api/%C3%A4/o%2Fx/***/end",
                    "q=1",
                    &format!("http://localhost:8080{uri}"),
                    &format!("/api/ä/o%2Fx/{stars}/end"),
                    &format!("/api/%C3%A4/o%2Fx/{stars}/end?q=1"),
                    "",
                    &format!("a:ä,b:o%2Fx,token:{stars}"),
                    "q=1",
                ]
                .join(" | "),
                "{name}: {sent}"
            );
        }
    }
}

#[actix_web::test]
async fn the_token_is_taken_out_of_a_url_in_absolute_form_too() {
    let url = format!("http://example.com:81/api/hook?a=1&token={TOKEN}");
    let seen = read(call(&nested(endpoint()), message(&url)).await).await;
    assert!(
        seen.starts_with("http://example.com:81/api/hook?a=1 | "),
        "{seen}"
    );
    assert!(!seen.contains(TOKEN), "{seen}");
}

#[actix_web::test]
async fn a_url_of_which_nothing_is_taken_out_stays_to_the_byte() {
    let url = format!("/api/hook?token={TOKEN}&&a=%20b&");
    let seen = read(call(&nested(header_endpoint()), message(&url)).await).await;
    assert!(seen.starts_with(&format!("{url} | ")), "{seen}");
}
