//! What becomes of a call that a message is joined to: [`Joined`].

use std::sync::Arc;

use super::whole::Change;
use super::{Answers, Call, OtherScope};

/// What becomes of a call when a store joins a message to it: for stores of calls, such as
/// [`CallBook`](super::CallBook).
///
/// The edges ([`is_now_ended`](Self::is_now_ended), [`is_now_over`](Self::is_now_over)) compare the call now with every
/// part of it that there was before, so each is told once. Only a call that was reopened, as by a transfer, is over
/// again.
#[derive(Clone)]
#[non_exhaustive]
pub struct Joined {
    /// The call as it is now.
    pub call: Arc<Call>,
    /// What it answers now.
    pub answers: Arc<Answers>,
    /// What the first part answered before. `None` where there was none.
    pub before: Option<Arc<Answers>>,
    /// Whether this is the call's first message.
    pub is_new: bool,
    /// Whether anything that the call answers is not as it was before, or it has taken in another part.
    pub has_changed: bool,
    /// Whether the message was not known. `false` of a copy.
    pub is_news: bool,
    /// Whether the call is [ended](Call::is_ended), and no part of it was before.
    pub is_now_ended: bool,
    /// Whether the call is [over](Call::is_over), and no part of it was before.
    pub is_now_over: bool,
    /// Whether a part of the call was over before, and the call isn't now.
    pub is_reopened: bool,
}

/// A part of a call, as a store has it.
pub(super) struct Part {
    pub(super) call: Arc<Call>,
    pub(super) is_ended: bool,
    pub(super) is_over: bool,
    /// What it answers, where that is kept: it is made of all of the call's messages.
    pub(super) answers: Option<Arc<Answers>>,
}

impl Part {
    /// How many bytes its messages take. What is kept of its answers has texts of theirs, and counts as much again.
    pub(super) fn size(&self) -> usize {
        let times = if self.answers.is_some() { 2 } else { 1 };
        times * self.call.size()
    }
}

impl Joined {
    /// Joins a message, or a whole call, to the parts of its call that a store has. The first part is the one whose key
    /// the call keeps.
    ///
    /// # Errors
    ///
    /// When a part is of another provider or tenant than the message.
    pub fn of(
        parts: impl IntoIterator<Item = Arc<Call>>,
        message: &Call,
    ) -> Result<Self, OtherScope> {
        let part = |call: Arc<Call>| {
            if !call.is_of_scope_of(message) {
                return Err(OtherScope);
            }
            let answers = call.answers();
            Ok(Part {
                is_ended: answers.is_ended,
                is_over: answers.is_over,
                answers: Some(Arc::new(answers)),
                call,
            })
        };
        let mut parts = parts.into_iter().map(part);
        let first = parts.next().transpose()?;
        let others: Vec<Part> = parts.collect::<Result<_, _>>()?;
        Ok(Self::of_parts(first, &others, message))
    }

    /// As [`of`](Self::of), of parts that are of the message's scope.
    pub(super) fn of_parts(first: Option<Part>, others: &[Part], message: &Call) -> Self {
        let was = |has: fn(&Part) -> bool| first.iter().chain(others).any(has);
        let was_ended = was(|part| part.is_ended);
        let was_over = was(|part| part.is_over);
        let has_absorbed = !others.is_empty();
        let (mut call, before) = match first {
            Some(Part { call, answers, .. }) => {
                let answers = answers.unwrap_or_else(|| Arc::new(call.answers()));
                (call, Some(answers))
            }
            None => (Arc::new(message.clone()), None),
        };
        let is_new = before.is_none();
        for part in others {
            join_into(&mut call, &part.call);
        }
        // What a full call has no room for changes nothing, and comes as often as its sender likes.
        let change = join_into(&mut call, message);
        let answers = match &before {
            Some(before) if change == Change::None && !has_absorbed => Arc::clone(before),
            _ => Arc::new(call.answers_after(before.as_deref())),
        };
        let has_changed = before.as_ref() != Some(&answers) || has_absorbed;
        Self {
            is_new,
            has_changed,
            // A copy can change an answer, too, where it was received earlier than what is known.
            is_news: is_new || change == Change::More || has_changed,
            is_now_ended: answers.is_ended && !was_ended,
            is_now_over: answers.is_over && !was_over,
            is_reopened: was_over && !answers.is_over,
            call,
            answers,
            before,
        }
    }
}

impl std::fmt::Debug for Joined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joined")
            .field("call", &self.call)
            .field("is_new", &self.is_new)
            .field("is_news", &self.is_news)
            .finish_non_exhaustive()
    }
}

/// In place, where nobody else holds the call. Both are of one scope.
fn join_into(call: &mut Arc<Call>, other: &Call) -> Change {
    debug_assert!(call.is_of_scope_of(other));
    Call::join_shared(call, other)
}
