//! What became of each request: one `tracing` event, and one call of the [`Observer`].
//!
//! | outcome | level | meaning |
//! |---|---|---|
//! | `handled` | debug | the handler answered 2xx (or what the endpoint's rule takes for success) |
//! | `failed` | warn | the handler answered something else, or an error: released for the next copy, unless a transaction of its own has [marked](crate::replay::Receipt) it |
//! | `panicked`, `cancelled` | warn | the handler panicked, or the request was dropped on its way, because the sender hung up, a time-out outside ran out, or the server stops: released, as above |
//! | `replay`, `probe` | debug | answered without the handler |
//! | a refusal's [code](crate::RejectionKind) | info, or warn once authenticated | refused |
//!
//! The target is `callhook`. The fields are `endpoint`, `provider`, `outcome`, `status`, `replay_status`, `client` and,
//! for refusals, `cause`. None of them ever holds a secret, a token, a phone number or a part of a payload.

mod guard;
mod incident;

use std::fmt;
use std::net::IpAddr;

use crate::rejection::RejectionKind;
use crate::replay::ReplayStatus;

pub(crate) use self::guard::{OutcomeGuard, Reporter, contain};
pub(crate) use self::incident::Incident;

/// Sees every outcome; for counters and metrics. Called on the request's own task: be quick.
///
/// ```
/// use callhook::observe::{Observer, Outcome, OutcomeKind};
///
/// struct Replays(std::sync::atomic::AtomicU64);
///
/// impl Observer for Replays {
///     fn outcome(&self, outcome: &Outcome<'_>) {
///         if outcome.kind == OutcomeKind::Replay {
///             self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// One request came to its end.
    fn outcome(&self, outcome: &Outcome<'_>);
}

impl<F: Fn(&Outcome<'_>) + Send + Sync + 'static> Observer for F {
    fn outcome(&self, outcome: &Outcome<'_>) {
        self(outcome);
    }
}

/// What became of one request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The endpoint's name.
    pub endpoint: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// What became of the request.
    pub kind: OutcomeKind,
    /// A stable code in snake case: see the [module](self)'s table and [`Rejection::code`](crate::Rejection::code).
    pub code: &'static str,
    /// The status that was answered, where there is one.
    pub status: Option<u16>,
    /// Whether the message came before, if it was given to a handler.
    pub replay_status: Option<ReplayStatus>,
    /// The client's address, where the server knows it.
    pub client: Option<IpAddr>,
}

/// The kinds of outcome. The [module](self)'s table has their meanings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutcomeKind {
    /// The handler answered with success.
    Handled,
    /// The handler answered something else, or an error.
    Failed,
    /// The handler panicked.
    Panicked,
    /// The request was dropped on its way.
    Cancelled,
    /// A copy of a handled message, answered without the handler.
    Replay,
    /// A HEAD, or a GET without a message, answered without the handler.
    Probe,
    /// Refused.
    Refused(RejectionKind),
}

impl OutcomeKind {
    /// The code, but for refusals whose kind has several: those have their rejection's own.
    fn as_str(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Replay => "replay",
            Self::Probe => "probe",
            Self::Refused(kind) => kind.as_str(),
        }
    }
}

/// The target of all of callhook's `tracing` events, whatever module they are written in.
pub(crate) const TARGET: &str = "callhook";

/// Logs an outcome, and shows it to the observer.
fn report(
    observer: Option<&dyn Observer>,
    outcome: &Outcome<'_>,
    cause: Option<&dyn fmt::Display>,
    is_authenticated: bool,
) {
    let Outcome {
        endpoint,
        provider,
        code,
        status,
        ..
    } = *outcome;
    let replay_status = outcome.replay_status.map(ReplayStatus::as_str);
    let client = outcome.client.map(tracing::field::display);
    let cause = cause.map(tracing::field::display);
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                endpoint,
                provider,
                outcome = code,
                status,
                replay_status,
                client,
                cause
            )
        };
    }
    match outcome.kind {
        OutcomeKind::Handled | OutcomeKind::Replay | OutcomeKind::Probe => event!(debug),
        OutcomeKind::Refused(_) if !is_authenticated => event!(info),
        OutcomeKind::Refused(_)
        | OutcomeKind::Failed
        | OutcomeKind::Panicked
        | OutcomeKind::Cancelled => event!(warn),
    }
    if let Some(observer) = observer {
        observer.outcome(outcome);
    }
}
