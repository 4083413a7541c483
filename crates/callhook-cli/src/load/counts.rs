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
    /// Never sent, because of `--lose`.
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
        // It grows up to this.
        let _ = self.latencies.record(microseconds.min(LONGEST));
    }

    pub(super) fn not_answered(&mut self, fault: &Fault) {
        self.sent += 1;
        *self.unanswered.entry(fault.code).or_default() += 1;
    }

    /// The run was ended before an answer came.
    pub(super) fn interrupted(&mut self) {
        self.sent += 1;
        *self.unanswered.entry("interrupted").or_default() += 1;
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

/// A day, in microseconds.
const LONGEST: u64 = 86_400_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, outcome: Option<&'static str>) -> Answer {
        let mut headers = http::HeaderMap::new();
        if let Some(outcome) = outcome {
            headers.insert(
                callhook::OUTCOME_HEADER,
                http::HeaderValue::from_static(outcome),
            );
        }
        Answer {
            status,
            headers,
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn every_message_is_counted_once_and_sums_are_those_of_all_workers() {
        let mut sum = Counts::new().expect("counts");
        for _ in 0..2 {
            let mut counts = Counts::new().expect("counts");
            let second = Duration::from_secs(1);
            for (status, outcome) in [
                (200, None),
                (204, None),
                (200, Some("replay")),
                (200, Some("fallback")),
                (503, Some("in_flight")),
                (401, None),
                (302, Some("replay")),
            ] {
                counts.answered(&answer(status, outcome), second);
            }
            sum.add(&counts);
        }
        assert_eq!(
            (sum.sent, sum.handled, sum.replayed, sum.fallback),
            (14, 4, 2, 2)
        );
        let refused: Vec<(&str, u64)> = sum
            .refused
            .iter()
            .map(|(code, count)| (code.as_str(), *count))
            .collect();
        assert_eq!(
            refused,
            [("302 replay", 2), ("401", 2), ("503 in_flight", 2)]
        );
        assert!(!sum.is_all_well());
    }

    #[test]
    fn latencies_have_three_figures_however_long_they_are() {
        let mut counts = Counts::new().expect("counts");
        assert_eq!(counts.latency(0.5), None);
        for milliseconds in [1, 2, 3, 4_000] {
            counts.answered(&answer(200, None), Duration::from_millis(milliseconds));
        }
        counts.answered(&answer(200, None), Duration::MAX);
        let is_near = |quantile, right: f64| {
            let latency = counts.latency(quantile).expect("a latency");
            assert!((latency / right - 1.0).abs() < 0.001, "{latency} {right}");
        };
        is_near(0.2, 1.0);
        is_near(0.5, 3.0);
        is_near(0.8, 4_000.0);
        is_near(1.0, 86_400_000.0);
    }
}
