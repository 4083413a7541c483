//! PIOPIY, TeleCMI's programmable voice: call detail records, live and stream events, and the two requests that wait
//! for an answer.
//!
//! 1. `type: "cdr"` is a [`Cdr`], once a leg is over; `type: "event"` is a [`Stream`] event with `ws_status` or a
//!    status `stream_*`, and a [`Live`] event otherwise. None is recognised without its `cmiuuid` and `status`.
//! 2. Since 2024 messages have no `type`. The first of these that applies decides the kind: `ws_status` or a status
//!    `stream_*`, a stream event; a status `in_*` or `out_*`, a live event; `duration`, or `start_time` with
//!    `end_time`, a CDR; the status `missed`, a CDR; the statuses of live events before 2024, a live event. Another
//!    status decides nothing. Without a status, keys or speech are a [`Dtmf`] callback; the `action` `inbound` or
//!    `outbound`, or nothing but numbers, `time`, `cmiuuid` and the account, an [`Answer`] request.
//! 3. The keys of a callback are `dtmf`, `digits` or `digit`, and what was said is `speech`. A message with one of them
//!    and without `status` is a [`Dtmf`] callback whatever its `type` is. Where nobody pressed a key in time they are
//!    `null`, empty or absent: a field of that name is enough, unless the `type` is `cdr` or `event`, and so is the
//!    id's spelling `cmuuid` together with a number. Mistaking such a callback for an answer request would greet the
//!    caller again and again.
//! 4. PIOPIY waits for the answer to a [`Dtmf`] callback and to an [`Answer`] request, so neither is ever taken for a
//!    replay. Everything else that can be read is [`Unrecognized`], with all its fields.
//! 5. `time` is documented in milliseconds; `start_time`, `answer_time` and `end_time` in seconds. Each is read as the
//!    unit that its [size](Timestamp) shows. All are [`Timestamp`]s here, and of their documented unit in the
//!    normalised form.
//! 6. A CDR comes up to four times within half an hour, with another `balance` each time: the balance is
//!    [not part of its content](Provider::volatile_fields).
//! 7. `cmuuid`, which DTMF callbacks have, is read everywhere; so are both of `appid` and `app_id`. An optional field
//!    that can't be read is `None`, and stays among the [extra fields](Cdr::extra). So does one that is a [word for "no
//!    value"](crate::value), such as `none` or `Not available`. A `cmiuuid` that is such a word counts as missing.
//!
//! The answers to waiting requests are in [`pcmo`], and for the API of 2026 in [`pipeline`].
//!
//! Sources: the vendor's documentation of webhooks (PIOPIY global 2021 to 2024, PIOPIY India), and live traffic
//! reported by applications that consume it. The order of rule 2 is inferred from them.

#[macro_use]
mod actions;
mod classify;
pub mod pcmo;
pub mod pipeline;
mod summary;

use self::classify::PiopiyWire;
use crate::payload::Unreadable;
use crate::provider::{Message, Provider};
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::value::{
    Amount, AppId, ConversationId, Direction, ExtraParams, Leg, LegId, PhoneNumber, RequestId,
    Seconds, Text, Timestamp,
};

pub use crate::provider::chub::{Reason, Unrecognized};

/// The PIOPIY provider, for [`Endpoint::builder`](crate::Endpoint::builder).
#[derive(Clone, Copy, Debug, Default)]
pub struct Piopiy;

events! {
    /// A message from PIOPIY.
    ///
    /// It serialises to its normalised form: one object with the documented names, whatever spelling was sent. CDRs,
    /// live and stream events have a `type`, in every edition. Numbers that are names (phones, ids, keys) and amounts
    /// are strings; times are numbers, of milliseconds or seconds as documented, and so are durations; flags are
    /// booleans; `extra_params` and `ws_status` are strings. Absent fields are left out; extra fields are added to
    /// them, as strings.
    pub enum Event {
        /// A call detail record: a leg is over.
        Cdr(Box<Cdr>) = "cdr", "type": "cdr", status(status), key("cdr");
        /// Something happened to a leg.
        Live(Box<Live>) = "live", "type": "event", status(status), live key("event");
        /// Something happened to the audio stream of a leg.
        Stream(Box<Stream>) = "stream", "type": "event", status(status), live key("stream");
        /// PIOPIY asks what to do with a call, and waits for the answer.
        Answer(Box<Answer>) = "answer", awaits answer;
        /// Keys were pressed, or something was said, or neither in time, and PIOPIY waits for what to do next.
        Dtmf(Box<Dtmf>) = "dtmf", awaits answer;
        /// Readable, but nothing of the above.
        Unrecognized(Unrecognized) = "unrecognized", key();
    }
    /// `cmiuuid`: names the leg.
    fn leg_id;
    /// `conversation_uuid`: names the call.
    fn conversation_id;
    /// The status of a CDR, a live or a stream event.
    fn status -> Status;
    read back by Piopiy;
}

