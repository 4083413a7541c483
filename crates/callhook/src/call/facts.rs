//! What a call keeps of each message: [`Facts`].

use std::sync::Arc;

use super::order::{AnyCase, Key};
use super::packed::{number_of, push, push_number, split};
use super::{CallDirection, CallSummary, Finality, MessageKind, Missed, Party, Phase};
use crate::value::{PhoneNumber, Seconds, Timestamp, is_name};

/// One content of one message, in as few bytes as hold it: each field that is told as a letter, its length and its text.
///
/// Contents are kept by the hundred thousand, and shared between the states of a call; whoever asks reads them as a
/// [`Fact`]. Equal contents have equal texts. They are ordered by the message that they are of, records last, and by their
/// texts: what tells messages apart stands at the beginning, so that it is found without reading all.
///
/// Left out is what follows from the rest: a customer that is the caller of an inbound call or the called party of an
/// outbound one, and that a record's leg is reported. So are texts longer than 2048 bytes, which no platform sends: they
/// would make a call as large as its senders like.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Facts(Arc<str>);

/// Declares the fields of a content: each with its letter, and its name in the stored form. In the order in which a content
/// has them. Those of the head are texts, which tell what the content is of.
macro_rules! facts {
    (
        head { $($head:ident = $head_tag:literal $head_name:literal,)+ }
        words { $($word:ident: $word_type:ty = $word_tag:literal $word_name:literal [$($value:path => $code:literal $term:literal,)+],)+ }
        texts { $($text:ident = $text_tag:literal $text_name:literal,)+ }
        numbers { $($number:ident = $number_tag:literal $number_name:literal,)+ }
    ) => {
        /// One content, read.
        #[derive(Clone, Copy, Default)]
        pub(super) struct Fact<'a> {
            /// When it was first received, in milliseconds.
            pub(super) at: u64,
            pub(super) record_status: RecordStatus,
            $(pub(super) $head: Option<&'a str>,)+
            $(pub(super) $word: Option<$word_type>,)+
            $(pub(super) $text: Option<&'a str>,)+
            $(pub(super) $number: Option<u64>,)+
            /// What a later version stored and this one doesn't know: a JSON object of those fields.
            pub(super) unknown: Option<&'a str>,
        }

        impl<'a> Fact<'a> {
            /// Takes what this content doesn't tell from another of the same message.
            pub(super) fn fill_from(&mut self, other: &Fact<'a>) {
                $(self.$head = self.$head.or(other.$head);)+
                $(self.$word = self.$word.or(other.$word);)+
                $(self.$text = self.$text.or(other.$text);)+
                $(self.$number = self.$number.or(other.$number);)+
            }

            pub(super) fn encode(&self) -> Facts {
                let mut text = String::with_capacity(384);
                $(if let Some(value) = self.$head {
                    push(&mut text, $head_tag, value);
                })+
                $(if let Some(value) = self.$word {
                    let code = match value { $($value => $code,)+ };
                    push(&mut text, $word_tag, code);
                })+
                $(if let Some(value) = self.$text {
                    push(&mut text, $text_tag, value);
                })+
                $(if let Some(value) = self.$number {
                    push_number(&mut text, $number_tag, value);
                })+
                if let Some(unknown) = self.unknown {
                    push(&mut text, UNKNOWN, unknown);
                }
                Facts(text.into())
            }

            fn set(&mut self, tag: char, value: &'a str) {
                match tag {
                    $($head_tag => self.$head = Some(value),)+
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
                $(if let Some(value) = self.$head {
                    give($head_name, FactValue::Text(value));
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
                    $(($head_name, FactValue::Text(text)) => {
                        self.$head = Some(text);
                        true
                    })+
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

        /// The beginning of a content.
        #[derive(Default)]
        struct Head<'a> {
            $($head: Option<&'a str>,)+
            kind: Option<MessageKind>,
        }

        impl<'a> Head<'a> {
            fn read(text: &'a str) -> Self {
                let mut head = Self::default();
                let mut rest = text;
                while let Some((tag, value, after)) = split(rest) {
                    match tag {
                        $($head_tag => head.$head = Some(value),)+
                        // Every content has a kind, right behind its head.
                        _ => {
                            head.kind = code::kind(value);
                            break;
                        }
                    }
                    rest = after;
                }
                head
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
    head {
        leg_id = 'B' "id",
        call_id = 'C' "call",
        request_id = 'D' "request",
        leg = 'E' "leg",
        wire_direction = 'F' "wire",
        status = 'G' "status",
        agent = 'H' "agent",
    }
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
        let mut fact = Fact::default();
        self.read_into(&mut fact, at);
        fact
    }

    /// As [`read`](Self::read), where the fact is to stand, since facts are large. It tells nothing before.
    pub(super) fn read_into<'a>(&'a self, fact: &mut Fact<'a>, at: u64) {
        fact.at = at;
        let mut rest = &*self.0;
        while let Some((tag, value, after)) = split(rest) {
            fact.set(tag, value);
            rest = after;
        }
        if fact.kind == Some(MessageKind::Record) {
            fact.record_status = match fact.status {
                Some(status) if status.eq_ignore_ascii_case("answered") => RecordStatus::Answered,
                Some(status) if status.eq_ignore_ascii_case("missed") => RecordStatus::Missed,
                _ => RecordStatus::Other,
            };
        }
    }

    /// What may tie this message to others of its call.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let head = Head::read(&self.0);
        ids([head.leg_id, head.call_id, head.request_id])
    }

    /// By which contents are ordered.
    pub(super) fn order(&self) -> (Key<'_>, &str) {
        let head = Head::read(&self.0);
        let key = Key {
            kind: head.kind,
            leg_id: head.leg_id,
            leg: head.leg,
            wire_direction: head.wire_direction,
            status: AnyCase(head.status.unwrap_or_default()),
            agent: head.agent,
        };
        (key, &self.0)
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

/// What a record came to, which many rules ask for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum RecordStatus {
    Answered,
    Missed,
    /// Another status, or no record.
    #[default]
    Other,
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
        ids([self.leg_id, self.call_id, self.request_id])
    }

    /// Of the ids those that the other hasn't.
    pub(super) fn ids_beyond(&self, other: Option<&Self>) -> impl Iterator<Item = &'a str> {
        let known = other.map_or([None; 3], |fact| {
            [fact.leg_id, fact.call_id, fact.request_id]
        });
        let told = [self.leg_id, self.call_id, self.request_id];
        ids(told.map(|id| id.filter(|_| !known.contains(&id))))
    }

    /// Whether both are of one message of their call. The status is compared without regard to case, as in a message's
    /// identity.
    pub(super) fn is_of_message_of(&self, other: &Self, has_agent: bool) -> bool {
        let status = |fact: &Self| AnyCase(fact.status.unwrap_or_default());
        self.kind == other.kind
            && self.leg_id == other.leg_id
            && self.leg == other.leg
            && self.wire_direction == other.wire_direction
            && status(self) == status(other)
            && (!has_agent || self.agent == other.agent)
    }
}

fn ids(told: [Option<&str>; 3]) -> impl Iterator<Item = &str> {
    told.into_iter().flatten().filter(|id| is_id(id))
}

/// Whether a text can be the id of anything: no word for nothing, and no longer than an index of a database takes.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= LONGEST_ID && is_name(text)
}

const LONGEST_TEXT: usize = 2048;

const LONGEST_ID: usize = 255;

/// The letter of what this version doesn't know.
const UNKNOWN: char = '~';
