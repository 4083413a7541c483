//! Secrets, compared in constant time and never printed.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::hex;
use crate::error::{ConfigError, SecretProblem, TenantsProblem};

/// The secrets of one guard, any of which is accepted, each with a name.
///
/// The name of the one that matched is in [`Delivery::secret_names`](crate::Delivery::secret_names), so that a rotation
/// can be watched to its end. A guard takes one text, a list of texts (named `#1`, `#2`, ...), or this:
///
/// ```
/// use callhook::auth::Secrets;
///
/// let secrets = Secrets::new()
///     .secret("2026-10", "old-token-old-token")
///     .secret("2026-11", "new-token-new-token");
/// assert_eq!(format!("{secrets:?}"), r#"Secrets(["2026-10", "2026-11"])"#);
/// ```
#[derive(Clone, Default)]
pub struct Secrets {
    own: Vec<Secret>,
    is_of_tenant: bool,
}

#[derive(Clone)]
struct Secret {
    name: Arc<str>,
    stored: Stored,
}

#[derive(Clone)]
enum Stored {
    Plain { bytes: Box<[u8]>, min_bytes: usize },
    Sha256([u8; 32]),
}

impl Secrets {
    /// No secret yet. A guard without one doesn't build.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The secrets of the tenant that a request is for, which the application is asked for: see
    /// [`EndpointBuilder::tenants`](crate::EndpointBuilder::tenants).
    #[must_use]
    pub fn of_tenant() -> Self {
        Self {
            own: Vec::new(),
            is_of_tenant: true,
        }
    }

    /// Accepts this secret too. Draw it at random: at least 16 bytes, better 32.
    #[must_use]
    pub fn secret(self, name: impl Into<Arc<str>>, secret: impl AsRef<[u8]>) -> Self {
        self.plain_secret(name.into(), secret.as_ref(), MIN_BYTES)
    }

    /// Accepts this token too, given as its SHA-256 in hexadecimal, so that the configuration holds no secret:
    ///
    /// ```
    /// use callhook::auth::Secrets;
    ///
    /// // printf %s "$TOKEN" | sha256sum
    /// let sha256 = "99d75b059e03325c14b8af6df846229105f1f9a763dd8800e167e30646218b94";
    /// let secrets = Secrets::new().sha256("2026-11", sha256)?;
    /// # let _ = secrets;
    /// # Ok::<(), callhook::ConfigError>(())
    /// ```
    ///
    /// A hash protects a token that was drawn at random; one that can be guessed can be guessed from it. A presented
    /// token of fewer than 16 bytes never matches. Nothing can be signed with a hash, so
    /// [`HmacScheme`](super::HmacScheme) takes none.
    ///
    /// # Errors
    ///
    /// When the text is not 64 hexadecimal digits, or the hash of nothing.
    pub fn sha256(
        mut self,
        name: impl Into<Arc<str>>,
        sha256: impl AsRef<str>,
    ) -> Result<Self, ConfigError> {
        let name = name.into();
        let invalid = |problem| ConfigError::Secret {
            guard: None,
            secret_name: Some(name.as_ref().to_owned()),
            problem,
        };
        let digest = hex::decode(sha256.as_ref().as_bytes())
            .ok_or_else(|| invalid(SecretProblem::NotSha256))?;
        if digest == <[u8; 32]>::from(Sha256::digest(b"")) {
            return Err(invalid(SecretProblem::Sha256OfNothing));
        }
        let stored = Stored::Sha256(digest);
        self.own.push(Secret { name, stored });
        Ok(self)
    }

    /// Accepts this secret too, which may have fewer than 16 bytes, for a platform whose form takes no more. A short
    /// secret can be guessed: something else, such as an allowlist or a rate limit, must protect it. An empty secret
    /// still doesn't build.
    #[must_use]
    pub fn insecure_short(self, name: impl Into<Arc<str>>, secret: impl AsRef<[u8]>) -> Self {
        self.plain_secret(name.into(), secret.as_ref(), 1)
    }

    fn plain_secret(mut self, name: Arc<str>, secret: &[u8], min_bytes: usize) -> Self {
        let stored = Stored::Plain {
            bytes: secret.into(),
            min_bytes,
        };
        self.own.push(Secret { name, stored });
        self
    }

    pub(crate) fn is_of_tenant(&self) -> bool {
        self.is_of_tenant
    }

