//! Two steps measured turn by turn, in the CPU time of the thread.
//!
//! On a machine that is shared, one step measured after the other tells more of the machine than of the steps. Here both
//! run within the same milliseconds, many times over, and what counts is the median of the rounds' ratios. Time in which
//! the thread waits for a processor that others use doesn't count.

use std::fmt;
use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

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

/// Something to measure: what it takes is made before the clock starts.
pub(crate) struct Step<M, T> {
    pub(crate) make: M,
    pub(crate) take: T,
}

/// A step that takes nothing.
pub(crate) fn step<T>(mut step: impl FnMut() -> T) -> Step<fn(), impl FnMut(()) -> T> {
    Step {
        make: || (),
        take: move |()| step(),
    }
}

impl Ratio {
    /// Of `step` to `peer`.
    pub(crate) fn of<I, S, J, P>(
        mut step: Step<impl FnMut() -> I, impl FnMut(I) -> S>,
        mut peer: Step<impl FnMut() -> J, impl FnMut(J) -> P>,
    ) -> Self {
        let (step_times, peer_times) = (step.times_in_a_turn(), peer.times_in_a_turn());
        let turns = |round| {
            // Who goes first has the colder caches: they take turns in that too.
            if round % 2 == 0 {
                let step = step.nanoseconds(step_times);
                (step, peer.nanoseconds(peer_times))
            } else {
                let peer = peer.nanoseconds(peer_times);
                (step.nanoseconds(step_times), peer)
            }
        };
        Self::of_rounds((0..ROUNDS).map(turns).collect())
    }

    /// Of rounds that were measured otherwise: what the step took in each, and its peer, in nanoseconds.
    pub(crate) fn of_rounds(mut rounds: Vec<(f64, f64)>) -> Self {
        let last = rounds.len() - 1;
        let mut sorted = |key: fn(&(f64, f64)) -> f64| {
            rounds.sort_by(|one, two| key(one).total_cmp(&key(two)));
            let at = |part: usize| key(&rounds[last * part / 4]);
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

impl<I, T, M: FnMut() -> I, S: FnMut(I) -> T> Step<M, S> {
    fn times_in_a_turn(&mut self) -> u32 {
        let mut times = 1;
        // Doubled until it takes long enough to be told from the clock's own steps.
        loop {
            let turn = self.nanoseconds(times) * f64::from(times);
            if turn >= TURN.as_nanos() as f64 {
                return times;
            }
            times *= 2;
        }
    }

    fn nanoseconds(&mut self, times: u32) -> f64 {
        let taken: Vec<I> = (0..times).map(|_| (self.make)()).collect();
        let start = cpu_nanoseconds();
        for taken in taken {
            black_box((self.take)(taken));
        }
        (cpu_nanoseconds() - start) / f64::from(times)
    }
}

/// The CPU time that this thread has taken. Exact to the nanosecond for a hundred days.
fn cpu_nanoseconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
