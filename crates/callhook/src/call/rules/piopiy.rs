//! PIOPIY: leg a is who is there first, the caller or whom the application calls; leg b whom the application connects.

use super::{Messages, Outcome, is_same_number};
use crate::call::MessageKind;
use crate::call::facts::Fact;

pub(super) fn customer<'a>(messages: &Messages<'a>) -> Option<&'a str> {
    messages.best(|fact| {
        let is_first = !fact.is_leg("b");
        if messages.is_inbound() {
            let caller = fact
                .caller
                .filter(|caller| !is_same_number(caller, fact.shown))?;
            return Some((u8::from(is_first), caller));
        }
        // Keys are pressed on either side, and only the request for actions says which way its call goes.
        let tells = fact.kind != Some(MessageKind::Question) || fact.direction.is_some();
        let is_told = messages.is_outbound() && is_first && tells;
        is_told.then_some((u8::from(fact.is_record()), fact.called?))
    })
}

pub(super) fn outcome(messages: &Messages<'_>) -> Option<Outcome> {
    let is_first = |fact: &Fact<'_>| !fact.is_leg("b");
    let is_missed = messages.any(|fact| is_first(fact) && fact.is_missed_record());
    let is_answered = messages.any(|fact| is_first(fact) && fact.is_answered_record());
    let seconds = || messages.facts.iter().filter(|fact| is_second(fact));
    if messages.is_inbound() {
        let has_record = |fact: &Fact<'_>| {
            let is_its = |record: &Fact<'_>| record.is_record() && record.leg_id == fact.leg_id;
            seconds().any(is_its)
        };
        return if is_missed {
            Some(Outcome::Missed)
        } else if !is_answered {
            None
        } else if seconds().any(Fact::is_answered) || messages.any(is_bridged) {
            Some(Outcome::Answered)
        } else {
            let are_all_reported = seconds().next().is_some() && seconds().all(has_record);
            are_all_reported.then_some(Outcome::Missed)
        };
    }
    if !messages.is_outbound() {
        None
    } else if seconds().any(Fact::is_answered_record) {
        Some(Outcome::Answered)
    } else if is_missed || (is_answered && seconds().any(Fact::is_missed_record)) {
        Some(Outcome::NoAnswer)
    } else {
        None
    }
}

/// Whether it is of a leg b that a person may be on.
fn is_second(fact: &Fact<'_>) -> bool {
    fact.is_leg("b") && fact.kind != Some(MessageKind::Stream)
}

fn is_bridged(fact: &Fact<'_>) -> bool {
    fact.has_status("out_bridged") || fact.has_status("in_bridged") || fact.has_status("bridged")
}

pub(super) fn seems_answered(messages: &Messages<'_>) -> bool {
    messages.any(Fact::is_answered)
}

/// The record that the outcome is made of.
pub(super) fn is_over(messages: &Messages<'_>) -> bool {
    messages.any(|fact| {
        let is_second = messages.is_outbound() && fact.is_leg("b") && fact.is_answered_record();
        fact.is_record() && !fact.is_leg("b") || is_second
    })
}

/// Inbound the caller's own figure, with what an application played first; outbound leg b's.
pub(super) fn talk_seconds(messages: &Messages<'_>) -> Option<u64> {
    let is_talk = |fact: &&Fact<'_>| {
        let is_of_leg = match messages.direction {
            None => false,
            Some(_) => fact.is_leg("b") == messages.is_outbound(),
        };
        fact.is_answered_record() && is_of_leg
    };
    let mut records = messages.facts.iter().filter(is_talk);
    let only = records.next()?;
    records.next().is_none().then_some(only.leg_seconds)?
}
