//! What callbacks of PIOPIY's API of 2026 are answered: a pipeline of actions, in another vocabulary than [`pcmo`].
//!
//! ```
//! use callhook::piopiy::pipeline::{Connect, Endpoint, OnResult, PlayGetInput, Prompt, Reply, Strategy};
//!
//! let menu = PlayGetInput::new(
//!     Prompt::say("Press 1 for sales.", "en-US", "female"),
//!     OnResult::url("https://acme.example/webhooks/piopiy"),
//! );
//! let ask = Reply::builder().then(menu).build()?;
//!
//! let sales = Connect::new("911203000000", [Endpoint::number("919000000001"), Endpoint::sip("sip:sales@acme.example")])
//!     .strategy(Strategy::Sequential)
//!     .ring_timeout(20);
//! let connect = Reply::builder().then(sales).build()?;
//! let json = r#"[{"action":"connect",
//!     "params":{"caller_id":"911203000000","strategy":"sequential","options":{"ring_timeout_sec":20}},
//!     "endpoints":[{"type":"pstn","number":"919000000001"},{"type":"sip","uri":"sip:sales@acme.example"}]}]"#;
//! assert_eq!(connect, serde_json::from_str(json)?);
//!
//! // A range that the vendor gives.
//! let error = Reply::builder().then(Connect::new("911203000000", ["919000000001"]).ring_timeout(3)).build().unwrap_err();
//! assert_eq!(error.field(), "[0].params.options.ring_timeout_sec");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`pcmo`]: crate::piopiy::pcmo
//!
//! 1. A reply is a JSON array of one action or more. Phone numbers are texts of digits here.
//! 2. `connect` needs a `caller_id` and one endpoint or more: a `number`, a `uri` or an `id` by its type. `play` needs a
//!    `file_name`, `param` its `data`, `play_get_input` a prompt, a kind of input and where the result goes, and `input`
//!    the last. A prompt needs a `file_name`, or the text, the language, the voice and the speed. A result goes to a `ref`,
//!    or to a `url` that begins with `http://` or `https://`.
//! 3. `max_duration_sec` is 10 to 7200, `ring_timeout_sec` 5 to 120, `speed` 0.5 to 2; `data` has ten members at most.
//!    Those are the vendor's, who refuses the rest.
//! 4. An action, an endpoint or a prompt of another kind is read too, and needs nothing else.
//!
//! Source: the vendor's SDKs for Node (1.2.0) and Python (1.2.2), which check what they send.

mod action;
mod check;
mod connect;
mod input;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::actions::members_of;
use crate::answer::{InvalidReply, Number, Place, ReplyBody};

pub use self::action::{Action, AudioFormat, Channels, Recording};
pub use self::connect::{Connect, Endpoint, Strategy};
pub use self::input::{Dtmf, Input, OnResult, PlayGetInput, Prompt, Retries};

/// An answer to a callback of PIOPIY's API of 2026. Send it by value from a handler, with the adapters' features.
///
/// `Debug` shows the names of the actions' members.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply(Vec<Action>);

impl Reply {
    /// Begins a reply, which needs an action.
    pub fn builder() -> Builder {
        Builder(Vec::new())
    }

    /// The actions, in their order.
    pub fn actions(&self) -> &[Action] {
        &self.0
    }

    fn check(value: &Value) -> Result<Self, InvalidReply> {
        let actions = members_of(check::actions(&Place::whole(value))?);
        let actions = actions.into_iter().map(Action::from_members);
        Ok(Self(actions.collect()))
    }

    fn to_value(&self) -> Value {
        Value::Array(self.0.iter().cloned().map(Value::from).collect())
    }
}

/// Puts a [`Reply`] together, one action after the other.
#[derive(Clone, Debug)]
#[must_use = "a reply is made by build()"]
pub struct Builder(Vec<Action>);

impl Builder {
    /// Then this: an action with options, or one that this crate doesn't know.
    pub fn then(mut self, action: impl Into<Action>) -> Self {
        self.0.push(action.into());
        self
    }

    /// Then plays a file, by its name or URL.
    pub fn play(self, file_name: impl Into<String>) -> Self {
        self.then(Action::play(file_name))
    }

    /// Then asks with a prompt, and takes digits: [`PlayGetInput::new`].
    pub fn play_get_input(self, prompt: Prompt, on_result: OnResult) -> Self {
        self.then(PlayGetInput::new(prompt, on_result))
    }

    /// Then takes digits: [`Input::new`].
    pub fn input(self, on_result: OnResult) -> Self {
        self.then(Input::new(on_result))
    }

    /// Then calls these: [`Connect::new`].
    pub fn connect<E: Into<Endpoint>>(
        self,
        caller_id: impl Into<Number>,
        endpoints: impl IntoIterator<Item = E>,
    ) -> Self {
        self.then(Connect::new(caller_id, endpoints))
    }

    /// Then records.
    pub fn record(self) -> Self {
        self.then(Action::record())
    }

    /// Then hangs up.
    pub fn hangup(self) -> Self {
        self.then(Action::hangup())
    }

    /// The reply.
    ///
    /// # Errors
    ///
    /// When PIOPIY could not read it: see rules 1 to 3 of the [module](self).
    pub fn build(self) -> Result<Reply, InvalidReply> {
        Reply::check(&Reply(self.0).to_value())
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
