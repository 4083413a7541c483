//! Nested JSON as it was written: the order of an object's keys and the digits of its numbers stay.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// An object or an array, each value of which is still JSON text.
pub(crate) enum Nested {
    Object(Vec<(String, Box<RawValue>)>),
    Array(Vec<Box<RawValue>>),
}

impl Nested {
    /// Reads JSON text. `None` where it is not an object or an array.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let may_be = text.trim_start().starts_with(['{', '[']);
        may_be.then(|| serde_json::from_str(text).ok()).flatten()
    }
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadNested)
    }
}

struct ReadNested;

impl<'de> Visitor<'de> for ReadNested {
    type Value = Nested;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nested, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Nested::Object(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Nested, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = array.next_element()? {
            items.push(item);
        }
        Ok(Nested::Array(items))
    }
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
