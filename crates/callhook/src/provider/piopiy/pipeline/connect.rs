//! The action that calls somebody: [`Connect`].

use serde::Serialize;
use serde_json::Value;

use super::action::{Action, Recording};
use crate::answer::{InvalidReply, Members, Number};

reply_object! {
    /// `connect`: calls endpoints, and connects the caller with the one who answers.
    pub struct Connect;
}

impl Connect {
    /// Calls these endpoints, showing them this number.
    pub fn new<E: Into<Endpoint>>(
        caller_id: impl Into<Number>,
        endpoints: impl IntoIterator<Item = E>,
    ) -> Self {
        let endpoints = endpoints.into_iter().map(|to| Value::from(to.into()));
        let mut params = Members::default();
        params.set("caller_id", caller_id.into().into_json_text());
        Self(Members::default())
            .and("action", "connect")
            .and("params", params)
            .and("endpoints", endpoints.collect::<Vec<_>>())
    }

    /// `strategy`: whether the endpoints ring together or one after the other.
    pub fn strategy(self, strategy: Strategy) -> Self {
        let strategy = match strategy {
            Strategy::Simultaneous => "simultaneous",
            Strategy::Sequential => "sequential",
        };
        self.params(|params| params.set("strategy", strategy))
    }

    /// `max_duration_sec`: for how many seconds the call may last, 10 to 7200.
    pub fn max_duration(self, seconds: u32) -> Self {
        self.option("max_duration_sec", seconds)
    }

    /// `ring_timeout_sec`: for how many seconds it rings, 5 to 120.
    pub fn ring_timeout(self, seconds: u32) -> Self {
        self.option("ring_timeout_sec", seconds)
    }

    /// `machine_detection`: whether an answering machine is told from a person.
    pub fn machine_detection(self, is_on: bool) -> Self {
        self.option("machine_detection", is_on)
    }

    /// `recording`.
    pub fn recording(self, recording: Recording) -> Self {
        self.option("recording", recording)
    }

    /// `waiting_music`: a file, by its name or URL.
    pub fn waiting_music(self, file: impl Into<String>) -> Self {
        self.option("waiting_music", file.into())
    }

    /// `metadata`: a value by its name, beside those that were given before.
    ///
    /// # Errors
    ///
    /// When the value can't be written as JSON.
    pub fn metadata(self, name: &str, value: impl Serialize) -> Result<Self, InvalidReply> {
        let mut written = Members::default();
        written.set_any(name, value)?;
        let value = written.remove(name).unwrap_or_default();
        Ok(self.params(|params| params.within("metadata", |data| data.set(name, value))))
    }

    fn option(self, name: &str, value: impl Into<Value>) -> Self {
        self.params(|params| params.within("options", |options| options.set(name, value)))
    }

    fn params(mut self, change: impl FnOnce(&mut Members)) -> Self {
        self.0.within("params", change);
        self
    }
}

impl From<Connect> for Action {
    fn from(action: Connect) -> Self {
        Self::from_members(action.0)
    }
}

/// In which order a [`Connect`] rings its endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// All at once.
    Simultaneous,
    /// One after the other.
    Sequential,
}

reply_object! {
    /// Whom to call. A phone number is one.
    pub struct Endpoint;
}

impl Endpoint {
    /// A phone number.
    pub fn number(number: impl Into<Number>) -> Self {
        Self::of("pstn").and("number", number.into().into_json_text())
    }

    /// A SIP address, such as `sip:agent@example.com`.
    pub fn sip(uri: impl Into<String>) -> Self {
        Self::of("sip").and("uri", uri.into())
    }

    /// One of the account's agents, by its id, which is a UUID. Agents come last, and two at most.
    pub fn agent(id: impl Into<String>) -> Self {
        Self::of("agent").and("id", id.into())
    }

    /// `headers`: a SIP header, beside those that were given before.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.0.within("headers", |headers| headers.set(name, value));
        self
    }

    fn of(kind: &str) -> Self {
        Self(Members::default()).and("type", kind)
    }
}

impl<N: Into<Number>> From<N> for Endpoint {
    fn from(number: N) -> Self {
        Self::number(number)
    }
}
