//! The normalised JSON form of an event: one object with the documented names, whatever spelling was sent.
//!
//! CDRs, live and stream events have a `type`, in every edition. Numbers that are names (phones, ids, keys) and amounts are
//! strings; times are numbers, of milliseconds or seconds as on the wire, and so are durations; flags are booleans;
//! `extra_params` and `ws_status` are strings. Absent fields are left out; extra fields stand beside the others, as strings.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Event, Piopiy};
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
            Self::Stream(stream) => {
                map.serialize_entry("type", "event")?;
                stream.serialize_into(&mut map)?;
            }
            Self::Answer(answer) => answer.serialize_into(&mut map)?,
            Self::Dtmf(dtmf) => dtmf.serialize_into(&mut map)?,
            Self::Unrecognized(unrecognized) => unrecognized.fields.serialize_into(&mut map)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_back(&Piopiy, deserializer)
    }
}
