use std::net::SocketAddr;

use actix_web::http::StatusCode;
use actix_web::{App, test, web};
use callhook_actix::telecmi::{Event, Telecmi};
use callhook_actix::{Endpoint, Webhook, WebhookMiddleware, testing};

async fn on_call(Webhook(call): Webhook<Event>) -> String {
    call.event().kind().to_owned()
}

#[actix_web::test]
async fn messages_are_taken_from_the_addresses_on_the_list_alone() {
    let token = "a-token-for-tests";
    let endpoint = Endpoint::builder(Telecmi).allow(["192.0.2.0/24"]).query_token("token", token).build();
    let webhook = WebhookMiddleware::new(endpoint.expect("a valid configuration"));
    let app = App::new().service(web::resource("/webhooks/telecmi").wrap(webhook).to(on_call));
    let app = test::init_service(app).await;
    let cdr = testing::telecmi::cdr_inbound_answered().with("answeredsec", 42);
    for (ip, status) in [([198, 51, 100, 7], StatusCode::FORBIDDEN), ([192, 0, 2, 7], StatusCode::OK)] {
        let post = test::TestRequest::post()
            .uri("/webhooks/telecmi?token=a-token-for-tests")
            .peer_addr(SocketAddr::from((ip, 4711)))
            .set_payload(cdr.json());
        let answer = test::call_service(&app, post.to_request()).await;
        assert_eq!(answer.status(), status, "{ip:?}");
    }
}
