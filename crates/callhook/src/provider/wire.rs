//! From a payload's fields to the ones a provider knows, in one pass.

use crate::payload::{Field, Payload, Unreadable, UnreadableKind, ValueKind};
use crate::value::{
    AppId, CallId, ConversationId, Direction, ExtraFields, ExtraParams, HangupReason, Leg, LegId,
    PhoneNumber, RequestId, Seconds, Text, Timestamp, canonical, read_bool,
};

/// A known field, once it came.
pub(super) type Slot<'p> = Option<&'p Field<'p>>;

/// Declares the fields a provider knows, each with its other spellings, and how they are sorted out of a payload.
macro_rules! wire {
    (struct $name:ident { $($slot:ident: $primary:literal $(| $alias:literal)*,)+ }) => {
        #[derive(Default)]
        struct $name<'p> {
            $($slot: $crate::provider::wire::Slot<'p>,)+
        }

        impl<'p> $name<'p> {
            /// The known fields, and the rest. Absent fields are neither.
            fn of(
                payload: &'p $crate::payload::Payload<'p>,
            ) -> Result<(Self, $crate::provider::wire::Rest<'p>), $crate::payload::Unreadable> {
                let mut wire = Self::default();
                let mut rest = $crate::provider::wire::Rest::default();
                for field in payload.fields() {
                    if field.value().is_absent() {
                        continue;
                    }
                    match field.name() {
                        $($primary $(| $alias)* => rest.fill(&mut wire.$slot, $primary, field)?,)+
                        _ => rest.keep(Some(field)),
                    }
                }
                Ok((wire, rest))
            }
        }
    };
}

/// The fields that are not known, or can't be read as what they are known to be.
#[derive(Default)]
pub(super) struct Rest<'p>(Vec<&'p Field<'p>>);

impl<'p> Rest<'p> {
    /// Keeps a field's text among the extra fields.
    pub(super) fn keep(&mut self, slot: Slot<'p>) {
        self.0.extend(slot);
    }

    /// Puts a field where it belongs. Of two spellings of one field with different values, the documented one counts and
    /// the other is kept here; one spelling with two values is an error, for another reader might take the other.
    pub(super) fn fill(
        &mut self,
        slot: &mut Slot<'p>,
        primary: &str,
        field: &'p Field<'p>,
    ) -> Result<(), Unreadable> {
        match *slot {
            None => *slot = Some(field),
            Some(before) if before.value().text() == field.value().text() => {}
            Some(before) if before.name() == field.name() => {
                return Err(Unreadable::new(
                    UnreadableKind::DuplicateField,
                    "a known field stands twice with different values",
                ));
            }
            Some(before) if field.name() == primary => {
                *slot = Some(field);
                self.keep(Some(before));
            }
            Some(_) => self.keep(Some(field)),
        }
        Ok(())
    }

    /// Reads a field, or keeps it here where it can't be read.
    pub(super) fn take<T: Read>(&mut self, slot: Slot<'p>) -> Option<T> {
        let field = slot?;
        match T::read(field) {
            Reading::Value(value) => Some(value),
            Reading::Nothing => None,
            Reading::Unreadable => {
                self.keep(slot);
                None
            }
        }
    }

    pub(super) fn into_fields(self) -> ExtraFields {
        extra_fields(self.0)
    }
}

/// All present fields of a payload, as texts. A JSON array is one field without a name.
pub(super) fn all_fields(payload: &Payload<'_>) -> ExtraFields {
    if let Some(array) = payload.array() {
        return ExtraFields::new(vec![(Text::from(""), Text::from(&*canonical(array)))]);
    }
    let present = payload
        .fields()
        .iter()
        .filter(|field| !field.value().is_absent());
    extra_fields(present)
}

/// Whether the payload is a JSON array, or the normalised form of one.
pub(super) fn is_array(payload: &Payload<'_>) -> bool {
    payload.array().is_some()
        || matches!(payload.fields(), [only] if only.name().is_empty() && only.value().text().starts_with('['))
}

fn extra_fields<'p>(fields: impl IntoIterator<Item = &'p Field<'p>>) -> ExtraFields {
    let texts = |field: &Field<'_>| (Text::from(field.name()), Text::from(field.value().text()));
    ExtraFields::new(fields.into_iter().map(texts).collect())
}

/// What became of reading a field.
pub(super) enum Reading<T> {
    Value(T),
    /// It stands for nothing, as `"none"` does in `custom`.
    Nothing,
    Unreadable,
}

impl<T> From<Option<T>> for Reading<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unreadable, Self::Value)
    }
}

/// A type that a field can be read as.
pub(super) trait Read: Sized {
    fn read(field: &Field<'_>) -> Reading<Self>;
}

/// A value that isn't nested, as text.
fn scalar<'f>(field: &'f Field<'_>) -> Option<&'f str> {
    (field.value().kind() != ValueKind::Nested).then(|| field.value().text())
}

macro_rules! read_scalar {
    ($($type:ty: $read:expr;)+) => {
        $(impl Read for $type {
            fn read(field: &Field<'_>) -> Reading<Self> {
                scalar(field).and_then($read).into()
            }
        })+
    };
}

read_scalar! {
    Text: |text| Some(text.into());
    LegId: |text| Some(text.into());
    ConversationId: |text| Some(text.into());
    CallId: |text| Some(text.into());
    RequestId: |text| Some(text.into());
    AppId: |text| Some(text.trim_ascii().into());
    Direction: |text| Some(text.into());
    Leg: |text| Some(text.into());
    HangupReason: |text| Some(text.into());
    super::telecmi::Status: |text| Some(text.into());
    Timestamp: Timestamp::read_millis;
    Seconds: Seconds::read;
    bool: read_bool;
}

impl Read for PhoneNumber {
    fn read(field: &Field<'_>) -> Reading<Self> {
        match field.value().kind() {
            ValueKind::Text | ValueKind::Number => {
                Reading::Value(Self::from(&*field.value().phone_text()))
            }
            _ => Reading::Unreadable,
        }
    }
}

impl Read for ExtraParams {
    fn read(field: &Field<'_>) -> Reading<Self> {
        Self::read(field.value().text()).map_or(Reading::Nothing, Reading::Value)
    }
}
