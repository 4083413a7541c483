//! From fields to an event: which kind, then which fields.

use super::{Cdr, Event, Flow, Live, Reason, Status, Unrecognized};
use crate::payload::{Field, Payload, Unreadable};
use crate::provider::wire::{Rest, Slot, all_fields, is_array};
use crate::value::LegId;

wire! {
    struct Wire {
        kind: "type",
        app_id: "appid" | "app_id",
        cmiuuid: "cmiuuid" | "cmiuid" | "cmuuid",
        conversation_uuid: "conversation_uuid" | "parent_uid",
        call_id: "call_id",
        request_id: "request_id",
        direction: "direction",
        leg: "leg",
        status: "status",
        user: "user",
        team: "team",
        to: "to",
        from: "from",
        callerid: "callerid",
        virtual_number: "virtual_number",
        time: "time",
        answeredsec: "answeredsec",
        waitedsec: "waitedsec",
        record: "record",
        filename: "filename",
        voicemail: "voicemail",
        voicename: "voicename",
        click_to_call: "click_to_call",
        hangup_reason: "hangup_reason",
        ivr_name: "ivr_name",
        custom: "custom",
        extra_params: "extra_params",
    }
}

pub(super) fn event(payload: &Payload<'_>) -> Result<Event, Unreadable> {
    let (wire, mut rest) = Wire::of(payload)?;
    let id: Option<LegId> = rest.take(wire.cmiuuid);
    let status: Option<Status> = rest.take(wire.status);

    let reason = match (Kind::of(wire.kind), id, status) {
        (Kind::Cdr, Some(id), Some(status)) => return Ok(wire.cdr(rest, id, status)),
        (Kind::Live, Some(id), Some(status)) => return Ok(wire.live(rest, id, status)),
        (Kind::None, Some(id), None) if wire.is_flow() => return Ok(wire.flow(rest, id)),
        (Kind::None, ..) if is_array(payload) => Reason::Array,
        (Kind::None, ..) => Reason::NoType,
        (Kind::Other, ..) => Reason::UnknownType,
        (Kind::Cdr | Kind::Live, None, _) => Reason::NoId,
        (Kind::Cdr | Kind::Live, Some(_), None) => Reason::NoStatus,
    };
    Ok(Event::Unrecognized(Unrecognized {
        reason,
        cmiuuid: Rest::default().take(wire.cmiuuid),
        fields: all_fields(payload),
    }))
}

enum Kind {
    Cdr,
    Live,
    Other,
    None,
}

impl Kind {
    fn of(kind: Slot<'_>) -> Self {
        match kind.map(|field: &Field<'_>| field.value().text().trim_ascii()) {
            None => Self::None,
            Some(text) if text.eq_ignore_ascii_case("cdr") => Self::Cdr,
            Some(text) if text.eq_ignore_ascii_case("event") => Self::Live,
            Some(_) => Self::Other,
        }
    }
}

impl<'p> Wire<'p> {
    /// What is documented of a call flow request is numbers, the leg and the account. A `time` would make it an answer
    /// request of PIOPIY's.
    fn is_flow(&self) -> bool {
        (self.from.is_some() || self.to.is_some()) && self.time.is_none()
    }

    fn cdr(self, mut rest: Rest<'p>, cmiuuid: LegId, status: Status) -> Event {
        Event::Cdr(Box::new(Cdr {
            app_id: rest.take(self.app_id),
            cmiuuid,
            conversation_uuid: rest.take(self.conversation_uuid),
            call_id: rest.take(self.call_id),
            request_id: rest.take(self.request_id),
            direction: rest.take(self.direction),
            leg: rest.take(self.leg),
            status,
            user: rest.take(self.user),
            team: rest.take(self.team),
            to: rest.take(self.to),
            from: rest.take(self.from),
            callerid: rest.take(self.callerid),
            virtual_number: rest.take(self.virtual_number),
            time: rest.take(self.time),
            answeredsec: rest.take(self.answeredsec),
            waitedsec: rest.take(self.waitedsec),
            record: rest.take(self.record),
            filename: rest.take(self.filename),
            voicemail: rest.take(self.voicemail),
            voicename: rest.take(self.voicename),
            click_to_call: rest.take(self.click_to_call),
            hangup_reason: rest.take(self.hangup_reason),
            ivr_name: rest.take(self.ivr_name),
            custom: rest.take(self.custom),
            extra_params: rest.take(self.extra_params),
            extra: rest.into_fields(),
        }))
    }

    fn live(self, mut rest: Rest<'p>, cmiuuid: LegId, status: Status) -> Event {
        for slot in [
            self.virtual_number,
            self.answeredsec,
            self.waitedsec,
            self.record,
            self.filename,
            self.voicemail,
            self.voicename,
            self.hangup_reason,
            self.ivr_name,
        ] {
            rest.keep(slot);
        }
        Event::Live(Box::new(Live {
            app_id: rest.take(self.app_id),
            cmiuuid,
            conversation_uuid: rest.take(self.conversation_uuid),
            call_id: rest.take(self.call_id),
            request_id: rest.take(self.request_id),
            direction: rest.take(self.direction),
            leg: rest.take(self.leg),
            status,
            user: rest.take(self.user),
            team: rest.take(self.team),
            to: rest.take(self.to),
            from: rest.take(self.from),
            callerid: rest.take(self.callerid),
            time: rest.take(self.time),
            click_to_call: rest.take(self.click_to_call),
            custom: rest.take(self.custom),
            extra_params: rest.take(self.extra_params),
            extra: rest.into_fields(),
        }))
    }

    fn flow(self, mut rest: Rest<'p>, cmiuuid: LegId) -> Event {
        for slot in [
            self.conversation_uuid,
            self.call_id,
            self.request_id,
            self.direction,
            self.leg,
            self.user,
            self.team,
            self.callerid,
            self.virtual_number,
            self.answeredsec,
            self.waitedsec,
            self.record,
            self.filename,
            self.voicemail,
            self.voicename,
            self.click_to_call,
            self.hangup_reason,
            self.ivr_name,
            self.custom,
            self.extra_params,
        ] {
            rest.keep(slot);
        }
        Event::Flow(Box::new(Flow {
            app_id: rest.take(self.app_id),
            cmiuuid,
            to: rest.take(self.to),
            from: rest.take(self.from),
            extra: rest.into_fields(),
        }))
    }
}
