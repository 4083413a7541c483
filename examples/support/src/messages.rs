//! What a handler got: kept in memory, and shown under `/messages`.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callhook::call::CallSummary;
use callhook::{CallEvent, Delivery};
use serde::Serialize;

const KEPT: usize = 20_000;

/// Most messages make less than a kilobyte; one may make 256 times as much.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The last messages, oldest first.
#[derive(Clone, Default)]
pub struct Messages(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    messages: VecDeque<Arc<str>>,
    bytes: usize,
}

/// One message, as `/messages` shows it.
#[derive(Serialize)]
struct Message<'a, E> {
    provider: String,
    event: &'a str,
    status: Option<&'a str>,
    leg_id: Option<&'a str>,
    conversation_id: Option<&'a str>,
    delivery: &'static str,
    summary: CallSummary,
    fields: &'a E,
}

impl Messages {
    /// Keeps a message, and forgets the oldest where there are too many.
    pub fn keep<E: CallEvent + Serialize>(&self, delivery: &Delivery<E>) {
        let event = delivery.event();
        let summary = event.summary();
        let message = Message {
            provider: summary.provider.to_string(),
            event: event.kind(),
            status: event.status(),
            leg_id: event.leg_id().map(AsRef::as_ref),
            conversation_id: event.conversation_id().map(AsRef::as_ref),
            delivery: delivery.replay_status().as_str(),
            summary,
            fields: event,
        };
        // Events always serialise: all of their names are text.
        let Ok(message) = serde_json::to_string(&message) else {
            return;
        };
        let mut kept = self.lock();
        kept.bytes += message.len();
        kept.messages.push_back(message.into());
        while kept.messages.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.messages.pop_front() else {
                break;
            };
            kept.bytes -= oldest.len();
        }
    }

    /// Everything kept, as a JSON array.
    #[must_use]
    pub fn json(&self) -> String {
        // The lock is held for as long as it takes to count references.
        let messages: Vec<Arc<str>> = self.lock().messages.iter().cloned().collect();
        format!("[{}]", messages.join(","))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages")
            .field("kept", &self.lock().messages.len())
            .finish_non_exhaustive()
    }
}
