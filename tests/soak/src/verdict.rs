//! What a run has shown: a table, and what was not as it has to be.

use crate::server::{Sample, Server};
use crate::tally::Counts;

/// Of one server.
#[derive(Debug)]
pub(crate) struct Verdict {
    name: &'static str,
    counts: Counts,
    shown: u64,
    first: Sample,
    middle: i64,
    last: i64,
    peak: i64,
    /// Bytes a request.
    slope: f64,
    /// Bytes a request that would have been noticed as growth.
    sensitivity: f64,
    descriptors: [usize; 3],
    threads: [usize; 2],
    pub(crate) faults: Vec<String>,
}

impl Verdict {
    /// `warm` is the first sample after the warm-up, `left` the descriptors when all had ended.
    pub(crate) fn on(server: &Server, warm: usize, left: usize) -> Self {
        let subject = &server.subject;
        let samples = &server.samples[warm..];
        let quarter = samples.len() / 4;
        let [second, fourth] = [1, 3].map(|n| {
            let end = if n == 3 {
                samples.len()
            } else {
                (n + 1) * quarter
            };
            &samples[n * quarter..end]
        });
        let [middle, last] =
            [second, fourth].map(|samples| median(samples, |sample| sample.resident));
        let requests = [fourth, second].map(|samples| median(samples, |sample| sample.sent));
        let counts = subject.tally.counts();
        let threads = samples.iter().map(|sample| sample.threads);
        let mut verdict = Self {
            name: subject.name,
            shown: subject.ledger.shown(),
            first: samples[0],
            middle,
            last,
            peak: server.peak(),
            slope: slope(samples),
            sensitivity: 1024.0 * GROWTH as f64 / (requests[0] - requests[1]) as f64,
            descriptors: [
                server.idle,
                samples
                    .iter()
                    .map(|sample| sample.descriptors)
                    .max()
                    .unwrap_or(0),
                left,
            ],
            threads: [threads.clone().min(), threads.max()].map(Option::unwrap_or_default),
            faults: Vec::new(),
            counts,
        };
        verdict.judge(subject.ledger.lost());
        verdict
    }

    fn judge(&mut self, lost: Vec<usize>) {
        let Counts {
            sent,
            handled,
            handled_unseen,
            unanswered,
            mismatches,
            ..
        } = self.counts;
        let [idle, _, left] = self.descriptors;
        let [fewest, most] = self.threads;
        let known = self.counts.accounted_for();
        let growth = self.last - self.middle;
        let told = handled + handled_unseen;
        let faults = [
            (mismatches > 0, format!("{mismatches} mismatches")),
            (
                unanswered > 0,
                format!("{unanswered} requests without an answer"),
            ),
            (sent != known, format!("{sent} sent, {known} accounted for")),
            (
                told != self.shown,
                format!(
                    "senders know of {told} handled messages, /messages has shown {}",
                    self.shown
                ),
            ),
            (
                !lost.is_empty(),
                format!(
                    "{} messages are lost, such as {:?}",
                    lost.len(),
                    &lost[..lost.len().min(10)]
                ),
            ),
            (
                growth > GROWTH,
                format!("memory grew by {growth} KiB, more than {GROWTH}"),
            ),
            (
                left != idle,
                format!("{left} descriptors when all is over, {idle} before"),
            ),
            (fewest != most, format!("{fewest} to {most} threads")),
        ];
        let found = faults.into_iter().filter(|(is_fault, _)| *is_fault);
        self.faults = found
            .map(|(_, fault)| format!("{}: {fault}", self.name))
            .collect();
    }

    fn rows(&self) -> Vec<(String, String)> {
        let counts = &self.counts;
        let refused = REFUSALS.map(|status| {
            let count = counts.refused.get(&status).copied().unwrap_or(0);
            (format!("refused with {status}"), count.to_string())
        });
        let others = counts
            .refused
            .iter()
            .filter(|(status, _)| !REFUSALS.contains(status));
        let others: u64 = others.map(|(_, count)| count).sum();
        let row = |name: &str, value: String| (name.to_owned(), value);
        let mut rows = vec![
            row("sent", counts.sent.to_string()),
            row("handled", counts.handled.to_string()),
            row("replayed", counts.replayed.to_string()),
            row("probed", counts.probed.to_string()),
        ];
        rows.extend(refused);
        let [idle, most, left] = self.descriptors;
        rows.extend([
            row("refused otherwise", others.to_string()),
            row("cut off by the sender", counts.cut_off.to_string()),
            row("cut off, yet handled", counts.handled_unseen.to_string()),
            row("shown by /messages", self.shown.to_string()),
            row("mismatches", counts.mismatches.to_string()),
            row("RSS warmed up, KiB", self.first.resident.to_string()),
            row("RSS 2nd quarter, KiB", self.middle.to_string()),
            row("RSS 4th quarter, KiB", self.last.to_string()),
            row("RSS peak, KiB", self.peak.to_string()),
            row("slope, bytes/request", format!("{:.1}", self.slope)),
            row("a leak seen, from", format!("{:.0}", self.sensitivity)),
            row("fds start/peak/end", format!("{idle}/{most}/{left}")),
            row(
                "threads",
                format!("{}-{}", self.threads[0], self.threads[1]),
            ),
        ]);
        rows
    }
}

/// A row for each figure, a column for each server.
pub(crate) fn print(verdicts: &[Verdict]) {
    print!("\n{:24}", "");
    verdicts
        .iter()
        .for_each(|verdict| print!("{:>16}", verdict.name));
    println!();
    let columns: Vec<_> = verdicts.iter().map(Verdict::rows).collect();
    for (n, (name, _)) in columns[0].iter().enumerate() {
        print!("{name:24}");
        columns.iter().for_each(|rows| print!("{:>16}", rows[n].1));
        println!();
    }
}

fn median<T: Ord + Copy>(samples: &[Sample], figure: impl Fn(&Sample) -> T) -> T {
    let mut figures: Vec<T> = samples.iter().map(figure).collect();
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// Of the straight line through memory over requests that has the least squares.
fn slope(samples: &[Sample]) -> f64 {
    let points = samples
        .iter()
        .map(|sample| (sample.sent as f64, 1024.0 * sample.resident as f64));
    let count = samples.len() as f64;
    let (x, y) = points
        .clone()
        .fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (x, y) = (x / count, y / count);
    let (above, below) = points.fold((0.0, 0.0), |sum, point| {
        let (dx, dy) = (point.0 - x, point.1 - y);
        (sum.0 + dx * dy, sum.1 + dx * dx)
    });
    above / below
}

/// In KiB, from one quarter's median to another's. Far above what an allocator's mood makes, and what a hundred bytes a
/// request make in twenty minutes is three times as much.
const GROWTH: i64 = 2048;

/// Those that a run is expected to have.
const REFUSALS: [u16; 8] = [400, 401, 404, 405, 408, 413, 415, 503];
