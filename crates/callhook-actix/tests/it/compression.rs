//! Actix's compression, which these tests have turned on.

use std::io::Write as _;

use actix_web::middleware::Compress;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse};
use callhook_actix::callhook::request::Head;
use callhook_actix::telecmi::Event;
use callhook_actix::{HmacScheme, RejectionKind, Webhook, WebhookMiddleware};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{TOKEN, bare_builder, cdr, endpoint, header, rejection};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("written");
    encoder.finish().expect("finished")
}

#[actix_web::test]
async fn a_compressed_body_is_refused_though_actix_could_read_it() {
    async fn plain(body: Bytes) -> Bytes {
        body
    }
    let app = App::new()
        .wrap(Compress::default())
        .service(
            web::resource("/hook")
                .wrap(WebhookMiddleware::new(endpoint()))
                .to(HttpResponse::Ok),
        )
        .route("/plain", web::post().to(plain));
    let app = init_service(app).await;
    let compressed = |url: &str| {
        TestRequest::post()
            .uri(url)
            .insert_header(("content-encoding", "gzip"))
            .set_payload(gzip(&cdr("1")))
            .to_request()
    };

    let read = call_service(&app, compressed("/plain")).await;
    assert_eq!(actix_web::test::read_body(read).await, cdr("1"));
    let refused = call_service(&app, compressed(&format!("/hook?token={TOKEN}"))).await;
    assert_eq!(
        rejection(&refused),
        Some((RejectionKind::Unsupported, "content_encoding"))
    );
    assert_eq!(refused.status(), 415);
}

#[actix_web::test]
async fn a_signature_is_verified_over_the_bytes_on_the_wire_whatever_reads_them_later() {
    async fn on_call(call: Webhook<Event>, body: Bytes) -> HttpResponse {
        assert_eq!(call.raw(), &body);
        HttpResponse::Ok().body(body)
    }
    let scheme = HmacScheme::sha256("x-signature", "a secret that the relay knows");
    let endpoint = bare_builder()
        .hmac(scheme.clone())
        .build()
        .expect("a valid endpoint");
    let app = App::new().wrap(Compress::default()).service(
        web::resource("/hook")
            .wrap(WebhookMiddleware::new(endpoint))
            .to(on_call),
    );
    let app = init_service(app).await;
    let message = format!("\t{} ", cdr("1"));
    let signer = scheme.signer().expect("a valid scheme");
    let head = Head::new("POST", "/hook", None, &());
    let now = std::time::SystemTime::now();
    let signature = signer.sign(&head, message.as_bytes(), now);
    let request = TestRequest::post()
        .uri("/hook")
        .insert_header(signature.expect("signable").remove(0))
        .insert_header(("content-encoding", "identity"))
        .insert_header(("accept-encoding", "gzip"))
        .set_payload(message.clone());

    let response = call_service(&app, request.to_request()).await;

    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-encoding"), Some("gzip"));
}
