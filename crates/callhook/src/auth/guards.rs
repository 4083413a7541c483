//! All guards of one endpoint: [`Guards`].

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use super::{
    HmacGuard, Keys, MISSING, Presented, Proofs, ResolvedTenant, Secrets, TWICE, Tenants,
    TokenGuard,
};
use crate::clock::Clock;
use crate::observe::{Incident, TARGET};
use crate::payload::cut;
use crate::payload::form::{self, Pair};
use crate::rejection::Rejection;
use crate::request::{Content, Head, Location};

/// The tokens, signatures and tenants of one endpoint, in the order in which they are checked.
pub(crate) struct Guards {
    endpoint: Arc<str>,
    tokens: Vec<TokenGuard>,
    signatures: Vec<HmacGuard>,
    tenants: Option<Tenants>,
    lookup_incident: Incident,
    key_incident: Incident,
}

impl Guards {
    pub(crate) fn new(
        endpoint: Arc<str>,
        tokens: Vec<TokenGuard>,
        signatures: Vec<HmacGuard>,
        tenants: Option<Tenants>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            endpoint,
            tokens,
            signatures,
            tenants,
            lookup_incident: Incident::new(Arc::clone(clock)),
            key_incident: Incident::new(Arc::clone(clock)),
        }
    }

    /// Whether nothing has to be proven before a request counts as authenticated.
    pub(crate) fn is_open(&self) -> bool {
        self.tokens.is_empty() && self.signatures.is_empty()
    }

    /// Compares the tokens of the head that are every tenant's. They come first: nobody is asked about a tenant for a
    /// sender who lacks the endpoint's own token.
    pub(crate) fn check_own_tokens(&self, head: &Head<'_>) -> Result<Proofs, Rejection> {
        let mut proofs = Proofs::default();
        let own = |guard: &&TokenGuard| !guard.is_of_tenant();
        self.check_tokens(head, self.tokens.iter().filter(own), &mut proofs)?;
        Ok(proofs)
    }

    /// What knows the tenants, where there are any.
    pub(crate) fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_ref()
    }

    /// Takes what the application made of the tenant that the head names. Logs the beginning and the end of trouble with
    /// it: an incident, not each of its requests.
    pub(crate) fn resolved(
        &self,
        found: Result<ResolvedTenant, Box<dyn Error + Send + Sync>>,
        proofs: &mut Proofs,
    ) -> Result<(), Rejection> {
        let endpoint = &*self.endpoint;
        match found {
            Ok(tenant) => {
                if self.lookup_incident.answers() {
                    tracing::info!(target: TARGET, endpoint, "the tenants can be looked up again");
                }
                proofs.set_tenant(tenant);
                Ok(())
            }
            Err(error) => {
                if self.lookup_incident.fails() {
                    tracing::error!(
                        target: TARGET,
                        endpoint,
                        %error,
                        "a tenant could not be looked up; such messages are refused with 503"
                    );
                }
                Err(Rejection::tenant_lookup(error.into()))
            }
        }
    }

    /// Compares the tenant's tokens of the head, and reads the signatures.
    pub(crate) fn check_head(
        &self,
        head: &Head<'_>,
        received_at: SystemTime,
        proofs: &mut Proofs,
    ) -> Result<Vec<Presented>, Rejection> {
        let of_tenant = |guard: &&TokenGuard| guard.is_of_tenant();
        self.check_tokens(head, self.tokens.iter().filter(of_tenant), proofs)?;
        let present = |guard: &HmacGuard| {
            let keys = self.tenant_keys(guard, proofs)?;
            let presented = guard.present(head, received_at, keys);
            presented.map_err(|cause| proofs.unauthenticated(cause))
        };
        self.signatures.iter().map(present).collect()
    }

    /// Whether a GET's body is what its signatures are over, where there are any: some sign its query alone.
    pub(crate) fn sign_bodies_of_gets(&self) -> bool {
        self.signatures.iter().all(HmacGuard::signs_any_body)
    }

    /// Whether a POST's query is signed, where it has signatures.
    pub(crate) fn sign_queries_of_posts(&self) -> bool {
        self.signatures.iter().all(HmacGuard::signs_url)
    }

    /// Whether a query has parameters that are fields of a message: what is left after tokens, the tenant and the event's
    /// name. Tokens that are fields of the content are counted.
    pub(crate) fn leave_fields_of(&self, query: &str, event: Option<&Location>) -> bool {
        form::pairs(query).any(|pair| {
            let is_event = matches!(event, Some(Location::Query(name)) if pair.is_named(name));
            !is_event && !self.is_tenant(&pair) && !self.is_token(&pair)
        })
    }

    /// Whether a body proves something, so that a request hasn't authenticated before its body is read.
    pub(crate) fn need_a_body(&self) -> bool {
        !self.signatures.is_empty() || self.content_fields().next().is_some()
    }

    /// Verifies the signatures over a content as it was received.
    pub(crate) fn verify(
        &self,
        presented: &[Presented],
        content: Content<'_>,
        proofs: &mut Proofs,
    ) -> Result<(), Rejection> {
        if self.signatures.len() != presented.len() {
            return Err(proofs.unauthenticated("a signature was not read"));
        }
        for (guard, presented) in self.signatures.iter().zip(presented) {
            match guard.verify(presented, content) {
                Ok(name) => proofs.push(Arc::clone(name)),
                Err(cause) => return Err(proofs.unauthenticated(cause)),
            }
        }
        Ok(())
    }

    /// Compares the tokens that are fields of the content, and returns the content without them, where it had any.
    pub(crate) fn check_content(
        &self,
        content: Content<'_>,
        proofs: &mut Proofs,
    ) -> Result<Option<String>, Rejection> {
        let mut rest: Option<String> = None;
        for guard in &self.tokens {
            let content = match &rest {
                Some(rest) => content.replaced(rest),
                None => content,
            };
            let Some(found) = guard.find(content) else {
                continue;
            };
            let found = found.map_err(|cause| proofs.unauthenticated(cause))?;
            let name = guard.matching(found.value().as_bytes(), self.tenant_secrets(proofs));
            match name.map(Arc::clone) {
                Ok(name) => proofs.push(name),
                Err(cause) => return Err(proofs.unauthenticated(cause)),
            }
            rest = Some(found.cut());
        }
        // Without one field, another may read as the whole message: a token in there is a second one.
        if let Some(rest) = &rest {
            let is_left = |guard: &TokenGuard| match guard.find(content.replaced(rest)) {
                None => false,
                Some(found) => !matches!(found, Err(MISSING)),
            };
            if self.tokens.iter().any(is_left) {
                return Err(proofs.unauthenticated(TWICE));
            }
        }
        Ok(rest)
    }

    /// The path's segments that serve as authentication, as they were sent.
    pub(crate) fn path_tokens(&self, head: &Head<'_>) -> Vec<String> {
        self.locations()
            .filter_map(|location| match location {
                Location::PathSegment(from_end) => head.segment(*from_end).map(str::to_owned),
                _ => None,
            })
            .collect()
    }

    /// The names of headers that serve as authentication as they are, in lower case.
    pub(crate) fn token_headers(&self) -> impl Iterator<Item = &str> {
        self.locations().filter_map(|location| match location {
            Location::Header(name) => Some(&**name),
            _ => None,
        })
    }

    /// A query without the parameters that serve as authentication, where it has any.
    pub(crate) fn strip_query(&self, query: &str) -> Option<String> {
        strip(query, |pair| self.is_token(pair))
    }

    /// As [`strip_query`](Self::strip_query), of a query that is the content of its request.
    pub(crate) fn strip_content_query(&self, query: &str) -> Option<String> {
        let stripped = self.strip_query(query);
        self.content_fields().fold(stripped, |stripped, field| {
            let query = stripped.as_deref().unwrap_or(query);
            cut::strip_query(query, field).or(stripped)
        })
    }

    /// A query without what is no part of a message, where it has any: tokens and the tenant's name. Tokens that are
    /// fields of the content are left.
    pub(crate) fn message_query(&self, query: &str) -> Option<String> {
        strip(query, |pair| self.is_tenant(pair) || self.is_token(pair))
    }

    fn check_tokens<'a>(
        &'a self,
        head: &Head<'_>,
        guards: impl Iterator<Item = &'a TokenGuard>,
        proofs: &mut Proofs,
    ) -> Result<(), Rejection> {
        for guard in guards {
            match guard.check_head(head, self.tenant_secrets(proofs)) {
                Ok(Some(name)) => {
                    let name = Arc::clone(name);
                    proofs.push(name);
                }
                Ok(None) => {}
                Err(cause) => return Err(proofs.unauthenticated(cause)),
            }
        }
        Ok(())
    }

    fn locations(&self) -> impl Iterator<Item = &Location> {
        self.tokens.iter().map(TokenGuard::location)
    }

    /// The fields of the content that are tokens.
    fn content_fields(&self) -> impl Iterator<Item = &str> {
        self.locations().filter_map(|location| match location {
            Location::BodyField(field) => Some(&**field),
            _ => None,
        })
    }

    fn is_tenant(&self, pair: &Pair<'_>) -> bool {
        let tenant = self.tenants.as_ref().map(Tenants::location);
        matches!(tenant, Some(Location::Query(name)) if pair.is_named(name))
    }

    fn is_token(&self, pair: &Pair<'_>) -> bool {
        self.locations()
            .any(|location| matches!(location, Location::Query(name) if pair.is_named(name)))
    }

    /// What proofs of a request's tenant are compared with.
    fn tenant_secrets<'a>(&'a self, proofs: &'a Proofs) -> Option<&'a Secrets> {
        let tenants = self.tenants.as_ref()?;
        proofs.tenant().map(|tenant| tenants.secrets(tenant))
    }

    /// A tenant's secrets as this guard's keys, where it takes them.
    fn tenant_keys(&self, guard: &HmacGuard, proofs: &Proofs) -> Result<Option<Keys>, Rejection> {
        let (Some(secrets), Some(tenant)) = (self.tenant_secrets(proofs), proofs.tenant()) else {
            return Ok(None);
        };
        let tenant = match tenant {
            ResolvedTenant::Known(tenant) => tenant,
            // Nobody's secret, which is a key.
            ResolvedTenant::Unknown => return Ok(guard.dummy_keys(secrets).unwrap_or_default()),
        };
        let keys = guard.tenant_keys(secrets).inspect(|_| {
            // Another tenant's, perhaps: an incident ends after a quiet time.
            self.key_incident.answers();
        });
        keys.map_err(|error| {
            if self.key_incident.fails() {
                tracing::error!(
                    target: TARGET,
                    endpoint = &*self.endpoint,
                    tenant = &**tenant.id(),
                    %error,
                    "a tenant's secret is no key for the signatures; its messages are refused with 503"
                );
            }
            Rejection::tenant_lookup(Arc::new(error))
        })
    }
}

fn strip(query: &str, is_removed: impl Fn(&Pair<'_>) -> bool) -> Option<String> {
    form::pairs(query)
        .any(|pair| is_removed(&pair))
        .then(|| form::without(query, is_removed))
}
