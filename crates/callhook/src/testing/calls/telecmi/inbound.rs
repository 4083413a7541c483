//! An inbound call: the caller's leg, and a leg for each agent whose phone rings.

use super::{Wire, name_of};
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
    let mut script = Script::new(Platform::Telecmi, random);
    let call = Inbound {
        plot,
        wire,
        caller: random.uuid(),
        legs: plot.agents.iter().map(|_| random.uuid()).collect(),
        files: plot.agents.iter().map(|_| wire.file(random)).collect(),
        is_answered_record_of_agent: wire.is_live() || (wire.is_india() && random.bool()),
    };
    call.send_events(&mut script);
    call.send_records(&mut script);
    let answers = call.answers();
    (script, answers)
}

struct Inbound<'c> {
    plot: &'c Plot,
    wire: &'c Wire<'c>,
    /// The caller's leg, which names the call.
    caller: String,
    /// The agents'.
    legs: Vec<String>,
    /// Recordings' or the voicemail's names, one an agent.
    files: Vec<String>,
    is_answered_record_of_agent: bool,
}

impl Inbound<'_> {
    fn rings(&self) -> impl Iterator<Item = (usize, &Ring, &String)> {
        let rings = self.plot.agents.iter().zip(&self.legs).enumerate();
        rings.map(|(index, (ring, leg))| (index, ring, leg))
    }

    fn send_events(&self, script: &mut Script) {
        let Self { plot, wire, .. } = self;
        if plot.scenario == Scenario::InboundIvr {
            let flow = script
                .message("flow", "flow")
                .with("from", wire.cast.customer)
                .with("to", wire.cast.own)
                .with("cmiuuid", &self.caller)
                .with("appid", wire.cast.app_id);
            script.send(At(0, 0), flow);
        }
        script.send(At(0, 3), self.caller_event(script, "waiting"));
        for (index, ring, leg) in self.rings() {
            let event = |status| self.agent_event(script, index, ring, leg, status);
            let (started, answered, hangup) =
                (event("started"), event("answered"), event("hangup"));
            script.send(At(ring.from, 0), started);
            if let Some(second) = ring.answered {
                script.send(At(second, 0), answered);
            }
            script.send(At(ring.until, 2), hangup);
        }
        if let Some(second) = plot.answered() {
            script.send(At(second, 1), self.caller_event(script, "answered"));
        }
        script.send(At(plot.end, 3), self.caller_event(script, "hangup"));
    }

    fn caller_event(&self, script: &Script, status: &str) -> Sample {
        let wire = self.wire;
        let has_to = !(wire.is_live() && status == "answered");
        script
            .message("live", format!("{status}-a"))
            .with("type", "event")
            .with("direction", "inbound")
            .with("conversation_uuid", &self.caller)
            .with("cmiuuid", &self.caller)
            .with("from", wire.number(wire.cast.customer))
            .with("app_id", wire.cast.app_id)
            .with("time", wire.time(0))
            .with_some("to", has_to.then(|| wire.number(wire.cast.own)))
            .with_some("custom", wire.custom(false))
            .with("status", status)
    }

    fn agent_event(
        &self,
        script: &Script,
        index: usize,
        ring: &Ring,
        leg: &str,
        status: &str,
    ) -> Sample {
        let wire = self.wire;
        script
            .message("live", name_of(status, index))
            .with("leg", "b")
            .with("type", "event")
            .with("team", wire.team())
            .with_some("user", self.user(index))
            .with("conversation_uuid", &self.caller)
            .with("cmiuuid", leg)
            .with("direction", "outbound")
            .with("from", wire.number(wire.cast.customer))
            .with("app_id", wire.cast.app_id)
            .with("time", wire.time(ring.from))
            .with_some("custom", wire.custom(false))
            .with("status", status)
    }

    /// As the wire has it.
    fn user(&self, index: usize) -> Option<String> {
        match self.plot.scenario {
            Scenario::InboundUnnamedAgent if self.wire.is_live() => Some("none".to_owned()),
            Scenario::InboundUnnamedAgent | Scenario::InboundAgentNamedLater => None,
            _ => self.wire.user(index),
        }
    }

    /// As a person would tell it.
    fn agent(&self, index: usize) -> Option<String> {
        match self.plot.scenario {
            Scenario::InboundUnnamedAgent => None,
            _ => self.wire.user(index),
        }
    }

    fn send_records(&self, script: &mut Script) {
        let plot = self.plot;
        for (index, ring, leg) in self.rings() {
            if ring.answered.is_none() {
                let record = self.missed_by_agent(script, index, ring, leg);
                script.send(At(ring.until + 2, 0), record);
            }
        }
        let answered: Vec<_> = self
            .rings()
            .filter(|(_, ring, _)| ring.answered.is_some())
            .collect();
        for (index, ring, leg) in &answered {
            let name = match answered.len() {
                1 => "cdr-call".to_owned(),
                _ => name_of("cdr", *index),
            };
            self.send_answered(script, &name, *index, ring, leg);
        }
        if answered.is_empty() {
            script.send(At(plot.end + 2, 4), self.missed(script));
        }
    }

    fn send_answered(&self, script: &mut Script, name: &str, index: usize, ring: &Ring, leg: &str) {
        let file = self.files.get(index).filter(|_| self.plot.is_recorded);
        let record = |name: &str, user: Option<String>| {
            let (id, start) = match self.is_answered_record_of_agent {
                true => (leg, ring.from),
                false => (&*self.caller, 0),
            };
            self.record(script, name.to_owned(), id, start, "answered")
                .with_some("user", user)
                .with_some("to", self.wire.phone(index))
                .with("answeredsec", ring.seconds())
        };
        let complete = |record| self.wire.with_recording(record, file);
        let at = At(ring.until + 2, 5);
        let revised = format!("{name}-revised");
        match self.plot.scenario {
            Scenario::InboundRecordRevised => {
                let first = record(name, self.user(index)).with("record", self.wire.flag());
                let second = complete(record(&revised, self.user(index)));
                script.send(at, first);
                script.send_again(At(at.0 + 60, 0), second);
            }
            Scenario::InboundAgentNamedLater => {
                let first = complete(record(name, None));
                let second = complete(record(&revised, self.agent(index)));
                script.send(at, first);
                script.send_again(At(at.0 + 60, 0), second);
            }
            _ => {
                let record = complete(record(name, self.user(index)));
                script.send(at, record);
            }
        }
    }

    fn missed_by_agent(&self, script: &Script, index: usize, ring: &Ring, leg: &str) -> Sample {
        let has_leg = self.plot.scenario != Scenario::InboundRecordsWithoutLeg;
        self.record(script, name_of("cdr", index), leg, ring.from, "missed")
            // How long this phone rang, and not how long the caller waited.
            .with("waitedsec", ring.until.saturating_sub(ring.from))
            .with_some("leg", has_leg.then_some("b"))
            .with_some("user", self.user(index))
    }

    /// The whole call's.
    fn missed(&self, script: &Script) -> Sample {
        let voicemail = self.voicemail();
        self.record(script, "cdr-call".to_owned(), &self.caller, 0, "missed")
            .with("waitedsec", self.plot.waited)
            .with_some("voicemail", voicemail.map(|_| self.wire.flag()))
            .with_some("voicename", voicemail)
    }

    fn voicemail(&self) -> Option<&String> {
        let is_left = self.plot.ending == Ending::Voicemail;
        self.files.first().filter(|_| is_left)
    }

    /// What all records have.
    fn record(&self, script: &Script, name: String, id: &str, start: u64, status: &str) -> Sample {
        let wire = self.wire;
        let ivr = (self.plot.scenario == Scenario::InboundIvr).then_some(wire.cast.ivr);
        let is_calls = name.starts_with("cdr-call") || status == "answered";
        script
            .message("cdr", name)
            .with_some("virtual_number", wire.unless_india(wire.cast.own))
            .with_some("custom", wire.custom(true))
            .with("appid", wire.cast.app_id)
            .with("type", "cdr")
            .with("direction", "inbound")
            .with("cmiuuid", id)
            .with("status", status)
            .with("from", wire.cast.customer)
            .with("time", wire.time(start))
            .with("team", wire.team())
            .with_some("hangup_reason", wire.unless_india(self.reason(is_calls)))
            .with_some("conversation_uuid", wire.unless_india(&self.caller))
            .with_some("ivr_name", ivr.and_then(|ivr| wire.unless_india(ivr)))
    }

    fn reason(&self, of_call: bool) -> &'static str {
        match self.plot.ending {
            Ending::Talked { customer_hung_up } if of_call && !customer_hung_up => "sent_bye",
            Ending::Talked { .. } | Ending::Abandoned | Ending::Voicemail if of_call => "recv_bye",
            _ => "recv_cancel",
        }
    }

    fn answers(&self) -> RightAnswers {
        let Self { plot, wire, .. } = self;
        let answered: Vec<_> = self
            .rings()
            .filter(|(_, ring, _)| ring.answered.is_some())
            .collect();
        let outcome = match plot.ending {
            Ending::Abandoned => "abandoned",
            Ending::Voicemail => "voicemail",
            Ending::Talked { .. } => "answered",
            _ => "missed",
        };
        RightAnswers {
            customer: Some(wire.cast.customer.to_string().as_str().into()),
            own_number: Some(wire.cast.own.to_string().as_str().into()),
            agents: self
                .rings()
                .map(|(index, ring, _)| RightAgent {
                    agent: self.agent(index),
                    answered: ring.answered.is_some(),
                })
                .collect(),
            answered_by: answered.first().and_then(|(index, ..)| self.agent(*index)),
            started_at: Timestamp::from_millis(wire.time(0)),
            talk_seconds: match answered.as_slice() {
                [(_, ring, _)] => Some(ring.seconds()),
                _ => None,
            },
            waited_seconds: answered.is_empty().then_some(plot.waited),
            recordings: answered
                .iter()
                .filter(|_| plot.is_recorded)
                .filter_map(|(index, ..)| self.files.get(*index).cloned())
                .collect(),
            voicemails: self.voicemail().cloned().into_iter().collect(),
            legs: 1 + self.legs.len(),
            ..RightAnswers::new("telecmi", CallDirection::Inbound)
        }
        .with_outcome(outcome)
    }
}
