//! One tenant of an application: [`Tenant`].

use std::collections::HashSet;
use std::sync::Arc;

use super::Secrets;
use super::secret::missing;
use crate::error::{ConfigError, SettingProblem};

/// One tenant of an application.
#[derive(Clone, Debug)]
#[must_use]
pub struct Tenant {
    id: Arc<str>,
    secrets: Secrets,
    app_ids: Option<HashSet<Box<str>>>,
}

impl Tenant {
    /// A tenant that proves who it is with one of these secrets, in every guard of the endpoint that takes
    /// [the tenant's](Secrets::of_tenant).
    ///
    /// The id is what tells tenants apart in their messages' identities, and what a handler finds in
    /// [`Delivery::tenant`](crate::Delivery::tenant). Give the one that your database knows the tenant by, so that it
    /// is one tenant however the URL spells its name.
    ///
    /// # Errors
    ///
    /// When the id is empty; when there is no secret, or one has fewer than 16 bytes.
    pub fn new(id: impl Into<Arc<str>>, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        let (id, secrets) = (id.into(), secrets.into());
        if id.is_empty() {
            return Err(ConfigError::Name {
                what: "tenant",
                name: String::new(),
            });
        }
        let tenant = format!("tenant {id:?}");
        if secrets.is_of_tenant() {
            return Err(missing(&tenant));
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
            return Err(ConfigError::Setting {
                setting: format!("the app ids of tenant {:?}", self.id),
                problem: SettingProblem::Empty,
            });
        }
        self.app_ids = Some(app_ids);
        Ok(self)
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
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
