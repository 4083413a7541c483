//! What became of each request: one `tracing` event, and one call of the [`Observer`].
//!
//! | outcome | level | meaning |
//! |---|---|---|
//! | `handled` | debug | the handler answered 2xx (or what the endpoint's rule takes for success) |
//! | `failed` | warn | the handler answered something else, or an error: released for the next copy |
//! | `panicked`, `cancelled` | warn | the handler panicked, or the request was dropped on its way, because the sender hung up, a time-out outside ran out, or the server stops: released |
//! | `replay`, `probe` | debug | answered without the handler |
//! | a refusal's [code](crate::RejectionKind) | info, or warn once authenticated | refused |
//!
//! The target is `callhook`. The fields are `endpoint`, `provider`, `outcome`, `status`, `delivery`, `client` and, for refusals, `cause`. None of
//! them ever holds a secret, a token, a phone number or a part of a payload.

use std::net::IpAddr;

use crate::delivery::How;
use crate::rejection::{Rejection, RejectionKind};

/// Sees every outcome; for counters and metrics. Called on the request's own task: be quick.
///
/// ```
/// use callhook::observe::{Observer, Outcome};
///
/// struct Count(std::sync::atomic::AtomicU64);
///
/// impl Observer for Count {
///     fn outcome(&self, outcome: &Outcome<'_>) {
///         if outcome.code == "replay" {
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
    /// A stable code: see the [module](self)'s table and [`Rejection::code`].
    pub code: &'static str,
    /// The status that was answered, where there is one.
    pub status: Option<u16>,
    /// How the message was delivered, if it was.
    pub how: Option<How>,
    /// The client's address, where the server knows it.
    pub client: Option<IpAddr>,
    /// What kind of refusal it is, if it is one.
    pub refused: Option<RejectionKind>,
}

/// The target of all of callhook's `tracing` events, whatever module they are written in.
pub(crate) const TARGET: &str = "callhook";

pub(crate) fn report(observer: Option<&dyn Observer>, outcome: &Outcome<'_>) {
    let Outcome {
        endpoint,
        provider,
        code,
        status,
        how,
        ..
    } = *outcome;
    let delivery = how.map(How::as_str);
    let client = outcome.client.map(tracing::field::display);
    match code {
        "failed" | "panicked" | "cancelled" => {
            tracing::warn!(target: TARGET, endpoint, provider, outcome = code, status, delivery, client);
        }
        _ => {
            tracing::debug!(target: TARGET, endpoint, provider, outcome = code, status, delivery, client)
        }
    }
    if let Some(observer) = observer {
        observer.outcome(outcome);
    }
}

pub(crate) fn report_refusal(
    observer: Option<&dyn Observer>,
    outcome: &Outcome<'_>,
    rejection: &Rejection,
) {
    let Outcome {
        endpoint,
        provider,
        code,
        status,
        ..
    } = *outcome;
    let client = outcome.client.map(tracing::field::display);
    if rejection.is_authenticated() {
        tracing::warn!(target: TARGET, endpoint, provider, outcome = code, status, client, cause = %rejection.cause());
    } else {
        tracing::info!(target: TARGET, endpoint, provider, outcome = code, status, client, cause = %rejection.cause());
    }
    if let Some(observer) = observer {
        observer.outcome(outcome);
    }
}
