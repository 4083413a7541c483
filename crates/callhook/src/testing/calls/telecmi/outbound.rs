//! An outbound call: leg a is the agent's, who is rung first, and leg b the customer's.

use serde_json::{Value, json};

use super::Wire;
use crate::call::CallDirection;
use crate::testing::Sample;
use crate::testing::calls::answers::{RightAgent, RightAnswers};
use crate::testing::calls::platform::{Edition, Platform};
use crate::testing::calls::plot::{Ending, Plot, Ring};
use crate::testing::calls::random::Random;
use crate::testing::calls::script::{At, Script};
use crate::value::Timestamp;

pub(super) fn report(plot: &Plot, wire: &Wire<'_>, random: &mut Random) -> (Script, RightAnswers) {
    let mut script = Script::new(Platform::Telecmi, random);
    let is_clicked = plot.ending == Ending::AgentDidNotAnswer || random.bool();
    let call = Outbound {
        plot,
        wire,
        is_clicked,
        request: (is_clicked && !wire.is_india()).then(|| random.request_id()),
        legs: [random.uuid(), random.uuid()],
        call_ids: [random.uuid(), random.uuid()],
        file: plot.is_recorded.then(|| wire.file(random)),
    };
    let agent = plot.agents.first().copied();
    let rings = [("a", agent), ("b", plot.customer)];
    let rings = rings
        .into_iter()
        .filter_map(|(leg, ring)| Some((leg, ring?)));
    for (leg, ring) in rings.clone() {
        call.send_events(&mut script, leg, &ring);
    }
    if wire.is_india() {
        call.send_only_record(&mut script);
    } else {
        for (leg, ring) in rings.clone() {
            let record = call.record(&script, leg, &ring, random);
            script.send(At(plot.end + 2, u64::from(leg == "b")), record);
        }
    }
    let answers = call.answers(rings.count());
    (script, answers)
}

struct Outbound<'c> {
    plot: &'c Plot,
    wire: &'c Wire<'c>,
    /// Whether the call was made through the click-to-call API.
    is_clicked: bool,
    request: Option<String>,
    /// Leg a's id, which names the call, and leg b's.
    legs: [String; 2],
    call_ids: [String; 2],
    file: Option<String>,
}

