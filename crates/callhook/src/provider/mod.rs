//! How one platform's messages are read: [`Provider`].
//!
//! A provider turns fields into an event, and says which message an event is. Everything else (who may call, how they
//! prove it, limits, replay protection) is the endpoint's, and the same for all.
//!
//! # A platform of your own
//!
//! A PBX that posts `{"event":"call.ended","call":{"id":"42","caller":"+44...","seconds":9}}` gets all of it:
//!
//! ```
//! use callhook::payload::{Unreadable, UnreadableKind};
//! use callhook::provider::Message;
//! use callhook::replay::MessageKey;
//! use callhook::value::{LegId, PhoneNumber, Seconds};
//! use callhook::{Endpoint, Provider, UncheckedReason};
//! use serde::Deserialize;
//!
//! struct Pbx;
//!
//! #[derive(Debug)]
//! enum PbxEvent {
//!     Call { event: String, call: PbxCall },
//!     /// What the next firmware invents reaches the handler too.
//!     Other { event: Option<String> },
//! }
//!
//! #[derive(Debug, Deserialize)]
//! struct PbxCall {
//!     id: LegId,
//!     caller: PhoneNumber, // whose `Debug` shows no digit
//!     seconds: Option<Seconds>,
//! }
//!
//! impl Provider for Pbx {
//!     type Event = PbxEvent;
//!
//!     fn name(&self) -> &str {
//!         "pbx"
//!     }
//!
//!     fn decode(&self, message: &Message<'_>) -> Result<PbxEvent, Unreadable> {
//!         // A nested value is one field, as JSON text.
//!         let text = |name| Some(message.payload().field(name)?.value().text());
//!         let event = text("event").map(str::to_owned);
//!         let call = text("call").map(serde_json::from_str).transpose().map_err(|_| {
//!             Unreadable::new(UnreadableKind::Malformed, "`call` is not a call with `id` and `caller`")
//!         })?;
//!         Ok(match (event, call) {
//!             (Some(event), Some(call)) => PbxEvent::Call { event, call },
//!             (event, _) => PbxEvent::Other { event },
//!         })
//!     }
//!
//!     // One call has several events, so the event belongs to the key.
//!     fn key<'e>(&self, event: &'e PbxEvent) -> Result<MessageKey<'e>, UncheckedReason> {
//!         match event {
//!             PbxEvent::Call { event, call } => Ok(MessageKey::new(event, &call.id)),
//!             PbxEvent::Other { .. } => Err(UncheckedReason::NoId),
//!         }
//!     }
//!
//!     // What the key is made of can't be a token as well.
//!     fn key_fields(&self) -> Vec<&str> {
//!         vec!["event", "call"]
//!     }
//! }
//!
//! let endpoint = Endpoint::builder(Pbx).header_token("x-pbx-token", "a token of 16 bytes or more").build()?;
//! # let _: Endpoint<PbxEvent> = endpoint;
//!
//! // A provider can be tested without an endpoint.
//! use callhook::payload::Payload;
//! let body = br#"{"event":"call.ended","call":{"id":"42","caller":"+44001","seconds":9}}"#;
//! let event = Pbx.decode(&Message::new(Payload::from_body(body)?))?;
//! let PbxEvent::Call { call, .. } = &event else { panic!("{event:?}") };
//! assert_eq!(call.caller.digits(), "44001");
//! assert_eq!(call.seconds, Some(Seconds::new(9)));
//!
//! // Its messages are assembled into calls once a summary says what each tells.
//! use callhook::call::{Call, CallBook, CallEvent, CallSummary, Finality, MessageKind, Outcome};
//! use callhook::value::ConversationId;
//!
//! impl CallEvent for PbxEvent {
//!     fn kind(&self) -> &str {
//!         match self {
//!             PbxEvent::Call { event, .. } => event,
//!             PbxEvent::Other { event } => event.as_deref().unwrap_or("other"),
//!         }
//!     }
//!
//!     fn status(&self) -> Option<&str> {
//!         None
//!     }
//!
//!     fn leg_id(&self) -> Option<&LegId> {
//!         match self {
//!             PbxEvent::Call { call, .. } => Some(&call.id),
//!             PbxEvent::Other { .. } => None,
//!         }
//!     }
//!
//!     fn conversation_id(&self) -> Option<&ConversationId> {
//!         None
//!     }
//!
//!     fn summary(&self) -> CallSummary {
//!         let mut summary = CallSummary::new("pbx");
//!         if let PbxEvent::Call { event, call } = self {
//!             summary.kind = MessageKind::Live;
//!             summary.status = Some(event.as_str().into()); // tells a call's messages apart
//!             summary.leg_id = Some(call.id.clone());
//!             summary.customer = Some(call.caller.clone());
//!             if event == "call.ended" {
//!                 summary.kind = MessageKind::Record;
//!                 summary.finality = Finality::Call;
//!                 summary.talk_seconds = call.seconds;
//!                 let is_missed = call.seconds.is_none();
//!                 summary.outcome = Some(if is_missed { Outcome::Missed } else { Outcome::Answered });
//!             }
//!         }
//!         summary
//!     }
//! }
//!
//! // With a delivery of an endpoint: `book.apply(&delivery)`.
//! let book = CallBook::new();
//! let update = book.join(&Call::of_summary(&event.summary(), None, std::time::SystemTime::now()));
//! assert_eq!(update.call.outcome(), Some(Outcome::Answered));
//! assert!(update.is_now_over);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A new platform in this crate
//!
//! The platforms of this crate are declared with three macros, which also read, write and check their messages. Copy
//! the smallest of them, [`telecmi`], and change these files:
//!
//! 1. `provider/<name>/classify.rs`: `wire!` lists the documented fields, with their other spellings. Mark those
//!    `#[key]` that tell which message it is, or of which kind. `event()` decides the kind and reads the struct; what
//!    is of no known kind becomes `Unrecognized`, with all its fields.
//! 2. `provider/<name>/mod.rs`: an `event_struct!` for each kind, with documented fields; `events!` with a row for each
//!    kind; `open_enum!` for fields with a set of terms; the `Provider`, whose methods pass on what the macros made.
//!    What reads as no other value needs a type in `value`, with `FromField` beside it.
//! 3. `provider/<name>/summary.rs`: `Event::summary`, with its rules and their sources as its docs.
//! 4. `provider/<name>/tests.rs`: the rules of the module's docs, one test each.
//! 5. `provider/mod.rs` and `providers.rs`: the module's name. The adapters take it from there.
//! 6. `testing/payloads.jsonl`: each documented message. `testing/corpus.rs`: functions for those that users may send.
//! 7. `provider/properties.rs`: a line in `each_provider!`, for what has to hold for every platform.
//! 8. `fuzz/`: a target, as for the others. `README.md`: a row.
//!
//! A new field is a line in `wire!` and one in each struct that has it. A new kind of message is an `event_struct!`, a
//! row in `events!`, a rule in `event()`, and an arm in `summary`.
//!
//! `provider/recipe.rs` is a platform made so, for the tests.

