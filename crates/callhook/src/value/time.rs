//! Times and durations, exact.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

/// A moment in milliseconds since 1970 (UTC), up to 9999-12-30T22:00:00.999Z, where jiff's range ends too.
///
/// Which fields are milliseconds on the wire and which are seconds is known field by field; here all are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    const MAX: u64 = 253_402_207_200_999;

    /// From milliseconds since 1970. `None` beyond the range.
    #[must_use]
    pub fn from_millis(millis: u64) -> Option<Self> {
        (millis <= Self::MAX).then_some(Self(millis))
    }

    /// From seconds since 1970. `None` beyond the range.
    #[must_use]
    pub fn from_secs(secs: u64) -> Option<Self> {
        secs.checked_mul(1000).and_then(Self::from_millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// The same moment as the standard library's type.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0)
    }

    fn read_millis(text: &str) -> Option<Self> {
        read_integer(text).and_then(Self::from_millis)
    }

    pub(crate) fn read_secs(text: &str) -> Option<Self> {
        read_integer(text).and_then(Self::from_secs)
    }
}

from_scalar!(Timestamp: Timestamp::read_millis);

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_system_time()
    }
}

#[cfg(feature = "jiff")]
#[cfg_attr(docsrs, doc(cfg(feature = "jiff")))]
impl From<Timestamp> for jiff::Timestamp {
    fn from(timestamp: Timestamp) -> Self {
        // Never beyond the range, which is jiff's.
        let millis = i64::try_from(timestamp.0).ok();
        let moment = millis.and_then(|millis| Self::from_millisecond(millis).ok());
        moment.unwrap_or(Self::MAX)
    }
}

#[cfg(feature = "chrono")]
#[cfg_attr(docsrs, doc(cfg(feature = "chrono")))]
impl From<Timestamp> for chrono::DateTime<chrono::Utc> {
    fn from(timestamp: Timestamp) -> Self {
        // Never beyond the range, which is within chrono's.
        let millis = i64::try_from(timestamp.0).ok();
        let moment = millis.and_then(Self::from_timestamp_millis);
        moment.unwrap_or(Self::MAX_UTC)
    }
}

impl Serialize for Timestamp {
    /// As a number of milliseconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

/// A duration in whole seconds, as the platforms measure calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u64);

impl Seconds {
    /// So many seconds.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// How many.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    fn read(text: &str) -> Option<Self> {
        read_integer(text).map(Self)
    }
}

from_scalar!(Seconds: Seconds::read);

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        Duration::from_secs(seconds.0)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

from_scalar!(u64: read_integer);

/// Digits alone, with or without space around them: no sign, no fraction, no exponent.
fn read_integer(text: &str) -> Option<u64> {
    let digits = text.trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        let number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        (digit < 10).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_whole_milliseconds_up_to_the_end_of_its_range() {
        let read = |text| Timestamp::read_millis(text).map(Timestamp::as_millis);
        assert_eq!(read("1634720920615"), Some(1_634_720_920_615));
        assert_eq!(read(" 1634720920615 "), Some(1_634_720_920_615));
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "253402207201000",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_timestamp_reads_whole_seconds_and_takes_no_milliseconds_for_them() {
        let read = |text| Timestamp::read_secs(text).map(Timestamp::as_millis);
        assert_eq!(read("1632318510"), Some(1_632_318_510_000));
        assert_eq!(
            Timestamp::read_secs("1632318510").map(Timestamp::as_secs),
            Some(1_632_318_510)
        );
        for text in ["1632318510000", "1632318510.5", "18446744073709551615"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn every_timestamp_is_jiffs_to_the_millisecond() {
        for millis in [0, 1_634_720_920_615, Timestamp::MAX] {
            let timestamp = Timestamp::from_millis(millis).expect("in range");
            let moment = jiff::Timestamp::from(timestamp).as_millisecond();
            assert_eq!(u64::try_from(moment), Ok(millis));
        }
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn every_timestamp_is_chronos_to_the_millisecond() {
        for millis in [0, 1_634_720_920_615, Timestamp::MAX] {
            let timestamp = Timestamp::from_millis(millis).expect("in range");
            let moment = chrono::DateTime::<chrono::Utc>::from(timestamp).timestamp_millis();
            assert_eq!(u64::try_from(moment), Ok(millis));
        }
    }

    #[test]
    fn a_timestamp_is_a_system_time() {
        let timestamp = Timestamp::from_secs(1_632_318_510).expect("in range");
        let since = timestamp
            .to_system_time()
            .duration_since(SystemTime::UNIX_EPOCH);
        assert_eq!(since.ok(), Some(Duration::from_secs(1_632_318_510)));
        assert_eq!(Timestamp::from_secs(u64::MAX), None);
    }
}