event_struct! {
    /// A call detail record: one leg's figures, once it is over.
    ///
    /// It comes again after 5, 15 and 30 minutes, whatever was answered.
    pub struct Cdr: LegFields from PiopiyWire {
        /// `appid`: the account.
        pub app_id: Option<AppId> = "appid",
        /// Names the leg. A missed inbound call's legs a and b appear to share one: [`leg`](Self::leg) tells them
        /// apart.
        pub cmiuuid: LegId,
        /// Names the call: in India leg a's `cmiuuid`; on global outbound calls the `request_id`, which is not a UUID.
        pub conversation_uuid: Option<ConversationId>,
        /// The API request that made the call.
        pub request_id: Option<RequestId>,
        /// The direction as on the wire. On leg a it is the call's.
        pub direction: Option<Direction>,
        /// Which leg. On inbound calls leg a is the caller's.
        pub leg: Option<Leg>,
        /// `answered` or `missed`.
        pub status: Status as sent,
        /// The agent. Not documented.
        pub user: Option<Text>,
        /// The number that was called: on an inbound call's leg a the account's own.
        pub to: Option<PhoneNumber>,
        /// The number that called.
        pub from: Option<PhoneNumber>,
        /// The number shown to the called party, which is the account's own.
        pub callerid: Option<PhoneNumber>,
        /// `vn`: the account's own number.
        pub vn: Option<PhoneNumber>,
        /// The documentation calls it the timestamp of the call. It is up to 3 seconds off `start_time`, either way.
        /// Documented in milliseconds.
        pub time: Option<Timestamp> as epoch_millis,
        /// When the leg started. Documented in seconds. Absent in India, as are the next two.
        pub start_time: Option<Timestamp> as epoch_seconds,
        /// When the leg was answered. Documented in seconds. Absent on missed legs.
        pub answer_time: Option<Timestamp> as epoch_seconds,
        /// When the leg ended. Documented in seconds.
        pub end_time: Option<Timestamp> as epoch_seconds,
        /// Documented as the total duration, but in the samples it is the time from the answer to the end, and 0 on a
        /// missed leg. Not always talk time: see [`Event::summary`].
        pub duration: Option<Seconds>,
        /// What the leg was billed. A number `0` or decimal text on the wire. Absent in India.
        pub call_rate: Option<Amount>,
        /// What is left in the account. Not the same on each copy of the CDR.
        pub balance: Option<Amount>,
        /// Whether the call went out.
        pub out: Option<bool>,
        /// Whether the call was made through the API.
        pub api_init: Option<bool>,
        /// The application's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

event_struct! {
    /// A live event: something happened to a leg.
    pub struct Live: LegFields from PiopiyWire {
        /// `appid`: the account.
        pub app_id: Option<AppId> = "appid",
        /// Names the leg.
        pub cmiuuid: LegId,
        /// Names the call: on inbound calls and in India leg a's `cmiuuid`; on global outbound calls the `request_id`,
        /// which is not a UUID.
        pub conversation_uuid: Option<ConversationId>,
        /// The API request that made the call.
        pub request_id: Option<RequestId>,
        /// The direction as on the wire. On leg a it is the call's.
        pub direction: Option<Direction>,
        /// Which leg. On inbound calls leg a is the caller's.
        pub leg: Option<Leg>,
        /// `in_answered`, `out_started`, `out_answered`, `out_bridged`; `started`, `ringing`, `answered`, `hangup`
        /// before 2024.
        pub status: Status as sent,
        /// The agent. Not documented.
        pub user: Option<Text>,
        /// The number that was called: on an inbound call's leg a the account's own.
        pub to: Option<PhoneNumber>,
        /// The number that called.
        pub from: Option<PhoneNumber>,
        /// The number shown to the called party, which is the account's own.
        pub callerid: Option<PhoneNumber>,
        /// `vn`: the account's own number.
        pub vn: Option<PhoneNumber>,
        /// When the leg started. The same on every event of the leg. Documented in milliseconds.
        pub time: Option<Timestamp> as epoch_millis,
        /// Whether the call went out.
        pub out: Option<bool>,
        /// Whether the call was made through the API.
        pub api_init: Option<bool>,
        /// The application's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

event_struct! {
    /// A stream event: something happened to the web socket that a leg's audio goes through.
    pub struct Stream: LegFields from PiopiyWire {
        /// `appid`: the account.
        pub app_id: Option<AppId> = "appid",
        /// Names the leg.
        pub cmiuuid: LegId,
        /// Names the call. Absent from the documented samples.
        pub conversation_uuid: Option<ConversationId>,
        /// The API request that made the call.
        pub request_id: Option<RequestId>,
        /// The direction as on the wire. On leg a it is the call's.
        pub direction: Option<Direction>,
        /// Which leg.
        pub leg: Option<Leg>,
        /// `stream_connected`, `stream_disconnected` or `stream_error`.
        pub status: Status as sent,
        /// The agent. Not documented.
        pub user: Option<Text>,
        /// The number that was called. Absent from the documented samples.
        pub to: Option<PhoneNumber>,
        /// The number that called.
        pub from: Option<PhoneNumber>,
        /// The number shown to the called party.
        pub callerid: Option<PhoneNumber>,
        /// `vn`: the account's own number.
        pub vn: Option<PhoneNumber>,
        /// When the leg started. Documented in milliseconds.
        pub time: Option<Timestamp> as epoch_millis,
        /// What the web socket says: JSON in text, such as `{"status":"connected"}`.
        pub ws_status: Option<ExtraParams> as verbatim,
        /// The application's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

event_struct! {
    /// PIOPIY asks the answer URL what to do with a call. The answer to the request is a [`pcmo::Reply`].
    pub struct Answer: LegFields from PiopiyWire {
        /// `appid`: the account. Absent from the documented samples.
        pub app_id: Option<AppId> = "appid",
        /// What is to be decided: `inbound` or `outbound`. Absent in India.
        pub action: Option<Text>,
        /// Names the leg that waits.
        pub cmiuuid: LegId,
        /// The number that was called.
        pub to: Option<PhoneNumber>,
        /// The number that calls.
        pub from: Option<PhoneNumber>,
        /// When the leg started. Documented in milliseconds.
        pub time: Option<Timestamp> as epoch_millis,
        /// The application's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

event_struct! {
    /// Someone pressed keys or spoke, as an action asked for, or didn't in time. The answer to the request is a
    /// [`pcmo::Reply`], or a [`pipeline::Reply`] where the action was of that API.
    pub struct Dtmf: LegFields from PiopiyWire {
        /// `appid`: the account. Absent from the documented samples.
        pub app_id: Option<AppId> = "appid",
        /// Names the leg. `cmuuid` on the wire.
        pub cmiuuid: LegId,
        /// The keys, such as `0123#*`, whether they were sent as `dtmf`, `digits` or `digit`. Empty where none was
        /// pressed in time. `Debug` shows how many: they may be a PIN.
        pub dtmf: Text as sent,
        /// What was said, where the action listened for speech.
        pub speech: Option<Text>,
        /// The number that was called.
        pub to: Option<PhoneNumber>,
        /// The number that called.
        pub from: Option<PhoneNumber>,
        /// The application's own data, echoed.
        pub extra_params: Option<ExtraParams>,
    }
}

open_enum! {
    /// What happened to a leg, or to its stream.
    pub enum Status {
        /// `in_answered`: an inbound call is answered.
        InAnswered = "in_answered",
        /// `out_started`: an outbound call begins.
        OutStarted = "out_started",
        /// `out_answered`: an outbound call is answered.
        OutAnswered = "out_answered",
        /// `out_bridged`: an outbound call is connected to another leg.
        OutBridged = "out_bridged",
        /// `stream_connected`: the audio goes through the web socket.
        StreamConnected = "stream_connected",
        /// `stream_disconnected`, which the documentation prints in upper case: it does so no longer.
        StreamDisconnected = "stream_disconnected",
        /// `stream_error`: the web socket failed.
        StreamError = "stream_error",
        /// `started`: a leg begins. Before 2024, as are the next three.
        Started = "started",
        /// `ringing`: a phone is being rung.
        Ringing = "ringing",
        /// `answered`: the leg is answered; or, on a CDR, was.
        Answered = "answered",
        /// `hangup`: the leg ended.
        Hangup = "hangup",
        /// `missed`: the leg ended without an answer. CDRs only.
        Missed = "missed",
    }
}

impl Provider for Piopiy {
    type Event = Event;

    fn name(&self) -> &str {
        NAME
    }

    fn decode(&self, message: &Message<'_>) -> Result<Event, Unreadable> {
        classify::event(message.payload())
    }

    /// Kind, `cmiuuid`, leg, direction and status. Leg and direction are what differs between the two CDRs of a
    /// missed inbound call. Not `time` or `request_id`: the first is the same on all messages of a leg, the second
    /// names several legs. Not `user`: a CDR that comes again with its agent is a revision. Live and stream events are
    /// [live](MessageKey::live).
    fn key<'e>(&self, event: &'e Event) -> Result<MessageKey<'e>, UncheckedReason> {
        event.key()
    }

    fn kind(&self, event: &Event) -> &'static str {
        event.kind()
    }

    fn app_id<'e>(&self, event: &'e Event) -> Option<&'e str> {
        event.app_id()
    }

    fn volatile_fields(&self) -> &[&str] {
        &["balance"]
    }

    fn key_fields(&self) -> Vec<&str> {
        PiopiyWire::KEY_FIELDS.to_vec()
    }
}

const NAME: &str = "piopiy";

#[cfg(test)]
mod tests;
