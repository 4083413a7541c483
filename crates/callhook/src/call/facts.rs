//! What a call keeps of each message: [`Facts`].

use std::borrow::Cow;
use std::sync::Arc;

use super::{CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase};
use crate::value::{PhoneNumber, Seconds, Timestamp, is_name};

/// One content of one message, in as few bytes as hold it: each field that is told as a letter, its length and its text.
///
/// Contents are kept by the hundred thousand, and shared between the states of a call; whoever asks reads them as a
/// [`Fact`]. Equal contents have equal texts, and the order of the texts is an order of contents: records first when it is
/// turned around.
///
/// Left out is what follows from the rest: a customer that is the caller of an inbound call or the called party of an
/// outbound one, and that a record's leg is reported. So are texts longer than 2048 bytes, which no platform sends: they would make a call as large as its
/// senders like.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Facts(Arc<str>);

/// Declares the fields of a content: each with its letter, and its name in the stored form. In the order of the letters, of
/// which the first ones decide the order of contents.
macro_rules! facts {
    (
        words { $($word:ident: $word_type:ty = $word_tag:literal $word_name:literal [$($value:path => $code:literal $term:literal,)+],)+ }
        texts { $($text:ident = $text_tag:literal $text_name:literal,)+ }
        numbers { $($number:ident = $number_tag:literal $number_name:literal,)+ }
    ) => {
        /// One content, read.
        #[derive(Clone, Copy, Default)]
        pub(super) struct Fact<'a> {
            /// When it was first received, in milliseconds.
            pub(super) at: u64,
            $(pub(super) $word: Option<$word_type>,)+
            $(pub(super) $text: Option<&'a str>,)+
            $(pub(super) $number: Option<u64>,)+
            /// What a later version stored and this one doesn't know: a JSON object of those fields.
            pub(super) unknown: Option<&'a str>,
        }

        impl<'a> Fact<'a> {
            /// Takes what this content doesn't tell from another of the same message.
            pub(super) fn fill_from(&mut self, other: &Fact<'a>) {
                $(self.$word = self.$word.or(other.$word);)+
                $(self.$text = self.$text.or(other.$text);)+
                $(self.$number = self.$number.or(other.$number);)+
            }

            pub(super) fn encode(&self) -> Facts {
                let mut text = String::with_capacity(384);
                $(if let Some(value) = self.$word {
                    let code = match value { $($value => $code,)+ };
                    push(&mut text, $word_tag, code);
                })+
                $(if let Some(value) = self.$text {
                    push(&mut text, $text_tag, value);
                })+
                $(if let Some(value) = self.$number {
                    push(&mut text, $number_tag, &number_text(value));
                })+
                if let Some(unknown) = self.unknown {
                    push(&mut text, UNKNOWN, unknown);
                }
                Facts(text.into())
            }

            fn set(&mut self, tag: char, value: &'a str) {
                match tag {
                    $($word_tag => self.$word = code::$word(value),)+
                    $($text_tag => self.$text = Some(value),)+
                    $($number_tag => self.$number = Some(number_of(value)),)+
                    _ => self.unknown = Some(value),
                }
            }

            /// Gives each field that is told, by its name in the stored form.
            pub(super) fn for_each(&self, mut give: impl FnMut(&'static str, FactValue<'a>)) {
                $(if let Some(value) = self.$word {
                    let term = match value { $($value => $term,)+ };
                    // A kind that isn't known has no term here: what was stored for it is among the unknown fields.
                    if !term.is_empty() {
                        give($word_name, FactValue::Text(term));
                    }
                })+
                $(if let Some(value) = self.$text {
                    give($text_name, FactValue::Text(value));
                })+
                $(if let Some(value) = self.$number {
                    give($number_name, FactValue::Number(value));
                })+
            }

            /// Takes a field of the stored form. `false` where it is none that this version knows, or has a value that it
            /// doesn't.
            pub(super) fn take(&mut self, name: &str, value: FactValue<'a>) -> bool {
                match (name, value) {
                    $(($word_name, FactValue::Text(text)) => {
                        self.$word = term::$word(text);
                        self.$word.is_some()
                    })+
                    $(($text_name, FactValue::Text(text)) => {
                        self.$text = Some(text);
                        true
                    })+
                    $(($number_name, FactValue::Number(number)) => {
                        self.$number = Some(number);
                        true
                    })+
                    _ => false,
                }
            }
        }

        /// Words by what a content has in their place.
        mod code {
            use super::*;

            $(pub(super) fn $word(code: &str) -> Option<$word_type> {
                Some(match code { $($code => $value,)+ _ => return None })
            })+
        }

        /// Words by their terms in the stored form.
        mod term {
            use super::*;

            $(pub(super) fn $word(term: &str) -> Option<$word_type> {
                Some(match term { $($term => $value,)+ _ => return None })
            })+
        }
    };
}

