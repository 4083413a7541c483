//! Where the outcomes of an endpoint's requests go: [`Reporter`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::heard::Heard;
use super::log::log;
use super::notices::{Notices, UNRECOGNIZED};
use super::{Observer, Outcome, OutcomeKind};
use crate::clock::Clock;
use crate::rejection::RejectionKind;

/// What an endpoint's outcomes have in common, and who sees them.
pub(crate) struct Reporter {
    pub(crate) endpoint: Arc<str>,
    pub(crate) provider: Arc<str>,
    pub(crate) heard: Heard,
    observer: Option<Arc<dyn Observer>>,
    notices: Notices,
    clock: Arc<dyn Clock>,
}

impl Reporter {
    /// `keeps_unreadable` is whether the application gets the bytes of messages that can't be read.
    pub(crate) fn new(
        endpoint: Arc<str>,
        provider: Arc<str>,
        observer: Option<Arc<dyn Observer>>,
        keeps_unreadable: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            endpoint,
            provider,
            heard: Heard::default(),
            observer,
            notices: Notices::new(Arc::clone(&clock), keeps_unreadable),
            clock,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Logs an outcome, and shows it to the observer.
    pub(super) fn report(&self, outcome: &Outcome<'_>, cause: Option<&dyn fmt::Display>) {
        self.remember(outcome);
        log(outcome, cause);
        if let Some(code) = not_understood(outcome) {
            self.notices.take(&self.endpoint, &self.provider, code);
        }
        if let Some(observer) = &self.observer {
            observer.outcome(outcome);
        }
    }

    fn remember(&self, outcome: &Outcome<'_>) {
        // A message that was read was remembered then, by `OutcomeGuard::decoded`.
        let was_read = outcome.event.is_some();
        if !was_read && outcome.is_authenticated && outcome.kind != OutcomeKind::Probe {
            self.heard.received(outcome.received_at);
        }
        if outcome.kind == OutcomeKind::Handled {
            self.heard.handled(outcome.received_at);
        }
    }
}

/// The kind of what could not be understood of an authenticated message.
fn not_understood(outcome: &Outcome<'_>) -> Option<&'static str> {
    match outcome.kind {
        OutcomeKind::Refused(RejectionKind::Unreadable) => Some(outcome.code),
        // The notice says that the handler gets it.
        _ if outcome.replay_status.is_none() => None,
        _ => outcome.event.filter(|event| *event == UNRECOGNIZED),
    }
    .filter(|_| outcome.is_authenticated)
}

/// Shows outcomes to both, in this order.
pub(crate) struct Both(pub(crate) Arc<dyn Observer>, pub(crate) Arc<dyn Observer>);

impl Observer for Both {
    fn outcome(&self, outcome: &Outcome<'_>) {
        self.0.outcome(outcome);
        self.1.outcome(outcome);
    }
}
