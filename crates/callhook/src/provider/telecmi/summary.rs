//! What a TeleCMI message tells about the call. The rules are the docs of [`Event::summary`].

use super::{Cdr, Event, Flow, Live, NAME, Status};
use crate::call::{CallDirection, CallSummary, Finality, Missed, Party, Phase};
use crate::value::{ConversationId, Direction, Leg};

impl Event {
    /// What this message tells about the call.
    ///
    /// | what | rule | source |
    /// |---|---|---|
    /// | call id | `conversation_uuid`; else, on leg a of an outbound call, `cmiuuid`, which is the same there | documented samples |
    /// | direction | a CDR's is the call's. A live event that says `outbound` is an outbound call's on leg a, or with `callerid`, `call_id`, `request_id` or `click_to_call`; an inbound call's agent leg with `team`, or with `from` alone | documented samples, live traffic |
    /// | party | inbound: leg b, or a message with direction `outbound`, is the agent's, a message without leg the caller's. Outbound: leg a is the agent's, leg b the customer's | documentation |
    /// | talk time | `answeredsec` of an answered inbound call, of an outbound call's leg b, and of an outbound call that has one CDR without leg. Leg a's includes the customer's ringing | live traffic |
    /// | missed | inbound with leg b or an agent: that agent's leg. Else the call: of an outbound call, no later leg follows a missed one | documentation, live traffic |
    /// | final | a CDR is its leg's last message, and the call's too, but for leg b of an inbound call and an answered leg a of an outbound one | inferred |
    /// | recording | `filename`, unless `record` says false | documentation |
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Cdr(cdr) => cdr.summary(),
            Self::Live(live) => live.summary(),
            Self::Flow(flow) => flow.summary(),
            Self::Unrecognized(unrecognized) => CallSummary {
                leg_id: unrecognized.cmiuuid.clone(),
                ..EMPTY
            },
        }
    }
}

const EMPTY: CallSummary = CallSummary::new(NAME);

impl Cdr {
    fn summary(&self) -> CallSummary {
        let direction = match self.direction {
            Some(Direction::Inbound) => Some(CallDirection::Inbound),
            Some(Direction::Outbound) => Some(CallDirection::Outbound),
            _ => None,
        };
        let missed = self.missed(direction);
        let customer = match direction {
            Some(CallDirection::Inbound) => self.from.clone(),
            Some(CallDirection::Outbound) => self.to.clone(),
            None => None,
        };
        CallSummary {
            call_id: call_id(&self.conversation_uuid, direction, &self.leg, &self.cmiuuid),
            leg_id: Some(self.cmiuuid.clone()),
            direction,
            party: self.party(direction),
            phase: Some(Phase::Reported),
            missed,
            customer,
            agent: self.user.clone(),
            own_number: self.virtual_number.clone().or_else(|| match direction {
                Some(CallDirection::Outbound) => self.callerid.clone(),
                _ => None,
            }),
            started_at: self.time,
            talk_seconds: match (&self.status, direction, &self.leg) {
                (Status::Answered, Some(CallDirection::Inbound), _)
                | (Status::Answered, Some(CallDirection::Outbound), Some(Leg::B) | None) => {
                    self.answeredsec
                }
                _ => None,
            },
            recording: match self.record {
                Some(false) => None,
                _ => self.filename.clone(),
            },
            finality: match (direction, &self.leg, missed) {
                (Some(CallDirection::Inbound), _, Some(Missed::Leg))
                | (Some(CallDirection::Outbound), Some(Leg::A), None)
                | (None, ..) => Finality::Leg,
                _ => Finality::Call,
            },
            ..EMPTY
        }
    }

    fn missed(&self, direction: Option<CallDirection>) -> Option<Missed> {
        if self.status != Status::Missed {
            return None;
        }
        let is_agents = matches!(self.leg, Some(Leg::B)) || self.user.is_some();
        match direction? {
            CallDirection::Inbound if is_agents => Some(Missed::Leg),
            CallDirection::Inbound | CallDirection::Outbound => Some(Missed::Call),
        }
    }

    fn party(&self, direction: Option<CallDirection>) -> Option<Party> {
        match (direction?, &self.leg) {
            (CallDirection::Inbound, Some(Leg::B)) => Some(Party::Agent),
            (CallDirection::Inbound, _) if self.status == Status::Missed && self.user.is_some() => {
                Some(Party::Agent)
            }
            (CallDirection::Inbound, _) => Some(Party::Customer),
            (CallDirection::Outbound, Some(Leg::A)) => Some(Party::Agent),
            (CallDirection::Outbound, Some(Leg::B)) => Some(Party::Customer),
            (CallDirection::Outbound, _) => None,
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
            leg_id: Some(self.cmiuuid.clone()),
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
            agent: self.user.clone(),
            own_number: match (direction, is_agents) {
                // On the caller's leg `to` is the number that was called; on an agent's leg it is the agent's.
                (Some(CallDirection::Inbound), Some(false)) => self.to.clone(),
                (Some(CallDirection::Outbound), _) => self.callerid.clone(),
                _ => None,
            },
            started_at: self.time,
            ..EMPTY
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
            leg_id: Some(self.cmiuuid.clone()),
            direction: Some(CallDirection::Inbound),
            party: Some(Party::Customer),
            customer: self.from.clone(),
            own_number: self.to.clone(),
            ..EMPTY
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
