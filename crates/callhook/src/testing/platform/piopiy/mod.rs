//! PIOPIY's answer request and callbacks with keys: each answer is a list of actions.

mod actions;
mod dial;
mod list;
mod pipeline;

use serde_json::Value;

use self::actions::{Action, Input, NextStep};
use super::json::{Member, Unreadable};
use super::script;
use super::stage::Stage;
use super::step::Step;
use crate::call::CallDirection;
use crate::testing::Sample;
use crate::testing::calls::piopiy::wire::{HANGUP, IN_ANSWERED, Leg, Status, Wire};
use crate::testing::calls::plot::Ring;
use crate::testing::calls::random::Random;
use crate::testing::calls::script::{At, ids_of};
use crate::testing::calls::{Edition, RightAgent, RightAnswers};
use crate::value::Timestamp;

pub(super) struct Course {
    caller: Leg,
    agents: Vec<Called>,
    /// Of the figures that all of the call's messages share.
    seed: u64,
    /// What the records of an answered call of 2022 call it.
    other_call: String,
    talk: u64,
    /// What came back as `extra_params`.
    note: Option<String>,
    callbacks: usize,
    /// When the last request was sent that waits.
    asked: u64,
}

/// A leg of somebody who was called, and who that is on the wire.
struct Called {
    leg: Leg,
    to: Value,
}

impl Course {
    pub(super) fn begin(stage: &mut Stage) -> Self {
        let id = stage.random.uuid();
        let course = Self {
            caller: Leg {
                name: "a",
                letter: "a",
                call: id.clone(),
                call_of_record: id.clone(),
                id,
                request: None,
                direction: "inbound",
                from: stage.cast.customer,
                to: stage.cast.own,
                shown: None,
                ring: Ring {
                    from: 0,
                    answered: None,
                    until: 0,
                },
            },
            agents: Vec::new(),
            seed: stage.random.bits(),
            other_call: stage.random.uuid(),
            talk: stage.random.between(8, 600),
            note: None,
            callbacks: 0,
            asked: 0,
        };
        course.ask_what_to_do(stage);
        course
    }

    pub(super) fn answered(&mut self, stage: &mut Stage, body: &Value) -> Result<(), Unreadable> {
        let actions = list::read(&Member::whole(body))?;
        self.run(stage, actions);
        Ok(())
    }

    /// The caller hears nothing, and hangs up.
    pub(super) fn silence(&mut self, stage: &mut Stage) {
        stage.now += 10;
        self.end(stage);
    }

    pub(super) fn right_answers(&self, stage: &Stage) -> RightAnswers {
        let Self { caller, agents, .. } = self;
        let is_answered = agents
            .iter()
            .any(|called| called.leg.ring.answered.is_some());
        let rung = agents.iter().map(|called| RightAgent {
            agent: None,
            answered: called.leg.ring.answered.is_some(),
        });
        let answers = RightAnswers {
            ids: ids_of(&stage.messages),
            customer: Some(caller.from.to_string().as_str().into()),
            own_number: Some(caller.to.to_string().as_str().into()),
            agents: rung.collect(),
            started_at: Timestamp::from_secs(self.wire(stage).second(0)),
            // The caller's own figure, with what was played first.
            talk_seconds: caller.ring.answered.map(|_| caller.ring.seconds()),
            legs: 1 + agents.len(),
            messages: stage.script.different(),
            ..RightAnswers::new("piopiy", CallDirection::Inbound)
        };
        if is_answered {
            answers.with_outcome("answered")
        } else if caller.ring.answered.is_none() || !agents.is_empty() {
            answers.with_outcome("missed")
        } else {
            // No message tells what the caller was there for.
            RightAnswers {
                presumed_outcome: Some("answered"),
                is_over: false,
                ..answers
            }
        }
    }

    fn run(&mut self, stage: &mut Stage, actions: Vec<Action>) {
        let mut actions = actions.into_iter();
        while let Some(action) = actions.next() {
            if action.is_heard() {
                self.pick_up(stage);
            }
            match action {
                Action::Play(file) => {
                    stage.step(Step::Played(file));
                    stage.now += 5;
                }
                Action::Speak(text) => {
                    stage.step(Step::Spoke(text));
                    stage.now += 3;
                }
                Action::Note(text) => {
                    stage.step(Step::Noted(text.clone()));
                    self.note = Some(text);
                }
                Action::Record => stage.step(Step::Recorded),
                Action::Stream(url) => {
                    stage.step(Step::Streamed(url));
                    stage.now += 5;
                }
                Action::Input(input) => return self.take_keys(stage, input),
                Action::Dial(dial) => {
                    let is_heard_later =
                        |action: &Action| action.is_heard() || matches!(action, Action::Dial(_));
                    let is_last = !actions.as_slice().iter().any(is_heard_later);
                    if self.dial(stage, &dial, is_last) {
                        return self.end(stage);
                    }
                }
                Action::HangUp => break,
            }
        }
        stage.step(Step::PlatformHungUp);
        self.end(stage);
    }

    /// The call is answered, so that the caller can hear something.
    fn pick_up(&mut self, stage: &mut Stage) {
        if self.caller.ring.answered.is_none() {
            stage.now += 1;
            self.answer_at(stage, stage.now);
        }
    }

