//! From fields to an event: its name first, then its fields.

use super::{Event, EventName, Reason, Report, Unrecognized, Voipappz};
use crate::payload::{Field, Payload, Unreadable, Value, ValueKind};
use crate::provider::Message;
use crate::provider::wire::{Rest, WireField, all_fields};
use crate::request::Location;
use crate::value::LegId;

wire! {
    pub(super) struct VoipappzWire {
        #[key] kind: "event",
        #[key] uuid,
        #[key] direction,
        call_type: "type",
        created_at,
        start_at,
        answer_at,
        duration,
        ring_duration,
        billing_duration,
        duration_time,
        billing_duration_time,
        destination,
        contact_number,
        caller_id_number,
        did_number,
        did_name,
        environment_name,
        user_fullname,
        #[key] user_name,
        #[key] extension_username,
        cause,
        sip_status,
        recording_url,
        queue_name,
        queue_disposition,
        ivr_name,
        call_state,
    }
}

pub(super) fn event(provider: &Voipappz, message: &Message<'_>) -> Result<Event, Unreadable> {
    let payload = message.payload();
    let is_unfilled = |field: &Field<'_>| field.value().is_unfilled();
    if !payload.fields().iter().any(is_unfilled) {
        return event_of(provider, message.event_name(), payload, &[]);
    }
    let fields = payload.fields().iter().cloned();
    let (unfilled, filled) = fields.partition(is_unfilled);
    let payload = Payload::of_fields(filled);
    event_of(provider, message.event_name(), &payload, &unfilled)
}

/// The event of a payload, without the placeholders that its template was left with: those are nobody's name, number or
/// id, and only kept.
fn event_of<'p>(
    provider: &Voipappz,
    event_name: Option<&str>,
    payload: &'p Payload<'p>,
    unfilled: &'p [Field<'p>],
) -> Result<Event, Unreadable> {
    let (name, displaced, unfilled_name);
    let (mut wire, mut rest) = VoipappzWire::of(payload)?;

    let own_name = provider.body_field.as_deref();
    let own = own_name.map_or(Ok(None), |name| rest.remove(name))?;
    let parameter = match &provider.location {
        Some(Location::Query(name)) => rest.remove(name)?,
        _ => None,
    };
    // A field of the template may name the event too, and stays what it is.
    let templates = own_name.and_then(|name| payload.field(name));
    let in_body = kind_of(own.or(templates)).or_else(|| kind_of(wire.kind));
    name = provider.kind(event_name, in_body).map(named);
    let kind = kind_of(name.as_ref());

    // What says the same as the event's name is that name. What says otherwise is kept, and not under the name that the
    // normalised form has for the event.
    let is_other = |slot| kind_of(slot).is_none() || kind_of(slot) != kind;
    for slot in [own, parameter] {
        if is_other(slot) {
            rest.keep(slot);
        }
    }
    if is_other(wire.kind) {
        displaced = wire.kind.map(displaced_event);
        rest.keep(displaced.as_ref());
    }
    wire.kind = name.as_ref();
    let is_event = |field: &&Field<'_>| field.name() == "event";
    unfilled_name = unfilled.iter().find(is_event).map(displaced_event);
    let others = unfilled.iter().filter(|field| !is_event(field));
    for field in others.chain(&unfilled_name) {
        rest.keep(Some(field));
    }
    if let Some(report) = Report::read(&mut { wire }, rest.clone()) {
        return Ok(Event::Report(report));
    }

    wire.kind = None;
    let mut template = Rest::default();
    wire.leave_to(&mut template);
    wire.leave_to(&mut rest);
    let uuid: Option<LegId> = Rest::default().take(wire.uuid);
    Ok(Event::Unrecognized(Unrecognized {
        reason: match uuid {
            None if unfilled.iter().any(|field| field.name() == "uuid") => {
                provider.warn_of_unfilled_id();
                Reason::UnfilledId
            }
            _ if template.is_empty() && unfilled.is_empty() => Reason::NoField,
            None => Reason::NoId,
            Some(_) => Reason::NoEvent,
        },
        kind,
        uuid,
        fields: match payload.array() {
            Some(_) => all_fields(payload),
            None => rest.into_fields(),
        },
    }))
}

/// The body's `event`, where it isn't the event's name, as it is called among the extra fields.
fn displaced_event<'p>(field: &Field<'p>) -> Field<'p> {
    Field::new("body_event", field.value().clone())
}

fn named(kind: EventName) -> Field<'static> {
    Field::new("event", Value::new(ValueKind::Text, kind.to_string()))
}

fn kind_of(slot: WireField<'_>) -> Option<EventName> {
    Rest::default().take(slot)
}
