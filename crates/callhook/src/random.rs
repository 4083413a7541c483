//! Random numbers from the operating system.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// 64 random bits from the operating system, or, on one without a source, from the hash map's seed.
pub(crate) fn random_u64() -> u64 {
    getrandom::u64().unwrap_or_else(|_| RandomState::new().build_hasher().finish())
}
