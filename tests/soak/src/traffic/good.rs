//! Messages that are handled once, however often they come.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Sender;
use crate::answer::Answer;
use crate::messages::Message;
use crate::subject::Subject;

impl Sender {
    pub(super) async fn message(&mut self) {
        let (ledger, random) = (&self.subject.ledger, &mut self.random);
        let message = self.stock.messages.any(ledger, random);
        self.send("a message", &message, Answer::Handled).await;
    }

    /// Contents A, B, A.
    pub(super) async fn revision(&mut self) {
        let first = self.checked();
        self.send("A", &first, Answer::Handled).await;
        let second = first.revised(&self.subject.ledger);
        self.send("B after A", &second, Answer::Handled).await;
        self.send("A after B", &first, Answer::Replayed).await;
    }

    pub(super) async fn late_replay(&mut self) {
        let message = self.checked();
        self.send("a message", &message, Answer::Handled).await;
        sleep(self.random.millis(1000..8000)).await;
        self.send("a late copy", &message, Answer::Replayed).await;
    }

    pub(super) async fn prompt_replays(&mut self) {
        let message = self.checked();
        self.send("a message", &message, Answer::Handled).await;
        let answers = self.at_once("a prompt copy", &message, 3, &[Answer::Replayed]);
        answers.await;
    }

    /// One of them is handled. No other is told that it was before that is true.
    pub(super) async fn copies_at_once(&mut self) {
        let message = self.checked();
        let count = 2 + self.random.of(0..5);
        let expected = [Answer::Handled, Answer::Replayed, Answer::IN_FLIGHT];
        let answers = self
            .at_once("copies at once", &message, count, &expected)
            .await;
        let handled = answers.iter().filter(|answer| **answer == Answer::Handled);
        let handled = handled.count();
        if handled != 1 {
            let what = format!("{handled} of {count} copies at once are handled: {answers:?}");
            self.subject.mismatch(&what);
        }
        for _ in answers
            .iter()
            .filter(|answer| **answer == Answer::IN_FLIGHT)
        {
            self.deliver("a refused copy", &message, &[Answer::Replayed])
                .await;
        }
    }

    /// Of no known kind, or with a field of the wrong type: none is lost.
    pub(super) async fn odd_message(&mut self) {
        let message = if self.random.percent(50) {
            Message::unknown(self.any_path(), &self.subject.ledger)
        } else {
            self.checked().with_odd_field(json!({"a": ["b", 1, null]}))
        };
        self.send("an odd message", &message, Answer::Handled).await;
    }

    pub(super) fn checked(&mut self) -> Message {
        let (ledger, random) = (&self.subject.ledger, &mut self.random);
        self.stock.messages.checked(ledger, random)
    }

    async fn send(&mut self, what: &str, message: &Message, expected: Answer) {
        let target = Subject::target(message.path);
        let request = message.request(&target, &mut self.random);
        let subject = &self.subject;
        subject
            .expect(what, &request, &[expected], &mut self.random)
            .await;
    }

    /// Sends copies in any encodings, on as many connections.
    async fn at_once(
        &mut self,
        what: &'static str,
        message: &Message,
        count: u64,
        expected: &[Answer],
    ) -> Vec<Answer> {
        let mut copies = JoinSet::new();
        for n in 0..count {
            let mut copy = self.another(n);
            let (message, expected) = (message.clone(), expected.to_vec());
            copies.spawn(async move {
                let target = Subject::target(message.path);
                let request = message.request(&target, &mut copy.random);
                let expect = copy
                    .subject
                    .expect(what, &request, &expected, &mut copy.random);
                expect.await
            });
        }
        copies.join_all().await
    }

    /// Sends it until it isn't in flight any longer. What it was answered at last.
    pub(super) async fn deliver(
        &mut self,
        what: &str,
        message: &Message,
        expected: &[Answer],
    ) -> Answer {
        let start = Instant::now();
        let target = Subject::target(message.path);
        let expected = [expected, &[Answer::IN_FLIGHT]].concat();
        loop {
            let request = message.request(&target, &mut self.random);
            let answer = self
                .subject
                .expect(what, &request, &expected, &mut self.random);
            let answer = answer.await;
            if answer != Answer::IN_FLIGHT {
                return answer;
            }
            if start.elapsed() > PATIENCE {
                let what = format!("{what}: in flight after {PATIENCE:?}, {}", message.json());
                self.subject.mismatch(&what);
                return answer;
            }
            // Sooner than the server asks for: nothing here takes a second.
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// For a message whose copy was cut off. A lease that nobody gives back takes a minute.
const PATIENCE: Duration = Duration::from_secs(10);
