//! What a PIOPIY message tells about the call. The rules are the docs of [`Event::summary`].

use super::{Answer, Cdr, Event, Live, NAME, Status, Stream};
use crate::call::{CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase};
use crate::provider::chub::summary_of_fields;
use crate::provider::leg_fields::LegFields;
use crate::value::{Direction, Leg, PhoneNumber, Seconds};

impl Event {
    /// What this message tells about the call.
    ///
    /// PIOPIY runs what the application tells it to, so the wire says less of who is who than TeleCMI's does.
    ///
    /// In each list the first rule that applies counts, and without one the summary says nothing of the field. Of a
    /// [`Dtmf`](super::Dtmf) callback it names the leg alone; an [`Answer`] request tells the direction by its `action`.
    ///
    /// **Call id** (documented samples): `conversation_uuid`, and nothing else. Global CDRs have one that is neither
    /// `cmiuuid` nor `request_id`.
    ///
    /// **Direction** (documented samples; leg b inferred from them)
    ///
    /// 1. A status `in_*`, or `direction` `inbound`: inbound.
    /// 2. `direction` `outbound`, or a status `out_*` without `direction`, on another leg than b: outbound.
    /// 3. The same on leg b, which either call may have: outbound with `request_id`, `api_init` or `vn`.
    /// 4. The same on leg b: inbound if `cmiuuid` is the call's id, or without `callerid`.
    ///
    /// **Party** (documentation)
    ///
    /// 1. A stream's leg b: not told, for it is no person's.
    /// 2. Inbound: leg b is the agent's, whatever the status, and every other the customer's.
    /// 3. Outbound: not told, for an application may ring either side first. An answer request neither.
    ///
    /// **Phase** (documentation)
    ///
    /// 1. A CDR's: `Reported`.
    /// 2. A live event's: what the status says without its `in_` or `out_`; `bridged` is answered.
    /// 3. A stream's: not told, for its status tells of the stream alone.
    ///
    /// **Customer** (documentation)
    ///
    /// 1. Inbound: `from`, unless it is `callerid`, the account's own number.
    /// 2. Outbound, another leg than b: `to`, the number that the application called.
    ///
    /// **Agent** (not documented): `user`.
    ///
    /// **Own number** (documentation)
    ///
    /// 1. `vn`, also where the direction is not told.
    /// 2. Inbound: leg b's `callerid`, every other's `to`.
    /// 3. Outbound: `callerid`; of an answer request, `from`.
    ///
    /// **Started at** (documentation)
    ///
    /// 1. A CDR's `start_time`, which is on the clock of its other times.
    /// 2. `time`.
    ///
    /// **Talk time** (documented samples, inferred): `duration` of a CDR with status `answered`, which is the time from the
    /// leg's answer to its end. Never of both legs of a call.
    ///
    /// 1. Inbound: of leg a, or of a CDR without leg. What an application played to the caller first is included.
    /// 2. Outbound: of leg b. Leg a is answered while leg b is still to be rung.
    ///
    /// **Missed** (documentation, inferred), of a CDR with status `missed`
    ///
    /// 1. Leg b: that leg, for the application may try another number.
    /// 2. Leg a, or no leg, where the direction is told: the call.
    ///
    /// **Finality** (inferred)
    ///
    /// 1. Everything but a CDR: more is to come.
    /// 2. Inbound, leg a or no leg: the call's last message.
    /// 3. Outbound, leg a with status `missed`, which no leg follows, or leg b with status `answered`: the call's.
    /// 4. Every other CDR: the leg's.
    ///
    /// **Recording** (documentation): none. No PIOPIY message is known to have one.
    ///
    /// **As on the wire**: `caller` is `from`, `called` is `to`, `shown` is `callerid`, `leg_seconds` is `duration`,
    /// `answered_at` is `answer_time`, `ended_at` is `end_time`.
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Cdr(cdr) => cdr.summary(),
            Self::Live(live) => live.summary(),
            Self::Stream(stream) => stream.summary(),
            Self::Answer(answer) => answer.summary(),
            Self::Dtmf(dtmf) => question("dtmf", &**dtmf),
            Self::Unrecognized(_) => CallSummary {
                leg_id: self.leg_id().cloned(),
                ..CallSummary::new(NAME)
            },
        }
    }
}

impl Cdr {
    fn summary(&self) -> CallSummary {
        let direction = call_direction(self);
        let missed = self.missed(direction);
        CallSummary {
            phase: Some(Phase::Reported),
            missed,
            started_at: self.start_time.or(self.time),
            answered_at: self.answer_time,
            ended_at: self.end_time,
            leg_seconds: self.duration,
            talk_seconds: self.talk_seconds(direction),
            finality: match (direction, &self.leg, &self.status) {
                (Some(CallDirection::Inbound), None | Some(Leg::A), _)
                | (Some(CallDirection::Outbound), Some(Leg::A), Status::Missed)
                | (Some(CallDirection::Outbound), Some(Leg::B), Status::Answered) => Finality::Call,
                _ => Finality::Leg,
            },
            ..summary_of(MessageKind::Record, self)
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
            ..summary_of(MessageKind::Live, self)
        }
    }
}

impl Stream {
    fn summary(&self) -> CallSummary {
        let summary = summary_of(MessageKind::Stream, self);
        CallSummary {
            party: summary.party.filter(|_| self.leg != Some(Leg::B)),
            ..summary
        }
    }
}

impl Answer {
    fn summary(&self) -> CallSummary {
        let direction = self.action.as_deref().map(Direction::from);
        let known = question("answer", self);
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

/// A request that waits for an answer has no status: which one it is stands in its place.
fn question(which: &str, event: &impl LegFields) -> CallSummary {
    CallSummary {
        status: Some(which.into()),
        ..summary_of_fields(NAME, MessageKind::Question, event)
    }
}

/// What is told of a CDR, a live or a stream event alike.
fn summary_of(kind: MessageKind, event: &impl LegFields) -> CallSummary {
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
        direction,
        party,
        customer: customer.cloned(),
        own_number: event.vn().or(own_number).cloned(),
        ..summary_of_fields(NAME, kind, event)
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
