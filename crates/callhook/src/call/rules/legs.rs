//! Which messages are of one leg.

use std::iter::successors;

use super::{Messages, Platform};
use crate::call::facts::Fact;
use crate::call::{CallAgent, MessageKind};
use crate::value::{Seconds, Text, Timestamp};

/// A leg, with the places of its first message and its last among the call's.
pub(super) struct Leg<'a> {
    id: Option<&'a str>,
    letter: Option<&'a str>,
    pub(super) is_agents: bool,
    first: usize,
    last: usize,
}

/// Where a message belongs.
#[derive(Clone, Copy, Default)]
pub(super) struct Link {
    /// The leg's place among the call's.
    leg: Option<usize>,
    /// The place of the leg's next message.
    next: Option<usize>,
}

impl<'a> Messages<'a> {
    pub(super) fn find_legs(&mut self) {
        self.links.resize(self.facts.len(), Link::default());
        if self.platform == Platform::Voipappz {
            self.find_agents();
            return;
        }
        let is_without_letter = |fact: &Fact<'_>| fact.leg.is_none();
        // What says its leg comes before what has to be found one, and records come last.
        let is_in_turn: [fn(bool, bool) -> bool; 3] = [
            |without_letter, _| !without_letter,
            |without_letter, is_record| without_letter && !is_record,
            |without_letter, is_record| without_letter && is_record,
        ];
        for is_in_turn in is_in_turn {
            for place in 0..self.facts.len() {
                let Some(fact) = self.facts.get(place) else {
                    continue;
                };
                if !is_in_turn(is_without_letter(fact), fact.is_record()) {
                    continue;
                }
                let is_agents = self.is_of_agents_leg(fact);
                let (id, letter) = (fact.leg_id, fact.leg);
                let found = self.leg_of(fact, is_agents);
                self.link(place, found, id, letter, is_agents);
            }
        }
    }

    /// Adds a message to a leg, or to one of its own.
    fn link(
        &mut self,
        place: usize,
        found: Option<usize>,
        id: Option<&'a str>,
        letter: Option<&'a str>,
        is_agents: bool,
    ) {
        let at = found.unwrap_or(self.legs.len());
        match self.legs.get_mut(at) {
            Some(leg) => {
                leg.is_agents |= is_agents;
                if let Some(last) = self.links.get_mut(leg.last) {
                    last.next = Some(place);
                }
                leg.last = place;
            }
            None => self.legs.push(Leg {
                id,
                letter,
                is_agents,
                first: place,
                last: place,
            }),
        }
        if let Some(link) = self.links.get_mut(place) {
            link.leg = Some(at);
        }
    }

    /// Whether the message is of an agent's leg, as far as it tells itself.
    fn is_of_agents_leg(&self, fact: &Fact<'a>) -> bool {
        let names_agent = fact.is_record() && fact.leg.is_none() && fact.agent.is_some();
        match self.platform {
            Platform::Telecmi if self.is_inbound() => fact.is_of_agent() || names_agent,
            Platform::Telecmi => fact.is_leg("a"),
            Platform::Piopiy => {
                self.is_inbound() && fact.is_leg("b") && fact.kind != Some(MessageKind::Stream)
            }
            Platform::Voipappz => false,
            Platform::Own => fact.is_of_agent() || fact.agent.is_some(),
        }
    }

