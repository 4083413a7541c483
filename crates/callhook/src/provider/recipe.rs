//! A platform made by the recipe in [`provider`](super): what the macros ask for, and nothing else. In the crate, each
//! of the parts below has a file of its own.

#![allow(unreachable_pub, reason = "a platform's types are public")]

use std::time::SystemTime;

use serde::ser::SerializeMap;

use super::leg_fields::LegFields;
use super::wire::{WireField, all_fields};
use super::{Message, Provider};
use crate::call::{
    Call, CallDirection, CallEvent, CallSummary, Finality, MessageKind, Missed, Outcome, Phase,
};
use crate::payload::{Payload, Unreadable};
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::value::{Direction, ExtraFields, LegId, PhoneNumber, Seconds, Text};

// `classify.rs`

wire! {
    struct AcmeWire {
        #[key] event,
        #[key] call: "call_sid" | "sid",
        #[key] state,
        direction,
        caller,
        seconds,
        agent,
    }
    #[key] "digit";
}

fn event(payload: &Payload<'_>) -> Result<Event, Unreadable> {
    let (wire, rest) = AcmeWire::of(payload)?;
    let is = |slot: WireField<'_>, text| slot.is_some_and(|field| field.value().text() == text);
    let mut untold = AcmeWire {
        event: None,
        ..wire
    };
    let event = if is(wire.event, "call.ended") {
        Ended::read(&mut untold, rest).map(Event::Ended)
    } else if is(wire.event, "call.menu") && payload.field("digit").is_none() {
        Menu::read(&mut untold, rest).map(Event::Menu)
    } else {
        None
    };
    Ok(event.unwrap_or_else(|| {
        Event::Unrecognized(Unrecognized {
            fields: all_fields(payload),
        })
    }))
}

// `mod.rs`

#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe;

events! {
    /// A message.
    pub enum Event {
        /// A call is over.
        Ended(Box<Ended>) = "ended", "event": "call.ended", status(state), key("ended");
        /// What should a caller hear?
        Menu(Box<Menu>) = "menu", "event": "call.menu", awaits answer;
        /// Another.
        Unrecognized(Unrecognized) = "unrecognized", key();
    }
    /// `call_sid`.
    fn leg_id;
    /// None.
    fn conversation_id;
    /// How the call ended.
    fn status -> State;
    read back by Recipe;
}

event_struct! {
    /// A call is over.
    pub struct Ended from AcmeWire {
        pub call: LegId = "call_sid",
        pub state: State,
        pub direction: Option<Direction>,
        pub caller: Option<PhoneNumber>,
        pub seconds: Option<Seconds>,
        pub agent: Option<Text>,
    }
}

event_struct! {
    /// What should a caller hear?
    pub struct Menu from AcmeWire {
        pub call: LegId = "call_sid",
        pub caller: Option<PhoneNumber>,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecognized {
    fields: ExtraFields,
}

open_enum! {
    /// How a call ended.
    pub enum State {
        /// Somebody answered.
        Done = "done",
        /// Nobody did.
        Missed = "missed",
    }
}

impl LegFields for Ended {
    fn leg_id(&self) -> Option<&LegId> {
        Some(&self.call)
    }

    fn direction(&self) -> Option<&Direction> {
        self.direction.as_ref()
    }

    fn status_text(&self) -> Option<&str> {
        Some(self.state.as_str())
    }
}

impl LegFields for Menu {
    fn leg_id(&self) -> Option<&LegId> {
        Some(&self.call)
    }
}

impl LegFields for Unrecognized {}

impl Unrecognized {
    fn key(&self) -> Result<MessageKey<'_>, UncheckedReason> {
        Err(UncheckedReason::NoId)
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.fields.serialize_into(map)
    }
}

impl Provider for Recipe {
    type Event = Event;

    fn name(&self) -> &str {
        NAME
    }

    fn decode(&self, message: &Message<'_>) -> Result<Event, Unreadable> {
        event(message.payload())
    }

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
        AcmeWire::KEY_FIELDS.to_vec()
    }
}

const NAME: &str = "recipe";

// `summary.rs`

