//! What the people do: [`Caller`] and [`Agent`].

use std::collections::VecDeque;

/// What the caller does. The default waits for everything, presses nothing, and hangs up when the talk is over.
///
/// Each time that keys can be pressed takes the next of what was said about keys:
///
/// ```
/// use callhook::testing::platform::Caller;
///
/// // Nothing at first, then a wrong key, and then the receiver.
/// let caller = Caller::default().presses_nothing().presses("9").hangs_up();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Caller {
    inputs: VecDeque<Input>,
    pub(super) is_gone_while_ringing: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Keys(String),
    Nothing,
    HangUp,
}

impl Caller {
    /// Presses these keys. Of more keys than are taken the first count.
    #[must_use]
    pub fn presses(self, keys: impl Into<String>) -> Self {
        self.and(Input::Keys(keys.into()))
    }

    /// Presses nothing until the time is over.
    #[must_use]
    pub fn presses_nothing(self) -> Self {
        self.and(Input::Nothing)
    }

    /// Hangs up instead of pressing a key.
    #[must_use]
    pub fn hangs_up(self) -> Self {
        self.and(Input::HangUp)
    }

    /// Hangs up while phones ring, before anybody answers.
    #[must_use]
    pub fn hangs_up_while_ringing(self) -> Self {
        Self {
            is_gone_while_ringing: true,
            ..self
        }
    }

    fn and(mut self, input: Input) -> Self {
        self.inputs.push_back(input);
        self
    }

    pub(super) fn next_input(&mut self) -> Input {
        self.inputs.pop_front().unwrap_or(Input::Nothing)
    }
}

/// What happens to an agent's phone that rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Agent {
    /// It is answered after 5 seconds.
    #[default]
    Answers,
    /// It is answered after so many seconds. Where the answer to the request has it ring for less, nobody answers.
    AnswersAfter(u64),
    /// Its line is busy.
    Busy,
    /// Nobody answers.
    NoAnswer,
}
