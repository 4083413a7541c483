//! What a book calls its calls, and how it finds them: [`CallKey`], [`IdHasher`].

use std::fmt;
use std::hash::Hasher as _;

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
        call.ids().into_iter().map(hash).collect()
    }
}
