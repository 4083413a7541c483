//! The log of failures with tenants: [`TenantLog`].

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::LookupError;
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::observe::{Failing, Incidents, TARGET};

/// Logs failures with tenants, by tenant: the beginning and the end of an incident, not each of its requests.
pub(crate) struct TenantLog {
    endpoint: Arc<str>,
    lookups: Incidents,
    /// Tenants whose secrets can't be keys, and of which that was logged.
    without_keys: Mutex<HashSet<Arc<str>>>,
}

impl TenantLog {
    pub(crate) fn new(endpoint: Arc<str>, clock: Arc<dyn Clock>) -> Self {
        Self {
            endpoint,
            lookups: Incidents::new(MAX_TENANTS, clock),
            without_keys: Mutex::default(),
        }
    }

    /// Takes the error, if there was one, of a lookup of this name.
    pub(crate) fn looked_up(&self, name: &str, error: Option<&LookupError>) {
        let endpoint = &*self.endpoint;
        let tenant = Shown(name);
        let Some(error) = error else {
            if self.lookups.answers(name) {
                tracing::info!(
                    target: TARGET, endpoint, %tenant,
                    "the tenant can be looked up again"
                );
            }
            return;
        };
        match self.lookups.fails(name) {
            Failing::Begins => tracing::error!(
                target: TARGET, endpoint, %tenant, %error,
                "the tenant could not be looked up; its messages are refused with 503"
            ),
            Failing::IsOneTooMany => tracing::error!(
                target: TARGET, endpoint, %error,
                "more than {MAX_TENANTS} tenants could not be looked up; further ones are not named"
            ),
            Failing::IsKnown => {}
        }
    }

    /// Takes whether a tenant's secrets can be keys. Logs one that can't once, until it can.
    pub(crate) fn checked_keys(&self, tenant: &Arc<str>, checked: Result<(), ConfigError>) {
        let mut without_keys = self
            .without_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Err(error) = checked else {
            without_keys.remove(tenant);
            return;
        };
        if without_keys.len() < MAX_TENANTS && without_keys.insert(Arc::clone(tenant)) {
            tracing::error!(
                target: TARGET,
                endpoint = &*self.endpoint,
                tenant = &**tenant,
                %error,
                "a tenant's secret can't be a key for the signatures; its messages are refused with 401"
            );
        }
    }
}

/// How many tenants are remembered as logged.
const MAX_TENANTS: usize = 256;

/// A tenant's name as a sender wrote it: in printable ASCII and cut, so that it can't pass for another line of the log,
/// or fill it.
struct Shown<'n>(&'n str);

/// Of characters, escapes among them.
const MAX_SHOWN: usize = 64;

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = MAX_SHOWN;
        f.write_str("\"")?;
        for char in self.0.chars() {
            let escaped = char.escape_default();
            let Some(rest) = left.checked_sub(escaped.len()) else {
                return f.write_str("\"...");
            };
            left = rest;
            escaped.fmt(f)?;
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_in_printable_ascii_and_cut() {
        for (name, shown) in [
            ("acme", r#""acme""#),
            (
                "a\"b\\c\n\u{1b}[31m\u{202e}é",
                r#""a\"b\\c\n\u{1b}[31m\u{202e}\u{e9}""#,
            ),
            (&"a".repeat(64), &*format!("{:?}", "a".repeat(64))),
            (&"a".repeat(65), &*format!("{:?}...", "a".repeat(64))),
            (
                &"é".repeat(99),
                &*format!("\"{}\"...", r"\u{e9}".repeat(10)),
            ),
        ] {
            assert_eq!(Shown(name).to_string(), shown);
        }
    }
}
