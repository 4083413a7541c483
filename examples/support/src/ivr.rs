//! What a caller who waits is answered: [`Ivr`], and which event is answered what: [`IvrEvent`].
//!
//! TeleCMI asks once, and rings the agent. PIOPIY greets the caller and asks again with the key that was pressed: `1` connects
//! the caller with the agent's phone, and anything else, or nothing, ends the call. A message that nobody knows is answered
//! nothing, though somebody may wait: to greet the caller again and again would be no better.

use std::fmt;

use callhook::answer::{InvalidReply, ReplyBody};
use callhook::call::Answers;
use callhook::piopiy::{self, pcmo};
use callhook::telecmi::{self, flow};
use callhook::value::PhoneNumber;
use callhook::{CallEvent, voipappz};
use serde::Serialize;

use super::agent::Agent;

/// The replies, which are made once where they are the same for every caller.
pub struct Ivr {
    ring: flow::Reply,
    greeting: pcmo::Reply,
    agent: Agent,
}

impl Ivr {
    /// Connects callers with this agent. PIOPIY sends what a caller presses to the URL.
    ///
    /// # Errors
    ///
    /// When a platform could not read a reply.
    pub(super) fn new(agent: Agent, action_url: &str) -> Result<Self, InvalidReply> {
        Ok(Self {
            ring: agent.ring()?,
            greeting: pcmo::Reply::builder()
                .play_get_input(action_url, GREETING)
                .build()?,
            agent,
        })
    }

    /// Connects the caller with the agent, who sees the account's number. Without one that can be rung from, the reply is
    /// invalid, and the fallback takes its place.
    fn connect(&self, pressed: &piopiy::Dtmf, call: &Answers) -> Result<pcmo::Reply, InvalidReply> {
        // What was pressed doesn't tell the call's direction; the call's other messages do.
        let own = [&call.own_number, &pressed.to, &pressed.from];
        let own = own.into_iter().flatten().find(|number| !number.is_masked());
        let own = own.map(PhoneNumber::digits).unwrap_or_default();
        let reply = pcmo::Reply::builder();
        reply.bridge(own, [self.agent.phone()]).build()
    }
}

impl fmt::Debug for Ivr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ivr").finish_non_exhaustive()
    }
}

/// An event that an example's handler gets.
pub trait IvrEvent: CallEvent + Serialize {
    /// What to do with the call, where the platform waits for that. What is known of the call helps to decide.
    ///
    /// # Errors
    ///
    /// When the platform could not read the reply.
    fn reply(&self, ivr: &Ivr, call: &Answers) -> Result<Option<ReplyBody>, InvalidReply>;

    /// What the endpoint answers where the handler fails while a caller waits. `None` where nobody ever does.
    ///
    /// # Errors
    ///
    /// When the platform could not read the reply.
    fn fallback(agent: &Agent) -> Result<Option<ReplyBody>, InvalidReply>;
}

impl IvrEvent for telecmi::Event {
    fn reply(&self, ivr: &Ivr, _: &Answers) -> Result<Option<ReplyBody>, InvalidReply> {
        Ok(match self {
            Self::Flow(_) => Some(ivr.ring.clone().into()),
            _ => None,
        })
    }

    fn fallback(agent: &Agent) -> Result<Option<ReplyBody>, InvalidReply> {
        Ok(Some(agent.ring()?.into()))
    }
}

impl IvrEvent for piopiy::Event {
    fn reply(&self, ivr: &Ivr, call: &Answers) -> Result<Option<ReplyBody>, InvalidReply> {
        let reply = match self {
            Self::Answer(_) => ivr.greeting.clone(),
            Self::Dtmf(pressed) if pressed.dtmf.as_str() == "1" => ivr.connect(pressed, call)?,
            Self::Dtmf(_) => pcmo::Reply::builder().hangup().build()?,
            _ => return Ok(None),
        };
        Ok(Some(reply.into()))
    }

    fn fallback(_: &Agent) -> Result<Option<ReplyBody>, InvalidReply> {
        let reply = pcmo::Reply::builder().speak(APOLOGY).hangup().build()?;
        Ok(Some(reply.into()))
    }
}

/// Voipappz doesn't ask.
impl IvrEvent for voipappz::Event {
    fn reply(&self, _: &Ivr, _: &Answers) -> Result<Option<ReplyBody>, InvalidReply> {
        Ok(None)
    }

    fn fallback(_: &Agent) -> Result<Option<ReplyBody>, InvalidReply> {
        Ok(None)
    }
}

/// A file of the PIOPIY account's, such as "Welcome. To talk to somebody, press 1."
const GREETING: &str = "welcome.wav";

const APOLOGY: &str = "We are sorry, we can't take your call right now. Please call again later.";
