//! Voipappz: calls and IVRs, reported in bodies that the customer's administrator writes as templates.
//!
//! 1. A message's event is not in its body: a webhook object sends one event to one URL. [`Voipappz`] says where the
//!    name comes from; the first of these that has a name counts: a [configured event](Voipappz::event), the URL, a
//!    configured field of the body, the body's field `event`. A segment of the path that names none of the six
//!    documented events is ignored if the body names one, because a path always has a last segment. A different name in
//!    the body stays among the [extra fields](Report::extra); if it was in the field `event`, as `body_event`.
//! 2. `Call:Answer`, `call-answer`, `call_answer` and `CALL:ANSWER` are one name, percent-encoded or not.
//! 3. A message with an event's name and its `uuid` is a [`Report`]. Each of the other fields may be absent: it is what
//!    the template makes it. An event that is not documented is a report too, with [`EventName::Other`].
//! 4. Everything else that can be read is [`Unrecognized`], with all its fields. Without its event's name a message has
//!    no identity, because one `uuid` comes with every event of a call: it is handled each time it comes.
//! 5. A field that can't be read is `None`, and stays among the extra fields. So does one that is a [word for "no
//!    value"](crate::value), such as `none` or `Not available`. A `uuid` or an event's name that is such a word counts
//!    as missing.
//! 6. A placeholder that was not filled (`{{uuid}}`) is not a value: the field is absent, and the placeholder stays
//!    among the extra fields. If it is the `uuid`, the message is [`Unrecognized`], and the log says so once for each
//!    endpoint.
//! 7. Values are put into a template without quotes of their own, so what comes may not be JSON:
//!    [`Payload::from_template_body`](crate::payload::Payload::from_template_body) says what is read nevertheless.
//!
//! Give each event a URL of its own, and let the URL's last segment name it:
//!
//! ```
//! use callhook::{Endpoint, voipappz::Voipappz};
//!
//! // For a route such as /webhooks/voipappz/{event}, called as /webhooks/voipappz/call-answer?token=...
//! let endpoint = Endpoint::builder(Voipappz::path_segment())
//!     .query_token("token", "a token of 16 bytes or more")
//!     .build()?;
//! # let _: Endpoint<callhook::voipappz::Event> = endpoint;
//! # Ok::<(), callhook::ConfigError>(())
//! ```
//!
//! Two webhook objects that send different events to one URL without naming them send messages that can't be
//! distinguished.
//!
//! Sources: the vendor's page on webhooks, with one template as its only sample.

mod classify;
mod event_name;
mod source;
mod summary;

use serde::ser::SerializeMap;

use self::classify::VoipappzWire;
pub use self::event_name::EventName;
pub use self::source::Voipappz;
use crate::payload::Unreadable;
use crate::provider::leg_fields::LegFields;
use crate::provider::wire::text_of;
use crate::provider::{Message, Provider};
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::request::Location;
use crate::value::{
    ClockDuration, DateTime, ExtraFields, LegId, LocalTime, PhoneNumber, Seconds, Text,
};

events! {
    /// A message from Voipappz.
    ///
    /// It serialises to its normalised form: one object with the template's names, and the event's name as `event`.
    /// Numbers that are names (phones, ids) are strings, as are times and durations that were sent as text; durations
    /// in seconds are numbers. Absent fields are left out; extra fields are added to them, as strings.
    pub enum Event {
        /// Something happened to a call or an IVR.
        Report(Box<Report>) = "report", status(kind), key();
        /// Readable, but not known to be about anything.
        Unrecognized(Unrecognized) = "unrecognized", status(kind), key();
    }
    /// `uuid`, which every message of a call has.
    fn leg_id;
    /// Nothing: Voipappz has no id for the call besides [`leg_id`](Self::leg_id), which names the call.
    fn conversation_id;
    /// Which event is reported.
    fn status -> EventName;
    read back by Voipappz::normalised();
}

event_struct! {
    /// One event of a call or an IVR, with what the administrator's template says of it.
    pub struct Report from VoipappzWire {
        /// Which event, from wherever it is named. In the normalised form it is `event`.
        pub kind: EventName = "event",
        /// Names the call. The same on all of its events.
        pub uuid: LegId,
        /// `direction`: the call's.
        pub direction: Option<Direction>,
        /// `type`: which way the call took, such as `did_to_que`.
        pub call_type: Option<Text> = "type",
        /// When the call started.
        pub created_at: Option<DateTime>,
        /// When the call started, by a clock whose zone isn't said.
        pub start_at: Option<LocalTime>,
        /// When the call was answered, by the same clock.
        pub answer_at: Option<LocalTime>,
        /// The call's duration. In the documentation's sample it agrees with none of the other figures.
        pub duration: Option<Seconds>,
        /// For how long a phone rang.
        pub ring_duration: Option<Seconds>,
        /// A number that is documented as seconds and printed as `1733173541`, which is a moment in 2024. What it
        /// counts is not known: see [`billing_duration_time`](Self::billing_duration_time).
        pub billing_duration: Option<u64>,
        /// The whole call's duration, waiting and ringing included.
        pub duration_time: Option<ClockDuration>,
        /// For how long the call is billed. Not always talk time: see [`Event::summary`].
        pub billing_duration_time: Option<ClockDuration>,
        /// The number that was called.
        pub destination: Option<PhoneNumber>,
        /// The contact's number.
        pub contact_number: Option<PhoneNumber>,
        /// The number shown to the called party.
        pub caller_id_number: Option<PhoneNumber>,
        /// The account's own number.
        pub did_number: Option<PhoneNumber>,
        /// What the account calls that number.
        pub did_name: Option<Text>,
        /// The environment that the webhook is attached to.
        pub environment_name: Option<Text>,
        /// The agent's full name.
        pub user_fullname: Option<Text>,
        /// The agent.
        pub user_name: Option<Text>,
        /// The agent's extension.
        pub extension_username: Option<Text>,
        /// How the call ended.
        pub cause: Option<HangupCause>,
        /// The other side's SIP status, such as `200`.
        pub sip_status: Option<Text>,
        /// Where the recording is.
        pub recording_url: Option<Text>,
        /// The queue the call went through.
        pub queue_name: Option<Text>,
        /// How the call left the queue.
        pub queue_disposition: Option<Disposition>,
        /// The IVR the call went through.
        pub ivr_name: Option<Text>,
        /// What the platform calls the call's state. Its terms are not documented.
        pub call_state: Option<Text>,
    }
}

