//! What every request leaves behind: exactly one outcome, whatever becomes of it.

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::outcome::Names;
use super::{Durations, FallbackCause, Outcome, OutcomeKind, Reporter, Step, TARGET};
use crate::rejection::Rejection;
use crate::replay::{Receipt, ReplayStatus};
use crate::reply::Reply;

/// Travels with a request from step to step, and reports its outcome. Dropped before there is one, because the handler
/// panicked or the server dropped the request, it reports that.
pub(crate) struct OutcomeGuard {
    reporter: Arc<Reporter>,
    client: Option<IpAddr>,
    received_at: SystemTime,
    is_authenticated: bool,
    replay_status: Option<ReplayStatus>,
    tenant: Option<Arc<str>>,
    event: Option<&'static str>,
    message: Option<Receipt>,
    body_bytes: u64,
    durations: Durations,
    state: State,
    /// Whether the store has made the answer wait.
    has_waited: bool,
}

#[derive(Clone, Copy)]
enum State {
    UnderWay,
    /// The handler has answered. Reported once the store knows.
    Answered(OutcomeKind, Option<u16>),
    Reported,
}

impl OutcomeGuard {
    pub(crate) fn new(
        reporter: &Arc<Reporter>,
        client: Option<IpAddr>,
        received_at: SystemTime,
    ) -> Self {
        Self {
            reporter: Arc::clone(reporter),
            client,
            received_at,
            is_authenticated: false,
            replay_status: None,
            tenant: None,
            event: None,
            message: None,
            body_bytes: 0,
            durations: Durations::new(),
            state: State::UnderWay,
            has_waited: false,
        }
    }

    pub(crate) fn client(&self) -> Option<IpAddr> {
        self.client
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        self.is_authenticated
    }

    /// From here on the sender is told what became of its request.
    pub(crate) fn authenticated(&mut self) {
        self.is_authenticated = true;
    }

    /// The request names this tenant, if it is one that the application knows.
    pub(crate) fn names_tenant(&mut self, tenant: Option<&Arc<str>>) {
        self.tenant = tenant.cloned();
    }

    /// The message was read, as an event of this kind.
    pub(crate) fn decoded(&mut self, event: &'static str, message: Option<&Receipt>) {
        self.event = Some(event);
        self.message = message.cloned();
        // Now, and not at the end: a handler that hangs is no silence of the platform.
        if self.is_authenticated {
            self.reporter.heard.received(self.received_at);
        }
    }

    /// The message goes to a handler.
    pub(crate) fn delivered(&mut self, status: ReplayStatus) {
        self.replay_status = Some(status);
    }

    /// Begins to take the time, with this step.
    pub(crate) fn start(&mut self, step: Step) {
        self.durations.start(self.reporter.elapsed(), step);
    }

    /// The current step ends now.
    pub(crate) fn end_step(&mut self, next: Step) {
        self.durations.end(self.reporter.elapsed(), next);
    }

    /// The current step ended when the clock showed this.
    pub(crate) fn end_step_at(&mut self, at: Duration, next: Step) {
        self.durations.end(at, next);
    }

    /// What the clock shows.
    pub(crate) fn elapsed(&self) -> Duration {
        self.reporter.elapsed()
    }

    /// The current step is not taken.
    pub(crate) fn skip_to(&mut self, next: Step) {
        self.durations.skip_to(next);
    }

    /// What the clock showed when the current step began.
    pub(crate) fn step_began_at(&self) -> Duration {
        self.durations.read_at()
    }

    /// So much of the body was read by then.
    pub(crate) fn body_read(&mut self, bytes: usize, at: Duration) {
        self.body_bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.durations.end(at, Step::Claim);
    }

