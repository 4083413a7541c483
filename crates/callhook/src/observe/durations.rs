//! How long the steps of a request took: [`Durations`].

use std::fmt;
use std::time::Duration;

/// How long the steps of one request took. A step that was not taken has no duration, and so has a request that was
/// refused before anything could make it wait.
///
/// In whole microseconds. The last step of a request that was dropped is the one during which it was.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    started: u64,
    /// When the clock was last read.
    read_at: u64,
    micros: [u32; STEPS.len()],
    /// The step that is being taken.
    current: Step,
}

/// The steps that may make a request wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// None of them: the request was not timed so far, or it is at its end.
    None,
    Lookup,
    Read,
    Claim,
    Handler,
    Commit,
}

/// In their order.
const STEPS: [(&str, Step); 5] = [
    ("lookup", Step::Lookup),
    ("read", Step::Read),
    ("claim", Step::Claim),
    ("handler", Step::Handler),
    ("commit", Step::Commit),
];

/// In the place of a number of microseconds.
const NOT_TAKEN: u32 = u32::MAX;

impl Durations {
    pub(super) fn new() -> Self {
        Self {
            started: 0,
            read_at: 0,
            micros: [NOT_TAKEN; STEPS.len()],
            current: Step::None,
        }
    }

    /// Starts, at what the clock shows, with this step.
    pub(super) fn start(&mut self, now: Duration, step: Step) {
        self.started = nanos(now);
        self.read_at = self.started;
        self.current = step;
    }

    /// The next step begins where the last one ended: the current one was not taken.
    pub(super) fn skip_to(&mut self, next: Step) {
        self.current = next;
    }

    /// The current step ends, at what the clock shows, and the next one begins.
    pub(super) fn end(&mut self, now: Duration, next: Step) {
        let now = nanos(now);
        let taken = now.saturating_sub(self.read_at) / 1_000;
        if let Some(micros) = self.micros.get_mut((self.current as usize).wrapping_sub(1)) {
            *micros = u32::try_from(taken).unwrap_or(NOT_TAKEN - 1);
        }
        self.read_at = now;
        self.current = next;
    }

    /// Whether a step is being taken.
    pub(super) fn is_running(&self) -> bool {
        self.current != Step::None
    }

    /// What the clock showed when the current step began.
    pub(super) fn read_at(&self) -> Duration {
        Duration::from_nanos(self.read_at)
    }

    /// Asking the application for the tenant, where the endpoint has [`Tenants`](crate::auth::Tenants).
    #[must_use]
    pub fn lookup(&self) -> Option<Duration> {
        self.of(Step::Lookup)
    }

    /// Reading the body, up to its end. Mostly the sender's doing.
    #[must_use]
    pub fn read(&self) -> Option<Duration> {
        self.of(Step::Read)
    }

    /// Verifying and decoding the message, which takes microseconds, and then the claim: the answer of the replay store. Where
    /// that answered without waiting, as the memory store does, until it was asked.
    #[must_use]
    pub fn claim(&self) -> Option<Duration> {
        self.of(Step::Claim)
    }

    /// The handler, until it has answered.
    #[must_use]
    pub fn handler(&self) -> Option<Duration> {
        self.of(Step::Handler)
    }

    /// Telling the replay store what became of the message. `None` where it answered without waiting, as the memory store
    /// does. Where the request was dropped while the store worked: until then.
    #[must_use]
    pub fn commit(&self) -> Option<Duration> {
        self.of(Step::Commit)
    }

    /// From when the endpoint's own tokens in the head had been compared to the end of the last step.
    #[must_use]
    pub fn total(&self) -> Option<Duration> {
        let nanos = self.read_at.saturating_sub(self.started);
        let is_timed = self.micros.iter().any(|micros| *micros != NOT_TAKEN);
        is_timed.then(|| Duration::from_micros(nanos / 1_000))
    }

    /// The steps that were taken, each with its name.
    #[cfg(feature = "metrics")]
    pub(super) fn steps(&self) -> impl Iterator<Item = (&'static str, Step, Duration)> {
        STEPS
            .into_iter()
            .filter_map(|(name, step)| Some((name, step, self.of(step)?)))
    }

    fn of(&self, step: Step) -> Option<Duration> {
        let micros = *self.micros.get((step as usize).wrapping_sub(1))?;
        (micros != NOT_TAKEN).then(|| Duration::from_micros(micros.into()))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Durations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Durations");
        for (name, step) in STEPS {
            if let Some(duration) = self.of(step) {
                shown.field(name, &duration);
            }
        }
        shown.field("total", &self.total()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_were_taken_have_durations_and_add_up_to_the_total() {
        let at = Duration::from_micros;
        let mut durations = Durations::new();
        assert!(!durations.is_running());
        durations.start(at(1_000), Step::Lookup);
        assert_eq!(durations.total(), None);
        durations.end(at(1_020), Step::Read);
        durations.skip_to(Step::Claim);
        durations.end(at(1_050), Step::Handler);
        durations.end(at(3_050), Step::None);
        assert!(!durations.is_running());
        assert_eq!(durations.lookup(), Some(at(20)));
        assert_eq!(durations.read(), None);
        assert_eq!(durations.claim(), Some(at(30)));
        assert_eq!(durations.handler(), Some(at(2_000)));
        assert_eq!(durations.commit(), None);
        assert_eq!(durations.total(), Some(at(2_050)));
    }

    #[test]
    fn a_clock_that_goes_back_or_far_ahead_gives_some_duration() {
        let mut durations = Durations::new();
        durations.start(Duration::from_secs(1), Step::Read);
        durations.end(Duration::ZERO, Step::Claim);
        durations.end(Duration::MAX, Step::Handler);
        assert_eq!(durations.read(), Some(Duration::ZERO));
        let longest = Duration::from_micros(u64::from(NOT_TAKEN - 1));
        assert_eq!(durations.claim(), Some(longest));
    }
}
