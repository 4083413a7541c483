//! The axum servers.

use std::error::Error;
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

use super::{endpoint, receiver, use_event, use_value};
use crate::kind::Variant;

pub(super) fn run(listener: std::net::TcpListener, variant: Variant) -> Result<(), Box<dyn Error>> {
    let route = match variant {
        Variant::Empty => get(async || ()),
        Variant::Bare => post(bare),
        Variant::Token | Variant::HmacScheme => {
            any(typed).layer(WebhookLayer::new(endpoint(variant)?))
        }
        Variant::HandToken | Variant::HandHmac => {
            post(by_hand).with_state(Arc::new(receiver(variant)))
        }
    };
    let app = Router::new().route("/hook", route);
    let needs_peer = !matches!(variant, Variant::Empty | Variant::Bare);

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        if needs_peer {
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await
        } else {
            axum::serve(listener, app).await
        }
    })?;
    Ok(())
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
