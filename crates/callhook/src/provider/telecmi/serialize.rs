//! The normalised JSON form of an event: one object with the documented names, whatever spelling was sent.
//!
//! Numbers that are names (phones, ids) are strings, times and durations numbers, flags booleans, `custom` and
//! `extra_params` strings. Absent fields are left out; extra fields stand beside the others, as strings.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Event, Telecmi};
use crate::provider::read_back;

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Cdr(cdr) => {
                map.serialize_entry("type", "cdr")?;
                cdr.serialize_into(&mut map)?;
            }
            Self::Live(live) => {
                map.serialize_entry("type", "event")?;
                live.serialize_into(&mut map)?;
            }
            Self::Flow(flow) => flow.serialize_into(&mut map)?,
            Self::Unrecognized(unrecognized) => unrecognized.fields.serialize_into(&mut map)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_back(&Telecmi, deserializer)
    }
}
