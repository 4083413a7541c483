//! Secrets and app ids of tenants, which the application is asked for: [`Tenants`].
//!
//! 1. The tenant is named in the URL's path or query. What is found there is asked for once a request has passed the
//!    allowlist, the limits that need no body, and the tokens that are every tenant's.
//! 2. A tenant that doesn't exist, or isn't named, is refused as one whose secret is wrong: after the same steps, as many
//!    comparisons as for the tenant with most secrets among them, with the same status, headers and body. So is a tenant
//!    whose secret can't be a key for the endpoint's signatures, which is logged.
//! 3. The [id](Tenant::new) that the application gives is part of each message's identity: no tenant's message passes for
//!    a replay of another's.
//! 4. An application that can't tell within its time is 503, so that the sender tries again.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::Secrets;
use crate::deadline::within;
use crate::error::ConfigError;
use crate::random::random_u64;
use crate::request::{Head, Location};

/// Where a request names its tenant, and what knows the tenants.
///
/// ```
/// use callhook::auth::{Secrets, Tenant, Tenants};
/// use callhook::{ConfigError, Endpoint, telecmi::Telecmi};
///
/// // POST /webhooks/acme/telecmi?token=...
/// let tenants = Tenants::path_segment_before(1, |name: String| async move {
///     // A database would be asked here.
///     match &*name {
///         "acme" => Tenant::new("7", "a token that acme alone has")?.app_ids(["1111112"]).map(Some),
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
///
/// The name is the sender's text, and may hold anything, a `/` or a NUL too. Whoever finds the URL can make the application
/// look tenants up, so keep what was found, and what wasn't, in a cache. The lookup's errors are logged: keep secrets out of
/// their texts.
#[must_use]
pub struct Tenants {
    location: Location,
    lookup: Lookup,
    timeout: Duration,
    /// One that nobody knows.
    dummy: Secrets,
    /// How many secrets one tenant has had at most.
    most_secrets: AtomicUsize,
}

type Lookup = Box<dyn Fn(String) -> LookupFuture + Send + Sync>;
type LookupFuture = Pin<Box<dyn Future<Output = Result<Option<Tenant>, LookupError>> + Send>>;
pub(crate) type LookupError = Box<dyn Error + Send + Sync>;

/// One tenant of an application.
#[derive(Clone, Debug)]
#[must_use]
pub struct Tenant {
    id: Arc<str>,
    secrets: Secrets,
    app_ids: Option<HashSet<Box<str>>>,
}

/// What the application made of a request's tenant.
pub(crate) enum ResolvedTenant {
    // Endpoints without tenants are the rule, and carry the room for one along with each request.
    Known(Box<Tenant>),
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
    pub fn path_segment<F, Fut, E>(lookup: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Tenant>, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        Self::path_segment_before(0, lookup)
    }

    /// The tenant is the segment of the path that has this many segments after it. Counted from the end, so that a prefix
    /// that a proxy adds or takes makes no difference.
    pub fn path_segment_before<F, Fut, E>(after: usize, lookup: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Tenant>, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        Self::new(Location::PathSegment(after), lookup)
    }

    /// The tenant is a parameter of the query, which is no part of the message.
    pub fn query_parameter<F, Fut, E>(name: impl Into<String>, lookup: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Tenant>, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        Self::new(Location::query(name.into()), lookup)
    }

    /// How long the application may take. Two seconds by default: a database that takes longer is in trouble, and the
    /// sender waits meanwhile.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn new<F, Fut, E>(location: Location, lookup: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Tenant>, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let mut dummy = [0; 32];
        for bytes in dummy.chunks_exact_mut(8) {
            bytes.copy_from_slice(&random_u64().to_ne_bytes());
        }
        let lookup = move |name| -> LookupFuture {
            let found = lookup(name);
            Box::pin(async move { found.await.map_err(Into::into) })
        };
        Self {
            location,
            lookup: Box::new(lookup),
            timeout: Duration::from_secs(2),
            dummy: Secrets::new().with("", dummy),
            most_secrets: AtomicUsize::new(1),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        self.location.validate()?;
        if self.timeout.is_zero() {
            return Err(ConfigError::Zero {
                what: "tenants' timeout",
            });
        }
        Ok(())
    }

