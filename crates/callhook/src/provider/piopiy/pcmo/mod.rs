//! What PIOPIY's answer request and DTMF callback are answered: a list of actions (PCMO).
//!
//! ```
//! use callhook::piopiy::pcmo::{PlayGetInput, Reply};
//!
//! // Speak, take a digit.
//! let menu = Reply::builder()
//!     .speak("Welcome to Acme.")
//!     .then(PlayGetInput::new("https://acme.example/webhooks/piopiy", "menu.wav").max_retries(2))
//!     .build()?;
//!
//! // Speak, connect.
//! let connect = Reply::builder().speak("One moment.").bridge("911203000000", ["919000000001"]).build()?;
//! let json = r#"[{"action":"speak","text":"One moment."},
//!     {"action":"bridge","from":911203000000,"connect":[{"type":"pstn","number":919000000001}],
//!      "duration":5400,"timeout":40,"loop":1}]"#;
//! assert_eq!(connect, serde_json::from_str(json)?);
//!
//! // A number that is not digits could not be read.
//! let error = Reply::builder().bridge("911203000000", ["agent 1"]).build().unwrap_err();
//! assert_eq!(error.field(), "[0].connect[0].number");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! 1. A reply is a JSON array of actions, or that array as `pcmo` in an object, which one live consumer needs:
//!    [`Builder::wrapped`]. An empty array is one too: it does nothing.
//! 2. Phone numbers are JSON numbers. Times are numbers of seconds.
//! 3. `play` and `play_get_input` need a file, by name or URL; `speak` and `param` a text; `bridge` and `connect` a
//!    number to call from, and somebody to call; `input` and `play_get_input` an `action_url`, and `stream` a `ws_url`,
//!    with their scheme, because PIOPIY calls them. Nothing is asked of what a file's name ends with.
//! 4. What the vendor's SDKs write where they are given options, an action here begins with. `without_defaults()`
//!    leaves out what the SDKs leave out where they are given none.
//! 5. An action of another name is read too, and needs nothing else. [`Action::other`] makes one.
//!
//! Source: the vendor's documentation of PCMO, and its SDKs for Node (1.2.0) and Python (1.2.2).

mod action;
mod check;
mod dial;
mod input;
mod stream;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::actions::members_of;
use crate::answer::{InvalidReply, Members, Number, Place, ReplyBody};

pub use self::action::{Action, Audio};
pub use self::dial::{Bridge, Connect, Destination, SipUser};
pub use self::input::{Input, PlayGetInput};
pub use self::stream::{Listen, Stream, VoiceQuality};

/// An answer to a request of PIOPIY. Send it by value from a handler, with the adapters' features.
///
/// `Debug` shows the names of the actions' members.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    actions: Vec<Action>,
    /// The members beside the actions, where they are wrapped.
    around: Option<Members>,
}

impl Reply {
    /// Begins a reply, which has no action yet.
    pub fn builder() -> Builder {
        Builder {
            actions: Vec::new(),
            is_wrapped: false,
        }
    }

    /// The actions, in their order.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Whether the actions are the `pcmo` of an object.
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        self.around.is_some()
    }

    fn check(value: &Value) -> Result<Self, InvalidReply> {
        let (list, around) = match value {
            Value::Object(members) => {
                let mut around = Members::from(members.clone());
                around.remove("pcmo");
                (Place::whole(value).member("pcmo"), Some(around))
            }
            _ => (Place::whole(value), None),
        };
        let actions = check::actions(&list)?;
        let actions = members_of(actions).into_iter().map(Action::from_members);
        Ok(Self {
            actions: actions.collect(),
            around,
        })
    }
}

/// Puts a [`Reply`] together, one action after the other.
#[derive(Clone, Debug)]
#[must_use = "a reply is made by build()"]
pub struct Builder {
    actions: Vec<Action>,
    is_wrapped: bool,
}

impl Builder {
    /// Then this: an action with options, or one that this crate doesn't know.
    pub fn then(mut self, action: impl Into<Action>) -> Self {
        self.actions.push(action.into());
        self
    }

    /// Then plays a file: a text that begins with `http://` or `https://` is its URL, else it is its name.
    pub fn play(self, file: impl Into<Audio>) -> Self {
        self.then(Action::play(file))
    }

    /// Then says a text.
    pub fn speak(self, text: impl Into<String>) -> Self {
        self.then(Action::speak(text))
    }

    /// Then notes a text, which comes back as `extra_params`.
    pub fn param(self, text: impl Into<String>) -> Self {
        self.then(Action::param(text))
    }

    /// Then calls these numbers: [`Bridge::new`].
    pub fn bridge<D: Into<Destination>>(
        self,
        from: impl Into<Number>,
        to: impl IntoIterator<Item = D>,
    ) -> Self {
        self.then(Bridge::new(from, to))
    }

    /// Then calls these SIP users: [`Connect::new`].
    pub fn connect<U: Into<SipUser>>(
        self,
        from: impl Into<Number>,
        users: impl IntoIterator<Item = U>,
    ) -> Self {
        self.then(Connect::new(from, users))
    }

    /// Then takes a digit: [`Input::new`].
    pub fn input(self, action_url: impl Into<String>) -> Self {
        self.then(Input::new(action_url))
    }

    /// Then plays a file and takes a digit: [`PlayGetInput::new`].
    pub fn play_get_input(self, action_url: impl Into<String>, file: impl Into<Audio>) -> Self {
        self.then(PlayGetInput::new(action_url, file))
    }

    /// Then streams the audio: [`Stream::new`].
    pub fn stream(self, ws_url: impl Into<String>) -> Self {
        self.then(Stream::new(ws_url))
    }

    /// Then records.
    pub fn record(self) -> Self {
        self.then(Action::record())
    }

    /// Then hangs up.
    pub fn hangup(self) -> Self {
        self.then(Action::hangup())
    }

    /// As `{"pcmo": [..]}` instead of an array.
    pub fn wrapped(mut self) -> Self {
        self.is_wrapped = true;
        self
    }

    /// The reply.
    ///
    /// # Errors
    ///
    /// When PIOPIY could not read an action: see rule 3 of the [module](self).
    pub fn build(self) -> Result<Reply, InvalidReply> {
        let reply = Reply {
            actions: self.actions,
            around: self.is_wrapped.then(Members::default),
        };
        Reply::check(&reply.to_value())
    }
}

impl Reply {
    fn to_value(&self) -> Value {
        let actions = self.actions.iter().cloned().map(Value::from).collect();
        match &self.around {
            None => Value::Array(actions),
            Some(around) => {
                let mut wrapped = around.clone();
                wrapped.set("pcmo", Value::Array(actions));
                wrapped.into()
            }
        }
    }
}

impl From<Reply> for ReplyBody {
    fn from(reply: Reply) -> Self {
        Self::json(reply.to_value().to_string())
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::check(&value).map_err(serde::de::Error::custom)
    }
}
