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
    /// `hangup_reason`: how a leg ended, as the vendor lists the words. The list's user is the account's agent.
    ///
    /// The words are SIP's, but not each means what it does there: `recv_cancel` is not a caller who gave up. One that
    /// did is `recv_bye`.
    pub enum HangupReason {
        /// `sent_bye`: the user ended the call.
        SentBye = "sent_bye",
        /// `recv_bye`: the caller ended the call.
        RecvBye = "recv_bye",
        /// `recv_cancel`: the user did not answer the call.
        RecvCancel = "recv_cancel",
        /// `sent_reject`: the user rejected the call. On an outbound call's leg b it is the called party who did, or
        /// whose line is busy.
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