impl Outbound<'_> {
    fn of_leg<'t>(&self, [a, b]: &'t [String; 2], leg: &str) -> &'t String {
        if leg == "a" { a } else { b }
    }

    fn send_events(&self, script: &mut Script, leg: &str, ring: &Ring) {
        let place = u64::from(leg == "b");
        script.send(
            At(ring.from, place),
            self.event(script, leg, ring, "started"),
        );
        if let Some(second) = ring.answered {
            script.send(At(second, place), self.event(script, leg, ring, "answered"));
        }
        script.send(
            At(ring.until, 3 + place),
            self.event(script, leg, ring, "hangup"),
        );
    }

    fn event(&self, script: &Script, leg: &str, ring: &Ring, status: &str) -> Sample {
        let wire = self.wire;
        let flag = (wire.is_india() && self.is_clicked).then_some("true");
        script
            .message("live", format!("{status}-{leg}"))
            .with_some(
                "call_id",
                wire.unless_india(self.of_leg(&self.call_ids, leg)),
            )
            .with("leg", leg)
            .with("type", "event")
            .with_some("click_to_call", flag)
            .with_some("user", wire.user(0))
            .with("cmiuuid", self.of_leg(&self.legs, leg))
            .with("direction", "outbound")
            .with("callerid", self.own_number())
            .with("app_id", wire.cast.app_id)
            .with("time", wire.time(ring.from))
            .with_some("custom", wire.custom(false))
            .with_some("extra_params", self.extra_params())
            .with_some("request_id", self.request.as_ref())
            .with("status", status)
            .with("to", wire.number(wire.cast.customer))
            .with("conversation_uuid", self.of_leg(&self.legs, "a"))
    }

    /// As the events have it.
    fn own_number(&self) -> String {
        let own = self.wire.cast.own;
        match self.wire.edition {
            Edition::ChubLive => format!("+{own}"),
            Edition::ChubIndia => format!("0{own}"),
            _ => own.to_string(),
        }
    }

    fn extra_params(&self) -> Option<Value> {
        match (self.wire.edition, self.is_clicked) {
            (Edition::ChubIndia, _) | (Edition::Chub, false) => None,
            (Edition::ChubLive, true) => Some(json!({"callCode": "X1"})),
            (Edition::ChubLive, false) => Some(json!({"{}": null})),
            _ => Some(json!(r#"{"click2call":"true"}"#)),
        }
    }

    fn record(&self, script: &Script, leg: &str, ring: &Ring, random: &mut Random) -> Sample {
        let wire = self.wire;
        let Edition::ChubLive = wire.edition else {
            // Leg a's is the agent's phone.
            let to = if leg == "a" { wire.phone(0) } else { None };
            let call_id = self.of_leg(&self.call_ids, leg).clone();
            return self.record_of(
                script,
                leg,
                ring,
                to,
                json!(wire.cast.own.to_string()),
                call_id,
            );
        };
        self.record_of(script, leg, ring, None, json!(wire.cast.own), random.uuid())
    }

    fn record_of(
        &self,
        script: &Script,
        leg: &str,
        ring: &Ring,
        to: Option<u64>,
        own: Value,
        call_id: String,
    ) -> Sample {
        let wire = self.wire;
        let seconds = ring.answered.map(|_| ring.seconds());
        let record = script
            .message("cdr", format!("cdr-{leg}"))
            .with("virtual_number", own)
            .with("call_id", call_id)
            .with_some("custom", wire.custom(true))
            .with("leg", leg)
            .with("type", "cdr")
            .with("appid", wire.cast.app_id)
            .with("to", to.unwrap_or(wire.cast.customer))
            .with("cmiuuid", self.of_leg(&self.legs, leg))
            .with("status", status_of(ring))
            .with_some("user", wire.user(0))
            .with("time", wire.time(ring.from))
            .with("direction", "outbound")
            .with_some("answeredsec", seconds)
            .with("hangup_reason", self.reason(ring))
            .with_some("request_id", self.request.as_ref())
            .with_some("extra_params", self.extra_params());
        let file = self.file.as_ref().filter(|_| leg == "b");
        wire.with_recording(record, file)
    }

    fn reason(&self, ring: &Ring) -> &'static str {
        let is_answered = ring.answered.is_some();
        match self.plot.ending {
            Ending::Talked { customer_hung_up } if customer_hung_up => "recv_bye",
            _ if is_answered => "sent_bye",
            Ending::Refused => "sent_reject",
            Ending::Cancelled => "recv_bye",
            _ => "recv_cancel",
        }
    }

    /// India's, which has no leg: its figures are leg b's, and its id is leg a's.
    fn send_only_record(&self, script: &mut Script) {
        let wire = self.wire;
        let Some(ring) = self.plot.customer else {
            return;
        };
        let record = script
            .message("cdr", "cdr-call")
            .with("type", "cdr")
            .with("appid", wire.cast.app_id)
            .with("to", wire.cast.customer)
            .with("cmiuuid", self.of_leg(&self.legs, "a"))
            .with("status", status_of(&ring))
            .with_some("user", wire.user(0))
            .with("time", wire.time(0))
            .with("direction", "outbound")
            .with_some("answeredsec", ring.answered.map(|_| ring.seconds()))
            .with_some("click_to_call", self.is_clicked.then_some("true"));
        let record = wire.with_recording(record, self.file.as_ref());
        script.send(At(self.plot.end + 2, 0), record);
    }

    fn answers(&self, legs: usize) -> RightAnswers {
        let Self { plot, wire, .. } = self;
        let is_answered = matches!(plot.ending, Ending::Talked { .. });
        let outcome = match plot.ending {
            Ending::Talked { .. } => "answered",
            Ending::Refused => "refused",
            Ending::Cancelled => "cancelled",
            Ending::AgentDidNotAnswer => "agent_no_answer",
            _ => "no_answer",
        };
        let is_there = plot.agents.iter().any(|ring| ring.answered.is_some());
        // Leg a's record doesn't tell who was to be called, and its events do.
        RightAnswers {
            customer: Some(wire.cast.customer.to_string().as_str().into()),
            own_number: Some(self.own_number().as_str().into()),
            agents: vec![RightAgent {
                agent: wire.user(0),
                answered: is_there,
            }],
            answered_by: wire.user(0).filter(|_| is_answered),
            started_at: Timestamp::from_millis(wire.time(0)),
            talk_seconds: plot
                .customer
                .filter(|_| is_answered)
                .map(|ring| ring.seconds()),
            recordings: self.file.clone().into_iter().collect(),
            legs,
            ..RightAnswers::new("telecmi", CallDirection::Outbound)
        }
        .with_outcome(outcome)
    }
}

fn status_of(ring: &Ring) -> &'static str {
    match ring.answered {
        Some(_) => "answered",
        None => "missed",
    }
}