/// A message that can be read, but has no event's name, no `uuid`, or nothing that Voipappz is known to send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrecognized {
    /// Why.
    pub reason: Reason,
    /// The event, if it is named.
    pub kind: Option<EventName>,
    /// `uuid`, if there is one.
    pub uuid: Option<LegId>,
    /// All fields, as texts. An array is one field without a name.
    pub fields: ExtraFields,
}

/// Why a message was not recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// None of the template's fields: another platform's message, or an array.
    NoField,
    /// No `uuid`, or a word for "no value" such as `none` in its place.
    NoId,
    /// `uuid` is a placeholder that was not filled, such as `{{uuid}}`.
    UnfilledId,
    /// Nothing names the event: neither the configuration, nor the URL, nor the body.
    NoEvent,
}

open_enum! {
    /// A call's direction.
    pub enum Direction {
        /// `incoming`
        Incoming = "incoming",
        /// `outgoing`
        Outgoing = "outgoing",
    }
}

open_enum! {
    /// How a call ended.
    pub enum HangupCause {
        /// `answer`
        Answer = "answer",
        /// `busy`
        Busy = "busy",
        /// `no_answer`
        NoAnswer = "no_answer",
    }
}

open_enum! {
    /// How a call left a queue.
    pub enum Disposition {
        /// `timeout`: it waited for as long as the queue lets it.
        Timeout = "timeout",
        /// `abandoned`: the caller hung up.
        Abandoned = "abandoned",
        /// `answer`, which the documentation prints as `anser`.
        Answer = "answer" | "anser",
    }
}

impl Report {
    /// While a queue rings several agents, one call's messages of one event differ in nothing but the extension and
    /// user.
    fn key(&self) -> Result<MessageKey<'_>, UncheckedReason> {
        let key = MessageKey::new(self.kind.as_str(), &self.uuid)
            .leg(text_of(self.extension_username.as_ref()))
            .direction(text_of(self.direction.as_ref()))
            .user(text_of(self.user_name.as_ref()));
        Ok(match self.kind {
            EventName::CallRinging
            | EventName::CallAnswer
            | EventName::IvrStart
            | EventName::IvrEnd => key.live(),
            // Records of a call that is over, and what nobody knows.
            EventName::CallHangup | EventName::CallReporting | EventName::Other(_) => key,
        })
    }
}

impl LegFields for Report {
    fn leg_id(&self) -> Option<&LegId> {
        Some(&self.uuid)
    }
}

impl Unrecognized {
    /// A `uuid` alone names no message: ringing and answer may have equal bodies.
    fn key(&self) -> Result<MessageKey<'_>, UncheckedReason> {
        Err(UncheckedReason::NoId)
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let Some(kind) = &self.kind {
            map.serialize_entry("event", kind)?;
        }
        self.fields.serialize_into(map)
    }
}

impl LegFields for Unrecognized {
    fn leg_id(&self) -> Option<&LegId> {
        self.uuid.as_ref()
    }
}

impl Provider for Voipappz {
    type Event = Event;

    fn name(&self) -> &str {
        NAME
    }

    fn decode(&self, message: &Message<'_>) -> Result<Event, Unreadable> {
        classify::event(self, message)
    }

    /// The event, `uuid`, direction, extension and user: `uuid` names the call, and the last two its leg. All events
    /// but `Call:Hangup`, `Call:Reporting` and those that are not documented are [live](MessageKey::live).
    fn key<'e>(&self, event: &'e Event) -> Result<MessageKey<'e>, UncheckedReason> {
        event.key()
    }

    fn kind(&self, event: &Event) -> &'static str {
        event.kind()
    }

    fn app_id<'e>(&self, event: &'e Event) -> Option<&'e str> {
        event.app_id()
    }

    fn key_fields(&self) -> Vec<&str> {
        let own = self.body_field.as_deref();
        VoipappzWire::KEY_FIELDS
            .iter()
            .copied()
            .chain(own)
            .collect()
    }

    fn event_location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    fn reads_templates(&self) -> bool {
        true
    }
}

const NAME: &str = "voipappz";

#[cfg(test)]
mod tests;
