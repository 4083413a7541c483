//! Secrets, compared in constant time and never printed.

use std::fmt;
use std::sync::Arc;

use subtle::{Choice, ConstantTimeEq};

use crate::config::ConfigError;

/// The secrets of one guard, any of which is accepted, each with a name.
///
/// The name of the one that matched is in [`Delivery::secret_name`](crate::Delivery::secret_name), so that a rotation can
/// be watched to its end. A guard takes one text, a list of texts (named `1`, `2`, ...), or this:
///
/// ```
/// use callhook::auth::Secrets;
///
/// let secrets = Secrets::new()
///     .with("2026-10", "old-token-old-token")
///     .with("2026-11", "new-token-new-token");
/// assert_eq!(format!("{secrets:?}"), r#"Secrets(["2026-10", "2026-11"])"#);
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Vec<Secret>);

#[derive(Clone)]
struct Secret {
    name: Arc<str>,
    bytes: Box<[u8]>,
}

impl Secrets {
    /// No secret yet. A guard without one doesn't build.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more that is accepted. It should be drawn at random: 16 bytes are the least, 32 are better.
    #[must_use]
    pub fn with(mut self, name: impl Into<Arc<str>>, secret: impl AsRef<[u8]>) -> Self {
        self.0.push(Secret {
            name: name.into(),
            bytes: secret.as_ref().into(),
        });
        self
    }

    /// Refuses none at all, and one that is too short, of the guard that is described.
    pub(super) fn validate(&self, guard: &str) -> Result<(), ConfigError> {
        if self.0.is_empty() {
            return Err(ConfigError::NoSecret {
                guard: guard.to_owned(),
            });
        }
        match self.0.iter().find(|secret| secret.bytes.len() < MIN_BYTES) {
            Some(short) => Err(ConfigError::ShortSecret {
                guard: guard.to_owned(),
                secret: short.name.as_ref().to_owned(),
                length: short.bytes.len(),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &[u8])> {
        self.0.iter().map(|secret| (&secret.name, &*secret.bytes))
    }

    /// The name of the secret that was presented. Compares with all of them, whichever matches.
    pub(crate) fn matching(&self, presented: &[u8]) -> Option<&Arc<str>> {
        let mut found = None;
        for secret in &self.0 {
            let is_equal: Choice = secret.bytes.ct_eq(presented);
            if bool::from(is_equal) {
                found = found.or(Some(&secret.name));
            }
        }
        found
    }
}

/// Below this a secret can be guessed. Of random base64 or hex, 16 characters carry 64 to 96 bits.
const MIN_BYTES: usize = 16;

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|secret| &*secret.name).collect();
        f.debug_tuple("Secrets").field(&names).finish()
    }
}

impl From<&str> for Secrets {
    fn from(secret: &str) -> Self {
        Self::new().with("1", secret)
    }
}

impl From<String> for Secrets {
    fn from(secret: String) -> Self {
        Self::new().with("1", secret)
    }
}

impl<T: AsRef<[u8]>, const N: usize> From<[T; N]> for Secrets {
    fn from(secrets: [T; N]) -> Self {
        secrets.into_iter().collect()
    }
}

impl<T: AsRef<[u8]>> From<Vec<T>> for Secrets {
    fn from(secrets: Vec<T>) -> Self {
        secrets.into_iter().collect()
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for Secrets {
    fn from_iter<I: IntoIterator<Item = T>>(secrets: I) -> Self {
        secrets
            .into_iter()
            .zip(1..)
            .fold(Self::new(), |all, (secret, number)| {
                all.with(number.to_string(), secret)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_several_secrets_matches_and_is_named() {
        let secrets = Secrets::from(["first-first-first", "second-second-second"]);
        let name = |presented: &str| secrets.matching(presented.as_bytes()).map(|name| &**name);
        assert_eq!(name("first-first-first"), Some("1"));
        assert_eq!(name("second-second-second"), Some("2"));
        for wrong in ["", "first", "first-first-firsT", "first-first-first "] {
            assert_eq!(name(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_secret_is_short_and_debug_shows_none() {
        let secrets = Secrets::from(["", "long-enough-long-enough"]);
        assert_eq!(
            secrets.validate("the guard"),
            Err(ConfigError::ShortSecret {
                guard: "the guard".to_owned(),
                secret: "1".to_owned(),
                length: 0
            })
        );
        assert!(!format!("{secrets:?}").contains("enough"));
    }
}
