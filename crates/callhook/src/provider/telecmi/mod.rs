//! TeleCMI (CHUB and CHUB India): call detail records, live events, and the HTTP call flow request.
//!
//! 1. `type: "cdr"` is a [`Cdr`], once a leg is over; `type: "event"` is a [`Live`] event. Neither is recognised
//!    without its `cmiuuid` and `status`.
//! 2. A payload without `type`, `status` and `time`, with a `cmiuuid` and a number, is a [`Flow`] request: TeleCMI
//!    waits for a routing answer, so it is never taken for a replay. An older edition has only `from` and `appid`.
//!    PIOPIY's requests are not taken for one: an `action`, keys, speech or the spelling `cmuuid` distinguishes them.
//! 3. Everything else that can be read is [`Unrecognized`], with all its fields.
//! 4. Spellings of 2019 (`cmiuid`, `parent_uid`), of DTMF samples (`cmuuid`) and both of `appid` and `app_id` are read
//!    in every notification, as numbers or text.
//! 5. An optional field that can't be read is `None`, and stays among the [extra fields](Cdr::extra). So does one that
//!    is a [word for "no value"](crate::value), such as `none` or `Not available`: a `user` of that name is not an
//!    agent. A `cmiuuid` that is such a word counts as missing.
//! 6. Times are read as seconds or milliseconds, depending on their [size](Timestamp).
//!
//! The answer to a [`Flow`] request is in [`flow`].
//!
//! Sources: the vendor's documentation of webhooks (CHUB 2019 to 2024, CHUB India), and live traffic reported by
//! applications that consume it.

mod classify;
pub mod flow;
mod summary;

use self::classify::TelecmiWire;
use crate::payload::Unreadable;
use crate::provider::{Message, Provider};
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::value::{
    AppId, CallId, ConversationId, Direction, ExtraParams, HangupReason, Leg, LegId, PhoneNumber,
    RequestId, Seconds, Text, Timestamp,
};

pub use crate::provider::chub::{Reason, Unrecognized};

/// The TeleCMI provider, for [`Endpoint::builder`](crate::Endpoint::builder).
#[derive(Clone, Copy, Debug, Default)]
pub struct Telecmi;

events! {
    /// A message from TeleCMI.
    ///
    /// It serialises to its normalised form: one object with the documented names, whatever spelling was sent. Numbers
    /// that are names (phones, ids) are strings, times and durations numbers, flags booleans, `custom` and
    /// `extra_params` strings. Absent fields are left out; extra fields are added to them, as strings.
    pub enum Event {
        /// A call detail record: a leg is over.
        Cdr(Box<Cdr>) = "cdr", "type": "cdr", status(status), key("cdr");
        /// Something happened to a leg.
        Live(Box<Live>) = "live", "type": "event", status(status), live key("event");
        /// TeleCMI asks where to route a call, and waits for the answer.
        Flow(Box<Flow>) = "flow", awaits answer;
        /// Readable, but nothing of the above.
        Unrecognized(Unrecognized) = "unrecognized", key();
    }
    /// `cmiuuid`: names the leg.
    fn leg_id;
    /// `conversation_uuid`: names the call.
    fn conversation_id;
    /// The status of a CDR or a live event.
    fn status -> Status;
    read back by Telecmi;
}

