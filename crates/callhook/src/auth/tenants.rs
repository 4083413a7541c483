//! The secrets and app ids of tenants, looked up in the application: [`Tenants`].

mod bounded;
mod cache;
mod flight;
mod lookup;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub use self::lookup::TenantLookup;

pub(crate) use self::lookup::LookupError;

use self::cache::TenantCache;
use self::lookup::BoxedLookup;
use super::{Secrets, Tenant};
use crate::clock::Clock;
use crate::deadline::within;
use crate::error::{ConfigError, SettingProblem};
use crate::random::random_u64;
use crate::request::{Head, Location};

/// Where a request names its tenant, and the lookup that returns the tenant's secrets and app ids.
///
/// 1. The tenant is named in the URL's path or query. The name is looked up after the request has passed the allowlist,
///    the limits that need no body, and the tokens that all tenants share.
/// 2. A tenant that doesn't exist, or isn't named, is refused like one whose secret is wrong: after the same steps,
///    with as many comparisons as for the tenant with the most secrets, and with the same status, headers and body. So
///    is a tenant whose secret can't be a key for the endpoint's signatures, which is logged as an error.
/// 3. The [id](Tenant::new) that the application gives is part of each message's identity: no tenant's message passes
///    for a replay of another's.
/// 4. A lookup that fails, panics or exceeds the [timeout](Self::timeout) is answered with 503, so that the sender
///    tries again. The error is logged with the tenant's name, once until a lookup succeeds again, which is logged too.
///    The name is the sender's text, so it is escaped and truncated, and at most 256 names are logged at a time. Keep
///    secrets out of the errors' texts.
/// 5. The name may contain anything, even a `/` or a NUL. Anyone who finds the URL can cause lookups, so cache their
///    results: see [`cached`](Self::cached).
/// 6. **Tenants of one endpoint share its replay store.** A full memory store first forgets the message that was
///    handled first, whichever tenant it belongs to: a flood of a million messages of one tenant pushes out the handled
///    messages of others, whose copies are then handled again. To keep tenants apart that don't trust each other, build
///    an endpoint for each, at a URL of its own and with a [name](crate::EndpointBuilder::name) and secrets of its own:
///    it has a memory store of its own too. Or give the endpoint a store that forgets nothing before its time.
///
/// ```
/// use callhook::auth::{Secrets, Tenant, Tenants};
/// use callhook::{ConfigError, Endpoint, telecmi::Telecmi};
///
/// // POST /webhooks/acme/telecmi?token=...
/// let tenants = Tenants::path_segment_nth_back(1, |name: String| async move {
///     // Query a database here.
///     match &*name {
///         "acme" => Tenant::new("7", "a token that only acme has")?.app_ids(["1111112"]).map(Some),
///         _ => Ok::<_, ConfigError>(None),
///     }
/// });
/// let endpoint = Endpoint::builder(Telecmi)
///     .query_token("token", Secrets::of_tenant())
///     .tenants(tenants)
///     .build()?;
/// # let _ = endpoint;
/// # Ok::<(), ConfigError>(())
/// ```
#[must_use]
pub struct Tenants {
    location: Location,
    lookup: Box<dyn BoxedLookup>,
    timeout: Duration,
    /// For how long what was found is kept. `None` where it isn't.
    ttl: Option<Duration>,
    cache: Option<TenantCache>,
    /// One that nobody knows.
    dummy: Secrets,
    /// How many secrets one tenant has had at most.
    most_secrets: AtomicUsize,
}

/// What the application made of a request's tenant.
pub(crate) enum ResolvedTenant {
    Known(Arc<Tenant>),
    Unknown,
}

/// What proofs of a request's tenant are compared with.
#[derive(Clone, Copy)]
pub(crate) struct TenantSecrets<'a> {
    /// None of a tenant that is unknown.
    own: Option<&'a Secrets>,
    dummy: &'a Secrets,
    dummies: usize,
}

impl<'a> TenantSecrets<'a> {
    /// The name of the secret that was presented.
    pub(crate) fn matching(self, presented: &[u8]) -> Option<&'a Arc<str>> {
        let found = self.own.and_then(|own| own.matching(presented));
        for _ in 0..self.dummies {
            black_box(self.dummy.matching(black_box(presented)));
        }
        found
    }

    pub(crate) fn own(self) -> Option<&'a Secrets> {
        self.own
    }

    pub(crate) fn dummy(self) -> &'a Secrets {
        self.dummy
    }

    /// How many comparisons with the dummy are to be made.
    pub(crate) fn dummies(self) -> usize {
        self.dummies
    }
}

impl Tenants {
    /// The tenant is the last segment of the path, decoded once. A slash at the end makes no segment.
    pub fn path_segment(lookup: impl TenantLookup) -> Self {
        Self::path_segment_nth_back(0, lookup)
    }

    /// The tenant is the segment of the path that has this many segments after it. Counted from the end, so that a
    /// prefix that a proxy adds or takes makes no difference.
    pub fn path_segment_nth_back(after: usize, lookup: impl TenantLookup) -> Self {
        Self::new(Location::PathSegment(after), lookup)
    }

    /// The tenant is a parameter of the query, which is not part of the message.
    pub fn query_parameter(name: impl Into<String>, lookup: impl TenantLookup) -> Self {
        Self::new(Location::query(name.into()), lookup)
    }

