//! Replay protection within one process.
//!
//! 1. [`state`] has the transitions, [`table`] the contents, [`log`] those that were handled in their order, [`slab`]
//!    the claims, [`index`] the way to all of them by their hash, in [`slots`] with a [`link`] each.
//! 2. All of it is behind one lock, which is held for one transition at a time and never while foreign code runs.
//! 3. What is allocated is allocated in pieces that never move, so no claim pays for the growth of the store.

mod index;
mod link;
mod log;
mod slab;
mod slots;
mod state;
mod table;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::state::{Ask, State};
use super::{Claim, Lease, ReplayStore, Settled, Settlement};
use crate::clock::{Clock, SystemClock};
use crate::random::random_u64;

/// A replay store in the memory of one process. Cheap to clone; clones are one store.
///
/// It never waits, and it forgets everything when the process ends. Several processes behind one URL need a store that
/// they share: with one of these in each, each of them handles its own copy once.
///
/// 1. **It is bounded.** It remembers a million contents by default. Memory is allocated as they arrive, 32 bytes for
///    each handled content, 56 for each that is being handled, and 11 to 22 for each in the index (17 at a million). It
///    is reused for the next ones: only the memory of handled contents is given back.
/// 2. **The oldest goes first.** A full store forgets the content that was handled first, logs that once, and goes on.
///    No claim is forgotten while its lease runs: a store full of claims answers [`MemoryStoreError::Full`].
/// 3. **One message has 64 contents at most**, so that nobody can make one message expensive for all others. Beyond
///    this, the one of them that was handled first is forgotten. While 64 contents of one message are being handled,
///    the next is refused with [`MemoryStoreError::TooManyContents`].
/// 4. **No strings are kept.** Identities and fingerprints are hashed, to 128 and 64 bits, with keys that the process and
///    the store draw at random, so a collision can't be constructed.
/// 5. **A window is kept to the second**, rounded up; a window of zero is not remembered at all. A content with a short
///    window takes up room until the older ones with longer windows are gone: a live event as long as the records
///    before it. Give endpoints whose windows differ by days a store each.
/// 6. **A lease that ran out counts as if it had never existed.** Its room is taken back by later claims.
/// 7. **A claim costs about the same** whether ten thousand contents are known or ten million, and no claim pays for the
///    growth of the store or for what expired over night: it forgets some twenty contents at most. In all it moves some
///    tens of the index's entries, also where each message has 64 contents. What it looks at depends on them: they are
///    side by side in the index, so where all messages have 64, a claim may look at some thousand entries of 8 bytes, a
///    few times, instead of at a few.
///
/// ```
/// use callhook::replay::MemoryStore;
///
/// let store = MemoryStore::builder().capacity(100_000).build();
/// assert!(store.is_empty());
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    /// The time of the clock at which the store was made. Everything in the state is counted from here.
    origin: Duration,
    hasher: ContentHasher,
    capacity: u32,
    state: Mutex<State>,
}

/// Configures a [`MemoryStore`]: [`MemoryStore::builder`].
#[derive(Clone)]
#[must_use = "a builder makes no store until build() is called"]
pub struct MemoryStoreBuilder {
    capacity: u32,
    clock: Arc<dyn Clock>,
}

/// For a week of two messages a second, in 49 MB.
const DEFAULT_CAPACITY: u32 = 1_000_000;

/// Far below what 31 bits can name, so that no number is used twice, and above what fits into most machines.
const MAX_CAPACITY: u32 = 1 << 30;

/// How many contents one identity can have. A call's CDR is sent twice or three times.
const MAX_CONTENTS: u32 = 64;

impl MemoryStoreBuilder {
    /// How many contents the store remembers, handled and being handled together: a million by default, at least one,
    /// and at most 2³⁰.
    pub fn capacity(mut self, contents: usize) -> Self {
        let capacity = u32::try_from(contents).unwrap_or(MAX_CAPACITY);
        self.capacity = capacity.clamp(1, MAX_CAPACITY);
        self
    }

    /// Where the store reads the time, for tests: [`SystemClock`] by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// An empty store.
    #[must_use]
    pub fn build(self) -> MemoryStore {
        let Self { capacity, clock } = self;
        MemoryStore {
            inner: Arc::new(Inner {
                origin: clock.elapsed(),
                clock,
                hasher: ContentHasher::new(),
                capacity,
                state: Mutex::new(State::new(capacity)),
            }),
        }
    }
}

