//! Declares a kind of message once: its fields' docs and types, how they are read, and how they are written.

use crate::payload::Field;
use crate::provider::wire::Reading;
use crate::value::{LegId, Text};

/// Declares the struct of one kind of message, read from the fields that [`wire!`] sorted out and written in its
/// normalised form.
///
/// A field has the name of its slot on the wire, and is written under it unless ` = "another"` says otherwise. An
/// `Option` is `None` where the field is absent or can't be read; any other type is required. `as` names one of the
/// modules below, for a field that isn't read and written as its type is everywhere else. What the struct doesn't name
/// goes to `extra`, which the macro adds.
macro_rules! event_struct {
    (
        $(#[$doc:meta])*
        pub struct $name:ident from $wire:ident {
            $(
                $(#[$field_doc:meta])*
                pub $field:ident: $type:ty $(as $codec:ident)? $(= $written:literal)?,
            )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_doc])*
                pub $field: $type,
            )+
            /// Everything else that was sent.
            pub extra: $crate::value::ExtraFields,
        }

        impl $name {
            /// `None` where a required field is missing, or can't be read.
            fn read<'p>(
                mut wire: $wire<'p>,
                mut rest: $crate::provider::wire::Rest<'p>,
            ) -> Option<Self> {
                Some(Self {
                    $($field: {
                        let name = event_struct!(@name $field $($written)?);
                        let slot = rest.prefer(name, wire.$field.take());
                        rest.member(slot, event_struct!(@codec read $($codec)?))?
                    },)+
                    extra: {
                        wire.leave_to(&mut rest);
                        rest.into_fields()
                    },
                })
            }

            fn serialize_into<M: serde::ser::SerializeMap>(
                &self,
                map: &mut M,
            ) -> Result<(), M::Error> {
                use $crate::provider::event_struct::Member as _;
                $(if let Some(value) = self.$field.value() {
                    let written = event_struct!(@codec written $($codec)?)(value);
                    map.serialize_entry(event_struct!(@name $field $($written)?), &written)?;
                })+
                self.extra.serialize_into(map)
            }
        }
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
}

/// The type of a struct's field, of which a message may have a value or not.
pub(super) trait Member: Sized {
    type Value;

    /// `None` where there has to be a value.
    fn of(value: Option<Self::Value>) -> Option<Self>;

    fn value(&self) -> Option<&Self::Value>;
}

impl<T> Member for Option<T> {
    type Value = T;

    fn of(value: Option<T>) -> Option<Self> {
        Some(value)
    }

    fn value(&self) -> Option<&T> {
        self.as_ref()
    }
}

macro_rules! required {
    ($($type:ty,)+) => {
        $(impl Member for $type {
            type Value = Self;

            fn of(value: Option<Self>) -> Option<Self> {
                value
            }

            fn value(&self) -> Option<&Self> {
                Some(self)
            }
        })+
    };
}

required! {
    LegId,
    Text,
    super::telecmi::Status,
    super::piopiy::Status,
    super::voipappz::Kind,
}

/// As the type is read and written everywhere.
pub(super) mod plain {
    use super::{Field, Reading};
    use crate::provider::wire::Read;

    pub(in crate::provider) fn read<T: Read>(field: &Field<'_>) -> Reading<T> {
        T::read(field)
    }

    pub(in crate::provider) fn written<T>(value: &T) -> &T {
        value
    }
}

/// A moment in whole seconds.
pub(super) mod epoch_seconds {
    use super::{Field, Reading};
    use crate::provider::wire::scalar;
    use crate::value::Timestamp;

    pub(in crate::provider) fn read(field: &Field<'_>) -> Reading<Timestamp> {
        scalar(field).and_then(Timestamp::read_secs).into()
    }

    pub(in crate::provider) fn written(value: &Timestamp) -> u64 {
        value.as_secs()
    }
}

/// Text or JSON of the platform's, in which no text stands for nothing as `none` does in an application's own.
pub(super) mod verbatim {
    use super::{Field, Reading};
    use crate::value::ExtraParams;

    pub(in crate::provider) fn read(field: &Field<'_>) -> Reading<ExtraParams> {
        Reading::Value(field.value().text().into())
    }

    pub(in crate::provider) fn written(value: &ExtraParams) -> &ExtraParams {
        value
    }
}