    fn answer_at(&mut self, stage: &mut Stage, second: u64) {
        if self.caller.ring.answered.is_none() {
            self.caller.ring.answered = Some(second);
            self.send_live(stage, &self.caller, None, IN_ANSWERED, At(second, 2));
        }
    }

    /// Asks the caller for keys as often as the action says, and the application with what came.
    fn take_keys(&mut self, stage: &mut Stage, input: Input) {
        let mut pressed = None;
        for _ in 0..input.attempts {
            if let Some(prompt) = &input.prompt {
                stage.step(prompt.clone());
                stage.now += 5;
            }
            match stage.caller.next_input() {
                script::Input::HangUp => {
                    stage.now += 1;
                    return self.hang_up(stage);
                }
                script::Input::Keys(keys) if !keys.is_empty() => {
                    let keys: String = keys.chars().take(input.most_keys).collect();
                    stage.step(Step::Pressed(keys.clone()));
                    stage.now += 2;
                    pressed = Some(keys);
                    break;
                }
                _ => {
                    stage.step(Step::PressedNothing);
                    stage.now += input.seconds;
                }
            }
        }
        match input.then {
            NextStep::Ask(_) if self.callbacks == MOST_CALLBACKS => self.hang_up(stage),
            NextStep::Ask(url) => self.ask_with_keys(stage, pressed, url),
            NextStep::GoTo(pipeline) => {
                stage.step(Step::WentTo(pipeline));
                stage.step(Step::PlatformHungUp);
                self.end(stage);
            }
        }
    }

    fn hang_up(&mut self, stage: &mut Stage) {
        stage.step(Step::CallerHungUp);
        self.end(stage);
    }

    fn ask_what_to_do(&self, stage: &mut Stage) {
        let (wire, caller) = (self.wire(stage), &self.caller);
        let request = stage
            .script
            .message("answer", "answer")
            .with_some("action", wire.unless_india("inbound"));
        let request = if wire.is_india() {
            request.with("from", caller.from).with("to", caller.to)
        } else {
            request
                .with("from", caller.from.to_string())
                .with("to", caller.to.to_string())
        };
        let request = request
            .with("time", wire.time(0))
            .with("cmiuuid", &caller.id);
        stage.ask_new(request, None);
    }

    fn ask_with_keys(&mut self, stage: &mut Stage, keys: Option<String>, url: String) {
        self.callbacks += 1;
        let name = match self.callbacks {
            1 => "dtmf".to_owned(),
            count => format!("dtmf-{count}"),
        };
        let request = stage
            .script
            .message("dtmf", name)
            .with("from", self.caller.from)
            .with("to", self.caller.to);
        // Without keys the field is null or missing.
        let is_null = stage.random.bool();
        let request = match keys {
            None if !is_null => request,
            keys => request.with("dtmf", keys),
        };
        let request = request.with("cmuuid", &self.caller.id);
        self.asked = stage.now;
        // The callbacks of a leg are one message of the call.
        if self.callbacks == 1 {
            stage.ask_new(request, Some(url));
        } else {
            stage.ask_again(request, Some(url));
        }
    }

    /// The call is over: hangups, and the record of each leg.
    fn end(&mut self, stage: &mut Stage) {
        self.caller.ring.until = stage.now;
        let is_2022 = stage.edition == Edition::Piopiy2022;
        if is_2022 && self.caller.ring.answered.is_some() {
            let legs = self.agents.iter_mut().map(|called| &mut called.leg);
            for leg in legs.chain([&mut self.caller]) {
                leg.call_of_record.clone_from(&self.other_call);
            }
        }
        self.send_hangup(stage, &self.caller, None, 3);
        for called in &self.agents {
            let at = At(called.leg.ring.until.max(self.asked) + 2, 0);
            self.send_record(stage, &called.leg, Some(&called.to), at);
        }
        self.send_record(stage, &self.caller, None, At(stage.now + 2, 1));
        stage.notify_all();
    }

    fn send_live(&self, stage: &mut Stage, leg: &Leg, to: Option<&Value>, status: Status, at: At) {
        let live = self.wire(stage).live(&stage.script, leg, status);
        let live = self.noted(live, to);
        stage.script.send(at, live);
    }

    /// The statuses of 2024 have none.
    fn send_hangup(&self, stage: &mut Stage, leg: &Leg, to: Option<&Value>, place: u64) {
        if stage.edition != Edition::Piopiy2024 {
            self.send_live(stage, leg, to, HANGUP, At(leg.ring.until, place));
        }
    }

    fn send_record(&self, stage: &mut Stage, leg: &Leg, to: Option<&Value>, at: At) {
        let record = self.wire(stage).record(&stage.script, leg);
        let record = self.noted(record, to);
        stage.script.send(at, record);
    }

    fn noted(&self, message: Sample, to: Option<&Value>) -> Sample {
        let message = match to {
            Some(to) => message.with("to", to),
            None => message,
        };
        match &self.note {
            Some(note) => message.with("extra_params", note),
            None => message.without("extra_params"),
        }
    }

    fn wire<'s>(&self, stage: &'s Stage) -> Wire<'s> {
        Wire::of(&stage.cast, stage.edition, &mut Random::new(self.seed))
    }
}

/// A caller whom the application asks for keys again and again hangs up at last.
const MOST_CALLBACKS: usize = 20;
