//! What a handler got: kept in memory, and shown under `/calls`.

use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callhook::call::CallSummary;
use callhook::{CallEvent, Delivery};
use serde::Serialize;

const KEPT: usize = 20_000;

/// Most messages make less than a kilobyte; one may make 256 times as much.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The last messages, oldest first.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    calls: VecDeque<Arc<str>>,
    bytes: usize,
}

/// One message, as `/calls` shows it.
#[derive(Serialize)]
struct Call<'a, E> {
    provider: &'static str,
    event: &'a str,
    status: Option<&'a str>,
    leg_id: Option<&'a str>,
    conversation_id: Option<&'a str>,
    delivery: &'static str,
    summary: CallSummary,
    fields: &'a E,
}

impl Calls {
    /// Keeps a message, and forgets the oldest where there are too many.
    pub fn keep<E: CallEvent + Serialize>(&self, delivery: &Delivery<E>) {
        let event = delivery.event();
        let summary = event.summary();
        let call = Call {
            provider: summary.provider,
            event: event.kind(),
            status: event.status(),
            leg_id: event.leg_id().map(AsRef::as_ref),
            conversation_id: event.conversation_id().map(AsRef::as_ref),
            delivery: delivery.replay_status().as_str(),
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

    /// Whether this reader may have the list: one on this machine. A proxy on this machine makes everybody look like
    /// one, so what came through a proxy may not.
    pub fn may_read(peer: IpAddr, has_header: impl Fn(&str) -> bool) -> bool {
        let is_forwarded = ["forwarded", "via", "x-forwarded-for", "x-real-ip"]
            .into_iter()
            .any(has_header);
        peer.to_canonical().is_loopback() && !is_forwarded
    }

    /// Everything kept, as a JSON array.
    #[must_use]
    pub fn json(&self) -> String {
        // The lock is held for as long as it takes to count references.
        let calls: Vec<Arc<str>> = self.lock().calls.iter().cloned().collect();
        format!("[{}]", calls.join(","))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls")
            .field("kept", &self.lock().calls.len())
            .finish_non_exhaustive()
    }
}