facts! {
    words {
        kind: MessageKind = 'A' "kind" [
            MessageKind::Unrecognized => "0" "",
            MessageKind::Question => "1" "question",
            MessageKind::Stream => "2" "stream",
            MessageKind::Live => "3" "live",
            MessageKind::Record => "4" "record",
        ],
        direction: CallDirection = 'a' "dir" [
            CallDirection::Inbound => "0" "inbound",
            CallDirection::Outbound => "1" "outbound",
        ],
        party: Party = 'b' "party" [
            Party::Customer => "0" "customer",
            Party::Agent => "1" "agent",
        ],
        phase: Phase = 'c' "phase" [
            Phase::Waiting => "0" "waiting",
            Phase::Ringing => "1" "ringing",
            Phase::Answered => "2" "answered",
            Phase::Ended => "3" "ended",
            Phase::Reported => "4" "reported",
        ],
        missed: Missed = 'd' "missed" [
            Missed::Leg => "0" "leg",
            Missed::Call => "1" "call",
        ],
        finality: Finality = 'e' "final" [
            Finality::No => "0" "no",
            Finality::Leg => "1" "leg",
            Finality::Call => "2" "call",
        ],
    }
    texts {
        leg_id = 'B' "id",
        leg = 'C' "leg",
        wire_direction = 'D' "wire",
        status = 'E' "status",
        agent = 'F' "agent",
        call_id = 'f' "call",
        request_id = 'g' "request",
        account = 'h' "account",
        caller = 'i' "from",
        called = 'j' "to",
        shown = 'k' "shown",
        customer = 'l' "customer",
        own_number = 'm' "own",
        team = 'n' "team",
        ivr = 'o' "ivr",
        recording = 'p' "recording",
        voicemail = 'q' "voicemail",
        hangup_reason = 'r' "reason",
        sip_status = 's' "sip",
        queue_outcome = 't' "queue",
        outcome = 'u' "outcome",
    }
    numbers {
        started_at = 'v' "start",
        answered_at = 'w' "answer",
        ended_at = 'x' "end",
        waited_seconds = 'y' "waited",
        leg_seconds = 'z' "seconds",
        talk_seconds = '0' "talk",
    }
}

impl Facts {
    /// What a message tells. `None` where it is part of no call: it is not recognised, or no id says which call's it is.
    pub(super) fn of(summary: &CallSummary) -> Option<Self> {
        if summary.kind == MessageKind::Unrecognized {
            return None;
        }
        let seconds = |value: Option<Seconds>| value.map(Seconds::get);
        let moment = |value: Option<Timestamp>| value.map(Timestamp::as_millis);
        let [caller, called, customer] =
            [&summary.caller, &summary.called, &summary.customer].map(phone);
        let follows = match summary.direction {
            Some(CallDirection::Inbound) => caller,
            Some(CallDirection::Outbound) => called,
            None => None,
        };
        let fact = Fact {
            kind: Some(summary.kind),
            direction: summary.direction,
            party: summary.party,
            phase: summary.phase.filter(|phase| *phase != Phase::Reported),
            missed: summary.missed,
            finality: Some(summary.finality).filter(|finality| *finality != Finality::No),
            leg_id: text(&summary.leg_id),
            leg: text(&summary.leg),
            wire_direction: text(&summary.wire_direction),
            status: text(&summary.status),
            agent: text(&summary.agent),
            call_id: text(&summary.call_id).filter(|id| is_id(id)),
            request_id: text(&summary.request_id).filter(|id| is_id(id)),
            account: text(&summary.account),
            caller,
            called,
            shown: phone(&summary.shown),
            customer: customer.filter(|_| customer != follows),
            own_number: phone(&summary.own_number),
            team: text(&summary.team),
            ivr: text(&summary.ivr),
            recording: text(&summary.recording),
            voicemail: summary
                .voicemail
                .as_ref()
                .map(|voicemail| text(&voicemail.file).unwrap_or_default()),
            hangup_reason: text(&summary.hangup_reason),
            sip_status: text(&summary.sip_status),
            queue_outcome: text(&summary.queue_outcome),
            outcome: text(&summary.outcome),
            started_at: moment(summary.started_at),
            answered_at: moment(summary.answered_at),
            ended_at: moment(summary.ended_at),
            waited_seconds: seconds(summary.waited_seconds),
            leg_seconds: seconds(summary.leg_seconds),
            talk_seconds: seconds(summary.talk_seconds),
            ..Fact::default()
        };
        let has_id = fact.ids().next().is_some();
        has_id.then(|| fact.encode())
    }

