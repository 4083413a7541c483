//! What the platforms have in common while a call goes on: [`Stage`].

use std::collections::VecDeque;

use serde_json::Value;

use super::request::PlatformRequest;
use super::script::{Agent, Caller};
use super::step::Step;
use crate::testing::Sample;
use crate::testing::calls::cast::Cast;
use crate::testing::calls::random::Random;
use crate::testing::calls::script::{At, Script};
use crate::testing::calls::{CallMessage, Edition};

pub(super) struct Stage {
    pub(super) edition: Edition,
    pub(super) cast: Cast,
    pub(super) random: Random,
    pub(super) script: Script,
    pub(super) caller: Caller,
    pub(super) agents: VecDeque<Agent>,
    pub(super) steps: Vec<Step>,
    /// Seconds since the call's start.
    pub(super) now: u64,
    pub(super) queue: VecDeque<PlatformRequest>,
    /// All that was put into the queue.
    pub(super) messages: Vec<CallMessage>,
    webhook: String,
    fields: Vec<(String, Value)>,
}

impl Stage {
    pub(super) fn new(edition: Edition, webhook: &str, seed: u64) -> Self {
        let mut random = Random::of(seed, &format!("{edition} interactive"));
        Self {
            edition,
            cast: Cast::of(edition, &mut random),
            script: Script::new(edition.platform(), &mut random),
            random,
            caller: Caller::default(),
            agents: VecDeque::new(),
            steps: Vec::new(),
            now: 0,
            queue: VecDeque::new(),
            messages: Vec::new(),
            webhook: webhook.to_owned(),
            fields: Vec::new(),
        }
    }

    pub(super) fn step(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// What becomes of so many phones that ring.
    pub(super) fn next_agents(&mut self, count: usize) -> Vec<Agent> {
        let mut next = || self.agents.pop_front().unwrap_or_default();
        (0..count).map(|_| next()).collect()
    }

    /// Sends this request, which waits for its answer, to a URL or the webhook's.
    pub(super) fn ask(&mut self, message: CallMessage, url: Option<String>) {
        self.step(Step::Asked(message.kind().to_owned()));
        let url = url.unwrap_or_else(|| self.webhook.clone());
        self.enqueue(message, url, true);
    }

    /// Sends what was written so far, and then asks with this message.
    pub(super) fn ask_new(&mut self, sample: Sample, url: Option<String>) {
        self.notify_all();
        self.script.send(At(self.now, 5), sample);
        self.ask_written(url);
    }

    /// As [`ask_new`](Self::ask_new), with another content of a message that was sent.
    pub(super) fn ask_again(&mut self, sample: Sample, url: Option<String>) {
        self.notify_all();
        self.script.send_again(At(self.now, 5), sample);
        self.ask_written(url);
    }

    fn ask_written(&mut self, url: Option<String>) {
        for message in self.script.take_messages() {
            self.ask(message, url.clone());
        }
    }

    /// Sends what was written so far.
    pub(super) fn notify_all(&mut self) {
        for message in self.script.take_messages() {
            self.notify(message);
        }
    }

    pub(super) fn notify(&mut self, message: CallMessage) {
        self.enqueue(message, self.webhook.clone(), false);
    }

    pub(super) fn set_field(&mut self, field: &str, value: Value) {
        for request in &mut self.queue {
            request.message = request.message.clone().with(field, &value);
        }
        for message in &mut self.messages {
            *message = message.clone().with(field, &value);
        }
        self.fields.push((field.to_owned(), value));
    }

    fn enqueue(&mut self, mut message: CallMessage, url: String, awaits_answer: bool) {
        for (field, value) in &self.fields {
            message = message.with(field, value);
        }
        self.messages.push(message.clone());
        self.queue.push_back(PlatformRequest {
            message,
            url,
            awaits_answer,
        });
    }
}
