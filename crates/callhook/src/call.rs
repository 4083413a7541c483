//! One view of a call for all providers: [`CallEvent`] and [`CallSummary`].
//!
//! The platforms report legs, and consumers of webhooks count calls. A summary says of one message what it tells about
//! the *call*, by rules that are written down with each provider, and `None` wherever the wire doesn't tell.
//!
//! Every provider's event is a [`CallEvent`], so one handler can take the messages of all of them.

use serde::Serialize;

use crate::value::{ConversationId, LegId, PhoneNumber, Seconds, Text, Timestamp};

/// What the events of all providers have in common.
///
/// The event types have methods of the same names, some with more precise types; the trait is for code that takes any of
/// them. Implement it for the events of a provider of your own to use such code with it.
///
/// ```
/// use callhook::call::CallEvent;
/// use callhook::{piopiy, telecmi};
///
/// fn line<E: CallEvent>(event: &E) -> String {
///     let call = event.conversation_id().map_or("unknown call", |id| id.as_str());
///     format!("{call}: {} {}", event.kind(), event.status().unwrap_or("-"))
/// }
///
/// let json = r#"{"type":"cdr","cmiuuid":"b","conversation_uuid":"a","status":"missed"}"#;
/// let one: telecmi::Event = serde_json::from_str(json)?;
/// let two: piopiy::Event = serde_json::from_str(json)?;
/// assert_eq!(line(&one), "a: cdr missed");
/// assert_eq!(line(&one), line(&two));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of a call",
    label = "expected an event type such as `telecmi::Event`",
    note = "events are what a provider decodes, such as `telecmi::Event` of `telecmi::Telecmi`"
)]
pub trait CallEvent {
    /// Which kind of message this is, such as `cdr`, in the provider's terms.
    fn kind(&self) -> &str;

    /// The status, in its documented spelling where it is a documented one.
    fn status(&self) -> Option<&str>;

    /// Names the leg that the message is about, or the call where the platform has no id for legs.
    fn leg_id(&self) -> Option<&LegId>;

    /// Names the call, where the message has an id for it.
    fn conversation_id(&self) -> Option<&ConversationId>;

    /// What the message tells about the call.
    fn summary(&self) -> CallSummary;

    /// Whether the sender waits for an answer to this request, or may: such a message is handled each time it comes. `false`
    /// unless a provider says otherwise.
    fn awaits_answer(&self) -> bool {
        false
    }
}

/// What one message tells about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallSummary {
    /// The provider's name.
    pub provider: &'static str,
    /// Names the call, where the message does.
    pub call_id: Option<ConversationId>,
    /// Names the leg the message is about.
    pub leg_id: Option<LegId>,
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
    /// When the leg started.
    pub started_at: Option<Timestamp>,
    /// For how long agent and customer talked. `None` where the leg's figure isn't that.
    pub talk_seconds: Option<Seconds>,
    /// The recording's file name or URL, only if there is one.
    pub recording: Option<Text>,
    /// Whether more is to come.
    pub finality: Finality,
}

impl CallSummary {
    /// A summary of a message that tells nothing, for a provider of your own to fill in.
    #[must_use]
    pub const fn new(provider: &'static str) -> Self {
        Self {
            provider,
            call_id: None,
            leg_id: None,
            direction: None,
            party: None,
            phase: None,
            missed: None,
            customer: None,
            agent: None,
            own_number: None,
            started_at: None,
            talk_seconds: None,
            recording: None,
            finality: Finality::No,
        }
    }
}

/// A call's direction, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallDirection {
    /// A customer called.
    Inbound,
    /// An agent or the application called.
    Outbound,
}

/// Whose leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Party {
    /// The number outside.
    Customer,
    /// The account's agent.
    Agent,
}

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missed {
    /// One agent didn't answer; another may have.
    Leg,
    /// Nobody answered.
    Call,
}

/// Whether a message is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finality {
    /// More is to come for this leg.
    No,
    /// The leg's last message; other legs of the call have theirs.
    Leg,
    /// The call's last message.
    Call,
}
