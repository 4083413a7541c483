//! What a script is asked about.

use std::time::Duration;

use callhook::replay::Lease;

use crate::key::Keys;

/// A lease as Redis takes it. Of bounded size, whatever the message, so that many can wait to be settled.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) keys: Keys,
    /// The fingerprint and the token, in big endian.
    pub(crate) claim: [u8; 32],
    /// In milliseconds, as the window is.
    pub(crate) duration: u64,
    pub(crate) window: u64,
    /// How long a call may take.
    pub(crate) timeout: Duration,
}

impl Ask {
    pub(crate) fn new(prefix: &str, timeout: Duration, lease: &Lease) -> Self {
        let mut claim = [0; 32];
        claim[..16].copy_from_slice(&lease.fingerprint().to_bits().to_be_bytes());
        claim[16..].copy_from_slice(&lease.token().to_bits().to_be_bytes());
        Self {
            keys: Keys::of(prefix, lease.identity()),
            claim,
            duration: millis(lease.duration()),
            window: millis(lease.window()),
            timeout,
        }
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.claim[..16]
    }

    pub(crate) fn token(&self) -> &[u8] {
        &self.claim[16..]
    }

    /// Whether the claim may be made without a script.
    pub(crate) fn has_plain_claim(&self) -> bool {
        (1..=PLAIN_MILLIS).contains(&self.duration)
    }

    /// Whether the commit may be made without a script.
    pub(crate) fn has_plain_commit(&self) -> bool {
        self.window >= PLAIN_MILLIS
    }
}

/// A commit without a script leaves the claim's key where it is, whoever has made it. No such claim may outlast what is
/// remembered of the commit: it would hold a content that its owner has lost. So this is the longest lease of such
/// claims and the shortest window of such commits, whatever leases and windows the processes that share a server have.
/// Leases have a minute by default, and windows two minutes at least.
const PLAIN_MILLIS: u64 = 2 * 60 * 1000;

/// Rounded up, so that a window is never shorter than asked for.
fn millis(duration: Duration) -> u64 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(u64::MAX).min(MOST_MILLIS)
}

/// A century. Scripts count in floating point, which is exact far beyond this, and Redis refuses ends that overflow.
const MOST_MILLIS: u64 = 100 * 366 * 24 * 60 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up_and_bounded() {
        assert_eq!(millis(Duration::ZERO), 0);
        assert_eq!(millis(Duration::from_nanos(1)), 1);
        assert_eq!(millis(Duration::from_millis(7)), 7);
        assert_eq!(millis(Duration::MAX), MOST_MILLIS);
    }
}
