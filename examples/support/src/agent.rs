//! Whom callers are connected to: [`Agent`].

use std::fmt;

use callhook::answer::InvalidReply;
use callhook::telecmi::flow;

/// An agent by id and phone number, as `CALLHOOK_AGENT` has them. TeleCMI rings the id, PIOPIY the phone.
#[derive(Clone)]
pub struct Agent {
    id: String,
    phone: u64,
}

impl Agent {
    /// Reads `101_1111112=919000000001`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without the phone number.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fault = |fault: &str| {
            format!("{fault}; expected an agent's id and phone number, such as {DEFAULT}")
        };
        let (id, phone) = text
            .split_once('=')
            .ok_or_else(|| fault("there is no `=`"))?;
        let (id, phone) = (id.trim(), phone.trim());
        if id.is_empty() {
            return Err(fault("there is no id before the `=`"));
        }
        let digits = phone.strip_prefix('+').unwrap_or(phone);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fault(
                "what follows the `=` is not a number of digits alone",
            ));
        }
        // PIOPIY takes phone numbers as JSON numbers, which begin with another digit than 0.
        match digits.parse() {
            Ok(phone) if !digits.starts_with('0') => Ok(Self {
                id: id.to_owned(),
                phone,
            }),
            _ => Err(fault(
                "the phone number begins with 0 or is too long; it needs its country's code",
            )),
        }
    }

    /// TeleCMI's reply that rings this agent.
    pub(super) fn ring(&self) -> Result<flow::Reply, InvalidReply> {
        flow::Reply::ring([(&*self.id, self.phone)]).build()
    }

    pub(super) fn phone(&self) -> u64 {
        self.phone
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").finish_non_exhaustive()
    }
}

pub(super) const DEFAULT: &str = "101_1111112=919000000001";
