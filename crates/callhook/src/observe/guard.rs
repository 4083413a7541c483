//! What every request leaves behind: exactly one outcome, whatever becomes of it.

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{FallbackCause, Observer, Outcome, OutcomeKind, TARGET, report};
use crate::rejection::Rejection;
use crate::replay::ReplayStatus;
use crate::reply::Reply;

/// What an endpoint's outcomes have in common, and who sees them.
pub(crate) struct Reporter {
    pub(crate) endpoint: Arc<str>,
    pub(crate) provider: Arc<str>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

/// Travels with a request from step to step, and reports its outcome. Dropped before there is one, because the handler
/// panicked or the server dropped the request, it reports that.
pub(crate) struct OutcomeGuard {
    reporter: Arc<Reporter>,
    client: Option<IpAddr>,
    is_authenticated: bool,
    replay_status: Option<ReplayStatus>,
    is_reported: bool,
}

impl OutcomeGuard {
    pub(crate) fn new(reporter: &Arc<Reporter>, client: Option<IpAddr>) -> Self {
        Self {
            reporter: Arc::clone(reporter),
            client,
            is_authenticated: false,
            replay_status: None,
            is_reported: false,
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

    /// The message goes to a handler.
    pub(crate) fn delivered(&mut self, status: ReplayStatus) {
        self.replay_status = Some(status);
    }

    /// Reports a refusal. The reply says why only to a sender that authenticated.
    pub(crate) fn refuse(&mut self, rejection: Rejection) -> Reply {
        // First, so that an observer that panics is not called again.
        self.is_reported = true;
        let rejection = if self.is_authenticated {
            rejection.authenticated()
        } else {
            rejection
        };
        let outcome = Outcome {
            code: rejection.code(),
            status: Some(rejection.status()),
            ..self.outcome(OutcomeKind::Refused(rejection.kind()))
        };
        self.report(outcome, Some(&rejection.cause()));
        Reply::from(rejection)
    }

    /// Reports a request that is answered without a handler, and not refused.
    pub(crate) fn answered(&mut self, kind: OutcomeKind, reply: Reply) -> Reply {
        self.settled(kind, Some(reply.status()));
        reply
    }

    /// Reports what became of a message in its handler's hands.
    pub(crate) fn settled(&mut self, kind: OutcomeKind, status: Option<u16>) {
        // First, so that an observer that panics is not called again.
        self.is_reported = true;
        let outcome = Outcome {
            status,
            ..self.outcome(kind)
        };
        self.report(outcome, None);
    }

    /// Reports that a fallback is answered in the handler's place.
    pub(crate) fn fell_back(&mut self, cause: FallbackCause, reply: Reply) -> Reply {
        // First, so that an observer that panics is not called again.
        self.is_reported = true;
        let outcome = Outcome {
            status: Some(reply.status()),
            ..self.outcome(OutcomeKind::Fallback(cause))
        };
        self.report(outcome, Some(&cause));
        reply
    }

    fn report(&self, outcome: Outcome<'_>, cause: Option<&dyn fmt::Display>) {
        let observer = self.reporter.observer.as_deref();
        report(observer, &outcome, cause, self.is_authenticated);
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
        }
    }
}

impl Drop for OutcomeGuard {
    fn drop(&mut self) {
        if self.is_reported {
            return;
        }
        let kind = if std::thread::panicking() {
            OutcomeKind::Panicked
        } else {
            OutcomeKind::Cancelled
        };
        contain("an observer", || self.settled(kind, None));
    }
}

/// Calls foreign code from a destructor: a panic there would end the process if the handler's panic is under way.
pub(crate) fn contain(who: &'static str, call: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(call)).is_err() {
        tracing::error!(target: TARGET, "{who} panicked");
    }
}
