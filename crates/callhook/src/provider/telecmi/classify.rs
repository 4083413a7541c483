//! From fields to an event: which kind, then which fields.

use super::{Cdr, Event, Flow, Live, Reason, Unrecognized};
use crate::payload::{Payload, Unreadable};
use crate::provider::chub::Type;

wire! {
    pub(super) struct Wire {
        #[key] kind: "type",
        #[key] app_id: "appid" | "app_id",
        #[key] cmiuuid: "cmiuuid" | "cmiuid" | "cmuuid",
        conversation_uuid: "conversation_uuid" | "parent_uid",
        call_id,
        request_id,
        #[key] direction,
        #[key] leg,
        #[key] status,
        user,
        team,
        #[key] to,
        #[key] from,
        callerid,
        virtual_number,
        #[key] time,
        answeredsec,
        waitedsec,
        record,
        filename,
        voicemail,
        voicename,
        click_to_call,
        hangup_reason,
        ivr_name,
        custom,
        extra_params,
    }
    // Read by `is_flow` only, and else unknown.
    #[key] "dtmf", #[key] "digits";
}

pub(super) fn event(payload: &Payload<'_>) -> Result<Event, Unreadable> {
    let (wire, rest) = Wire::of(payload)?;
    let kind = Type::of(wire.kind);
    // Its kind is an event's type, and no field of it.
    let untyped = Wire { kind: None, ..wire };

    let event = match kind {
        Type::Cdr => Cdr::read(untyped, rest).map(Event::Cdr),
        Type::Event => Live::read(untyped, rest).map(Event::Live),
        Type::Absent if wire.is_flow(payload) => Flow::read(wire, rest).map(Event::Flow),
        Type::Absent | Type::Other => None,
    };
    Ok(event.unwrap_or_else(|| {
        let reason = Reason::of(kind, payload, wire.cmiuuid);
        Event::Unrecognized(Unrecognized::new(payload, wire.cmiuuid, reason))
    }))
}

impl Wire<'_> {
    /// What is documented of a call flow request is numbers, the leg and the account. A `status` would make it news of a
    /// leg, a `time` an answer request of PIOPIY's, digits a DTMF callback.
    fn is_flow(&self, payload: &Payload<'_>) -> bool {
        (self.from.is_some() || self.to.is_some())
            && self.status.is_none()
            && self.time.is_none()
            && payload.field("dtmf").is_none()
            && payload.field("digits").is_none()
    }
}
