//! Outcomes as metrics: [`Metrics`].

use std::time::SystemTime;

use metrics::{Label, SharedString, Unit, counter, gauge, histogram};

use super::{Observer, Outcome, OutcomeKind, Step};

/// An [`Observer`] that counts over the [`metrics`](https://docs.rs/metrics) facade, for whichever exporter the application
/// has installed. One for all endpoints, or one for each: they don't differ.
///
/// | metric | type | labels | of |
/// |---|---|---|---|
/// | `callhook_requests_total` | counter | `endpoint`, `provider`, `outcome`, `event` | all requests |
/// | `callhook_refusals_total` | counter | `endpoint`, `provider`, `outcome`, `guard` | requests that a guard refused |
/// | `callhook_request_duration_seconds` | histogram | `endpoint`, `provider` | authenticated requests: [`Durations::total`](super::Durations::total) |
/// | `callhook_handler_duration_seconds` | histogram | `endpoint`, `provider`, `event` | messages that were given to a handler |
/// | `callhook_step_duration_seconds` | histogram | `endpoint`, `provider`, `step` | authenticated requests, the other steps: `lookup`, `read`, `claim`, `commit` |
/// | `callhook_body_bytes` | histogram | `endpoint`, `provider` | authenticated requests with a body |
/// | `callhook_last_received_timestamp_seconds` | gauge | `endpoint`, `provider` | the last authenticated request that held a message |
/// | `callhook_last_handled_timestamp_seconds` | gauge | `endpoint`, `provider` | the last message that was handled |
///
/// `outcome` is one of the codes in the [module](super)'s table, `event` one of the provider's [kinds](crate::Provider::kind)
/// or `none` where no message was read, `guard` the code of one of the endpoint's guards, and timestamps are in seconds
/// since 1970. All of these come from the program and its configuration, so nobody who sends requests can make a series of
/// their own: an endpoint has at most its guards, and its provider's kinds times the outcomes. There is no label for
/// clients, and one for tenants only [`with_tenants`](Self::with_tenants).
///
/// Silence, in PromQL: `time() - callhook_last_received_timestamp_seconds > 3600`. A process that has received nothing yet
/// has no such series: `absent(..)` finds that. The two timestamps are [`Endpoint::last_received`](crate::Endpoint::last_received)
/// and [`last_handled`](crate::Endpoint::last_handled) as a request of the endpoint ends: while a handler hangs and no other
/// request ends, they stay.
///
/// ```
/// use callhook::observe::Metrics;
/// use callhook::{Endpoint, telecmi::Telecmi};
///
/// // After the exporter is installed, or its metrics have no descriptions.
/// let metrics = Metrics::new();
/// let endpoint = Endpoint::builder(Telecmi)
///     .query_token("token", "a token of 16 bytes or more")
///     .observer(metrics.clone())
///     .build()?;
/// # Ok::<(), callhook::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Metrics {
    has_tenants: bool,
}

impl Metrics {
    /// Describes the metrics, with their units, to the recorder that is installed.
    #[must_use]
    pub fn new() -> Self {
        metrics::describe_counter!(
            REQUESTS,
            Unit::Count,
            "Requests to webhook endpoints, by what became of them."
        );
        metrics::describe_counter!(
            REFUSALS,
            Unit::Count,
            "Requests that a guard of the endpoint refused, by guard."
        );
        metrics::describe_histogram!(
            REQUEST_DURATION,
            Unit::Seconds,
            "How long authenticated requests took."
        );
        metrics::describe_histogram!(
            HANDLER_DURATION,
            Unit::Seconds,
            "How long handlers took to answer."
        );
        metrics::describe_histogram!(
            STEP_DURATION,
            Unit::Seconds,
            "How long the steps before and after the handler took."
        );
        metrics::describe_histogram!(
            BODY_BYTES,
            Unit::Bytes,
            "How large the bodies of authenticated requests were."
        );
        metrics::describe_gauge!(
            LAST_RECEIVED,
            Unit::Seconds,
            "When the last authenticated request with a message arrived, since 1970."
        );
        metrics::describe_gauge!(
            LAST_HANDLED,
            Unit::Seconds,
            "When the last message that was handled arrived, since 1970."
        );
        Self { has_tenants: false }
    }

    /// With a label `tenant` on `callhook_requests_total`: the [id](crate::auth::Tenant::new) of the tenant whose secret
    /// the request proved to know, or nothing. That is one series more for each tenant, outcome and kind, so it is off
    /// unless you say so.
    #[must_use]
    pub fn with_tenants(mut self) -> Self {
        self.has_tenants = true;
        self
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Metrics {
    fn outcome(&self, outcome: &Outcome<'_>) {
        let event = outcome.event.unwrap_or("none");
        // The names are shared, so a label of them is no copy.
        let endpoint = Label::new(
            "endpoint",
            SharedString::from_shared(outcome.names.endpoint.clone()),
        );
        let provider = Label::new(
            "provider",
            SharedString::from_shared(outcome.names.provider.clone()),
        );
        let labels = || vec![endpoint.clone(), provider.clone()];
        let labelled = |name, value| {
            let mut labels = labels();
            labels.push(Label::from_static_parts(name, value));
            labels
        };

        let mut requests = labelled("outcome", outcome.code);
        requests.push(Label::from_static_parts("event", event));
        if self.has_tenants {
            let tenant = outcome.tenant.filter(|_| outcome.is_authenticated);
            requests.push(Label::new("tenant", tenant.unwrap_or_default().to_owned()));
        }
        counter!(REQUESTS, requests).increment(1);
        if let Some(guard) = outcome.guard {
            let mut refusals = labelled("outcome", outcome.code);
            refusals.push(Label::new("guard", guard.to_owned()));
            counter!(REFUSALS, refusals).increment(1);
        }
        if !outcome.is_authenticated {
            return;
        }

        if let Some(total) = outcome.durations.total() {
            histogram!(REQUEST_DURATION, labels()).record(total);
        }
        for (name, step, duration) in outcome.durations.steps() {
            match step {
                Step::Handler => histogram!(HANDLER_DURATION, labelled("event", event)),
                _ => histogram!(STEP_DURATION, labelled("step", name)),
            }
            .record(duration);
        }
        if outcome.body_bytes > 0 {
            // Exact: the limit of a body is far below 2^53 bytes.
            #[allow(clippy::cast_precision_loss)]
            histogram!(BODY_BYTES, labels()).record(outcome.body_bytes as f64);
        }
        // Of all of the endpoint's requests: one that came later may have ended earlier.
        let heard = outcome.heard;
        if outcome.kind != OutcomeKind::Probe
            && let Some(at) = heard.last_received()
        {
            gauge!(LAST_RECEIVED, labels()).set(seconds(at));
        }
        if outcome.kind == OutcomeKind::Handled
            && let Some(at) = heard.last_handled()
        {
            gauge!(LAST_HANDLED, labels()).set(seconds(at));
        }
    }
}

/// Since 1970.
fn seconds(at: SystemTime) -> f64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

const REQUESTS: &str = "callhook_requests_total";
const REFUSALS: &str = "callhook_refusals_total";
const REQUEST_DURATION: &str = "callhook_request_duration_seconds";
const HANDLER_DURATION: &str = "callhook_handler_duration_seconds";
const STEP_DURATION: &str = "callhook_step_duration_seconds";
const BODY_BYTES: &str = "callhook_body_bytes";
const LAST_RECEIVED: &str = "callhook_last_received_timestamp_seconds";
const LAST_HANDLED: &str = "callhook_last_handled_timestamp_seconds";
