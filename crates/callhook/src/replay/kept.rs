//! Which of an endpoint's windows a message is remembered for: [`Kept`].

/// For how long a message is remembered once it is handled, by what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A record, or a message of an unknown kind.
    Long,
    /// A state that may come back.
    Briefly,
}
