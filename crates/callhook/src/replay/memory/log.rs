//! The contents that were handled, in the order in which they were.
//!
//! 1. A content is added at the end and leaves at the front, so the oldest is always at hand and no entry ever moves.
//! 2. A content that is forgotten while older ones are remembered leaves a gap: its entry stays, out of the index, until the
//!    front passes it.
//! 3. An entry is named by its number, which counts on and wraps at 31 bits. Far fewer entries exist at a time.

use std::collections::VecDeque;

use super::ContentKey;
use super::link::NUMBERS;

/// One handled content.
pub(super) struct Entry {
    pub(super) content: ContentKey,
    /// When it is forgotten, in seconds since the store was made. [`GAP`] in an entry that is forgotten already.
    pub(super) expiry: u32,
}

const _: () = assert!(size_of::<Entry>() == 32, "64 bytes a message is a promise");

/// The expiry of an entry that was forgotten. No content expires in the second in which the store is made.
pub(super) const GAP: u32 = 0;

pub(super) struct Log {
    chunks: VecDeque<Vec<Entry>>,
    /// The piece that was emptied last, kept so that a steady flow allocates nothing.
    spare: Option<Vec<Entry>>,
    /// The number of the first entry of the first piece.
    first: u32,
    /// How many entries of the first piece have left.
    left: u32,
    len: u32,
}

/// Entries are kept in pieces of this many, 128 KiB, which are freed once the front has passed them.
pub(super) const CHUNK: u32 = 4096;

impl Log {
    /// Empty, and the first entry will have the number `first`, a multiple of [`CHUNK`].
    pub(super) fn starting_at(first: u32) -> Self {
        Self {
            chunks: VecDeque::new(),
            spare: None,
            first,
            left: 0,
            len: 0,
        }
    }

    /// How many entries there are, gaps included.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Adds an entry and returns its number.
    pub(super) fn push(&mut self, entry: Entry) -> u32 {
        let number = self.first.wrapping_add(self.left + self.len) & NUMBERS;
        if self
            .chunks
            .back()
            .is_none_or(|chunk| chunk.len() == CHUNK as usize)
        {
            let empty = || Vec::with_capacity(CHUNK as usize);
            self.chunks
                .push_back(self.spare.take().unwrap_or_else(empty));
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(entry);
        }
        self.len += 1;
        number
    }

    /// The oldest entry and its number. It may be a gap.
    pub(super) fn front(&self) -> Option<(u32, &Entry)> {
        let entry = self.chunks.front()?.get(self.left as usize)?;
        Some((self.first.wrapping_add(self.left) & NUMBERS, entry))
    }

    /// Lets the oldest entry go. It must be a gap by now.
    pub(super) fn pop_front(&mut self) {
        if self.len == 0 {
            return;
        }
        self.len -= 1;
        self.left += 1;
        if self.left == CHUNK {
            self.left = 0;
            self.first = self.first.wrapping_add(CHUNK) & NUMBERS;
            if let Some(mut chunk) = self.chunks.pop_front() {
                chunk.clear();
                self.spare = Some(chunk);
            }
        }
    }

    /// How many entries are older than this one.
    pub(super) fn rank(&self, number: u32) -> u32 {
        number.wrapping_sub(self.first.wrapping_add(self.left)) & NUMBERS
    }

    pub(super) fn entry(&self, number: u32) -> &Entry {
        let (chunk, within) = self.position(number);
        &self.chunks[chunk][within]
    }

    pub(super) fn entry_mut(&mut self, number: u32) -> &mut Entry {
        let (chunk, within) = self.position(number);
        &mut self.chunks[chunk][within]
    }

    fn position(&self, number: u32) -> (usize, usize) {
        let offset = number.wrapping_sub(self.first) & NUMBERS;
        ((offset / CHUNK) as usize, (offset % CHUNK) as usize)
    }

    /// How many pieces are allocated, the spare one included.
    #[cfg(test)]
    pub(super) fn chunks(&self) -> usize {
        self.chunks.len() + usize::from(self.spare.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fingerprint: u64) -> Entry {
        Entry {
            content: ContentKey {
                identity: [0; 2],
                fingerprint,
            },
            expiry: 1,
        }
    }

    #[test]
    fn entries_are_found_by_number_and_leave_in_order_across_the_wrap_of_the_numbers() {
        let mut log = Log::starting_at(NUMBERS + 1 - CHUNK);
        let mut numbers = VecDeque::new();
        for count in 0..u64::from(3 * CHUNK) {
            numbers.push_back((count, log.push(entry(count))));
            if count % 3 == 0 {
                let (oldest, number) = numbers.pop_front().expect("one was just added");
                let (front, found) = log.front().expect("one was just added");
                assert_eq!((front, found.content.fingerprint), (number, oldest));
                log.pop_front();
            }
            if count % 97 == 0 {
                for (rank, (count, number)) in numbers.iter().enumerate() {
                    assert_eq!(log.entry(*number).content.fingerprint, *count);
                    assert_eq!(log.rank(*number) as usize, rank);
                }
            }
        }
        assert_eq!(log.len() as usize, numbers.len());
        assert!(
            numbers.iter().any(|(_, number)| *number < CHUNK),
            "the numbers wrapped"
        );
    }

    #[test]
    fn pieces_are_freed_behind_the_front_and_one_is_kept() {
        let mut log = Log::starting_at(0);
        for count in 0..u64::from(10 * CHUNK) {
            log.push(entry(count));
        }
        assert_eq!(log.chunks(), 10);
        for _ in 0..10 * CHUNK {
            log.pop_front();
        }
        assert_eq!(log.chunks(), 1);
        assert!(log.front().is_none());
        log.pop_front();
        assert_eq!(log.len(), 0);
        log.push(entry(1));
        assert_eq!(log.chunks(), 1);
    }
}
