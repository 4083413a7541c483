//! Senders that are slow, and senders that hang up.

use std::time::Duration;

use callhook_test_support::{Wire, chunk, request};
use tokio::time::{Instant, sleep};

use super::Sender;
use crate::answer::{Answer, refused};
use crate::messages::Message;
use crate::subject::Subject;

impl Sender {
    /// A body of a byte a second, which never becomes whole.
    pub(super) async fn trickle(&mut self) {
        let target = Subject::target(self.any_path());
        let (header, piece) = if self.random.percent(50) {
            (("content-length", "1000"), b"x".to_vec())
        } else {
            (("transfer-encoding", "chunked"), chunk(b"x"))
        };
        let head = request("POST", &target, &[header], b"");
        let subject = &self.subject;
        let mut wire = subject.connect().await;
        subject.tally.sent();
        let start = Instant::now();
        wire.send(&head).await;
        let second = Duration::from_secs(1);
        let reply = wire.send_while_reading(|| Some(piece.clone()), second);
        let answer = Answer::of(Some(&reply.await));
        subject.tally.answered(&answer);
        subject.compare("a trickle", &head, &answer, &[refused(408, "too_slow")]);
        let took = start.elapsed();
        if !(9..20).contains(&took.as_secs()) {
            subject.mismatch(&format!(
                "a trickle is refused after {took:?}, not ten seconds"
            ));
        }
    }

    /// Its second half comes after a while, and in time.
    pub(super) async fn in_two_pieces(&mut self) {
        let message = self.checked();
        let whole = post(&message);
        let half = self.random.index(whole.len());
        let subject = &self.subject;
        let mut wire = subject.connect().await;
        subject.tally.sent();
        wire.send(&whole[..half]).await;
        sleep(self.random.millis(50..2500)).await;
        wire.send(&whole[half..]).await;
        let answer = Answer::of(wire.reply().await.as_ref());
        subject.tally.answered(&answer);
        subject.compare("in two pieces", &whole, &answer, &[Answer::Handled]);
    }

    pub(super) async fn half_head(&mut self) {
        let target = Subject::target(self.any_path());
        let head = request("POST", &target, &[], b"");
        let sent = 1 + self.random.index(head.len() - 1);
        self.cut_off(&head[..sent], 0..1500).await;
    }

    pub(super) async fn half_body(&mut self) {
        let (ledger, random) = (&self.subject.ledger, &mut self.random);
        let message = self.stock.messages.refused(ledger, random);
        let whole = post(&message);
        let body = message.json().len();
        let missing = 1 + self.random.index(body - 1);
        self.cut_off(&whole[..whole.len() - missing], 0..1500).await;
    }

    /// The message is whole, but its sender doesn't wait for the answer, and sends it again.
    pub(super) async fn hang_up(&mut self) {
        let message = self.checked();
        self.cut_off(&post(&message), 0..4).await;
        let expected = [Answer::Handled, Answer::Replayed];
        if self.deliver("after a hang-up", &message, &expected).await == Answer::Replayed {
            self.subject.tally.handled_unseen();
        }
    }

    /// Sends this, waits for some milliseconds, and hangs up in one of two ways.
    async fn cut_off(&mut self, bytes: &[u8], millis: std::ops::Range<u64>) {
        let subject = &self.subject;
        let mut wire = subject.connect().await;
        subject.tally.sent();
        wire.send(bytes).await;
        sleep(self.random.millis(millis)).await;
        hang_up(wire, self.random.percent(50));
        subject.tally.cut_off();
    }
}

fn hang_up(wire: Wire, is_reset: bool) {
    if is_reset {
        wire.reset();
    } else {
        drop(wire);
    }
}

fn post(message: &Message) -> Vec<u8> {
    let target = Subject::target(message.path);
    request("POST", &target, &[], message.json().as_bytes())
}
