//! The transitions of a memory store, each one step under its lock.
//!
//! A lease that has run out, and a handled content whose window is over, count as if they had never been. When exactly
//! their memory is taken back can then not be told from outside, so it is done whenever they are met: where
//! another content of its identity is looked for, at the front of the log, and by a look at a few slots with each claim.

use std::time::Duration;

use super::link::Target;
use super::table::{Known, Table};
use super::{ContentKey, MAX_CONTENTS, MemoryStoreError};
use crate::replay::{Claim, Settled};

pub(super) struct State {
    table: Table,
    /// For the entries of the log, gaps included, and the claims together. An early gap is as good as a content for as
    /// long as it exists: what bounds the memory is the entries.
    capacity: u32,
    /// The latest time seen, in nanoseconds since the store was made.
    latest: u64,
    crowding: Crowding,
}

/// What a lease asks for, measured and hashed before the lock is taken.
pub(super) struct Ask {
    pub(super) content: ContentKey,
    pub(super) token: [u64; 2],
    /// All three in nanoseconds, `now` since the store was made.
    pub(super) now: u64,
    pub(super) duration: u64,
    pub(super) window: u64,
}

/// Whether contents are being forgotten before their time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Crowding {
    No,
    /// It began and was not yet told.
    Begun,
    Told,
}

/// How many old entries of the log leave with one claim at most. More than one, so that the log shrinks even while it
/// grows; few, so that no claim pays for a quiet night.
const TIDIED_ENTRIES: u32 = 8;

/// At how many claims one claim looks, whether their leases have run out.
const TIDIED_SLOTS: u32 = 4;

/// At how many claims it looks before it calls the store full. It forgets as few as ever.
const TIDIED_SLOTS_WHEN_FULL: u32 = 1024;

impl State {
    pub(super) fn new(capacity: u32) -> Self {
        Self {
            table: Table::new(),
            capacity,
            latest: 0,
            crowding: Crowding::No,
        }
    }

    pub(super) fn claim(&mut self, ask: &Ask) -> Result<Claim, MemoryStoreError> {
        let now = self.tell_time(ask);
        self.tidy(now);
        let known = self.table.look_up(&ask.content, now);
        let deadline = now.saturating_add(ask.duration);
        match known.this {
            Some(Target::Handled(_)) => return Ok(Claim::Replay),
            Some(Target::Held(slot)) => {
                if let Some(held) = self.table.held_mut(slot) {
                    if held.token != ask.token {
                        let lease_left = Duration::from_nanos(held.deadline.saturating_sub(now));
                        return Ok(Claim::InFlight { lease_left });
                    }
                    // The owner asks again, as one does that missed the answer: the lease starts again.
                    held.deadline = deadline;
                }
            }
            None => {
                self.make_room(&known, now)?;
                self.table.hold(ask.content, ask.token, deadline);
            }
        }
        Ok(match known.others {
            0 => Claim::First,
            _ => Claim::Revision,
        })
    }

    pub(super) fn commit(&mut self, ask: &Ask) -> Result<Settled, MemoryStoreError> {
        let now = self.tell_time(ask);
        let known = self.table.look_up(&ask.content, now);
        // Whoever holds it: the message was handled.
        let held = match known.this {
            Some(Target::Handled(_)) => return Ok(Settled::Lost),
            Some(Target::Held(slot)) => Some(slot),
            None => None,
        };
        if ask.window > 0 {
            if held.is_none() {
                self.make_room(&known, now)?;
            }
            let end = now.saturating_add(ask.window);
            self.table.remember(ask.content, held, end);
        } else if let Some(slot) = held {
            self.table.forget(Target::Held(slot));
        }
        Ok(Settled::Done)
    }

    pub(super) fn release(&mut self, ask: &Ask) -> Settled {
        let now = self.tell_time(ask);
        match self.table.look_up(&ask.content, now).this {
            Some(target) if !self.table.is_held_by(target, ask.token) => return Settled::Lost,
            Some(target) => self.table.forget(target),
            None => {}
        }
        Settled::Done
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// Whether the store has begun to forget contents before their time. True once for each incident.
    pub(super) fn has_crowding_to_tell(&mut self) -> bool {
        let begun = self.crowding == Crowding::Begun;
        if begun {
            self.crowding = Crowding::Told;
        }
        begun
    }

    /// The time, which does not go back even where two threads read the clock in one order and got here in the other.
    fn tell_time(&mut self, ask: &Ask) -> u64 {
        #[cfg(test)]
        self.table.moved().begin();
        self.latest = self.latest.max(ask.now);
        self.latest
    }

    /// Takes back a little of the memory of what is over.
    fn tidy(&mut self, now: u64) {
        for _ in 0..TIDIED_ENTRIES {
            if !self.table.is_oldest_over(now) {
                break;
            }
            self.table.drop_oldest();
        }
        self.table.sweep(TIDIED_SLOTS, TIDIED_SLOTS, now);
        // An incident ends an eighth below the capacity, so that a store that hovers at its capacity tells of it once.
        if self.table.in_use() < self.capacity - self.capacity / 8 {
            self.crowding = Crowding::No;
        }
    }

    /// Makes room for one content more, of an identity of which this is known.
    fn make_room(&mut self, known: &Known, now: u64) -> Result<(), MemoryStoreError> {
        if known.others >= MAX_CONTENTS {
            let Some(oldest) = known.oldest else {
                return Err(MemoryStoreError::TooManyContents);
            };
            self.table.forget(Target::Handled(oldest));
        }
        if self.is_full() {
            if !self.table.is_oldest_over(now)
                && self.table.handled() > 0
                && self.crowding == Crowding::No
            {
                self.crowding = Crowding::Begun;
            }
            self.table.drop_oldest();
        }
        if self.is_full() {
            self.table.sweep(TIDIED_SLOTS_WHEN_FULL, TIDIED_SLOTS, now);
        }
        if self.is_full() {
            return Err(MemoryStoreError::Full);
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.table.in_use() >= self.capacity
    }
}

#[cfg(test)]
impl State {
    pub(super) fn assert_sound(&self) {
        self.table.assert_sound();
        assert!(self.table.in_use() <= self.capacity);
    }

    pub(super) fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }
}
