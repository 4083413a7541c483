//! What a TeleCMI message tells about the call. The rules are the docs of [`Event::summary`].

use super::{Cdr, Event, Flow, Live, NAME, Status};
use crate::call::{
    CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase, Voicemail,
};
use crate::provider::chub::summary_of_fields;
use crate::value::{ConversationId, Direction, Leg, is_name};

impl Event {
    /// What this message tells about the call.
    ///
    /// In each list the first rule that applies counts, and without one the summary says nothing of the field.
    ///
    /// **Call id** (documented samples)
    ///
    /// 1. `conversation_uuid`.
    /// 2. Outbound, leg a: `cmiuuid`, which is the same there.
    ///
    /// **Direction** (documented samples, live traffic)
    ///
    /// 1. A CDR's `direction` is the call's. A call flow request is about an inbound call.
    /// 2. A live event that says `inbound` is an inbound call's.
    /// 3. One that says `outbound` is an outbound call's on leg a; else an inbound call's agent leg with `team`; else an
    ///    outbound call's with `callerid`, `call_id`, `request_id` or `click_to_call`; else an inbound call's agent leg
    ///    with `from`.
    ///
    /// **Party** (documentation, live traffic)
    ///
    /// 1. Inbound, leg b: the agent's, whatever the status.
    /// 2. Inbound, a live event that says `outbound`: the agent's.
    /// 3. Inbound, a CDR whose `cmiuuid` is not its `conversation_uuid`: the agent's.
    /// 4. Inbound, a CDR with status `missed` and a `user`: the agent's.
    /// 5. Inbound, every other: the customer's.
    /// 6. Outbound: leg a is the agent's, leg b the customer's.
    ///
    /// **Phase** (documentation): of a live event what its status says, of a CDR `Reported`.
    ///
    /// **Customer** (documentation, live traffic)
    ///
    /// 1. Inbound: `from`.
    /// 2. Outbound, leg a's CDR: not told. Its `to` is the agent's phone in the documentation and the customer's in live
    ///    traffic.
    /// 3. Outbound, every other: `to`.
    ///
    /// **Agent** (documentation): `user`.
    ///
    /// **Own number** (documentation)
    ///
    /// 1. A CDR's `virtual_number`.
    /// 2. Outbound: `callerid`.
    /// 3. Inbound, the customer's leg, of a live event or a call flow request: `to`.
    ///
    /// **Started at** (documentation): `time`.
    ///
    /// **Talk time** (live traffic): `answeredsec` of a CDR with status `answered`, but not of an outbound call's leg a,
    /// whose figure includes the customer's ringing.
    ///
    /// **Missed** (documentation, live traffic), of a CDR with status `missed`
    ///
    /// 1. Inbound, the agent's leg: that leg, for another agent may have answered.
    /// 2. Every other: the call. Of an outbound call, no leg follows a missed one.
    ///
    /// **Finality** (inferred)
    ///
    /// 1. A live event and a request: more is to come.
    /// 2. A CDR without the call's direction: the leg's last message.
    /// 3. Inbound, leg b: the leg's.
    /// 4. Inbound, an agent's leg that has no letter: the call's with status `answered`, for live traffic has no other
    ///    record of an answered call; else the leg's.
    /// 5. Outbound, leg a: the leg's, but the call's with status `missed`.
    /// 6. Every other CDR: the call's.
    ///
    /// **Recording** (documentation): a CDR's `filename`, unless `record` says false.
    ///
    /// **Voicemail** (documentation): of a CDR with `voicemail`, or with a `voicename` unless `voicemail` says false.
    ///
    /// **As on the wire**: `caller` is `from`, `called` is `to`, `shown` is `callerid`, `leg_seconds` is `answeredsec`,
    /// `waited_seconds` is `waitedsec`.
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Cdr(cdr) => cdr.summary(),
            Self::Live(live) => live.summary(),
            Self::Flow(flow) => flow.summary(),
            Self::Unrecognized(unrecognized) => CallSummary {
                leg_id: unrecognized.cmiuuid.clone(),
                ..CallSummary::new(NAME)
            },
        }
    }
}

impl Cdr {
    fn summary(&self) -> CallSummary {
        let direction = match self.direction {
            Some(Direction::Inbound) => Some(CallDirection::Inbound),
            Some(Direction::Outbound) => Some(CallDirection::Outbound),
            _ => None,
        };
        let party = self.party(direction);
        let is_leg_a = self.leg == Some(Leg::A);
        let customer = match direction {
            Some(CallDirection::Inbound) => self.from.clone(),
            Some(CallDirection::Outbound) if !is_leg_a => self.to.clone(),
            _ => None,
        };
        CallSummary {
            call_id: call_id(&self.conversation_uuid, direction, &self.leg, &self.cmiuuid),
            direction,
            party,
            phase: Some(Phase::Reported),
            missed: self.missed(direction, party),
            customer,
            own_number: self.virtual_number.clone().or_else(|| match direction {
                Some(CallDirection::Outbound) => self.callerid.clone(),
                _ => None,
            }),
            team: self.team.clone(),
            ivr: self.ivr_name.clone(),
            waited_seconds: self.waitedsec,
            leg_seconds: self.answeredsec,
            talk_seconds: match (&self.status, direction) {
                (Status::Answered, Some(CallDirection::Inbound)) => self.answeredsec,
                (Status::Answered, Some(CallDirection::Outbound)) if !is_leg_a => self.answeredsec,
                _ => None,
            },
            recording: match self.record {
                Some(false) => None,
                _ => self.filename.clone(),
            },
            voicemail: self.voicemail(),
            hangup_reason: self
                .hangup_reason
                .as_ref()
                .map(|reason| reason.as_str().into()),
            finality: self.finality(direction, party),
            ..summary_of_fields(NAME, MessageKind::Record, self)
        }
    }

