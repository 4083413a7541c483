//! What a book calls its calls, and how it finds them: [`CallKey`], [`IdHasher`].

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::call::Call;
use crate::random::random_u64;

/// A call's key in its book. Keys grow, so the lower of two is the older call's.
///
/// Another process, or the next run of this one, gives a call another key: what is stored is found by [`Call::ids`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(u64);

impl CallKey {
    pub(super) fn new(number: u64) -> Self {
        Self(number)
    }

    /// As a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for CallKey {
    /// A key that was kept as its number, for [`CallBook::resolve`](crate::CallBook::resolve).
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// 128 bits for an id in its scope, however long it is. Keyed, so that no sender can make two ids meet.
pub(super) struct IdHasher {
    keys: (u64, u64),
}

impl IdHasher {
    pub(super) fn new() -> Self {
        Self {
            keys: (random_u64(), random_u64()),
        }
    }

    /// Of the ids by which a call is found, some of them several times.
    pub(super) fn ids_of(&self, call: &Call) -> Vec<u128> {
        let mut scope = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        let part = |hasher: &mut SipHasher13, text: &str| {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        };
        part(&mut scope, call.provider());
        // Told apart by a byte of its own, or an id could look like an empty tenant and its id.
        scope.write_u8(u8::from(call.tenant().is_some()));
        if let Some(tenant) = call.tenant() {
            part(&mut scope, tenant);
        }
        let hash = |id: &str| {
            let mut hasher = scope;
            hasher.write_u8(0);
            hasher.write(id.as_bytes());
            hasher.finish128().as_u128()
        };
        let ids: Vec<u128> = call.each_id().map(hash).collect();
        if ids.len() <= Call::MAX_IDS {
            return ids;
        }
        // There may be more different ones than a call is found by.
        call.ids().into_iter().map(hash).collect()
    }
}

/// Hashes a book's own keys, which are counted, and its [hashes of ids](IdHasher), which are keyed: nobody can choose them,
/// so it is enough to spread them.
pub(super) type Spread = BuildHasherDefault<SpreadHasher>;

#[derive(Default)]
pub(super) struct SpreadHasher(u64);

impl Hasher for SpreadHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64((*byte).into());
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The odd number next to 2^64 divided by the golden ratio.
        self.0 = (self.0.rotate_left(32) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u128(&mut self, number: u128) {
        // Its upper half is as good as all of it.
        self.write_u64(u64::try_from(number >> 64).unwrap_or_default());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
