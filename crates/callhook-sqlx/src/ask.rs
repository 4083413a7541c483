//! What a statement is asked about.

use std::time::Duration;

use callhook::replay::Lease;

/// A lease as the statements take it. Of one size, whatever the message, so that many can wait to be settled.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub(crate) message: [u8; 32],
    pub(crate) content: [u8; 16],
    pub(crate) token: [u8; 16],
    /// Both in milliseconds.
    pub(crate) duration: i64,
    pub(crate) window: i64,
}

impl Ask {
    pub(crate) fn of(lease: &Lease) -> Self {
        Self {
            message: lease.identity().message_key(),
            content: lease.fingerprint().to_bits().to_be_bytes(),
            token: lease.token().to_bits().to_be_bytes(),
            duration: millis(lease.duration()),
            window: millis(lease.window()),
        }
    }

    /// As logs and the other stores show it.
    pub(crate) fn key(&self) -> String {
        self.message
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Rounded up, so that a window is never shorter than asked for.
pub(crate) fn millis(duration: Duration) -> i64 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    i64::try_from(millis).unwrap_or(i64::MAX).min(MOST_MILLIS)
}

/// A century. Both databases count far beyond it.
const MOST_MILLIS: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

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
