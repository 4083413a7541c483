//! What a handler got: kept in memory, and shown under `/messages`.

use callhook::call::CallSummary;
use callhook::{CallEvent, Delivery};
use serde::Serialize;

use super::recent::Recent;

const KEPT: usize = 20_000;

/// Most messages make less than a kilobyte; one may make 256 times as much.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The last messages, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Messages(Recent<KEPT, KEPT_BYTES>);

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
        self.0.keep(&message);
    }

    /// Everything kept, as a JSON array.
    #[must_use]
    pub fn json(&self) -> String {
        self.0.json()
    }
}
