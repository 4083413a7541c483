//! What is answered without the handler.
//!
//! 1. A [`Reply`] is what an adapter sends without asking the handler: a refusal, a replay, or a probe. Adapters turn it
//!    into their framework's response and add nothing, so that they can't drift apart.
//! 2. A [`Rejection`] is opaque to the sender: an empty body, a status, and a `callhook-outcome` header with the stable
//!    [code](Rejection::code) only if the request had authenticated. Its cause is for the log.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::payload::Unreadable;

/// A sender that is asked to come back later than this may not come back at all.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

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
    /// Code `malformed`, `empty`, `too_many_fields`, `too_deep`, `duplicate_field`, `incomplete`.
    Unreadable,
    /// 503: another copy of the same content is being handled right now.
    /// Code `in_flight`.
    InFlight,
    /// 503: the replay store can't answer, and the endpoint refuses in that case.
    /// Code `store_unavailable`.
    StoreUnavailable,
}

impl RejectionKind {
    /// The code, which is the first of those listed where the kind has several.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method_not_allowed",
            Self::Source => "source_not_allowed",
            Self::Unauthenticated => "unauthenticated",
            Self::TenantLookup => "tenant_lookup_failed",
            Self::AppId => "app_id_not_expected",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Unsupported => "content_encoding",
            Self::Unreadable => "malformed",
            Self::InFlight => "in_flight",
            Self::StoreUnavailable => "store_unavailable",
        }
    }

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
    pub(crate) fn new(kind: RejectionKind, cause: &'static str) -> Self {
        Self::with_cause(kind, Cause::Text(cause))
    }

    /// A method that the endpoint doesn't accept, and those that it does.
    pub(crate) fn method(accepted: &'static str) -> Self {
        Self {
            allow: Some(accepted),
            ..Self::new(RejectionKind::Method, "the method is not accepted")
        }
    }

    pub(crate) fn multipart() -> Self {
        Self {
            code: "multipart",
            ..Self::new(RejectionKind::Unsupported, "the body is multipart")
        }
    }

    /// A body that ended before it was complete.
    pub(crate) fn incomplete(cause: &'static str) -> Self {
        Self {
            code: "incomplete",
            ..Self::new(RejectionKind::Unreadable, cause)
        }
    }

    pub(crate) fn unreadable(unreadable: Unreadable) -> Self {
        Self {
            code: unreadable.code(),
            ..Self::with_cause(RejectionKind::Unreadable, Cause::Unreadable(unreadable))
        }
    }

    /// Another copy of the content is being handled, for no longer than its lease.
    pub(crate) fn in_flight(lease_left: Duration) -> Self {
        Self {
            retry_after: Some(lease_left.min(MAX_RETRY_AFTER)),
            ..Self::new(
                RejectionKind::InFlight,
                "another copy of this content is being handled",
            )
        }
    }

    pub(crate) fn store(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self {
            retry_after: Some(MAX_RETRY_AFTER),
            ..Self::with_cause(RejectionKind::StoreUnavailable, Cause::Store(cause))
        }
    }

    pub(crate) fn tenant_lookup(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self {
            retry_after: Some(MAX_RETRY_AFTER),
            ..Self::with_cause(RejectionKind::TenantLookup, Cause::TenantLookup(cause))
        }
    }

    fn with_cause(kind: RejectionKind, cause: Cause) -> Self {
        Self {
            kind,
            code: kind.as_str(),
            cause,
            is_authenticated: false,
            allow: None,
            retry_after: None,
        }
    }

    pub(crate) fn authenticated(mut self) -> Self {
        self.is_authenticated = true;
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
pub struct Reply(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Probe,
    Replay,
    Refused(Rejection),
}

impl Reply {
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

impl fmt::Display for Reply {
    /// For the log, as a rejection's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Refused(rejection) => rejection.fmt(f),
            Kind::Probe => f.write_str("probe: answered with 204, without the handler"),
            Kind::Replay => f.write_str("replay: answered with 200, without the handler"),
        }
    }
}

impl From<Rejection> for Reply {
    fn from(rejection: Rejection) -> Self {
        Self(Kind::Refused(rejection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(reply: &Reply) -> Vec<(&'static str, String)> {
        reply
            .headers()
            .map(|(name, value)| (name, value.into_owned()))
            .collect()
    }

    #[test]
    fn the_outcome_is_told_only_to_a_sender_that_authenticated() {
        let rejection = Rejection::new(RejectionKind::TooLarge, "cause");
        assert_eq!(headers(&rejection.clone().into()), []);
        assert_eq!(
            headers(&rejection.authenticated().into()),
            [("callhook-outcome", "too_large".to_owned())]
        );
    }

    #[test]
    fn retry_after_is_whole_seconds_at_least_one_and_at_most_five() {
        for (millis, seconds) in [
            (0, "1"),
            (1, "1"),
            (1000, "1"),
            (1001, "2"),
            (5000, "5"),
            (60_000, "5"),
        ] {
            let rejection = Rejection::in_flight(Duration::from_millis(millis));
            assert_eq!(
                headers(&rejection.into()),
                [("retry-after", seconds.to_owned())]
            );
        }
    }
}