impl fmt::Debug for MemoryStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStoreBuilder")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// An empty store for a million contents.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// For a store with another capacity or another clock.
    pub fn builder() -> MemoryStoreBuilder {
        MemoryStoreBuilder {
            capacity: DEFAULT_CAPACITY,
            clock: Arc::new(SystemClock),
        }
    }

    /// How many contents are known, handled and being handled together. Some of them may be over and not yet tidied up.
    #[must_use]
    pub fn len(&self) -> usize {
        let state = self.lock();
        state.table().handled() as usize + state.table().live() as usize
    }

    /// Whether no content is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn claim_now(&self, lease: &Lease) -> Result<Claim, MemoryStoreError> {
        self.claim_at(lease, self.inner.clock.elapsed())
    }

    /// `now` is what the store's clock shows.
    pub(super) fn claim_at(&self, lease: &Lease, now: Duration) -> Result<Claim, MemoryStoreError> {
        self.step(lease, now, State::claim)
    }

    pub(super) fn settle_now(
        &self,
        lease: &Lease,
        settlement: Settlement,
    ) -> Result<Settled, MemoryStoreError> {
        self.settle_at(lease, settlement, self.inner.clock.elapsed())
    }

    /// `now` is what the store's clock shows.
    pub(super) fn settle_at(
        &self,
        lease: &Lease,
        settlement: Settlement,
        now: Duration,
    ) -> Result<Settled, MemoryStoreError> {
        match settlement {
            Settlement::Commit => self.step(lease, now, State::commit),
            Settlement::Release => Ok(self.step(lease, now, State::release)),
        }
    }

    /// Takes one step. The content is hashed before the lock is taken, and what there is to log is logged after: foreign
    /// code never runs under the lock.
    fn step<T>(&self, lease: &Lease, now: Duration, step: impl FnOnce(&mut State, &Ask) -> T) -> T {
        let ask = Ask {
            content: self.inner.hasher.content(lease),
            token: halves(lease.token().to_bits()),
            now: nanos(now.saturating_sub(self.inner.origin)),
            duration: nanos(lease.duration()),
            window: nanos(lease.window()),
        };
        let mut state = self.lock();
        let answer = step(&mut state, &ask);
        let is_crowded = state.has_crowding_to_tell();
        drop(state);
        if is_crowded {
            tracing::warn!(
                target: crate::observe::TARGET,
                capacity = self.inner.capacity,
                "the replay store is full and forgets handled messages before their time; copies of them would be \
                 handled again; give it a larger capacity"
            );
        }
        answer
    }

    /// Nothing panics under the lock. Should that ever be wrong, going on is better than to refuse every message from
    /// then on.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.inner.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    /// Counts only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (handled, live) = {
            let state = self.lock();
            (state.table().handled(), state.table().live())
        };
        f.debug_struct("MemoryStore")
            .field("handled", &handled)
            .field("live", &live)
            .field("capacity", &self.inner.capacity)
            .finish()
    }
}

impl ReplayStore for MemoryStore {
    type Error = MemoryStoreError;

    async fn claim(&self, lease: &Lease) -> Result<Claim, MemoryStoreError> {
        self.claim_now(lease)
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, MemoryStoreError> {
        self.settle_now(lease, Settlement::Commit)
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, MemoryStoreError> {
        self.settle_now(lease, Settlement::Release)
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        // A best effort: all that can go wrong is a commit that comes late and finds no room among live claims. That it
        // finds the content handled is nothing that can be helped either.
        let _ = self.settle_now(&lease, settlement);
    }

    async fn flush(&self) {}
}

/// Why a memory store could not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryStoreError {
    /// As many messages as the store's capacity are being handled right now.
    Full,
    /// 64 contents of this one message are being handled right now.
    TooManyContents,
}

impl fmt::Display for MemoryStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str(
                "the replay store is full of messages that are being handled right now; \
                 its capacity has to be larger than the number of requests at a time",
            ),
            Self::TooManyContents => write!(
                f,
                "{MAX_CONTENTS} different contents of one message are being handled right now, \
                 and no more are let in"
            ),
        }
    }
}

impl Error for MemoryStoreError {}

/// One content of one message, hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ContentKey {
    identity: [u64; 2],
    fingerprint: u64,
}

impl ContentKey {
    /// What the index goes by: the same for all contents of one identity.
    fn hash(&self) -> u64 {
        self.identity[0]
    }
}

/// Hashes fingerprints, with random keys. An identity brings its own hash.
struct ContentHasher {
    fingerprint: [u128; 3],
}

impl ContentHasher {
    fn new() -> Self {
        let random = || u128::from(random_u64()) << 64 | u128::from(random_u64());
        Self {
            fingerprint: [random(), random(), random()],
        }
    }

    fn content(&self, lease: &Lease) -> ContentKey {
        ContentKey {
            identity: halves(lease.identity().hash_in_process()),
            fingerprint: self.fingerprint(lease.fingerprint().to_bits()),
        }
    }

    /// Hashed whole rather than cut: the fingerprint has no secret key, so half of it could be aimed at. By multiplying and
    /// shifting, where two fingerprints meet with a chance of 2^-64, whichever they are (Thorup, "High Speed Hashing for
    /// Integers and Strings", 2015, on vectors).
    fn fingerprint(&self, bits: u128) -> u64 {
        let [low, high] = halves(bits).map(u128::from);
        let [by_low, by_high, plus] = self.fingerprint;
        let sum = by_low
            .wrapping_mul(low)
            .wrapping_add(by_high.wrapping_mul(high));
        (sum.wrapping_add(plus) >> 64) as u64
    }
}

fn halves(bits: u128) -> [u64; 2] {
    // Cutting is the point.
    [bits as u64, (bits >> 64) as u64]
}

/// Saturates at 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
