//! A server as its senders know it.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use callhook_test_support::{TOKEN, Wire, request};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::answer::{Answer, complaint};
use crate::ledger::Ledger;
use crate::tally::Tally;
use callhook_test_support::Random;

/// Where it is, and what its senders keep together: open connections, counts, and the messages that it has to handle.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    /// Where it shows what its handler got.
    private: SocketAddr,
    pub(crate) tally: Tally,
    pub(crate) ledger: Ledger,
    /// With the time of their last answers.
    kept: Mutex<Vec<(Wire, Instant)>>,
    turns: Semaphore,
}

impl Subject {
    pub(crate) fn new(name: &'static str, address: SocketAddr, private: SocketAddr) -> Self {
        Self {
            name,
            address,
            private,
            tally: Tally::default(),
            ledger: Ledger::default(),
            kept: Mutex::default(),
            turns: Semaphore::new(TURNS),
        }
    }

    /// A path with its token.
    pub(crate) fn target(path: &str) -> String {
        format!("{path}?token={TOKEN}")
    }

    pub(crate) async fn connect(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// Sends a request on a connection of its own or on one that is kept, and counts an answer that was not expected.
    pub(crate) async fn expect(
        &self,
        what: &str,
        request: &[u8],
        expected: &[Answer],
        random: &mut Random,
    ) -> Answer {
        if random.percent(75) {
            self.expect_on_kept(what, request, expected).await
        } else {
            self.expect_on_fresh(what, request, expected).await
        }
    }

    /// On a connection that others have used, and will.
    async fn expect_on_kept(&self, what: &str, request: &[u8], expected: &[Answer]) -> Answer {
        let _turn = self.turn().await;
        let wire = match self.take_kept() {
            Some(wire) => wire,
            None => self.connect().await,
        };
        let request = kept(request);
        let (answer, wire) = self.exchange(wire, what, &request, expected).await;
        if let Some(wire) = wire {
            self.lock().push((wire, Instant::now()));
        }
        answer
    }

    /// On a connection of its own: what may end it, or leaves a part of itself unread.
    pub(crate) async fn expect_on_fresh(
        &self,
        what: &str,
        request: &[u8],
        expected: &[Answer],
    ) -> Answer {
        let _turn = self.turn().await;
        let wire = self.connect().await;
        self.exchange(wire, what, request, expected).await.0
    }

    /// The connection comes back if the server keeps it.
    async fn exchange(
        &self,
        mut wire: Wire,
        what: &str,
        request: &[u8],
        expected: &[Answer],
    ) -> (Answer, Option<Wire>) {
        self.tally.sent();
        // A server that refuses needn't hear the request out: what it answers counts.
        wire.try_send(request).await;
        let reply = wire.reply().await;
        let answer = Answer::of(reply.as_ref());
        self.tally.answered(&answer);
        let complaint = reply.as_ref().and_then(complaint);
        self.compare(what, request, &answer, expected);
        if let Some(complaint) = complaint {
            self.mismatch(&format!("{what}: {answer:?} has {complaint}"));
        }
        let is_kept = reply.is_some_and(|reply| reply.header("connection") != Some("close"));
        (answer, is_kept.then_some(wire))
    }

    pub(crate) fn compare(&self, what: &str, request: &[u8], answer: &Answer, expected: &[Answer]) {
        if !expected.contains(answer) {
            let start = &request[..request.len().min(300)];
            self.mismatch(&format!(
                "{what}: {answer:?}, not {expected:?}, for {}",
                start.escape_ascii()
            ));
        }
    }

    pub(crate) fn mismatch(&self, what: &str) {
        self.tally.mismatch(self.name, what);
    }

    /// Has the ledger read what the handler got. It is not part of the traffic.
    pub(crate) async fn read_messages(&self) {
        let mut wire = Wire::connect(self.private).await;
        wire.send(request("GET", "/messages", &[], b"")).await;
        let faults = match wire.reply().await {
            Some(reply) if reply.status == 200 => self.ledger.read(&reply.body),
            reply => vec![format!("/messages: {:?}", reply.map(|reply| reply.status))],
        };
        faults.iter().for_each(|fault| self.mismatch(fault));
    }

    pub(crate) fn close_kept(&self) {
        self.lock().clear();
    }

    async fn turn(&self) -> SemaphorePermit<'_> {
        let turn = self.turns.acquire().await;
        turn.expect("never closed")
    }

    fn take_kept(&self) -> Option<Wire> {
        let mut kept = self.lock();
        kept.retain(|(_, used)| used.elapsed() < KEPT);
        kept.pop().map(|(wire, _)| wire)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Wire, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that asks for a connection of its own, without asking.
fn kept(request: &[u8]) -> Vec<u8> {
    let close = b"connection: close\r\n";
    let start = request.windows(close.len()).position(|part| part == close);
    let start = start.expect("a request of `http::request`'s");
    [&request[..start], &request[start + close.len()..]].concat()
}

/// Actix closes connections that were idle for five seconds: a request must not meet that.
const KEPT: Duration = Duration::from_secs(2);

/// Requests at once, besides those that are sent slowly: the memory of a crowd measures nothing.
pub(crate) const TURNS: usize = 32;
