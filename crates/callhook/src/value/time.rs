//! Times and durations, exact.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in milliseconds since 1970 (UTC), up to 9999-12-30T22:00:00.999Z, where jiff's range ends too.
///
/// On the wire a moment is in seconds or in milliseconds, and not always in the documented unit of its field. Its size
/// decides: a number of 11 digits or fewer is seconds, which last until the year 5138, and a longer one milliseconds,
/// which begin in 1973. Here all are milliseconds.
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

    fn read(text: &str) -> Option<Self> {
        match read_integer(text)? {
            secs @ ..LEAST_MILLIS => Self::from_secs(secs),
            millis => Self::from_millis(millis),
        }
    }

    /// The number to write where milliseconds are expected. A moment before 1973 is written in seconds, as it was sent:
    /// so few milliseconds would be read as seconds.
    pub(crate) fn written_millis(self) -> u64 {
        if self.0 < LEAST_MILLIS {
            self.as_secs()
        } else {
            self.0
        }
    }

    /// The number to write where seconds are expected. What whole seconds can't say is written in milliseconds, as it
    /// was sent.
    pub(crate) fn written_secs(self) -> u64 {
        let is_whole = self.0.is_multiple_of(1000) && self.as_secs() < LEAST_MILLIS;
        if is_whole { self.as_secs() } else { self.0 }
    }
}

/// The least number that is read as milliseconds, of 12 digits.
const LEAST_MILLIS: u64 = 100_000_000_000;

from_scalar!(Timestamp: Timestamp::read);

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

impl<'de> Deserialize<'de> for Timestamp {
    /// From a number of milliseconds, as it serialises. Not by its size.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let millis = u64::deserialize(deserializer)?;
        Self::from_millis(millis).ok_or_else(|| {
            serde::de::Error::custom(
                "a moment beyond the year 9999 was found, expected milliseconds since 1970",
            )
        })
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

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self)
    }
}

from_scalar!(u64: read_integer);

/// A whole number, with or without space around it and however it is written: `12`, `12.0`, `1.2e1`. No sign.
#[inline]
fn read_integer(text: &str) -> Option<u64> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return None;
    }
    let mut number: u64 = 0;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            // Rare: most figures are digits alone.
            return read_decimal(text);
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(number)
}

/// A decimal number as JSON writes one, but without a sign, if it is whole.
#[cold]
fn read_decimal(text: &str) -> Option<u64> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, read_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    if !is_digits(whole) {
        return None;
    }
    // How many of the digits are before the point, once the exponent has moved it.
    let mut before = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let mut number: u64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = digit - b'0';
        if before > 0 {
            number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        } else if digit != 0 {
            return None;
        }
        before = before.saturating_sub(1);
    }
    while before > 0 && number > 0 {
        number = number.checked_mul(10)?;
        before -= 1;
    }
    Some(number)
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    // More digits than any number that fits needs; `i64` reads a sign of its own, of which there may be one.
    let is_sound =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_sound { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_read_however_it_is_written() {
        for (text, number) in [
            ("0", 0),
            ("12", 12),
            ("007", 7),
            (" 12\n", 12),
            ("12.0", 12),
            ("12.00", 12),
            (" 12.0 ", 12),
            ("0.0", 0),
            ("1.2e1", 12),
            ("1.20E+1", 12),
            ("120e-1", 12),
            ("1e3", 1000),
            ("0e999999999", 0),
            ("0.00e-5", 0),
            ("1.634720920615E+12", 1_634_720_920_615),
            ("18446744073709551615.000", u64::MAX),
        ] {
            assert_eq!(read_integer(text), Some(number), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_a_whole_number_is_not_read() {
        for text in [
            "",
            " ",
            "-1",
            "+1",
            "-0",
            "1.5",
            "12.01",
            "1.25e1",
            "12e-1",
            "1e-1",
            "12.",
            ".0",
            ".",
            "e1",
            "1e",
            "1e+",
            "1e+-1",
            "1e1.0",
            "1.0.0",
            "12,0",
            "1 2",
            "0x12",
            "NaN",
            "\u{ff11}",
            "1e20",
            "1e999999999",
            "1e9999999999999999999",
            "18446744073709551616",
            "18446744073709551616.0",
            "99999999999999999999",
        ] {
            assert_eq!(read_integer(text), None, "{text:?}");
        }
        assert_eq!(read_integer(&format!("1{}", "0".repeat(1_000_000))), None);
        assert_eq!(
            read_integer(&format!("1.{}", "0".repeat(1_000_000))),
            Some(1)
        );
    }

    #[test]
    fn a_timestamp_is_in_seconds_up_to_11_digits_and_in_milliseconds_beyond() {
        for (text, millis) in [
            ("1634720920615", Some(1_634_720_920_615)),
            (" 1634720920615 ", Some(1_634_720_920_615)),
            ("1634720920615.0", Some(1_634_720_920_615)),
            ("1634720920", Some(1_634_720_920_000)),
            ("1634720920.00", Some(1_634_720_920_000)),
            ("0001634720920", Some(1_634_720_920_000)),
            ("5", Some(5000)),
            ("0", Some(0)),
            ("99999999999", Some(99_999_999_999_000)),
            ("100000000000", Some(100_000_000_000)),
            ("253402207200999", Some(Timestamp::MAX)),
            ("253402207201000", None),
            ("1634720920615000", None),
            ("1634720920.615", None),
            ("1634720920615.5", None),
            ("-1634720920", None),
            ("yesterday", None),
            ("", None),
        ] {
            let read = Timestamp::read(text).map(Timestamp::as_millis);
            assert_eq!(read, millis, "{text:?}");
        }
    }

    #[test]
    fn a_timestamp_is_written_in_either_unit_so_that_it_is_read_back() {
        for (text, in_millis, in_secs) in [
            ("1634720920615", 1_634_720_920_615, 1_634_720_920_615),
            ("1634720920000", 1_634_720_920_000, 1_634_720_920),
            ("1634720920", 1_634_720_920_000, 1_634_720_920),
            ("5", 5, 5),
            ("99999999", 99_999_999, 99_999_999),
            ("100000000", 100_000_000_000, 100_000_000),
            ("99999999999", 99_999_999_999_000, 99_999_999_999),
            ("100000000000", 100_000_000_000, 100_000_000),
            ("100000000000000", 100_000_000_000_000, 100_000_000_000_000),
        ] {
            let timestamp = Timestamp::read(text).expect("in range");
            let written = [timestamp.written_millis(), timestamp.written_secs()];
            assert_eq!(written, [in_millis, in_secs], "{text}");
            for number in written {
                assert_eq!(Timestamp::read(&number.to_string()), Some(timestamp));
            }
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
