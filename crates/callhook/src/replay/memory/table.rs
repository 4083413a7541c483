//! The contents of a store and the index that leads to them.

use super::ContentKey;
use super::index::Index;
#[cfg(test)]
use super::index::Moved;
use super::link::{Link, Target};
use super::log::{Entry, GAP, Log};
use super::slab::{Held, Slab};

/// Every content, handled or held, is in the index exactly once.
pub(super) struct Table {
    index: Index,
    log: Log,
    held: Slab,
    /// Contents in the log that are not gaps.
    handled: u32,
}

/// What is known of a content and its identity.
#[derive(Default)]
pub(super) struct Known {
    pub(super) this: Option<Target>,
    /// How many other contents the identity has.
    pub(super) others: u32,
    /// The number of the oldest handled one among them.
    pub(super) oldest: Option<u32>,
}

/// How many contents of an identity leave with one look at most, besides the one that is looked for. More than one, so
/// that they become fewer although others are added; few, so that no claim pays for all of them.
const TIDIED_OTHERS: usize = 8;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// The expiry of a content that stays until it is crowded out: 136 years is as good as never.
const NEVER: u32 = u32::MAX;

impl Table {
    pub(super) fn new() -> Self {
        Self {
            index: Index::new(),
            log: Log::starting_at(0),
            held: Slab::new(),
            handled: 0,
        }
    }

    /// How many handled contents there are.
    pub(super) fn handled(&self) -> u32 {
        self.handled
    }

    /// How many contents are being handled.
    pub(super) fn live(&self) -> u32 {
        self.held.len()
    }

    /// How much room is taken: the contents, and the gaps among them.
    pub(super) fn in_use(&self) -> u32 {
        self.log.len() + self.held.len()
    }

    /// What is known of a content. It is forgotten if it is over, and so are a few others of its identity.
    pub(super) fn look_up(&mut self, content: &ContentKey, now: u64) -> Known {
        let mut known = Known::default();
        let mut over = Vec::new();
        for target in self.index.links(content.hash()).filter_map(Link::target) {
            if self.is_over(target, now) {
                if over.len() < TIDIED_OTHERS || self.content(target) == Some(content) {
                    over.push(target);
                }
            } else {
                self.note(&mut known, target, content);
            }
        }
        for target in over {
            self.forget(target);
        }
        known
    }

    fn note(&self, known: &mut Known, target: Target, content: &ContentKey) {
        let Some(found) = self.content(target) else {
            return;
        };
        if found.identity != content.identity {
            return;
        }
        if found.fingerprint == content.fingerprint {
            known.this = Some(target);
            return;
        }
        known.others += 1;
        if let Target::Handled(number) = target {
            let oldest = known.oldest.unwrap_or(number);
            let is_older = self.log.rank(number) < self.log.rank(oldest);
            known.oldest = Some(if is_older { number } else { oldest });
        }
    }

    /// Adds a claim.
    pub(super) fn hold(&mut self, content: ContentKey, token: [u64; 2], deadline: u64) {
        let slot = self.held.insert(Held {
            content,
            token,
            deadline,
        });
        let link = Link::to(Target::Held(slot));
        self.index.insert(content.hash(), link);
    }

    /// Adds a handled content, which is forgotten at this time, in nanoseconds since the store was made. It takes the place
    /// of its claim, if it has one.
    pub(super) fn remember(&mut self, content: ContentKey, held: Option<u32>, end: u64) {
        let expiry = expiry(end);
        let number = self.log.push(Entry { content, expiry });
        self.handled += 1;
        let link = Link::to(Target::Handled(number));
        match held {
            None => self.index.insert(content.hash(), link),
            Some(slot) => {
                let held = Link::to(Target::Held(slot));
                self.index.replace(content.hash(), held, link);
                self.held.remove(slot);
            }
        }
    }

    /// Whether there is an oldest handled content, and its window is over. True of a gap.
    pub(super) fn is_oldest_over(&self, now: u64) -> bool {
        self.log
            .front()
            .is_some_and(|(_, entry)| entry.is_over(now))
    }

