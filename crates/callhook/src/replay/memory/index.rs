//! Where a content is, told by the hash of its identity.
//!
//! 1. One table of [slots](super::slots). All contents of one identity are near the slot of its hash, and one look there
//!    tells in most cases that an identity is new, without a look at any content.
//! 2. It grows bit by bit: where three quarters are taken there is a table of twice the size, and each content that is
//!    added lets a few slots of the old table move. A hash whose slot in the old table has been passed is in the new
//!    one, or still behind the slots that were passed. Any other hash is in the old one.
//! 3. A table of twice the size has the same order. So its memory is taken piece by piece while that of the old one is
//!    given back: 11 to 22 bytes for each content of the fullest moment. It never shrinks.

use super::link::Link;
use super::slots::{Slot, Slots};

pub(super) struct Index {
    slots: Slots,
    /// The table before, while it is moved.
    old: Option<Old>,
    contents: usize,
    #[cfg(test)]
    pub(super) moved: Moved,
}

struct Old {
    slots: Slots,
    /// The slots before this one have been moved.
    next: usize,
}

/// How many slots of the old table are moved for each content that is added. It is empty long before the new one is as
/// full as it was: after a sixteenth of its slots.
const MOVED_SLOTS: usize = 16;

/// The first table has 16 slots.
const FIRST_BITS: u32 = 4;

/// As many as a slot has bits of a hash, but for one: enough for three times [the most](super::MAX_CAPACITY) contents.
const MOST_BITS: u32 = 31;

impl Index {
    pub(super) fn new() -> Self {
        Self {
            slots: Slots::new(FIRST_BITS),
            old: None,
            contents: 0,
            #[cfg(test)]
            moved: Moved::default(),
        }
    }

    /// The links to the contents with this hash, and to few others.
    pub(super) fn links(&self, hash: u64) -> impl Iterator<Item = Link> {
        let hash = high_half(hash);
        let old = self.old.iter();
        let old = old.flat_map(move |old| old.slots.run(hash, old.next));
        let new = self.is_moved(hash).then(|| self.slots.run(hash, 0));
        let both = old.chain(new.into_iter().flatten());
        both.filter(move |(_, slot)| slot.hash() == hash)
            .map(|(_, slot)| slot.link())
    }

    /// Adds a link that is not there yet.
    pub(super) fn insert(&mut self, hash: u64, link: Link) {
        self.grow();
        let hash = high_half(hash);
        let is_moved = self.is_moved(hash);
        let slots = match &mut self.old {
            Some(old) if !is_moved => &mut old.slots,
            _ => &mut self.slots,
        };
        slots.put(Slot::new(hash, link));
        self.contents += 1;
    }

    /// Puts a link in the place of another with the same hash.
    pub(super) fn replace(&mut self, hash: u64, link: Link, by: Link) {
        let hash = high_half(hash);
        if let Some((slots, at, _)) = self.find(Slot::new(hash, link)) {
            slots.set(at, Slot::new(hash, by));
        }
    }

    /// Takes a link out.
    pub(super) fn remove(&mut self, hash: u64, link: Link) {
        let slot = Slot::new(high_half(hash), link);
        if let Some((slots, at, first)) = self.find(slot) {
            let _moved = slots.remove(at, first);
            self.contents -= 1;
            #[cfg(test)]
            self.moved.count(_moved);
        }
    }

    /// The table that has this slot, the slot's number, and the number from which that table counts.
    fn find(&mut self, slot: Slot) -> Option<(&mut Slots, usize, usize)> {
        if let Some(old) = &mut self.old
            && let Some(at) = old.slots.position(slot, old.next)
        {
            return Some((&mut old.slots, at, old.next));
        }
        let at = self.slots.position(slot, 0)?;
        Some((&mut self.slots, at, 0))
    }

    /// Whether the home of a hash in the old table has been passed. Those with this hash that were behind it may be there
    /// still, and new ones are not put there.
    fn is_moved(&self, hash: u32) -> bool {
        let is_moved = |old: &Old| old.slots.home(hash) < old.next;
        self.old.as_ref().is_none_or(is_moved)
    }

    /// Begins to grow if it is time, and goes on if it has begun.
    fn grow(&mut self) {
        let bits = self.slots.bits();
        let is_crowded = self.contents > self.slots.count() / 4 * 3 && bits < MOST_BITS;
        if is_crowded && self.old.is_none() {
            let slots = std::mem::replace(&mut self.slots, Slots::new(bits + 1));
            self.old = Some(Old { slots, next: 0 });
        }
        let Some(old) = &mut self.old else { return };
        for _ in 0..MOVED_SLOTS {
            match old.slots.get(old.next) {
                Some(slot) => {
                    self.slots.put(slot);
                    #[cfg(test)]
                    self.moved.count(1);
                }
                None if old.next >= old.slots.count() => {
                    self.old = None;
                    return;
                }
                None => {}
            }
            old.next += 1;
            old.slots.pass(old.next);
        }
    }
}

