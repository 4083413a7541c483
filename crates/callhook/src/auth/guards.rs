//! All guards of one endpoint: [`Guards`].

use std::sync::Arc;
use std::time::SystemTime;

use super::{
    HmacGuard, Keys, LookupError, MISSING, Presented, Proofs, ResolvedTenant, TWICE, TenantLog,
    TenantSecrets, Tenants, TokenGuard,
};
use crate::clock::Clock;
use crate::payload::cut;
use crate::payload::form::{self, Pair};
use crate::rejection::{Rejection, RejectionKind};
use crate::request::{Content, Head, Location};

/// The tokens, signatures and tenants of one endpoint, in the order in which they are checked.
pub(crate) struct Guards {
    tokens: Vec<TokenGuard>,
    signatures: Vec<HmacGuard>,
    tenants: Option<Tenants>,
    tenant_log: TenantLog,
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
            tokens,
            signatures,
            tenants: tenants.map(|tenants| tenants.with_clock(clock)),
            tenant_log: TenantLog::new(endpoint, Arc::clone(clock)),
        }
    }

    /// Compares the tokens in the head that all tenants share. They come first: no tenant is looked up for a sender who
    /// lacks the endpoint's own token.
    pub(crate) fn check_own_tokens(&self, head: &Head<'_>) -> Result<Proofs, Rejection> {
        let mut proofs = Proofs::default();
        let own = |guard: &&TokenGuard| !guard.is_of_tenant();
        self.check_tokens(head, self.tokens.iter().filter(own), &mut proofs)?;
        Ok(proofs)
    }

    /// The tenants, where there are any.
    pub(crate) fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_ref()
    }

    /// Takes what the application made of the tenant that the head names.
    pub(crate) fn resolved(
        &self,
        name: Option<&str>,
        found: Result<ResolvedTenant, LookupError>,
        proofs: &mut Proofs,
    ) -> Result<(), Rejection> {
        if let Some(name) = name {
            self.tenant_log.looked_up(name, found.as_ref().err());
        }
        proofs.set_tenant(found.map_err(Rejection::tenant_lookup)?);
        Ok(())
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
            let keys = self.tenant_keys(guard, proofs);
            let presented = guard.present(head, received_at, keys);
            presented.map_err(|refused| proofs.unauthenticated(guard.name(), refused))
        };
        self.signatures.iter().map(present).collect()
    }

    /// Whether a GET's body can be a message: where there are signatures, one of them covers it.
    pub(crate) fn cover_bodies_of_gets(&self) -> bool {
        self.is_covered(HmacGuard::signs_any_body)
    }

    /// Whether a POST's query can be a message: where there are signatures, one of them covers it.
    pub(crate) fn cover_queries_of_posts(&self) -> bool {
        self.is_covered(HmacGuard::signs_url)
    }

    /// Whether what is declared of a body can decide how it is read: where there are signatures, one of them covers it.
    /// Otherwise a captured message could be read in another way, and pass for another content.
    pub(crate) fn cover_content_types(&self) -> bool {
        self.is_covered(HmacGuard::signs_content_type)
    }

    fn is_covered(&self, by: impl Fn(&HmacGuard) -> bool) -> bool {
        self.signatures.is_empty() || self.signatures.iter().any(by)
    }

    /// Whether a query has fields of a message: parameters besides tokens, the tenant and the event's name. Tokens that
    /// are fields of the content count.
    pub(crate) fn has_fields(&self, query: &str, event: Option<&Location>) -> bool {
        form::pairs(query).any(|pair| {
            let is_event = matches!(event, Some(Location::Query(name)) if pair.is_named(name));
            !is_event && !self.is_tenant(&pair) && !self.is_token(&pair)
        })
    }

    /// Whether a body proves something, so that a request hasn't authenticated before its body is read.
    pub(crate) fn needs_body(&self) -> bool {
        !self.signatures.is_empty() || self.tokens.iter().any(TokenGuard::is_in_content)
    }

    /// Verifies the signatures over a query and a body as they were received.
    pub(crate) fn verify(
        &self,
        presented: &[Presented],
        is_post: bool,
        query: &str,
        body: &[u8],
        proofs: &mut Proofs,
    ) -> Result<(), Rejection> {
        if self.signatures.len() != presented.len() {
            let cause = "a signature was not read";
            return Err(Rejection::new(RejectionKind::Unauthenticated, cause));
        }
        for (guard, presented) in self.signatures.iter().zip(presented) {
            match guard.verify(presented, guard.content(is_post, query, body)) {
                Ok(name) => proofs.push(Arc::clone(name)),
                Err(refused) => return Err(proofs.unauthenticated(guard.name(), refused)),
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
        let in_content = || self.tokens.iter().filter(|guard| guard.is_in_content());
        let mut rest: Option<String> = None;
        for guard in in_content() {
            let content = match &rest {
                Some(rest) => content.replaced(rest),
                None => content,
            };
            let found = guard.find(content);
            let refuse = |refused| proofs.unauthenticated(guard.name(), refused);
            let found = found.map_err(refuse)?.ok_or_else(|| refuse(MISSING))?;
            let name = guard.matching(found.value().as_bytes(), self.tenant_secrets(proofs));
            match name.map(Arc::clone) {
                Ok(name) => proofs.push(name),
                Err(refused) => return Err(proofs.unauthenticated(guard.name(), refused)),
            }
            rest = Some(found.cut());
        }
        // With the field removed, the rest may read as another kind of content, in which there is a second token.
        if let Some(rest) = &rest {
            let is_left =
                |guard: &&TokenGuard| !matches!(guard.find(content.replaced(rest)), Ok(None));
            if let Some(guard) = in_content().find(is_left) {
                return Err(proofs.unauthenticated(guard.name(), TWICE));
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

    /// A query without the parameters that serve as authentication, where it has any. Tokens that are fields of the
    /// content are not passed on in a query either, whether or not that is the content.
    pub(crate) fn strip_query(&self, query: &str) -> Option<String> {
        let stripped = strip(query, |pair| self.is_token(pair));
        self.content_fields().fold(stripped, |stripped, field| {
            let query = stripped.as_deref().unwrap_or(query);
            cut::strip_query(query, field).or(stripped)
        })
    }

    /// A query without what is not part of a message, where it has any: tokens and the tenant's name. Tokens that are
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
                Err(refused) => return Err(proofs.unauthenticated(guard.name(), refused)),
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
    fn tenant_secrets<'a>(&'a self, proofs: &'a Proofs) -> Option<TenantSecrets<'a>> {
        let tenants = self.tenants.as_ref()?;
        proofs.tenant().map(|tenant| tenants.secrets(tenant))
    }

    /// A tenant's secrets as this guard's keys, where it takes them. A tenant whose secret can't be a key is refused as
    /// an unknown one: another answer would reveal to anybody that the tenant exists.
    fn tenant_keys(&self, guard: &HmacGuard, proofs: &Proofs) -> Option<Keys> {
        if !guard.is_of_tenant() {
            return None;
        }
        let (keys, checked) = guard.tenant_keys(self.tenant_secrets(proofs)?);
        if let Some(ResolvedTenant::Known(tenant)) = proofs.tenant() {
            self.tenant_log.checked_keys(tenant.id(), checked);
        }
        keys
    }
}

fn strip(query: &str, is_removed: impl Fn(&Pair<'_>) -> bool) -> Option<String> {
    form::pairs(query)
        .any(|pair| is_removed(&pair))
        .then(|| form::without(query, is_removed))
}
