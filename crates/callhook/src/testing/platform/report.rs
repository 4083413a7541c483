//! What came of a call: [`Report`].

use std::fmt;

use super::step::Step;
use crate::testing::calls::{CallMessage, RightAnswers};

/// What happened in a call, and what is right to answer of it. `Display` has a line for each step.
#[derive(Clone)]
pub struct Report {
    pub(super) steps: Vec<Step>,
    pub(super) messages: Vec<CallMessage>,
    pub(super) right_answers: RightAnswers,
    pub(super) notifications: usize,
    pub(super) refused: usize,
}

impl Report {
    /// What happened, in this order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What was sent, requests that wait and notifications, in this order.
    #[must_use]
    pub fn messages(&self) -> &[CallMessage] {
        &self.messages
    }

    /// How many notifications were sent.
    #[must_use]
    pub fn notifications(&self) -> usize {
        self.notifications
    }

    /// How many of the notifications were not answered 2xx.
    #[must_use]
    pub fn refused_notifications(&self) -> usize {
        self.refused
    }

    /// What is right to answer of the call once all messages came, in any order and however often.
    #[must_use]
    pub fn right_answers(&self) -> &RightAnswers {
        &self.right_answers
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{step}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("steps", &self.steps.len())
            .field("notifications", &self.notifications)
            .field("refused_notifications", &self.refused)
            .finish_non_exhaustive()
    }
}