    /// Refuses none at all, and one that is too short, of the guard that is described.
    pub(super) fn validate(&self, guard: &str) -> Result<(), ConfigError> {
        match (self.is_of_tenant, self.own.is_empty()) {
            (true, true) => return Ok(()),
            (true, false) => {
                let guard = guard.to_owned();
                return Err(ConfigError::Tenants(TenantsProblem::MixedSecrets { guard }));
            }
            (false, true) => return Err(missing(guard)),
            (false, false) => {}
        }
        for (index, secret) in self.own.iter().enumerate() {
            let invalid = |problem| invalid(guard, self.told_name(&secret.name), problem);
            if secret.name.is_empty() {
                return Err(invalid(SecretProblem::Unnamed));
            }
            let mut before = self.own.iter().take(index);
            if before.any(|other| other.name == secret.name) {
                return Err(invalid(SecretProblem::DuplicateName));
            }
            match &secret.stored {
                Stored::Plain { bytes, min_bytes } if bytes.len() < *min_bytes => {
                    let length = bytes.len();
                    return Err(invalid(SecretProblem::Short { length }));
                }
                Stored::Plain { .. } | Stored::Sha256(_) => {}
            }
        }
        Ok(())
    }

    /// The secrets as they are, to sign with, each with its name. `None` for one that was given as its hash.
    pub(super) fn plain(&self) -> impl Iterator<Item = (&Arc<str>, Option<&[u8]>)> {
        self.own.iter().map(|secret| match &secret.stored {
            Stored::Plain { bytes, .. } => (&secret.name, Some(&**bytes)),
            Stored::Sha256(_) => (&secret.name, None),
        })
    }

    /// The name of a secret in an error's text. The only one, without a name of its own, needs none.
    pub(super) fn told_name<'a>(&self, name: &'a str) -> Option<&'a str> {
        (self.own.len() > 1 || name != FIRST).then_some(name)
    }

    /// How many secrets there are.
    pub(crate) fn len(&self) -> usize {
        self.own.len()
    }

    /// The name of the secret that was presented. Compares with all of them, whichever matches.
    pub(crate) fn matching(&self, presented: &[u8]) -> Option<&Arc<str>> {
        let mut digest = None;
        let mut found = None;
        for secret in &self.own {
            let is_equal: Choice = match &secret.stored {
                Stored::Plain { bytes, .. } => is_equal(bytes, presented),
                Stored::Sha256(expected) => {
                    let digest =
                        digest.get_or_insert_with(|| <[u8; 32]>::from(Sha256::digest(presented)));
                    expected.ct_eq(digest) & Choice::from(u8::from(presented.len() >= MIN_BYTES))
                }
            };
            if bool::from(is_equal) {
                found = found.or(Some(&secret.name));
            }
        }
        found
    }
}

/// As `subtle` compares bytes, but eight at a time: one by one is a fifth of what a forged token costs. The time tells
/// the length alone.
fn is_equal(mut one: &[u8], mut other: &[u8]) -> Choice {
    let mut is_equal = Choice::from(1);
    while let (Some((eight, after)), Some((other_eight, other_after))) =
        (one.split_first_chunk(), other.split_first_chunk())
    {
        is_equal &= u64::from_ne_bytes(*eight).ct_eq(&u64::from_ne_bytes(*other_eight));
        (one, other) = (after, other_after);
    }
    is_equal & one.ct_eq(other)
}

/// The mistake of a guard or a tenant without any secret.
pub(super) fn missing(guard: &str) -> ConfigError {
    ConfigError::Secret {
        guard: Some(guard.to_owned()),
        secret_name: None,
        problem: SecretProblem::Missing,
    }
}

/// A mistake in one of the secrets of a guard or a tenant.
pub(super) fn invalid(
    guard: &str,
    secret_name: Option<&str>,
    problem: SecretProblem,
) -> ConfigError {
    ConfigError::Secret {
        guard: Some(guard.to_owned()),
        secret_name: secret_name.map(str::to_owned),
        problem,
    }
}

/// The name of the first of a guard's secrets that were given without names.
const FIRST: &str = "#1";

/// Below this a secret can be guessed. Of random base64 or hex, 16 characters carry 64 to 96 bits.
pub(super) const MIN_BYTES: usize = 16;

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_of_tenant {
            return f.write_str("Secrets(of the tenant)");
        }
        let names: Vec<&str> = self.own.iter().map(|secret| &*secret.name).collect();
        f.debug_tuple("Secrets").field(&names).finish()
    }
}

