//! What a PIOPIY message tells about the call. The rules are the docs of [`Event::summary`].

use super::{Answer, Cdr, Event, Live, NAME, Status, Stream};
use crate::call::{CallDirection, CallSummary, Finality, Missed, Party, Phase};
use crate::provider::leg_fields::LegFields;
use crate::value::{Direction, Leg, PhoneNumber, Seconds};

impl Event {
    /// What this message tells about the call.
    ///
    /// PIOPIY runs what the application tells it to, so the wire says less of who is who than TeleCMI's does.
    ///
    /// | what | rule | source |
    /// |---|---|---|
    /// | call id | `conversation_uuid`, and nothing else: global CDRs have one that is neither `cmiuuid` nor `request_id` | documented samples |
    /// | direction | inbound where a message says `inbound` or has a status `in_*`; outbound where one that isn't leg b's says `outbound`, or has a status `out_*` and no `direction`. Leg b of either call may say `outbound`: it is an outbound call's with `request_id`, `api_init` or `vn`; an inbound call's if its `cmiuuid` is the call's id, or without `callerid`; else the wire doesn't tell | documented samples; leg b inferred from them |
    /// | party | inbound: leg b is the agent's, every other the caller's. Outbound: not told, for an application may ring either side first. The leg of a stream's leg b is no person's | documentation |
    /// | customer | inbound: `from`, unless it is `callerid`, the account's own number. Outbound: leg a's `to`, the number that the application called | documentation |
    /// | own number | `vn`; else inbound leg a's `to`, or leg b's and an outbound call's `callerid` | documentation |
    /// | phase | of the status without its `in_` or `out_`; `bridged` is answered. A stream's status tells of the stream alone | documentation |
    /// | started at | a CDR's `start_time` (seconds on the wire), on the clock of its other times; else `time` (milliseconds) | documentation |
    /// | talk time | `duration` of an answered leg, which is the time from its answer to its end: of an inbound call's leg a, of an outbound call's leg b. Never of both legs of a call. An outbound call's leg a is answered while leg b is still to be rung. What an application played to an inbound caller first is included | documented samples, inferred |
    /// | missed | leg b: that leg, for the application may try another number. Every other: the call | documentation, inferred |
    /// | final | a CDR is its leg's last message. It is the call's, too, on an inbound call's leg a, an outbound call's answered leg b, and its missed leg a, for no leg follows a missed one | inferred |
    /// | recording | none: no PIOPIY message is known to have one | documentation |
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Cdr(cdr) => cdr.summary(),
            Self::Live(live) => live.summary(),
            Self::Stream(stream) => stream.summary(),
            Self::Answer(answer) => answer.summary(),
            Self::Dtmf(_) | Self::Unrecognized(_) => CallSummary {
                leg_id: self.leg_id().cloned(),
                ..EMPTY
            },
        }
    }
}

const EMPTY: CallSummary = CallSummary::new(NAME);

impl Cdr {
    fn summary(&self) -> CallSummary {
        let direction = call_direction(self);
        let missed = self.missed(direction);
        CallSummary {
            phase: Some(Phase::Reported),
            missed,
            started_at: self.start_time.or(self.time),
            talk_seconds: self.talk_seconds(direction),
            finality: match (direction, &self.leg, &self.status) {
                (Some(CallDirection::Inbound), None | Some(Leg::A), _)
                | (Some(CallDirection::Outbound), Some(Leg::A), Status::Missed)
                | (Some(CallDirection::Outbound), Some(Leg::B), Status::Answered) => Finality::Call,
                _ => Finality::Leg,
            },
            ..summary_of(self)
        }
    }

    fn missed(&self, direction: Option<CallDirection>) -> Option<Missed> {
        match (&self.status, &self.leg, direction) {
            (Status::Missed, Some(Leg::B), _) => Some(Missed::Leg),
            (Status::Missed, None | Some(Leg::A), Some(_)) => Some(Missed::Call),
            _ => None,
        }
    }

