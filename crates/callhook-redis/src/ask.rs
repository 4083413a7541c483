//! What a script is asked about.

use std::time::Duration;

use callhook::replay::Lease;

use crate::key;

/// A lease as the scripts take it. Of bounded size, whatever the message, so that many can wait to be settled.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) key: String,
    pub(crate) content: String,
    pub(crate) token: String,
    /// In milliseconds, as the window is.
    pub(crate) duration: u64,
    pub(crate) window: u64,
    /// How long a call may take.
    pub(crate) timeout: Duration,
}

impl Ask {
    pub(crate) fn new(prefix: &str, timeout: Duration, lease: &Lease) -> Self {
        Self {
            key: key::of(prefix, lease.identity()),
            content: format!("{:032x}", lease.fingerprint().to_bits()),
            token: format!("{:032x}", lease.token().to_bits()),
            duration: millis(lease.duration()),
            window: millis(lease.window()),
            timeout,
        }
    }
}

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
