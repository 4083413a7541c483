//! Phones that PIOPIY calls for the caller.

use serde_json::Value;

use super::actions::Dial;
use super::{Called, Course};
use crate::testing::calls::Edition;
use crate::testing::calls::piopiy::wire::{BRIDGED, Leg, OUT_ANSWERED, STARTED};
use crate::testing::calls::plot::Ring;
use crate::testing::calls::script::At;
use crate::testing::platform::ringing::{Rung, ring};
use crate::testing::platform::script::Agent;
use crate::testing::platform::stage::Stage;
use crate::testing::platform::step::Step;

impl Course {
    /// Rings them. Whether the call is over then: somebody talked to the caller, or the caller is gone. `is_last` where nothing
    /// comes after it that the caller hears.
    pub(super) fn dial(&mut self, stage: &mut Stage, dial: &Dial, is_last: bool) -> bool {
        let names: Vec<String> = dial.destinations.iter().map(|to| to.name.clone()).collect();
        stage.step(Step::Rang {
            agents: names.clone(),
            rounds: dial.rounds,
            seconds: dial.seconds,
        });
        let scripts = stage.next_agents(names.len());
        let seconds = dial.rounds.saturating_mul(dial.seconds);
        let is_gone = stage.caller.is_gone_while_ringing;
        let mut rung = ring(&scripts, stage.now + 1, seconds, is_gone);
        for (index, (name, agent)) in names.iter().zip(&scripts).enumerate() {
            stage.steps.extend(match agent {
                Agent::Busy => Some(Step::Busy(name.clone())),
                _ if rung.answered == Some(index) => Some(Step::Answered(name.clone())),
                _ if rung.answered.is_some() || rung.is_caller_gone => None,
                _ => Some(Step::NotAnswered(name.clone())),
            });
        }
        stage.now = rung.end;
        if let Some(ring) = rung.answered.and_then(|index| rung.rings.get_mut(index)) {
            stage.now += self.talk.min(dial.duration);
            ring.until = stage.now;
        }
        let is_missed = rung.answered.is_none()
            && self.caller.ring.answered.is_none()
            && (is_last || rung.is_caller_gone);
        self.send_rings(stage, dial, &rung, is_missed);
        let is_over = rung.answered.is_some() || rung.is_caller_gone;
        if is_over {
            stage.step(Step::CallerHungUp);
        }
        is_over
    }

    fn send_rings(&mut self, stage: &mut Stage, dial: &Dial, rung: &Rung, is_missed: bool) {
        // A missed call's legs share one id, so there can be only one leg b.
        let most = if is_missed && self.agents.is_empty() {
            1
        } else {
            usize::MAX
        };
        let rings = dial.destinations.iter().zip(&rung.rings).take(most);
        for (to, ring) in rings {
            let id = if is_missed && self.agents.is_empty() {
                self.caller.id.clone()
            } else {
                stage.random.uuid()
            };
            let leg = self.leg(stage, id, *ring);
            self.send_ring(stage, &leg, &to.value);
            self.agents.push(Called {
                leg,
                to: to.value.clone(),
            });
        }
        if rung.answered.is_some() {
            self.answer_at(stage, rung.end);
        }
    }

    fn send_ring(&self, stage: &mut Stage, leg: &Leg, to: &Value) {
        let ring = leg.ring;
        self.send_live(stage, leg, Some(to), STARTED, At(ring.from, 0));
        if let Some(second) = ring.answered {
            self.send_live(stage, leg, Some(to), OUT_ANSWERED, At(second, 0));
            if stage.edition == Edition::Piopiy2024 {
                self.send_live(stage, leg, Some(to), BRIDGED, At(second, 1));
            }
        }
        self.send_hangup(stage, leg, Some(to), 2);
    }

    fn leg(&self, stage: &Stage, id: String, ring: Ring) -> Leg {
        Leg {
            name: NAMES
                .get(self.agents.len())
                .copied()
                .unwrap_or("b-and-more"),
            letter: "b",
            call: self.caller.id.clone(),
            call_of_record: self.caller.id.clone(),
            id,
            request: None,
            direction: "outbound",
            from: stage.cast.customer,
            to: 0,
            shown: None,
            ring,
        }
    }
}

/// Of the legs of those who are called. Further ones share a name.
const NAMES: [&str; 9] = ["b", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"];
