//! A provider of the application's own: what its summaries conclude is what there is.

use super::{Messages, Outcome};
use crate::call::facts::Fact;
use crate::call::{CallDirection, Finality, Missed};

pub(super) fn customer<'a>(messages: &Messages<'a>) -> Option<&'a str> {
    messages.best(|fact| {
        let number = match fact.direction.or(messages.direction) {
            Some(CallDirection::Inbound) => fact.caller,
            Some(CallDirection::Outbound) => fact.called,
            None => None,
        };
        Some((u8::from(fact.is_record()), fact.customer.or(number)?))
    })
}

pub(super) fn outcome(messages: &Messages<'_>) -> Option<Outcome> {
    let told = messages.best(|fact| Some((u8::from(fact.is_record()), fact.outcome?)));
    if let Some(outcome) = told {
        return Some(outcome.into());
    }
    let record = messages.facts.iter().find(|fact| is_calls_record(fact))?;
    match record.missed {
        Some(Missed::Call) if messages.is_outbound() => Some(Outcome::NoAnswer),
        Some(Missed::Call) => Some(Outcome::Missed),
        _ => record.talk_seconds.map(|_| Outcome::Answered),
    }
}

pub(super) fn is_over(messages: &Messages<'_>) -> bool {
    messages.any(is_calls_record)
}

fn is_calls_record(fact: &Fact<'_>) -> bool {
    fact.is_record() && fact.finality == Some(Finality::Call)
}
