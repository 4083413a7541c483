//! What the handler got: kept in memory, and shown under `/calls`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use callhook_tower::callhook::call::CallSummary;
use callhook_tower::{Delivery, piopiy, telecmi, voipappz};
use serde::Serialize;

const KEPT: usize = 20_000;

/// Most messages make less than a kilobyte; one may make 256 times as much.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The last messages, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    calls: VecDeque<Arc<str>>,
    bytes: usize,
}

/// One message, as `/calls` shows it.
#[derive(Serialize)]
struct Call<'a, E> {
    provider: &'static str,
    event: &'static str,
    status: Option<&'a str>,
    leg_id: Option<&'a str>,
    conversation_id: Option<&'a str>,
    delivery: &'static str,
    summary: CallSummary,
    fields: &'a E,
}

/// What the events of all providers have.
pub(crate) trait Shown: Serialize + Send + Sync + 'static {
    fn event(&self) -> &'static str;
    fn status(&self) -> Option<&str>;
    fn leg_id(&self) -> Option<&str>;
    fn conversation_id(&self) -> Option<&str>;
    fn summary(&self) -> CallSummary;
}

macro_rules! shown {
    ($($event:ty),+) => {
        $(impl Shown for $event {
            fn event(&self) -> &'static str {
                self.kind()
            }

            fn status(&self) -> Option<&str> {
                self.status().map(AsRef::as_ref)
            }

            fn leg_id(&self) -> Option<&str> {
                self.leg_id().map(AsRef::as_ref)
            }

            fn conversation_id(&self) -> Option<&str> {
                self.conversation_id().map(AsRef::as_ref)
            }

            fn summary(&self) -> CallSummary {
                self.summary()
            }
        })+
    };
}

shown!(telecmi::Event, piopiy::Event, voipappz::Event);

impl Calls {
    pub(crate) fn keep<E: Shown>(&self, delivery: &Delivery<E>) {
        let event = delivery.event();
        let summary = event.summary();
        let call = Call {
            provider: summary.provider,
            event: event.event(),
            status: event.status(),
            leg_id: event.leg_id(),
            conversation_id: event.conversation_id(),
            delivery: delivery.how().as_str(),
            summary,
            fields: event,
        };
        // Events always serialise: all of their names are text.
        let Ok(call) = serde_json::to_string(&call) else {
            return;
        };
        let mut kept = self.lock();
        kept.bytes += call.len();
        kept.calls.push_back(call.into());
        while kept.calls.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.calls.pop_front() else {
                break;
            };
            kept.bytes -= oldest.len();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything kept, for readers on this machine. A proxy on this machine makes everybody look like one, so what came
/// through a proxy is refused.
pub(crate) async fn list(
    State(calls): State<Calls>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    let is_forwarded = ["forwarded", "via", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    if !peer.ip().to_canonical().is_loopback() || is_forwarded {
        return Err(StatusCode::FORBIDDEN);
    }
    // The lock is held for as long as it takes to count references.
    let calls: Vec<Arc<str>> = calls.lock().calls.iter().cloned().collect();
    let json = format!("[{}]", calls.join(","));
    Ok(([(CONTENT_TYPE, "application/json")], json))
}
