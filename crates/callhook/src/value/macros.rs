//! What the text types and the open enums have in common, and how values are read back from what they serialise to.

/// Reads a type back from the text that it serialises to, with a function from `&str` to an `Option` of it. The error says
/// what was expected, and never what was found: that may be a number or a name.
macro_rules! deserialize_from_text {
    ($type:ty, $expected:literal, $read:expr) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: fn(&str) -> Option<Self> = $read;
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                read(&text).ok_or_else(|| {
                    serde::de::Error::custom(concat!(
                        "another text was found, expected ",
                        $expected
                    ))
                })
            }
        }
    };
}

/// A text with a type of its own. `shown` types print their text in `Debug`, `hidden` ones only its length.
macro_rules! text_type {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident; $debug:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name(ecow::EcoString);

        impl $name {
            /// The text as sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0.into()
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                text_type!(@$debug self, f, $name)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        deserialize_from_text!($name, "a text", |text| Some(text.into()));
        from_text!($name);
    };
    (@shown $self:ident, $f:ident, $name:ident) => {
        std::fmt::Debug::fmt(&$self.0, $f)
    };
    (@hidden $self:ident, $f:ident, $name:ident) => {
        write!($f, concat!(stringify!($name), "({} bytes)"), $self.0.len())
    };
}

/// An enum of the documented terms of a field, each with its other spellings, open for others, which keep the text as
/// sent. Terms are read without regard to ASCII case.
macro_rules! open_enum {
    (
        $(#[$doc:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $term:literal $(| $alias:literal)*,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $visibility enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// Another term, as sent.
            Other($crate::value::Text),
        }

        impl $name {
            /// The term in its documented spelling, or as sent where it is none of the documented ones.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $term,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                let term = text.trim_ascii();
                $(if term.eq_ignore_ascii_case($term) $(|| term.eq_ignore_ascii_case($alias))* {
                    return Self::$variant;
                })+
                Self::Other(text.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        deserialize_from_text!($name, "a text", |text: &str| Some(text.into()));
        from_text!($name);
    };
}
