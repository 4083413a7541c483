//! What became of one request: [`Outcome`] and [`OutcomeKind`].

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use super::Durations;
use super::heard::Heard;
use crate::rejection::RejectionKind;
use crate::replay::{Identity, ReplayStatus};

/// What became of one request.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The endpoint's name.
    pub endpoint: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// What became of the request.
    pub kind: OutcomeKind,
    /// A stable code in snake case: see the [module](super)'s table and [`Rejection::code`](crate::Rejection::code).
    pub code: &'static str,
    /// The status that was answered, where there is one.
    pub status: Option<u16>,
    /// Whether the message had been received before, if it was given to a handler.
    pub replay_status: Option<ReplayStatus>,
    /// The client's address, where the server knows it.
    pub client: Option<IpAddr>,
    /// Whether the request had proven who sent it.
    pub is_authenticated: bool,
    /// The id of the tenant that the request names, if the application knows it. Unless the request
    /// [is authenticated](Self::is_authenticated), anybody may have named the tenant.
    pub tenant: Option<&'a str>,
    /// The code of the guard that refused, where one did, such as `query_token:token`: see the [module](super)'s list.
    pub guard: Option<&'a str>,
    /// The kind of the event, such as `cdr`, where the message was read: see [`Provider::kind`](crate::Provider::kind).
    pub event: Option<&'static str>,
    /// Which message it is, where it has an id. Its [`message_key`](Identity::message_key) and its `Display` are what the
    /// log, the stores and applications have; its other parts are pieces of the message, which are not for logs.
    pub message: Option<&'a Identity>,
    /// How many bytes of the body were read.
    pub body_bytes: u64,
    /// How long the steps took.
    pub durations: Durations,
    /// When the head arrived.
    pub received_at: SystemTime,
    /// The names to make labels of, which then share them.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code))]
    pub(super) names: Names<'a>,
    /// When the endpoint last heard anything, this request included.
    #[cfg_attr(not(feature = "metrics"), allow(dead_code))]
    pub(super) heard: &'a Heard,
}

impl fmt::Debug for Outcome<'_> {
    /// The public fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoint,
            provider,
            kind,
            code,
            status,
            replay_status,
            client,
            is_authenticated,
            tenant,
            guard,
            event,
            message,
            body_bytes,
            durations,
            received_at,
            names: _,
            heard: _,
        } = self;
        f.debug_struct("Outcome")
            .field("endpoint", endpoint)
            .field("provider", provider)
            .field("kind", kind)
            .field("code", code)
            .field("status", status)
            .field("replay_status", replay_status)
            .field("client", client)
            .field("is_authenticated", is_authenticated)
            .field("tenant", tenant)
            .field("guard", guard)
            .field("event", event)
            .field("message", message)
            .field("body_bytes", body_bytes)
            .field("durations", durations)
            .field("received_at", received_at)
            .finish_non_exhaustive()
    }
}

/// The endpoint's and the provider's name.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code))]
pub(super) struct Names<'a> {
    pub(super) endpoint: &'a Arc<str>,
    pub(super) provider: &'a Arc<str>,
}

/// The kinds of outcome. The [module](super)'s table has their meanings.
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
    pub(super) fn as_str(self) -> &'static str {
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
