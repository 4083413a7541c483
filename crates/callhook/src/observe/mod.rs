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
//! The target is `callhook`. The event's fields, which [`Outcome`] has too; those that a request has nothing for are
//! absent:
//!
//! | field | value |
//! |---|---|
//! | `endpoint`, `provider` | their names |
//! | `outcome` | the code, as above |
//! | `status` | the status that was answered |
//! | `replay_status` | of a message that was given to a handler: `first`, `revision`, or why it is unchecked |
//! | `client` | the client's address |
//! | `tenant` | the id of the tenant that the request names, where the application knows that tenant. In a 401 it is who the sender claims to be. A name that the application doesn't know is not logged |
//! | `event` | the kind of the event, such as `cdr`, or `unrecognized` |
//! | `message_key` | which message it is: the 64 hexadecimal digits that the stores have too |
//! | `body_bytes` | how much of the body was read |
//! | `lookup_us`, `read_us`, `claim_us`, `handler_us`, `commit_us`, `total_us` | microseconds of the steps that were taken: see [`Durations`] |
//! | `guard` | the code of the guard that refused |
//! | `cause` | of refusals and fallbacks: why, in words |
//!
//! None of them ever holds a secret, a token, a phone number or a part of a payload. Whoever has not authenticated chooses
//! none of their values but `client` and, among the known tenants, `tenant`.
//!
//! The code of a guard is the setting of the [builder](crate::EndpointBuilder) that made it: `query_token:NAME`,
//! `header_token:NAME`, `path_token` (`path_token:2` for the segment that has two after it), `bearer_token`,
//! `basic_auth:USER`, `body_token:FIELD`, `hmac:HEADER`, `allow_list`, `app_ids`; and `tenants` where the tenant is
//! unknown.
//!
//! So "acme gets 401s since noon" is a search for `outcome="unauthenticated"` and acme's `tenant`, or its `endpoint`: the
//! lines have the clients, the guard and the cause, and the first of them has the time.
//!
//! # What was not understood
//!
//! Events of kind `unrecognized` that are given to a handler, and authenticated messages that were received whole and can't
//! be read, are outcomes as others are. In addition, the first of each kind is logged as a warning that says what becomes of them, with the number of messages (`count`)
//! since the last such warning: at most one line an hour for each of six kinds.
//!
//! # Silence
//!
//! A platform that sends to another URL, or to none, leaves nothing in a log.
//! [`Endpoint::last_received`](crate::Endpoint::last_received) and
//! [`last_handled`](crate::Endpoint::last_handled) are for alarms.

mod durations;
mod guard;
mod heard;
mod incident;
mod incidents;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod notices;
mod outcome;
mod reporter;
#[cfg(test)]
mod tests;

pub use self::durations::Durations;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use self::metrics::Metrics;
pub use self::outcome::{FallbackCause, Outcome, OutcomeKind};

pub(crate) use self::durations::Step;
pub(crate) use self::guard::{OutcomeGuard, contain};
pub(crate) use self::incident::Incident;
pub(crate) use self::incidents::{Failing, Incidents};
pub(crate) use self::notices::UNRECOGNIZED;
pub(crate) use self::reporter::{Both, Reporter};

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

/// The target of all of callhook's `tracing` events, whatever module and crate they are written in: for filters such as
/// `callhook=debug`.
pub const TARGET: &str = "callhook";
