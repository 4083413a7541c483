//! What both examples do with a message, whatever its platform: [`Handler`].

use std::sync::Arc;

use callhook::Delivery;
use callhook::answer::{InvalidReply, ReplyBody};
use callhook::call::{Answers, CallBook};

use super::ivr::{Ivr, IvrEvent};
use super::messages::Messages;
use super::not_understood::NotUnderstood;

/// Keeps the messages, and the calls that they are of, and answers callers who wait. Clones share what is kept.
#[derive(Clone, Debug)]
pub struct Handler {
    messages: Messages,
    not_understood: NotUnderstood,
    calls: CallBook,
    ivr: Arc<Ivr>,
}

impl Handler {
    /// With nothing kept but what the endpoints don't understand.
    #[must_use]
    pub fn new(ivr: Ivr, not_understood: NotUnderstood) -> Self {
        Self {
            messages: Messages::default(),
            not_understood,
            calls: CallBook::builder().max_bytes(KEPT_BYTES).build(),
            ivr: Arc::new(ivr),
        }
    }

    /// Keeps a message, and returns what is answered where the platform waits for it.
    ///
    /// # Errors
    ///
    /// When the platform could not read the answer.
    pub fn handle<E: IvrEvent>(
        &self,
        delivery: &Delivery<E>,
    ) -> Result<Option<ReplyBody>, InvalidReply> {
        self.messages.keep(delivery);
        let update = self.calls.apply(delivery);
        delivery.event().reply(&self.ivr, &update.answers)
    }

    /// What `/messages` shows: a JSON array, oldest first.
    #[must_use]
    pub fn messages(&self) -> String {
        self.messages.json()
    }

    /// What `/unreadable` shows: a JSON array, oldest first.
    #[must_use]
    pub fn unreadable(&self) -> String {
        self.not_understood.json()
    }

    /// What `/calls` shows: a JSON array of what is known of each call, the last to change first.
    #[must_use]
    pub fn calls(&self) -> String {
        let calls = self.calls.calls();
        let answers: Vec<Answers> = calls.iter().map(|kept| kept.call.answers()).collect();
        // Answers always serialise: all of their names are text.
        serde_json::to_string(&answers).unwrap_or_default()
    }
}

/// Ordinary calls take half of it: as many as a book keeps.
const KEPT_BYTES: usize = 64 * 1024 * 1024;
