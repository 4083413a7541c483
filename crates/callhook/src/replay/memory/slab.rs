//! The contents that are being handled: slots that are used again, in pieces that never move.

use super::ContentKey;

/// One claim.
pub(super) struct Held {
    pub(super) content: ContentKey,
    /// The two halves of the token: whole, it would be aligned to 16 bytes.
    pub(super) token: [u64; 2],
    /// When the lease runs out, in nanoseconds since the store was made.
    pub(super) deadline: u64,
}

pub(super) struct Slab {
    chunks: Vec<Vec<Slot>>,
    free: Option<u32>,
    len: u32,
    slots: u32,
    cursor: u32,
}

enum Slot {
    Used(Held),
    Free { next: Option<u32> },
}

const _: () = assert!(size_of::<Slot>() == 56, "the documentation says so");

/// Slots are kept in pieces of this many, which are never given back: as many claims as once may come again.
const CHUNK: u32 = 2048;

impl Slab {
    pub(super) fn new() -> Self {
        Self {
            chunks: Vec::new(),
            free: None,
            len: 0,
            slots: 0,
            cursor: 0,
        }
    }

    /// How many claims there are.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn insert(&mut self, held: Held) -> u32 {
        self.len += 1;
        if let Some(index) = self.free {
            let slot = self.slot_mut(index);
            if let Slot::Free { next } = *slot {
                *slot = Slot::Used(held);
                self.free = next;
                return index;
            }
        }
        let index = self.slots;
        if index.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK as usize));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Slot::Used(held));
        }
        self.slots += 1;
        index
    }

    pub(super) fn remove(&mut self, index: u32) {
        let next = self.free;
        let slot = self.slot_mut(index);
        if let Slot::Used(_) = slot {
            *slot = Slot::Free { next };
            self.free = Some(index);
            self.len -= 1;
        }
    }

    /// The claim in this slot. None if the slot is free.
    pub(super) fn get(&self, index: u32) -> Option<&Held> {
        match self
            .chunks
            .get((index / CHUNK) as usize)?
            .get((index % CHUNK) as usize)?
        {
            Slot::Used(held) => Some(held),
            Slot::Free { .. } => None,
        }
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Held> {
        match self.slot_mut(index) {
            Slot::Used(held) => Some(held),
            Slot::Free { .. } => None,
        }
    }

    /// How many slots there are, free ones included.
    pub(super) fn slots(&self) -> u32 {
        self.slots
    }

    /// The next slot to look at, round and round.
    pub(super) fn next_slot(&mut self) -> u32 {
        self.cursor += 1;
        if self.cursor >= self.slots {
            self.cursor = 0;
        }
        self.cursor
    }

    fn slot_mut(&mut self, index: u32) -> &mut Slot {
        &mut self.chunks[(index / CHUNK) as usize][(index % CHUNK) as usize]
    }
}
