//! The last of what came, as JSON, within a number and a size.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// The last entries, oldest first: `ENTRIES` of them at most, which take `BYTES` at most. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Recent<const ENTRIES: usize, const BYTES: usize>(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    entries: VecDeque<Arc<str>>,
    bytes: usize,
}

impl<const ENTRIES: usize, const BYTES: usize> Recent<ENTRIES, BYTES> {
    /// Keeps an entry, and forgets the oldest where there are too many.
    pub(crate) fn keep(&self, entry: &impl Serialize) {
        // What the examples keep always serialises: all of its names are text.
        let Ok(entry) = serde_json::to_string(entry) else {
            return;
        };
        let mut kept = self.lock();
        kept.bytes += entry.len();
        kept.entries.push_back(entry.into());
        while kept.entries.len() > ENTRIES || kept.bytes > BYTES {
            let Some(oldest) = kept.entries.pop_front() else {
                break;
            };
            kept.bytes -= oldest.len();
        }
    }

    /// Everything kept, as a JSON array.
    pub(crate) fn json(&self) -> String {
        // The lock is held for as long as it takes to count references.
        let entries: Vec<Arc<str>> = self.lock().entries.iter().cloned().collect();
        format!("[{}]", entries.join(","))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<const ENTRIES: usize, const BYTES: usize> fmt::Debug for Recent<ENTRIES, BYTES> {
    /// Without what was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent")
            .field("kept", &self.lock().entries.len())
            .finish_non_exhaustive()
    }
}
