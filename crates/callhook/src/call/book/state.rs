//! A book's calls and what leads to them: [`State`].

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::keys::{CallKey, IdHasher, Spread};
use super::options::Options;
use super::update::{KeptCall, Update};
use crate::call::Call;
use crate::call::joined::{Joined, Part};

pub(super) struct State {
    hasher: IdHasher,
    calls: HashMap<CallKey, Kept, Spread>,
    ids: HashMap<u128, CallKey, Spread>,
    /// Where the calls are that became parts of others.
    absorbed: HashMap<CallKey, CallKey, Spread>,
    /// By the version of their last change, which is the order in which they had news.
    by_version: BTreeMap<u64, CallKey>,
    version: u64,
    last_key: u64,
    /// What the messages take.
    bytes: usize,
    waiting: HashMap<u64, Waker>,
    last_reader: u64,
    is_closed: bool,
}

/// How many calls one message takes out for their age, besides those that it would have joined: no message pays for all
/// that expired over a quiet weekend.
const EXPIRED_AT_ONCE: usize = 64;

struct Kept {
    part: Part,
    version: u64,
    changed_at: Duration,
    leads: Leads,
}

/// What leads to a call.
#[derive(Default)]
struct Leads {
    ids: Vec<u128>,
    absorbed: Vec<CallKey>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            hasher: IdHasher::new(),
            calls: HashMap::default(),
            ids: HashMap::default(),
            absorbed: HashMap::default(),
            by_version: BTreeMap::new(),
            version: 0,
            last_key: 0,
            bytes: 0,
            waiting: HashMap::new(),
            last_reader: 0,
            is_closed: false,
        }
    }

    pub(super) fn join(&mut self, part: &Call, now: Duration, options: &Options) -> Update {
        let mut evicted = self.expire(now, options.max_age);
        if part.is_empty() {
            return self.unchanged(part, evicted);
        }
        let ids = self.hasher.ids_of(part);
        let mut keys = Vec::new();
        for id in &ids {
            let Some(key) = self.ids.get(id).copied() else {
                continue;
            };
            if self.is_old(key, now, options.max_age) {
                evicted.extend(self.forget(key));
            } else {
                keys.push(key);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let mut keys = keys.into_iter();
        let (key, oldest) = match keys.next() {
            Some(key) => (key, self.take(key)),
            None => (self.next_key(), None),
        };
        let (first, mut version, mut changed_at, mut leads) = match oldest {
            Some(kept) => (Some(kept.part), kept.version, kept.changed_at, kept.leads),
            None => (None, 0, now, Leads::default()),
        };
        let (mut others, mut absorbed) = (Vec::new(), Vec::new());
        for other_key in keys {
            if let Some(other) = self.take(other_key) {
                others.push(other.part);
                absorbed.push(other_key);
                self.absorb(key, &mut leads, other_key, other.leads);
            }
        }
        let joined = Joined::of_parts(first, &others, part);
        self.index(key, &mut leads, ids);
        if joined.is_news {
            self.version += 1;
            version = self.version;
            changed_at = now;
        }
        let kept = Kept {
            part: Part {
                call: Arc::clone(&joined.call),
                is_ended: joined.answers.is_ended,
                is_over: joined.answers.is_over,
                // Most messages come before a call is over, and most calls that are kept are over.
                answers: (!joined.answers.is_over).then(|| Arc::clone(&joined.answers)),
            },
            version,
            changed_at,
            leads,
        };
        let update = Update {
            key: Some(key),
            version,
            call: joined.call,
            answers: joined.answers,
            before: joined.before,
            absorbed,
            is_new: joined.is_new,
            has_changed: joined.has_changed,
            is_news: joined.is_news,
            is_now_ended: joined.is_now_ended,
            is_now_over: joined.is_now_over,
            is_reopened: joined.is_reopened,
            evicted: Vec::new(),
        };
        self.put(key, kept);
        while (self.calls.len() > options.max_calls || self.bytes > options.max_bytes)
            && self.calls.len() > 1
        {
            evicted.extend(self.forget_first_but(key));
        }
        Update { evicted, ..update }
    }

    fn unchanged(&self, part: &Call, evicted: Vec<KeptCall>) -> Update {
        Update {
            key: None,
            version: self.version,
            call: Arc::new(part.clone()),
            answers: Arc::new(part.answers()),
            before: None,
            absorbed: Vec::new(),
            is_new: false,
            has_changed: false,
            is_news: false,
            is_now_ended: false,
            is_now_over: false,
            is_reopened: false,
            evicted,
        }
    }

    fn next_key(&mut self) -> CallKey {
        self.last_key += 1;
        CallKey::new(self.last_key)
    }

    /// Takes a call out, with all but what leads to it.
    fn take(&mut self, key: CallKey) -> Option<Kept> {
        let kept = self.calls.remove(&key)?;
        self.by_version.remove(&kept.version);
        self.bytes = self.bytes.saturating_sub(kept.part.size());
        Some(kept)
    }

    fn put(&mut self, key: CallKey, kept: Kept) {
        self.bytes += kept.part.size();
        self.by_version.insert(kept.version, key);
        self.calls.insert(key, kept);
    }

    /// Lets what led to another call lead to this one, as far as there is room.
    fn absorb(&mut self, key: CallKey, leads: &mut Leads, other_key: CallKey, other: Leads) {
        for id in other.ids {
            if leads.ids.len() < Call::MAX_IDS {
                self.ids.insert(id, key);
                leads.ids.push(id);
            } else {
                self.ids.remove(&id);
            }
        }
        for older in other.absorbed.into_iter().chain([other_key]) {
            self.absorbed.insert(older, key);
            leads.absorbed.push(older);
        }
        let beyond = leads.absorbed.len().saturating_sub(Call::MAX_IDS);
        for forgotten in leads.absorbed.drain(..beyond) {
            self.absorbed.remove(&forgotten);
        }
    }

    fn index(&mut self, key: CallKey, leads: &mut Leads, ids: Vec<u128>) {
        for id in ids {
            if leads.ids.len() >= Call::MAX_IDS {
                break;
            }
            if let Entry::Vacant(entry) = self.ids.entry(id) {
                entry.insert(key);
                leads.ids.push(id);
            }
        }
    }

    fn expire(&mut self, now: Duration, max_age: Duration) -> Vec<KeptCall> {
        let mut expired = Vec::new();
        for _ in 0..EXPIRED_AT_ONCE {
            let Some(key) = self.by_version.values().next().copied() else {
                break;
            };
            if !self.is_old(key, now, max_age) {
                break;
            }
            expired.extend(self.forget(key));
        }
        expired
    }

    fn is_old(&self, key: CallKey, now: Duration, max_age: Duration) -> bool {
        let kept = self.calls.get(&key);
        kept.is_none_or(|kept| now.saturating_sub(kept.changed_at) >= max_age)
    }

    fn forget_first_but(&mut self, key: CallKey) -> Option<KeptCall> {
        let mut keys = self.by_version.values().copied();
        let first = keys.find(|other| *other != key)?;
        self.forget(first)
    }

    fn forget(&mut self, key: CallKey) -> Option<KeptCall> {
        let kept = self.take(key)?;
        for id in &kept.leads.ids {
            self.ids.remove(id);
        }
        for older in &kept.leads.absorbed {
            self.absorbed.remove(older);
        }
        Some(kept.shown(key))
    }

    pub(super) fn resolve(&self, key: CallKey) -> Option<KeptCall> {
        let key = self.absorbed.get(&key).copied().unwrap_or(key);
        self.calls.get(&key).map(|kept| kept.shown(key))
    }

    /// All of them, or those that aren't over: the last to change first.
    pub(super) fn calls(&self, is_open: bool) -> Vec<KeptCall> {
        let kept = self.by_version.values().rev();
        let kept = kept.filter_map(|key| Some((*key, self.calls.get(key)?)));
        kept.filter(|(_, kept)| !(is_open && kept.part.is_over))
            .map(|(key, kept)| kept.shown(key))
            .collect()
    }

    pub(super) fn quiet_since(&self, since: Duration) -> Vec<KeptCall> {
        let kept = self.by_version.values();
        let kept = kept.filter_map(|key| Some((*key, self.calls.get(key)?)));
        kept.take_while(|(_, kept)| kept.changed_at <= since)
            .filter(|(_, kept)| !kept.part.is_over)
            .map(|(key, kept)| kept.shown(key))
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> Sizes {
        let is_dangling = |key: &&CallKey| !self.calls.contains_key(key);
        Sizes {
            ids: self.ids.len(),
            absorbed: self.absorbed.len(),
            dangling: self.ids.values().filter(is_dangling).count()
                + self.absorbed.values().filter(is_dangling).count()
                + self.by_version.values().filter(is_dangling).count(),
        }
    }

    pub(super) fn new_reader(&mut self) -> (u64, u64) {
        self.last_reader += 1;
        (self.last_reader, self.version)
    }

    pub(super) fn forget_reader(&mut self, reader: u64) {
        self.waiting.remove(&reader);
    }

    pub(super) fn next_after(&self, version: u64) -> Option<KeptCall> {
        let (_, key) = self.by_version.range(version.saturating_add(1)..).next()?;
        self.calls.get(key).map(|kept| kept.shown(*key))
    }

    pub(super) fn wait(&mut self, reader: u64, waker: &Waker) {
        self.waiting.insert(reader, waker.clone());
    }

    pub(super) fn take_waiting(&mut self) -> Vec<Waker> {
        self.waiting.drain().map(|(_, waker)| waker).collect()
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }
}

/// How much leads to calls.
#[cfg(test)]
#[derive(Debug)]
pub(super) struct Sizes {
    pub(super) ids: usize,
    pub(super) absorbed: usize,
    /// Of it, what leads to a call that there isn't.
    pub(super) dangling: usize,
}

impl Kept {
    fn shown(&self, key: CallKey) -> KeptCall {
        KeptCall {
            key,
            version: self.version,
            call: Arc::clone(&self.part.call),
            absorbed: self.leads.absorbed.clone(),
        }
    }
}