#[macro_use]
mod wire;
#[macro_use]
mod leg_fields;
#[macro_use]
mod event_struct;
#[macro_use]
mod events;
mod chub;
#[cfg(all(test, feature = "testing"))]
mod properties;
mod read_back;
#[cfg(all(test, feature = "testing"))]
mod recipe;

pub mod piopiy;
pub mod telecmi;
pub mod voipappz;

use std::borrow::Cow;
use std::fmt;

use crate::payload::{Payload, Unreadable};
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::request::Location;

pub use self::read_back::read_back;

/// One platform, or one kind of payload.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a provider",
    label = "expected a provider such as `telecmi::Telecmi`, `piopiy::Piopiy` or `voipappz::Voipappz`",
    note = "`Endpoint::builder` takes the provider, `Webhook<E>` the provider's event type, such as `telecmi::Event`",
    note = "for a platform of your own, implement `callhook::provider::Provider`"
)]
pub trait Provider: Send + Sync + 'static {
    /// What a handler gets. Its `Debug` is printed with the delivery's: keep numbers and names out of it.
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
    /// Why the message has no key: it is then handled each time it arrives.
    fn key<'e>(&self, event: &'e Self::Event) -> Result<MessageKey<'e>, UncheckedReason>;

    /// Which kind of event it is, such as `cdr`, for the [log and metrics](crate::observe): one of a few names that are the
    /// same for all events. `unrecognized` where it is of no known kind, which is logged and given to
    /// [`on_unrecognized`](crate::EndpointBuilder::on_unrecognized). `event` unless the provider says otherwise.
    fn kind(&self, event: &Self::Event) -> &'static str {
        let _ = event;
        "event"
    }

    /// The account the message is of, where it says.
    fn app_id<'e>(&self, event: &'e Self::Event) -> Option<&'e str> {
        let _ = event;
        None
    }

    /// The fields that change between copies of one message, and so are not part of its content. Called for each
    /// message.
    fn volatile_fields(&self) -> &[&str] {
        &[]
    }

    /// The fields that tell which message this is, or of which kind. None of them can be a token as well, because a
    /// token is taken out before the message is decoded. Asked once, when the endpoint is built.
    fn key_fields(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Where a request names the event outside the message's fields: a query parameter, a header or a segment of the
    /// path. What is read there is given back in [`Message::event_name`]. `None` where the fields tell all.
    ///
    /// A query parameter that names the event is not part of the message: a GET with nothing else is a probe. On an
    /// endpoint with signatures, one of them has to cover the URL, or the endpoint doesn't build.
    fn event_location(&self) -> Option<&Location> {
        None
    }

    /// Whether bodies are written as templates by people, so that one that is not JSON gets a wider second reading: see
    /// [`Payload::from_template_body`].
    fn reads_templates(&self) -> bool {
        false
    }
}

/// How users name an event's type: of this crate's, by the path that they import, such as `telecmi::Event`. For the
/// texts of adapters.
#[must_use]
pub fn event_type<E>() -> &'static str {
    let path = std::any::type_name::<E>();
    path.strip_prefix(concat!(module_path!(), "::"))
        .unwrap_or(path)
}

/// What a provider decodes.
pub struct Message<'a> {
    payload: Payload<'a>,
    event_name: Option<Cow<'a, str>>,
}

impl<'a> Message<'a> {
    /// A message with this payload, and without an event name.
    #[must_use]
    pub fn new(payload: Payload<'a>) -> Self {
        Self {
            payload,
            event_name: None,
        }
    }

    /// With the event name that the request has outside the message.
    #[must_use]
    pub fn with_event_name(mut self, event_name: impl Into<Cow<'a, str>>) -> Self {
        self.event_name = Some(event_name.into());
        self
    }

    /// The fields.
    #[must_use]
    pub fn payload(&self) -> &Payload<'a> {
        &self.payload
    }

    /// The event name that the request has outside the message, as read at [`Provider::event_location`].
    #[must_use]
    pub fn event_name(&self) -> Option<&str> {
        self.event_name.as_deref()
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::event_type;

    #[test]
    fn an_event_type_is_named_as_users_import_it() {
        assert_eq!(event_type::<super::telecmi::Event>(), "telecmi::Event");
        let elsewhere = "core::option::Option<u8>";
        assert_eq!(event_type::<Option<u8>>(), elsewhere);
    }
}
