//! Where an event's name comes from: [`Voipappz`].

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{EventName, NAME};
use crate::observe::TARGET;
use crate::payload::is_placeholder;
use crate::request::Location;
use crate::value::is_nothing;

/// The Voipappz provider, for [`Endpoint::builder`](crate::Endpoint::builder). It says where an event's name comes
/// from; the [module's documentation](super) says which one counts if several are named.
///
/// | | the name is |
/// |---|---|
/// | [`path_segment`](Self::path_segment) | the last segment of the URL's path: `/webhooks/voipappz/call-answer` |
/// | [`query_parameter`](Self::query_parameter) | a parameter of the URL: `?event=call-answer` |
/// | [`body_field`](Self::body_field) | a constant that the administrator types into the template: `"event":"Call:Answer"` |
/// | [`event`](Self::event) | what the endpoint is configured for: one endpoint for each event |
///
/// A signed endpoint that takes the name from the URL needs a signature that covers the URL.
#[derive(Clone, Debug)]
pub struct Voipappz {
    /// Where the URL names the event. None where it doesn't.
    pub(super) location: Option<Location>,
    /// The event of all messages, whatever they say.
    fixed: Option<EventName>,
    /// Read besides `event`.
    pub(super) body_field: Option<Cow<'static, str>>,
    unfilled_id: Warning,
}

impl Voipappz {
    /// The name is the last segment of the path. A slash at the end makes no segment.
    #[must_use]
    pub fn path_segment() -> Self {
        Self::path_segment_nth_back(0)
    }

    /// The name is a segment of the path with this many segments after it: `path_segment_nth_back(1)` for
    /// `/voipappz/call-answer/acme`. Counted from the end, so that a prefix that a proxy adds or takes makes no
    /// difference.
    #[must_use]
    pub fn path_segment_nth_back(after: usize) -> Self {
        Self::of(Some(Location::PathSegment(after)))
    }

    /// The name is a parameter of the URL's query, which must be given once. On a GET it is not part of the message.
    #[must_use]
    pub fn query_parameter(name: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Some(Location::query(name)))
    }

    /// The name is a field of the body.
    #[must_use]
    pub fn body_field(name: impl Into<Cow<'static, str>>) -> Self {
        Self::of(None).or_body_field(name)
    }

    /// All messages are of this event, whatever they say.
    #[must_use]
    pub fn event(kind: EventName) -> Self {
        Self {
            fixed: Some(kind),
            ..Self::of(None)
        }
    }

    /// Where the URL names no event, this field of the body does. The field `event` does anyway.
    #[must_use]
    pub fn or_body_field(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.body_field = Some(name.into());
        self
    }

    /// For a message that was written in its normalised form, with the event's name as `event`.
    pub(super) fn normalised() -> Self {
        Self {
            // There is nobody to warn: whoever received it was warned.
            unfilled_id: Warning(AtomicBool::new(true)),
            ..Self::body_field("event")
        }
    }

    fn of(location: Option<Location>) -> Self {
        Self {
            location,
            fixed: None,
            body_field: None,
            unfilled_id: Warning::default(),
        }
    }

    /// The event that counts, of what the URL and the body say.
    pub(super) fn kind(
        &self,
        event_name: Option<&str>,
        in_body: Option<EventName>,
    ) -> Option<EventName> {
        // As in a body, a word for "no value" and a placeholder that was not filled name no event.
        let is_unfilled =
            |event_name: &str| event_name.starts_with('{') && is_placeholder(event_name);
        let in_url = event_name
            .filter(|event_name| !is_nothing(event_name) && !is_unfilled(event_name.trim_ascii()));
        if let Some(kind) = &self.fixed {
            return Some(kind.clone());
        }
        match (&self.location, in_url.map(EventName::from)) {
            (Some(Location::PathSegment(_)), Some(EventName::Other(_))) if in_body.is_some() => {
                in_body
            }
            (_, Some(kind)) => Some(kind),
            (_, None) => in_body,
        }
    }

    /// Warns, once in the endpoint's life, that a template's `uuid` is not filled in.
    pub(super) fn warn_of_unfilled_id(&self) {
        if !self.unfilled_id.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: TARGET,
                provider = NAME,
                "a message's uuid is a placeholder that was not filled in; expected the call's id. Without it, each copy of a \
                 message is handled. Check the placeholder's spelling in the webhook's template"
            );
        }
    }
}

/// Whether the warning has been logged.
#[derive(Debug, Default)]
struct Warning(AtomicBool);

impl Clone for Warning {
    fn clone(&self) -> Self {
        Self(AtomicBool::new(self.0.load(Ordering::Relaxed)))
    }
}
