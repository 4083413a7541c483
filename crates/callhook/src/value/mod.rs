//! The values in events: lenient in what they read, exact in what they keep.
//!
//! 1. What names something (a number, an id, an app id) is text, never a float, with every digit that was sent.
//! 2. `Debug` shows ids, statuses and times, and never a phone number, a person, a file or free text.
//! 3. Each type reads what JSON, a form and a query write for the same value, to equal values.
//! 4. What programs write where they have no value (`none`, `null`, `nil`, `n/a`, `not available`, `false`, `undefined`,
//!    `unknown`, in any case and with white space around it) is not a text, an id, a phone number or a term. An optional
//!    field that says so is `None`, and its text stays among the event's extra fields. In `custom` and `extra_params` it is
//!    what the platform sends where nothing is configured, and is left out. Booleans and figures have no such words:
//!    `false` is false, and `0` is a figure.
//! 5. A figure is a whole number, however it is written: `12`, `12.0` and `1.2e1` are one. One with a fraction is not read.
//! 6. A [`Timestamp`] is read from seconds or milliseconds, whichever it is by its size.

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
pub(crate) use self::nothing::is_nothing;
pub(crate) use self::params::canonical;
pub use self::params::{ExtraParams, ParseError};
pub use self::phone::PhoneNumber;
pub use self::terms::{Direction, HangupReason, Leg};
pub use self::text::{AppId, CallId, ConversationId, LegId, RequestId, Text};
pub use self::time::{Seconds, Timestamp};
