//! The action that streams audio: [`Stream`].

use super::action::Action;
use crate::answer::Members;

reply_object! {
    /// `stream`: sends the audio of the call to a web socket, and plays what that sends.
    pub struct Stream;
}

impl Stream {
    /// Streams to this URL. Begins with the `listen_mode` of the caller, a `voice_quality` of 8000, and
    /// `stream_on_answer` off.
    pub fn new(ws_url: impl Into<String>) -> Self {
        Self(Members::default())
            .and("action", "stream")
            .and("ws_url", ws_url.into())
            .listen_to(Listen::Caller)
            .voice_quality(VoiceQuality::Hz8000)
            .on_answer(false)
    }

    /// `listen_mode`: whose voice is sent.
    pub fn listen_to(self, whom: Listen) -> Self {
        let mode = match whom {
            Listen::Caller => "caller",
            Listen::Callee => "callee",
            Listen::Both => "both",
        };
        self.and("listen_mode", mode)
    }

    /// `voice_quality`: samples a second.
    pub fn voice_quality(self, quality: VoiceQuality) -> Self {
        let quality = match quality {
            VoiceQuality::Hz8000 => "8000",
            VoiceQuality::Hz16000 => "16000",
        };
        self.and("voice_quality", quality)
    }

    /// `stream_on_answer`: whether the stream begins only when the call is answered.
    pub fn on_answer(self, is_on: bool) -> Self {
        self.and("stream_on_answer", is_on)
    }

    /// Without what it begins with, for PIOPIY's own defaults. Say it before the setters.
    pub fn without_defaults(mut self) -> Self {
        for name in ["listen_mode", "voice_quality", "stream_on_answer"] {
            self.0.remove(name);
        }
        self
    }
}

impl From<Stream> for Action {
    fn from(action: Stream) -> Self {
        Self::from_members(action.0)
    }
}

/// Whose voice a [`Stream`] sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Listen {
    /// The caller's.
    Caller,
    /// The voice of whoever is called.
    Callee,
    /// Both.
    Both,
}

/// How many samples a second a [`Stream`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VoiceQuality {
    /// 8000.
    Hz8000,
    /// 16 000.
    Hz16000,
}
