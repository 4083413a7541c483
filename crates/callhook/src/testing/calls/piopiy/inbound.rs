//! An inbound call: leg a is the caller's, leg b an agent's. No message names an agent.

use serde_json::Value;

use super::wire::{BRIDGED, HANGUP, IN_ANSWERED, Leg, OUT_ANSWERED, STARTED, Wire};
use crate::call::CallDirection;
use crate::testing::Sample;
use crate::testing::calls::answers::{RightAgent, RightAnswers};
use crate::testing::calls::platform::Platform;
use crate::testing::calls::plot::{Ending, Plot, Ring};
use crate::testing::calls::random::Random;
use crate::testing::calls::scenario::Scenario;
use crate::testing::calls::script::{At, Script};
use crate::value::Timestamp;

pub(super) fn report(plot: &Plot, wire: &Wire<'_>, random: &mut Random) -> (Script, RightAnswers) {
    let mut script = Script::new(Platform::Piopiy, random);
    let call = Inbound::of(plot, wire, random);
    call.send_requests(&mut script);
    call.send_events(&mut script);
    call.send_stream(&mut script);
    call.send_records(&mut script);
    let answers = call.answers();
    (script, answers)
}

struct Inbound<'c> {
    plot: &'c Plot,
    wire: &'c Wire<'c>,
    caller: Leg,
    agents: Vec<Leg>,
}

impl<'c> Inbound<'c> {
    fn of(plot: &'c Plot, wire: &'c Wire<'c>, random: &mut Random) -> Self {
        let cast = wire.cast;
        let id = random.uuid();
        // The application answers at once to play or listen, and else once an agent is there.
        let is_greeted = matches!(
            plot.scenario,
            Scenario::InboundIvr | Scenario::InboundVoiceBot
        );
        let answered = if is_greeted { Some(1) } else { plot.answered() };
        // The documented records of an answered call of 2022 name it otherwise than its events.
        let is_2022 = !wire.is_2024() && !wire.is_india();
        let call_of_record = match answered {
            Some(_) if is_2022 => random.uuid(),
            _ => id.clone(),
        };
        let caller = Leg {
            name: "a",
            letter: "a",
            id: id.clone(),
            call: id.clone(),
            call_of_record: call_of_record.clone(),
            request: None,
            direction: "inbound",
            from: cast.customer,
            to: cast.own,
            shown: None,
            ring: Ring {
                from: 0,
                answered,
                until: plot.end,
            },
        };
        // A missed call's legs share one id, so there can be only one leg b.
        let is_missed = plot.ending == Ending::Missed;
        let rings = plot.agents.iter().take(if is_missed { 1 } else { 2 });
        let agents = rings
            .zip(&cast.agents)
            .zip(["b", "b2"])
            .map(|((ring, agent), name)| Leg {
                name,
                letter: "b",
                id: if is_missed { id.clone() } else { random.uuid() },
                call: id.clone(),
                call_of_record: call_of_record.clone(),
                request: None,
                direction: "outbound",
                from: cast.customer,
                to: agent.phone,
                shown: None,
                ring: *ring,
            });
        let agents = agents.collect();
        Self {
            plot,
            wire,
            caller,
            agents,
        }
    }

    /// PIOPIY asks what to do, and then what to do with the keys: none in time, and then one.
    fn send_requests(&self, script: &mut Script) {
        if self.plot.scenario != Scenario::InboundIvr {
            return;
        }
        let Self { wire, caller, .. } = self;
        let answer = script
            .message("answer", "answer")
            .with_some("action", wire.unless_india("inbound"));
        let answer = if wire.is_india() {
            answer.with("from", caller.from).with("to", caller.to)
        } else {
            answer
                .with("from", caller.from.to_string())
                .with("to", caller.to.to_string())
        };
        let answer = answer
            .with("time", wire.time(0))
            .with("cmiuuid", &caller.id);
        script.send(At(0, 0), answer);

        let keys = |name: &str, keys: Value| {
            script
                .message("dtmf", name)
                .with("from", caller.from)
                .with("to", caller.to)
                .with("dtmf", keys)
                .with("cmuuid", &caller.id)
        };
        let (none, one) = (keys("dtmf", Value::Null), keys("dtmf-2", Value::from("1")));
        script.send(At(7, 0), none);
        script.send_again(At(12, 0), one);
    }

