//! What a call answers: [`Answers`].

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{CallDirection, Outcome, Voicemail};
use crate::value::{PhoneNumber, Seconds, Text, Timestamp};

/// What is known of a call. `None` wherever its messages don't tell.
///
/// The [module](super) has the rules. It serialises to the JSON object that applications show: the fields in this order, an
/// agent as its name and whether it answered, `answered_by` as the name, voicemails as the names of their files. What says
/// so below is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Answers {
    /// The provider's name.
    pub provider: Text,
    /// The tenant, where the endpoint has tenants.
    pub tenant: Option<Text>,
    /// The ids of the call, its legs and its request, sorted.
    #[serde(serialize_with = "texts_of")]
    pub ids: Arc<[Text]>,
    /// The call's direction.
    pub direction: Option<CallDirection>,
    /// The number outside.
    pub customer: Option<PhoneNumber>,
    /// The account's own number.
    pub own_number: Option<PhoneNumber>,
    /// Whose phones rang, or who made the call.
    pub agents: Vec<CallAgent>,
    /// Who answered, or who made the call that was answered. Their name may be unknown.
    #[serde(serialize_with = "name_of")]
    pub answered_by: Option<CallAgent>,
    /// How the call came out.
    pub outcome: Option<Outcome>,
    /// The outcome, or what is likely where nothing tells it and no more messages come.
    pub presumed_outcome: Option<Outcome>,
    /// When the call started, by the earliest time that its messages have.
    pub started_at: Option<Timestamp>,
    /// For how long agent and customer talked.
    pub talk_seconds: Option<Seconds>,
    /// For how long the caller of an unanswered call waited.
    pub waited_seconds: Option<Seconds>,
    /// The recordings' file names or URLs.
    pub recordings: Vec<Text>,
    /// The voicemails.
    #[serde(serialize_with = "files_of")]
    pub voicemails: Vec<Voicemail>,
    /// Whether nobody talks any more: it is over, or the caller's leg was hung up. For boards.
    pub is_ended: bool,
    /// Whether all that decides is there. A belief: a transfer can reopen a call.
    pub is_over: bool,
    /// Whether the messages are known to be the whole call's.
    pub is_joined: bool,
    /// How many legs the messages are of.
    pub legs: usize,
    /// How many different messages there are. Copies and other contents of a message don't count.
    pub messages: usize,
    /// When the call was answered, by the platform's clock. Only PIOPIY tells. Not serialised.
    #[serde(skip)]
    pub answered_at: Option<Timestamp>,
    /// When the call ended, by the platform's clock. Only PIOPIY tells. Not serialised.
    #[serde(skip)]
    pub ended_at: Option<Timestamp>,
    /// When the first message that says the call was answered was received. Not serialised.
    #[serde(skip)]
    pub answer_seen_at: Option<Timestamp>,
    /// How the call ended, in the platform's word, which may be one that no [outcome](Self::outcome) stands for. Not
    /// serialised.
    #[serde(skip)]
    pub hangup_reason: Option<Text>,
}

/// An agent whose phone rang, or who made the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallAgent {
    /// The agent's name as sent, where a message names the agent.
    pub agent: Option<Text>,
    /// Whether a message says that the agent answered.
    pub answered: bool,
    /// When the agent's phone was rung. Not serialised.
    #[serde(skip)]
    pub rung_at: Option<Timestamp>,
    /// For how long the agent's leg was answered. Not serialised.
    #[serde(skip)]
    pub seconds: Option<Seconds>,
    /// How the agent's leg ended, in the platform's word. Not serialised.
    #[serde(skip)]
    pub hangup_reason: Option<Text>,
}

fn name_of<S: Serializer>(agent: &Option<CallAgent>, serializer: S) -> Result<S::Ok, S::Error> {
    let name = agent.as_ref().and_then(|agent| agent.agent.as_ref());
    name.serialize(serializer)
}

fn texts_of<S: Serializer>(texts: &[Text], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts)
}

fn files_of<S: Serializer>(voicemails: &[Voicemail], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(voicemails.iter().map(|voicemail| &voicemail.file))
}
