//! Whatever messages are lost or still to come, an answer is the whole call's or none.

use std::fmt::Debug;

use super::{Random, joined, name, parts, seeds, simulated};
use crate::call::{Answers, Call, CallAgent};
use crate::testing::calls::{Platform, Scenario, SimulatedCall};

#[test]
fn of_every_subset_of_a_calls_messages_each_answer_is_the_wholes_or_none() {
    let most = if seeds(1).end > 1 { 12 } else { 6 };
    let beyond = if seeds(1).end > 1 { 10_000 } else { 50 };
    for call in simulated(1) {
        let parts = parts(&call);
        let whole = joined(&parts).answers();
        let check = |is_in: &dyn Fn(usize) -> bool| {
            let some: Vec<&Call> = (0..parts.len())
                .filter(|at| is_in(*at))
                .map(|at| &parts[at])
                .collect();
            if !some.is_empty() {
                compare(&call, &some, &whole);
            }
        };
        if parts.len() <= most {
            for subset in 1..1_usize << parts.len() {
                check(&|at| subset >> at & 1 == 1);
            }
            continue;
        }
        let mut random = Random::new(call.seed());
        for _ in 0..beyond {
            let subset: Vec<bool> = parts.iter().map(|_| random.below(2) == 1).collect();
            check(&|at| subset[at]);
        }
    }
}

fn compare(call: &SimulatedCall, some: &[&Call], whole: &Answers) {
    let told = joined(some.iter().copied()).answers();
    let what = format!("{}: {told:?} of {whole:?}", name(call));
    let is_transfer = call.scenario() == Scenario::InboundTransfer;
    let rang_several = is_transfer
        || [
            Scenario::InboundTwoAgents,
            Scenario::InboundRecordsWithoutLeg,
        ]
        .contains(&call.scenario());

    is_none_or_whole(&told.direction, &whole.direction, &what);
    is_none_or_whole(&told.customer, &whole.customer, &what);
    is_none_or_whole(&told.own_number, &whole.own_number, &what);
    is_none_or_whole(&told.waited_seconds, &whole.waited_seconds, &what);
    is_none_or_whole(&told.answered_at, &whole.answered_at, &what);
    is_none_or_whole(&told.ended_at, &whole.ended_at, &what);
    // A second number may be rung after the first was told not to have answered.
    if !(rang_several && call.edition().platform() == Platform::Piopiy) {
        is_none_or_whole(&told.outcome, &whole.outcome, &what);
    }
    // Of one answered leg until the other is known.
    if !is_transfer {
        is_none_or_whole(&told.talk_seconds, &whole.talk_seconds, &what);
        let name = |agent: &Option<CallAgent>| agent.as_ref().and_then(|agent| agent.agent.clone());
        is_none_or_whole(&name(&told.answered_by), &name(&whole.answered_by), &what);
    }

    // What grows.
    let is_known = |agent: &CallAgent| {
        let mut known = whole
            .agents
            .iter()
            .filter(|known| known.agent == agent.agent);
        known.any(|known| known.answered >= agent.answered)
    };
    let named = told.agents.iter().filter(|agent| agent.agent.is_some());
    assert!(named.clone().all(is_known), "{what}");
    assert!(told.ids.iter().all(|id| whole.ids.contains(id)), "{what}");
    assert!(
        told.recordings
            .iter()
            .all(|file| whole.recordings.contains(file)),
        "{what}"
    );
    assert!(
        told.voicemails
            .iter()
            .all(|file| whole.voicemails.contains(file)),
        "{what}"
    );
    assert!(told.messages <= whole.messages, "{what}");
    assert!(
        told.started_at.is_none() || told.started_at >= whole.started_at,
        "{what}"
    );
}

fn is_none_or_whole<T: PartialEq + Debug>(told: &Option<T>, whole: &Option<T>, what: &str) {
    assert!(
        told.is_none() || told == whole,
        "{told:?}, expected {whole:?}: {what}"
    );
}
