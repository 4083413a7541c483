//! Declares a kind of message once: its fields' docs and types, how they are read, and how they are written.

/// Declares the struct of one kind of message, read from the fields that [`wire!`] sorted out and written in its
/// normalised form.
///
/// A field has the name of its slot on the wire, and is written under it unless ` = "another"` says otherwise. An
/// `Option` is `None` where the field is absent, can't be read or is a word for "no value"; any other type is required.
/// `as` names one of the modules below, for a field that isn't read and written as its type is everywhere else. What
/// the struct doesn't name goes to `extra`, which the macro adds. `: LegFields` implements
/// [`LegFields`](super::leg_fields::LegFields).
macro_rules! event_struct {
    (
        $(#[$doc:meta])*
        pub struct $name:ident $(: $leg_fields:ident)? from $wire:ident {
            $(
                $(#[$field_doc:meta])*
                pub $field:ident: $type:ident $(<$value:ty>)? $(as $codec:ident)? $(= $written:literal)?,
            )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                pub $field: $type $(<$value>)?,
            )+
            /// Everything else that was sent.
            pub extra: $crate::value::ExtraFields,
        }

        impl $name {
            /// `None` where a required field is missing, or can't be read.
            fn read<'p>(
                wire: &mut $wire<'p>,
                mut rest: $crate::provider::wire::Rest<'p>,
            ) -> Option<Box<Self>> {
                // Most messages have nothing but known fields, each once.
                if !rest.is_empty() {
                    $(
                        let name = event_struct!(@name $field $($written)?);
                        wire.$field = rest.prefer(name, wire.$field);
                    )+
                }
                Some(Box::new(Self {
                    $($field: {
                        let slot = wire.$field.take();
                        let value = rest.take_as(slot, event_struct!(@codec read $($codec)?));
                        event_struct!(@member value $(, $value)?)
                    },)+
                    extra: {
                        wire.leave_to(&mut rest);
                        rest.into_fields()
                    },
                }))
            }

            fn serialize_into<M: serde::ser::SerializeMap>(
                &self,
                map: &mut M,
            ) -> Result<(), M::Error> {
                $(if let Some(value) = event_struct!(@value self.$field $(, $value)?) {
                    let written = event_struct!(@codec written $($codec)?)(value);
                    map.serialize_entry(event_struct!(@name $field $($written)?), &written)?;
                })+
                self.extra.serialize_into(map)
            }
        }

        event_struct! { @leg_fields [$($leg_fields)?] $name $($field)+ }
    };
    (@name $field:ident $written:literal) => {
        $written
    };
    (@name $field:ident) => {
        stringify!($field)
    };
    (@codec $side:ident) => {
        $crate::provider::event_struct::plain::$side
    };
    (@codec $side:ident $codec:ident) => {
        $crate::provider::event_struct::$codec::$side
    };
    (@member $read:ident) => {
        $read?
    };
    (@member $read:ident, $optional:ty) => {
        $read
    };
    (@value $member:expr) => {
        Some(&$member)
    };
    (@value $member:expr, $optional:ty) => {
        $member.as_ref()
    };
    (@leg_fields [] $name:ident $($field:ident)+) => {};
    (@leg_fields [LegFields] $name:ident $($field:ident)+) => {
        impl $crate::provider::leg_fields::LegFields for $name {
            $(leg_field! { $field })+
        }
    };
}

/// As the type is read and written everywhere.
pub(super) mod plain {
    use crate::payload::Field;
    use crate::value::field::{FromField, Reading};

    pub(in crate::provider) fn read<T: FromField>(field: &Field<'_>) -> Reading<T> {
        T::from_field(field)
    }

    pub(in crate::provider) fn written<T>(value: &T) -> &T {
        value
    }
}

/// A moment that is documented in milliseconds, and written so.
pub(super) mod epoch_millis {
    pub(in crate::provider) use super::plain::read;
    use crate::value::Timestamp;

    pub(in crate::provider) fn written(value: &Timestamp) -> u64 {
        value.written_millis()
    }
}

/// A moment that is documented in seconds, and written so.
pub(super) mod epoch_seconds {
    pub(in crate::provider) use super::plain::read;
    use crate::value::Timestamp;

    pub(in crate::provider) fn written(value: &Timestamp) -> u64 {
        value.written_secs()
    }
}

/// A required text, in which no word means "no value": a message whose status is `unknown` is still of its kind.
pub(super) mod sent {
    pub(in crate::provider) use super::plain::written;
    use crate::payload::Field;
    use crate::value::field::{Reading, scalar};

    pub(in crate::provider) fn read<T: for<'t> From<&'t str>>(field: &Field<'_>) -> Reading<T> {
        scalar(field).map(T::from).into()
    }
}

/// Text or JSON of the platform's, in which no text means "no value" as `none` does in an application's own.
pub(super) mod verbatim {
    use crate::payload::Field;
    use crate::value::ExtraParams;
    use crate::value::field::Reading;

    pub(in crate::provider) fn read(field: &Field<'_>) -> Reading<ExtraParams> {
        Reading::Value(field.value().text().into())
    }

    pub(in crate::provider) fn written(value: &ExtraParams) -> &ExtraParams {
        value
    }
}
