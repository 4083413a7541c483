//! Who handles a content, and until when.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Fingerprint, Identity};

/// Ownership of one content of one message: what a [`ReplayStore`](super::ReplayStore) is asked to claim, and later to
/// commit or release.
///
/// A lease is proposed by the core, with its token already drawn, and becomes real when the store grants it. It can be
/// cloned for a task that settles it; the token decides what a store may do with it, not who holds the value.
#[derive(Clone, Debug)]
pub struct Lease {
    identity: Identity,
    fingerprint: Fingerprint,
    token: Token,
    duration: Duration,
    window: Duration,
}

impl Lease {
    /// Proposes a lease. Useful in the tests of a store; in an endpoint the core does this.
    #[must_use]
    pub fn new(
        identity: Identity,
        fingerprint: Fingerprint,
        token: Token,
        duration: Duration,
        window: Duration,
    ) -> Self {
        Self {
            identity,
            fingerprint,
            token,
            duration,
            window,
        }
    }

    /// Which message this is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Which content of that message.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Names this owner. No two leases share a token. It fences releases and claims, not commits.
    #[must_use]
    pub fn token(&self) -> Token {
        self.token
    }

    /// For how long the content is this owner's, from the claim on.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// For how long a handled content is remembered, from the commit on.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.window
    }
}

/// A fencing token: the name of one owner of one lease.
///
/// 128 bits: 64 drawn at random for each endpoint, 64 counted within it. It decides who may release a lease among
/// parties that trust each other; it is not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(u128);

impl Token {
    /// Makes a token of 128 bits, for the tests of a store.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits, for a store that writes them down.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:032x})", self.0)
    }
}

/// Draws the tokens of one endpoint.
pub(crate) struct TokenSource {
    prefix: u64,
    next: AtomicU64,
}

impl TokenSource {
    pub(crate) fn new() -> Self {
        Self {
            prefix: crate::random::random_u64(),
            next: AtomicU64::new(0),
        }
    }

    pub(crate) fn draw(&self) -> Token {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        Token((u128::from(self.prefix) << 64) | u128::from(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_drawn_twice_by_one_source_or_by_two() {
        let (one, two) = (TokenSource::new(), TokenSource::new());
        let tokens: std::collections::HashSet<Token> =
            (0..1000).flat_map(|_| [one.draw(), two.draw()]).collect();
        assert_eq!(tokens.len(), 2000);
    }
}
