//! Names that people type, such as a scenario's.

use std::error::Error;
use std::fmt;

/// An enum whose variants have names, with a list of all of them.
macro_rules! named {
    (
        $(#[$doc:meta])*
        pub enum $name:ident is $what:literal {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = ""] #[doc = concat!("Its name is `", $text, "`.")] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, which `FromStr` reads.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::testing::calls::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().find(|one| one.as_str() == name);
                found.copied().ok_or_else(|| {
                    let known = Self::ALL.iter().map(|one| one.as_str());
                    $crate::testing::calls::UnknownName::new($what, name, known)
                })
            }
        }
    };
}

/// A name that nothing has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: Vec<&'static str>,
}

impl UnknownName {
    pub(super) fn new(
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'static str>,
    ) -> Self {
        Self {
            what,
            name: name.to_owned(),
            known: known.collect(),
        }
    }

    /// The names that would have been read.
    #[must_use]
    pub fn known(&self) -> &[&'static str] {
        &self.known
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, name, known } = self;
        write!(
            f,
            "`{name}` is not {what}: expected one of {}",
            known.join(", ")
        )
    }
}

impl Error for UnknownName {}