    fn voicemail(&self) -> Option<Voicemail> {
        let is_left = self.voicemail.unwrap_or(self.voicename.is_some());
        is_left.then(|| Voicemail::new(self.voicename.clone()))
    }

    fn party(&self, direction: Option<CallDirection>) -> Option<Party> {
        match (direction?, &self.leg) {
            (CallDirection::Inbound, Some(Leg::B)) => Some(Party::Agent),
            (CallDirection::Inbound, _) if self.is_within_call() || self.is_missed_by_agent() => {
                Some(Party::Agent)
            }
            (CallDirection::Inbound, _) => Some(Party::Customer),
            (CallDirection::Outbound, Some(Leg::A)) => Some(Party::Agent),
            (CallDirection::Outbound, Some(Leg::B)) => Some(Party::Customer),
            (CallDirection::Outbound, _) => None,
        }
    }

    /// Whether the leg is another than the one that the call is named after, which is the caller's.
    fn is_within_call(&self) -> bool {
        let call = self.conversation_uuid.as_deref();
        call.is_some_and(|call| is_name(call) && *call != *self.cmiuuid)
    }

    /// A call that everybody missed names no agent.
    fn is_missed_by_agent(&self) -> bool {
        self.status == Status::Missed && self.user.is_some()
    }

    fn missed(&self, direction: Option<CallDirection>, party: Option<Party>) -> Option<Missed> {
        match (&self.status, direction?, party) {
            (Status::Missed, CallDirection::Inbound, Some(Party::Agent)) => Some(Missed::Leg),
            (Status::Missed, ..) => Some(Missed::Call),
            _ => None,
        }
    }

    fn finality(&self, direction: Option<CallDirection>, party: Option<Party>) -> Finality {
        let is_last = match (direction, &self.leg) {
            (None, _) | (Some(CallDirection::Inbound), Some(Leg::B)) => false,
            (Some(CallDirection::Inbound), _) => {
                party != Some(Party::Agent) || self.status == Status::Answered
            }
            (Some(CallDirection::Outbound), Some(Leg::A)) => self.status == Status::Missed,
            (Some(CallDirection::Outbound), _) => true,
        };
        if is_last {
            Finality::Call
        } else {
            Finality::Leg
        }
    }
}

impl Live {
    fn summary(&self) -> CallSummary {
        let direction = self.call_direction();
        let is_agents = match (direction, &self.leg) {
            (Some(CallDirection::Inbound), Some(Leg::B)) => Some(true),
            (Some(CallDirection::Inbound), _) => Some(self.direction == Some(Direction::Outbound)),
            (Some(CallDirection::Outbound), Some(Leg::A)) => Some(true),
            (Some(CallDirection::Outbound), Some(Leg::B)) => Some(false),
            _ => None,
        };
        CallSummary {
            call_id: call_id(&self.conversation_uuid, direction, &self.leg, &self.cmiuuid),
            direction,
            party: is_agents.map(|is| if is { Party::Agent } else { Party::Customer }),
            phase: match self.status {
                Status::Waiting => Some(Phase::Waiting),
                Status::Started | Status::Ringing => Some(Phase::Ringing),
                Status::Answered => Some(Phase::Answered),
                Status::Hangup => Some(Phase::Ended),
                _ => None,
            },
            customer: match direction {
                Some(CallDirection::Inbound) => self.from.clone(),
                Some(CallDirection::Outbound) => self.to.clone(),
                None => None,
            },
            own_number: match (direction, is_agents) {
                // On the caller's leg `to` is the number that was called; on an agent's leg it is the agent's.
                (Some(CallDirection::Inbound), Some(false)) => self.to.clone(),
                (Some(CallDirection::Outbound), _) => self.callerid.clone(),
                _ => None,
            },
            team: self.team.clone(),
            ..summary_of_fields(NAME, MessageKind::Live, self)
        }
    }

    fn call_direction(&self) -> Option<CallDirection> {
        match self.direction.as_ref()? {
            Direction::Inbound => Some(CallDirection::Inbound),
            Direction::Outbound if self.leg == Some(Leg::A) => Some(CallDirection::Outbound),
            Direction::Outbound if self.team.is_some() => Some(CallDirection::Inbound),
            Direction::Outbound
                if self.callerid.is_some()
                    || self.call_id.is_some()
                    || self.request_id.is_some()
                    || self.click_to_call.is_some() =>
            {
                Some(CallDirection::Outbound)
            }
            Direction::Outbound if self.from.is_some() => Some(CallDirection::Inbound),
            _ => None,
        }
    }
}

impl Flow {
    /// Only incoming calls are asked about.
    fn summary(&self) -> CallSummary {
        CallSummary {
            direction: Some(CallDirection::Inbound),
            party: Some(Party::Customer),
            customer: self.from.clone(),
            own_number: self.to.clone(),
            status: Some("flow".into()),
            ..summary_of_fields(NAME, MessageKind::Question, self)
        }
    }
}

fn call_id(
    conversation: &Option<ConversationId>,
    direction: Option<CallDirection>,
    leg: &Option<Leg>,
    cmiuuid: &str,
) -> Option<ConversationId> {
    let is_first_leg = direction == Some(CallDirection::Outbound) && *leg == Some(Leg::A);
    conversation
        .clone()
        .or_else(|| is_first_leg.then(|| cmiuuid.into()))
}