    fn talk_seconds(&self, direction: Option<CallDirection>) -> Option<Seconds> {
        match (&self.status, direction?, &self.leg) {
            (Status::Answered, CallDirection::Inbound, None | Some(Leg::A))
            | (Status::Answered, CallDirection::Outbound, Some(Leg::B)) => self.duration,
            _ => None,
        }
    }
}

impl Live {
    fn summary(&self) -> CallSummary {
        let status = self.status.as_str().trim_ascii().to_ascii_lowercase();
        let status = status
            .strip_prefix("in_")
            .or(status.strip_prefix("out_"))
            .unwrap_or(&status);
        CallSummary {
            phase: match status {
                "waiting" => Some(Phase::Waiting),
                "started" | "ringing" => Some(Phase::Ringing),
                "answered" | "bridged" => Some(Phase::Answered),
                "hangup" => Some(Phase::Ended),
                _ => None,
            },
            ..summary_of(self)
        }
    }
}

impl Stream {
    fn summary(&self) -> CallSummary {
        let summary = summary_of(self);
        CallSummary {
            party: summary.party.filter(|_| self.leg != Some(Leg::B)),
            ..summary
        }
    }
}

impl Answer {
    fn summary(&self) -> CallSummary {
        let direction = self.action.as_deref().map(Direction::from);
        let known = CallSummary {
            leg_id: Some(self.cmiuuid.clone()),
            started_at: self.time,
            ..EMPTY
        };
        match direction {
            Some(Direction::Inbound) => CallSummary {
                direction: Some(CallDirection::Inbound),
                party: Some(Party::Customer),
                customer: self.from.clone(),
                own_number: self.to.clone(),
                ..known
            },
            Some(Direction::Outbound) => CallSummary {
                direction: Some(CallDirection::Outbound),
                customer: self.to.clone(),
                own_number: self.from.clone(),
                ..known
            },
            _ => known,
        }
    }
}

/// What is told of a CDR, a live or a stream event alike.
fn summary_of(event: &impl LegFields) -> CallSummary {
    let direction = call_direction(event);
    let is_leg_b = event.leg() == Some(&Leg::B);
    let (party, customer, own_number) = match direction {
        Some(CallDirection::Inbound) if is_leg_b => {
            (Some(Party::Agent), caller(event), event.callerid())
        }
        Some(CallDirection::Inbound) => (Some(Party::Customer), caller(event), event.to()),
        Some(CallDirection::Outbound) if is_leg_b => (None, None, event.callerid()),
        Some(CallDirection::Outbound) => (None, event.to(), event.callerid()),
        None => (None, None, None),
    };
    CallSummary {
        call_id: event.conversation_id().cloned(),
        leg_id: event.leg_id().cloned(),
        direction,
        party,
        customer: customer.cloned(),
        agent: event.user().cloned(),
        own_number: event.vn().or(own_number).cloned(),
        started_at: event.time().copied(),
        ..EMPTY
    }
}

fn call_direction(event: &impl LegFields) -> Option<CallDirection> {
    let status = event.status_text().unwrap_or_default().to_ascii_lowercase();
    let is_in = status.starts_with("in_");
    match event.direction() {
        _ if is_in => Some(CallDirection::Inbound),
        Some(Direction::Inbound) => Some(CallDirection::Inbound),
        Some(Direction::Outbound) => direction_of_outbound_leg(event),
        None if status.starts_with("out_") => direction_of_outbound_leg(event),
        _ => None,
    }
}

/// An inbound call's leg b goes out, too.
fn direction_of_outbound_leg(event: &impl LegFields) -> Option<CallDirection> {
    let is_requested = event.request_id().is_some() || event.api_init() == Some(&true);
    let calls_id = event.conversation_id().map(|id| id.as_str());
    let is_calls_id = calls_id == event.leg_id().map(|id| id.as_str());
    if event.leg() != Some(&Leg::B) || is_requested || event.vn().is_some() {
        Some(CallDirection::Outbound)
    } else if is_calls_id || event.callerid().is_none() {
        Some(CallDirection::Inbound)
    } else {
        None
    }
}

/// The number that calls, unless it is the account's own.
fn caller(event: &impl LegFields) -> Option<&PhoneNumber> {
    let from = event.from();
    from.filter(|_| from != event.callerid())
}
