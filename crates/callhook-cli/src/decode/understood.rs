//! What of a message was not understood: [`Understood`].

use callhook::value::{Direction, ExtraFields, HangupReason, Leg};
use callhook::{piopiy, telecmi, voipappz};

/// An event that tells what of it was not understood.
pub(crate) trait Understood {
    /// The fields that its type doesn't name, and those that can't be read.
    fn extra_fields(&self) -> Vec<(String, String)>;

    /// Terms of known fields that are not among the documented ones: the fields' names, and the terms.
    fn unknown_terms(&self) -> Vec<(&'static str, String)>;

    /// Why it is of no known kind, if it isn't.
    fn unrecognized(&self) -> Option<&'static str>;
}

/// The fields whose enum has the variant for another term.
macro_rules! unknown {
    ($($name:literal: $value:expr => $other:path,)+) => {{
        let mut terms = Vec::new();
        $(if let Some($other(term)) = $value {
            terms.push(($name, term.to_string()));
        })+
        terms
    }};
}

fn texts(fields: &ExtraFields) -> Vec<(String, String)> {
    let texts = fields.iter();
    texts
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

impl Understood for telecmi::Event {
    fn extra_fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Cdr(event) => texts(&event.extra),
            Self::Live(event) => texts(&event.extra),
            Self::Flow(event) => texts(&event.extra),
            Self::Unrecognized(event) => texts(&event.fields),
            _ => Vec::new(),
        }
    }

    fn unknown_terms(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Cdr(event) => unknown! {
                "direction": event.direction.as_ref() => Direction::Other,
                "leg": event.leg.as_ref() => Leg::Other,
                "status": Some(&event.status) => telecmi::Status::Other,
                "hangup_reason": event.hangup_reason.as_ref() => HangupReason::Other,
            },
            Self::Live(event) => unknown! {
                "direction": event.direction.as_ref() => Direction::Other,
                "leg": event.leg.as_ref() => Leg::Other,
                "status": Some(&event.status) => telecmi::Status::Other,
            },
            _ => Vec::new(),
        }
    }

    fn unrecognized(&self) -> Option<&'static str> {
        match self {
            Self::Unrecognized(event) => Some(of_chub(event.reason)),
            _ => None,
        }
    }
}

impl Understood for piopiy::Event {
    fn extra_fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Cdr(event) => texts(&event.extra),
            Self::Live(event) => texts(&event.extra),
            Self::Stream(event) => texts(&event.extra),
            Self::Answer(event) => texts(&event.extra),
            Self::Dtmf(event) => texts(&event.extra),
            Self::Unrecognized(event) => texts(&event.fields),
            _ => Vec::new(),
        }
    }

    fn unknown_terms(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Cdr(event) => unknown! {
                "direction": event.direction.as_ref() => Direction::Other,
                "leg": event.leg.as_ref() => Leg::Other,
                "status": Some(&event.status) => piopiy::Status::Other,
            },
            Self::Live(event) => unknown! {
                "direction": event.direction.as_ref() => Direction::Other,
                "leg": event.leg.as_ref() => Leg::Other,
                "status": Some(&event.status) => piopiy::Status::Other,
            },
            Self::Stream(event) => unknown! {
                "direction": event.direction.as_ref() => Direction::Other,
                "leg": event.leg.as_ref() => Leg::Other,
                "status": Some(&event.status) => piopiy::Status::Other,
            },
            _ => Vec::new(),
        }
    }

    fn unrecognized(&self) -> Option<&'static str> {
        match self {
            Self::Unrecognized(event) => Some(of_chub(event.reason)),
            _ => None,
        }
    }
}

impl Understood for voipappz::Event {
    fn extra_fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Report(event) => texts(&event.extra),
            Self::Unrecognized(event) => texts(&event.fields),
            _ => Vec::new(),
        }
    }

    fn unknown_terms(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Report(event) => unknown! {
                "event": Some(&event.kind) => voipappz::EventName::Other,
                "direction": event.direction.as_ref() => voipappz::Direction::Other,
                "cause": event.cause.as_ref() => voipappz::HangupCause::Other,
                "queue_disposition": event.queue_disposition.as_ref() => voipappz::Disposition::Other,
            },
            _ => Vec::new(),
        }
    }

    fn unrecognized(&self) -> Option<&'static str> {
        use voipappz::Reason;

        let Self::Unrecognized(event) = self else {
            return None;
        };
        Some(match event.reason {
            Reason::NoField => {
                "it has none of the template's fields: it may be another platform's message, or an array"
            }
            Reason::NoId => "`uuid` is missing, or is a word for \"no value\"",
            Reason::UnfilledId => {
                "`uuid` is a placeholder that was not filled in: check its spelling in the webhook's template"
            }
            Reason::NoEvent => {
                "nothing names the event: give --event, or a path or a field that does, such as \"event\":\"Call:Answer\""
            }
            _ => OTHER,
        })
    }
}

/// TeleCMI and PIOPIY are one company's.
fn of_chub(reason: telecmi::Reason) -> &'static str {
    use telecmi::Reason;

    match reason {
        Reason::UnknownType => "`type` is neither `cdr` nor `event`",
        Reason::NoId => "`cmiuuid` is missing, or is a word for \"no value\"",
        Reason::NoStatus => "`status` is missing",
        Reason::NoType => "there is no `type`, and nothing else that tells the kind of message",
        Reason::Array => "it is a JSON array: each message is an object",
        _ => OTHER,
    }
}

const OTHER: &str = "it is of no known kind";
