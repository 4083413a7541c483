//! Hours, minutes and seconds: of a day, or of a duration.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Seconds;

/// A time of day as `HH:MM:SS`. The wire says neither the day nor the time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime {
    hour: u8,
    minute: u8,
    second: u8,
}

impl LocalTime {
    /// From 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// From 0 to 59.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// From 0 to 59.
    #[must_use]
    pub fn second(self) -> u8 {
        self.second
    }

    fn read(text: &str) -> Option<Self> {
        let (hours, minute, second) = hms(text)?;
        let hour = u8::try_from(hours).ok().filter(|hour| *hour < 24)?;
        Some(Self {
            hour,
            minute,
            second,
        })
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

impl Serialize for LocalTime {
    /// As `HH:MM:SS`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

from_scalar!(LocalTime: LocalTime::read);
deserialize_from_text!(LocalTime, "a time such as `23:04:40`", LocalTime::read);

/// A duration as `HH:MM:SS`, with more digits of hours where it takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockDuration(u64);

impl ClockDuration {
    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> Seconds {
        Seconds::new(self.0)
    }

    fn read(text: &str) -> Option<Self> {
        let (hours, minutes, seconds) = hms(text)?;
        let seconds = u64::from(minutes) * 60 + u64::from(seconds);
        Some(Self(u64::from(hours) * 3600 + seconds))
    }
}

impl From<ClockDuration> for Seconds {
    fn from(duration: ClockDuration) -> Self {
        duration.seconds()
    }
}

impl fmt::Display for ClockDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, seconds) = (self.0 / 60, self.0 % 60);
        write!(f, "{:02}:{:02}:{seconds:02}", minutes / 60, minutes % 60)
    }
}

impl Serialize for ClockDuration {
    /// As `HH:MM:SS`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

from_scalar!(ClockDuration: ClockDuration::read);
deserialize_from_text!(
    ClockDuration,
    "a duration such as `00:06:57`",
    ClockDuration::read
);

/// Reads no other spelling than the one that is written, so that nothing of the text is lost.
fn hms(text: &str) -> Option<(u32, u8, u8)> {
    let [hours @ .., b':', m1, m2, b':', s1, s2] = text.trim_ascii().as_bytes() else {
        return None;
    };
    let hours = match hours {
        [_, _] | [b'1'..=b'9', _, _, ..] => number(hours)?,
        _ => return None,
    };
    let sixtieth = |digits| u8::try_from(number(digits)?).ok().filter(|part| *part < 60);
    Some((hours, sixtieth(&[*m1, *m2])?, sixtieth(&[*s1, *s2])?))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_an_hour_a_minute_and_a_second_of_a_day() {
        let time = LocalTime::read("23:04:40").expect("a time");
        assert_eq!((time.hour(), time.minute(), time.second()), (23, 4, 40));
        assert_eq!(time.to_string(), "23:04:40");
        assert_eq!(LocalTime::read("24:00:00"), None);
    }

    #[test]
    fn a_clock_duration_is_exact_in_seconds_and_as_text() {
        for (text, seconds) in [
            ("00:00:00", 0),
            ("00:06:57", 417),
            ("99:59:59", 359_999),
            ("100:00:01", 360_001),
        ] {
            let duration = ClockDuration::read(text).expect("a duration");
            assert_eq!(duration.seconds(), Seconds::new(seconds), "{text}");
            assert_eq!(duration.to_string(), text);
        }
    }

    #[test]
    fn other_spellings_are_not_read() {
        for text in [
            "",
            "57",
            "06:57",
            "0:06:57",
            "000:06:57",
            "00:6:57",
            "00:06:60",
            "00:60:00",
            "00:06:57.5",
            "00:06:57:00",
            "-1:06:57",
            "+1:06:57",
            "99999999999:00:00",
        ] {
            assert_eq!(ClockDuration::read(text), None, "{text}");
        }
    }
}
