//! A call that goes on as it is answered: [`InteractiveCall`].

use std::error::Error;
use std::fmt;

use serde::Serialize;

use super::json::{Unreadable, parse};
use super::report::Report;
use super::request::PlatformRequest;
use super::script::{Agent, Caller};
use super::stage::Stage;
use super::step::{Step, Unheard};
use super::{piopiy, telecmi};
use crate::testing::calls::{Edition, Platform};

/// An inbound call of a platform that asks what to do with it. The [module](super) has the rules and an example.
pub struct InteractiveCall {
    stage: Stage,
    course: Course,
    /// What was sent last and not answered yet.
    awaits: Awaits,
    notifications: usize,
    refused: usize,
}

/// How the call goes, as each platform has it.
enum Course {
    Telecmi(telecmi::Course),
    Piopiy(piopiy::Course),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Nothing,
    Answer,
    Acknowledgement,
}

impl InteractiveCall {
    /// A call whose requests and notifications go to this webhook. The seed decides ids, numbers and seconds.
    ///
    /// # Errors
    ///
    /// [`NotInteractive`] for the edition of a platform that asks nothing: Voipappz.
    pub fn new(edition: Edition, webhook: &str, seed: u64) -> Result<Self, NotInteractive> {
        let mut stage = Stage::new(edition, webhook, seed);
        let course = match edition.platform() {
            Platform::Telecmi => Course::Telecmi(telecmi::Course::begin(&mut stage)),
            Platform::Piopiy => Course::Piopiy(piopiy::Course::begin(&mut stage)),
            Platform::Voipappz => return Err(NotInteractive { edition }),
        };
        Ok(Self {
            stage,
            course,
            awaits: Awaits::Nothing,
            notifications: 0,
            refused: 0,
        })
    }

    /// With what the caller does.
    #[must_use]
    pub fn with_caller(mut self, caller: Caller) -> Self {
        self.stage.caller = caller;
        self
    }

    /// With what becomes of the phones that ring, in the order in which the answers name them. More phones are answered
    /// after 5 seconds, as those of all calls without this.
    #[must_use]
    pub fn with_agents(mut self, agents: impl IntoIterator<Item = Agent>) -> Self {
        self.stage.agents = agents.into_iter().collect();
        self
    }

    /// With this field in every message, such as the endpoint's `appid`, or a `custom` that is its token.
    #[must_use]
    pub fn with_field(mut self, field: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.stage.set_field(field, value);
        self
    }

    /// The request that the platform sends next. `None` once the call is over and all is reported.
    ///
    /// If nobody said what the last request [was answered](Self::answered), no answer came to it.
    pub fn next_request(&mut self) -> Option<PlatformRequest> {
        self.not_answered();
        let request = self.stage.queue.pop_front()?;
        self.awaits = if request.awaits_answer {
            Awaits::Answer
        } else {
            self.notifications += 1;
            Awaits::Acknowledgement
        };
        Some(request)
    }

    /// Says what the last request was answered: the status, the header `content-type`, and the body.
    ///
    /// Of a notification the status alone counts. Without an open request it changes nothing.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] for an answer of 2xx to a request that waits which the platform can't read. The call goes on: the
    /// caller hears silence.
    pub fn answered(
        &mut self,
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), Unreadable> {
        let is_success = (200..300).contains(&status);
        match std::mem::replace(&mut self.awaits, Awaits::Nothing) {
            Awaits::Nothing => Ok(()),
            Awaits::Acknowledgement => {
                self.refused += usize::from(!is_success);
                Ok(())
            }
            Awaits::Answer if !is_success => {
                self.be_silent(Unheard::Status(status));
                Ok(())
            }
            Awaits::Answer => {
                let read = parse(content_type, body).and_then(|body| match &mut self.course {
                    Course::Telecmi(course) => course.answered(&mut self.stage, &body),
                    Course::Piopiy(course) => course.answered(&mut self.stage, &body),
                });
                if let Err(unreadable) = &read {
                    self.be_silent(Unheard::Unreadable(unreadable.clone()));
                }
                read
            }
        }
    }

    /// Says that no answer came to the last request: the server took too long, or closed the connection.
    pub fn not_answered(&mut self) {
        match std::mem::replace(&mut self.awaits, Awaits::Nothing) {
            Awaits::Nothing => {}
            Awaits::Acknowledgement => self.refused += 1,
            Awaits::Answer => self.be_silent(Unheard::NoAnswer),
        }
    }

    /// What came of the call, once there is no [next request](Self::next_request). Before that, what is left is taken for
    /// sent and not answered.
    #[must_use]
    pub fn into_report(mut self) -> Report {
        while self.next_request().is_some() {}
        let right_answers = match &self.course {
            Course::Telecmi(course) => course.right_answers(&self.stage),
            Course::Piopiy(course) => course.right_answers(&self.stage),
        };
        Report {
            steps: self.stage.steps,
            messages: self.stage.messages,
            right_answers,
            notifications: self.notifications,
            refused: self.refused,
        }
    }

    fn be_silent(&mut self, unheard: Unheard) {
        self.stage.step(Step::Silence(unheard));
        self.stage.step(Step::CallerHungUp);
        match &mut self.course {
            Course::Telecmi(course) => course.silence(&mut self.stage),
            Course::Piopiy(course) => course.silence(&mut self.stage),
        }
    }
}

impl fmt::Debug for InteractiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractiveCall")
            .field("edition", &self.stage.edition)
            .field("steps", &self.stage.steps.len())
            .finish_non_exhaustive()
    }
}

/// An edition of a platform that asks nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotInteractive {
    edition: Edition,
}

impl fmt::Display for NotInteractive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the edition {} has no requests that wait: expected one of TeleCMI's or PIOPIY's",
            self.edition
        )
    }
}

impl Error for NotInteractive {}
