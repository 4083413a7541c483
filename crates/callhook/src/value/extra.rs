//! Fields beyond the known ones.

use std::fmt;

use serde::ser::SerializeMap;

use super::{Text, canonical};

/// The fields that an event's type doesn't name, and those it names but couldn't read: nothing that was sent is lost.
///
/// Values are text, as a GET sender would write them: numbers with their digits, `true` and `false`, nested objects and
/// arrays as JSON. Sorted by name. Equal for equal fields in any order, whatever white space is between JSON's tokens.
/// `Debug` shows the names, as far as they look like names.
#[derive(Clone, Default)]
pub struct ExtraFields(Vec<(Text, Text)>);

impl ExtraFields {
    pub(crate) fn new(mut fields: Vec<(Text, Text)>) -> Self {
        fields.sort();
        fields.dedup();
        Self(fields)
    }

    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.into(), text.into()));
        Self::new(self.0)
    }

    /// The text of the first field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(field, value)| (field == name).then_some(value))
    }

    /// Names and texts, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0
            .iter()
            .try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

impl PartialEq for ExtraFields {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().zip(other.iter()).all(|(one, two)| {
                one.0 == two.0 && (one.1 == two.1 || canonical(one.1) == canonical(two.1))
            })
    }
}

impl Eq for ExtraFields {}

impl fmt::Debug for ExtraFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| Name(name));
        f.debug_list().entries(names).finish()
    }
}

/// A field's name, which is the sender's to choose: shown where it looks like one.
struct Name<'a>(&'a str);

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_name = self.0.len() <= 40
            && self.0.starts_with(|char: char| char.is_ascii_alphabetic())
            && self
                .0
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && self.0.bytes().filter(u8::is_ascii_digit).count() < 4;
        if is_name {
            f.write_str(self.0)
        } else {
            write!(f, "({} bytes)", self.0.len())
        }
    }
}
