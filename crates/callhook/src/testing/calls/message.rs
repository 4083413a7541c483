//! One message of a call: [`CallMessage`].

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::request::{Encoding, MessageRequest};
use crate::testing::Sample;

/// One message of a call, and when it is sent.
#[derive(Clone)]
pub struct CallMessage {
    pub(in crate::testing) sample: Sample,
    pub(in crate::testing) after: Duration,
    pub(in crate::testing) event_name: Option<&'static str>,
}

impl CallMessage {
    /// What it is called within its call, such as `hangup-a`, `cdr-b2` or `call-reporting`.
    ///
    /// Legs are `a` (the caller; on an outbound call whoever is rung first), `b` (the agent; on an outbound call whoever is
    /// rung second) and `b2` (the second agent), whatever the platform calls them. A `-2` or `-revised` at the end is the same
    /// message sent again with a state that comes back or with other content. Copies and resends share a name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.sample.name()
    }

    /// What kind of message it is, as the event's `kind()` says: `cdr`, `live`, `flow`, `stream`, `answer`, `dtmf` or
    /// `report`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.sample.kind()
    }

    /// When it is sent: since the call's start.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }

    /// Voipappz: what the URL calls the event, such as `call-answer`, for a route such as `/voipappz/{event}`. The other
    /// platforms' URLs name nothing.
    #[must_use]
    pub fn event_name(&self) -> Option<&'static str> {
        self.event_name
    }

    /// The fields, as a message of its own that can be changed.
    #[must_use]
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// The body of a POST with this message, as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        self.sample.json()
    }

    /// The query string of a GET with this message, which is also the body of a form. `null` is left out, and a nested
    /// value is JSON text.
    #[must_use]
    pub fn query(&self) -> String {
        self.sample.query()
    }

    /// The request that carries this message.
    #[must_use]
    pub fn request(&self, encoding: Encoding) -> MessageRequest {
        let (query, body) = match encoding {
            Encoding::Json => (None, self.json()),
            Encoding::Form => (None, self.query()),
            Encoding::Get => (Some(self.query()), String::new()),
        };
        MessageRequest {
            method: encoding.method(),
            path_segment: self.event_name,
            query,
            content_type: encoding.content_type(),
            body,
        }
    }

    /// With this field, as [`Sample::with`].
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Serialize) -> Self {
        self.sample = self.sample.with(field, value);
        self
    }

    /// Without this field.
    #[must_use]
    pub fn without(mut self, field: &str) -> Self {
        self.sample = self.sample.without(field);
        self
    }

    /// Whether this is the message's name, one or more whole words of it, or its [kind](Self::kind): `hangup-a` is also
    /// `hangup` and `a`, and not `hang`.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let words: Vec<&str> = self.name().split('-').collect();
        let wanted: Vec<&str> = name.split('-').collect();
        let has_words = words.windows(wanted.len()).any(|some| some == wanted);
        has_words || self.kind() == name
    }
}

impl fmt::Debug for CallMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallMessage")
            .field("name", &self.name())
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
