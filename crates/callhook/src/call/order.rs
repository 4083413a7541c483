//! In which order contents are kept: [`Key`].

use std::cmp::Ordering;

use super::MessageKind;

/// What tells the messages of one call apart, in the order in which they are sorted. The agent does so for some platforms.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    pub(super) kind: Option<MessageKind>,
    pub(super) leg_id: Option<&'a str>,
    pub(super) leg: Option<&'a str>,
    pub(super) wire_direction: Option<&'a str>,
    pub(super) status: AnyCase<'a>,
    pub(super) agent: Option<&'a str>,
}

/// A text whose ASCII letters are compared without regard to case.
pub(super) struct AnyCase<'a>(pub(super) &'a str);

impl PartialEq for AnyCase<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for AnyCase<'_> {}

impl PartialOrd for AnyCase<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AnyCase<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let [one, two] =
            [self.0, other.0].map(|text| text.bytes().map(|byte| byte.to_ascii_lowercase()));
        one.cmp(two)
    }
}
