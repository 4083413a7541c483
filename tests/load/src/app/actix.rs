//! The route on actix.

use std::hint::black_box;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use callhook::telecmi::Event;
use callhook_actix::{Webhook, WebhookMiddleware};
use callhook_by_hand::{Claim, MAX_BODY_BYTES, Receiver, Refusal, SIGNATURE};
use serde_json::Value;

use super::{Hook, use_event, use_value};

/// Adds the route to an application.
pub fn configure(config: &mut web::ServiceConfig, hook: &Hook) {
    match hook {
        Hook::Empty => {
            config.route("/hook", web::get().to(HttpResponse::Ok));
        }
        Hook::Bare => {
            config.route("/hook", web::post().to(bare));
        }
        Hook::Callhook(endpoint) => {
            let webhook = WebhookMiddleware::new(endpoint.clone());
            config.service(web::resource("/hook").wrap(webhook).to(typed));
        }
        Hook::ByHand(receiver) => {
            config
                .app_data(web::Data::from(Arc::clone(receiver)))
                .app_data(web::PayloadConfig::new(MAX_BODY_BYTES))
                .route("/hook", web::post().to(by_hand));
        }
    }
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