impl Event {
    /// What this message tells about the call.
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Ended(ended) => ended.summary(),
            Self::Menu(menu) => CallSummary {
                kind: MessageKind::Question,
                leg_id: Some(menu.call.clone()),
                customer: menu.caller.clone(),
                ..CallSummary::new(NAME)
            },
            Self::Unrecognized(_) => CallSummary::new(NAME),
        }
    }
}

impl Ended {
    fn summary(&self) -> CallSummary {
        CallSummary {
            kind: MessageKind::Record,
            status: Some(self.state.as_str().into()),
            leg_id: Some(self.call.clone()),
            direction: match self.direction {
                Some(Direction::Inbound) => Some(CallDirection::Inbound),
                Some(Direction::Outbound) => Some(CallDirection::Outbound),
                _ => None,
            },
            phase: Some(Phase::Reported),
            customer: self.caller.clone(),
            agent: self.agent.clone(),
            talk_seconds: self.seconds.filter(|_| self.state == State::Done),
            missed: (self.state == State::Missed).then_some(Missed::Call),
            finality: Finality::Call,
            ..CallSummary::new(NAME)
        }
    }
}

// `tests.rs`

fn decoded(json: &str) -> Event {
    let payload = Payload::from_body(json.as_bytes()).expect("readable");
    let event = Recipe.decode(&Message::new(payload)).expect("an event");
    let normalised = serde_json::to_string(&event).expect("text keys");
    let back: Event = serde_json::from_str(&normalised).expect("the normalised form is readable");
    assert_eq!(back, event, "{normalised}");
    event
}

#[test]
fn a_call_is_decoded_told_apart_summed_up_written_and_read_back() {
    let event = decoded(
        r#"{"event":"call.ended","sid":"1","state":"DONE","direction":"inbound","caller":"+4401",
            "seconds":"9","agent":"Ann","tariff":2}"#,
    );
    assert_eq!(
        serde_json::to_string(&event).expect("text keys"),
        r#"{"event":"call.ended","call_sid":"1","state":"done","direction":"inbound","caller":"+4401","seconds":9,"agent":"Ann","tariff":"2"}"#
    );
    assert_eq!(event.kind(), "ended");
    assert_eq!(event.status(), Some(&State::Done));
    assert_eq!(CallEvent::status(&event), Some("done"));
    assert_eq!(event.leg_id(), Some(&"1".into()));
    assert_eq!(event.conversation_id(), None);
    assert!(!event.awaits_answer());
    assert!(Recipe.key(&event).is_ok());

    let summary = CallEvent::summary(&event);
    assert_eq!(summary.provider, "recipe");
    assert_eq!(summary.direction, Some(CallDirection::Inbound));
    assert_eq!(summary.talk_seconds, Some(Seconds::new(9)));

    let call = Call::of_summary(&summary, None, SystemTime::UNIX_EPOCH);
    assert_eq!(call.outcome(), Some(Outcome::Answered));
    assert_eq!(call.customer(), Some("+4401".into()));
    assert!(call.is_over());
}

#[test]
fn a_request_that_waits_has_no_key_and_what_is_unknown_is_kept() {
    let menu = decoded(r#"{"event":"call.menu","call_sid":"1","caller":"+4401"}"#);
    assert_eq!(menu.kind(), "menu");
    assert!(menu.awaits_answer());
    assert_eq!(Recipe.key(&menu).err(), Some(UncheckedReason::AwaitsAnswer));

    for json in [
        r#"{"event":"call.menu","call_sid":"1","digit":"1"}"#,
        r#"{"event":"call.ended","call_sid":"1"}"#,
        r#"{"event":"call.moved","call_sid":"1"}"#,
    ] {
        let other = decoded(json);
        assert_eq!(other.kind(), "unrecognized", "{json}");
        assert_eq!(serde_json::to_string(&other).expect("text keys"), {
            let fields: std::collections::BTreeMap<String, String> =
                serde_json::from_str(json).expect("texts");
            serde_json::to_string(&fields).expect("text keys")
        });
    }
}

#[test]
fn the_marked_fields_are_the_key_fields_in_all_spellings() {
    assert_eq!(
        Recipe.key_fields(),
        ["digit", "event", "call_sid", "sid", "state"]
    );
}
