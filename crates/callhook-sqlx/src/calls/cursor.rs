//! Where a reader of changes is: [`ChangeCursor`].

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// Where a reader of [changes](crate::SqlxCalls::changed_since) is. It begins as a moment, and each answer has the next one.
///
/// As text (`to_string`, `parse`) it can be kept, so that a reader goes on where it was before it was restarted. It is of
/// one database and one kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCursor(pub(crate) Place);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From what changed then, in microseconds since 1970.
    Moment(i64),
    /// After this change, by the number that the database orders changes by, and the call's key.
    After(i64, i64),
}

impl From<SystemTime> for ChangeCursor {
    /// From what changed at this moment on, by the database's clock.
    fn from(moment: SystemTime) -> Self {
        let since = moment.duration_since(SystemTime::UNIX_EPOCH);
        let micros = since.unwrap_or(Duration::ZERO).as_micros();
        // A database's timestamps end in the year 294276.
        let micros = i64::try_from(micros).unwrap_or(i64::MAX).min(LAST);
        Self(Place::Moment(micros))
    }
}

const LAST: i64 = 9_000_000_000_000_000;

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Place::Moment(micros) => write!(f, "{micros}"),
            Place::After(change, key) => write!(f, "{change}.{key}"),
        }
    }
}

impl FromStr for ChangeCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let number = |text: &str| {
            let number = text.parse::<i64>().ok();
            let number = number.filter(|number| (0..=LAST).contains(number));
            number.ok_or(InvalidCursor(()))
        };
        Ok(Self(match text.split_once('.') {
            Some((change, key)) => Place::After(number(change)?, number(key)?),
            None => Place::Moment(number(text)?),
        }))
    }
}

/// A text is not a [`ChangeCursor`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor(());

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a cursor's text: expected microseconds since 1970, or two numbers with a dot between them")
    }
}

impl Error for InvalidCursor {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_from_its_text_and_nothing_else_is_one() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_001);
        let cursors = [
            ChangeCursor::from(moment),
            ChangeCursor(Place::After(1_700_000_000_000_001, 0)),
            ChangeCursor(Place::After(7, 12)),
        ];
        for cursor in cursors {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let long = "9".repeat(40);
        for text in ["", ".", "1.", ".1", "-1", "1.-1", "1.2.3", "a", &long] {
            assert_eq!(
                text.parse::<ChangeCursor>(),
                Err(InvalidCursor(())),
                "{text}"
            );
        }
    }
}