    /// The content, of a message that was first received then.
    pub(super) fn read(&self, at: u64) -> Fact<'_> {
        let mut fact = Fact {
            at,
            ..Fact::default()
        };
        let mut rest = &*self.0;
        while let Some((tag, value, after)) = split(rest) {
            fact.set(tag, value);
            rest = after;
        }
        fact
    }

    /// How many bytes it takes, without what counts its owners.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

fn text<T: AsRef<str>>(value: &Option<T>) -> Option<&str> {
    let text = value.as_ref().map(AsRef::as_ref);
    text.filter(|text| text.len() <= LONGEST_TEXT)
}

fn phone(value: &Option<PhoneNumber>) -> Option<&str> {
    let text = value.as_ref().map(PhoneNumber::as_str);
    text.filter(|text| text.len() <= LONGEST_TEXT)
}

/// A value of the stored form.
#[derive(Clone, Copy)]
pub(super) enum FactValue<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Fact<'a> {
    /// What may tie this message to others of its call.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let ids = [self.call_id, self.request_id, self.leg_id];
        ids.into_iter().flatten().filter(|id| is_id(id))
    }

    /// Which message it is, within its call. The status is compared without regard to case, as in a message's identity.
    pub(super) fn key(&self, has_agent: bool) -> Key<'a> {
        let status = self.status.unwrap_or_default();
        let is_lower = !status.bytes().any(|byte| byte.is_ascii_uppercase());
        Key {
            kind: self.kind,
            leg_id: self.leg_id,
            leg: self.leg,
            wire_direction: self.wire_direction,
            status: if is_lower {
                Cow::Borrowed(status)
            } else {
                Cow::Owned(status.to_ascii_lowercase())
            },
            agent: self.agent.filter(|_| has_agent),
        }
    }
}

/// What tells the messages of one call apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    kind: Option<MessageKind>,
    leg_id: Option<&'a str>,
    leg: Option<&'a str>,
    wire_direction: Option<&'a str>,
    status: Cow<'a, str>,
    agent: Option<&'a str>,
}

/// Whether a text can be the id of anything: no word for nothing, and no longer than an index of a database takes.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= LONGEST_ID && is_name(text)
}

const LONGEST_TEXT: usize = 2048;

const LONGEST_ID: usize = 255;

/// The letter of what this version doesn't know.
const UNKNOWN: char = '~';

/// A letter, the text's length in groups of six bits, all but the last with a seventh, and the text.
fn push(to: &mut String, tag: char, text: &str) {
    to.push(tag);
    let mut length = text.len();
    while length >= 64 {
        to.push(ascii(64 | (length & 63)));
        length >>= 6;
    }
    to.push(ascii(length));
    to.push_str(text);
}

fn split(text: &str) -> Option<(char, &str, &str)> {
    let bytes = text.as_bytes();
    let tag = char::from(*bytes.first()?);
    let mut length = 0_usize;
    let mut at = 1;
    for shift in (0..usize::BITS).step_by(6) {
        let group = usize::from(*bytes.get(at)?);
        at += 1;
        length |= (group & 63).checked_shl(shift)?;
        if group < 64 {
            break;
        }
    }
    let end = at.checked_add(length)?;
    Some((tag, text.get(at..end)?, text.get(end..)?))
}

/// A number in groups of seven bits.
fn number_text(mut number: u64) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(ascii(usize::try_from(number & 127).unwrap_or_default()));
        number >>= 7;
    }
    text
}

fn number_of(text: &str) -> u64 {
    let groups = text.bytes().rev();
    groups.fold(0, |number, group| (number << 7) | u64::from(group & 127))
}

/// Seven bits as a character of one byte.
fn ascii(bits: usize) -> char {
    char::from(u8::try_from(bits & 127).unwrap_or_default())
}
