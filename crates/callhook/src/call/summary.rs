//! What one message tells about a call: [`CallSummary`].

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::value::{
    AppId, ConversationId, Direction, Leg, LegId, PhoneNumber, RequestId, Seconds, Text, Timestamp,
};

/// What one message tells about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallSummary {
    /// The provider's name. With the tenant it is the scope in which ids are compared.
    pub provider: Text,
    /// What sort of message it is.
    #[serde(default)]
    pub kind: MessageKind,
    /// The status as sent, in its documented spelling where it is a documented one. Of Voipappz,
    /// the event's name; of a question, which has none, what is asked: `flow`, `answer` or `dtmf`.
    pub status: Option<Text>,
    /// Names the call, where the message does.
    pub call_id: Option<ConversationId>,
    /// Names the leg the message is about, or the call where the platform has no id for legs.
    pub leg_id: Option<LegId>,
    /// The leg's letter, or what else tells legs apart that share an id. Of Voipappz, the extension.
    pub leg: Option<Leg>,
    /// Names the API request that made the call.
    pub request_id: Option<RequestId>,
    /// The account.
    pub account: Option<AppId>,
    /// The direction as on the wire, which is the leg's.
    pub wire_direction: Option<Direction>,
    /// The **call's** direction, which on an inbound call's agent leg is not what the wire says.
    pub direction: Option<CallDirection>,
    /// Whose leg it is.
    pub party: Option<Party>,
    /// How far the leg is.
    pub phase: Option<Phase>,
    /// What was missed, if the message reports a miss.
    pub missed: Option<Missed>,
    /// The number outside: who called, or who was called.
    pub customer: Option<PhoneNumber>,
    /// The agent.
    pub agent: Option<Text>,
    /// The account's own number.
    pub own_number: Option<PhoneNumber>,
    /// The number that called, as on the wire: TeleCMI's and PIOPIY's `from`, Voipappz's `caller_id_number`.
    pub caller: Option<PhoneNumber>,
    /// The number that was called, as on the wire: `to`, or `destination`.
    pub called: Option<PhoneNumber>,
    /// The number shown to the called party, as on the wire: `callerid`.
    pub shown: Option<PhoneNumber>,
    /// The team, or the queue.
    pub team: Option<Text>,
    /// The IVR the caller went through.
    pub ivr: Option<Text>,
    /// When the leg started.
    pub started_at: Option<Timestamp>,
    /// When the leg was answered. Only records of PIOPIY have it.
    pub answered_at: Option<Timestamp>,
    /// When the leg ended. Only records of PIOPIY have it.
    pub ended_at: Option<Timestamp>,
    /// For how long the caller of a missed call waited.
    pub waited_seconds: Option<Seconds>,
    /// For how long the leg was answered, talk or not.
    pub leg_seconds: Option<Seconds>,
    /// For how long agent and customer talked. `None` where the leg's figure isn't that.
    pub talk_seconds: Option<Seconds>,
    /// The recording's file name or URL, only if there is one.
    pub recording: Option<Text>,
    /// The voicemail that the caller left.
    pub voicemail: Option<Voicemail>,
    /// How the leg ended, in the platform's word: `hangup_reason`, or Voipappz's `cause`.
    pub hangup_reason: Option<Text>,
    /// The other side's SIP status.
    pub sip_status: Option<Text>,
    /// How the call came out of a queue.
    pub queue_outcome: Option<Text>,
    /// How the call came out, where one message can tell. The platforms of this crate leave it to
    /// [`Call`](super::Call),
    /// which has all of the call's messages; a provider of your own may say it in a record.
    pub outcome: Option<Outcome>,
    /// Whether more is to come.
    #[serde(default)]
    pub finality: Finality,
}

impl CallSummary {
    /// A summary of a message that tells nothing and is part of no call, for a provider of your own to fill in: its `kind`
    /// first of all, and a `leg_id` or a `call_id`.
    #[must_use]
    pub fn new(provider: impl Into<Text>) -> Self {
        Self {
            provider: provider.into(),
            kind: MessageKind::Unrecognized,
            status: None,
            call_id: None,
            leg_id: None,
            leg: None,
            request_id: None,
            account: None,
            wire_direction: None,
            direction: None,
            party: None,
            phase: None,
            missed: None,
            customer: None,
            agent: None,
            own_number: None,
            caller: None,
            called: None,
            shown: None,
            team: None,
            ivr: None,
            started_at: None,
            answered_at: None,
            ended_at: None,
            waited_seconds: None,
            leg_seconds: None,
            talk_seconds: None,
            recording: None,
            voicemail: None,
            hangup_reason: None,
            sip_status: None,
            queue_outcome: None,
            outcome: None,
            finality: Finality::No,
        }
    }
}

/// What sort of message it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessageKind {
    /// None that is known. It is part of no call.
    #[default]
    Unrecognized,
    /// The platform asks what to do with a call, and waits for the answer.
    Question,
    /// Something happened to the audio stream of a leg, which is no person's.
    Stream,
    /// Something happened to a leg, just now.
    Live,
    /// A record: what a leg, or the call, came to.
    Record,
}

/// A voicemail that a caller left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Voicemail {
    /// Its file's name, where the message has it.
    pub file: Option<Text>,
}

impl Voicemail {
    /// A voicemail in this file.
    #[must_use]
    pub fn new(file: Option<Text>) -> Self {
        Self { file }
    }
}

/// A call's direction, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallDirection {
    /// A customer called.
    Inbound,
    /// An agent or the application called.
    Outbound,
}

/// Whose leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Party {
    /// The number outside.
    Customer,
    /// The account's agent.
    Agent,
}

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// The caller waits for an agent.
    Waiting,
    /// The phone rings.
    Ringing,
    /// The leg is answered.
    Answered,
    /// The leg ended; its figures come with a record.
    Ended,
    /// The leg's record: its last message, with its figures.
    Reported,
}

/// What a record of a miss is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missed {
    /// One agent didn't answer; another may have.
    Leg,
    /// Nobody answered.
    Call,
}

/// Whether a message is the last.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finality {
    /// More is to come for this leg.
    #[default]
    No,
    /// The leg's last message; other legs of the call have theirs.
    Leg,
    /// The call's last message.
    Call,
}
