//! Moments, moved into the past by whole days.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// By how many days the moments of one run are moved.
#[derive(Clone, Copy)]
pub(super) struct Shift {
    pub(super) days: u32,
}

impl Shift {
    /// Seconds, milliseconds, microseconds or nanoseconds since 1970, by how many digits they have: 10, 13, 16 or 19. `None`
    /// for what is none of them, or not from [2010 to 2100](YEARS): it could be a phone number.
    pub(super) fn epoch(self, text: &str) -> Option<String> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let per_second: u64 = match whole.len() {
            10 => 1,
            13 => 1_000,
            16 => 1_000_000,
            19 => 1_000_000_000,
            _ => return None,
        };
        let is_short = |fraction: &str| is_digits(fraction) && fraction.len() <= 6;
        if !is_digits(whole) || !fraction.is_none_or(is_short) {
            return None;
        }
        let moment: u64 = whole.parse().ok()?;
        let seconds = i64::try_from(moment / per_second).ok()?;
        let date = Timestamp::from_second(seconds)
            .ok()?
            .to_zoned(TimeZone::UTC);
        if !YEARS.contains(&date.year()) {
            return None;
        }
        let by = u64::from(self.days) * 86_400 * per_second;
        let moved = moment.checked_sub(by)?.to_string();
        let rest = text.get(whole.len()..)?;
        (moved.len() == whole.len()).then(|| moved + rest)
    }

    /// A date from [2010 to 2100](YEARS) as ISO 8601 writes it, alone or with one time of day behind it, and one offset
    /// behind that. Both stay.
    pub(super) fn date(self, text: &str) -> Option<String> {
        let (date, rest) = text.split_at_checked("2024-12-02".len())?;
        if !is_time_with_offset(rest) {
            return None;
        }
        let date: Date = date.parse().ok()?;
        if !YEARS.contains(&date.year()) {
            return None;
        }
        let moved = date.checked_sub(i64::from(self.days).days()).ok()?;
        Some(format!("{moved}{rest}"))
    }
}

/// When calls are made.
const YEARS: RangeInclusive<i16> = 2010..=2099;

/// A time of day or a duration: hours, minutes, and maybe seconds and their fraction, as `1:02`, `0100:02:03.5`.
pub(super) fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let is_hours = |hours: &str| hours.len() <= 4 && is_digits(hours);
    let (hours, minutes) = (parts.next(), parts.next());
    hours.is_some_and(is_hours)
        && minutes.is_some_and(is_of_sixty)
        && parts.next().is_none_or(is_seconds)
        && parts.next().is_none()
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is nothing, or a time of day, and maybe an offset.
fn is_time_with_offset(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let Some(text) = text.strip_prefix(['T', 't', ' ']) else {
        return false;
    };
    let end = text.find(|char: char| !char.is_ascii_digit() && !":.,".contains(char));
    let (time, offset) = text.split_at(end.unwrap_or(text.len()));
    let hours = time.split(':').next().unwrap_or_default();
    let offset = offset.strip_prefix(' ').unwrap_or(offset);
    is_hour(hours) && is_clock(time) && is_offset(offset)
}

/// `Z`, or hours and maybe minutes.
fn is_offset(text: &str) -> bool {
    if matches!(text, "" | "Z" | "z") {
        return true;
    }
    let Some(text) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let Some((hours, minutes)) = text.split_at_checked(2) else {
        return false;
    };
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    is_hour(hours) && (minutes.is_empty() || is_of_sixty(minutes))
}

fn is_hour(text: &str) -> bool {
    text.len() == 2 && is_digits(text) && text < "24"
}

fn is_of_sixty(text: &str) -> bool {
    text.len() == 2 && is_digits(text) && text < "60"
}

/// With six digits behind the point at most.
fn is_seconds(text: &str) -> bool {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    is_of_sixty(whole) && fraction.is_none_or(|digits| is_digits(digits) && digits.len() <= 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIFT: Shift = Shift { days: 2 };

    #[test]
    fn moments_keep_their_time_of_day_and_their_unit() {
        assert_eq!(
            SHIFT.epoch("1634720920615").as_deref(),
            Some("1634548120615")
        );
        assert_eq!(SHIFT.epoch("1634720920").as_deref(), Some("1634548120"));
        assert_eq!(SHIFT.epoch("1634720920.5").as_deref(), Some("1634548120.5"));
        assert_eq!(
            SHIFT.date("2024-12-02T21:05:31.000Z").as_deref(),
            Some("2024-11-30T21:05:31.000Z")
        );
        assert_eq!(SHIFT.date("2024-03-01").as_deref(), Some("2024-02-28"));
    }

    #[test]
    fn what_could_be_a_phone_number_is_left_to_others() {
        for text in [
            "",
            "12",
            "100000000",
            "16347209206x5",
            "1634720920.1234567",
            "442079460958",
            "9876543210",
            "4915112345678",
            "1000000000",
        ] {
            assert_eq!(SHIFT.epoch(text), None, "{text}");
        }
        for text in [
            "2024-13-02",
            "02/12/2024 10:00",
            "2024-12-02 of Zoe",
            "2024-12-02442079460958",
            "2024-12-02 4420 7946 0958",
            "2024-12-02T44:20",
            "2024-12-02T10:20:30.5+44 20 79",
            "2024-12-02T10:20 10:20",
            "2024-12-02Z",
            "4420-12-02",
        ] {
            assert_eq!(SHIFT.date(text), None, "{text}");
        }
        for text in [
            "10:20",
            "10:20:30.5Z",
            "10:20:30,123456 +0530",
            "10:20-05:30",
        ] {
            let date = SHIFT.date(&format!("2024-12-02T{text}"));
            assert_eq!(date, Some(format!("2024-11-30T{text}")));
        }
    }

    #[test]
    fn a_clock_has_minutes_and_at_most_one_point() {
        for text in ["0:05", "10:20:30", "1234:00:59", "00:00:01.123456"] {
            assert!(is_clock(text), "{text}");
        }
        for text in [
            "4420.7946.0958",
            "44:20:79",
            "44:20:46:09",
            "4420:794:60",
            "44207:46",
            "10:20:30.1234567",
            "10:20.5",
            "10:",
        ] {
            assert!(!is_clock(text), "{text}");
        }
    }
}
