//! What TeleCMI's HTTP call flow request is answered: whom to ring, or which menu or team to send the caller to.
//!
//! ```
//! use callhook::telecmi::flow::Reply;
//!
//! // Ring these two, twice, with this music.
//! let reply = Reply::ring([("101_1111112", "919000000001"), ("102_1111112", "919000000002")])
//!     .times(2)
//!     .waiting_music("hold.mp3")
//!     .build()?;
//! let json = r#"{"code":200,"result":[{"agent_id":"101_1111112","phone":"919000000001"},
//!     {"agent_id":"102_1111112","phone":"919000000002"}],"loop":2,"waiting_music":"hold.mp3"}"#;
//! assert_eq!(reply, serde_json::from_str(json)?);
//!
//! assert_eq!(serde_json::to_string(&Reply::ivr("welcome@1111112"))?, r#"{"action":"ivr","name":"welcome@1111112"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! 1. A reply has a `code` of 200 and a `result` of one agent or more, or an `action` and a `name`. CHUB India's page
//!    knows `code`, `loop`, `result` and the two kinds of music alone.
//! 2. A phone number is a text of digits. An agent has an id or a number, or both.
//! 3. What has an `action` other than the two known is read too, and needs nothing else.
//!
//! Source: the vendor's documentation of the call flow (CHUB, CHUB India).

#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::answer::{InvalidReply, Members, Number, Place, ReplyBody};

/// An answer to TeleCMI's call flow request. Send it by value from a handler, with the adapters' features.
///
/// `Debug` shows the names of its members.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply(Members);

impl Reply {
    /// Rings these agents.
    pub fn ring<A: Into<Agent>>(agents: impl IntoIterator<Item = A>) -> Ring {
        let agents = agents.into_iter().map(|agent| Value::from(agent.into()));
        let mut ring = Members::default();
        ring.set("code", 200);
        ring.set("result", agents.collect::<Vec<_>>());
        Ring(ring)
    }

    /// Sends the caller to a menu of the account, such as `welcome@1111112`.
    #[must_use]
    pub fn ivr(name: impl Into<String>) -> Self {
        Self::action("ivr", name.into())
    }

    /// Sends the caller to a team of the account, such as `sales_1111112`.
    #[must_use]
    pub fn team(name: impl Into<String>) -> Self {
        Self::action("team", name.into())
    }

    fn action(action: &str, name: String) -> Self {
        let mut members = Members::default();
        members.set("action", action);
        members.set("name", name);
        Self(members)
    }

    /// A member by its name, where it reads as a `T`.
    #[must_use]
    pub fn member<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.0.get_as(name)
    }

    /// With a member that this crate doesn't know.
    ///
    /// # Errors
    ///
    /// When the value can't be written as JSON, or the platform could not read the reply with it.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Result<Self, InvalidReply> {
        self.0.set_any(name, value)?;
        Self::check(self.0)
    }

    fn check(members: Members) -> Result<Self, InvalidReply> {
        let value = Value::from(members.clone());
        check(&Place::whole(&value))?;
        Ok(Self(members))
    }
}

reply_object! {
    /// Whom to ring, and how: from [`Reply::ring`], and into a reply by [`build`](Self::build).
    ///
    /// What isn't set is left out: the account's own settings hold then.
    pub struct Ring;
}

impl Ring {
    /// `loop`: how many rounds the agents are rung.
    pub fn times(self, rounds: u32) -> Self {
        self.and("loop", rounds)
    }

    /// `timeout`: how many seconds an agent is rung.
    pub fn timeout(self, seconds: u32) -> Self {
        self.and("timeout", seconds)
    }

    /// `followme`: rings the agents' mobiles too.
    pub fn follow_me(self, is_on: bool) -> Self {
        self.and("followme", is_on)
    }

    /// `hangup`: only this answer applies, and the call ends where nobody takes it.
    pub fn hangup(self, is_on: bool) -> Self {
        self.and("hangup", is_on)
    }

    /// `welcome_music`: the name of the file that greets the caller.
    pub fn welcome_music(self, file_name: impl Into<String>) -> Self {
        self.and("welcome_music", file_name.into())
    }

    /// `waiting_music`: the name of the file that is played while the agents are rung.
    pub fn waiting_music(self, file_name: impl Into<String>) -> Self {
        self.and("waiting_music", file_name.into())
    }

    /// The reply.
    ///
    /// # Errors
    ///
    /// When there is nobody to ring, or a phone number is not of digits.
    pub fn build(self) -> Result<Reply, InvalidReply> {
        Reply::check(self.0)
    }
}

reply_object! {
    /// An agent to ring: id and phone number. A pair of texts is one too.
    pub struct Agent;
}

impl Agent {
    /// An agent with an id such as `101_1111112`, and a phone.
    pub fn new(agent_id: impl Into<String>, phone: impl Into<Number>) -> Self {
        let mut agent = Members::default();
        agent.set("agent_id", agent_id.into());
        agent.set("phone", phone.into().into_json_text());
        Self(agent)
    }
}

impl<I: Into<String>, P: Into<Number>> From<(I, P)> for Agent {
    fn from((agent_id, phone): (I, P)) -> Self {
        Self::new(agent_id, phone)
    }
}

/// Rules 1 to 3 of the module.
fn check(reply: &Place<'_>) -> Result<(), InvalidReply> {
    reply.object()?;
    let action = reply.member("action");
    if !action.is_missing() {
        action.text()?;
        return match action.as_text() {
            Some("ivr" | "team") => reply.member("name").text(),
            _ => Ok(()),
        };
    }
    reply.member("code").whole_in(200..=200, "200")?;
    for agent in reply.member("result").items("one agent or more")? {
        agent.object()?;
        let (id, phone) = (agent.member("agent_id"), agent.member("phone"));
        if id.is_missing() && phone.is_missing() {
            return Err(id.fault("a text, since phone is missing"));
        }
        id.if_any(Place::text)?;
        phone.if_any(Place::digits)?;
    }
    for count in ["loop", "timeout"] {
        reply.member(count).if_any(Place::count)?;
    }
    for flag in ["followme", "hangup"] {
        reply.member(flag).if_any(Place::flag)?;
    }
    for file in ["welcome_music", "waiting_music"] {
        reply.member(file).if_any(Place::text)?;
    }
    Ok(())
}

impl From<Reply> for ReplyBody {
    fn from(reply: Reply) -> Self {
        Self::json(Value::from(reply.0).to_string())
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = serde_json::Map::deserialize(deserializer)?;
        Self::check(members.into()).map_err(serde::de::Error::custom)
    }
}
