//! All answers of a call, one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Messages, Platform, legs::Leg};
use crate::call::answers::{Answers, CallAgent};
use crate::call::facts::Fact;
use crate::call::whole::Call;
use crate::call::{CallDirection, MessageKind, Outcome, Voicemail};
use crate::value::{PhoneNumber, Seconds, Text, Timestamp};

impl<'a> Messages<'a> {
    /// What is known, with the ids of an earlier answer where they are the same.
    pub(in crate::call) fn answers(&self, call: &Call, before: Option<&Answers>) -> Answers {
        let outcome = self.outcome();
        let is_over = self.is_over(outcome.as_ref());
        let legs = self.legs_by_start();
        Answers {
            provider: call.provider().into(),
            tenant: call.tenant().map(Text::from),
            ids: match before {
                Some(before)
                    if before
                        .ids
                        .iter()
                        .map(Text::as_str)
                        .eq(self.ids.iter().copied()) =>
                {
                    Arc::clone(&before.ids)
                }
                _ => self.ids.iter().copied().map(Text::from).collect(),
            },
            direction: self.direction,
            customer: self.customer().map(PhoneNumber::from),
            own_number: self.own_number().map(PhoneNumber::from),
            agents: self.agents(&legs),
            answered_by: self.answered_by(outcome.as_ref(), &legs),
            presumed_outcome: outcome.clone().or_else(|| self.presumed_outcome()),
            started_at: self
                .facts
                .iter()
                .filter_map(|fact| fact.started_at)
                .min()
                .and_then(Timestamp::from_millis),
            talk_seconds: self.talk_seconds().map(Seconds::new),
            waited_seconds: self.waited_seconds().map(Seconds::new),
            recordings: self.recordings(&legs),
            voicemails: self.voicemails(),
            is_ended: is_over || self.is_hung_up(),
            is_over,
            is_joined: self.is_joined(),
            legs: match self.platform {
                Platform::Voipappz if self.legs.is_empty() => usize::from(!self.facts.is_empty()),
                _ => self.legs.len(),
            },
            messages: self.facts.len(),
            answered_at: self.answered_at().and_then(Timestamp::from_millis),
            ended_at: self.ended_at().and_then(Timestamp::from_millis),
            answer_seen_at: self.answer_seen_at().and_then(Timestamp::from_millis),
            hangup_reason: self.hangup_reason().map(Text::from),
            outcome,
        }
    }

