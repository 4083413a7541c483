//! How answers are made of a call's messages.
//!
//! Here is what all platforms share; what differs has a file for each. The rules are the docs of [`call`](super).

mod answers;
mod legs;
mod own;
mod piopiy;
mod telecmi;
mod voipappz;

use std::cmp::Reverse;
use std::ops::Range;

use self::legs::{Leg, Link};
use super::facts::{Fact, RecordStatus};
use super::whole::{Call, Content};
use super::{CallDirection, MessageKind, Outcome, Phase};
use crate::value::PhoneNumber;

/// A call's messages, each with what all of its contents tell.
pub(super) struct Messages<'a> {
    platform: Platform,
    ids: Vec<&'a str>,
    /// Sorted by what tells them apart.
    facts: Vec<Fact<'a>>,
    direction: Option<CallDirection>,
    legs: Vec<Leg<'a>>,
    /// For each fact.
    links: Vec<Link>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Platform {
    Telecmi,
    Piopiy,
    Voipappz,
    /// An application's own provider.
    Own,
}

impl Platform {
    fn of(provider: &str) -> Self {
        match provider {
            "telecmi" => Self::Telecmi,
            "piopiy" => Self::Piopiy,
            "voipappz" => Self::Voipappz,
            _ => Self::Own,
        }
    }
}

impl<'a> Messages<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        let platform = Platform::of(call.provider());
        let mut messages = Self {
            platform,
            ids: Vec::new(),
            facts: Vec::with_capacity(call.contents().len()),
            direction: None,
            legs: Vec::new(),
            links: Vec::new(),
        };
        messages.read(call.contents());
        if messages.ids.len() > Call::MAX_IDS {
            messages.ids = call.ids();
        }
        messages.direction = messages.direction();
        messages.find_legs();
        messages
    }

    /// One fact for each message: of its contents, those that name an agent count most, then those first received last;
    /// what one doesn't tell another may.
    fn read(&mut self, contents: &'a [Content]) {
        let has_agent = self.platform == Platform::Voipappz;
        // Where the contents of the last message begin.
        let mut start = 0;
        for content in contents.iter().rev() {
            self.facts.push(Fact::default());
            if let Some(fact) = self.facts.last_mut() {
                content.facts.read_into(fact, content.at);
            }
            let ([.., fact], Some(first)) = (&*self.facts, self.facts.get(start)) else {
                continue;
            };
            let is_of_same = fact.is_of_message_of(first, has_agent);
            let is_known = fact.kind != Some(MessageKind::Unrecognized);
            self.take_ids();
            if !is_known {
                self.facts.pop();
            } else if !is_of_same {
                let end = self.facts.len() - 1;
                unite(&mut self.facts, start..end);
                start = self.facts.len() - 1;
            }
        }
        let end = self.facts.len();
        unite(&mut self.facts, start..end);
    }

    /// Takes the last fact's ids, of which most are those of the fact before.
    fn take_ids(&mut self) {
        let mut last = self.facts.iter().rev();
        let (Some(fact), before) = (last.next(), last.next()) else {
            return;
        };
        for id in fact.ids_beyond(before) {
            if let Err(at) = self.ids.binary_search(&id) {
                self.ids.insert(at, id);
            }
        }
    }

    fn direction(&self) -> Option<CallDirection> {
        self.best(|fact| {
            let is_record = fact.is_record();
            let rank = match self.platform {
                // What leg b says of its direction may be a guess.
                Platform::Piopiy if fact.is_leg("b") => u8::from(is_record),
                Platform::Piopiy => 2 + u8::from(is_record),
                _ if is_record => 2,
                _ => u8::from(fact.is_of_customer()),
            };
            Some((rank, fact.direction?))
        })
    }

    /// The value of the highest rank; of several, the first message's. No time decides.
    fn best<T>(&self, told: impl Fn(&Fact<'a>) -> Option<(u8, T)>) -> Option<T> {
        let mut best: Option<(u8, T)> = None;
        for (rank, value) in self.facts.iter().filter_map(told) {
            if best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
                best = Some((rank, value));
            }
        }
        best.map(|(_, value)| value)
    }

    fn is_inbound(&self) -> bool {
        self.direction == Some(CallDirection::Inbound)
    }

    fn is_outbound(&self) -> bool {
        self.direction == Some(CallDirection::Outbound)
    }

    fn any(&self, is_so: impl Fn(&Fact<'a>) -> bool) -> bool {
        self.facts.iter().any(is_so)
    }

    fn customer(&self) -> Option<&'a str> {
        match self.platform {
            Platform::Telecmi => telecmi::customer(self),
            Platform::Piopiy => piopiy::customer(self),
            Platform::Voipappz => voipappz::customer(self),
            Platform::Own => own::customer(self),
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        match self.platform {
            Platform::Telecmi => telecmi::outcome(self),
            Platform::Piopiy => piopiy::outcome(self),
            Platform::Voipappz => voipappz::outcome(self),
            Platform::Own => own::outcome(self),
        }
    }

    /// What is likely where nothing tells it and nothing more comes.
    fn presumed_outcome(&self) -> Option<Outcome> {
        let is_answered = match self.platform {
            Platform::Telecmi => telecmi::seems_answered(self),
            Platform::Piopiy => piopiy::seems_answered(self),
            Platform::Voipappz | Platform::Own => {
                self.any(|fact| fact.phase == Some(Phase::Answered))
            }
        };
        Some(match self.direction? {
            _ if is_answered => Outcome::Answered,
            CallDirection::Inbound => Outcome::Missed,
            CallDirection::Outbound => Outcome::NoAnswer,
        })
    }

    fn talk_seconds(&self) -> Option<u64> {
        match self.platform {
            Platform::Telecmi => telecmi::talk_seconds(self),
            Platform::Piopiy => piopiy::talk_seconds(self),
            Platform::Voipappz | Platform::Own => {
                self.best(|fact| Some((u8::from(fact.is_record()), fact.talk_seconds?)))
            }
        }
    }

    /// Whether the leg that the call can't go on without is over: it was hung up, or its record is there.
    fn is_hung_up(&self) -> bool {
        self.any(|fact| match (self.platform, self.direction) {
            (Platform::Telecmi, Some(CallDirection::Outbound)) => fact.is_end(),
            (Platform::Telecmi, _) => fact.is_end() && self.is_on_callers_leg(fact),
            (Platform::Piopiy, _) => fact.is_end() && !fact.is_leg("b"),
            (Platform::Voipappz, _) => fact.is_end(),
            (Platform::Own, _) => fact.phase == Some(Phase::Ended) && !fact.is_of_agent(),
        })
    }

    fn is_on_callers_leg(&self, fact: &Fact<'a>) -> bool {
        let is_agents = || self.leg_with(fact).is_some_and(|leg| leg.is_agents);
        fact.is_of_customer() && !is_agents()
    }

    fn is_over(&self, outcome: Option<&Outcome>) -> bool {
        match self.platform {
            Platform::Telecmi => outcome.is_some() && telecmi::is_over(self),
            Platform::Piopiy => outcome.is_some() && piopiy::is_over(self),
            Platform::Voipappz => self.any(Fact::is_record),
            Platform::Own => outcome.is_some() && own::is_over(self),
        }
    }

    /// Whether a message says that the call was answered.
    fn says_answered(&self, fact: &Fact<'a>) -> bool {
        match self.platform {
            Platform::Telecmi => telecmi::says_answered(self, fact),
            Platform::Piopiy => fact.is_answered() && fact.is_leg("b"),
            Platform::Voipappz => {
                fact.phase == Some(Phase::Answered) || voipappz::is_answered(fact)
            }
            Platform::Own => fact.is_answered(),
        }
    }
}

