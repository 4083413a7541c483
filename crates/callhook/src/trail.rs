//! What every request leaves behind: exactly one outcome, whatever becomes of it.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::delivery::How;
use crate::endpoint::Shared;
use crate::observe::{self, Outcome, TARGET};
use crate::rejection::Rejection;

/// Travels with a request from step to step, and reports its outcome. Dropped before there is one, because the handler
/// panicked or the server dropped the request, it reports that.
pub(crate) struct Trail {
    shared: Arc<Shared>,
    client: Option<IpAddr>,
    is_authenticated: bool,
    how: Option<How>,
    is_reported: bool,
}

impl Trail {
    pub(crate) fn new(shared: Arc<Shared>, client: Option<IpAddr>, is_authenticated: bool) -> Self {
        Self {
            shared,
            client,
            is_authenticated,
            how: None,
            is_reported: false,
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn client(&self) -> Option<IpAddr> {
        self.client
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        self.is_authenticated
    }

    pub(crate) fn authenticated(&mut self) {
        self.is_authenticated = true;
    }

    pub(crate) fn delivered(&mut self, how: How) {
        self.how = Some(how);
    }

    /// Reports a refusal, and marks it with whether the sender may be told.
    pub(crate) fn refuse(&mut self, rejection: Rejection) -> Rejection {
        let rejection = if self.is_authenticated {
            rejection.authenticated()
        } else {
            rejection
        };
        let outcome = Outcome {
            status: Some(rejection.status()),
            refused: Some(rejection.kind()),
            ..self.outcome(rejection.code())
        };
        observe::report_refusal(self.shared.observer(), &outcome, &rejection);
        self.is_reported = true;
        rejection
    }

    pub(crate) fn report(&mut self, code: &'static str, status: Option<u16>) {
        // First, so that an observer that panics is not called again.
        self.is_reported = true;
        let outcome = Outcome {
            status,
            ..self.outcome(code)
        };
        observe::report(self.shared.observer(), &outcome);
    }

    fn outcome(&self, code: &'static str) -> Outcome<'_> {
        Outcome {
            endpoint: self.shared.name(),
            provider: self.shared.provider(),
            code,
            status: None,
            how: self.how,
            client: self.client,
            refused: None,
        }
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        if self.is_reported {
            return;
        }
        let code = if std::thread::panicking() {
            "panicked"
        } else {
            "cancelled"
        };
        contain("an observer", || self.report(code, None));
    }
}

/// Calls foreign code from a destructor: a panic there would end the process if the handler's panic is under way.
pub(crate) fn contain(who: &'static str, call: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(call)).is_err() {
        tracing::error!(target: TARGET, "{who} panicked");
    }
}
