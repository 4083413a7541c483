//! Which event a message reports: [`EventName`].

use std::fmt;

use serde::{Serialize, Serializer};

use crate::value::Text;

/// Which event a message reports.
///
/// Read without regard to case and to what separates the words: `Call:Answer`, `call-answer` and `CALL_ANSWER` are
/// one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventName {
    /// `Call:Ringing`: a phone rings.
    CallRinging,
    /// `Call:Answer`: the call was answered.
    CallAnswer,
    /// `Call:Hangup`: the call ended.
    CallHangup,
    /// `Call:Reporting`: all that billing and reporting need was collected.
    CallReporting,
    /// `Ivr:Start`: an IVR starts.
    IvrStart,
    /// `Ivr:End`: an IVR ends.
    IvrEnd,
    /// Another event, as it was named.
    Other(Text),
}

impl EventName {
    /// The name in its documented spelling, or as it came where it is none of the documented ones.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::CallRinging => "Call:Ringing",
            Self::CallAnswer => "Call:Answer",
            Self::CallHangup => "Call:Hangup",
            Self::CallReporting => "Call:Reporting",
            Self::IvrStart => "Ivr:Start",
            Self::IvrEnd => "Ivr:End",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for EventName {
    fn from(text: &str) -> Self {
        // One more than the longest has, so that no longer name is taken for it.
        let mut letters = [0; "callreporting".len() + 1];
        let is_letter = |byte: &u8| !matches!(byte, b':' | b'-' | b'_' | b'.' | b' ');
        let mut length = 0;
        for (to, letter) in letters.iter_mut().zip(text.bytes().filter(is_letter)) {
            *to = letter.to_ascii_lowercase();
            length += 1;
        }
        match letters.get(..length) {
            Some(b"callringing") => Self::CallRinging,
            Some(b"callanswer") => Self::CallAnswer,
            Some(b"callhangup") => Self::CallHangup,
            Some(b"callreporting") => Self::CallReporting,
            Some(b"ivrstart") => Self::IvrStart,
            Some(b"ivrend") => Self::IvrEnd,
            _ => Self::Other(text.into()),
        }
    }
}

impl AsRef<str> for EventName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

deserialize_from_text!(EventName, "a text", |text| Some(text.into()));
from_text!(EventName);
