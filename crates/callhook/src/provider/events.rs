//! Declares a platform's kinds of message once: the enum, what all of its variants have, and how they are written.

/// Declares the enum of a platform's messages, with a row for each kind:
///
/// | in a row | is |
/// |---|---|
/// | `Cdr(Box<Cdr>)` | the variant and its struct, which implements [`LegFields`](super::leg_fields::LegFields) |
/// | `= "cdr"` | what `kind()` says |
/// | `, "type": "cdr"` | what the normalised form begins with, where the struct has no field that tells its kind |
/// | `, status(status)` | the struct's field that `status()` gives, where it has one |
/// | `, key("cdr")` | the struct's method that says which message it is, with its arguments |
/// | `, live key("event")` | the same, of a message that reports a state, which may come back |
/// | `, awaits answer` | in the place of `key`: the sender waits for an answer, so the message is handled each time |
///
/// The docs of the accessors follow the rows, and the provider that reads the normalised form back. A struct has
/// `serialize_into` from [`event_struct!`]; `summary` is written beside its rules.
macro_rules! events {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_doc:meta])*
                $variant:ident($body:ty) = $kind:literal
                $(, $tag:literal: $type:literal)?
                $(, status($status:ident))?
                $(, key($($of:literal)?))?
                $(, live key($live_of:literal))?
                $(, awaits $answer:ident)?;
            )+
        }
        $(#[$leg_doc:meta])*
        fn leg_id;
        $(#[$conversation_doc:meta])*
        fn conversation_id;
        $(#[$status_doc:meta])*
        fn status -> $status_type:ty;
        read back by $provider:expr;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant($body),)+
        }

        const _: () = {
            use serde::ser::SerializeMap as _;
            use $crate::provider::leg_fields::LegFields as _;

            impl $name {
                #[doc = concat!("Which kind of message this is:", $(" `", $kind, "`",)+ ".")]
                #[must_use]
                pub fn kind(&self) -> &'static str {
                    match self {
                        $(Self::$variant(_) => $kind,)+
                    }
                }

                $(#[$leg_doc])*
                #[must_use]
                pub fn leg_id(&self) -> Option<&$crate::value::LegId> {
                    match self {
                        $(Self::$variant(event) => event.leg_id(),)+
                    }
                }

                $(#[$conversation_doc])*
                #[must_use]
                pub fn conversation_id(&self) -> Option<&$crate::value::ConversationId> {
                    match self {
                        $(Self::$variant(event) => event.conversation_id(),)+
                    }
                }

                $(#[$status_doc])*
                #[must_use]
                pub fn status(&self) -> Option<&$status_type> {
                    match self {
                        $(Self::$variant(_event) => events!(@status _event $($status)?),)+
                    }
                }

                /// Whether the sender waits for an answer, or may: such a message is handled each time it comes.
                #[must_use]
                pub fn awaits_answer(&self) -> bool {
                    matches!(self.key(), Err($crate::UncheckedReason::AwaitsAnswer))
                }

                fn key(&self) -> Result<$crate::replay::MessageKey<'_>, $crate::UncheckedReason> {
                    match self {
                        $(Self::$variant(_event) => events!(@key _event $(key($($of)?))? $(live $live_of)? $(awaits $answer)?),)+
                    }
                }

                fn app_id(&self) -> Option<&str> {
                    match self {
                        $(Self::$variant(event) => event.app_id(),)+
                    }
                }
            }

            impl $crate::call::CallEvent for $name {
                fn kind(&self) -> &str {
                    $name::kind(self)
                }

                fn status(&self) -> Option<&str> {
                    $name::status(self).map(AsRef::as_ref)
                }

                fn leg_id(&self) -> Option<&$crate::value::LegId> {
                    $name::leg_id(self)
                }

                fn conversation_id(&self) -> Option<&$crate::value::ConversationId> {
                    $name::conversation_id(self)
                }

                fn summary(&self) -> $crate::call::CallSummary {
                    $name::summary(self)
                }

                fn awaits_answer(&self) -> bool {
                    $name::awaits_answer(self)
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let mut map = serializer.serialize_map(None)?;
                    match self {
                        $(Self::$variant(event) => {
                            $(map.serialize_entry($tag, $type)?;)?
                            event.serialize_into(&mut map)?;
                        })+
                    }
                    map.end()
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    $crate::provider::read_back(&$provider, deserializer)
                }
            }
        };
    };
    (@status $event:ident) => {
        None
    };
    (@status $event:ident $field:ident) => {
        Option::from(&$event.$field)
    };
    (@key $event:ident awaits answer) => {
        Err($crate::UncheckedReason::AwaitsAnswer)
    };
    (@key $event:ident live $of:literal) => {
        $event.key($of).map($crate::replay::MessageKey::live)
    };
    (@key $event:ident key($($of:literal)?)) => {
        $event.key($($of)?)
    };
}
