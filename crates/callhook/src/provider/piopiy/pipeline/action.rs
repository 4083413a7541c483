//! An action, and those that have few options.

use serde::Serialize;

use crate::answer::{InvalidReply, Members};

action_type! {
    /// One action of a pipeline.
}

impl Action {
    pub(super) fn from_members(members: Members) -> Self {
        Self(members)
    }

    /// Plays a file, by its name or URL.
    pub fn play(file_name: impl Into<String>) -> Self {
        Self::other("play").and("file_name", file_name.into())
    }

    /// Notes values by their names, ten at most: texts, numbers and booleans.
    ///
    /// # Errors
    ///
    /// When a value can't be written as JSON.
    pub fn param<V: Serialize>(
        data: impl IntoIterator<Item = (impl AsRef<str>, V)>,
    ) -> Result<Self, InvalidReply> {
        let mut members = Members::default();
        for (name, value) in data {
            members.set_any(name.as_ref(), value)?;
        }
        Ok(Self::other("param").and("data", members))
    }

    /// Records the call.
    pub fn record() -> Self {
        Self::other("record")
    }

    /// Records the call in this format.
    pub fn record_as(format: AudioFormat, channels: Channels) -> Self {
        Self::record()
            .and("format", format.as_str())
            .and("channels", channels.as_str())
    }

    /// Ends the call.
    pub fn hangup() -> Self {
        Self::other("hangup")
    }
}

reply_object! {
    /// `recording`: that and how the call of a [`Connect`](super::Connect) is recorded.
    pub struct Recording;
}

impl Recording {
    /// `enabled`, and nothing else.
    pub fn enabled() -> Self {
        Self(Members::default()).and("enabled", true)
    }

    /// `format`.
    pub fn format(self, format: AudioFormat) -> Self {
        self.and("format", format.as_str())
    }

    /// `channels`.
    pub fn channels(self, channels: Channels) -> Self {
        self.and("channels", channels.as_str())
    }
}

/// A recording's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AudioFormat {
    /// `mp3`.
    Mp3,
    /// `wav`.
    Wav,
}

impl AudioFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
        }
    }
}

/// A recording's channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channels {
    /// Both sides on one.
    Single,
    /// One for each side.
    Dual,
}

impl Channels {
    fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Dual => "dual",
        }
    }
}
