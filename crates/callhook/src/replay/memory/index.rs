//! Where a content is, told by the hash of its identity.
//!
//! 1. A linear-hashing table: one bucket is added for each content above one to the bucket, and only the chain of its
//!    sibling is divided. No insertion moves the table.
//! 2. The chain of a bucket runs through the contents themselves. All contents of one identity are in one chain.
//! 3. Buckets are never taken away: the index keeps four bytes for each content of its fullest moment.

/// A reference to a content, or the end of a chain, in 32 bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Link(u32);

/// What a [`Link`] leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    pub(super) const END: Self = Self(u32::MAX);

    pub(super) fn to(target: Target) -> Self {
        match target {
            Target::Handled(number) => Self(number & NUMBERS),
            Target::Held(slot) => Self(slot | HELD),
        }
    }

    /// What is there. None at the end of a chain.
    pub(super) fn target(self) -> Option<Target> {
        if self == Self::END {
            None
        } else if self.0 & HELD == 0 {
            Some(Target::Handled(self.0))
        } else {
            Some(Target::Held(self.0 & NUMBERS))
        }
    }
}

/// The heads of the chains.
pub(super) struct Index {
    chunks: Vec<Vec<Link>>,
    buckets: usize,
    /// The lowest bits, as many as it takes to name every bucket.
    mask: usize,
}

/// Heads are kept in pieces of this many, so that a full piece is never copied to a larger one.
const CHUNK: usize = 4096;

impl Index {
    /// One empty bucket.
    pub(super) fn new() -> Self {
        Self {
            chunks: vec![vec![Link::END]],
            buckets: 1,
            mask: 0,
        }
    }

    pub(super) fn buckets(&self) -> usize {
        self.buckets
    }

    /// The bucket of a hash: as many of its low bits as the number of buckets has, and one bit less where that names a
    /// bucket that does not exist yet.
    pub(super) fn bucket(&self, hash: u64) -> usize {
        // Only the low bits count, so a narrower usize does no harm.
        let bucket = hash as usize & self.mask;
        if bucket < self.buckets {
            bucket
        } else {
            bucket & (self.mask >> 1)
        }
    }

    pub(super) fn head(&self, bucket: usize) -> Link {
        self.chunks[bucket / CHUNK][bucket % CHUNK]
    }

    pub(super) fn set_head(&mut self, bucket: usize, link: Link) {
        self.chunks[bucket / CHUNK][bucket % CHUNK] = link;
    }

    /// Adds an empty bucket. Returns its sibling, whose chain the caller has to divide, and itself.
    pub(super) fn add_bucket(&mut self) -> (usize, usize) {
        let added = self.buckets;
        if added.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Link::END);
        }
        self.buckets += 1;
        if added > self.mask {
            self.mask = (self.mask << 1) | 1;
        }
        (added & (self.mask >> 1), added)
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

    #[test]
    fn a_new_bucket_takes_hashes_from_its_sibling_alone() {
        let mut index = Index::new();
        let hashes: Vec<u64> = (0..64).chain([u64::MAX, 1 << 40, 12345]).collect();
        for _ in 0..3 * CHUNK {
            let before: Vec<usize> = hashes.iter().map(|hash| index.bucket(*hash)).collect();
            let (sibling, added) = index.add_bucket();
            for (hash, before) in hashes.iter().zip(before) {
                let after = index.bucket(*hash);
                assert!(after == before || (before == sibling && after == added));
            }
            assert!(index.head(added) == Link::END);
        }
    }
}
