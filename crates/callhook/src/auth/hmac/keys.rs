//! Secrets as keys: [`Keys`].

use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac as Mac, KeyInit as _};
use sha2::{Digest as _, Sha256};

use super::{HmacGuard, HmacScheme, KeyFormat};
use crate::auth::secret::{MIN_BYTES, invalid};
use crate::auth::{Secrets, TenantSecrets};
use crate::error::{ConfigError, SecretProblem};

/// Keys, set up, each with its secret's name.
pub(crate) struct Keys(pub(super) Vec<(Arc<str>, Mac<Sha256>)>);

impl HmacScheme {
    pub(super) fn keys(&self, secrets: &Secrets) -> Result<Keys, ConfigError> {
        let key = |(name, secret): (&Arc<str>, Option<&[u8]>)| {
            let invalid = |problem| invalid(&self.place(), secrets.told_name(name), problem);
            let secret = secret.ok_or_else(|| invalid(SecretProblem::HashedKey))?;
            match self.key_format {
                KeyFormat::Bytes => Ok(new_key(name, secret)),
                KeyFormat::StandardWebhooks => {
                    let bytes =
                        decode_whsec(secret).ok_or_else(|| invalid(SecretProblem::NotBase64))?;
                    let length = bytes.len();
                    if length < MIN_BYTES {
                        return Err(invalid(SecretProblem::Short { length }));
                    }
                    Ok(new_key(name, &bytes))
                }
            }
        };
        secrets.plain().map(key).collect::<Result<_, _>>().map(Keys)
    }
}

impl HmacGuard {
    /// A tenant's secrets as keys, where this guard takes the tenant's, with as many dummies as the comparisons that
    /// are to be made besides.
    ///
    /// # Errors
    ///
    /// When one of the secrets can't be a key. The keys are then dummies alone.
    pub(crate) fn tenant_keys(
        &self,
        secrets: TenantSecrets<'_>,
    ) -> (Option<Keys>, Result<(), ConfigError>) {
        if !self.is_of_tenant() {
            return (None, Ok(()));
        }
        let own = secrets.own().map(|own| self.scheme().keys(own)).transpose();
        let (own, checked) = match own {
            Ok(own) => (own.unwrap_or(Keys(Vec::new())), Ok(())),
            Err(error) => (Keys(Vec::new()), Err(error)),
        };
        let missing = match &checked {
            Ok(()) => 0,
            Err(_) => secrets.own().map_or(0, Secrets::len),
        };
        let mut keys = own;
        if let Some((name, Some(dummy))) = secrets.dummy().plain().next() {
            for _ in 0..secrets.dummies() + missing {
                keys.0.push(new_key(name, dummy));
            }
        }
        (Some(keys), checked)
    }
}

fn new_key(name: &str, secret: &[u8]) -> (Arc<str>, Mac<Sha256>) {
    // A key as long as a block makes a MAC without a way to fail. RFC 2104: a longer one is hashed, a shorter one
    // filled up.
    let mut block = [0; 64];
    match block.get_mut(..secret.len()) {
        Some(start) => start.copy_from_slice(secret),
        None => block[..32].copy_from_slice(&Sha256::digest(secret)),
    }
    (name.into(), Mac::new(&block.into()))
}

fn decode_whsec(secret: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(secret).ok()?;
    Base64::decode_vec(text.strip_prefix("whsec_").unwrap_or(text)).ok()
}
