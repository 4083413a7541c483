//! How a call came out: [`Outcome`].

open_enum! {
    /// How a call came out, in the field's words.
    ///
    /// [`Call::outcome`](super::Call::outcome) has the rules.
    pub enum Outcome {
        /// `answered`: agent and customer talked.
        Answered = "answered",
        /// `missed`: inbound, nobody answered.
        Missed = "missed",
        /// `abandoned`: inbound, the caller hung up before anybody answered.
        Abandoned = "abandoned",
        /// `voicemail`: inbound, nobody answered and the caller left a voicemail.
        Voicemail = "voicemail",
        /// `busy`: the called line was busy.
        Busy = "busy",
        /// `no_answer`: outbound, the customer didn't answer.
        NoAnswer = "no_answer",
        /// `refused`: outbound, the customer declined or the line was busy, which TeleCMI has one word for.
        Refused = "refused",
        /// `cancelled`: outbound, the call was given up before the customer answered.
        Cancelled = "cancelled",
        /// `agent_no_answer`: outbound, the agent's phone was rung first, and the agent didn't answer.
        AgentNoAnswer = "agent_no_answer",
    }
}
