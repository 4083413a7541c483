//! What callhook does for a TeleCMI webhook, as a program without it would have it: the peer that the benches compare
//! with.
//!
//! It is meant to be what a good developer writes in an afternoon, with the crates that everybody takes, and not slower
//! than that: an allowlist, a token or a signature compared in constant time, `serde_json::Value`, and an LRU cache of
//! the messages that were handled. What needs only the head can be done before the body is read, as in callhook.
//!
//! It does less: one secret, JSON alone, no proxies, no deadline, fields by name wherever they are used, and a copy
//! with its keys in another order is another message.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use ipnet::IpNet;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How many bytes of body the caller reads at most.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The header of a signature: the HMAC-SHA256 of the body in hexadecimal digits.
pub const SIGNATURE: &str = "x-signature";

/// The parameter of a token.
pub const TOKEN: &str = "token";

/// One webhook URL.
pub struct Receiver {
    allowed: Vec<IpNet>,
    proof: Proof,
    seen: Seen,
    content: RandomState,
}

enum Proof {
    Token(String),
    /// With the key hashed already: a clone is cheaper than a new one.
    Signature(Hmac<Sha256>),
}

/// Each message, and whether it was handled.
type Seen = Cache<Key, Arc<AtomicBool>>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    message: String,
    content: u64,
}

impl Receiver {
    /// Takes messages from these networks with this token in the query.
    #[must_use]
    pub fn with_token(networks: &[&str], token: &str) -> Self {
        Self::new(networks, Proof::Token(token.to_owned()))
    }

    /// Takes messages from these networks that are signed with this secret.
    #[must_use]
    pub fn with_signature(networks: &[&str], secret: &str) -> Self {
        let key = Hmac::new_from_slice(secret.as_bytes()).expect("a key of any length");
        Self::new(networks, Proof::Signature(key))
    }

    fn new(networks: &[&str], proof: Proof) -> Self {
        let network = |network: &&str| network.parse().expect("a network");
        Self {
            allowed: networks.iter().map(network).collect(),
            proof,
            seen: Cache::builder()
                .max_capacity(1_000_000)
                .time_to_live(Duration::from_secs(24 * 60 * 60))
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            content: RandomState::new(),
        }
    }

    /// What the head alone decides. The signature is that of the head, still to be compared with the body's.
    ///
    /// # Errors
    ///
    /// Another network, no token or a wrong one, no signature.
    pub fn admit(
        &self,
        peer: IpAddr,
        query: Option<&str>,
        signature: Option<&[u8]>,
    ) -> Result<Option<[u8; 32]>, Refusal> {
        if !self.allowed.iter().any(|network| network.contains(&peer)) {
            return Err(Refusal::Forbidden);
        }
        match &self.proof {
            Proof::Token(token) => {
                let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
                let (_, sent) = pairs
                    .find(|(name, _)| name == TOKEN)
                    .ok_or(Refusal::Unauthorized)?;
                if bool::from(sent.as_bytes().ct_eq(token.as_bytes())) {
                    Ok(None)
                } else {
                    Err(Refusal::Unauthorized)
                }
            }
            Proof::Signature(_) => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(signature.ok_or(Refusal::Unauthorized)?, &mut bytes)
                    .map_err(|_| Refusal::Unauthorized)?;
                Ok(Some(bytes))
            }
        }
    }

    /// The message in the body, with the signature that [`admit`](Self::admit) gave.
    ///
    /// # Errors
    ///
    /// Another signature, or a body that is not JSON.
    pub fn read(&self, signature: Option<[u8; 32]>, body: &[u8]) -> Result<Value, Refusal> {
        if let Proof::Signature(key) = &self.proof {
            let mut mac = key.clone();
            mac.update(body);
            mac.verify_slice(&signature.unwrap_or_default())
                .map_err(|_| Refusal::Unauthorized)?;
        }
        serde_json::from_slice(body).map_err(|_| Refusal::Unreadable)
    }

    /// Whether the message was there before.
    pub fn claim(&self, message: &Value, body: &[u8]) -> Claim<'_> {
        let text = |name: &str| message[name].as_str().unwrap_or_default();
        let parts = ["type", "cmiuuid", "leg", "direction", "status"].map(text);
        let key = Key {
            message: parts.join("\n"),
            content: self.content.hash_one(body),
        };
        let entry = self.seen.entry_by_ref(&key).or_default();
        if entry.is_fresh() {
            Claim::First(Handling {
                seen: &self.seen,
                handled: entry.into_value(),
                key,
            })
        } else if entry.value().load(Ordering::Acquire) {
            Claim::Handled
        } else {
            Claim::Running
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// What to do with a message.
#[derive(Debug)]
pub enum Claim<'a> {
    /// Handle it.
    First(Handling<'a>),
    /// Answer 503: it is being handled.
    Running,
    /// Answer 2xx.
    Handled,
}

/// A message that is being handled. Dropped without [success](Self::succeeded), the next copy is handled.
pub struct Handling<'a> {
    seen: &'a Seen,
    handled: Arc<AtomicBool>,
    key: Key,
}

impl Handling<'_> {
    /// No copy is handled from now on.
    pub fn succeeded(self) {
        self.handled.store(true, Ordering::Release);
    }
}

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        if !self.handled.load(Ordering::Acquire) {
            self.seen.invalidate(&self.key);
        }
    }
}

impl fmt::Debug for Handling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handling").finish_non_exhaustive()
    }
}

/// Why a message is not taken.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// Its peer is in none of the networks.
    Forbidden,
    /// Its token or signature is missing or wrong.
    Unauthorized,
    /// It is not JSON.
    Unreadable,
}

impl Refusal {
    /// The status to answer with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::Unauthorized => 401,
            Self::Unreadable => 400,
        }
    }
}