    fn own_number(&self) -> Option<&'a str> {
        self.best(|fact| {
            let rank = match self.platform {
                Platform::Piopiy if fact.is_leg("b") => 0,
                _ if fact.is_record() => 2,
                Platform::Piopiy => 1,
                _ => u8::from(fact.is_of_customer()),
            };
            Some((rank, fact.own_number?))
        })
    }

    /// In the order in which their phones were rung, those without a name each on its own.
    fn agents(&self, legs: &[&Leg<'a>]) -> Vec<CallAgent> {
        if self.platform == Platform::Telecmi && self.direction == Some(CallDirection::Outbound) {
            return self.agent_who_called().into_iter().collect();
        }
        let mut agents: Vec<CallAgent> = Vec::new();
        for leg in self.named(legs) {
            let agent = self.agent_on(leg);
            let is_same =
                |other: &&mut CallAgent| agent.agent.is_some() && other.agent == agent.agent;
            match agents.iter_mut().find(is_same) {
                Some(known) if !known.answered && agent.answered => {
                    *known = CallAgent {
                        rung_at: known.rung_at,
                        ..agent
                    };
                }
                Some(_) => {}
                None => agents.push(agent),
            }
        }
        agents
    }

    /// The legs that are an agent's, as far as anything tells.
    fn named<'m>(&'m self, legs: &'m [&'m Leg<'a>]) -> impl Iterator<Item = &'m Leg<'a>> {
        let legs = legs.iter().copied();
        legs.filter(|leg| leg.is_agents || self.agent_of(leg).is_some())
    }

    /// TeleCMI outbound: every message names the agent, whose phone was rung first. A leg b is rung once the agent is there.
    fn agent_who_called(&self) -> Option<CallAgent> {
        let name = self.best(|fact| {
            let rank = 2 * u8::from(fact.is_leg("a")) + u8::from(fact.is_record());
            Some((rank, fact.agent?))
        });
        let first = || self.facts.iter().filter(|fact| !fact.is_leg("b"));
        let records = || {
            self.facts
                .iter()
                .filter(|fact| fact.is_record() && !fact.is_leg("b"))
        };
        let is_there = first().any(Fact::is_answered) || self.any(|fact| fact.is_leg("b"));
        let has_leg = first().next().is_some();
        (name.is_some() || has_leg).then(|| CallAgent {
            agent: name.map(Text::from),
            answered: is_there,
            rung_at: first()
                .filter_map(|fact| fact.started_at)
                .min()
                .and_then(Timestamp::from_millis),
            seconds: records()
                .find_map(|fact| fact.leg_seconds)
                .map(Seconds::new),
            hangup_reason: records()
                .find_map(|fact| fact.hangup_reason)
                .map(Text::from),
        })
    }

    fn answered_by(&self, outcome: Option<&Outcome>, legs: &[&Leg<'a>]) -> Option<CallAgent> {
        match (self.platform, self.direction) {
            (Platform::Telecmi, Some(CallDirection::Outbound)) => {
                let is_answered = self.any(|fact| self.says_answered(fact));
                self.agent_who_called().filter(|_| is_answered)
            }
            (Platform::Voipappz, _) => {
                // The last word of whom the call was with.
                let by_rank = self.best(|fact| {
                    let is_said = self.says_answered(fact);
                    let rank =
                        2 * u8::from(fact.is_record()) + u8::from(fact.hangup_reason.is_some());
                    is_said.then_some((rank, self.leg_with(fact)?))
                });
                let is_other = outcome.is_some_and(|outcome| *outcome != Outcome::Answered);
                by_rank.filter(|_| !is_other).map(|leg| self.agent_on(leg))
            }
            _ => {
                let answered = || self.named(legs).filter(|leg| self.is_leg_answered(leg));
                let talked = answered().find(|leg| self.is_leg_talked(leg));
                talked
                    .or_else(|| answered().next())
                    .map(|leg| self.agent_on(leg))
            }
        }
    }

    /// Of the call's own record, not of one agent's.
    fn waited_seconds(&self) -> Option<u64> {
        let is_calls = |fact: &Fact<'_>| {
            fact.is_of_customer() || fact.is_answered_record() || self.platform == Platform::Own
        };
        self.best(|fact| {
            let is_told = fact.is_record() && is_calls(fact);
            is_told.then_some((0, fact.waited_seconds?))
        })
    }

    /// One for each leg.
    fn recordings(&self, legs: &[&Leg<'a>]) -> Vec<Text> {
        let in_turn = legs.iter().flat_map(|leg| {
            let of = |is_record: bool| {
                let mut facts = self
                    .of_leg(leg)
                    .filter(move |fact| fact.is_record() == is_record);
                facts.find_map(|fact| fact.recording)
            };
            of(true).or_else(|| of(false))
        });
        // Voipappz: what names no agent is of no leg.
        let others = self
            .facts
            .iter()
            .filter(|_| self.platform == Platform::Voipappz);
        let others = others.filter(|fact| fact.leg.is_none() && fact.agent.is_none());
        let others = others.rev().find_map(|fact| fact.recording);
        let mut seen = BTreeSet::new();
        let all = in_turn.chain(others).filter(|text| seen.insert(*text));
        all.map(Text::from).collect()
    }

    fn legs_by_start(&self) -> Vec<&Leg<'a>> {
        let mut legs: Vec<&Leg<'a>> = self.legs.iter().collect();
        legs.sort_by_key(|leg| self.rung_at(leg));
        legs
    }

    fn voicemails(&self) -> Vec<Voicemail> {
        let files: BTreeSet<&str> = self
            .facts
            .iter()
            .filter_map(|fact| fact.voicemail)
            .collect();
        let file = |file: &str| (!file.is_empty()).then(|| Text::from(file));
        files
            .into_iter()
            .map(|name| Voicemail::new(file(name)))
            .collect()
    }

    fn is_joined(&self) -> bool {
        self.any(|fact| !fact.is_leg("b") || fact.call_id.is_some() || fact.request_id.is_some())
    }

    /// Inbound the caller's leg's; outbound the customer's, who is there last.
    fn answered_at(&self) -> Option<u64> {
        let is_second = self.direction == Some(CallDirection::Outbound);
        self.best(|fact| (fact.is_leg("b") == is_second).then_some((0, fact.answered_at?)))
    }

    /// Of the leg that lasts as long as the call.
    fn ended_at(&self) -> Option<u64> {
        self.best(|fact| (!fact.is_leg("b")).then_some((0, fact.ended_at?)))
    }

    fn answer_seen_at(&self) -> Option<u64> {
        let says = self.facts.iter().filter(|fact| self.says_answered(fact));
        says.map(|fact| fact.at).min()
    }

    fn hangup_reason(&self) -> Option<&'a str> {
        self.best(|fact| {
            let is_stream = fact.kind == Some(MessageKind::Stream);
            let rank = 2 * u8::from(fact.is_record()) + u8::from(!fact.is_of_agent());
            (!is_stream).then_some((rank, fact.hangup_reason?))
        })
    }
}
