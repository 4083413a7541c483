//! Which store a receipt is of: [`StoreId`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names a replay store within this process, so that a store recognises the [receipts](super::Receipt) of its own
/// messages.
///
/// A store that marks messages in an application's transaction draws one when it is built, gives it out as
/// [`ReplayStore::store_id`](super::ReplayStore::store_id), shares it with its clones, and refuses receipts that have
/// another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreId(u64);

impl StoreId {
    /// An id that nothing else in this process has.
    #[must_use]
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({})", self.0)
    }
}
