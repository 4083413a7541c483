//! A JSON object of a reply: [`Members`].

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::invalid::InvalidReply;

/// Members by name.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// For what the application names.
    pub(crate) fn set_any(
        &mut self,
        name: &str,
        value: impl Serialize,
    ) -> Result<(), InvalidReply> {
        match serde_json::to_value(value) {
            Ok(value) => self.set(name, value),
            Err(_) => return Err(InvalidReply::unwritable(name)),
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn get_as<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }

    /// An object in a member, which is made where it is missing.
    pub(crate) fn within(&mut self, name: &str, change: impl FnOnce(&mut Self)) {
        let mut inner = match self.0.remove(name) {
            Some(Value::Object(members)) => Self(members),
            _ => Self::default(),
        };
        change(&mut inner);
        self.set(name, inner);
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

impl From<Map<String, Value>> for Members {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for Members {
    /// The names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
