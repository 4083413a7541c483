//! What a request has proven: [`Proofs`].

use std::fmt;
use std::sync::Arc;

use super::{GuardName, Refused, ResolvedTenant, Tenant};
use crate::rejection::Rejection;

/// Which tenant a request is of, and the secrets that it proved to know. Grows from guard to guard.
#[derive(Default)]
pub(crate) struct Proofs {
    tenant: Option<ResolvedTenant>,
    secrets: SecretNames,
}

impl Proofs {
    pub(super) fn tenant(&self) -> Option<&ResolvedTenant> {
        self.tenant.as_ref()
    }

    /// The id of the tenant that the request names, if the application knows it. Whether the request is the tenant's is
    /// another question.
    pub(crate) fn tenant_id(&self) -> Option<&Arc<str>> {
        match &self.tenant {
            Some(ResolvedTenant::Known(tenant)) => Some(tenant.id()),
            Some(ResolvedTenant::Unknown) | None => None,
        }
    }

    pub(super) fn set_tenant(&mut self, tenant: ResolvedTenant) {
        self.tenant = Some(tenant);
    }

    pub(super) fn push(&mut self, secret: Arc<str>) {
        self.secrets.push(secret);
    }

    /// The refusal of this guard, whose proof is missing or wrong. An unknown tenant's are told from others in the log alone.
    pub(super) fn unauthenticated(&self, guard: &GuardName, refused: Refused) -> Rejection {
        match self.tenant {
            Some(ResolvedTenant::Unknown) => Rejection::unknown_tenant(),
            _ => Rejection::unauthenticated(guard.clone(), refused),
        }
    }

    /// Refuses an unknown tenant at last, after the same comparisons as a known one.
    pub(crate) fn check_tenant(&self) -> Result<(), Rejection> {
        match self.tenant {
            Some(ResolvedTenant::Unknown) => Err(Rejection::unknown_tenant()),
            _ => Ok(()),
        }
    }

    /// The tenant, if the endpoint has any, and the names of the secrets.
    pub(crate) fn into_parts(self) -> Result<(Option<Arc<Tenant>>, SecretNames), Rejection> {
        self.check_tenant()?;
        let tenant = match self.tenant {
            Some(ResolvedTenant::Known(tenant)) => Some(tenant),
            Some(ResolvedTenant::Unknown) | None => None,
        };
        Ok((tenant, self.secrets))
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs")
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

/// The names of the secrets that a request proved to know. One guard is the rule, and costs no allocation.
#[derive(Default)]
pub(crate) struct SecretNames {
    first: Option<Arc<str>>,
    others: Vec<Arc<str>>,
}

impl SecretNames {
    fn push(&mut self, name: Arc<str>) {
        match &self.first {
            None => self.first = Some(name),
            Some(_) => self.others.push(name),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.first.iter().chain(&self.others).map(|name| &**name)
    }
}

impl fmt::Debug for SecretNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
