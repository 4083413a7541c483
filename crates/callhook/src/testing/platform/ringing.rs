//! Phones that ring at once: who takes the call.

use super::script::Agent;
use crate::testing::calls::plot::Ring;

/// What came of it.
pub(super) struct Rung {
    /// One for each phone, in their order.
    pub(super) rings: Vec<Ring>,
    /// Whose phone was answered.
    pub(super) answered: Option<usize>,
    /// When the last phone stops ringing, or one is answered.
    pub(super) end: u64,
    pub(super) is_caller_gone: bool,
}

/// Phones ring from this second on, for so many seconds. An answered one is so `until` it is known how long they talk.
pub(super) fn ring(agents: &[Agent], from: u64, seconds: u64, is_caller_gone: bool) -> Rung {
    let after = |agent: &Agent| match agent {
        Agent::Answers => Some(5),
        Agent::AnswersAfter(seconds) => Some(*seconds),
        Agent::Busy | Agent::NoAnswer => None,
    };
    let answer = |agent: &Agent| after(agent).filter(|after| *after < seconds && !is_caller_gone);
    let answers = agents.iter().enumerate();
    let first = answers
        .filter_map(|(index, agent)| Some((answer(agent)?, index)))
        .min();
    let are_all_busy = !agents.is_empty() && agents.iter().all(|agent| *agent == Agent::Busy);
    let length = match first {
        Some((after, _)) => after,
        None if are_all_busy => 1,
        None if is_caller_gone => 3.min(seconds),
        None => seconds,
    };
    let end = from.saturating_add(length);
    let ring = |(index, agent): (usize, &Agent)| {
        let is_answered = first.is_some_and(|(_, first)| first == index);
        let is_busy = *agent == Agent::Busy;
        Ring {
            from,
            answered: is_answered.then_some(end),
            until: if is_busy { from.saturating_add(1) } else { end },
        }
    };
    Rung {
        rings: agents.iter().enumerate().map(ring).collect(),
        answered: first.map(|(_, index)| index),
        end,
        is_caller_gone: is_caller_gone && !are_all_busy,
    }
}
