//! What truly happens in a scenario's call, whoever reports it: who rings when, who answers, and how it ends.

use super::random::Random;
use super::scenario::Scenario;

/// Times are in seconds since the call's start.
pub(in crate::testing) struct Plot {
    pub(in crate::testing) scenario: Scenario,
    /// Agents' phones that ring, in the order of [`Cast::agents`](super::cast::Cast::agents).
    pub(in crate::testing) agents: Vec<Ring>,
    /// On an outbound call the customer's phone.
    pub(in crate::testing) customer: Option<Ring>,
    pub(in crate::testing) ending: Ending,
    /// When the caller of an inbound call, or the agent of an outbound one, is gone.
    pub(in crate::testing) end: u64,
    /// How long the caller of an unanswered inbound call waited.
    pub(in crate::testing) waited: u64,
    pub(in crate::testing) is_recorded: bool,
}

#[derive(Clone, Copy)]
pub(in crate::testing) struct Ring {
    pub(in crate::testing) from: u64,
    pub(in crate::testing) answered: Option<u64>,
    pub(in crate::testing) until: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum Ending {
    /// Two people talked, and the one outside hung up, or the agent did.
    Talked {
        customer_hung_up: bool,
    },
    Missed,
    Abandoned,
    Voicemail,
    /// The line was busy, or the call declined.
    Refused,
    Cancelled,
    AgentDidNotAnswer,
    /// A voice bot took the call.
    Bot,
}

impl Ring {
    const fn missed(from: u64, until: u64) -> Self {
        Self {
            from,
            answered: None,
            until,
        }
    }

    const fn answered(from: u64, at: u64, until: u64) -> Self {
        Self {
            from,
            answered: Some(at),
            until,
        }
    }

    /// For how long it was answered.
    pub(in crate::testing) fn seconds(&self) -> u64 {
        self.answered
            .map_or(0, |answered| self.until.saturating_sub(answered))
    }
}

impl Plot {
    pub(in crate::testing) fn of(scenario: Scenario, random: &mut Random) -> Self {
        let ring = random.between(4, 25);
        let talk = random.between(8, 600);
        let talked = Ending::Talked {
            customer_hung_up: random.bool(),
        };
        let plot = Self {
            scenario,
            agents: Vec::new(),
            customer: None,
            ending: talked,
            end: 2 + ring + talk,
            waited: 0,
            is_recorded: random.bool(),
        };
        match scenario {
            Scenario::InboundAnswered
            | Scenario::InboundUnnamedAgent
            | Scenario::InboundAgentNamedLater
            | Scenario::InboundStream => Self {
                agents: vec![Ring::answered(2, 2 + ring, plot.end)],
                ..plot
            },
            Scenario::InboundRecordRevised => Self {
                agents: vec![Ring::answered(2, 2 + ring, plot.end)],
                is_recorded: true,
                ..plot
            },
            Scenario::InboundTwoAgents | Scenario::InboundRecordsWithoutLeg => Self {
                agents: vec![
                    Ring::missed(2, 3 + ring),
                    Ring::answered(3, 3 + ring, 3 + ring + talk),
                ],
                end: 3 + ring + talk,
                ..plot
            },
            Scenario::InboundMissed => Self::unanswered(plot, Ending::Missed, ring, 1),
            Scenario::InboundAbandoned => Self::unanswered(plot, Ending::Abandoned, ring, 0),
            Scenario::InboundVoicemail => {
                Self::unanswered(plot, Ending::Voicemail, ring, random.between(5, 60))
            }
            Scenario::InboundBusy => Self {
                agents: vec![Ring::missed(2, 3)],
                ending: Ending::Refused,
                end: 4,
                waited: 4,
                is_recorded: false,
                ..plot
            },
            Scenario::InboundTransfer => {
                let handed_over = 2 + ring + talk;
                let end = handed_over + 5 + random.between(8, 600);
                Self {
                    agents: vec![
                        Ring::answered(2, 2 + ring, handed_over + 5),
                        Ring::answered(handed_over, handed_over + 5, end),
                    ],
                    end,
                    ..plot
                }
            }
            Scenario::InboundIvr => Self {
                agents: vec![Ring::answered(14, 14 + ring, 14 + ring + talk)],
                end: 14 + ring + talk,
                ..plot
            },
            Scenario::InboundVoiceBot => Self {
                ending: Ending::Bot,
                end: 1 + talk,
                is_recorded: false,
                ..plot
            },
            Scenario::OutboundAnswered => Self {
                agents: vec![Ring::answered(0, 4, 5 + ring + talk)],
                customer: Some(Ring::answered(5, 5 + ring, 5 + ring + talk)),
                end: 5 + ring + talk,
                ..plot
            },
            Scenario::OutboundNoAnswer => Self::unreached(plot, Ending::Missed, 5 + ring),
            Scenario::OutboundRefused => Self::unreached(plot, Ending::Refused, 7),
            Scenario::OutboundCancelled => Self::unreached(plot, Ending::Cancelled, 5 + ring),
            Scenario::OutboundAgentNoAnswer => Self {
                agents: vec![Ring::missed(0, ring)],
                ending: Ending::AgentDidNotAnswer,
                end: ring,
                is_recorded: false,
                ..plot
            },
        }
    }

    /// Two agents' phones rang, and the caller stayed for so many seconds more.
    fn unanswered(plot: Self, ending: Ending, ring: u64, more: u64) -> Self {
        Self {
            agents: vec![Ring::missed(2, 3 + ring), Ring::missed(3, 3 + ring)],
            ending,
            end: 3 + ring + more,
            waited: 3 + ring,
            is_recorded: false,
            ..plot
        }
    }

    /// The agent was there, and the customer's phone rang until then.
    fn unreached(plot: Self, ending: Ending, until: u64) -> Self {
        Self {
            agents: vec![Ring::answered(0, 4, until)],
            customer: Some(Ring::missed(5, until)),
            ending,
            end: until,
            is_recorded: false,
            ..plot
        }
    }

    pub(in crate::testing) fn is_inbound(&self) -> bool {
        // `Scenario`'s names begin with the direction.
        self.scenario.as_str().starts_with("inbound")
    }

    /// When the first agent who answered did so.
    pub(in crate::testing) fn answered(&self) -> Option<u64> {
        self.agents.iter().find_map(|ring| ring.answered)
    }
}
