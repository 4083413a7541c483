//! Who sends a call's messages: [`Platform`] and [`Edition`].

named! {
    /// A platform, by the name that its provider has.
    pub enum Platform is "a platform" {
        /// TeleCMI.
        Telecmi = "telecmi",
        /// PIOPIY.
        Piopiy = "piopiy",
        /// Voipappz.
        Voipappz = "voipappz",
    }
}

named! {
    /// What a platform sends differs between its products, its years, and its documentation and its live traffic.
    pub enum Edition is "an edition" {
        /// TeleCMI's CHUB as its documentation has it: numbers are figures in records and text in events, an answered inbound
        /// call's record names the caller's leg, and an outbound call's record of leg a has the agent's phone in `to`.
        Chub = "chub",
        /// CHUB as reported from live traffic: an answered inbound call's record names the agent's leg, `extra_params` is an
        /// object, `custom` says `none` or `false`, `to` of leg a's record is the customer's number, and `call_id` differs
        /// between a leg's events and its record.
        ChubLive = "chub-live",
        /// CHUB India: no `conversation_uuid`, no own number and no reason of a hangup in records, and one record, without a
        /// leg, of an outbound call.
        ChubIndia = "chub-india",
        /// PIOPIY since 2024: no `type`, and statuses such as `in_answered` and `out_bridged`.
        Piopiy2024 = "piopiy-2024",
        /// PIOPIY of 2021 and 2022: with `type`, and statuses such as `started` and `hangup`.
        Piopiy2022 = "piopiy-2022",
        /// PIOPIY India: no figures but `duration` in records, and leg a's id names the call.
        PiopiyIndia = "piopiy-india",
        /// Voipappz, with all fields of its documented template.
        Voipappz = "voipappz",
    }
}

impl Edition {
    /// Whose edition it is.
    #[must_use]
    pub const fn platform(self) -> Platform {
        match self {
            Self::Chub | Self::ChubLive | Self::ChubIndia => Platform::Telecmi,
            Self::Piopiy2024 | Self::Piopiy2022 | Self::PiopiyIndia => Platform::Piopiy,
            Self::Voipappz => Platform::Voipappz,
        }
    }

    pub(super) const fn is_india(self) -> bool {
        matches!(self, Self::ChubIndia | Self::PiopiyIndia)
    }
}
