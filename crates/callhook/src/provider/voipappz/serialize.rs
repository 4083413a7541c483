//! The normalised JSON form of an event: one object with the template's names, and the event's name as `event`.
//!
//! Numbers that are names (phones, ids) are strings, as are times and durations that were sent as text; durations in
//! seconds are numbers. Absent fields are left out; extra fields stand beside the others, as strings.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Event, Kind, Voipappz};
use crate::provider::read_back;

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Report(report) => report.serialize_into(&mut map)?,
            Self::Unrecognized(unrecognized) => {
                if let Some(kind) = &unrecognized.kind {
                    map.serialize_entry("event", kind)?;
                }
                unrecognized.fields.serialize_into(&mut map)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_back(&Voipappz::body_field("event"), deserializer)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