fn high_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// How many contents one step has moved or dropped, for the promise that no claim moves many.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Moved {
    now: u32,
    pub(super) most: u32,
}

#[cfg(test)]
impl Moved {
    pub(super) fn begin(&mut self) {
        self.now = 0;
    }

    pub(super) fn count(&mut self, by: u32) {
        self.now += by;
        self.most = self.most.max(self.now);
    }
}

#[cfg(test)]
impl Index {
    /// Every link, with what it has of a hash. Checks that each is found there, and that the memory is in proportion.
    pub(super) fn assert_sound(&self) -> Vec<(u32, Link)> {
        let next = self.old.as_ref().map_or(0, |old| old.next);
        let old = self.old.iter().flat_map(|old| old.slots.taken());
        let old = old.filter(|(at, _)| *at >= next);
        let all: Vec<(u32, Link)> = old
            .chain(self.slots.taken())
            .map(|(_, slot)| (slot.hash(), slot.link()))
            .collect();
        assert_eq!(all.len(), self.contents);
        for (hash, link) in &all {
            let found = self.links(u64::from(*hash) << 32);
            assert_eq!(found.filter(|found| found == link).count(), 1);
        }
        // A piece that is being passed, one that is being filled, and one behind the last slots.
        let old = self.old.as_ref().map_or(0, |old| old.slots.allocated());
        let most = self.slots.count() + 3 * self.slots.piece();
        assert!(old + self.slots.allocated() <= most);
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::replay::memory::link::Target;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Insert(u64),
        Replace(usize),
        Remove(usize),
    }

    /// More is added than is taken out, so that the index grows from 16 slots to some hundreds. Hashes that meet in one
    /// slot, in its neighbours, and in the last one.
    fn step() -> impl Strategy<Value = Step> {
        let hash = prop_oneof![
            any::<u64>(),
            (0..8_u64).prop_map(|low| low << 56),
            (0..8_u64).prop_map(|low| u64::MAX << 32 | low),
            (0..8_u64).prop_map(|low| (u64::MAX << 56) + (low << 33)),
        ];
        prop_oneof![
            4 => hash.prop_map(Step::Insert),
            1 => any::<usize>().prop_map(Step::Replace),
            1 => any::<usize>().prop_map(Step::Remove),
        ]
    }

    proptest! {
        #[test]
        fn it_finds_what_was_added_and_nothing_else(steps in prop::collection::vec(step(), 1..600)) {
            let mut index = Index::new();
            let mut model: Vec<(u64, Link)> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                let link = Link::to(Target::Handled(u32::try_from(number).expect("few steps")));
                match step {
                    Step::Insert(hash) => {
                        index.insert(hash, link);
                        model.push((hash, link));
                    }
                    Step::Replace(at) if !model.is_empty() => {
                        let at = at % model.len();
                        index.replace(model[at].0, model[at].1, link);
                        model[at].1 = link;
                    }
                    Step::Remove(at) if !model.is_empty() => {
                        let (hash, link) = model.swap_remove(at % model.len());
                        index.remove(hash, link);
                        index.remove(hash, link);
                    }
                    Step::Replace(_) | Step::Remove(_) => {}
                }
            }
            let mut expected: Vec<_> = model.iter().map(|(hash, link)| (high_half(*hash), *link)).collect();
            let mut found = index.assert_sound();
            let key = |(hash, link): &(u32, Link)| (*hash, link.to_bits());
            expected.sort_by_key(key);
            found.sort_by_key(key);
            prop_assert_eq!(found, expected);
            prop_assert_eq!(index.links(1 << 40).count(), 0);
        }
    }

    #[test]
    fn it_grows_bit_by_bit_and_gives_back_what_it_has_moved() {
        let mut index = Index::new();
        // Spread over all hashes, as those of the store are.
        let hash = |number: u32| u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let link = |number| Link::to(Target::Handled(number));
        for number in 0..200_000 {
            index.moved.begin();
            index.insert(hash(number), link(number));
            if number % 10_000 == 0 {
                index.assert_sound();
            }
        }
        index.assert_sound();
        assert!(index.moved.most <= 16, "{} moved", index.moved.most);
        for number in 0..200_000 {
            index.remove(hash(number), link(number));
        }
        assert!(index.assert_sound().is_empty());
    }
}
