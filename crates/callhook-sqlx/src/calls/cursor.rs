//! Where a reader of changes is: [`ChangeCursor`].

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// Where a reader of [changes](crate::SqlxCalls::changed_since) is. It begins as a moment, and each answer has the next
/// one.
///
/// As text (`to_string`, `parse`) it can be kept, so that a reader goes on where it was before it was restarted. It is
/// valid only for the database that it came from. One of another kind of database is refused; that of another database
/// of the same kind can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCursor(pub(crate) Place);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From what changed then, in microseconds since 1970.
    Moment(i64),
    /// After this change, by the number that the database orders changes by, and the call's key.
    After(Kind, i64, i64),
}

/// What a database orders changes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Microseconds, in Postgres.
    Postgres,
    /// Versions, in SQLite.
    Sqlite,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Postgres, Self::Sqlite];

    /// What the text of a cursor begins with.
    fn letter(self) -> char {
        match self {
            Self::Postgres => 'p',
            Self::Sqlite => 's',
        }
    }
}

impl ChangeCursor {
    /// The place, where the cursor is a moment or one of this kind of database.
    pub(crate) fn place(self, kind: Kind) -> Result<Place, InvalidCursor> {
        match self.0 {
            Place::After(other, _, _) if other != kind => Err(InvalidCursor(())),
            place => Ok(place),
        }
    }
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
            Place::After(kind, change, key) => write!(f, "{}{change}.{key}", kind.letter()),
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
        let of = |kind: Kind| Some((kind, text.strip_prefix(kind.letter())?));
        Ok(Self(match Kind::ALL.into_iter().find_map(of) {
            Some((kind, text)) => {
                let (change, key) = text.split_once('.').ok_or(InvalidCursor(()))?;
                Place::After(kind, number(change)?, number(key)?)
            }
            None => Place::Moment(number(text)?),
        }))
    }
}

/// A text is not a [`ChangeCursor`]'s, or a cursor is not one of this kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor(());

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a cursor of this database: expected microseconds since 1970, or `p` for Postgres or `s` for SQLite and two \
             numbers with a dot between them",
        )
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
            ChangeCursor(Place::After(Kind::Postgres, 1_700_000_000_000_001, 0)),
            ChangeCursor(Place::After(Kind::Sqlite, 7, 12)),
        ];
        for cursor in cursors {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let long = "9".repeat(40);
        for text in [
            "", ".", "1.2", "-1", "a", "p", "p1", "p1.", "p.1", "s1.-1", "s1.2.3", "q1.2", &long,
        ] {
            assert_eq!(
                text.parse::<ChangeCursor>(),
                Err(InvalidCursor(())),
                "{text}"
            );
        }
    }
}
