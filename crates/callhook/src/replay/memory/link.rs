//! What leads from the index to a content.

/// A reference to a content, or to none, in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link(u32);

/// What a [`Link`] leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A handled content, by its number in the log.
    Handled(u32),
    /// A claimed content, by its slot.
    Held(u32),
}

/// Numbers and slots have 31 bits. A slot never reaches the last one, which with this bit is [`Link::END`].
pub(super) const NUMBERS: u32 = (1 << 31) - 1;

const HELD: u32 = 1 << 31;

impl Link {
    /// Leads nowhere.
    pub(super) const END: Self = Self(u32::MAX);

    pub(super) fn to(target: Target) -> Self {
        match target {
            Target::Handled(number) => Self(number & NUMBERS),
            Target::Held(slot) => Self(slot | HELD),
        }
    }

    /// What is there.
    pub(super) fn target(self) -> Option<Target> {
        if self == Self::END {
            None
        } else if self.0 & HELD == 0 {
            Some(Target::Handled(self.0))
        } else {
            Some(Target::Held(self.0 & NUMBERS))
        }
    }

    pub(super) fn to_bits(self) -> u32 {
        self.0
    }

    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_back_to_its_place() {
        for target in [
            Target::Handled(0),
            Target::Handled(NUMBERS),
            Target::Held(0),
            Target::Held(NUMBERS - 1),
        ] {
            assert!(Link::to(target).target() == Some(target));
        }
        assert!(Link::END.target().is_none());
    }
}