impl Fact<'_> {
    fn is_record(&self) -> bool {
        self.kind == Some(MessageKind::Record)
    }

    fn is_leg(&self, letter: &str) -> bool {
        self.leg == Some(letter)
    }

    fn is_of_customer(&self) -> bool {
        self.party == Some(super::Party::Customer)
    }

    fn is_of_agent(&self) -> bool {
        self.party == Some(super::Party::Agent)
    }

    fn has_status(&self, status: &str) -> bool {
        self.status
            .is_some_and(|text| text.eq_ignore_ascii_case(status))
    }

    /// Whether its leg was answered: it says so now, or its record does.
    fn is_answered(&self) -> bool {
        match self.kind {
            Some(MessageKind::Record) => self.is_answered_record(),
            Some(MessageKind::Live) => self.phase == Some(Phase::Answered),
            _ => false,
        }
    }

    /// Whether its leg is over.
    fn is_end(&self) -> bool {
        self.is_record() || self.phase == Some(Phase::Ended)
    }

    fn is_answered_record(&self) -> bool {
        self.record_status == RecordStatus::Answered
    }

    fn is_missed_record(&self) -> bool {
        self.record_status == RecordStatus::Missed
    }
}

/// Makes one of the contents of one message.
fn unite(facts: &mut Vec<Fact<'_>>, places: Range<usize>) {
    let Some(contents @ [_, _, ..]) = facts.get_mut(places.clone()) else {
        return;
    };
    // Stable: equal contents' order is the call's.
    contents.reverse();
    contents.sort_by_key(|fact| Reverse((fact.agent.is_some(), fact.at)));
    if let Some((first, others)) = contents.split_first_mut() {
        for other in others {
            first.fill_from(other);
            first.at = first.at.min(other.at);
        }
    }
    facts.drain(places.start + 1..places.end);
}

fn is_same_number(one: &str, two: Option<&str>) -> bool {
    two.is_some_and(|two| PhoneNumber::from(one) == PhoneNumber::from(two))
}
