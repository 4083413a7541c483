//! The values in events: lenient in what they read, exact in what they keep.
//!
//! 1. What names something (a number, an id, an app id) is text, never a float, with every digit that was sent.
//! 2. `Debug` shows ids, statuses and times, and never a phone number, a person, a file or free text.
//! 3. Each type reads what JSON, a form and a query write for the same value, to equal values.
//! 4. What programs write where they have no value (`none`, `null`, `nil`, `n/a`, `not available`, `false`,
//!    `undefined`, `unknown`, in any case and with white space around it) is not a text, an id, a phone number or a
//!    term. An optional field that says so is `None`, and its text stays among the event's extra fields. In `custom`
//!    and `extra_params` it is what the platform sends where nothing is configured, and is left out. Booleans and
//!    figures have no such words: `false` is false, and `0` is a figure.
//! 5. A figure is a whole number, however it is written: `12`, `12.0` and `1.2e1` are one. One with a fraction is not
//!    read.
//! 6. A [`Timestamp`] is read from seconds or milliseconds, depending on its size.

#[macro_use]
pub(crate) mod field;
#[macro_use]
mod macros;
mod amount;
mod date_time;
mod extra;
mod hms;
mod nothing;
mod params;
mod phone;
mod terms;
mod text;
mod time;

pub use self::amount::{Amount, AmountError};
pub use self::date_time::DateTime;
pub use self::extra::ExtraFields;
pub use self::hms::{ClockDuration, LocalTime};
pub(crate) use self::nothing::{is_name, is_nothing};
pub(crate) use self::params::canonical;
pub use self::params::{ExtraParams, ParseError};
pub use self::phone::PhoneNumber;
pub use self::terms::{Direction, HangupReason, Leg};
pub use self::text::{AppId, CallId, ConversationId, LegId, RequestId, Text};
pub use self::time::{Seconds, Timestamp};

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;

    fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
        let json = serde_json::to_string(value).expect("JSON");
        assert_eq!(
            serde_json::from_str::<T>(&json).ok().as_ref(),
            Some(value),
            "{json}"
        );
    }

    #[test]
    fn every_value_reads_back_from_what_it_serialises_to() {
        reads_back(&Text::from("none"));
        reads_back(&LegId::from("a \u{0}\"1\""));
        reads_back(&PhoneNumber::from(" +44 98xx"));
        reads_back(&ExtraParams::from("{key: value}"));
        reads_back(&[Direction::Inbound, Direction::from("Sideways")]);
        reads_back(&[Leg::A, Leg::from("c")]);
        reads_back(&HangupReason::SentReject);
        reads_back(&"0.450000".parse::<Amount>().expect("an amount"));
        reads_back(&Seconds::new(u64::MAX));
        // Milliseconds, however few.
        reads_back(&[5, 1_634_720_920_615].map(Timestamp::from_millis));
        let json = r#"["2024-12-02T23:04:40.701234+02:00","23:04:40","00:06:57"]"#;
        let read: (DateTime, LocalTime, ClockDuration) = serde_json::from_str(json).expect("times");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), json);
    }

    #[test]
    fn what_is_no_such_value_is_refused_without_showing_it() {
        let error = serde_json::from_str::<Amount>(r#""447 700""#).expect_err("no amount");
        assert_eq!(
            error.to_string(),
            "another text was found, expected a decimal number such as `0.450000`"
        );
        assert!(serde_json::from_str::<Timestamp>("253402207201000").is_err());
        assert!(serde_json::from_str::<LocalTime>(r#""24:00:00""#).is_err());
        assert!(serde_json::from_str::<Seconds>("-1").is_err());
    }
}
