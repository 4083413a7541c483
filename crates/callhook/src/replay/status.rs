//! Whether a message came before, as a handler is told: [`ReplayStatus`].

/// Whether this message came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplayStatus {
    /// Neither this message nor another content of it is known. Two contents that arrive at the same instant may both
    /// get so.
    First,
    /// Another content of this message is known: a CDR sent again once its recording exists, say.
    Revision,
    /// Replay protection doesn't cover this message: it may come again.
    Unchecked(UncheckedReason),
}

impl ReplayStatus {
    /// `first`, `revision` or `unchecked`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Revision => "revision",
            Self::Unchecked(_) => "unchecked",
        }
    }
}

/// Why replay protection doesn't cover a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UncheckedReason {
    /// The message has no id.
    NoId,
    /// The platform waits for the answer, which has to be given every time it asks.
    AwaitsAnswer,
    /// The replay store could not answer, and the endpoint handles messages in that case.
    StoreUnavailable,
    /// The endpoint was built without replay protection.
    Off,
}
