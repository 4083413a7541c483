//! TeleCMI: a record has the call's direction, and legs a letter or none.

use super::{Messages, Outcome};
use crate::call::facts::Fact;
use crate::call::{Missed, Phase};

pub(super) fn customer<'a>(messages: &Messages<'a>) -> Option<&'a str> {
    messages.best(|fact| {
        if messages.is_inbound() {
            return Some((u8::from(fact.is_of_customer()), fact.caller?));
        }
        let rank = match (fact.is_record(), fact.leg) {
            // Its number is the agent's, or the customer's.
            (true, Some("a")) => return None,
            (true, Some(_)) => 4,
            (true, None) => 3,
            (false, Some("b")) => 2,
            (false, _) => 1,
        };
        messages.is_outbound().then_some((rank, fact.called?))
    })
}

pub(super) fn outcome(messages: &Messages<'_>) -> Option<Outcome> {
    if messages.is_inbound() {
        inbound_outcome(messages)
    } else if messages.is_outbound() {
        outbound_outcome(messages)
    } else {
        None
    }
}

fn inbound_outcome(messages: &Messages<'_>) -> Option<Outcome> {
    if messages.any(Fact::is_answered_record) {
        return Some(Outcome::Answered);
    }
    let missed = messages
        .facts
        .iter()
        .find(|fact| is_missed_call(messages, fact));
    if let Some(record) = missed {
        return Some(if record.voicemail.is_some() {
            Outcome::Voicemail
        } else if record.hangup_reason == Some("recv_bye") {
            Outcome::Abandoned
        } else {
            Outcome::Missed
        });
    }
    (has_answered_agent(messages) && messages.is_hung_up()).then_some(Outcome::Answered)
}

fn outbound_outcome(messages: &Messages<'_>) -> Option<Outcome> {
    let is_customers = |fact: &Fact<'_>| !fact.is_leg("a");
    if messages.any(|fact| fact.is_answered_record() && is_customers(fact)) {
        return Some(Outcome::Answered);
    }
    let missed = || messages.facts.iter().filter(|fact| fact.is_missed_record());
    if let Some(record) = missed().find(|fact| is_customers(fact)) {
        return Some(match record.hangup_reason {
            Some("sent_reject") => Outcome::Refused,
            Some("recv_bye") => Outcome::Cancelled,
            _ => Outcome::NoAnswer,
        });
    }
    missed().next().map(|_| Outcome::AgentNoAnswer)
}

/// A record of a miss that is not one agent's.
fn is_missed_call(messages: &Messages<'_>, fact: &Fact<'_>) -> bool {
    fact.is_missed_record()
        && fact.missed == Some(Missed::Call)
        && messages.leg_with(fact).is_none_or(|leg| !leg.is_agents)
}

fn has_answered_agent(messages: &Messages<'_>) -> bool {
    let mut legs = messages.agents_legs();
    legs.any(|leg| messages.is_leg_answered(leg))
}

pub(super) fn seems_answered(messages: &Messages<'_>) -> bool {
    if messages.is_inbound() {
        has_answered_agent(messages)
    } else {
        messages.any(|fact| fact.is_answered() && fact.is_leg("b"))
    }
}

pub(super) fn says_answered(messages: &Messages<'_>, fact: &Fact<'_>) -> bool {
    let is_of_call = if messages.is_inbound() {
        fact.is_record() || fact.is_of_agent()
    } else {
        fact.is_leg("b") || (fact.is_record() && fact.leg.is_none())
    };
    fact.is_answered() && is_of_call
}

/// The call's record is there, and no agent who answered may still be talking.
pub(super) fn is_over(messages: &Messages<'_>) -> bool {
    if !messages.is_inbound() {
        // Without a record there is no outcome.
        return true;
    }
    let is_record = |fact: &Fact<'_>| fact.is_answered_record() || is_missed_call(messages, fact);
    let mut answered = messages
        .agents_legs()
        .filter(|leg| messages.is_leg_answered(leg));
    // A documented record has the caller's id and is the agent's, unless nobody is named.
    let is_callers_end = |fact: &Fact<'_>| {
        let is_hangup = fact.phase == Some(Phase::Ended) && fact.is_of_customer();
        let is_record = fact.is_answered_record() && fact.agent.is_none();
        is_hangup || (is_record && is_callers_own(messages, fact))
    };
    messages.any(is_record)
        && (messages.any(is_callers_end) || answered.all(|leg| messages.is_leg_ended(leg)))
}

pub(super) fn talk_seconds(messages: &Messages<'_>) -> Option<u64> {
    let records = || {
        messages
            .facts
            .iter()
            .filter(|fact| fact.is_answered_record())
    };
    if messages.is_inbound() {
        if let Some(record) = records().find(|fact| is_callers_own(messages, fact)) {
            return record.leg_seconds;
        }
        let mut answered = messages
            .agents_legs()
            .filter(|leg| messages.is_leg_answered(leg));
        let only = answered.next().filter(|_| answered.next().is_none())?;
        let mut facts = messages
            .of_leg(only)
            .filter(|fact| fact.is_answered_record());
        return facts.find_map(|fact| fact.leg_seconds);
    }
    let mut customers = records().filter(|fact| !fact.is_leg("a"));
    let only = customers.next().filter(|_| messages.is_outbound())?;
    customers.next().is_none().then_some(only.leg_seconds)?
}

/// A record of the caller's leg, whose figure is the call's: one without a letter whose id is no agent's leg.
fn is_callers_own(messages: &Messages<'_>, record: &Fact<'_>) -> bool {
    let is_agents = |fact: &Fact<'_>| {
        fact.leg_id == record.leg_id
            && fact.is_of_agent()
            && !(fact.is_record() && fact.leg.is_none())
    };
    record.leg.is_none()
        && record
            .call_id
            .is_none_or(|call| Some(call) == record.leg_id)
        && !messages.any(is_agents)
}