impl From<&str> for Secrets {
    fn from(secret: &str) -> Self {
        Self::new().secret(FIRST, secret)
    }
}

impl From<&String> for Secrets {
    fn from(secret: &String) -> Self {
        Self::from(&**secret)
    }
}

impl From<String> for Secrets {
    fn from(secret: String) -> Self {
        Self::new().secret(FIRST, secret)
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
                all.secret(format!("#{number}"), secret)
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
        assert_eq!(name("first-first-first"), Some("#1"));
        assert_eq!(name("second-second-second"), Some("#2"));
        for wrong in ["", "first", "first-first-firsT", "first-first-first "] {
            assert_eq!(name(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn secrets_that_differ_in_any_byte_or_in_their_length_are_told_apart() {
        let long = b"0123456789abcdefghijklmn";
        for length in 0..=long.len() {
            let secret = &long[..length];
            assert!(bool::from(is_equal(secret, secret)), "{length}");
            for at in 0..length {
                let mut other = secret.to_vec();
                other[at] ^= 1 << (at % 8);
                assert!(!bool::from(is_equal(secret, &other)), "{length} {at}");
                assert!(!bool::from(is_equal(secret, &long[..at])), "{length} {at}");
                assert!(!bool::from(is_equal(&long[..at], secret)), "{length} {at}");
            }
        }
    }

    #[test]
    fn a_token_given_as_its_hash_matches_the_token_alone() {
        let token = "a token of some length";
        let upper = "8E3B4DA7F3D6F1B0";
        let sha256: String = Sha256::digest(token)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let secrets = Secrets::new()
            .secret("other", "another of some length")
            .sha256("hashed", sha256.to_ascii_uppercase())
            .expect("a digest");
        let name = |presented: &str| secrets.matching(presented.as_bytes()).map(|name| &**name);
        assert_eq!(name(token), Some("hashed"));
        assert_eq!(name("another of some length"), Some("other"));
        for wrong in ["", &sha256, &token[1..], upper] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_hash_of_a_short_token_matches_nothing_and_what_is_no_hash_is_refused() {
        let short = "fifteen bytes..";
        let hex = |text: &str| -> String {
            let digest = Sha256::digest(text);
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let secrets = Secrets::new().sha256("short", hex(short));
        assert_eq!(secrets.expect("a digest").matching(short.as_bytes()), None);
        let empty = hex("");
        for (sha256, problem) in [
            (empty.as_str(), SecretProblem::Sha256OfNothing),
            ("", SecretProblem::NotSha256),
            (&empty[1..], SecretProblem::NotSha256),
            (&empty.replace('e', "g"), SecretProblem::NotSha256),
        ] {
            assert_eq!(
                Secrets::new().sha256("new", sha256).err(),
                Some(ConfigError::Secret {
                    guard: None,
                    secret_name: Some("new".to_owned()),
                    problem,
                })
            );
        }
    }

    #[test]
    fn secrets_of_one_guard_have_names_that_tell_them_apart() {
        let secret = "long enough, surely";
        for (names, problem) in [
            (["", "new"], SecretProblem::Unnamed),
            (["new", ""], SecretProblem::Unnamed),
            (["new", "new"], SecretProblem::DuplicateName),
        ] {
            let secrets = names.iter().fold(Secrets::new(), |secrets, name| {
                secrets.secret(*name, secret)
            });
            match secrets.validate("the guard") {
                Err(ConfigError::Secret { problem: found, .. }) => {
                    assert_eq!(found, problem);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_short_secret_has_to_be_called_insecure_and_an_empty_one_is_never_taken() {
        let short = Secrets::new().insecure_short("short", "x");
        assert_eq!(short.validate("the guard"), Ok(()));
        let empty = Secrets::new().insecure_short("empty", "");
        assert_eq!(
            empty.validate("the guard"),
            Err(invalid(
                "the guard",
                Some("empty"),
                SecretProblem::Short { length: 0 }
            ))
        );
    }

    #[test]
    fn an_empty_secret_is_short_and_debug_shows_none() {
        let secrets = Secrets::from(["", "long-enough-long-enough"]);
        assert_eq!(
            secrets.validate("the guard"),
            Err(invalid(
                "the guard",
                Some("#1"),
                SecretProblem::Short { length: 0 }
            ))
        );
        assert!(!format!("{secrets:?}").contains("enough"));
    }
}
