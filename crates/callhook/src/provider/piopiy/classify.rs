//! From fields to an event: which kind, then which fields. The rules are the docs of [`piopiy`](super).

use super::{Answer, Cdr, Dtmf, Event, Live, Reason, Status, Stream, Unrecognized};
use crate::payload::{Field, Payload, Unreadable, ValueKind};
use crate::provider::chub::Type;
use crate::provider::wire::{Rest, Slot};
use crate::value::LegId;

wire! {
    pub(super) struct Wire {
        #[key] kind: "type",
        #[key] app_id: "appid" | "app_id",
        #[key] cmiuuid: "cmiuuid" | "cmiuid" | "cmuuid",
        conversation_uuid,
        request_id,
        #[key] direction,
        #[key] leg,
        #[key] status,
        user,
        #[key] to,
        #[key] from,
        callerid,
        vn,
        time,
        #[key] start_time,
        answer_time,
        #[key] end_time,
        #[key] duration,
        call_rate,
        balance,
        out,
        api_init,
        #[key] ws_status,
        #[key] action,
        #[key] dtmf,
        extra_params,
    }
}

pub(super) fn event(payload: &Payload<'_>) -> Result<Event, Unreadable> {
    let (mut wire, rest) = Wire::of(payload)?;
    let has_id = Rest::default().take::<LegId>(wire.cmiuuid).is_some();
    if has_id && wire.dtmf.is_none() {
        wire.dtmf = wire.no_keys(payload);
    }
    // A notification's type follows from its kind, and is no field of it.
    let untyped = Wire { kind: None, ..wire };

    let kind = wire.kind(&rest);
    let event = match kind {
        Some(Kind::Cdr) => Cdr::read(untyped, rest).map(Event::Cdr),
        Some(Kind::Live) => Live::read(untyped, rest).map(Event::Live),
        Some(Kind::Stream) => Stream::read(untyped, rest).map(Event::Stream),
        Some(Kind::Answer) => Answer::read(wire, rest).map(Event::Answer),
        Some(Kind::Dtmf) => Dtmf::read(wire, rest).map(Event::Dtmf),
        None => None,
    };
    Ok(event.unwrap_or_else(|| {
        let reason = match kind {
            Some(_) if !has_id => Reason::NoId,
            Some(Kind::Cdr | Kind::Live | Kind::Stream) => Reason::NoStatus,
            _ => Reason::of(Type::of(wire.kind), payload, wire.cmiuuid),
        };
        Event::Unrecognized(Unrecognized::new(payload, wire.cmiuuid, reason))
    }))
}

#[derive(Clone, Copy)]
enum Kind {
    Cdr,
    Live,
    Stream,
    Answer,
    Dtmf,
}

impl<'p> Wire<'p> {
    fn kind(&self, rest: &Rest<'p>) -> Option<Kind> {
        match Type::of(self.kind) {
            _ if self.dtmf.is_some() && self.status.is_none() => Some(Kind::Dtmf),
            Type::Cdr => Some(Kind::Cdr),
            Type::Event if self.is_stream() => Some(Kind::Stream),
            Type::Event => Some(Kind::Live),
            Type::Other => None,
            Type::Absent => self.kind_without_type(rest),
        }
    }

    fn kind_without_type(&self, rest: &Rest<'p>) -> Option<Kind> {
        if self.is_stream() {
            Some(Kind::Stream)
        } else if self.has_status("in_") || self.has_status("out_") {
            Some(Kind::Live)
        } else if self.duration.is_some() || (self.start_time.is_some() && self.end_time.is_some())
        {
            Some(Kind::Cdr)
        } else if self.dtmf.is_some() {
            Some(Kind::Dtmf)
        } else if self.action.is_some() || self.is_bare(rest) {
            Some(Kind::Answer)
        } else {
            match self.status.map(|field| field.value().text().into())? {
                Status::Missed => Some(Kind::Cdr),
                Status::Started | Status::Ringing | Status::Answered | Status::Hangup => {
                    Some(Kind::Live)
                }
                _ => None,
            }
        }
    }

    fn is_stream(&self) -> bool {
        self.ws_status.is_some() || self.has_status("stream_")
    }

    /// Whether the status begins so.
    fn has_status(&self, prefix: &str) -> bool {
        let status = self.status.map(|field| field.value().text().trim_ascii());
        let start = status.and_then(|status| status.get(..prefix.len()));
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }

    /// Whether there is nothing beyond what is documented of an answer request, and the application's own data.
    fn is_bare(&self, rest: &Rest<'p>) -> bool {
        let mut beyond = Rest::default();
        let others = Self {
            app_id: None,
            cmiuuid: None,
            to: None,
            from: None,
            time: None,
            extra_params: None,
            ..*self
        };
        others.leave_to(&mut beyond);
        (self.from.is_some() || self.to.is_some()) && beyond.is_empty() && rest.is_empty()
    }

    /// An empty `dtmf` where a callback would have one: no key was pressed. To take it for an absent one would make the
    /// callback an answer request, and the application would begin the call anew.
    fn no_keys(&self, payload: &'p Payload<'p>) -> Slot<'p> {
        let is_empty_text = |field: &&Field<'_>| {
            let value = field.value();
            field.name() == "dtmf" && value.kind() == ValueKind::Text && value.text().is_empty()
        };
        let is_notification = self.kind.is_some() || self.status.is_some();
        payload
            .fields()
            .iter()
            .find(is_empty_text)
            .filter(|_| !is_notification)
    }
}
