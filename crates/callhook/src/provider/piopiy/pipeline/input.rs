//! The actions that ask the caller: [`Input`] and [`PlayGetInput`].

use super::action::Action;
use crate::answer::Members;

reply_object! {
    /// `play_get_input`: asks with a prompt, and takes digits or what is said.
    pub struct PlayGetInput;
}

impl PlayGetInput {
    /// Asks for digits.
    pub fn new(prompt: Prompt, on_result: OnResult) -> Self {
        Self(Members::default())
            .and("action", "play_get_input")
            .and("prompt", prompt)
            .and("input", vec!["dtmf"])
            .and("on_result", on_result)
    }

    /// Takes what is said, beside digits.
    pub fn or_speech(self) -> Self {
        self.and("input", vec!["dtmf", "speech"])
    }

    /// Takes what is said, and no digits.
    pub fn speech_alone(self) -> Self {
        self.and("input", vec!["speech"])
    }

    /// `dtmf`: how digits are taken.
    pub fn dtmf(self, dtmf: Dtmf) -> Self {
        self.and("dtmf", dtmf)
    }

    /// `retries`: what happens where the caller says nothing, or something else.
    pub fn retries(self, retries: Retries) -> Self {
        self.and("retries", retries)
    }
}

reply_object! {
    /// `input`: takes digits.
    pub struct Input;
}

impl Input {
    /// Takes digits, without a prompt.
    pub fn new(on_result: OnResult) -> Self {
        Self(Members::default())
            .and("action", "input")
            .and("on_result", on_result)
    }

    /// `dtmf`: how digits are taken.
    pub fn dtmf(self, dtmf: Dtmf) -> Self {
        self.and("dtmf", dtmf)
    }
}

impl From<PlayGetInput> for Action {
    fn from(action: PlayGetInput) -> Self {
        Self::from_members(action.0)
    }
}

impl From<Input> for Action {
    fn from(action: Input) -> Self {
        Self::from_members(action.0)
    }
}

reply_object! {
    /// What the caller hears before the digits are taken.
    pub struct Prompt;
}

impl Prompt {
    /// A file, by its name or URL.
    pub fn file(file_name: impl Into<String>) -> Self {
        Self(Members::default())
            .and("type", "file")
            .and("file_name", file_name.into())
    }

    /// A text, in a language such as `en-US` and a voice such as `female`. Begins with a `speed` of 1.
    pub fn say(
        text: impl Into<String>,
        language: impl Into<String>,
        voice_id: impl Into<String>,
    ) -> Self {
        Self(Members::default())
            .and("type", "say")
            .and("say", text.into())
            .and("language", language.into())
            .and("voice_id", voice_id.into())
            .speed(1.0)
    }

    /// `speed`: 0.5 to 2.
    pub fn speed(self, speed: f64) -> Self {
        self.and("speed", speed)
    }
}

reply_object! {
    /// Where the result goes.
    pub struct OnResult;
}

impl OnResult {
    /// To a URL, whose answer goes on with the call.
    pub fn url(url: impl Into<String>) -> Self {
        Self(Members::default())
            .and("type", "url")
            .and("url", url.into())
    }

    /// To a pipeline that the account has under this name.
    pub fn pcmo(name: impl Into<String>) -> Self {
        Self(Members::default())
            .and("type", "pcmo")
            .and("ref", name.into())
    }
}

reply_object! {
    /// How digits are taken. What isn't set is left to PIOPIY.
    pub struct Dtmf;
}

impl Dtmf {
    /// As many digits as this at most.
    pub fn max_digits(digits: u32) -> Self {
        Self(Members::default()).and("max_digits", digits)
    }

    /// `min_digits`.
    pub fn min_digits(self, digits: u32) -> Self {
        self.and("min_digits", digits)
    }

    /// `finish_on_key`: the key that ends the input, such as `#`.
    pub fn finish_on_key(self, key: char) -> Self {
        self.and("finish_on_key", key.to_string())
    }

    /// `first_digit_timeout`: for how many seconds the first digit is waited for.
    pub fn first_digit_timeout(self, seconds: u32) -> Self {
        self.and("first_digit_timeout", seconds)
    }

    /// `inter_digit_timeout`: for how many seconds each further digit is waited for.
    pub fn inter_digit_timeout(self, seconds: u32) -> Self {
        self.and("inter_digit_timeout", seconds)
    }

    /// `flush_buffer`: whether digits that were pressed before are forgotten.
    pub fn flush_buffer(self, is_on: bool) -> Self {
        self.and("flush_buffer", is_on)
    }
}

reply_object! {
    /// How often the caller is asked again, and with which prompts.
    pub struct Retries;
}

impl Retries {
    /// So many times at most.
    pub fn max(times: u32) -> Self {
        Self(Members::default()).and("max", times)
    }

    /// `no_input_prompt`: where the caller pressed and said nothing.
    pub fn no_input_prompt(self, prompt: Prompt) -> Self {
        self.and("no_input_prompt", prompt)
    }

    /// `invalid_prompt`: where the caller pressed or said something else.
    pub fn invalid_prompt(self, prompt: Prompt) -> Self {
        self.and("invalid_prompt", prompt)
    }
}
