//! What came of the messages: [`Counts`].

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::http::{Answer, Fault};

/// `sent` is the sum of `handled`, `replayed`, `fallback`, all of `refused` and all of `unanswered`.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    pub(super) calls: u64,
    pub(super) sent: u64,
    /// 2xx, and nothing that says otherwise.
    pub(super) handled: u64,
    pub(super) replayed: u64,
    pub(super) fallback: u64,
    /// By status and callhook's code.
    pub(super) refused: BTreeMap<String, u64>,
    /// By the code of what happened to the connection.
    pub(super) unanswered: BTreeMap<&'static str, u64>,
    /// Of those that are answered 2xx.
    pub(super) unreadable: u64,
    /// Never sent, as `--lose` has it.
    pub(super) lost: u64,
    /// Never sent: an answer gave a URL on a host that may be somebody else's.
    pub(super) elsewhere: u64,
    /// In microseconds, of what was answered.
    pub(super) latencies: Histogram<u64>,
}

impl Counts {
    pub(super) fn new() -> Result<Self, hdrhistogram::CreationError> {
        Ok(Self {
            calls: 0,
            sent: 0,
            handled: 0,
            replayed: 0,
            fallback: 0,
            refused: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            unreadable: 0,
            lost: 0,
            elsewhere: 0,
            latencies: Histogram::new(FIGURES)?,
        })
    }

    pub(super) fn answered(&mut self, answer: &Answer, latency: Duration) {
        self.sent += 1;
        if answer.is_replay() {
            self.replayed += 1;
        } else if answer.is_fallback() {
            self.fallback += 1;
        } else if answer.is_success() {
            self.handled += 1;
        } else {
            *self.refused.entry(answer.code()).or_default() += 1;
        }
        let microseconds = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(microseconds);
    }

    pub(super) fn not_answered(&mut self, fault: &Fault) {
        self.sent += 1;
        *self.unanswered.entry(fault.code).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.sent += other.sent;
        self.handled += other.handled;
        self.replayed += other.replayed;
        self.fallback += other.fallback;
        for (code, count) in &other.refused {
            *self.refused.entry(code.clone()).or_default() += count;
        }
        for (code, count) in &other.unanswered {
            *self.unanswered.entry(code).or_default() += count;
        }
        self.unreadable += other.unreadable;
        self.lost += other.lost;
        self.elsewhere += other.elsewhere;
        // Both grow as they need to.
        let _ = self.latencies.add(&other.latencies);
    }

    pub(super) fn is_all_well(&self) -> bool {
        self.refused.is_empty()
            && self.unanswered.is_empty()
            && self.unreadable == 0
            && self.elsewhere == 0
    }

    /// In milliseconds. `None` where nothing was answered.
    pub(super) fn latency(&self, quantile: f64) -> Option<f64> {
        let microseconds = self.latencies.value_at_quantile(quantile);
        (!self.latencies.is_empty()).then(|| microseconds as f64 / 1000.0)
    }
}

/// Significant figures of a latency.
const FIGURES: u8 = 3;