    /// Where a request names its tenant.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// What proofs of this tenant are compared with: its secrets, or a secret that nobody knows. As many comparisons are
    /// made for each tenant, known or not, as for the one that has had most secrets: time tells nobody which there are.
    pub(crate) fn secrets<'a>(&'a self, tenant: &'a ResolvedTenant) -> TenantSecrets<'a> {
        let own = match tenant {
            ResolvedTenant::Known(tenant) => Some(&tenant.secrets),
            ResolvedTenant::Unknown => None,
        };
        let most = self.most_secrets.load(Ordering::Relaxed);
        TenantSecrets {
            own,
            dummy: &self.dummy,
            dummies: most.saturating_sub(own.map_or(0, Secrets::len)),
        }
    }

    /// Asks for the tenant that the head names. `sleep` is what the adapter's runtime has for it.
    pub(crate) async fn find<S>(
        &self,
        head: &Head<'_>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<ResolvedTenant, LookupError>
    where
        S: Future<Output = ()>,
    {
        let Some(name) = self.name(head) else {
            return Ok(ResolvedTenant::Unknown);
        };
        let found = within((self.lookup)(name), || self.timeout, sleep).await;
        let found = found.ok_or_else(|| format!("no answer within {:?}", self.timeout))??;
        Ok(match found {
            Some(tenant) => {
                let secrets = tenant.secrets.len();
                self.most_secrets.fetch_max(secrets, Ordering::Relaxed);
                ResolvedTenant::Known(Box::new(tenant))
            }
            None => ResolvedTenant::Unknown,
        })
    }

    /// The name, if the head has exactly one that can be one.
    fn name(&self, head: &Head<'_>) -> Option<String> {
        let name = String::from_utf8(self.location.read(head).ok()??.into_owned()).ok()?;
        (!name.is_empty() && name.len() <= MAX_NAME_BYTES).then_some(name)
    }
}

impl Tenant {
    /// A tenant that proves who it is with one of these secrets, in every guard of the endpoint that takes
    /// [the tenant's](Secrets::of_tenant).
    ///
    /// The id is what tells tenants apart in their messages' identities, and what a handler finds in
    /// [`Delivery::tenant`](crate::Delivery::tenant). Give the one that your database knows the tenant by, so that it is one
    /// tenant however the URL spells its name.
    ///
    /// # Errors
    ///
    /// When the id is empty; when there is no secret, or one has fewer than 16 bytes.
    pub fn new(id: impl Into<Arc<str>>, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        let (id, secrets) = (id.into(), secrets.into());
        if id.is_empty() {
            return Err(ConfigError::InvalidName {
                what: "tenant",
                name: String::new(),
            });
        }
        let tenant = format!("tenant {id:?}");
        if secrets.is_of_tenant() {
            return Err(ConfigError::NoSecret { guard: tenant });
        }
        secrets.validate(&tenant)?;
        Ok(Self {
            id,
            secrets,
            app_ids: None,
        })
    }

    /// Accepts messages of these accounts only, besides what the endpoint accepts.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn app_ids<T: AsRef<str>>(
        mut self,
        app_ids: impl IntoIterator<Item = T>,
    ) -> Result<Self, ConfigError> {
        let app_ids: HashSet<Box<str>> = app_ids
            .into_iter()
            .map(|app_id| app_id.as_ref().into())
            .collect();
        if app_ids.is_empty() {
            return Err(ConfigError::NoAppId);
        }
        self.app_ids = Some(app_ids);
        Ok(self)
    }

    pub(crate) fn id(&self) -> &Arc<str> {
        &self.id
    }

    pub(crate) fn accepts(&self, app_id: Option<&str>) -> bool {
        let is_expected =
            |expected: &HashSet<Box<str>>| app_id.is_some_and(|app_id| expected.contains(app_id));
        self.app_ids.as_ref().is_none_or(is_expected)
    }
}

/// What is longer is nobody's name, and not looked up.
const MAX_NAME_BYTES: usize = 256;

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("location", &self.location)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
