//! The normalised JSON form of an event: one object with the documented names, whatever spelling was sent.
//!
//! Numbers that are names (phones, ids) are strings, times and durations numbers, flags booleans, `custom` and
//! `extra_params` strings. Absent fields are left out; extra fields stand beside the others, as strings.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Cdr, Event, Flow, Live, Telecmi};
use crate::provider::read_back;

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Fields(serializer.serialize_map(None)?);
        match self {
            Self::Cdr(cdr) => map.cdr(cdr)?,
            Self::Live(live) => map.live(live)?,
            Self::Flow(flow) => map.flow(flow)?,
            Self::Unrecognized(unrecognized) => unrecognized.fields.serialize_into(&mut map.0)?,
        }
        map.0.end()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_back(&Telecmi, deserializer)
    }
}

struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    fn entry<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), M::Error> {
        match value {
            Some(value) => self.0.serialize_entry(name, value),
            None => Ok(()),
        }
    }

    fn cdr(&mut self, cdr: &Cdr) -> Result<(), M::Error> {
        self.0.serialize_entry("type", "cdr")?;
        self.entry("appid", &cdr.app_id)?;
        self.0.serialize_entry("cmiuuid", &cdr.cmiuuid)?;
        self.entry("conversation_uuid", &cdr.conversation_uuid)?;
        self.entry("call_id", &cdr.call_id)?;
        self.entry("request_id", &cdr.request_id)?;
        self.entry("direction", &cdr.direction)?;
        self.entry("leg", &cdr.leg)?;
        self.0.serialize_entry("status", &cdr.status)?;
        self.entry("user", &cdr.user)?;
        self.entry("team", &cdr.team)?;
        self.entry("to", &cdr.to)?;
        self.entry("from", &cdr.from)?;
        self.entry("callerid", &cdr.callerid)?;
        self.entry("virtual_number", &cdr.virtual_number)?;
        self.entry("time", &cdr.time)?;
        self.entry("answeredsec", &cdr.answeredsec)?;
        self.entry("waitedsec", &cdr.waitedsec)?;
        self.entry("record", &cdr.record)?;
        self.entry("filename", &cdr.filename)?;
        self.entry("voicemail", &cdr.voicemail)?;
        self.entry("voicename", &cdr.voicename)?;
        self.entry("click_to_call", &cdr.click_to_call)?;
        self.entry("hangup_reason", &cdr.hangup_reason)?;
        self.entry("ivr_name", &cdr.ivr_name)?;
        self.entry("custom", &cdr.custom)?;
        self.entry("extra_params", &cdr.extra_params)?;
        cdr.extra.serialize_into(&mut self.0)
    }

    fn live(&mut self, live: &Live) -> Result<(), M::Error> {
        self.0.serialize_entry("type", "event")?;
        self.entry("app_id", &live.app_id)?;
        self.0.serialize_entry("cmiuuid", &live.cmiuuid)?;
        self.entry("conversation_uuid", &live.conversation_uuid)?;
        self.entry("call_id", &live.call_id)?;
        self.entry("request_id", &live.request_id)?;
        self.entry("direction", &live.direction)?;
        self.entry("leg", &live.leg)?;
        self.0.serialize_entry("status", &live.status)?;
        self.entry("user", &live.user)?;
        self.entry("team", &live.team)?;
        self.entry("to", &live.to)?;
        self.entry("from", &live.from)?;
        self.entry("callerid", &live.callerid)?;
        self.entry("time", &live.time)?;
        self.entry("click_to_call", &live.click_to_call)?;
        self.entry("custom", &live.custom)?;
        self.entry("extra_params", &live.extra_params)?;
        live.extra.serialize_into(&mut self.0)
    }

    fn flow(&mut self, flow: &Flow) -> Result<(), M::Error> {
        self.entry("appid", &flow.app_id)?;
        self.0.serialize_entry("cmiuuid", &flow.cmiuuid)?;
        self.entry("to", &flow.to)?;
        self.entry("from", &flow.from)?;
        flow.extra.serialize_into(&mut self.0)
    }
}
