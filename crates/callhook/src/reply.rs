//! What is answered without the handler: [`Reply`].
//!
//! A refusal, a replay, a probe, or the fallback for a handler that failed while its caller waits. Adapters turn it
//! into their framework's response and add nothing, so that they can't drift apart.

use std::borrow::Cow;
use std::fmt;

use crate::answer::ReplyBody;
use crate::rejection::Rejection;

/// The name of the header that tells an authenticated sender the outcome of its request.
pub const OUTCOME_HEADER: &str = "callhook-outcome";

/// What is answered in the handler's place. Only a fallback has a [`body`](Self::body).
#[derive(Clone, Debug)]
pub struct Reply(ReplyKind);

#[derive(Clone, Debug)]
enum ReplyKind {
    Probe,
    Replay,
    Refused(Rejection),
    Fallback(ReplyBody),
}

impl Reply {
    pub(crate) const PROBE: Self = Self(ReplyKind::Probe);
    pub(crate) const REPLAY: Self = Self(ReplyKind::Replay);

    pub(crate) fn fallback(body: ReplyBody) -> Self {
        Self(ReplyKind::Fallback(body))
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match &self.0 {
            ReplyKind::Probe => 204,
            ReplyKind::Replay | ReplyKind::Fallback(_) => 200,
            ReplyKind::Refused(rejection) => rejection.status(),
        }
    }

    /// The headers to set: names in lower case, values in visible ASCII.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
        let (outcome, allow, retry_after) = match &self.0 {
            ReplyKind::Probe => (Some("probe"), None, None),
            ReplyKind::Replay => (Some("replay"), None, None),
            ReplyKind::Fallback(_) => (Some("fallback"), None, None),
            ReplyKind::Refused(rejection) => (
                rejection.is_authenticated().then_some(rejection.code()),
                rejection.allow,
                rejection.retry_after,
            ),
        };
        let content_type = self.body().map(ReplyBody::content_type);
        // Whole seconds, rounded up: earlier would only meet the same refusal.
        let retry_after = retry_after.map(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Cow::Owned(seconds.max(1).to_string())
        });
        [
            (OUTCOME_HEADER, outcome.map(Cow::Borrowed)),
            ("content-type", content_type.map(Cow::Borrowed)),
            ("allow", allow.map(Cow::Borrowed)),
            ("retry-after", retry_after),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// The body, if it has one.
    #[must_use]
    pub fn body(&self) -> Option<&ReplyBody> {
        match &self.0 {
            ReplyKind::Fallback(body) => Some(body),
            ReplyKind::Probe | ReplyKind::Replay | ReplyKind::Refused(_) => None,
        }
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match &self.0 {
            ReplyKind::Refused(rejection) => Some(rejection),
            ReplyKind::Probe | ReplyKind::Replay | ReplyKind::Fallback(_) => None,
        }
    }
}

impl fmt::Display for Reply {
    /// For the log, as a rejection's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ReplyKind::Refused(rejection) => rejection.fmt(f),
            ReplyKind::Probe => f.write_str("probe: answered with 204, without the handler"),
            ReplyKind::Replay => f.write_str("replay: answered with 200, without the handler"),
            ReplyKind::Fallback(_) => {
                f.write_str("fallback: answered with 200, in the handler's place")
            }
        }
    }
}

impl From<Rejection> for Reply {
    fn from(rejection: Rejection) -> Self {
        Self(ReplyKind::Refused(rejection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::RejectionKind;
    use std::time::Duration;

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
