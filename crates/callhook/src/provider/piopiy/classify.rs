//! From fields to an event: which kind, then which fields. The rules are the docs of [`piopiy`](super).

use super::{Answer, Cdr, Dtmf, Event, Live, Reason, Status, Stream, Unrecognized};
use crate::payload::{Field, Payload, Unreadable, Value, ValueKind};
use crate::provider::chub::{Type, is_of_result};
use crate::provider::wire::{Rest, told};
use crate::value::{Direction, LegId};

wire! {
    pub(super) struct PiopiyWire {
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
        #[key] dtmf: "dtmf" | "digits" | "digit",
        #[key] speech,
        extra_params,
    }
}

pub(super) fn event(payload: &Payload<'_>) -> Result<Event, Unreadable> {
    let no_keys;
    let (mut wire, mut rest) = PiopiyWire::of(payload)?;
    let kind = wire.kind(payload, &rest);
    // A notification's type follows from its kind, and is not a field of it.
    let mut untyped = PiopiyWire { kind: None, ..wire };

    let event = match kind {
        Some(EventKind::Cdr) => Cdr::read(&mut untyped, rest).map(Event::Cdr),
        Some(EventKind::Live) => Live::read(&mut untyped, rest).map(Event::Live),
        Some(EventKind::Stream) => Stream::read(&mut untyped, rest).map(Event::Stream),
        Some(EventKind::Answer) => Answer::read(&mut { wire }, rest).map(Event::Answer),
        Some(EventKind::Dtmf) => {
            if told(wire.dtmf).is_none() {
                // Written in the normalised form too, where it tells the callback from an answer request. A word for
                // nothing under the same name can't be beside it.
                rest.keep(wire.dtmf.filter(|field| field.name() != "dtmf"));
                no_keys = Field::new("dtmf", Value::new(ValueKind::Text, ""));
                wire.dtmf = Some(&no_keys);
            }
            Dtmf::read(&mut { wire }, rest).map(Event::Dtmf)
        }
        None => None,
    };
    Ok(event.unwrap_or_else(|| {
        let reason = match kind {
            Some(_) if !wire.has_id() => Reason::NoId,
            Some(EventKind::Cdr | EventKind::Live | EventKind::Stream) => Reason::NoStatus,
            _ => Reason::of(Type::of(wire.kind), payload, wire.cmiuuid),
        };
        Event::Unrecognized(Unrecognized::new(payload, wire.cmiuuid, reason))
    }))
}

#[derive(Clone, Copy)]
enum EventKind {
    Cdr,
    Live,
    Stream,
    Answer,
    Dtmf,
}

impl<'p> PiopiyWire<'p> {
    fn kind(&self, payload: &Payload<'_>, rest: &Rest<'p>) -> Option<EventKind> {
        let has_status = told(self.status).is_some();
        match Type::of(self.kind) {
            _ if !has_status && self.has_result() => Some(EventKind::Dtmf),
            Type::Cdr => Some(EventKind::Cdr),
            Type::Event if self.is_stream() => Some(EventKind::Stream),
            Type::Event => Some(EventKind::Live),
            Type::Other if !has_status && self.is_callback(payload) => Some(EventKind::Dtmf),
            Type::Other => None,
            Type::Absent => self.kind_without_type(payload, rest),
        }
    }

    fn kind_without_type(&self, payload: &Payload<'_>, rest: &Rest<'p>) -> Option<EventKind> {
        if self.is_stream() {
            Some(EventKind::Stream)
        } else if self.has_status("in_") || self.has_status("out_") {
            Some(EventKind::Live)
        } else if self.has_figures() {
            Some(EventKind::Cdr)
        } else if let Some(status) = told(self.status) {
            match status.value().text().into() {
                Status::Missed => Some(EventKind::Cdr),
                Status::Started | Status::Ringing | Status::Answered | Status::Hangup => {
                    Some(EventKind::Live)
                }
                _ => None,
            }
        } else if self.is_callback(payload) {
            Some(EventKind::Dtmf)
        } else if self.asks_for_answer(rest) {
            Some(EventKind::Answer)
        } else {
            None
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

    /// Whether there is what only a CDR has.
    fn has_figures(&self) -> bool {
        let is_told = |slot| told(slot).is_some();
        is_told(self.duration) || (is_told(self.start_time) && is_told(self.end_time))
    }

    /// Whether keys were pressed, or something was said.
    fn has_result(&self) -> bool {
        told(self.dtmf).is_some() || told(self.speech).is_some()
    }

    /// Whether it is a callback though nobody may have pressed a key in time: there is a field for keys or speech,
    /// which may be empty, or the id is spelled as in a callback alone.
    fn is_callback(&self, payload: &Payload<'_>) -> bool {
        let has_number = self.from.is_some() || self.to.is_some();
        payload.fields().iter().any(|field| match field.name() {
            "cmuuid" => has_number && told(Some(field)).is_some(),
            name => is_of_result(name),
        })
    }

    /// Whether there is an answer request's `action`, or nothing beyond what is documented of one, and the
    /// application's own data.
    fn asks_for_answer(&self, rest: &Rest<'p>) -> bool {
        if let Some(action) = told(self.action) {
            let direction = action.value().text().into();
            return matches!(direction, Direction::Inbound | Direction::Outbound);
        }
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
        (self.from.is_some() || self.to.is_some()) && beyond.says_nothing() && rest.says_nothing()
    }

    fn has_id(&self) -> bool {
        Rest::default().take::<LegId>(self.cmiuuid).is_some()
    }
}
