//! Which of an endpoint's windows a message is remembered for: [`Kept`].

/// For how long a message is remembered once it is handled, by what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A record, and whatever nobody knows.
    Long,
    /// A state that may come back.
    Briefly,
}
