//! What happens in a call: [`Scenario`].

use std::error::Error;
use std::fmt;

use super::platform::{Edition, Platform};

named! {
    /// What happens in a call.
    ///
    /// Not every platform reports everything: [`editions`](Self::editions) says which do.
    pub enum Scenario is "a scenario" {
        /// A customer calls, and the first agent whose phone rings answers.
        InboundAnswered = "inbound-answered",
        /// Two agents' phones ring, and the second agent answers.
        InboundTwoAgents = "inbound-two-agents",
        /// Nobody answers, and the platform ends the call.
        InboundMissed = "inbound-missed",
        /// The caller hangs up while waiting.
        InboundAbandoned = "inbound-abandoned",
        /// Nobody answers, and the caller leaves a voicemail.
        InboundVoicemail = "inbound-voicemail",
        /// The called agent's line is busy.
        InboundBusy = "inbound-busy",
        /// An agent answers and hands the caller over to a second agent.
        InboundTransfer = "inbound-transfer",
        /// The caller goes through an IVR before an agent answers. TeleCMI asks for the routing first; PIOPIY asks what to do,
        /// and asks again with the keys: none in time, then one.
        InboundIvr = "inbound-ivr",
        /// As `inbound-answered`, with the agent's audio streamed to a web socket that is lost and comes back.
        InboundStream = "inbound-stream",
        /// A voice bot takes the call through a web socket, and no agent's phone rings.
        InboundVoiceBot = "inbound-voice-bot",
        /// As `inbound-answered`, but nothing names the agent; a word for nothing may stand in the name's place.
        InboundUnnamedAgent = "inbound-unnamed-agent",
        /// As `inbound-answered`, but only a second copy of the record names the agent.
        InboundAgentNamedLater = "inbound-agent-named-later",
        /// As `inbound-two-agents`, with records that don't say which leg they are of.
        InboundRecordsWithoutLeg = "inbound-records-without-leg",
        /// As `inbound-answered`, with a record that is sent again with more in it: the recording's name, or at PIOPIY, which
        /// reports no recordings, what the call cost.
        InboundRecordRevised = "inbound-record-revised",
        /// The application or an agent calls a customer, who answers.
        OutboundAnswered = "outbound-answered",
        /// The customer does not answer.
        OutboundNoAnswer = "outbound-no-answer",
        /// The customer's line is busy, or the customer declines.
        OutboundRefused = "outbound-refused",
        /// The agent hangs up while the customer's phone rings.
        OutboundCancelled = "outbound-cancelled",
        /// The agent of a click-to-call does not answer. At PIOPIY the customer's phone rings first, and then no agent answers.
        OutboundAgentNoAnswer = "outbound-agent-no-answer",
    }
}

impl Scenario {
    /// Which editions report it, the one that a platform's seed 0 takes first.
    #[must_use]
    pub const fn editions(self) -> &'static [Edition] {
        use Edition::{Chub, ChubIndia, ChubLive, Piopiy2022, Piopiy2024, PiopiyIndia, Voipappz};
        match self {
            Self::InboundAnswered
            | Self::InboundTwoAgents
            | Self::InboundMissed
            | Self::InboundIvr
            | Self::InboundRecordRevised
            | Self::OutboundAnswered
            | Self::OutboundNoAnswer => Edition::ALL,
            // Without a reason of the hangup it can't be told from a miss.
            Self::InboundAbandoned | Self::OutboundRefused => &[Chub, ChubLive, Voipappz],
            Self::OutboundCancelled => &[Chub, ChubLive],
            Self::InboundVoicemail => &[Chub, ChubLive, ChubIndia],
            Self::InboundBusy => &[Voipappz],
            // Where records name the caller's leg, the two agents' would be one.
            Self::InboundTransfer => &[ChubLive, Piopiy2024, Piopiy2022, PiopiyIndia],
            Self::InboundStream | Self::InboundVoiceBot => &[Piopiy2024],
            Self::InboundUnnamedAgent => &[Chub, ChubLive, ChubIndia, Voipappz],
            Self::InboundAgentNamedLater => &[Chub, ChubLive, ChubIndia],
            Self::InboundRecordsWithoutLeg => &[
                Chub,
                ChubLive,
                ChubIndia,
                Piopiy2024,
                Piopiy2022,
                PiopiyIndia,
            ],
            Self::OutboundAgentNoAnswer => &[Chub, ChubLive, Piopiy2024, Piopiy2022, PiopiyIndia],
        }
    }

    /// Whether an edition of this platform reports it.
    #[must_use]
    pub fn is_reported_by(self, platform: Platform) -> bool {
        self.editions_of(platform).next().is_some()
    }

    pub(super) fn editions_of(self, platform: Platform) -> impl Iterator<Item = Edition> {
        let editions = self.editions().iter().copied();
        editions.filter(move |edition| edition.platform() == platform)
    }
}

/// A scenario that a platform or an edition does not report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    pub(super) scenario: Scenario,
    pub(super) by: &'static str,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, by } = self;
        let editions: Vec<&str> = scenario.editions().iter().map(|one| one.as_str()).collect();
        write!(
            f,
            "{by} does not report the scenario {scenario}: expected one of the editions {}",
            editions.join(", ")
        )
    }
}

impl Error for Unsupported {}
