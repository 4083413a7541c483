//! A call as Voipappz reports it: each message with all fields of the documented template.

use serde_json::{Value, json};

use super::answers::{RightAgent, RightAnswers};
use super::cast::Cast;
use super::platform::Platform;
use super::plot::{Ending, Plot};
use super::random::Random;
use super::scenario::Scenario;
use super::script::{At, Script};
use crate::call::CallDirection;
use crate::testing::Sample;
use crate::value::Timestamp;

pub(super) fn report(plot: &Plot, cast: &Cast, random: &mut Random) -> (Script, RightAnswers) {
    let mut script = Script::new(Platform::Voipappz, random);
    let uuid = random.uuid();
    let call = Reported {
        plot,
        cast,
        has_contact: random.bool(),
        abandoned_cause: if random.bool() { "answer" } else { "no_answer" },
        recording: format!("https://recordings.example/{uuid}"),
        uuid,
    };
    call.send(&mut script);
    let answers = call.answers();
    (script, answers)
}

struct Reported<'c> {
    plot: &'c Plot,
    cast: &'c Cast,
    uuid: String,
    recording: String,
    has_contact: bool,
    /// Whether the queue that the caller gave up in counts as an answer isn't documented.
    abandoned_cause: &'static str,
}

/// How far the call is when a message is sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Ringing,
    Answered,
    Over,
    Reported,
}

