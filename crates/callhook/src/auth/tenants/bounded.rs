//! What was found of late, by name, for a time and in a bounded number: [`Bounded`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// Values by name, of which the oldest goes first once there are too many. Each is kept for the same time, so the
/// oldest is also the first that is over.
pub(super) struct Bounded<V> {
    max: usize,
    ttl: Duration,
    entries: HashMap<Arc<str>, Entry<V>>,
    /// The names by the number of their entries, which grows.
    order: BTreeMap<u64, Arc<str>>,
    next: u64,
}

struct Entry<V> {
    value: V,
    number: u64,
    /// When the value was asked for, by the clock.
    asked_at: Duration,
}

impl<V> Bounded<V> {
    pub(super) fn new(max: usize, ttl: Duration) -> Self {
        Self {
            max,
            ttl,
            entries: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn get(&self, name: &str, now: Duration) -> Option<&V> {
        let entry = self.entries.get(name)?;
        (!self.is_over(entry.asked_at, now)).then_some(&entry.value)
    }

    /// Keeps a value, and returns those that went to make room for it.
    pub(super) fn insert(
        &mut self,
        name: Arc<str>,
        value: V,
        asked_at: Duration,
        now: Duration,
    ) -> Vec<(Arc<str>, V)> {
        let mut gone = Vec::new();
        gone.extend(self.remove(&name).map(|value| (Arc::clone(&name), value)));
        // Two for each that comes, so that what is over goes sooner than new ones come, and no request tidies up for
        // all.
        for _ in 0..2 {
            let Some((_, oldest)) = self.order.first_key_value() else {
                break;
            };
            let oldest = Arc::clone(oldest);
            let is_over = |entry: &Entry<V>| self.is_over(entry.asked_at, now);
            if self.entries.len() < self.max && !self.entries.get(&oldest).is_some_and(is_over) {
                break;
            }
            gone.extend(self.remove(&oldest).map(|value| (oldest, value)));
        }
        let number = self.next;
        self.next += 1;
        self.order.insert(number, Arc::clone(&name));
        let entry = Entry {
            value,
            number,
            asked_at,
        };
        self.entries.insert(name, entry);
        gone
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<V> {
        let entry = self.entries.remove(name)?;
        self.order.remove(&entry.number);
        Some(entry.value)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.order.len());
        self.entries.len()
    }

    fn is_over(&self, asked_at: Duration, now: Duration) -> bool {
        now.saturating_sub(asked_at) >= self.ttl
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn names(gone: Vec<(Arc<str>, u32)>) -> Vec<String> {
        gone.into_iter().map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn the_oldest_goes_once_there_are_too_many_and_what_is_over_goes_before() {
        let mut kept = Bounded::new(3, 10 * SECOND);
        for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
            let gone = kept.insert(name.into(), 0, SECOND, SECOND);
            assert_eq!((names(gone), kept.len()), (vec![], number + 1));
        }
        // What comes again is new.
        assert_eq!(names(kept.insert("a".into(), 1, SECOND, SECOND)), ["a"]);
        assert_eq!(
            names(kept.insert("d".into(), 1, 2 * SECOND, 2 * SECOND)),
            ["b"]
        );
        assert_eq!(kept.get("b", SECOND), None);
        assert_eq!(kept.get("a", SECOND), Some(&1));
        assert_eq!(kept.get("a", 11 * SECOND), None);
        assert_eq!(kept.get("d", 11 * SECOND), Some(&1));
        // Two of those that are over go, though there is room for one of them.
        let gone = kept.insert("e".into(), 1, 11 * SECOND, 11 * SECOND);
        assert_eq!(names(gone), ["c", "a"]);
        assert_eq!(kept.remove("d"), Some(1));
        assert_eq!(kept.remove("d"), None);
        assert_eq!(kept.len(), 1);
    }
}
