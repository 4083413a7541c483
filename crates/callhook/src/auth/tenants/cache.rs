//! Tenants that were looked up of late: [`TenantCache`].

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Tenant;
use super::bounded::Bounded;
use super::flight::Flight;
use super::lookup::{BoxedLookup, Looked};
use crate::clock::Clock;

/// What lookups have found, by the names that were asked for, and the lookups that are under way.
///
/// 1. Of concurrent requests for one name, one makes the lookup and the others wait for it. If it is dropped, because its
///    sender hung up, one of the others makes the lookup anew.
/// 2. Tenants and names of nobody have room of their own each: strangers, who choose names, push out no tenant.
/// 3. A tenant has room for a few names only: where many spellings lead to one tenant, they push out each other.
/// 4. Errors are not kept. Those who wait for a lookup share its error, or each of them would ask in turn.
/// 5. What was forgotten while it was looked up is not kept, and nobody else waits for it.
pub(super) struct TenantCache {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    known: Bounded<Arc<Tenant>>,
    unknown: Bounded<()>,
    /// The names in `known` of each tenant, by its id, the oldest first.
    names: HashMap<Arc<str>, VecDeque<Arc<str>>>,
    flights: HashMap<Arc<str>, Arc<Flight>>,
}

/// How long a name of nobody is kept at most: a tenant that was set up a moment ago is not refused for long.
const MAX_UNKNOWN_TTL: Duration = Duration::from_secs(10);

/// Tenants' names. Only names that the application knows take this room.
pub(super) const MAX_KNOWN: usize = 65_536;

/// Names of nobody, of 256 bytes at most.
pub(super) const MAX_UNKNOWN: usize = 1_024;

/// Names of one tenant.
pub(super) const MAX_NAMES: usize = 8;

impl TenantCache {
    pub(super) fn new(ttl: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                known: Bounded::new(MAX_KNOWN, ttl),
                unknown: Bounded::new(MAX_UNKNOWN, ttl.min(MAX_UNKNOWN_TTL)),
                names: HashMap::new(),
                flights: HashMap::new(),
            }),
        }
    }

    /// What is known of a name, or else what a lookup finds. Where this makes the lookup, `own` holds it, so that its end
    /// can be told from outside.
    pub(super) async fn find<'c>(
        &'c self,
        name: &str,
        lookup: &dyn BoxedLookup,
        own: &mut Option<OwnFlight<'c>>,
    ) -> Looked {
        loop {
            match self.join(name) {
                Joined::Kept(found) => return Ok(found),
                Joined::Waits(flight) => {
                    if let Some(found) = flight.wait().await {
                        return found;
                    }
                }
                Joined::Leads(flight) => {
                    let flight = own.insert(flight);
                    let found = lookup.look_up(name).await;
                    flight.end(found.clone());
                    return found;
                }
            }
        }
    }

    /// Forgets what is known of the tenant with this id, and of this name.
    pub(super) fn forget(&self, tenant: &str) {
        let mut state = self.lock();
        for name in state.names.remove(tenant).unwrap_or_default() {
            state.known.remove(&name);
        }
        state.remove_known(tenant);
        state.unknown.remove(tenant);
        // Whose tenant they will find isn't known yet.
        state.flights.clear();
    }

    fn join(&self, name: &str) -> Joined<'_> {
        let now = self.clock.elapsed();
        let mut state = self.lock();
        if let Some(tenant) = state.known.get(name, now) {
            return Joined::Kept(Some(Arc::clone(tenant)));
        }
        if state.unknown.get(name, now).is_some() {
            return Joined::Kept(None);
        }
        if let Some(flight) = state.flights.get(name) {
            return Joined::Waits(Arc::clone(flight));
        }
        let (name, flight) = (Arc::<str>::from(name), Flight::new());
        state.flights.insert(Arc::clone(&name), Arc::clone(&flight));
        Joined::Leads(OwnFlight {
            cache: self,
            name,
            flight,
            began_at: now,
        })
    }

    /// Takes a flight off, and keeps what it has found, unless all was forgotten meanwhile.
    fn land(&self, own: &OwnFlight<'_>, found: Option<&Looked>) {
        let now = self.clock.elapsed();
        let mut state = self.lock();
        let flight = state.flights.get(&own.name);
        if !flight.is_some_and(|flight| Arc::ptr_eq(flight, &own.flight)) {
            return;
        }
        state.flights.remove(&own.name);
        if let Some(Ok(found)) = found {
            let name = Arc::clone(&own.name);
            state.keep(name, found.as_ref(), own.began_at, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> [usize; 4] {
        let state = self.lock();
        let names = state.names.values().map(VecDeque::len).sum();
        let [known, unknown] = [state.known.len(), state.unknown.len()];
        [known, unknown, names, state.flights.len()]
    }
}

impl State {
    fn keep(
        &mut self,
        name: Arc<str>,
        found: Option<&Arc<Tenant>>,
        asked_at: Duration,
        now: Duration,
    ) {
        let Some(tenant) = found else {
            self.remove_known(&name);
            self.unknown.insert(name, (), asked_at, now);
            return;
        };
        self.unknown.remove(&name);
        let gone = self
            .known
            .insert(Arc::clone(&name), Arc::clone(tenant), asked_at, now);
        for (name, tenant) in gone {
            self.unlist(&name, &tenant);
        }
        let names = self.names.entry(Arc::clone(tenant.id())).or_default();
        names.push_back(name);
        if names.len() > MAX_NAMES
            && let Some(oldest) = names.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn remove_known(&mut self, name: &str) {
        if let Some(tenant) = self.known.remove(name) {
            self.unlist(name, &tenant);
        }
    }

    /// Takes a name off its tenant's list.
    fn unlist(&mut self, name: &str, tenant: &Tenant) {
        if let Some(names) = self.names.get_mut(tenant.id()) {
            names.retain(|other| **other != *name);
            if names.is_empty() {
                self.names.remove(tenant.id());
            }
        }
    }
}

enum Joined<'c> {
    Kept(Option<Arc<Tenant>>),
    Waits(Arc<Flight>),
    Leads(OwnFlight<'c>),
}

/// The lookup that a request makes for itself and for those who wait. Dropped before its end, it is given up.
pub(super) struct OwnFlight<'c> {
    cache: &'c TenantCache,
    name: Arc<str>,
    flight: Arc<Flight>,
    /// Kept is what was found for a time that begins with the question: the answer may be as old.
    began_at: Duration,
}

impl OwnFlight<'_> {
    pub(super) fn end(&self, found: Looked) {
        self.cache.land(self, Some(&found));
        self.flight.end(Some(found));
    }
}

impl Drop for OwnFlight<'_> {
    fn drop(&mut self) {
        self.cache.land(self, None);
        self.flight.end(None);
    }
}
