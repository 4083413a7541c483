//! What differs between seeds: the same for a seed on every machine.

/// SplitMix64.
pub(in crate::testing) struct Random(u64);

impl Random {
    pub(in crate::testing) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// For a seed and a text: calls of two scenarios share no ids though they share a seed.
    pub(in crate::testing) fn of(seed: u64, text: &str) -> Self {
        // FNV-1a.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed ^ hash)
    }

    pub(in crate::testing) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` up to but not including `high`; `low` where there is nothing between.
    pub(in crate::testing) fn between(&mut self, low: u64, high: u64) -> u64 {
        let width = high.saturating_sub(low).max(1);
        low.saturating_add(self.bits() % width)
    }

    pub(in crate::testing) fn bool(&mut self) -> bool {
        self.bits() & 1 == 1
    }

    /// A UUID of version 4.
    pub(in crate::testing) fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// 43 letters and digits, as the ids of click-to-call requests are.
    pub(in crate::testing) fn request_id(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letter = |bits: u64| {
            let index = usize::try_from(bits % 62).unwrap_or_default();
            LETTERS.get(index).copied().map_or('0', char::from)
        };
        (0..43).map(|_| letter(self.bits())).collect()
    }

    /// As many digits, of which the first is not 0.
    pub(in crate::testing) fn digits(&mut self, count: usize) -> String {
        let first = self.between(1, 10).to_string();
        let rest = (1..count).map(|_| self.between(0, 10).to_string());
        first + &rest.collect::<String>()
    }

    pub(in crate::testing) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.bits() % (last as u64 + 1)).unwrap_or_default();
            items.swap(last, other);
        }
    }
}
