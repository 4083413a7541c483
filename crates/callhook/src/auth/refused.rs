//! Why a guard did not let a request pass: [`Refused`].

use std::fmt;

/// Why a guard did not let a request pass. For the log: it says nothing of what was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Text(&'static str),
    /// A header that is signed, by the name that the scheme gives it, and what is wrong with it.
    Header {
        name: Box<str>,
        problem: &'static str,
    },
    /// A timestamp that is further from this program's clock than the tolerance allows.
    Time {
        is_ahead: bool,
        seconds: u64,
        tolerance: u64,
    },
}

impl From<&'static str> for Refused {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Header { name, problem } => write!(f, "the signed header {name:?} {problem}"),
            Self::Time {
                is_ahead,
                seconds,
                tolerance,
            } => {
                let side = if *is_ahead { "ahead of" } else { "behind" };
                write!(
                    f,
                    "the timestamp is {seconds} s {side} this program's clock, and the tolerance is {tolerance} s"
                )
            }
        }
    }
}
