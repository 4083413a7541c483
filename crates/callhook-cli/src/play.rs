//! A call's messages, one after the other: [`Play`].

mod plan;

use callhook::testing::calls::{CallMessage, Edition, RightAnswers};
use callhook::testing::platform::InteractiveCall;

pub(crate) use self::plan::{Plan, PlanArgs};
use crate::http::Answer;
use crate::read;
use crate::seed::Choices;

/// One call while it is sent.
pub(crate) struct Play {
    course: Course,
    edition: Edition,
    losses: Losses,
}

enum Course {
    /// What comes is known.
    Script {
        messages: std::vec::IntoIter<CallMessage>,
        right_answers: Box<RightAnswers>,
    },
    /// What comes depends on what was answered.
    Follow(Box<InteractiveCall>),
}

/// What never arrives.
struct Losses {
    probability: f64,
    choices: Choices,
    lost: u64,
}

/// A message, and where it goes if that isn't the webhook.
pub(crate) struct Next {
    pub(crate) message: CallMessage,
    pub(crate) url: Option<String>,
}

/// What came of a call.
pub(crate) struct Played {
    pub(crate) right_answers: RightAnswers,
    /// What happened, where the call followed answers.
    pub(crate) steps: Vec<String>,
    pub(crate) lost: u64,
}

impl Play {
    /// The next message that is not lost.
    pub(crate) fn next(&mut self) -> Option<Next> {
        loop {
            let next = match &mut self.course {
                Course::Script { messages, .. } => Next {
                    message: messages.next()?,
                    url: None,
                },
                Course::Follow(call) => {
                    let request = call.next_request()?;
                    Next {
                        message: request.message().clone(),
                        url: Some(request.url().to_owned()),
                    }
                }
            };
            let waits = read::waits(next.message.kind());
            if waits || !self.losses.is_lost() {
                return Some(next);
            }
        }
    }

    /// Says what a message was answered. Whatever the answer means then comes next.
    ///
    /// Why the platform can't read the answer, where somebody waits for it.
    pub(crate) fn answered(&mut self, message: &CallMessage, answer: &Answer) -> Option<String> {
        let read = match &mut self.course {
            Course::Follow(call) => {
                call.answered(answer.status, answer.content_type(), &answer.body)
            }
            Course::Script { .. } if answer.is_success() && read::waits(message.kind()) => {
                read::read(self.edition, answer).map(drop)
            }
            Course::Script { .. } => Ok(()),
        };
        read.err().map(|unreadable| unreadable.to_string())
    }

    pub(crate) fn edition(&self) -> Edition {
        self.edition
    }

    /// How many messages are left, where that is known.
    pub(crate) fn known_messages(&self) -> usize {
        match &self.course {
            Course::Script { messages, .. } => messages.len(),
            Course::Follow(_) => 0,
        }
    }

    pub(crate) fn finish(self) -> Played {
        let (right_answers, steps) = match self.course {
            Course::Script { right_answers, .. } => (*right_answers, Vec::new()),
            Course::Follow(call) => {
                let report = call.into_report();
                let steps = report.steps().iter().map(ToString::to_string).collect();
                (report.right_answers().clone(), steps)
            }
        };
        Played {
            right_answers,
            steps,
            lost: self.losses.lost,
        }
    }
}

impl Losses {
    fn is_lost(&mut self) -> bool {
        let is_lost = self.probability > 0.0 && self.choices.fraction() < self.probability;
        self.lost += u64::from(is_lost);
        is_lost
    }
}
