//! A call and how it grows: [`Call`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::facts::{Fact, Facts};
use super::{CallEvent, CallSummary};
use crate::pipeline::Delivery;
use crate::value::Text;

/// One call: the set of what its messages tell.
///
/// The [module](super) has the rules, by which [`answers`](Self::answers) and the methods for a single answer go. `Debug`
/// shows the provider and how many messages there are.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    scope: Arc<Scope>,
    /// In falling order, each once.
    contents: Vec<Content>,
}

/// Whose call it is: ids are compared within it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) provider: Text,
    pub(super) tenant: Option<Text>,
}

/// One content of a message.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) facts: Facts,
    /// When it was first received, in milliseconds since 1970.
    pub(super) at: u64,
}

impl Call {
    /// At most so many contents of messages make a call, the records before all others. An ordinary call has about ten.
    pub const MAX_MESSAGES: usize = 128;

    /// At most so many of a call's ids are told by [`ids`](Self::ids).
    pub const MAX_IDS: usize = 256;

    /// What this delivery tells of its call. Empty where it is part of none: see [`is_empty`](Self::is_empty).
    #[must_use]
    pub fn of<E: CallEvent>(delivery: &Delivery<E>) -> Self {
        let summary = delivery.event().summary();
        Self::of_summary(&summary, delivery.tenant(), delivery.received_at())
    }

    /// As [`of`](Self::of), of an event that was stored with its tenant and the time it was received: the same events, in any
    /// order, make the same call again.
    #[must_use]
    pub fn of_summary(
        summary: &CallSummary,
        tenant: Option<&str>,
        received_at: SystemTime,
    ) -> Self {
        let since = received_at.duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.unwrap_or(Duration::ZERO).as_millis();
        let content = Facts::of(summary).map(|facts| Content {
            facts,
            at: u64::try_from(millis).unwrap_or(u64::MAX),
        });
        Self {
            scope: Arc::new(Scope {
                provider: summary.provider.clone(),
                tenant: tenant.map(Text::from),
            }),
            contents: content.into_iter().collect(),
        }
    }

    pub(super) fn from_contents(scope: Scope, contents: Vec<Content>) -> Self {
        let mut call = Self {
            scope: Arc::new(scope),
            contents: Vec::new(),
        };
        for content in contents {
            let place = call.place_of(&content);
            call.put(place, content);
        }
        call
    }

    /// Adds the other call's messages to this one's: their union, with the earliest time at which each was received.
    ///
    /// In whatever order, grouping and number calls are joined, the result is the same. A store has to join what it read with
    /// what it writes, and never to overwrite.
    ///
    /// # Errors
    ///
    /// When the calls are of different providers or tenants: this call stays as it was.
    pub fn join(&mut self, other: &Self) -> Result<(), OtherScope> {
        if self.scope != other.scope {
            return Err(OtherScope);
        }
        for content in &other.contents {
            match self.place_of(content) {
                Place::Known => {}
                place => self.put(place, content.clone()),
            }
        }
        Ok(())
    }

    /// As [`join`](Self::join), of a call of the same scope that others may hold: it is made anew only where it changes.
    pub(super) fn join_shared(call: &mut Arc<Self>, other: &Self) -> Change {
        let mut change = Change::None;
        // In falling order, so that one of them that found room keeps it: those after it can only take places behind it.
        for content in &other.contents {
            let place = call.place_of(content);
            change = match place {
                Place::Known => continue,
                Place::New(_) => Change::More,
                Place::Earlier(_) => change.max(Change::Earlier),
            };
            Arc::make_mut(call).put(place, content.clone());
        }
        change
    }

    /// Whether every message of the other call is one of this call's already, received no later.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        let has = |content: &Content| {
            let found = self.position(&content.facts).ok();
            found
                .and_then(|at| self.contents.get(at))
                .is_some_and(|known| known.at <= content.at)
        };
        self.scope == other.scope && other.contents.iter().all(has)
    }

    pub(super) fn is_of_scope_of(&self, other: &Self) -> bool {
        self.scope == other.scope
    }

    fn place_of(&self, content: &Content) -> Place {
        match self.position(&content.facts) {
            Ok(at) => match self.contents.get(at) {
                Some(known) if content.at < known.at => Place::Earlier(at),
                _ => Place::Known,
            },
            Err(at) if at < Self::MAX_MESSAGES => Place::New(at),
            Err(_) => Place::Known,
        }
    }

    fn put(&mut self, place: Place, content: Content) {
        match place {
            Place::New(at) => {
                self.contents.insert(at, content);
                self.contents.truncate(Self::MAX_MESSAGES);
            }
            Place::Earlier(at) => {
                if let Some(known) = self.contents.get_mut(at) {
                    known.at = content.at;
                }
            }
            Place::Known => {}
        }
    }

    fn position(&self, facts: &Facts) -> Result<usize, usize> {
        let order = facts.order();
        self.contents
            .binary_search_by(|content| order.cmp(&content.facts.order()))
    }

    /// Whether there is no message: what was received is part of no call, because it was not recognised or has no id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.scope.provider
    }

    /// The tenant, where the endpoint has tenants.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.scope.tenant.as_deref()
    }

    /// Provider and tenant as one text: `telecmi`, or `telecmi/acme`. Ids are compared within it, and no two scopes have one
    /// text.
    #[must_use]
    pub fn scope(&self) -> String {
        // The first slash ends the provider.
        let mut scope = self.scope.provider.replace('%', "%25").replace('/', "%2F");
        if let Some(tenant) = self.tenant() {
            scope.push('/');
            scope.push_str(tenant);
        }
        scope
    }

    /// What the call is found by: the ids of the call, its legs and its request, sorted, at most 256. Whoever has one of them,
    /// in the same [scope](Self::scope), is part of this call.
    ///
    /// Words for nothing (`none`, `0`, `n/a`) are no ids, nor are texts of more than 255 bytes.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        // Where there are too many, the records' go before the live events', and those before all others.
        for id in self.each_id() {
            if let Err(at) = ids.binary_search(&id)
                && ids.len() < Self::MAX_IDS
            {
                ids.insert(at, id);
            }
        }
        ids
    }

    /// The ids of each content, so most of them several times.
    pub(super) fn each_id(&self) -> impl Iterator<Item = &str> {
        let contents = self.contents.iter();
        contents.flat_map(|content| content.facts.ids())
    }

    /// In falling order: the records' first.
    pub(super) fn contents(&self) -> &[Content] {
        &self.contents
    }

    /// In the same order.
    pub(super) fn facts(&self) -> impl Iterator<Item = Fact<'_>> {
        let contents = self.contents.iter();
        contents.map(|content| content.facts.read(content.at))
    }

    /// How many bytes its messages take.
    pub(super) fn size(&self) -> usize {
        let contents = self.contents.iter();
        contents
            .map(|content| content.facts.len() + size_of::<Content>())
            .sum()
    }
}

/// Where a content belongs.
#[derive(Clone, Copy)]
enum Place {
    /// It is there, or there is no room for it.
    Known,
    /// It is there, received later.
    Earlier(usize),
    New(usize),
}

/// How a join changed a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    None,
    /// Something known was received earlier.
    Earlier,
    /// There is a content that there wasn't.
    More,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("provider", &self.provider())
            .field("contents", &self.contents.len())
            .finish_non_exhaustive()
    }
}

/// Two calls are of different providers or tenants, so they are not one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherScope;

impl fmt::Display for OtherScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the calls are of different providers or tenants, expected parts of one call")
    }
}

impl std::error::Error for OtherScope {}
