//! What happens in a call: [`Step`].

use std::fmt;

use super::json::Unreadable;

/// One thing that happens in a call. `Display` says it in a few words, such as `plays menu.wav`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The platform asks, by a request of this [kind](crate::testing::calls::CallMessage::kind): `flow`, `answer` or `dtmf`.
    Asked(String),
    /// The platform hears nothing that it could do, and the caller hears silence.
    Silence(Unheard),
    /// TeleCMI: the caller is sent to this menu or team of the account.
    SentTo {
        /// `ivr` or `team`.
        action: String,
        /// Its name.
        name: String,
    },
    /// The caller hears this file.
    Played(String),
    /// The caller hears this text.
    Spoke(String),
    /// This text comes back as `extra_params`.
    Noted(String),
    /// The call is recorded.
    Recorded,
    /// Audio is streamed to this web socket.
    Streamed(String),
    /// PIOPIY's API of 2026: this pipeline of the account goes on with the call. It is not simulated.
    WentTo(String),
    /// The caller presses these keys.
    Pressed(String),
    /// The caller presses nothing in time.
    PressedNothing,
    /// Phones ring at once.
    Rang {
        /// Whose: numbers, SIP users, or the ids of TeleCMI's agents.
        agents: Vec<String>,
        /// How many rounds.
        rounds: u64,
        /// For how many seconds each.
        seconds: u64,
    },
    /// This one answers, and talks to the caller.
    Answered(String),
    /// This one's line is busy.
    Busy(String),
    /// This one doesn't answer.
    NotAnswered(String),
    /// The caller hangs up.
    CallerHungUp,
    /// The platform ends the call: it was told to, or has nothing left to do.
    PlatformHungUp,
}

/// Why a platform heard nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unheard {
    /// The status is not 2xx.
    Status(u16),
    /// The answer can't be read.
    Unreadable(Unreadable),
    /// No answer came.
    NoAnswer,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(kind) => write!(f, "asks: {kind}"),
            Self::Silence(unheard) => write!(f, "silence: {unheard}"),
            Self::SentTo { action, name } => write!(f, "sends the caller to the {action} {name}"),
            Self::Played(file) => write!(f, "plays {file}"),
            Self::Spoke(text) => write!(f, "says: {text}"),
            Self::Noted(text) => write!(f, "notes: {text}"),
            Self::Recorded => f.write_str("records"),
            Self::Streamed(url) => write!(f, "streams to {url}"),
            Self::WentTo(pipeline) => write!(f, "goes on with the pipeline {pipeline}"),
            Self::Pressed(keys) => write!(f, "the caller presses {keys}"),
            Self::PressedNothing => f.write_str("the caller presses nothing"),
            Self::Rang {
                agents,
                rounds,
                seconds,
            } => {
                write!(f, "rings {} for ", agents.join(" and "))?;
                match rounds {
                    1 => write!(f, "{seconds} s"),
                    _ => write!(f, "{rounds} times {seconds} s"),
                }
            }
            Self::Answered(agent) => write!(f, "{agent} answers"),
            Self::Busy(agent) => write!(f, "{agent} is busy"),
            Self::NotAnswered(agent) => write!(f, "{agent} does not answer"),
            Self::CallerHungUp => f.write_str("the caller hangs up"),
            Self::PlatformHungUp => f.write_str("the platform hangs up"),
        }
    }
}

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the answer's status is {status}"),
            Self::Unreadable(unreadable) => write!(f, "{unreadable}"),
            Self::NoAnswer => f.write_str("no answer came"),
        }
    }
}