    /// The leg, among those found so far, that the message belongs to.
    fn leg_of(&self, fact: &Fact<'a>, is_agents: bool) -> Option<usize> {
        let legs = &self.legs;
        let find = |is_so: &dyn Fn(&Leg<'a>) -> bool| legs.iter().position(is_so);
        let has_id = |leg: &Leg<'a>| leg.id == fact.leg_id;
        if fact.leg.is_some() || self.platform == Platform::Own {
            return find(&|leg| has_id(leg) && leg.letter == fact.leg);
        }
        let is_inbound_record = fact.is_record() && self.is_inbound();
        if !(is_inbound_record && self.platform == Platform::Telecmi) {
            return find(&|leg| has_id(leg) && leg.letter != Some("b"))
                .or_else(|| find(&has_id))
                .or_else(|| {
                    let is_by_name = fact.is_record() && fact.agent.is_some();
                    let has_name = |leg: &Leg<'a>| self.agent_of(leg) == fact.agent;
                    is_by_name
                        .then(|| find(&|leg| leg.is_agents && has_name(leg)))
                        .flatten()
                });
        }
        let of_id = find(&|leg| has_id(leg) && leg.is_agents);
        if of_id.is_some() || !is_agents {
            return of_id.or_else(|| find(&|leg| has_id(leg) && !leg.is_agents));
        }
        // Of the agent's legs, and then of those without a name, the one that came out as the record says, or may have.
        let is_alike = |leg: &Leg<'a>| {
            let has = |is_so: fn(&Fact<'a>) -> bool| self.of_leg(leg).any(is_so);
            leg.is_agents && has(Fact::is_answered) == fact.is_answered()
        };
        let is_open = |leg: &Leg<'a>| leg.is_agents && !self.of_leg(leg).any(Fact::is_record);
        let has_name = |leg: &Leg<'a>| fact.agent.is_some() && self.agent_of(leg) == fact.agent;
        let find_only_unnamed = |is_so: &dyn Fn(&Leg<'a>) -> bool| {
            let is_it = |leg: &Leg<'a>| is_so(leg) && self.agent_of(leg).is_none();
            let count = legs.iter().filter(|leg| is_it(leg)).count();
            (count == 1).then(|| find(&is_it)).flatten()
        };
        find(&|leg| is_alike(leg) && has_name(leg))
            .or_else(|| find(&|leg| leg.is_agents && has_name(leg)))
            .or_else(|| find_only_unnamed(&is_alike))
            .or_else(|| find_only_unnamed(&is_open))
    }

    /// Voipappz: one id names the call, and extension or agent the leg. What names neither is the call's.
    fn find_agents(&mut self) {
        for place in 0..self.facts.len() {
            let fact = self.facts.get(place);
            let name = fact.and_then(|fact| fact.leg.or(fact.agent));
            if let (Some(fact), Some(_)) = (fact, name) {
                let id = fact.leg_id;
                let found = self.legs.iter().position(|leg| leg.letter == name);
                self.link(place, found, id, name, true);
            }
        }
    }

    pub(super) fn of_leg<'m>(&'m self, leg: &'m Leg<'a>) -> impl Iterator<Item = &'m Fact<'a>> {
        let next = |place: &usize| self.links.get(*place)?.next;
        let places = successors(Some(leg.first), next);
        places.filter_map(|place| self.facts.get(place))
    }

    /// The leg of a message.
    pub(super) fn leg_with(&self, fact: &Fact<'a>) -> Option<&Leg<'a>> {
        let is_it = |other: &Fact<'a>| std::ptr::eq(other, fact);
        let place = self.facts.iter().position(is_it)?;
        self.legs.get(self.links.get(place)?.leg?)
    }

    pub(super) fn agents_legs(&self) -> impl Iterator<Item = &Leg<'a>> {
        self.legs.iter().filter(|leg| leg.is_agents)
    }

    /// The agent whose leg it is, by the records' word before the others'.
    pub(super) fn agent_of(&self, leg: &Leg<'a>) -> Option<&'a str> {
        let named = |is_record: bool| {
            let mut facts = self
                .of_leg(leg)
                .filter(move |fact| fact.is_record() == is_record);
            facts.find_map(|fact| fact.agent)
        };
        named(true).or_else(|| named(false))
    }

    pub(super) fn is_leg_answered(&self, leg: &Leg<'a>) -> bool {
        match self.platform {
            Platform::Voipappz => self.of_leg(leg).any(|fact| self.says_answered(fact)),
            Platform::Own => self
                .of_leg(leg)
                .any(|fact| fact.is_answered() || fact.talk_seconds.is_some()),
            _ => self.of_leg(leg).any(Fact::is_answered),
        }
    }

    /// Whether the leg has its end: a hangup, or its record.
    pub(super) fn is_leg_ended(&self, leg: &Leg<'a>) -> bool {
        self.of_leg(leg).any(Fact::is_end)
    }

    pub(super) fn is_leg_talked(&self, leg: &Leg<'a>) -> bool {
        let mut facts = self.of_leg(leg);
        facts.any(|fact| fact.is_answered_record() && fact.leg_seconds.is_some())
    }

    pub(super) fn rung_at(&self, leg: &Leg<'a>) -> Option<u64> {
        self.of_leg(leg).filter_map(|fact| fact.started_at).min()
    }

    pub(super) fn agent_on(&self, leg: &Leg<'a>) -> CallAgent {
        let records = || self.of_leg(leg).filter(|fact| fact.is_record());
        CallAgent {
            agent: self.agent_of(leg).map(Text::from),
            answered: self.is_leg_answered(leg),
            rung_at: self.rung_at(leg).and_then(Timestamp::from_millis),
            seconds: records()
                .find_map(|fact| fact.leg_seconds)
                .map(Seconds::new),
            hangup_reason: records()
                .find_map(|fact| fact.hangup_reason)
                .map(Text::from),
        }
    }
}
