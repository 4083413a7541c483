//! What somebody who waits on the line is answered.

use std::time::Duration;

use super::EndpointBuilder;
use crate::answer::ReplyBody;

/// # Requests that wait for an answer
impl<E: 'static> EndpointBuilder<E> {
    /// Answers a waiting request with this reply and 200 when its handler fails, so that the caller doesn't hear silence:
    /// when it answers with another status than 2xx or with an error, panics, or takes longer than
    /// [`answer_within`](Self::answer_within).
    ///
    /// Which requests wait is the provider's to say: TeleCMI's call flow request, PIOPIY's answer request and DTMF
    /// callback. A notification's handler is never replaced, and a request that is refused gets no fallback.
    ///
    /// An answer of 2xx without a body passes as it is, and the caller hears nothing: answer a waiting request with a reply,
    /// and not with 204 as a notification.
    ///
    /// The outcome is reported as [`fallback`](crate::observe), also in the response's `callhook-outcome` header.
    /// Waiting requests are claimed in no store, so there is nothing to settle.
    ///
    /// ```
    /// use callhook::Endpoint;
    /// use callhook::piopiy::{Piopiy, pcmo::Reply};
    ///
    /// let sorry = Reply::builder().speak("We can't take your call right now.").hangup().build()?;
    /// let endpoint = Endpoint::builder(Piopiy)
    ///     .query_token("token", "a token of 16 bytes or more")
    ///     .fallback(sorry)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fallback(mut self, reply: impl Into<ReplyBody>) -> Self {
        self.fallback = Some(reply.into());
        self
    }

    /// How long the handler of a waiting request may take, from when it is called, before the
    /// [fallback](Self::fallback) is answered in its place: 5 seconds by default. The handler is dropped then, unless the
    /// layer or middleware is detached: there it runs on, and what it answers is ignored.
    ///
    /// Without a fallback there is no limit, and this setting is refused by [`build`](Self::build).
    pub fn answer_within(mut self, limit: Duration) -> Self {
        self.answer_within = Some(limit);
        self
    }
}
