//! Refusals, and what a sender learns of them: [`Rejection`].
//!
//! A rejection is opaque to the sender: an empty body, a status, and a `callhook-outcome` header with the stable
//! [code](Rejection::code) only if the request had authenticated. Its cause is for the log.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{GuardName, Refused};
use crate::payload::Unreadable;

/// A sender that is asked to come back later than this may not come back at all.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

/// A request that was refused, and why.
///
/// Adapters put it into the response's extensions, for layers outside callhook's.
#[derive(Clone)]
pub struct Rejection {
    kind: RejectionKind,
    code: &'static str,
    cause: RejectionCause,
    is_authenticated: bool,
    /// For the `allow` header.
    pub(crate) allow: Option<&'static str>,
    /// For the `retry-after` header.
    pub(crate) retry_after: Option<Duration>,
}

/// The kinds of refusal, one for each status and reason that a caller may want to distinguish. Each has one or more
/// codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// 405: the endpoint doesn't accept this method.
    /// Code `method_not_allowed`.
    Method,
    /// 403: the client's address is not allowed, or not known.
    /// Code `source_not_allowed`.
    Source,
    /// 401: a token or signature is missing, wrong, or given more than once; a timestamp is out of its tolerance; the
    /// tenant is unknown.
    /// Code `unauthenticated`.
    Unauthenticated,
    /// 503: the tenant could not be looked up.
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

    pub(crate) fn status(self) -> u16 {
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
enum RejectionCause {
    Text(&'static str),
    /// What a guard found wrong.
    Guard(GuardName, Refused),
    UnknownTenant,
    Unreadable(Unreadable),
    Store(Arc<dyn Error + Send + Sync>),
    TenantLookup(Arc<dyn Error + Send + Sync>),
}

// What makes one is marked as cold: the compiler then keeps the code of refusals apart from that of accepted messages,
// which is more than a processor's cache of instructions holds.
impl Rejection {
    #[cold]
    pub(crate) fn new(kind: RejectionKind, cause: &'static str) -> Self {
        Self::with_cause(kind, RejectionCause::Text(cause))
    }

    /// A proof that is missing or wrong, and the guard that says so.
    #[cold]
    pub(crate) fn unauthenticated(guard: GuardName, refused: Refused) -> Self {
        Self::with_cause(
            RejectionKind::Unauthenticated,
            RejectionCause::Guard(guard, refused),
        )
    }

    /// The cause is for the log: the sender isn't told.
    #[cold]
    pub(crate) fn unknown_tenant() -> Self {
        Self::with_cause(
            RejectionKind::Unauthenticated,
            RejectionCause::UnknownTenant,
        )
    }

    /// A method that the endpoint doesn't accept, and those that it does.
    #[cold]
    pub(crate) fn method(accepted: &'static str) -> Self {
        Self {
            allow: Some(accepted),
            ..Self::new(RejectionKind::Method, "the method is not accepted")
        }
    }

    #[cold]
    pub(crate) fn multipart() -> Self {
        Self {
            code: "multipart",
            ..Self::new(RejectionKind::Unsupported, "the body is multipart")
        }
    }

    /// A body that ended before it was complete.
    #[cold]
    pub(crate) fn incomplete(cause: &'static str) -> Self {
        Self {
            code: "incomplete",
            ..Self::new(RejectionKind::Unreadable, cause)
        }
    }

    #[cold]
    pub(crate) fn unreadable(unreadable: Unreadable) -> Self {
        Self {
            code: unreadable.code(),
            ..Self::with_cause(
                RejectionKind::Unreadable,
                RejectionCause::Unreadable(unreadable),
            )
        }
    }

    /// Another copy of the content is being handled, for no longer than its lease.
    #[cold]
    pub(crate) fn in_flight(lease_left: Duration) -> Self {
        Self {
            retry_after: Some(lease_left.min(MAX_RETRY_AFTER)),
            ..Self::new(
                RejectionKind::InFlight,
                "another copy of this content is being handled",
            )
        }
    }

    #[cold]
    pub(crate) fn store(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self {
            retry_after: Some(MAX_RETRY_AFTER),
            ..Self::with_cause(
                RejectionKind::StoreUnavailable,
                RejectionCause::Store(cause),
            )
        }
    }

    #[cold]
    pub(crate) fn tenant_lookup(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self {
            retry_after: Some(MAX_RETRY_AFTER),
            ..Self::with_cause(
                RejectionKind::TenantLookup,
                RejectionCause::TenantLookup(cause),
            )
        }
    }

    fn with_cause(kind: RejectionKind, cause: RejectionCause) -> Self {
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

    /// The code of the guard that refused, where one did: the setting of the builder, and what was given to it where an
    /// endpoint may have several.
    pub(crate) fn guard(&self) -> Option<&str> {
        match (&self.cause, self.kind) {
            (RejectionCause::Guard(guard, _), _) => Some(guard.code()),
            (RejectionCause::UnknownTenant, _) => Some("tenants"),
            (_, RejectionKind::Source) => Some("allow_list"),
            (_, RejectionKind::AppId) => Some("app_ids"),
            _ => None,
        }
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

impl fmt::Display for RejectionCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Guard(guard, refused) => write!(f, "{guard}: {refused}"),
            Self::UnknownTenant => f.write_str("the tenant is unknown"),
            Self::Unreadable(unreadable) => unreadable.fmt(f),
            Self::Store(_) => f.write_str("the replay store did not answer"),
            Self::TenantLookup(_) => f.write_str("the tenant could not be looked up"),
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
            RejectionCause::Text(_) | RejectionCause::Guard(..) | RejectionCause::UnknownTenant => {
                None
            }
            RejectionCause::Unreadable(unreadable) => Some(unreadable),
            RejectionCause::Store(error) | RejectionCause::TenantLookup(error) => Some(&**error),
        }
    }
}
