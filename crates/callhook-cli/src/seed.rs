//! What differs from run to run: [`Seed`].

use std::fmt;

use crate::error::Error;

/// What decides ids, numbers, order and losses. It is printed, so that a run can be repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// The one that was given, else a random one.
    pub(crate) fn given_or_random(given: Option<u64>) -> Result<Self, Error> {
        if let Some(seed) = given {
            return Ok(Self(seed));
        }
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::new(format!("the system has no random number: {error}")))?;
        // 48 bits: two runs of a hundred thousand calls share none, and it can still be typed.
        Ok(Self(u64::from_le_bytes(bytes) >> 16))
    }

    /// The seed of one of many calls.
    pub(crate) fn of_call(self, index: u64) -> u64 {
        self.0.wrapping_add(index)
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Repeatable choices: SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Choices(u64);

impl Choices {
    /// For a seed and a text: the same text always gets the same choices.
    pub(crate) fn of_text(seed: u64, text: &str) -> Self {
        // FNV-1a.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut choices = Self(seed);
        Self(choices.bits() ^ hash)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to but not including 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        const STEPS: f64 = (1_u64 << 53) as f64;
        (self.bits() >> 11) as f64 / STEPS
    }
}
