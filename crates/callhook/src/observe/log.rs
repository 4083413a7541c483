//! The `tracing` event of an outcome.

use std::fmt;
use std::time::Duration;

use super::{Outcome, OutcomeKind, TARGET};
use crate::rejection::RejectionKind;
use crate::replay::ReplayStatus;

/// Logs an outcome. Nothing is formatted unless somebody takes events of its level.
pub(super) fn log(outcome: &Outcome<'_>, cause: Option<&dyn fmt::Display>) {
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                endpoint = outcome.endpoint,
                provider = outcome.provider,
                outcome = outcome.code,
                status = outcome.status,
                replay_status = outcome.replay_status.map(ReplayStatus::as_str),
                client = outcome.client.map(tracing::field::display),
                tenant = outcome.tenant,
                event = outcome.event,
                message_key = outcome.message.map(tracing::field::display),
                body_bytes = (outcome.body_bytes > 0).then_some(outcome.body_bytes),
                lookup_us = micros(outcome.durations.lookup()),
                read_us = micros(outcome.durations.read()),
                claim_us = micros(outcome.durations.claim()),
                handler_us = micros(outcome.durations.handler()),
                commit_us = micros(outcome.durations.commit()),
                total_us = micros(outcome.durations.total()),
                guard = outcome.guard,
                cause = cause.map(tracing::field::display),
            )
        };
    }
    match outcome.kind {
        OutcomeKind::Handled | OutcomeKind::Replay | OutcomeKind::Probe => event!(debug),
        OutcomeKind::Refused(RejectionKind::InFlight) => event!(info),
        OutcomeKind::Refused(_) if !outcome.is_authenticated => event!(info),
        OutcomeKind::Refused(_)
        | OutcomeKind::Failed
        | OutcomeKind::Fallback(_)
        | OutcomeKind::Panicked
        | OutcomeKind::Cancelled => event!(warn),
    }
}

fn micros(duration: Option<Duration>) -> Option<u64> {
    duration.map(|duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
