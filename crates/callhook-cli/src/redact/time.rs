//! Moments, moved into the past by whole days.

use jiff::ToSpan;
use jiff::civil::Date;

/// By how many days the moments of one run are moved.
#[derive(Clone, Copy)]
pub(super) struct Shift {
    pub(super) days: u32,
}

impl Shift {
    /// Seconds, milliseconds, microseconds or nanoseconds since 1970, by how many digits they have. `None` for what is
    /// none of them, or would have fewer digits.
    pub(super) fn epoch(self, text: &str) -> Option<String> {
        let whole = text.split('.').next()?;
        let per_second: u64 = match whole.len() {
            9..=11 => 1,
            12..=14 => 1_000,
            15..=17 => 1_000_000,
            18 | 19 => 1_000_000_000,
            _ => return None,
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let rest = text.get(whole.len()..)?;
        if !is_digits(whole) || !is_digits(rest.trim_start_matches('.')) || rest.len() > 6 {
            return None;
        }
        let moved: u64 = whole.parse().ok()?;
        let by = u64::from(self.days) * 86_400 * per_second;
        let moved = moved.checked_sub(by)?.to_string();
        (moved.len() == whole.len()).then(|| moved + rest)
    }

    /// A date as ISO 8601 writes it, with or without a time behind it. The time stays.
    pub(super) fn date(self, text: &str) -> Option<String> {
        let (date, time) = text.split_at_checked("2024-12-02".len())?;
        let is_of_time = |char: char| char.is_ascii_digit() || "Tt :.,Zz+-".contains(char);
        // Beyond, they could be anything.
        let is_short = |digits: &str| digits.len() < 6;
        let mut digits = time.split(|char: char| !char.is_ascii_digit());
        let is_time = time.chars().all(is_of_time) && digits.all(is_short);
        if !is_time || time.starts_with(|char: char| char.is_ascii_digit()) {
            return None;
        }
        let date: Date = date.parse().ok()?;
        let moved = date.checked_sub(i64::from(self.days).days()).ok()?;
        Some(format!("{moved}{time}"))
    }
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
    fn what_is_no_moment_is_left_to_others() {
        for text in ["", "12", "100000000", "16347209206x5", "1634720920.1234567"] {
            assert_eq!(SHIFT.epoch(text), None, "{text}");
        }
        for text in [
            "2024-13-02",
            "02/12/2024 10:00",
            "2024-12-02 of Zoe",
            "2024-12-02442079460958",
        ] {
            assert_eq!(SHIFT.date(text), None, "{text}");
        }
    }
}
