//! What TeleCMI's and PIOPIY's messages are when they are of no known kind.

use super::wire::{Rest, Slot, Type, all_fields, is_array};
use crate::payload::Payload;
use crate::replay::MessageKey;
use crate::replay::UncheckedReason;
use crate::value::{ExtraFields, LegId};

/// A message that can be read, but is of no known kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrecognized {
    /// Why.
    pub reason: Reason,
    /// `cmiuuid`, if there is one.
    pub cmiuuid: Option<LegId>,
    /// All fields, as texts. An array is one field without a name.
    pub fields: ExtraFields,
}

/// Why a message was not recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A `type` that is neither `cdr` nor `event`.
    UnknownType,
    /// A known kind of message without `cmiuuid`.
    NoId,
    /// A known kind of message without `status`.
    NoStatus,
    /// No `type`, and nothing else that tells the kind.
    NoType,
    /// A JSON array.
    Array,
}

impl Unrecognized {
    pub(super) fn new(payload: &Payload<'_>, cmiuuid: Slot<'_>, reason: Reason) -> Self {
        Self {
            reason,
            cmiuuid: Rest::default().take(cmiuuid),
            fields: all_fields(payload),
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
            .status(status)
            .user(field("user")))
    }

    pub(super) fn app_id(&self) -> Option<&str> {
        let fields = &self.fields;
        fields.get("appid").or_else(|| fields.get("app_id"))
    }
}

impl Reason {
    /// Why a message of this `type` is no CDR and no event, with or without a `cmiuuid`.
    pub(super) fn of(kind: Type, payload: &Payload<'_>, cmiuuid: Slot<'_>) -> Self {
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
