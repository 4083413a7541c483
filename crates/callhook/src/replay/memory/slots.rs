//! The slots of an index, which are found by linear probing: what belongs to a slot that is taken is in one of the next.
//!
//! 1. A slot has the 32 bits of a hash and a link in 64 bits, so a slot tells what it is without a look at the content.
//! 2. The high bits of a hash are its slot, its home. So the table of twice the size has the same order.
//! 3. Nothing wraps around: what finds no room in the last slots is behind them.

use super::link::Link;

/// A part of a hash, and the link to a content with that hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u64);

impl Slot {
    pub(super) fn new(hash: u32, link: Link) -> Self {
        Self(u64::from(hash) << 32 | u64::from(link.to_bits()))
    }

    const EMPTY: Self = Self(u64::MAX);

    pub(super) fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn link(self) -> Link {
        // The lower half: cutting is the point.
        Link::from_bits(self.0 as u32)
    }

    fn is_empty(self) -> bool {
        self.link() == Link::END
    }
}

pub(super) struct Slots {
    /// How many bits of a hash name its home.
    bits: u32,
    /// The slots in pieces, each allocated when it is needed: empty before.
    pieces: Vec<Box<[Slot]>>,
    /// How many bits of a slot's number name it within its piece.
    piece_bits: u32,
}

/// The largest pieces have 4096 slots, 32 KiB.
const MOST_PIECE_BITS: u32 = 12;

impl Slots {
    /// Of 2^bits slots, from one to 31 bits.
    pub(super) fn new(bits: u32) -> Self {
        let piece_bits = bits.min(MOST_PIECE_BITS);
        Self {
            bits,
            pieces: Vec::with_capacity((1 << (bits - piece_bits)) + 1),
            piece_bits,
        }
    }

    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    pub(super) fn count(&self) -> usize {
        1 << self.bits
    }

    /// The slot that a hash belongs to.
    pub(super) fn home(&self, hash: u32) -> usize {
        (hash >> (u32::BITS - self.bits)) as usize
    }

    /// What is in a slot, if anything is.
    pub(super) fn get(&self, at: usize) -> Option<Slot> {
        let (piece, within) = self.place(at);
        let slot = self.pieces.get(piece)?.get(within)?;
        Some(*slot).filter(|slot| !slot.is_empty())
    }

    /// The slots in which those of this hash may be: from its home, or from `first` if that comes later, to the next empty
    /// one. With their numbers.
    pub(super) fn run(&self, hash: u32, first: usize) -> impl Iterator<Item = (usize, Slot)> {
        let from = self.home(hash).max(first);
        (from..).map_while(|at| Some((at, self.get(at)?)))
    }

    /// Where this slot is.
    pub(super) fn position(&self, slot: Slot, first: usize) -> Option<usize> {
        let mut run = self.run(slot.hash(), first);
        run.find(|(_, found)| *found == slot).map(|(at, _)| at)
    }

    /// Puts a content into its home, or the next empty slot.
    pub(super) fn put(&mut self, slot: Slot) {
        let taken = self.run(slot.hash(), 0).count();
        self.set(self.home(slot.hash()) + taken, slot);
    }

    /// Empties a slot. One of those that are behind their home, or behind `first` if that comes later, because it was
    /// taken moves up, and another into the slot of that one, as long as there are any. Returns how many.
    ///
    /// Of all ways to do so this is one with the fewest moves: where many slots have one home, not each of them moves by
    /// one.
    pub(super) fn remove(&mut self, at: usize, first: usize) -> u32 {
        let mut path = Path::from(at);
        let mut moved = 0;
        let mut at = at + 1;
        while let Some(slot) = self.get(at) {
            let home = self.home(slot.hash()).max(first);
            if home <= path.end() {
                if path.is_full() {
                    moved += self.move_along(&path);
                    path = Path::from(path.end());
                }
                path.lead_to(at, home);
            }
            at += 1;
        }
        moved += self.move_along(&path);
        self.set(path.end(), Slot::EMPTY);
        moved
    }

    /// Moves what is in each slot of the path into the one before. Returns how many.
    fn move_along(&mut self, path: &Path) -> u32 {
        let mut moved = 0;
        for (to, from) in path.steps() {
            if let Some(slot) = self.get(from) {
                self.set(to, slot);
                moved += 1;
            }
        }
        moved
    }

    pub(super) fn set(&mut self, at: usize, slot: Slot) {
        let (piece, within) = self.place(at);
        if piece >= self.pieces.len() {
            self.pieces.resize_with(piece + 1, Box::default);
        }
        let piece = &mut self.pieces[piece];
        if piece.is_empty() {
            *piece = vec![Slot::EMPTY; 1 << self.piece_bits].into_boxed_slice();
        }
        piece[within] = slot;
    }

    /// Gives back the memory of the piece that ends before this slot, if one does. Nothing is looked for there any more.
    pub(super) fn pass(&mut self, at: usize) {
        let (piece, within) = self.place(at);
        if within == 0
            && let Some(passed) = piece.checked_sub(1)
            && let Some(passed) = self.pieces.get_mut(passed)
        {
            *passed = Box::default();
        }
    }

    /// A slot's piece, and its number within it.
    fn place(&self, at: usize) -> (usize, usize) {
        (at >> self.piece_bits, at & ((1 << self.piece_bits) - 1))
    }
}

/// Slots in their order, from the one that is emptied: each may take what is in the next.
struct Path {
    slots: [usize; Self::MOST],
    len: usize,
}

impl Path {
    /// Most paths have one or two. A longer one is moved along piece by piece.
    const MOST: usize = 16;

    fn from(slot: usize) -> Self {
        Self {
            slots: [slot; Self::MOST],
            len: 1,
        }
    }

    fn end(&self) -> usize {
        self.slots[self.len - 1]
    }

    fn is_full(&self) -> bool {
        self.len == Self::MOST
    }

    /// Goes on to this slot from the first that can take what is in it. The way beyond is longer than it need be.
    fn lead_to(&mut self, slot: usize, home: usize) {
        while self.len > 1 && home <= self.slots[self.len - 2] {
            self.len -= 1;
        }
        self.slots[self.len] = slot;
        self.len += 1;
    }

    /// From each slot to the next.
    fn steps(&self) -> impl Iterator<Item = (usize, usize)> {
        let slots = self.slots.iter().take(self.len);
        slots.clone().copied().zip(slots.skip(1).copied())
    }
}

#[cfg(test)]
impl Slots {
    /// Every slot that is taken, with its number.
    pub(super) fn taken(&self) -> impl Iterator<Item = (usize, Slot)> {
        let pieces = self.pieces.iter().enumerate();
        let all = pieces.flat_map(|(number, piece)| {
            let first = number << self.piece_bits;
            piece
                .iter()
                .enumerate()
                .map(move |(within, slot)| (first + within, *slot))
        });
        all.filter(|(_, slot)| !slot.is_empty())
    }

    /// How many slots there is memory for.
    pub(super) fn allocated(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// How many slots one piece has.
    pub(super) fn piece(&self) -> usize {
        1 << self.piece_bits
    }
}
