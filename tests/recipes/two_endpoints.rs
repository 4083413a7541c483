//! Two endpoints of one event type in one app: each route has its own token, and its own memory of what was handled.

mod axum {
    include!("snippets/two_axum.rs");

    use ::axum::body::Body;
    use ::axum::http::Request;
    use tower::ServiceExt;

    #[tokio::test]
    async fn each_route_has_its_own_endpoint() {
        for app in [layered, extracted] {
            let sales = endpoint("sales", super::SALES).expect("valid");
            let support = endpoint("support", super::SUPPORT).expect("valid");
            let app = app(sales, support);
            for (target, status) in super::requests() {
                let post = Request::post(&target).body(Body::from(super::message()));
                let answer = app.clone().oneshot(post.expect("a request")).await;
                assert_eq!(answer.expect("an answer").status(), status, "{target}");
            }
        }
    }
}

mod actix {
    include!("snippets/two_actix.rs");

    use actix_web::{App, test};
    use callhook_actix::telecmi::Telecmi;

    fn endpoint(name: &str, token: &str) -> Endpoint<Event> {
        let endpoint = Endpoint::builder(Telecmi).name(name);
        endpoint.query_token("token", token).build().expect("valid")
    }

    #[actix_web::test]
    async fn each_resource_has_its_own_endpoint() {
        for configure in [wrapped, extracted] {
            let sales = endpoint("sales", super::SALES);
            let support = endpoint("support", super::SUPPORT);
            let app = App::new().configure(|app| configure(app, &sales, &support));
            let app = test::init_service(app).await;
            for (target, status) in super::requests() {
                let post = test::TestRequest::post().uri(&target);
                let post = post.set_payload(super::message()).to_request();
                let answer = test::call_service(&app, post).await;
                assert_eq!(answer.status(), status, "{target}");
            }
        }
    }
}

const SALES: &str = "a-token-for-sales";
const SUPPORT: &str = "a-token-for-support";

/// In this order, with the status of each. The same message at both: neither takes it for the other's.
fn requests() -> [(String, u16); 4] {
    [
        ("sales", SUPPORT, 401),
        ("support", SALES, 401),
        ("sales", SALES, 200),
        ("support", SUPPORT, 200),
    ]
    .map(|(path, token, status)| (format!("/webhooks/{path}?token={token}"), status))
}

fn message() -> String {
    callhook_test_support::cdr("1")
}
