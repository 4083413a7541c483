//! The actions that take digits: [`Input`] and [`PlayGetInput`].

use super::action::{Action, Audio};
use crate::answer::Members;

reply_object! {
    /// `input`: takes digits, and sends them to a URL, whose answer goes on with the call.
    pub struct Input;
}

impl Input {
    /// Takes a digit for this URL. Begins with a `max_digit` of 1 and a `timeout` of 5 seconds.
    pub fn new(action_url: impl Into<String>) -> Self {
        Self(input("input", action_url.into()))
    }
}

reply_object! {
    /// `play_get_input`: plays a file, takes digits, and sends them to a URL, whose answer goes on with the call.
    pub struct PlayGetInput;
}

impl PlayGetInput {
    /// Plays a file and takes a digit for this URL. Begins with a `max_digit` of 1, a `timeout` of 5 seconds, and a
    /// `max_retry` of 1, as the SDK for Node does; that for Python begins with 3.
    pub fn new(action_url: impl Into<String>, file: impl Into<Audio>) -> Self {
        let (member, file) = file.into().into_member();
        let members = input("play_get_input", action_url.into());
        Self(members).and(member, file).max_retries(1)
    }
}

fn input(action: &str, action_url: String) -> Members {
    let mut members = Members::default();
    members.set("action", action);
    members.set("action_url", action_url);
    members.set("max_digit", 1);
    members.set("timeout", 5);
    members
}

macro_rules! input_options {
    ($name:ident) => {
        impl $name {
            /// `max_digit`: how many digits are taken at most.
            pub fn max_digits(self, digits: u32) -> Self {
                self.and("max_digit", digits)
            }

            /// `timeout`: for how many seconds a digit is waited for.
            pub fn timeout(self, seconds: u32) -> Self {
                self.and("timeout", seconds)
            }

            /// `max_retry`: how many times the caller is asked.
            pub fn max_retries(self, times: u32) -> Self {
                self.and("max_retry", times)
            }

            /// Without what it begins with, for PIOPIY's own defaults. Say it before the setters.
            pub fn without_defaults(mut self) -> Self {
                for name in ["max_digit", "timeout", "max_retry"] {
                    self.0.remove(name);
                }
                self
            }
        }

        impl From<$name> for Action {
            fn from(action: $name) -> Self {
                Self::from_members(action.0)
            }
        }
    };
}

input_options!(Input);
input_options!(PlayGetInput);
