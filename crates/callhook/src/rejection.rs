//! Refusals, and what a sender is told of them.
//!
//! 1. A [`Rejection`] is opaque to the sender: an empty body, a status, and a `callhook-outcome` header with the stable
//!    [code](Rejection::code) only if the request had authenticated. Its cause is for the log.
//! 2. An [`Answer`] is what an adapter sends without asking the handler: a refusal, a replay, or a probe. Adapters turn
//!    it into their framework's response and add nothing, so that they can't drift apart.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::payload::Unreadable;

/// The name of the header that tells an authenticated sender what became of its request.
pub const OUTCOME_HEADER: &str = "callhook-outcome";

/// A request that was refused, and why.
///
/// Adapters put it into the response's extensions, for layers outside callhook's.
#[derive(Clone)]
pub struct Rejection {
    kind: RejectionKind,
    code: &'static str,
    cause: Cause,
    is_authenticated: bool,
    allow: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// The kinds of refusal, one for each status and reason a caller may want to tell apart. Each has one code or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// 405: the endpoint doesn't accept this method.
    /// Code `method_not_allowed`.
    Method,
    /// 403: the client's address is not allowed, or not known.
    /// Code `source_not_allowed`.
    Source,
    /// 401: a token or signature is missing, wrong, or given twice.
    /// Code `unauthenticated`.
    Unauthenticated,
    /// 503: the application can't tell the tenant's secrets.
    /// Code `tenant_lookup_failed`.
    TenantLookup,
    /// 403: the message is another account's.
    /// Code `app_id_not_expected`.
    AppId,
    /// 413: the body is larger than the limit.
    /// Code `too_large`.
    TooLarge,
    /// 408: the body took longer than the limit.
    /// Code `too_slow`.
    TooSlow,
    /// 415: the body is compressed or multipart.
    /// Code `content_encoding`, `multipart`.
    Unsupported,
    /// 400: neither JSON nor a form, or beyond a limit of the reader.
    /// Code `empty`, `malformed`, `too_many_fields`, `too_deep`, `duplicate_field`, `incomplete`.
    Unreadable,
    /// 503: another copy of the same content is being handled right now.
    /// Code `in_flight`.
    InFlight,
    /// 503: the replay store can't answer, and the endpoint refuses in that case.
    /// Code `store_unavailable`.
    StoreUnavailable,
}

impl RejectionKind {
    fn status(self) -> u16 {
        match self {
            Self::Unreadable => 400,
            Self::Unauthenticated => 401,
            Self::Source | Self::AppId => 403,
            Self::Method => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::Unsupported => 415,
            Self::InFlight | Self::StoreUnavailable | Self::TenantLookup => 503,
        }
    }
}

#[derive(Clone)]
enum Cause {
    Text(&'static str),
    Unreadable(Unreadable),
    Store(Arc<dyn Error + Send + Sync>),
    TenantLookup(Arc<dyn Error + Send + Sync>),
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind, code: &'static str, cause: &'static str) -> Self {
        Self {
            kind,
            code,
            cause: Cause::Text(cause),
            is_authenticated: false,
            allow: None,
            retry_after: None,
        }
    }

    pub(crate) fn unreadable(cause: Unreadable) -> Self {
        Self {
            cause: Cause::Unreadable(cause.clone()),
            ..Self::new(RejectionKind::Unreadable, cause.code(), "")
        }
    }

    pub(crate) fn store(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self {
            cause: Cause::Store(cause),
            ..Self::new(RejectionKind::StoreUnavailable, "store_unavailable", "")
        }
    }

    pub(crate) fn tenant_lookup(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self {
            cause: Cause::TenantLookup(cause),
            ..Self::new(RejectionKind::TenantLookup, "tenant_lookup_failed", "")
        }
    }

    pub(crate) fn authenticated(mut self) -> Self {
        self.is_authenticated = true;
        self
    }

    pub(crate) fn allow(mut self, methods: &'static str) -> Self {
        self.allow = Some(methods);
        self
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    pub(crate) fn cause(&self) -> impl fmt::Display + '_ {
        &self.cause
    }

    /// What was refused.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// A stable code in snake case, such as `duplicate_field`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the request had proven who sent it before it was refused.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.is_authenticated
    }
}

impl fmt::Display for Rejection {
    /// The code and the cause. For the log: never a part of the request, and not for the sender.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Unreadable(unreadable) => unreadable.fmt(f),
            Self::Store(_) => f.write_str("the replay store did not answer"),
            Self::TenantLookup(_) => f.write_str("the application could not tell the tenant"),
        }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("kind", &self.kind)
            .field("code", &self.code)
            .field("is_authenticated", &self.is_authenticated)
            .finish_non_exhaustive()
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Text(_) => None,
            Cause::Unreadable(unreadable) => Some(unreadable),
            Cause::Store(error) | Cause::TenantLookup(error) => Some(&**error),
        }
    }
}

/// What is answered without asking the handler. The body is empty.
#[derive(Clone, Debug)]
pub struct Answer(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Probe,
    Replay,
    Refused(Rejection),
}

impl Answer {
    pub(crate) const PROBE: Self = Self(Kind::Probe);
    pub(crate) const REPLAY: Self = Self(Kind::Replay);

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match &self.0 {
            Kind::Probe => 204,
            Kind::Replay => 200,
            Kind::Refused(rejection) => rejection.status(),
        }
    }

    /// The headers to set: names in lower case, values in visible ASCII.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
        let (outcome, allow, retry_after) = match &self.0 {
            Kind::Probe => (Some("probe"), None, None),
            Kind::Replay => (Some("replay"), None, None),
            Kind::Refused(rejection) => (
                rejection.is_authenticated.then_some(rejection.code),
                rejection.allow,
                rejection.retry_after,
            ),
        };
        // Whole seconds, rounded up: earlier would only meet the same refusal.
        let retry_after = retry_after.map(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Cow::Owned(seconds.max(1).to_string())
        });
        [
            (OUTCOME_HEADER, outcome.map(Cow::Borrowed)),
            ("allow", allow.map(Cow::Borrowed)),
            ("retry-after", retry_after),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.0 {
            Kind::Refused(rejection) => Some(rejection),
            Kind::Probe | Kind::Replay => None,
        }
    }
}

impl From<Rejection> for Answer {
    fn from(rejection: Rejection) -> Self {
        Self(Kind::Refused(rejection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(answer: &Answer) -> Vec<(&'static str, String)> {
        answer
            .headers()
            .map(|(name, value)| (name, value.into_owned()))
            .collect()
    }

    #[test]
    fn the_outcome_is_told_only_to_a_sender_that_authenticated() {
        let rejection = Rejection::new(RejectionKind::TooLarge, "too_large", "cause");
        assert_eq!(headers(&rejection.clone().into()), []);
        assert_eq!(
            headers(&rejection.authenticated().into()),
            [("callhook-outcome", "too_large".to_owned())]
        );
    }

    #[test]
    fn retry_after_is_whole_seconds_and_at_least_one() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (5000, "5")] {
            let rejection = Rejection::new(RejectionKind::InFlight, "in_flight", "cause")
                .retry_after(Duration::from_millis(millis));
            assert_eq!(
                headers(&rejection.into()),
                [("retry-after", seconds.to_owned())]
            );
        }
    }
}