event_struct! {
    /// A call detail record: one leg's figures, once it is over.
    ///
    /// On an outbound call leg a is the agent, and its `answeredsec` includes the time the customer's phone rang: see
    /// [`Event::summary`].
    pub struct Cdr: LegFields from TelecmiWire {
        /// `appid`: the account.
        pub app_id: Option<AppId> = "appid",
        /// Names the leg. On an inbound call's CDR, live traffic has the answering agent's leg where the documentation
        /// has the caller's.
        pub cmiuuid: LegId,
        /// Names the call. Absent from outbound CDRs, and from inbound ones before 2022 and in India.
        pub conversation_uuid: Option<ConversationId>,
        /// Outbound only. Identifies nothing.
        pub call_id: Option<CallId>,
        /// Click-to-call only.
        pub request_id: Option<RequestId>,
        /// The direction as on the wire.
        pub direction: Option<Direction>,
        /// Which leg. Absent from most inbound CDRs.
        pub leg: Option<Leg>,
        /// `answered` or `missed`.
        pub status: Status as sent,
        /// The agent, as `<extension>_<app id>`.
        pub user: Option<Text>,
        /// The team, as `<name>_<app id>`. Inbound only.
        pub team: Option<Text>,
        /// The number that was called: on an inbound CDR the agent's.
        pub to: Option<PhoneNumber>,
        /// The number that called.
        pub from: Option<PhoneNumber>,
        /// The number shown to the called party.
        pub callerid: Option<PhoneNumber>,
        /// The account's own number that the call came in on, or went out from.
        pub virtual_number: Option<PhoneNumber>,
        /// When the leg started. The same on every message of the leg. Documented in milliseconds.
        pub time: Option<Timestamp> as epoch_millis,
        /// For how long the leg was answered. Not always talk time: see [`Event::summary`].
        pub answeredsec: Option<Seconds>,
        /// For how long the caller of a missed inbound call waited.
        pub waitedsec: Option<Seconds>,
        /// Whether the call was recorded.
        pub record: Option<bool>,
        /// The recording's file name.
        pub filename: Option<Text>,
        /// Whether the caller left a voicemail.
        pub voicemail: Option<bool>,
        /// The voicemail's file name.
        pub voicename: Option<Text>,
        /// Whether the call was made through the click-to-call API.
        pub click_to_call: Option<bool>,
        /// How the leg ended.
        pub hangup_reason: Option<HangupReason>,
        /// The IVR the caller went through. Inbound only.
        pub ivr_name: Option<Text>,
        /// The dashboard's custom value, echoed.
        pub custom: Option<ExtraParams>,
        /// The click-to-call request's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

event_struct! {
    /// A live event: something happened to a leg.
    pub struct Live: LegFields from TelecmiWire {
        /// `app_id`: the account.
        pub app_id: Option<AppId>,
        /// Names the leg.
        pub cmiuuid: LegId,
        /// Names the call: the caller's leg on inbound calls, leg a on outbound ones. `parent_uid` in 2019.
        pub conversation_uuid: Option<ConversationId>,
        /// Outbound only. Identifies nothing.
        pub call_id: Option<CallId>,
        /// Click-to-call only.
        pub request_id: Option<RequestId>,
        /// The direction as on the wire: an inbound call's agent leg says `outbound`.
        pub direction: Option<Direction>,
        /// Which leg. Absent from the caller's leg of inbound calls, and in 2019.
        pub leg: Option<Leg>,
        /// `waiting`, `started`, `answered`, `hangup`; `ringing` in 2019.
        pub status: Status as sent,
        /// The agent, as `<extension>_<app id>`.
        pub user: Option<Text>,
        /// The team, as `<name>_<app id>`: on the agent's leg of inbound calls.
        pub team: Option<Text>,
        /// The number that was called.
        pub to: Option<PhoneNumber>,
        /// The number that called: the caller's on all legs of inbound calls.
        pub from: Option<PhoneNumber>,
        /// The number shown to the called party. Outbound calls only.
        pub callerid: Option<PhoneNumber>,
        /// When the leg started. The same on every message of the leg. Documented in milliseconds.
        pub time: Option<Timestamp> as epoch_millis,
        /// Whether the call was made through the click-to-call API.
        pub click_to_call: Option<bool>,
        /// The dashboard's custom value, echoed.
        pub custom: Option<ExtraParams>,
        /// The click-to-call request's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

event_struct! {
    /// TeleCMI asks where to route an incoming call. The answer to the request is a [`flow::Reply`].
    pub struct Flow: LegFields from TelecmiWire {
        /// `appid`: the account.
        pub app_id: Option<AppId> = "appid",
        /// Names the caller's leg. Absent in the older edition.
        pub cmiuuid: Option<LegId>,
        /// The number that was called. Absent in the older edition.
        pub to: Option<PhoneNumber>,
        /// The number that calls.
        pub from: Option<PhoneNumber>,
    }
}

open_enum! {
    /// What happened to a leg.
    pub enum Status {
        /// `waiting`: a caller waits for an agent.
        Waiting = "waiting",
        /// `started`: a phone is being rung.
        Started = "started",
        /// `ringing`: a phone is being rung, in 2019's spelling.
        Ringing = "ringing",
        /// `answered`
        Answered = "answered",
        /// `hangup`: the leg ended.
        Hangup = "hangup",
        /// `missed`: the leg ended without an answer. CDRs only.
        Missed = "missed",
    }
}

impl Provider for Telecmi {
    type Event = Event;

    fn name(&self) -> &str {
        NAME
    }

    fn decode(&self, message: &Message<'_>) -> Result<Event, Unreadable> {
        classify::event(message.payload())
    }

    /// Kind, `cmiuuid`, leg, direction and status. Not `time`, `call_id` or `request_id`: the first is the same on
    /// all messages of a leg, the second differs between a leg's events and its CDR, the third names several legs. Not
    /// `user`: `cmiuuid` names the agent's leg already, and a CDR that comes again with its agent is a revision. A live
    /// event is [live](MessageKey::live).
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
        TelecmiWire::KEY_FIELDS.to_vec()
    }
}

const NAME: &str = "telecmi";

#[cfg(test)]
mod tests;