    /// Removes the oldest entry from the log, and its content if it was still remembered.
    pub(super) fn drop_oldest(&mut self) {
        let Some((number, entry)) = self.log.front() else {
            return;
        };
        if entry.expiry != GAP {
            self.forget(Target::Handled(number));
        }
        self.log.pop_front();
    }

    /// Looks at so many slots for claims that ran out and were never claimed again. Forgets no more than `most`.
    pub(super) fn sweep(&mut self, slots: u32, most: u32, now: u64) {
        let mut left = most;
        for _ in 0..slots.min(self.held.slots()) {
            if left == 0 {
                break;
            }
            let slot = self.held.next_slot();
            if self.held.get(slot).is_some_and(|held| held.is_over(now)) {
                self.forget(Target::Held(slot));
                left -= 1;
            }
        }
    }

    pub(super) fn held_mut(&mut self, slot: u32) -> Option<&mut Held> {
        self.held.get_mut(slot)
    }

    /// Takes a content out of the store.
    pub(super) fn forget(&mut self, target: Target) {
        let Some(hash) = self.content(target).map(ContentKey::hash) else {
            return;
        };
        self.index.remove(hash, Link::to(target));
        #[cfg(test)]
        self.moved().count(1);
        match target {
            Target::Handled(number) => {
                self.log.entry_mut(number).expiry = GAP;
                self.handled -= 1;
            }
            Target::Held(slot) => self.held.remove(slot),
        }
    }

    fn content(&self, target: Target) -> Option<&ContentKey> {
        match target {
            Target::Handled(number) => Some(&self.log.entry(number).content),
            Target::Held(slot) => self.held.get(slot).map(|held| &held.content),
        }
    }

    fn is_over(&self, target: Target, now: u64) -> bool {
        match target {
            Target::Handled(number) => self.log.entry(number).is_over(now),
            Target::Held(slot) => self.held.get(slot).is_none_or(|held| held.is_over(now)),
        }
    }

    pub(super) fn is_held_by(&self, target: Target, token: [u64; 2]) -> bool {
        match target {
            Target::Handled(_) => false,
            Target::Held(slot) => self.held.get(slot).is_some_and(|held| held.token == token),
        }
    }
}

impl Entry {
    /// Whether its window is over. True of a gap.
    fn is_over(&self, now: u64) -> bool {
        self.expiry != NEVER && u64::from(self.expiry) * NANOS_PER_SECOND <= now
    }
}

impl Held {
    /// Whether its lease has run out.
    fn is_over(&self, now: u64) -> bool {
        self.deadline <= now
    }
}

/// When a content is forgotten, in whole seconds. Up to one second late: a copy that comes in that second is better
/// taken for one.
fn expiry(end: u64) -> u32 {
    u32::try_from(end.div_ceil(NANOS_PER_SECOND)).unwrap_or(NEVER)
}

#[cfg(test)]
impl Table {
    /// Checks that every content is in the index where it is looked for, and that the counts are right.
    pub(super) fn assert_sound(&self) {
        let (mut handled, mut held) = (0, 0);
        for (hash, link) in self.index.assert_sound() {
            let target = link.target().expect("a slot that is taken has a link");
            let content = self.content(target).expect("a linked slot is used");
            assert_eq!((content.hash() >> 32) as u32, hash);
            match target {
                Target::Handled(number) => {
                    assert_ne!(self.log.entry(number).expiry, GAP, "a gap is not linked");
                    assert!(self.log.rank(number) < self.log.len());
                    handled += 1;
                }
                Target::Held(_) => held += 1,
            }
        }
        assert_eq!((handled, held), (self.handled, self.held.len()));
    }

    pub(super) fn moved(&mut self) -> &mut Moved {
        &mut self.index.moved
    }

    pub(super) fn log(&mut self) -> &mut Log {
        &mut self.log
    }
}
