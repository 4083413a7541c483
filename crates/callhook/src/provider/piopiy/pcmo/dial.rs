//! The actions that call somebody: [`Bridge`] and [`Connect`].

use std::fmt;

use serde_json::Value;

use super::action::Action;
use crate::answer::{Members, Number};

reply_object! {
    /// `bridge`: calls phone numbers, and connects the caller with the one who answers.
    pub struct Bridge;
}

impl Bridge {
    /// Calls these numbers from a number of the account. Begins with a `duration` of 5400 and a `timeout` of 40
    /// seconds, and a `loop` of 1.
    pub fn new<D: Into<Destination>>(
        from: impl Into<Number>,
        to: impl IntoIterator<Item = D>,
    ) -> Self {
        let to = to.into_iter().map(|to| Value::from(to.into()));
        Self(dial("bridge", from.into(), to.collect()))
    }
}

reply_object! {
    /// `connect`: calls SIP users, and connects the caller with the one who answers.
    pub struct Connect;
}

impl Connect {
    /// Calls these users from a number of the account. Begins with a `duration` of 5400 and a `timeout` of 40 seconds,
    /// a `loop` of 1, and `record` off.
    pub fn new<U: Into<SipUser>>(
        from: impl Into<Number>,
        users: impl IntoIterator<Item = U>,
    ) -> Self {
        let users = users
            .into_iter()
            .map(|user| Value::from(Destination::sip(user)));
        let members = dial("connect", from.into(), users.collect());
        Self(members).record(false)
    }

    /// `record`: whether the call is recorded.
    pub fn record(self, is_on: bool) -> Self {
        self.and("record", is_on)
    }

    /// As on the vendor's page, and not as in its SDKs: whom to call is `call`, and the `call_type` is `audio`.
    pub fn as_call(mut self) -> Self {
        if let Some(users) = self.0.remove("connect") {
            self.0.set("call", users);
        }
        self.and("call_type", "audio")
    }
}

fn dial(action: &str, from: Number, to: Vec<Value>) -> Members {
    let mut members = Members::default();
    members.set("action", action);
    members.set("from", from.into_json_number());
    members.set("connect", to);
    for (name, default) in [("duration", 5400), ("timeout", 40), ("loop", 1)] {
        members.set(name, default);
    }
    members
}

macro_rules! dial_options {
    ($name:ident, leaves out $($default:literal)+) => {
        impl $name {
            /// `duration`: for how many seconds the call may last at most.
            pub fn duration(self, seconds: u32) -> Self {
                self.and("duration", seconds)
            }

            /// `timeout`: for how many seconds it rings.
            pub fn timeout(self, seconds: u32) -> Self {
                self.and("timeout", seconds)
            }

            /// `loop`: how many rounds it rings.
            pub fn times(self, rounds: u32) -> Self {
                self.and("loop", rounds)
            }

            /// `ring_type: "group"`.
            pub fn ring_group(self) -> Self {
                self.and("ring_type", "group")
            }

            /// Without what it begins with, for PIOPIY's own defaults. Say it before the setters.
            pub fn without_defaults(mut self) -> Self {
                for name in [$($default),+] {
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

dial_options!(Bridge, leaves out "duration" "timeout" "loop");
dial_options!(Connect, leaves out "duration" "timeout" "loop" "record");

reply_object! {
    /// Whom to call. A phone number is one.
    pub struct Destination;
}

impl Destination {
    /// A phone number.
    pub fn number(number: impl Into<Number>) -> Self {
        Self::of("pstn").and("number", number.into().into_json_number())
    }

    /// A SIP user.
    pub fn sip(user: impl Into<SipUser>) -> Self {
        Self::of("sip").and("user", user.into().0)
    }

    fn of(kind: &str) -> Self {
        Self(Members::default()).and("type", kind)
    }
}

impl<N: Into<Number>> From<N> for Destination {
    fn from(number: N) -> Self {
        Self::number(number)
    }
}

/// A SIP user's name, which the vendor's samples have as text and as a number: it is written as it is given.
///
/// `Debug` doesn't show it: it may be a phone number.
#[derive(Clone, PartialEq, Eq)]
pub struct SipUser(Value);

impl fmt::Debug for SipUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipUser").finish_non_exhaustive()
    }
}

impl From<&str> for SipUser {
    fn from(user: &str) -> Self {
        Self(user.into())
    }
}

impl From<String> for SipUser {
    fn from(user: String) -> Self {
        Self(user.into())
    }
}

impl From<u64> for SipUser {
    fn from(user: u64) -> Self {
        Self(user.into())
    }
}