    /// How long the application may take. Two seconds by default: a database that takes longer is in trouble, and the
    /// sender waits meanwhile.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Keeps the result of a lookup for this time, in memory. By default nothing is kept, and each request makes a
    /// lookup.
    ///
    /// 1. **A secret that was replaced, or a tenant that was removed, is accepted for that time**, unless
    ///    [`Endpoint::forget_tenant`](crate::Endpoint::forget_tenant) is called for the tenant. A minute is a good
    ///    start.
    /// 2. **One lookup for one name at a time.** Concurrent requests for it wait for the first one's lookup, each no
    ///    longer than the [timeout](Self::timeout); if the sender of the first one hangs up, another makes the lookup.
    /// 3. **An unknown name is kept too**, for ten seconds at most, so that a tenant that was set up a moment ago is
    ///    not refused for long.
    /// 4. **It is bounded.** 65 536 names of tenants are kept, at most 8 for one tenant, and 1 024 unknown names. The
    ///    oldest is dropped first, and unknown names never push out a tenant.
    /// 5. **Errors are not kept.** The next request makes another lookup.
    ///
    /// A stranger who sends a new name each time still causes a lookup each time: require an allowlist, a token that
    /// all tenants share, or a rate limit as well. The time that an answer takes shows whether a name was looked up
    /// recently.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use callhook::auth::{Secrets, Tenant, Tenants};
    /// use callhook::{ConfigError, Endpoint, telecmi::Telecmi};
    ///
    /// # async fn look_up(_: String) -> Result<Option<Tenant>, ConfigError> { Ok(None) }
    /// let tenants = Tenants::path_segment(look_up).cached(Duration::from_secs(60));
    /// let endpoint = Endpoint::builder(Telecmi)
    ///     .query_token("token", Secrets::of_tenant())
    ///     .tenants(tenants)
    ///     .build()?;
    /// // Where the secret of the tenant with the id 7 is replaced:
    /// endpoint.forget_tenant("7");
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn cached(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    fn new(location: Location, lookup: impl TenantLookup) -> Self {
        let mut dummy = [0; 32];
        for bytes in dummy.chunks_exact_mut(8) {
            bytes.copy_from_slice(&random_u64().to_ne_bytes());
        }
        Self {
            location,
            lookup: Box::new(lookup),
            timeout: Duration::from_secs(2),
            ttl: None,
            cache: None,
            dummy: Secrets::new().secret("", dummy),
            most_secrets: AtomicUsize::new(1),
        }
    }

    /// Makes the cache, if there is to be one.
    pub(crate) fn with_clock(mut self, clock: &Arc<dyn Clock>) -> Self {
        let cache = |ttl| TenantCache::new(ttl, Arc::clone(clock));
        self.cache = self.ttl.map(cache);
        self
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        self.location.validate()?;
        if self.timeout.is_zero() {
            return Err(ConfigError::Setting {
                setting: "the tenants' timeout".to_owned(),
                problem: SettingProblem::Zero,
            });
        }
        if self.ttl.is_some_and(|ttl| ttl.is_zero()) {
            return Err(ConfigError::Setting {
                setting: "the time for which tenants are cached".to_owned(),
                problem: SettingProblem::Zero,
            });
        }
        Ok(())
    }

    /// Where a request names its tenant.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// What proofs of this tenant are compared with: its secrets, or a secret that nobody knows. As many comparisons
    /// are made for each tenant, known or not, as for the one that has had most secrets: time tells nobody which there
    /// are.
    pub(crate) fn secrets<'a>(&'a self, tenant: &'a ResolvedTenant) -> TenantSecrets<'a> {
        let own = match tenant {
            ResolvedTenant::Known(tenant) => Some(tenant.secrets()),
            ResolvedTenant::Unknown => None,
        };
        let most = self.most_secrets.load(Ordering::Relaxed);
        TenantSecrets {
            own,
            dummy: &self.dummy,
            dummies: most.saturating_sub(own.map_or(0, Secrets::len)),
        }
    }

    /// Asks for the tenant of this name, if there is one. `sleep` is what the adapter's runtime has for it.
    pub(crate) async fn find<S>(
        &self,
        name: Option<&str>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<ResolvedTenant, LookupError>
    where
        S: Future<Output = ()>,
    {
        let Some(name) = name else {
            return Ok(ResolvedTenant::Unknown);
        };
        let lookup = &*self.lookup;
        let time_left = || self.timeout;
        let mut own = None;
        let found = match &self.cache {
            Some(cache) => within(pin!(cache.find(name, lookup, &mut own)), time_left, sleep).await,
            None => within(pin!(lookup.look_up(name)), time_left, sleep).await,
        };
        let found = found.unwrap_or_else(|| {
            let error = format!("no answer within {:?}", self.timeout);
            let error = Err(Box::<dyn Error + Send + Sync>::from(error).into());
            // Whoever waits for this lookup has waited as long, or would wait for the next one as long again.
            if let Some(own) = &own {
                own.end(error.clone());
            }
            error
        });
        Ok(match found? {
            Some(tenant) => {
                let secrets = tenant.secrets().len();
                self.most_secrets.fetch_max(secrets, Ordering::Relaxed);
                ResolvedTenant::Known(tenant)
            }
            None => ResolvedTenant::Unknown,
        })
    }

    /// Forgets what is kept of the tenant with this id, and of this name.
    pub(crate) fn forget(&self, tenant: &str) {
        if let Some(cache) = &self.cache {
            cache.forget(tenant);
        }
    }

    /// The name, if the head has exactly one that can be one.
    pub(crate) fn name(&self, head: &Head<'_>) -> Option<String> {
        let name = String::from_utf8(self.location.read(head).ok()??.into_owned()).ok()?;
        (!name.is_empty() && name.len() <= MAX_NAME_BYTES).then_some(name)
    }
}

/// What is longer is nobody's name, and not looked up.
const MAX_NAME_BYTES: usize = 256;

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("location", &self.location)
            .field("timeout", &self.timeout)
            .field("cached", &self.ttl)
            .finish_non_exhaustive()
    }
}
