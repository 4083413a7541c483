//! Requests that are refused, and probes.

use callhook_test_support::{TOKEN, request};

use super::Sender;
use crate::answer::{Answer, refused};
use crate::subject::Subject;

impl Sender {
    /// A good message with everything but the token.
    pub(super) async fn forged(&mut self) {
        let (ledger, random) = (&self.subject.ledger, &mut self.random);
        let message = self.stock.messages.refused(ledger, random);
        let path = message.path;
        let target = match random.of(0..5) {
            0 => format!("{path}?"),
            1 => format!("{path}?token="),
            2 => format!("{path}?token={TOKEN}{TOKEN}"),
            3 => format!("{path}?token={TOKEN}&token={TOKEN}"),
            _ => format!("{path}?token=0123456789abcdef01234567"),
        };
        let request = message.request(&target, random);
        let subject = &self.subject;
        subject
            .expect("forged", &request, &[Answer::FORGED], random)
            .await;
    }

    /// Malformed, oversized, compressed, with another method; or for a route that there isn't.
    pub(super) async fn bad_input(&mut self) {
        let bad = &self.stock.bad;
        let choice = self.random.index(bad.len() + 1);
        let (what, bytes, status, outcome) = match bad.get(choice) {
            Some((what, bytes, status, outcome)) => (*what, bytes.clone(), *status, *outcome),
            None => {
                let nowhere = Subject::target("/webhooks/none");
                ("nowhere", request("POST", &nowhere, &[], b"{}"), 404, None)
            }
        };
        let expected = [refused(status, outcome.unwrap_or_default())];
        self.subject.expect_on_fresh(what, &bytes, &expected).await;
    }

    pub(super) async fn probe(&mut self) {
        let path = self.any_path();
        let random = &mut self.random;
        let method = if random.percent(50) { "HEAD" } else { "GET" };
        let (target, expected) = if random.percent(75) {
            (Subject::target(path), Answer::Probed)
        } else {
            (path.to_owned(), Answer::FORGED)
        };
        let request = request(method, &target, &[], b"");
        let subject = &self.subject;
        subject
            .expect("a probe", &request, &[expected], random)
            .await;
    }
}
