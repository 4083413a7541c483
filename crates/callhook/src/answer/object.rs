//! Declares the objects that a reply is made of.

/// Declares an object whose setters are written beside it. Its `Debug` shows the names of its members.
macro_rules! reply_object {
    ($(#[$doc:meta])* pub struct $name:ident;) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq)]
        #[must_use = "it is part of no reply yet"]
        pub struct $name($crate::answer::Members);

        impl $name {
            /// With a member that has no setter, or another value for one that has.
            ///
            /// # Errors
            ///
            /// When the value can't be written as JSON: a map whose keys are not text, say.
            pub fn with(
                mut self,
                name: &str,
                value: impl serde::Serialize,
            ) -> Result<Self, $crate::answer::InvalidReply> {
                self.0.set_any(name, value)?;
                Ok(self)
            }

            #[allow(dead_code)] // Not every object has one of each kind.
            fn and(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
                self.0.set(name, value);
                self
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        impl From<$name> for serde_json::Value {
            fn from(object: $name) -> Self {
                object.0.into()
            }
        }
    };
}