    /// Reports a refusal. The reply says why only to a sender that authenticated.
    pub(crate) fn refuse(&mut self, rejection: Rejection) -> Reply {
        // First, so that an observer that panics is not called again.
        self.state = State::Reported;
        let rejection = if self.is_authenticated {
            rejection.authenticated()
        } else {
            rejection
        };
        let outcome = Outcome {
            code: rejection.code(),
            status: Some(rejection.status()),
            guard: rejection.guard(),
            ..self.outcome(OutcomeKind::Refused(rejection.kind()))
        };
        self.reporter.report(&outcome, Some(&rejection.cause()));
        Reply::from(rejection)
    }

    /// Reports a request that is answered without a handler, and not refused.
    pub(crate) fn answered(&mut self, kind: OutcomeKind, reply: Reply) -> Reply {
        self.report(kind, Some(reply.status()));
        reply
    }

    /// Takes what became of a message in its handler's hands. It is reported by [`report_answer`](Self::report_answer),
    /// or else when this guard is dropped.
    pub(crate) fn settled(&mut self, kind: OutcomeKind, status: Option<u16>) {
        self.end_step(Step::Commit);
        self.state = State::Answered(kind, status);
    }

    /// The store does not answer at once.
    pub(crate) fn waits(&mut self) {
        self.has_waited = true;
    }

    /// Reports what the handler's answer has made of the message.
    pub(crate) fn report_answer(&mut self) {
        if self.has_waited {
            self.end_step(Step::None);
        }
        if let State::Answered(kind, status) = self.state {
            self.report(kind, status);
        }
    }

    /// Reports that a fallback is answered in the handler's place.
    pub(crate) fn fell_back(&mut self, cause: FallbackCause, reply: Reply) -> Reply {
        // First, so that an observer that panics is not called again.
        self.state = State::Reported;
        self.end_step(Step::None);
        let outcome = Outcome {
            status: Some(reply.status()),
            ..self.outcome(OutcomeKind::Fallback(cause))
        };
        self.reporter.report(&outcome, Some(&cause));
        reply
    }

    fn report(&mut self, kind: OutcomeKind, status: Option<u16>) {
        // First, so that an observer that panics is not called again.
        self.state = State::Reported;
        let outcome = Outcome {
            status,
            ..self.outcome(kind)
        };
        self.reporter.report(&outcome, None::<&dyn fmt::Display>);
    }

    fn outcome(&self, kind: OutcomeKind) -> Outcome<'_> {
        Outcome {
            endpoint: &self.reporter.endpoint,
            provider: &self.reporter.provider,
            kind,
            code: kind.as_str(),
            status: None,
            replay_status: self.replay_status,
            client: self.client,
            is_authenticated: self.is_authenticated,
            tenant: self.tenant.as_deref(),
            guard: None,
            event: self.event,
            message: self
                .message
                .as_ref()
                .map(|receipt| receipt.lease().identity()),
            body_bytes: self.body_bytes,
            durations: self.durations,
            received_at: self.received_at,
            names: Names {
                endpoint: &self.reporter.endpoint,
                provider: &self.reporter.provider,
            },
            heard: &self.reporter.heard,
        }
    }
}

impl Drop for OutcomeGuard {
    fn drop(&mut self) {
        let (kind, status) = match self.state {
            State::Reported => return,
            State::Answered(kind, status) => (kind, status),
            State::UnderWay if std::thread::panicking() => (OutcomeKind::Panicked, None),
            State::UnderWay => (OutcomeKind::Cancelled, None),
        };
        contain("an observer", || {
            // After the answer, the step is one only if the store has made us wait.
            let was_waiting = matches!(self.state, State::UnderWay) || self.has_waited;
            if was_waiting && self.durations.is_running() {
                self.end_step(Step::None);
            }
            self.report(kind, status);
        });
    }
}

/// Calls foreign code from a destructor: a panic there would end the process if the handler's panic is under way.
pub(crate) fn contain(who: &'static str, call: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(call)).is_err() {
        tracing::error!(target: TARGET, "{who} panicked");
    }
}
