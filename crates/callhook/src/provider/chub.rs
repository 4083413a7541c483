//! What TeleCMI and PIOPIY, which are one company's, have in common: the `type` of a message, and messages of no known
//! kind.

use serde::ser::SerializeMap;

use super::leg_fields::LegFields;
use super::wire::{Rest, WireField, all_fields, is_array};
use crate::call::{CallSummary, MessageKind};
use crate::payload::{Field, Payload};
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::value::{ExtraFields, LegId, is_nothing};

/// What a `type` says, in any case. A word for "no value" is not a type.
#[derive(Clone, Copy)]
pub(super) enum Type {
    Cdr,
    Event,
    Other,
    Absent,
}

impl Type {
    pub(super) fn of(slot: WireField<'_>) -> Self {
        match slot.map(|field| field.value().text().trim_ascii()) {
            None => Self::Absent,
            Some(text) if text.eq_ignore_ascii_case("cdr") => Self::Cdr,
            Some(text) if text.eq_ignore_ascii_case("event") => Self::Event,
            Some(text) if is_nothing(text) => Self::Absent,
            Some(_) => Self::Other,
        }
    }
}

/// Whether a field of this name is for what PIOPIY's caller pressed or said. Nothing may be in it, where nobody did in
/// time.
pub(super) fn is_of_result(name: &str) -> bool {
    matches!(name, "dtmf" | "digits" | "digit" | "speech")
}

/// What the fields that several kinds of message have tell about a call, with no conclusion drawn from them.
pub(super) fn summary_of_fields(
    provider: &str,
    kind: MessageKind,
    event: &impl LegFields,
) -> CallSummary {
    CallSummary {
        kind,
        status: event.status_text().map(Into::into),
        call_id: event.conversation_id().cloned(),
        leg_id: event.leg_id().cloned(),
        leg: event.leg().cloned(),
        request_id: event.request_id().cloned(),
        account: event.app_id().map(Into::into),
        wire_direction: event.direction().cloned(),
        agent: event.user().cloned(),
        caller: event.from().cloned(),
        called: event.to().cloned(),
        shown: event.callerid().cloned(),
        started_at: event.time().copied(),
        ..CallSummary::new(provider)
    }
}

/// A message that can be read, but is of no known kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrecognized {
    /// Why.
    pub reason: Reason,
    /// `cmiuuid`, if there is one.
    pub cmiuuid: Option<LegId>,
    /// All fields, as texts. An array is one field without a name. A field for pressed keys tells a callback though it
    /// is empty, and is kept as an empty `dtmf`.
    pub fields: ExtraFields,
}

/// Why a message was not recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A `type` that is neither `cdr` nor `event`.
    UnknownType,
    /// A known kind of message without `cmiuuid`, or with a word for "no value" such as `none` in its place.
    NoId,
    /// A known kind of message without `status`.
    NoStatus,
    /// No `type`, and nothing else that tells the kind.
    NoType,
    /// A JSON array.
    Array,
}

impl Unrecognized {
    pub(super) fn new(payload: &Payload<'_>, cmiuuid: WireField<'_>, reason: Reason) -> Self {
        Self {
            reason,
            cmiuuid: Rest::default().take(cmiuuid),
            fields: {
                let fields = all_fields(payload);
                let mut names = payload.fields().iter().map(Field::name);
                let is_told = fields.iter().any(|(name, _)| is_of_result(name));
                if !is_told && names.any(is_of_result) {
                    fields.with("dtmf", "")
                } else {
                    fields
                }
            },
        }
    }

    /// A message of an unknown kind has an identity where it says that it is a notification. One that says neither its
    /// type nor its status may be a request that waits for an answer, such as a DTMF callback: the same digit pressed
    /// twice is two requests.
    pub(super) fn key(&self) -> Result<MessageKey<'_>, UncheckedReason> {
        let field = |name| self.fields.get(name).unwrap_or_default();
        let (kind, status) = (field("type"), field("status"));
        if kind.is_empty() && status.is_empty() {
            return Err(UncheckedReason::AwaitsAnswer);
        }
        let id = self.cmiuuid.as_deref().ok_or(UncheckedReason::NoId)?;
        Ok(MessageKey::new(kind, id)
            .leg(field("leg"))
            .direction(field("direction"))
            .status(status))
    }

    pub(super) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.fields.serialize_into(map)
    }
}

impl LegFields for Unrecognized {
    fn app_id(&self) -> Option<&str> {
        let told = |name| self.fields.get(name).filter(|text| !is_nothing(text));
        told("appid").or_else(|| told("app_id"))
    }

    fn leg_id(&self) -> Option<&LegId> {
        self.cmiuuid.as_ref()
    }
}

impl Reason {
    /// Why a message of this `type` is neither a CDR nor an event, with or without a `cmiuuid`.
    pub(super) fn of(kind: Type, payload: &Payload<'_>, cmiuuid: WireField<'_>) -> Self {
        match kind {
            Type::Cdr | Type::Event if Rest::default().take::<LegId>(cmiuuid).is_none() => {
                Self::NoId
            }
            Type::Cdr | Type::Event => Self::NoStatus,
            Type::Other => Self::UnknownType,
            Type::Absent if is_array(payload) => Self::Array,
            Type::Absent => Self::NoType,
        }
    }
}
