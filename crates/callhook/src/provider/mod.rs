//! How one platform's messages are read: [`Provider`].
//!
//! A provider turns fields into an event, and says which message an event is. Everything else (who may call, how they
//! prove it, limits, replay protection) is the endpoint's, and the same for all.

#[macro_use]
mod wire;
mod read_back;

pub mod telecmi;

use std::borrow::Cow;
use std::fmt;

use crate::delivery::Why;
use crate::payload::{Payload, Unreadable};
use crate::replay::MessageKey;
use crate::request::Head;

pub use self::read_back::read_back;

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

    /// What the URL says of the message beyond its fields, such as which event it is: given back in
    /// [`Message::label`]. Called once the request's head has passed its guards.
    fn label<'h>(&self, head: &Head<'h>) -> Option<Cow<'h, str>> {
        let _ = head;
        None
    }

    /// Whether a query parameter is read by [`label`](Self::label), and so is no part of the message: a GET with nothing
    /// else is a probe.
    fn is_label_parameter(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Whether [`label`](Self::label) reads the URL. A signature that doesn't cover the URL then doesn't authenticate
    /// which event a message is, and the endpoint doesn't build.
    fn reads_url(&self) -> bool {
        false
    }
}

/// What a provider decodes.
pub struct Message<'a> {
    payload: Payload<'a>,
    label: Option<Cow<'a, str>>,
}

impl<'a> Message<'a> {
    /// A message with this payload, and without a label.
    #[must_use]
    pub fn new(payload: Payload<'a>) -> Self {
        Self {
            payload,
            label: None,
        }
    }

    /// With what the URL says of the message.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<Cow<'a, str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The fields.
    #[must_use]
    pub fn payload(&self) -> &Payload<'a> {
        &self.payload
    }

    /// What the URL says of the message, as [`Provider::label`] read it.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}
