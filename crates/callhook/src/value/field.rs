//! How a value is read from a field: [`FromField`], implemented beside each type of value.

use serde::de::IgnoredAny;

use super::is_nothing;
use crate::payload::{Field, ValueKind, trim};

/// A type that a field can be read as.
pub(crate) trait FromField: Sized {
    fn from_field(field: &Field<'_>) -> Reading<Self>;
}

/// What became of reading a field.
pub(crate) enum Reading<T> {
    Value(T),
    /// It means that there is no value, in the application's own data, which has no other use for it.
    Nothing,
    /// It is not such a value, or a word for "no value": it stays among the extra fields.
    Unreadable,
}

impl<T> From<Option<T>> for Reading<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unreadable, Self::Value)
    }
}

/// A value that isn't nested, as text. A query writes a nested value as its JSON text, and so does the normalised form.
pub(crate) fn scalar<'f>(field: &'f Field<'_>) -> Option<&'f str> {
    let text = field.value().text();
    let is_nested = match field.value().kind() {
        ValueKind::Nested => true,
        ValueKind::Text => is_nested_json(text),
        _ => false,
    };
    (!is_nested).then_some(text)
}

/// As [`scalar`], of a value that is not a word for "no value".
#[inline]
pub(crate) fn said<'f>(field: &'f Field<'_>) -> Option<&'f str> {
    let text = field.value().text();
    match text.as_bytes().first() {
        // What a word for "no value" or nested JSON may begin with, and white space before it.
        None | Some(b'n' | b'N' | b'f' | b'F' | b'u' | b'U' | b'{' | b'[' | ..=b' ' | 0x80..) => {
            said_otherwise(field)
        }
        // Nearly every text.
        Some(_) => Some(text),
    }
}

fn said_otherwise<'f>(field: &'f Field<'_>) -> Option<&'f str> {
    scalar(field).filter(|text| !is_nothing(text))
}

/// Whether the text is a JSON object or array.
#[inline]
fn is_nested_json(text: &str) -> bool {
    // Most texts begin with a letter or a digit.
    let may_be = matches!(text.as_bytes().first(), Some(..=b' ' | b'{' | b'['));
    may_be && trim(text).starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Reads a type from the text of a value that isn't nested, with a function from `&str` to an `Option` of it.
macro_rules! from_scalar {
    ($type:ty: $read:expr) => {
        impl $crate::value::field::FromField for $type {
            fn from_field(
                field: &$crate::payload::Field<'_>,
            ) -> $crate::value::field::Reading<Self> {
                $crate::value::field::scalar(field).and_then($read).into()
            }
        }
    };
}

/// As [`from_scalar!`], for a type that any text can be read as, but the words for "no value".
macro_rules! from_text {
    ($type:ty) => {
        impl $crate::value::field::FromField for $type {
            fn from_field(
                field: &$crate::payload::Field<'_>,
            ) -> $crate::value::field::Reading<Self> {
                $crate::value::field::said(field).map(Self::from).into()
            }
        }
    };
}
