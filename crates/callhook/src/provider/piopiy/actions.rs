//! What both vocabularies of PIOPIY have in common: a reply is a list of actions.

/// Declares an action of a vocabulary.
macro_rules! action_type {
    ($(#[$doc:meta])*) => {
        reply_object! {
            $(#[$doc])*
            pub struct Action;
        }

        impl Action {
            /// An action of this name, which this crate need not know. Its members come by [`with`](Self::with).
            pub fn other(name: impl Into<String>) -> Self {
                Self($crate::answer::Members::default()).and("action", name.into())
            }

            /// The name, such as `hangup`.
            #[must_use]
            pub fn name(&self) -> &str {
                self.0.get("action").and_then(serde_json::Value::as_str).unwrap_or_default()
            }

            /// A member by its name, where it reads as a `T`.
            #[must_use]
            pub fn member<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
                self.0.get_as(name)
            }
        }
    };
}

/// Reads the actions of a list. What is not an object has no members, so its name is missing.
pub(super) fn members_of(list: &[serde_json::Value]) -> Vec<crate::answer::Members> {
    let members = |item: &serde_json::Value| match item {
        serde_json::Value::Object(members) => members.clone().into(),
        _ => crate::answer::Members::default(),
    };
    list.iter().map(members).collect()
}
