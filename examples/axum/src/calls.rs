//! What the handler got: kept in memory, and shown under `/calls`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use callhook_tower::Delivery;
use callhook_tower::callhook::call::CallSummary;
use callhook_tower::callhook::value::{ConversationId, LegId};
use callhook_tower::telecmi::{Event, Status};
use serde::Serialize;
use serde_json::value::RawValue;

const KEPT: usize = 20_000;

/// The last messages, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<VecDeque<Box<RawValue>>>>);

/// One message, as `/calls` shows it.
#[derive(Serialize)]
struct Call<'a> {
    provider: &'static str,
    event: &'static str,
    status: Option<&'a Status>,
    leg_id: Option<&'a LegId>,
    conversation_id: Option<&'a ConversationId>,
    delivery: &'static str,
    summary: CallSummary,
    fields: &'a Event,
}

impl Calls {
    pub(crate) fn keep(&self, delivery: &Delivery<Event>) {
        let event = delivery.event();
        let call = Call {
            provider: "telecmi",
            event: event.kind(),
            status: event.status(),
            leg_id: event.leg_id(),
            conversation_id: event.conversation_id(),
            delivery: delivery.how().as_str(),
            summary: event.summary(),
            fields: event,
        };
        // Events always serialise: all of their names are text.
        let Ok(call) = serde_json::value::to_raw_value(&call) else {
            return;
        };
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }
}

/// Everything kept, for readers on this machine. A proxy on this machine makes everybody look like one, so what came
/// through a proxy is refused.
pub(crate) async fn list(
    State(calls): State<Calls>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Json<VecDeque<Box<RawValue>>>, StatusCode> {
    let is_forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    if !peer.ip().to_canonical().is_loopback() || is_forwarded {
        return Err(StatusCode::FORBIDDEN);
    }
    let calls = calls.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Json(calls.clone()))
}
