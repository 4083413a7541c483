//! Mixed traffic to one server: many acts at once, each with requests whose answers are known beforehand.

mod bad;
mod broken;
mod good;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::bad_input::{Row, rows};
use crate::messages::Messages;
use crate::subject::{Subject, TURNS};
use crate::wire::ALL_PROVIDERS;
use callhook_test_support::Random;

/// Who acts.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) subject: Arc<Subject>,
    stock: Arc<Stock>,
    random: Random,
}

/// What all senders send from.
#[derive(Debug)]
pub(crate) struct Stock {
    messages: Messages,
    /// Requests that are refused.
    bad: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Message,
    Revision,
    LateReplay,
    PromptReplays,
    CopiesAtOnce,
    OddMessage,
    InTwoPieces,
    Forged,
    BadInput,
    Probe,
    Trickle,
    HalfHead,
    HalfBody,
    HangUp,
}

/// How often in a thousand, and the requests that it makes on average.
const ACTS: [(Act, u16, f64); 14] = [
    (Act::Message, 430, 1.0),
    (Act::Revision, 70, 3.0),
    (Act::LateReplay, 100, 2.0),
    (Act::PromptReplays, 40, 4.0),
    (Act::CopiesAtOnce, 50, 5.0),
    (Act::OddMessage, 50, 1.0),
    (Act::InTwoPieces, 20, 1.0),
    (Act::Forged, 70, 1.0),
    (Act::BadInput, 80, 1.0),
    (Act::Probe, 40, 1.0),
    // It takes ten seconds.
    (Act::Trickle, 5, 1.0),
    (Act::HalfHead, 10, 1.0),
    (Act::HalfBody, 15, 1.0),
    (Act::HangUp, 20, 2.1),
];

impl Stock {
    pub(crate) fn new() -> Self {
        let bad = ALL_PROVIDERS.map(|path| rows(path, &Subject::target(path)));
        Self {
            messages: Messages::documented(),
            bad: bad.into_iter().flatten().collect(),
        }
    }
}

impl Sender {
    pub(crate) fn new(subject: Arc<Subject>, stock: Arc<Stock>, seed: u64) -> Self {
        Self {
            subject,
            stock,
            random: Random::new(seed),
        }
    }

    /// Sends single good messages, as fast as they are answered.
    pub(crate) async fn fill(&self, count: u64) {
        let mut senders = JoinSet::new();
        for n in 0..FILLERS {
            let mut sender = self.another(n);
            senders.spawn(async move {
                for _ in 0..count / FILLERS {
                    sender.message().await;
                }
            });
        }
        while let Some(ended) = senders.join_next().await {
            self.note(ended);
        }
    }

    /// Acts at this rate, in requests a second, and returns when the last act has ended.
    pub(crate) async fn run(mut self, rate: f64, duration: Duration) {
        let weights: f64 = ACTS.iter().map(|act| f64::from(act.1)).sum();
        let requests: f64 = ACTS.iter().map(|act| f64::from(act.1) * act.2).sum();
        let mut ticks = interval(Duration::from_secs_f64(requests / weights / rate));
        // After a pause of the machine, requests are not sent all at once: their memory would stay, and look like a
        // leak.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let end = Instant::now() + duration;
        let mut acts = JoinSet::new();
        for n in 0.. {
            if ticks.tick().await >= end {
                break;
            }
            let act = self.pick();
            acts.spawn(self.another(n).act(act));
            while let Some(ended) = acts.try_join_next() {
                self.note(ended);
            }
            // A server that doesn't keep up is not buried.
            while acts.len() >= AT_ONCE {
                if let Some(ended) = acts.join_next().await {
                    self.note(ended);
                }
            }
        }
        while let Some(ended) = acts.join_next().await {
            self.note(ended);
        }
    }

    fn pick(&mut self) -> Act {
        let weights = ACTS.iter().map(|act| u64::from(act.1)).sum();
        let mut drawn = self.random.of(0..weights);
        for (act, weight, _) in ACTS {
            match drawn.checked_sub(weight.into()) {
                Some(rest) => drawn = rest,
                None => return act,
            }
        }
        Act::Message
    }

    /// With choices of its own.
    fn another(&self, n: u64) -> Self {
        let mut random = self.random.clone();
        let seed = random.of(0..u64::MAX).wrapping_add(n);
        Self {
            random: Random::new(seed),
            ..self.clone()
        }
    }

    async fn act(mut self, act: Act) {
        match act {
            Act::Message => self.message().await,
            Act::Revision => self.revision().await,
            Act::LateReplay => self.late_replay().await,
            Act::PromptReplays => self.prompt_replays().await,
            Act::CopiesAtOnce => self.copies_at_once().await,
            Act::OddMessage => self.odd_message().await,
            Act::InTwoPieces => self.in_two_pieces().await,
            Act::Forged => self.forged().await,
            Act::BadInput => self.bad_input().await,
            Act::Probe => self.probe().await,
            Act::Trickle => self.trickle().await,
            Act::HalfHead => self.half_head().await,
            Act::HalfBody => self.half_body().await,
            Act::HangUp => self.hang_up().await,
        }
    }

    /// Something that could not be done at all, such as a connection that was refused, panics.
    fn note(&self, ended: Result<(), JoinError>) {
        if let Err(panic) = ended {
            self.subject.mismatch(&format!("an act broke off: {panic}"));
        }
    }

    fn any_path(&mut self) -> &'static str {
        ALL_PROVIDERS[self.random.index(ALL_PROVIDERS.len())]
    }
}

/// Connections that fill a server's list: as many as have their turn at once later.
const FILLERS: u64 = TURNS as u64;

/// Acts on one server. Most of them wait.
const AT_ONCE: usize = 300;
