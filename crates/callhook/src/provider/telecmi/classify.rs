//! From fields to an event: which kind, then which fields.

use super::{Cdr, Event, Flow, Live, Reason, Unrecognized};
use crate::payload::{Payload, Unreadable};
use crate::provider::chub::{Type, is_of_result};
use crate::provider::wire::{Rest, WireField, told};
use crate::value::LegId;
use crate::value::field::scalar;

wire! {
    pub(super) struct TelecmiWire {
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
    #[key] "dtmf", #[key] "digits", #[key] "digit", #[key] "speech", #[key] "action";
}

pub(super) fn event(payload: &Payload<'_>) -> Result<Event, Unreadable> {
    let (wire, rest) = TelecmiWire::of(payload)?;
    let kind = Type::of(wire.kind);
    // Its kind is an event's type, and no field of it.
    let mut untyped = TelecmiWire { kind: None, ..wire };

    let event = match kind {
        Type::Cdr => Cdr::read(&mut untyped, rest).map(Event::Cdr),
        Type::Event => Live::read(&mut untyped, rest).map(Event::Live),
        Type::Absent if wire.is_flow(payload) && (wire.has_id() || wire.is_old_flow(&rest)) => {
            Flow::read(&mut { wire }, rest).map(Event::Flow)
        }
        Type::Absent | Type::Other => None,
    };
    Ok(event.unwrap_or_else(|| {
        let reason = match kind {
            Type::Absent if wire.app_id.is_some() && wire.is_flow(payload) => Reason::NoId,
            _ => Reason::of(kind, payload, wire.cmiuuid),
        };
        Event::Unrecognized(Unrecognized::new(payload, wire.cmiuuid, reason))
    }))
}

impl<'p> TelecmiWire<'p> {
    /// What is documented of a call flow request is numbers, the leg and the account. A `status` would make it news of
    /// a leg, a `time` or an `action` an answer request of PIOPIY's, and keys, speech or the spelling `cmuuid` a
    /// callback of PIOPIY's, also where nobody pressed a key.
    fn is_flow(&self, payload: &Payload<'_>) -> bool {
        (self.from.is_some() || self.to.is_some())
            && told(self.status).is_none()
            && told(self.time).is_none()
            && payload.fields().iter().all(|field| match field.name() {
                "action" | "cmuuid" => told(Some(field)).is_none(),
                name => !is_of_result(name),
            })
    }

    /// The older edition of a call flow request has the caller and the account, and nothing else.
    fn is_old_flow(&self, rest: &Rest<'p>) -> bool {
        let mut beyond = Rest::default();
        let others = Self {
            app_id: None,
            from: None,
            ..*self
        };
        others.leave_to(&mut beyond);
        let is_scalar = |slot: WireField<'_>| slot.is_some_and(|field| scalar(field).is_some());
        is_scalar(self.from) && is_scalar(self.app_id) && beyond.is_empty() && rest.is_empty()
    }

    fn has_id(&self) -> bool {
        Rest::default().take::<LegId>(self.cmiuuid).is_some()
    }
}
