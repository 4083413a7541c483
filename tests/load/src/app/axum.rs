//! The route on axum.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use callhook::telecmi::Event;
use callhook_by_hand::{Claim, MAX_BODY_BYTES, Receiver, Refusal, SIGNATURE};
use callhook_tower::{Webhook, WebhookLayer};
use serde_json::Value;

use super::{Hook, use_event, use_value};

/// The router. Callhook and what is by hand need the peer's address, as `ConnectInfo`.
pub fn app(hook: &Hook) -> Router {
    let route = match hook {
        Hook::Empty => get(async || ()),
        Hook::Bare => post(bare),
        Hook::Callhook(endpoint) => any(typed).layer(WebhookLayer::new(endpoint.clone())),
        Hook::ByHand(receiver) => post(by_hand).with_state(Arc::clone(receiver)),
    };
    Router::new().route("/hook", route)
}

async fn bare(Json(message): Json<Value>) {
    black_box(message);
}

async fn typed(call: Webhook<Event>) {
    use_event(call.event());
}

async fn by_hand(
    State(receiver): State<Arc<Receiver>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<StatusCode, StatusCode> {
    let signature = request.headers().get(SIGNATURE);
    let signature = receiver
        .admit(
            peer.ip(),
            request.uri().query(),
            signature.map(|value| value.as_bytes()),
        )
        .map_err(status)?;
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let message = receiver.read(signature, &body).map_err(status)?;
    match receiver.claim(&message, &body) {
        Claim::First(handling) => {
            use_value(&message);
            handling.succeeded();
            Ok(StatusCode::OK)
        }
        Claim::Running => Err(StatusCode::SERVICE_UNAVAILABLE),
        Claim::Handled => Ok(StatusCode::ALREADY_REPORTED),
    }
}

fn status(refusal: Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
