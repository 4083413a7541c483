//! An outbound call that the API made: leg a is the customer's, who is rung first, and leg b the agent's.

use super::wire::{BRIDGED, HANGUP, Leg, OUT_ANSWERED, STARTED, Wire};
use crate::call::CallDirection;
use crate::testing::calls::answers::RightAnswers;
use crate::testing::calls::platform::Platform;
use crate::testing::calls::plot::{Ending, Plot, Ring};
use crate::testing::calls::random::Random;
use crate::testing::calls::script::{At, Script};
use crate::value::Timestamp;

pub(super) fn report(plot: &Plot, wire: &Wire<'_>, random: &mut Random) -> (Script, RightAnswers) {
    let mut script = Script::new(Platform::Piopiy, random);
    let (first, second) = rings(plot);
    let customers = leg("a", wire, first, random);
    let agents = second.map(|ring| Leg {
        call: customers.call.clone(),
        call_of_record: customers.call.clone(),
        request: customers.request.clone(),
        to: wire.cast.agents.first().map_or(0, |agent| agent.phone),
        ..leg("b", wire, ring, random)
    });
    for leg in [Some(&customers), agents.as_ref()].into_iter().flatten() {
        send(&mut script, wire, leg);
    }
    let is_answered = matches!(plot.ending, Ending::Talked { .. });
    let answers = RightAnswers {
        customer: Some(customers.to.to_string().as_str().into()),
        own_number: Some(customers.from.to_string().as_str().into()),
        started_at: Timestamp::from_secs(wire.second(0)),
        talk_seconds: second.filter(|_| is_answered).map(|ring| ring.seconds()),
        legs: 1 + usize::from(agents.is_some()),
        ..RightAnswers::new("piopiy", CallDirection::Outbound)
    }
    // Which of the two did not answer has no words of its own.
    .with_outcome(if is_answered { "answered" } else { "no_answer" });
    (script, answers)
}

/// The first phone that rings is the customer's, and the agent's rings once it was answered.
fn rings(plot: &Plot) -> (Ring, Option<Ring>) {
    let first = plot.agents.first().copied();
    let first = first.unwrap_or(Ring {
        from: 0,
        answered: None,
        until: plot.end,
    });
    match plot.ending {
        Ending::Talked { .. } => (first, plot.customer),
        Ending::AgentDidNotAnswer => {
            let end = plot.end + 5;
            let answered = Ring {
                answered: Some(4),
                until: end,
                ..first
            };
            let missed = Ring {
                from: 5,
                answered: None,
                until: end,
            };
            (answered, Some(missed))
        }
        _ => {
            let missed = Ring {
                answered: None,
                ..first
            };
            (missed, None)
        }
    }
}

fn leg(letter: &'static str, wire: &Wire<'_>, ring: Ring, random: &mut Random) -> Leg {
    let id = random.uuid();
    // In India leg a names the call.
    let request = (!wire.is_india()).then(|| random.request_id());
    let call = request.as_ref().unwrap_or(&id).clone();
    Leg {
        name: letter,
        letter,
        call_of_record: call.clone(),
        call,
        id,
        request,
        direction: "outbound",
        from: wire.cast.own,
        to: wire.cast.customer,
        shown: Some(wire.cast.own),
        ring,
    }
}

fn send(script: &mut Script, wire: &Wire<'_>, leg: &Leg) {
    let place = u64::from(leg.letter == "b");
    let ring = leg.ring;
    script.send(At(ring.from, place), wire.live(script, leg, STARTED));
    if let Some(second) = ring.answered {
        script.send(At(second, place), wire.live(script, leg, OUT_ANSWERED));
        if wire.is_2024() && leg.letter == "b" {
            script.send(At(second, 2), wire.live(script, leg, BRIDGED));
        }
    }
    // The statuses of 2024 have none.
    if !wire.is_2024() {
        script.send(At(ring.until, 3 + place), wire.live(script, leg, HANGUP));
    }
    script.send(At(ring.until + 2, place), wire.record(script, leg));
}
