//! The actix servers.

use std::error::Error;
use std::hint::black_box;
use std::net::TcpListener;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use callhook::telecmi::Event;
use callhook_actix::{Webhook, WebhookMiddleware};
use callhook_by_hand::{Claim, MAX_BODY_BYTES, Receiver, Refusal, SIGNATURE};
use serde_json::Value;

use super::{endpoint, receiver, use_event, use_value};
use crate::kind::Variant;

pub(super) fn run(listener: TcpListener, variant: Variant) -> Result<(), Box<dyn Error>> {
    let system = actix_web::rt::System::new();
    match variant {
        Variant::Empty => system.block_on(serve(listener, |config| {
            config.route("/hook", web::get().to(HttpResponse::Ok));
        })),
        Variant::Bare => system.block_on(serve(listener, |config| {
            config.route("/hook", web::post().to(bare));
        })),
        Variant::Token | Variant::HmacScheme => {
            let endpoint = endpoint(variant)?;
            system.block_on(serve(listener, move |config| {
                let webhook = WebhookMiddleware::new(endpoint.clone());
                config.service(web::resource("/hook").wrap(webhook).to(typed));
            }))
        }
        Variant::HandToken | Variant::HandHmac => {
            let receiver = web::Data::new(receiver(variant));
            system.block_on(serve(listener, move |config| {
                config
                    .app_data(receiver.clone())
                    .app_data(web::PayloadConfig::new(MAX_BODY_BYTES))
                    .route("/hook", web::post().to(by_hand));
            }))
        }
    }?;
    Ok(())
}

async fn serve<F>(listener: TcpListener, configure: F) -> std::io::Result<()>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    HttpServer::new(move || App::new().configure(configure.clone()))
        .workers(1)
        .listen(listener)?
        .run()
        .await
}

async fn bare(message: web::Json<Value>) -> HttpResponse {
    black_box(message);
    HttpResponse::Ok().finish()
}

async fn typed(call: Webhook<Event>) -> HttpResponse {
    use_event(call.event());
    HttpResponse::Ok().finish()
}

async fn by_hand(
    receiver: web::Data<Receiver>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let status = receive(&receiver, &request, &body).unwrap_or_else(|refusal| {
        StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    });
    HttpResponse::new(status)
}

fn receive(receiver: &Receiver, request: &HttpRequest, body: &[u8]) -> Result<StatusCode, Refusal> {
    let peer = request.peer_addr().ok_or(Refusal::Forbidden)?;
    let signature = request.headers().get(SIGNATURE);
    let signature = receiver.admit(
        peer.ip(),
        request.uri().query(),
        signature.map(|value| value.as_bytes()),
    )?;
    let message = receiver.read(signature, body)?;
    Ok(match receiver.claim(&message, body) {
        Claim::First(handling) => {
            use_value(&message);
            handling.succeeded();
            StatusCode::OK
        }
        Claim::Running => StatusCode::SERVICE_UNAVAILABLE,
        Claim::Handled => StatusCode::ALREADY_REPORTED,
    })
}
