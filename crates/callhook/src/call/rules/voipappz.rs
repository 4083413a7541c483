//! Voipappz: one id names the call, and hangup and reporting tell how it came out.

use super::{Messages, Outcome};
use crate::call::facts::Fact;
use crate::call::{CallDirection, Phase};

pub(super) fn customer<'a>(messages: &Messages<'a>) -> Option<&'a str> {
    messages.best(|fact| {
        // What differs from the other numbers is the contact's.
        let number = match messages.direction {
            Some(CallDirection::Inbound) => fact.caller,
            Some(CallDirection::Outbound) => fact.called,
            None => None,
        };
        let is_contact = 2 * u8::from(fact.customer.is_some());
        Some((
            is_contact + u8::from(fact.is_record()),
            fact.customer.or(number)?,
        ))
    })
}

/// The reporting's word, else the hangup's.
pub(super) fn outcome(messages: &Messages<'_>) -> Option<Outcome> {
    outcome_in(messages, |fact| fact.is_record())
        .or_else(|| outcome_in(messages, |fact| fact.phase == Some(Phase::Ended)))
}

fn outcome_in(messages: &Messages<'_>, is_last: fn(&Fact<'_>) -> bool) -> Option<Outcome> {
    let is_one =
        |is_so: &dyn Fn(&Fact<'_>) -> bool| messages.any(|fact| is_last(fact) && is_so(fact));
    if messages.is_inbound() && is_one(&|fact| fact.queue_outcome == Some("abandoned")) {
        Some(Outcome::Abandoned)
    } else if is_one(&is_answered) {
        Some(Outcome::Answered)
    } else if is_one(&|fact| fact.hangup_reason == Some("busy")) {
        Some(Outcome::Busy)
    } else if is_one(&|fact| fact.hangup_reason == Some("no_answer")) {
        Some(match messages.direction? {
            CallDirection::Inbound => Outcome::Missed,
            CallDirection::Outbound => Outcome::NoAnswer,
        })
    } else {
        None
    }
}

/// Whether a hangup or a reporting says that people talked. A queue that was left at its timeout doesn't tell.
pub(super) fn is_answered(fact: &Fact<'_>) -> bool {
    fact.is_end()
        && fact.hangup_reason == Some("answer")
        && matches!(fact.queue_outcome, None | Some("answer"))
}
