//! From an event's normalised JSON form back to the event.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::{Message, Provider};
use crate::payload::{Field, MAX_FIELDS, Payload, Value, ValueKind};

/// Reads an event from its normalised form: one object of strings, numbers and booleans, through the provider's own
/// decoder. For the `Deserialize` of an event type.
///
/// ```
/// use callhook::telecmi::Event;
///
/// let event: Event = serde_json::from_str(r#"{"type":"cdr","cmiuuid":"a","status":"missed"}"#)?;
/// assert_eq!(event.kind(), "cdr");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// When it is not an object, or the provider can't read it.
pub fn read_back<'de, P: Provider, D: Deserializer<'de>>(
    provider: &P,
    deserializer: D,
) -> Result<P::Event, D::Error> {
    let fields = deserializer.deserialize_map(Fields)?;
    let message = Message::new(Payload::of_fields(fields));
    provider.decode(&message).map_err(D::Error::custom)
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<Field<'static>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings, numbers and booleans")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, Scalar(value))) = map.next_entry::<String, Scalar>()? {
            if fields.len() == MAX_FIELDS {
                return Err(A::Error::custom("more than 512 fields"));
            }
            fields.push(Field::new(name, value));
        }
        Ok(fields)
    }
}

struct Scalar(Value<'static>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl ScalarVisitor {
    fn scalar<E>(kind: ValueKind, text: impl Into<Cow<'static, str>>) -> Result<Scalar, E> {
        Ok(Scalar(Value::new(kind, text)))
    }
}

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a whole number, a boolean or null")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Self::scalar(ValueKind::Bool, if value { "true" } else { "false" })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Self::scalar(ValueKind::Number, value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Self::scalar(ValueKind::Number, value.to_string())
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Self::scalar(ValueKind::Text, value.to_owned())
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Self::scalar(ValueKind::Null, "")
    }
}
