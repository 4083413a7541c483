//! The contents of a store and the chains that lead to them.

use super::ContentKey;
use super::index::{Index, Link, Target};
use super::log::{Entry, GAP, Log};
use super::slab::{Held, Slab};

/// Every content, handled or held, is in exactly one chain: that of the bucket of its identity.
pub(super) struct Table {
    index: Index,
    log: Log,
    held: Slab,
    /// Contents in the log that are not gaps.
    handled: u32,
    #[cfg(test)]
    pub(super) moved: Moved,
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
            #[cfg(test)]
            moved: Moved::default(),
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

    /// Walks the chain of a content's identity, and clears it of whatever is over.
    pub(super) fn look_up(&mut self, content: &ContentKey, now: u64) -> Known {
        let mut known = Known::default();
        let bucket = self.index.bucket(content.hash());
        let mut before = None;
        let mut at = self.index.head(bucket);
        while let Some(target) = at.target() {
            let next = self.next(target);
            if self.is_over(target, now) {
                self.set_link(bucket, before, next);
                self.discard(target);
            } else {
                self.note(&mut known, target, content);
                before = Some(target);
            }
            at = next;
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
            next: Link::END,
        });
        self.insert(Target::Held(slot));
    }

    /// Adds a handled content, which is forgotten at this time, in nanoseconds since the store was made.
    pub(super) fn remember(&mut self, content: ContentKey, end: u64) {
        let number = self.log.push(Entry {
            content,
            expiry: expiry(end),
            next: Link::END,
        });
        self.handled += 1;
        self.insert(Target::Handled(number));
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

    /// Looks at so many slots for claims that ran out and were never claimed again.
    pub(super) fn sweep(&mut self, slots: u32, now: u64) {
        for _ in 0..slots.min(self.held.slots()) {
            let slot = self.held.next_slot();
            if self.held.get(slot).is_some_and(|held| held.is_over(now)) {
                self.forget(Target::Held(slot));
            }
        }
    }

    pub(super) fn held_mut(&mut self, slot: u32) -> Option<&mut Held> {
        self.held.get_mut(slot)
    }

    /// Puts a content that has its target into its chain, and divides one chain if there are too few.
    fn insert(&mut self, target: Target) {
        let Some(hash) = self.content(target).map(ContentKey::hash) else {
            return;
        };
        let bucket = self.index.bucket(hash);
        self.push(bucket, target);
        let contents = self.handled as usize + self.held.len() as usize;
        if contents > self.index.buckets() {
            self.divide();
        }
    }

    fn divide(&mut self) {
        let (sibling, added) = self.index.add_bucket();
        let mut at = self.index.head(sibling);
        self.index.set_head(sibling, Link::END);
        while let Some(target) = at.target() {
            at = self.next(target);
            let hash = self.content(target).map_or(0, ContentKey::hash);
            let bucket = self.index.bucket(hash);
            debug_assert!(bucket == sibling || bucket == added);
            self.push(bucket, target);
            #[cfg(test)]
            self.moved.count(1);
        }
    }

    fn push(&mut self, bucket: usize, target: Target) {
        let head = self.index.head(bucket);
        self.set_next(target, head);
        self.index.set_head(bucket, Link::to(target));
    }

    /// Takes a content out of its chain and out of the store.
    pub(super) fn forget(&mut self, target: Target) {
        let Some(hash) = self.content(target).map(ContentKey::hash) else {
            return;
        };
        let bucket = self.index.bucket(hash);
        let mut before = None;
        let mut at = self.index.head(bucket);
        while let Some(found) = at.target() {
            let next = self.next(found);
            if found == target {
                self.set_link(bucket, before, next);
                break;
            }
            before = Some(found);
            at = next;
        }
        self.discard(target);
    }

    /// Gives up the target of a content that is in no chain any more.
    fn discard(&mut self, target: Target) {
        #[cfg(test)]
        self.moved.count(1);
        match target {
            Target::Handled(number) => {
                self.log.entry_mut(number).expiry = GAP;
                self.handled -= 1;
            }
            Target::Held(slot) => self.held.remove(slot),
        }
    }

    /// Lets what comes before, the bucket if nothing does, lead to `link`.
    fn set_link(&mut self, bucket: usize, before: Option<Target>, link: Link) {
        match before {
            Some(target) => self.set_next(target, link),
            None => self.index.set_head(bucket, link),
        }
    }

    fn set_next(&mut self, target: Target, link: Link) {
        match target {
            Target::Handled(number) => self.log.entry_mut(number).next = link,
            Target::Held(slot) => {
                if let Some(held) = self.held.get_mut(slot) {
                    held.next = link;
                }
            }
        }
    }

    fn next(&self, target: Target) -> Link {
        match target {
            Target::Handled(number) => self.log.entry(number).next,
            Target::Held(slot) => self.held.get(slot).map_or(Link::END, |held| held.next),
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

    fn count(&mut self, by: u32) {
        self.now += by;
        self.most = self.most.max(self.now);
    }
}

#[cfg(test)]
impl Table {
    /// Checks that every content is in the one chain where it is looked for, and that the counts are right.
    pub(super) fn assert_sound(&self) {
        let (mut handled, mut held) = (0, 0);
        for bucket in 0..self.index.buckets() {
            let mut at = self.index.head(bucket);
            while let Some(target) = at.target() {
                let content = self.content(target).expect("a linked slot is used");
                assert_eq!(self.index.bucket(content.hash()), bucket);
                match target {
                    Target::Handled(number) => {
                        assert_ne!(self.log.entry(number).expiry, GAP, "a gap is not linked");
                        assert!(self.log.rank(number) < self.log.len());
                        handled += 1;
                    }
                    Target::Held(_) => held += 1,
                }
                assert!(
                    handled + held <= self.handled + self.held.len(),
                    "no chain is a ring"
                );
                at = self.next(target);
            }
        }
        assert_eq!((handled, held), (self.handled, self.held.len()));
    }

    pub(super) fn log(&mut self) -> &mut Log {
        &mut self.log
    }
}
