//! A moment that was sent as a date and a time.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Timestamp;
use super::field::{FromField, Reading, scalar};
use crate::payload::Field;

/// A moment as ISO 8601 text with an offset, such as `2024-12-02T21:04:40.701+00:00`.
///
/// It keeps the text as sent, and with it the offset and every digit of a fraction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    text: Box<str>,
    timestamp: Timestamp,
}

impl DateTime {
    /// The text as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The moment, to the millisecond it lies in.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Reads what RFC 3339 has of ISO 8601: a whole date, a time with seconds, an offset. Nothing before 1970, and no
    /// leap second, which a [`Timestamp`] can't say.
    fn read(text: &str) -> Option<Self> {
        Some(Self {
            text: text.into(),
            timestamp: timestamp(text.trim_ascii())?,
        })
    }
}

impl FromField for DateTime {
    /// In a query the `+` of an offset may be unescaped.
    fn from_field(field: &Field<'_>) -> Reading<Self> {
        let read = |text| Self::read(field.value().phone_text()).or_else(|| Self::read(text));
        scalar(field).and_then(read).into()
    }
}

impl From<DateTime> for Timestamp {
    fn from(date_time: DateTime) -> Self {
        date_time.timestamp
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for DateTime {
    /// As the text that was sent.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

deserialize_from_text!(
    DateTime,
    "a date and time such as `2024-12-02T21:04:40.701+00:00`",
    DateTime::read
);

fn timestamp(text: &str) -> Option<Timestamp> {
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    let month = after(&mut rest, b"-").and_then(|rest| digits(rest, 2))?;
    let day = after(&mut rest, b"-").and_then(|rest| digits(rest, 2))?;
    let hour = after(&mut rest, b"Tt ").and_then(|rest| digits(rest, 2))?;
    let minute = after(&mut rest, b":").and_then(|rest| digits(rest, 2))?;
    let second = after(&mut rest, b":").and_then(|rest| digits(rest, 2))?;
    let millis = match after(&mut rest, b".") {
        Some(rest) => fraction(rest)?,
        None => 0,
    };
    let offset = offset(&mut rest)?;
    let is_sound = rest.is_empty()
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_sound {
        return None;
    }
    let minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - offset;
    let millis = (minutes * 60 + second) * 1000 + millis;
    u64::try_from(millis).ok().and_then(Timestamp::from_millis)
}

/// In minutes to the east.
fn offset(rest: &mut &[u8]) -> Option<i64> {
    if after(rest, b"Zz").is_some() {
        return Some(0);
    }
    let is_west = rest.first() == Some(&b'-');
    let hour = after(rest, b"+-").and_then(|rest| digits(rest, 2))?;
    let minute = after(rest, b":").and_then(|rest| digits(rest, 2))?;
    let offset = hour * 60 + minute;
    (hour < 24 && minute < 60).then_some(if is_west { -offset } else { offset })
}

/// Whole milliseconds of a fraction of a second, which has one digit or more.
fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, after) = rest.split_at(count);
    *rest = after;
    let places = fraction.iter().chain(b"000").take(3);
    (count > 0).then(|| places.fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')))
}

fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (digits, after) = rest.split_at_checked(count)?;
    *rest = after;
    digits.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// The rest after one of these bytes.
fn after<'r, 't>(rest: &'r mut &'t [u8], one_of: &[u8]) -> Option<&'r mut &'t [u8]> {
    let (first, after) = rest.split_first()?;
    one_of.contains(first).then(|| {
        *rest = after;
        rest
    })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// By the calendar of today, for years from 0 to 9999.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let leap_days = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let years = year * 365 + leap_days(year - 1) + 1;
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    years + months + day - 1 - DAYS_TO_1970
}

/// From the first day of the year 0.
const DAYS_TO_1970: i64 = 719_528;

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<u64> {
        DateTime::read(text).map(|date_time| date_time.timestamp().as_millis())
    }

    #[test]
    fn a_date_and_time_is_the_moment_it_says_with_its_offset() {
        for (text, expected) in [
            ("2024-12-02T21:04:40.701+00:00", 1_733_173_480_701),
            ("2024-12-02T23:04:40.701+02:00", 1_733_173_480_701),
            ("2024-12-02T15:34:40.701-05:30", 1_733_173_480_701),
            ("2024-12-02t21:04:40.7z", 1_733_173_480_700),
            ("2024-12-02 21:04:40Z", 1_733_173_480_000),
            (" 2024-12-02T21:04:40.701999Z", 1_733_173_480_701),
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:00:00+01:00", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2023-12-31T23:59:59.999Z", 1_704_067_199_999),
            ("2024-02-29T00:00:00-00:00", 1_709_164_800_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
            ("9999-12-30T22:00:00.999Z", 253_402_207_200_999),
        ] {
            assert_eq!(millis(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_with_an_offset_is_not_read() {
        for text in [
            "",
            "2024-12-02",
            "2024-12-02T21:04:40",
            "2024-12-02T21:04Z",
            "2024-12-02T21:04:40.Z",
            "2024-12-02T21:04:40+0000",
            "2024-12-02T21:04:40+00:60",
            "2024-12-02T21:04:40+24:00",
            "2024-12-02T21:04:40Z ago",
            "2024-12-02T24:00:00Z",
            "2024-12-02T21:60:00Z",
            "2016-12-31T23:59:60Z",
            "2023-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2024-00-10T00:00:00Z",
            "2024-13-10T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-04-00T00:00:00Z",
            "24-04-01T00:00:00Z",
            "+2024-04-01T00:00:00Z",
            "2024-04-01T00:00:00\u{ff11}",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "9999-12-30T22:00:01Z",
            "1733173541",
        ] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_up_to_the_year_9999_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..10_000 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    assert_eq!(days_since_1970(year, month, day), expected);
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn a_date_and_time_keeps_what_was_sent() {
        let text = "2024-12-02T23:04:40.701234+02:00";
        let read = DateTime::read(text).expect("a moment");
        assert_eq!(read.as_str(), text);
        assert_eq!(read.to_string(), text);
    }
}
