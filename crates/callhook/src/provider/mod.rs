//! How one platform's messages are read: [`Provider`].
//!
//! A provider turns fields into an event, and says which message an event is. Everything else (who may call, how they
//! prove it, limits, replay protection) is the endpoint's, and the same for all.

#[macro_use]
mod wire;

pub mod telecmi;

use crate::delivery::Why;
use crate::payload::{Payload, Unreadable};
use crate::replay::MessageKey;

/// One platform, or one kind of payload.
pub trait Provider: Send + Sync + 'static {
    /// What a handler gets.
    type Event;

    /// The provider's name, in lower case: part of each message's identity, and the endpoint's name unless it is given
    /// another.
    fn name(&self) -> &str;

    /// Reads a message. What can be read but is of no known kind should become an event too, so that nothing is lost
    /// when the platform invents a new one.
    ///
    /// # Errors
    ///
    /// When the message can't be read as an event at all: the sender is answered 400.
    fn decode(&self, message: &Message<'_>) -> Result<Self::Event, Unreadable>;

    /// Which message an event is.
    ///
    /// # Errors
    ///
    /// Why it can't be told, or must not be: the message is then handled each time it comes.
    fn key<'e>(&self, event: &'e Self::Event) -> Result<MessageKey<'e>, Why>;

    /// The account the message is of, where it says.
    fn app_id<'e>(&self, event: &'e Self::Event) -> Option<&'e str> {
        let _ = event;
        None
    }

    /// Whether a field changes between copies of one message, and so is no part of its content.
    fn is_volatile(&self, field: &str) -> bool {
        let _ = field;
        false
    }
}

/// What a provider decodes.
#[derive(Debug)]
pub struct Message<'a> {
    payload: Payload<'a>,
}

impl<'a> Message<'a> {
    /// A message with this payload.
    #[must_use]
    pub fn new(payload: Payload<'a>) -> Self {
        Self { payload }
    }

    /// The fields.
    #[must_use]
    pub fn payload(&self) -> &Payload<'a> {
        &self.payload
    }
}
