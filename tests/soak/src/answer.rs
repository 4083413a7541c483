//! What a server made of a request.

use std::borrow::Cow;

use callhook_test_support::Reply;

/// As far as a sender is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// By the handler.
    Handled,
    Replayed,
    Probed,
    /// With this status, and this outcome: empty where none is told.
    Refused(u16, Cow<'static, str>),
    /// The server closed without an answer.
    Nothing,
}

impl Answer {
    /// A copy is being handled right now.
    pub(crate) const IN_FLIGHT: Self = refused(503, "in_flight");

    /// Whose token is missing or wrong isn't told which.
    pub(crate) const FORGED: Self = refused(401, "");

    pub(crate) fn of(reply: Option<&Reply>) -> Self {
        let Some(reply) = reply else {
            return Self::Nothing;
        };
        match (reply.status, reply.outcome()) {
            (200, None) => Self::Handled,
            (200, Some("replay")) => Self::Replayed,
            (204, Some("probe")) => Self::Probed,
            (status, outcome) => {
                Self::Refused(status, outcome.unwrap_or_default().to_owned().into())
            }
        }
    }
}

pub(crate) const fn refused(status: u16, outcome: &'static str) -> Answer {
    Answer::Refused(status, Cow::Borrowed(outcome))
}

/// What is wrong with a reply, whatever it answers.
pub(crate) fn complaint(reply: &Reply) -> Option<String> {
    // What a caller who waits is answered.
    let is_for_caller = (reply.status, reply.outcome()) == (200, None)
        && reply.header("content-type") == Some("application/json")
        && serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok();
    if !reply.body.is_empty() && !is_for_caller {
        return Some(format!("a body: {}", reply.body.escape_ascii()));
    }
    let wait = reply
        .header("retry-after")
        .and_then(|wait| wait.parse().ok());
    match reply.status {
        503 if !wait.is_some_and(|wait: u64| (1..=5).contains(&wait)) => {
            Some("no sensible Retry-After".to_owned())
        }
        405 if reply.header("allow") != Some("POST, GET, HEAD") => Some("no Allow".to_owned()),
        _ => None,
    }
}
