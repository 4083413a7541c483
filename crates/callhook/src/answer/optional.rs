//! An answer for a URL that gets notifications and requests that wait: [`OptionalReply`].

#[cfg(any(feature = "actix-web", feature = "axum"))]
use super::body::ReplyBody;
use crate::call::CallEvent;

/// A reply to a request that waits, and nothing to a notification: what the handler of a URL returns that gets both, as
/// PIOPIY's does.
///
/// ```
/// use callhook::answer::{InvalidReply, OptionalReply};
/// use callhook::piopiy::{Event, pcmo::Reply};
///
/// const MENU: &str = "https://acme.example/webhooks/piopiy";
///
/// // What a handler returns: `Webhook<Event>` gives it the event.
/// fn answer(event: &Event) -> Result<OptionalReply<Reply>, InvalidReply> {
///     OptionalReply::try_to(event, |event| match event {
///         Event::Dtmf(dtmf) if dtmf.dtmf.as_str() == "1" => {
///             Reply::builder().bridge("911203000000", ["919000000001"]).build()
///         }
///         Event::Dtmf(_) => Reply::builder().hangup().build(),
///         // The answer request, and whatever else will wait one day.
///         _ => Reply::builder().play_get_input(MENU, "menu.wav").build(),
///     })
/// }
///
/// let cdr = r#"{"type":"cdr","cmiuuid":"a","status":"answered"}"#;
/// assert!(answer(&serde_json::from_str(cdr)?)?.into_reply().is_none());
/// let pressed = r#"{"cmuuid":"a","dtmf":"1","from":919000000002}"#;
/// let reply = answer(&serde_json::from_str(pressed)?)?.into_reply().expect("it waits");
/// assert_eq!(reply.actions()[0].name(), "bridge");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is answered with 200 and the reply, or with 204.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionalReply<R>(Option<R>);

impl<R> OptionalReply<R> {
    /// Makes the reply if the event's sender [waits for it](CallEvent::awaits_answer).
    pub fn to<E: CallEvent>(event: &E, reply: impl FnOnce(&E) -> R) -> Self {
        Self(event.awaits_answer().then(|| reply(event)))
    }

    /// Makes the reply, which may be invalid, if the event's sender [waits for it](CallEvent::awaits_answer).
    ///
    /// # Errors
    ///
    /// The reply's own.
    pub fn try_to<E: CallEvent, X>(
        event: &E,
        reply: impl FnOnce(&E) -> Result<R, X>,
    ) -> Result<Self, X> {
        let reply = event.awaits_answer().then(|| reply(event));
        reply.transpose().map(Self)
    }

    /// No reply, which nobody may wait for.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// The reply, if there is one.
    #[must_use]
    pub fn into_reply(self) -> Option<R> {
        self.0
    }
}

#[cfg(any(feature = "actix-web", feature = "axum"))]
impl<R: Into<ReplyBody>> OptionalReply<R> {
    pub(crate) fn into_body(self) -> Option<ReplyBody> {
        self.0.map(Into::into)
    }
}

impl<R> From<R> for OptionalReply<R> {
    fn from(reply: R) -> Self {
        Self(Some(reply))
    }
}
