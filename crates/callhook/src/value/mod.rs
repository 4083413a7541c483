//! The values in events: lenient in what they read, exact in what they keep.
//!
//! 1. What names something (a number, an id, an app id) is text, never a float, with every digit that was sent.
//! 2. `Debug` shows ids, statuses and times, and never a phone number, a person, a file or free text.
//! 3. Each type reads what JSON, a form and a query write for the same value, to equal values.

#[macro_use]
pub(crate) mod field;
#[macro_use]
mod macros;
mod amount;
mod date_time;
mod extra;
mod hms;
mod params;
mod phone;
mod terms;
mod text;
mod time;

pub use self::amount::{Amount, AmountError};
pub use self::date_time::DateTime;
pub use self::extra::ExtraFields;
pub use self::hms::{ClockDuration, LocalTime};
pub use self::params::{ExtraParams, ParseError};
pub(crate) use self::params::{canonical, is_nested_json};
pub use self::phone::PhoneNumber;
pub use self::terms::{Direction, HangupReason, Leg};
pub use self::text::{AppId, CallId, ConversationId, LegId, RequestId, Text};
pub use self::time::{Seconds, Timestamp};
