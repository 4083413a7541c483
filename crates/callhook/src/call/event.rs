//! What the events of all providers have in common: [`CallEvent`].

use super::CallSummary;
use crate::value::{ConversationId, LegId};

/// What the events of all providers have in common.
///
/// The event types have methods of the same names, some with more precise types; the trait is for code that takes any of
/// them. Implement it for the events of a provider of your own to use such code with it, and to have its messages
/// [assembled](super::Call) into calls.
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
