//! Two steps measured turn by turn.
//!
//! On a machine that is shared, one step measured after the other tells more of the machine than of the steps. Here both
//! run within the same milliseconds, many times over, and what counts is the median of the rounds' ratios.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 401;

/// How long one step runs in one round. Short against the spells in which a machine is slow.
const TURN: Duration = Duration::from_micros(500);

/// How often one step takes as long as another.
pub(crate) struct Ratio {
    median: f64,
    quartiles: (f64, f64),
    /// The steps' own medians, in nanoseconds.
    times: (f64, f64),
}

impl Ratio {
    /// Of `step` to `peer`.
    pub(crate) fn of<S, P>(mut step: impl FnMut() -> S, mut peer: impl FnMut() -> P) -> Self {
        let (step_times, peer_times) = (times_in_a_turn(&mut step), times_in_a_turn(&mut peer));
        let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
            .map(|round| {
                // Who goes first has the colder caches: they take turns in that too.
                if round % 2 == 0 {
                    let step = nanoseconds(&mut step, step_times);
                    (step, nanoseconds(&mut peer, peer_times))
                } else {
                    let peer = nanoseconds(&mut peer, peer_times);
                    (nanoseconds(&mut step, step_times), peer)
                }
            })
            .collect();
        let mut sorted = |key: fn(&(f64, f64)) -> f64| {
            rounds.sort_by(|one, two| key(one).total_cmp(&key(two)));
            let at = |part: usize| key(&rounds[(ROUNDS - 1) * part / 4]);
            (at(1), at(2), at(3))
        };
        let (low, median, high) = sorted(|(step, peer)| step / peer);
        Self {
            median,
            quartiles: (low, high),
            times: (sorted(|round| round.0).1, sorted(|round| round.1).1),
        }
    }

    pub(crate) fn median(&self) -> f64 {
        self.median
    }

    pub(crate) fn quartiles(&self) -> (f64, f64) {
        self.quartiles
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((step, peer), (low, high)) = (self.times, self.quartiles);
        write!(
            f,
            "{step:>8.0} ns {peer:>8.0} ns   {:>5.2}  {low:.2} to {high:.2}",
            self.median
        )
    }
}

fn times_in_a_turn<T>(step: &mut impl FnMut() -> T) -> u32 {
    let start = Instant::now();
    let mut times = 0;
    while start.elapsed() < TURN * 20 {
        black_box(step());
        times += 1;
    }
    (times / 20).max(1)
}

fn nanoseconds<T>(step: &mut impl FnMut() -> T, times: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        black_box(step());
    }
    start.elapsed().as_nanos() as f64 / f64::from(times)
}