    fn send_events(&self, script: &mut Script) {
        let Self { wire, caller, .. } = self;
        if let Some(second) = caller.ring.answered {
            script.send(At(second, 2), wire.live(script, caller, IN_ANSWERED));
        }
        for leg in &self.agents {
            let ring = leg.ring;
            script.send(At(ring.from, 0), wire.live(script, leg, STARTED));
            if let Some(second) = ring.answered {
                script.send(At(second, 0), wire.live(script, leg, OUT_ANSWERED));
                if wire.is_2024() {
                    script.send(At(second, 1), wire.live(script, leg, BRIDGED));
                }
            }
            self.send_hangup(script, leg, 2);
        }
        self.send_hangup(script, caller, 3);
    }

    /// The statuses of 2024 have none.
    fn send_hangup(&self, script: &mut Script, leg: &Leg, place: u64) {
        if !self.wire.is_2024() {
            script.send(
                At(leg.ring.until, place),
                self.wire.live(script, leg, HANGUP),
            );
        }
    }

    /// A web socket that is lost once and comes back. A voice bot's shares the caller's id.
    fn send_stream(&self, script: &mut Script) {
        let Self { wire, caller, .. } = self;
        let (id, answered, start) = match (self.plot.scenario, self.agents.first()) {
            (Scenario::InboundVoiceBot, _) => (&caller.id, caller.ring.answered, 0),
            (Scenario::InboundStream, Some(leg)) => (&leg.id, leg.ring.answered, leg.ring.from),
            _ => return,
        };
        let Some(second) = answered else {
            return;
        };
        let event = |name: &str, status: &str, socket: &str| {
            script
                .message("stream", name)
                .with("appid", wire.cast.app_id)
                .with("direction", "inbound")
                .with("from", caller.from)
                .with("leg", "b")
                .with("status", status)
                .with("time", wire.time(start))
                .with("cmiuuid", id)
                .with("ws_status", format!(r#"{{"status":"{socket}"}}"#))
        };
        let connected = |name| event(name, "stream_connected", "connected");
        let disconnected = |name| event(name, "STREAM_DISCONNECTED", "disconnected");
        let first: [Sample; 2] = [
            connected("stream-connected"),
            disconnected("stream-disconnected"),
        ];
        let second_time = [
            connected("stream-connected-2"),
            disconnected("stream-disconnected-2"),
        ];
        for (sample, after) in first.into_iter().zip([1, 3]) {
            script.send(At(second + after, 5), sample);
        }
        for (sample, at) in second_time.into_iter().zip([second + 4, self.plot.end]) {
            script.send_again(At(at, 6), sample);
        }
    }

    fn send_records(&self, script: &mut Script) {
        let wire = self.wire;
        for leg in &self.agents {
            script.send(At(leg.ring.until + 2, 0), wire.record(script, leg));
        }
        let record = wire.record(script, &self.caller);
        let at = At(self.plot.end + 2, 1);
        match self.plot.scenario {
            Scenario::InboundRecordsWithoutLeg => script.send(at, record.without("leg")),
            Scenario::InboundRecordRevised => {
                // India's has no rate, and gains the application's own data.
                let field = if wire.is_india() {
                    "extra_params"
                } else {
                    "call_rate"
                };
                let first = if wire.is_india() {
                    record.without(field)
                } else {
                    record.with(field, 0)
                };
                script.send(at, first);
                let revised = wire.record(script, &self.caller).renamed("cdr-a-revised");
                script.send_again(At(at.0 + 300, at.1), revised);
            }
            _ => script.send(at, record),
        }
    }

    fn answers(&self) -> RightAnswers {
        let Self { plot, caller, .. } = self;
        let is_bot = plot.ending == Ending::Bot;
        let agents = self.agents.iter().map(|leg| RightAgent {
            agent: None,
            answered: leg.ring.answered.is_some(),
        });
        let answers = RightAnswers {
            customer: Some(caller.from.to_string().as_str().into()),
            own_number: Some(caller.to.to_string().as_str().into()),
            agents: agents.collect(),
            started_at: Timestamp::from_secs(self.wire.second(0)),
            // The caller's own figure, with what an application played first.
            talk_seconds: caller.ring.answered.map(|_| caller.ring.seconds()),
            // A bot's stream has the letter b.
            legs: 1 + self.agents.len() + usize::from(is_bot),
            ..RightAnswers::new("piopiy", CallDirection::Inbound)
        };
        match plot.ending {
            Ending::Missed => answers.with_outcome("missed"),
            // No message tells whether a bot talked, or an announcement was played.
            Ending::Bot => RightAnswers {
                presumed_outcome: Some("answered"),
                is_over: false,
                ..answers
            },
            _ => answers.with_outcome("answered"),
        }
    }
}