impl Reported<'_> {
    fn send(&self, script: &mut Script) {
        let plot = self.plot;
        if plot.scenario == Scenario::InboundIvr {
            let ivr = |name| self.message(script, name, Progress::Ringing, None);
            let (start, end) = (ivr("ivr-start"), ivr("ivr-end"));
            script.send_named(At(1, 0), "ivr-start", start);
            script.send_named(At(12, 0), "ivr-end", end);
        }
        // A busy phone doesn't ring.
        let rings = plot.agents.iter().enumerate();
        for (index, ring) in rings.filter(|_| plot.scenario != Scenario::InboundBusy) {
            let second = plot.customer.map_or(ring.from, |customer| customer.from);
            let name = format!("call-ringing-b{}", if index == 0 { "" } else { "2" });
            let message = self.message(script, &name, Progress::Ringing, Some(index));
            script.send_named(At(second, 0), "call-ringing", message);
        }
        let agent = self.agent_of_call();
        if let Some(second) = self.answered() {
            let message = self.message(script, "call-answer", Progress::Answered, agent);
            script.send_named(At(second, 1), "call-answer", message);
        }
        let message = self.message(script, "call-hangup", Progress::Over, agent);
        script.send_named(At(plot.end, 2), "call-hangup", message);

        let record = self.message(script, "call-reporting", Progress::Reported, agent);
        let at = At(plot.end + 20, 0);
        if plot.scenario == Scenario::InboundRecordRevised {
            let first = record.with("recording_url", Value::Null);
            script.send_named(at, "call-reporting", first);
            let name = "call-reporting-revised";
            let revised = self.message(script, name, Progress::Reported, agent);
            script.send_named_again(At(at.0 + 60, 0), "call-reporting", revised);
        } else {
            script.send_named(at, "call-reporting", record);
        }
    }

    fn message(
        &self,
        script: &Script,
        name: &str,
        progress: Progress,
        agent: Option<usize>,
    ) -> Sample {
        let Self { plot, cast, .. } = self;
        let is_over = progress >= Progress::Over;
        let is_reported = progress == Progress::Reported;
        let over = |value: Value| if is_over { value } else { Value::Null };
        let reported = |value: Value| if is_reported { value } else { Value::Null };
        let answered = self.answered().filter(|_| progress >= Progress::Answered);
        let talked = self
            .answered()
            .map_or(0, |second| plot.end.saturating_sub(second));
        let rang = self.answered().unwrap_or(plot.end);
        let agent = agent.filter(|_| plot.scenario != Scenario::InboundUnnamedAgent);
        let agent = agent.and_then(|index| cast.agents.get(index));
        let clock = |second| json!(local_time(cast.started + second * 1000));
        let (from, to) = if plot.is_inbound() {
            (self.customer(), cast.own.to_string())
        } else {
            (cast.own.to_string(), self.customer())
        };
        let direction = if plot.is_inbound() {
            "incoming"
        } else {
            "outgoing"
        };
        let (cause, sip_status) = self.cause();
        let ivr = (plot.scenario == Scenario::InboundIvr).then_some(cast.ivr);
        let queue = self.has_queue().then_some(cast.team);
        script
            .message("report", name)
            .with("direction", direction)
            .with("uuid", &self.uuid)
            .with("type", self.call_type())
            .with("created_at", iso(cast.started))
            .with("contact_number", self.has_contact.then(|| self.customer()))
            .with("caller_id_number", from)
            .with("duration", over(json!(plot.end)))
            .with("ring_duration", over(json!(rang)))
            .with("destination", to)
            .with("start_at", clock(0))
            .with("answer_at", answered.map(clock))
            .with("environment_name", "Example")
            .with("user_fullname", agent.map(|agent| agent.name))
            .with(
                "user_name",
                agent.map(|agent| user_name(agent.name)).unwrap_or_default(),
            )
            .with(
                "extension_username",
                agent.map(|agent| agent.extension.to_string()),
            )
            .with("cause", over(json!(cause)))
            .with("sip_status", over(json!(sip_status)))
            .with(
                "recording_url",
                reported(json!(plot.is_recorded.then_some(&self.recording))),
            )
            .with("duration_time", over(json!(hms(plot.end))))
            .with(
                "billing_duration",
                reported(json!(cast.started / 1000 + plot.end)),
            )
            .with("billing_duration_time", reported(json!(hms(talked))))
            .with("did_number", cast.own.to_string())
            .with("did_name", cast.own.to_string())
            .with("queue_disposition", over(json!(self.disposition())))
            .with("ivr_name", ivr)
            .with("call_state", Value::Null)
            .with("queue_name", queue)
    }

    /// As a customer's number is written at home: 07700 900123.
    fn customer(&self) -> String {
        let number = self.cast.customer.to_string();
        format!("0{}", number.strip_prefix("44").unwrap_or(&number))
    }

    fn has_queue(&self) -> bool {
        let scenario = self.plot.scenario;
        scenario == Scenario::InboundTwoAgents
            || scenario == Scenario::InboundMissed
            || scenario == Scenario::InboundAbandoned
    }

    fn call_type(&self) -> &'static str {
        match (self.plot.is_inbound(), self.has_queue()) {
            (true, true) => "did_to_que",
            (true, false) => "did_to_user",
            _ => "user_to_did",
        }
    }

    /// Whose phone was answered; where one agent alone was called, that agent; else nobody's.
    fn agent_of_call(&self) -> Option<usize> {
        let agents = &self.plot.agents;
        let answered = agents.iter().position(|ring| ring.answered.is_some());
        answered.or((agents.len() == 1).then_some(0))
    }

    /// When the call was answered.
    fn answered(&self) -> Option<u64> {
        match self.plot.customer {
            Some(customer) => customer.answered,
            None => self.plot.answered(),
        }
    }

    fn cause(&self) -> (&'static str, &'static str) {
        match self.plot.ending {
            Ending::Talked { .. } => ("answer", "200"),
            Ending::Refused => ("busy", "486"),
            Ending::Abandoned => (self.abandoned_cause, "487"),
            _ => ("no_answer", "480"),
        }
    }

    fn disposition(&self) -> Option<&'static str> {
        match self.plot.ending {
            _ if !self.has_queue() => None,
            // As the documentation prints it.
            Ending::Talked { .. } => Some("anser"),
            Ending::Abandoned => Some("abandoned"),
            _ => Some("timeout"),
        }
    }

    fn answers(&self) -> RightAnswers {
        let Self { plot, cast, .. } = self;
        let is_answered = matches!(plot.ending, Ending::Talked { .. });
        let (direction, unanswered) = if plot.is_inbound() {
            (CallDirection::Inbound, "missed")
        } else {
            (CallDirection::Outbound, "no_answer")
        };
        let outcome = match plot.ending {
            Ending::Talked { .. } => "answered",
            Ending::Refused => "busy",
            Ending::Abandoned => "abandoned",
            _ => unanswered,
        };
        let is_named = plot.scenario != Scenario::InboundUnnamedAgent;
        let name = |index: usize| {
            let agent = cast.agents.get(index).filter(|_| is_named);
            agent.map(|agent| user_name(agent.name))
        };
        let agents = plot.agents.iter().enumerate();
        let seconds = self
            .answered()
            .map(|second| plot.end.saturating_sub(second));
        // What a queue or an IVR answered is billed from then on, so nothing tells for how long people talked.
        let is_direct = !self.has_queue() && plot.scenario != Scenario::InboundIvr;
        RightAnswers {
            customer: Some(self.customer().as_str().into()),
            own_number: Some(cast.own.to_string().as_str().into()),
            agents: agents
                .map(|(index, ring)| RightAgent {
                    agent: name(index),
                    answered: is_answered && ring.answered.is_some(),
                })
                .collect(),
            answered_by: self.agent_of_call().filter(|_| is_answered).and_then(name),
            started_at: Timestamp::from_millis(cast.started),
            talk_seconds: seconds.filter(|_| is_direct),
            recordings: plot
                .is_recorded
                .then(|| self.recording.clone())
                .into_iter()
                .collect(),
            legs: plot.agents.len(),
            ..RightAnswers::new("voipappz", direction)
        }
        .with_outcome(outcome)
    }
}

fn user_name(name: &str) -> String {
    name.to_lowercase().replace(' ', ".")
}

/// A duration as `HH:MM:SS`.
fn hms(seconds: u64) -> String {
    let (minutes, second) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{second:02}", minutes / 60, minutes % 60)
}

/// The clock of a zone two hours ahead of UTC, as in the documented sample.
fn local_time(millis: u64) -> String {
    hms((millis / 1000 + 2 * 3600) % 86_400)
}

fn iso(millis: u64) -> String {
    let (year, month, day) = date(millis / 86_400_000);
    let time = hms(millis / 1000 % 86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{time}.{:03}+00:00",
        millis % 1000
    )
}

/// Year, month and day of a day since 1970.
fn date(days: u64) -> (u64, u64, u64) {
    let mut left = days;
    let mut year = 1970_u64;
    let is_leap = |year: u64| {
        (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
    };
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}
