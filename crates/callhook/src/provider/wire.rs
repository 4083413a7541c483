//! From a payload's fields to the ones a provider knows, in one pass.

use crate::payload::{Field, Payload, Unreadable};
use crate::value::field::{FromField, Reading};
use crate::value::{ExtraFields, Text, canonical, is_nothing};

/// A known field, once it came.
pub(super) type WireField<'p> = Option<&'p Field<'p>>;

/// A field that says something: not a word for "no value".
pub(super) fn told<'p>(slot: WireField<'p>) -> WireField<'p> {
    slot.filter(|field| !is_nothing(field.value().text()))
}

/// Declares the fields a provider knows, and how they are sorted out of a payload: a slot for each, by the name of the
/// field.
///
/// A slot whose field has another name, or several spellings, has them behind it: `app_id: "appid" | "app_id"`.
/// `#[key]` marks a field that tells which message it is, or of which kind: `KEY_FIELDS` are those, in all their
/// spellings. A key field without a slot, which the provider looks up in the payload, is named behind the slots:
/// `#[key] "digits"`.
macro_rules! wire {
    (
        $visibility:vis struct $name:ident {
            $($(#[$key:ident])? $slot:ident $(: $($spelling:literal)|+)?,)+
        }
        $($(#[key] $beyond:literal),+;)?
    ) => {
        #[derive(Clone, Copy, Default)]
        $visibility struct $name<'p> {
            $($visibility $slot: $crate::provider::wire::WireField<'p>,)+
        }

        impl<'p> $name<'p> {
            $visibility const KEY_FIELDS: &'static [&'static str] = wire!(
                @key_fields [$($($beyond,)+)?]
                $($(#[$key])? $slot $(: $($spelling)|+)?,)+
            );

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
                        // Nearly every field comes once.
                        $(wire!(@pattern $slot $($($spelling)|+)?) => match wire.$slot {
                            None => wire.$slot = Some(field),
                            Some(_) => {
                                let spellings = wire!(@spellings $slot $($($spelling)|+)?);
                                rest.fill(&mut wire.$slot, spellings, field)?;
                            }
                        },)+
                        _ => rest.keep(Some(field)),
                    }
                }
                Ok((wire, rest))
            }

            /// Keeps all that haven't been taken among the extra fields. `event_struct!` calls it.
            $visibility fn leave_to(&self, rest: &mut $crate::provider::wire::Rest<'p>) {
                $(rest.keep(self.$slot);)+
            }
        }
    };
    (@pattern $slot:ident) => {
        stringify!($slot)
    };
    (@pattern $slot:ident $($spelling:literal)|+) => {
        $($spelling)|+
    };
    (@spellings $slot:ident) => {
        &[stringify!($slot)]
    };
    (@spellings $slot:ident $($spelling:literal)|+) => {
        &[$($spelling),+]
    };
    (@key_fields [$($found:expr,)*]) => {
        &[$($found),*]
    };
    (@key_fields [$($found:expr,)*] #[key] $slot:ident, $($rest:tt)*) => {
        wire!(@key_fields [$($found,)* stringify!($slot),] $($rest)*)
    };
    (@key_fields [$($found:expr,)*] #[key] $slot:ident: $($spelling:literal)|+, $($rest:tt)*) => {
        wire!(@key_fields [$($found,)* $($spelling,)+] $($rest)*)
    };
    (@key_fields [$($found:expr,)*] $slot:ident $(: $($spelling:literal)|+)?, $($rest:tt)*) => {
        wire!(@key_fields [$($found,)*] $($rest)*)
    };
}

/// The fields that are not known, or can't be read as what they are known to be.
#[derive(Clone, Default)]
pub(super) struct Rest<'p> {
    kept: Vec<&'p Field<'p>>,
    /// Other spellings of a field that say the same: no news, and yet each may have only one value.
    repeated: Vec<&'p Field<'p>>,
}

impl<'p> Rest<'p> {
    /// Keeps a field's text among the extra fields.
    pub(super) fn keep(&mut self, slot: WireField<'p>) {
        if let Some(field) = slot {
            self.push(field);
        }
    }

    /// Apart, because it is called in as many places as a message has fields, and for few messages.
    #[cold]
    fn push(&mut self, field: &'p Field<'p>) {
        self.kept.push(field);
    }

    /// Takes a field back, whose name counts for this message: twice with two values is an error, as in
    /// [`fill`](Self::fill).
    pub(super) fn remove(&mut self, name: &str) -> Result<WireField<'p>, Unreadable> {
        let mut slot = None;
        let is_named = |field: &mut &'p Field<'p>| field.name() == name;
        let named: Vec<_> = self.kept.extract_if(.., is_named).collect();
        for field in named {
            self.fill(&mut slot, &[name], field)?;
        }
        Ok(slot)
    }

    /// Puts a field where it belongs. Of two spellings of one field with different values, one that says something
    /// counts before a word for "no value", and then the first of `spellings`, in whichever order they came, and the
    /// other is kept here; one spelling with two values is an error, for another reader might take the other.
    pub(super) fn fill(
        &mut self,
        slot: &mut WireField<'p>,
        spellings: &[&str],
        field: &'p Field<'p>,
    ) -> Result<(), Unreadable> {
        let rank = |field: &'p Field<'p>| {
            let spelling = spellings.iter().position(|name| *name == field.name());
            (told(Some(field)).is_none(), spelling)
        };
        match *slot {
            None => *slot = Some(field),
            Some(before) if before.name() == field.name() && is_copy(before, field) => {}
            Some(before) if before.name() == field.name() || self.has_another(field) => {
                // Its name is one of the documented spellings, and so tells nothing of the message.
                return Err(Unreadable::duplicate_field(field.name()));
            }
            Some(_) if self.has_copy(field) => {}
            Some(before) if is_copy(before, field) => {
                let is_first = rank(field) < rank(before);
                *slot = Some(if is_first { field } else { before });
                self.repeated.push(if is_first { before } else { field });
            }
            Some(before) if rank(field) < rank(before) => {
                *slot = Some(field);
                self.keep(Some(before));
                // What was kept beside the one before may say the same as this one.
                let is_repeated = |kept: &mut &'p Field<'p>| {
                    spellings.contains(&kept.name()) && is_copy(kept, field)
                };
                self.repeated.extend(self.kept.extract_if(.., is_repeated));
            }
            Some(_) => self.keep(Some(field)),
        }
        Ok(())
    }

    /// The fields of this name that came and have no slot.
    fn named(&self, name: &'p str) -> impl Iterator<Item = &'p Field<'p>> + '_ {
        let all = self.kept.iter().chain(&self.repeated).copied();
        all.filter(move |field| field.name() == name)
    }

    fn has_copy(&self, field: &'p Field<'p>) -> bool {
        self.named(field.name()).any(|other| is_copy(other, field))
    }

    fn has_another(&self, field: &'p Field<'p>) -> bool {
        self.named(field.name()).any(|other| !is_copy(other, field))
    }

    /// Reads a field, or keeps it here where it can't be read.
    pub(super) fn take<T: FromField>(&mut self, slot: WireField<'p>) -> Option<T> {
        self.take_as(slot, T::from_field)
    }

    /// As [`take`](Self::take), by another function than the type's own.
    pub(super) fn take_as<T>(
        &mut self,
        slot: WireField<'p>,
        read: impl Fn(&Field<'_>) -> Reading<T>,
    ) -> Option<T> {
        match read(slot?) {
            Reading::Value(value) => Some(value),
            Reading::Nothing => None,
            Reading::Unreadable => {
                self.keep(slot);
                None
            }
        }
    }

    /// Of a field's two spellings with different values, the one that this kind of message is written with: the other
    /// one is kept here in its place. A word for "no value" in that spelling is dropped where another says something,
    /// which is written in its place.
    #[cold]
    pub(super) fn prefer(&mut self, name: &str, slot: WireField<'p>) -> WireField<'p> {
        let before = slot?;
        if before.name() == name {
            return slot;
        }
        let Some(at) = self.kept.iter().position(|kept| kept.name() == name) else {
            return slot;
        };
        if told(self.kept.get(at).copied()).is_none() && told(slot).is_some() {
            self.kept.remove(at);
            return slot;
        }
        let kept = self.kept.get_mut(at)?;
        Some(std::mem::replace(kept, before))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether all that is kept here are words for "no value".
    pub(super) fn says_nothing(&self) -> bool {
        self.kept.iter().all(|field| told(Some(field)).is_none())
    }

    pub(super) fn into_fields(self) -> ExtraFields {
        extra_fields(self.kept)
    }
}

/// Whether two fields have one value, to the byte.
fn is_copy(one: &Field<'_>, two: &Field<'_>) -> bool {
    one.value().text() == two.value().text()
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
    let mut present = payload
        .fields()
        .iter()
        .filter(|field| !field.value().is_absent())
        .peekable();
    let is_written = present.peek().is_some()
        && present.all(|field| field.name().is_empty() && field.value().text().starts_with('['));
    payload.array().is_some() || is_written
}

fn extra_fields<'p>(fields: impl IntoIterator<Item = &'p Field<'p>>) -> ExtraFields {
    let texts = |field: &Field<'_>| (Text::from(field.name()), Text::from(field.value().text()));
    ExtraFields::new(fields.into_iter().map(texts).collect())
}

/// A value as text, empty where there is none.
pub(super) fn text_of<T: AsRef<str>>(value: Option<&T>) -> &str {
    value.map_or("", AsRef::as_ref)
}
