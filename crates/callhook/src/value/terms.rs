//! The words that fields of several providers share.

open_enum! {
    /// A leg's direction **as on the wire**. An inbound call's agent leg says `outbound`: for the call's direction, ask
    /// the event's summary.
    pub enum Direction {
        /// `inbound`
        Inbound = "inbound",
        /// `outbound`
        Outbound = "outbound",
    }
}

open_enum! {
    /// Which leg of a call.
    pub enum Leg {
        /// `a`
        A = "a",
        /// `b`
        B = "b",
    }
}

open_enum! {
    /// `hangup_reason`: who ended a leg, in SIP's terms.
    pub enum HangupReason {
        /// `sent_bye`: the platform's side hung up.
        SentBye = "sent_bye",
        /// `recv_bye`: the other side hung up.
        RecvBye = "recv_bye",
        /// `recv_cancel`: the other side gave up before an answer.
        RecvCancel = "recv_cancel",
        /// `sent_reject`: refused.
        SentReject = "sent_reject",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_in_any_case_and_others_are_kept_as_sent() {
        assert_eq!(Direction::from("INBOUND"), Direction::Inbound);
        assert_eq!(Leg::from(" B"), Leg::B);
        let other = HangupReason::from("Sent_Refer");
        assert_eq!(other, HangupReason::Other("Sent_Refer".into()));
        assert_eq!(other.as_str(), "Sent_Refer");
    }
}
