//! What became of each request: one `tracing` event, and one call of the [`Observer`].
//!
//! | outcome | status | level | meaning |
//! |---|---|---|---|
//! | `handled` | the handler's | debug | the handler answered 2xx, or what the endpoint's rule takes for success |
//! | `failed` | the handler's | warn | the handler answered something else, or an error: released for the next copy, unless a transaction of its own has [marked](crate::replay::Receipt) the message |
//! | `panicked` | none | warn | the handler panicked: released, as above |
//! | `cancelled` | none | warn | the request was dropped on its way, because the sender hung up, a time-out outside ran out, or the server stops: released, as above |
//! | `fallback` | 200 | warn | the sender waits for its answer, and the handler answered something else than 2xx or an error, panicked, or took too long: the endpoint's [fallback](crate::EndpointBuilder::fallback) was answered |
//! | `replay` | 200 | debug | a copy of a handled message, answered without the handler |
//! | `probe` | 204 | debug | a HEAD, or a GET without a message, answered without the handler |
//! | `method_not_allowed` | 405 | info | the endpoint doesn't accept the method |
//! | `source_not_allowed` | 403 | info | the client's address is not allowed, or not known |
//! | `unauthenticated` | 401 | info | a token or signature is missing, wrong, or given more than once; a timestamp is out of its tolerance; the tenant is unknown |
//! | `tenant_lookup_failed` | 503 | info | the tenant could not be looked up |
//! | `app_id_not_expected` | 403 | warn | the message's app id is not one that the endpoint expects |
//! | `too_large` | 413 | info, warn | the body is larger than the limit |
//! | `too_slow` | 408 | info, warn | the body took longer than the limit |
//! | `content_encoding`, `multipart` | 415 | info, warn | the body is compressed, or multipart |
//! | `malformed`, `empty`, `too_many_fields`, `too_deep`, `duplicate_field`, `incomplete` | 400 | info, warn | the message can't be read |
//! | `in_flight` | 503 | info | another copy of the same content is being handled |
//! | `store_unavailable` | 503 | warn | the replay store can't answer, and the endpoint refuses in that case |
//!
//! Two levels: info before the request has authenticated, warn after. `in_flight` is info, because copies that arrive
//! while the first is being handled are expected. The response has the outcome in its `callhook-outcome` header, unless
//! the handler answered or the request had not authenticated.
//!
//! The target is `callhook`. The fields are `endpoint`, `provider`, `outcome`, `status`, `replay_status`, `client` and,
//! for refusals and fallbacks, `cause`, which for a 401 names the guard that refused. None of them ever holds a secret,
//! a token, a phone number or a part of a payload.

mod guard;
mod incident;
mod incidents;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use crate::rejection::RejectionKind;
use crate::replay::ReplayStatus;

pub(crate) use self::guard::{OutcomeGuard, Reporter, contain};
pub(crate) use self::incident::Incident;
pub(crate) use self::incidents::{Failing, Incidents};

/// Sees every outcome, for counters and metrics. It is called on the request's own task, so it must be quick.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an observer",
    label = "expected an `Observer`, or a closure that takes `&Outcome<'_>`",
    note = "write the closure's argument with its type: `|outcome: &Outcome<'_>| ..`"
)]
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
    /// Whether the message had been received before, if it was given to a handler.
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
    /// The handler of a request that waits failed, and the fallback was answered in its place.
    Fallback(FallbackCause),
    /// A copy of a handled message, answered without the handler.
    Replay,
    /// A HEAD, or a GET without a message, answered without the handler.
    Probe,
    /// Refused.
    Refused(RejectionKind),
}

impl OutcomeKind {
    /// The code. A refusal whose kind has several codes reports its rejection's own instead.
    fn as_str(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Fallback(_) => "fallback",
            Self::Replay => "replay",
            Self::Probe => "probe",
            Self::Refused(kind) => kind.as_str(),
        }
    }
}

/// Why a fallback was answered in the handler's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FallbackCause {
    /// The handler answered with another status than 2xx.
    Status(u16),
    /// The handler returned an error instead of an answer.
    Error,
    /// The handler panicked.
    Panicked,
    /// The handler took longer than [`answer_within`](crate::EndpointBuilder::answer_within).
    TooSlow,
}

impl fmt::Display for FallbackCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the handler answered with {status}"),
            Self::Error => f.write_str("the handler returned an error"),
            Self::Panicked => f.write_str("the handler panicked"),
            Self::TooSlow => {
                f.write_str("the handler took longer than the endpoint's answer_within")
            }
        }
    }
}

/// The target of all of callhook's `tracing` events, whatever module and crate they are written in: for filters such as
/// `callhook=debug`.
pub const TARGET: &str = "callhook";

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
        OutcomeKind::Refused(RejectionKind::InFlight) => event!(info),
        OutcomeKind::Refused(_) if !is_authenticated => event!(info),
        OutcomeKind::Refused(_)
        | OutcomeKind::Failed
        | OutcomeKind::Fallback(_)
        | OutcomeKind::Panicked
        | OutcomeKind::Cancelled => event!(warn),
    }
    if let Some(observer) = observer {
        observer.outcome(outcome);
    }
}
