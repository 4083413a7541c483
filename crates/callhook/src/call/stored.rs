//! The form in which calls are stored: [`Call::to_json`], [`Call::from_json`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::MessageKind;
use super::facts::{Fact, FactValue};
use super::whole::{Call, Content, Scope};
use crate::value::Text;

impl Call {
    /// The form to store: one JSON object, with everything that was read of each message, sorted.
    ///
    /// ```json
    /// {"v":1,"provider":"telecmi","tenant":"acme","messages":[{"at":1634720931000,"kind":"record","id":".."}]}
    /// ```
    ///
    /// `at` is when a message was first received, in milliseconds. What isn't told is left out. It holds phone numbers: keep
    /// it as text (Postgres's `jsonb` refuses `\u0000` and reorders names), and where people may ask for its deletion.
    ///
    /// Later versions of this crate only add fields to messages. This version keeps those that it doesn't know, and kinds and
    /// terms that it doesn't know, and writes them back.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Its names are text, and its values strings and numbers.
        serde_json::to_string(&Written(self)).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote, in this version of the crate or another.
    ///
    /// # Errors
    ///
    /// When it is not such an object, or one of a form that this version doesn't know.
    pub fn from_json(json: &str) -> Result<Self, StoredCallError> {
        let read: Read<'_> = serde_json::from_str(json).map_err(StoredCallError::of)?;
        if read.v != VERSION {
            return Err(StoredCallError(Problem::Version(read.v)));
        }
        let contents = read.messages.into_iter().map(content);
        let contents = contents.collect::<Result<Vec<_>, _>>()?;
        let scope = Scope {
            provider: read.provider,
            tenant: read.tenant,
        };
        Ok(Self::from_contents(scope, contents))
    }
}

const VERSION: u64 = 1;

struct Written<'a>(&'a Call);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &VERSION)?;
        map.serialize_entry("provider", self.0.provider())?;
        if let Some(tenant) = self.0.tenant() {
            map.serialize_entry("tenant", tenant)?;
        }
        map.serialize_entry("messages", &StoredMessages(self.0))?;
        map.end()
    }
}

struct StoredMessages<'a>(&'a Call);

impl Serialize for StoredMessages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for fact in self.0.facts() {
            list.serialize_element(&StoredMessage(fact))?;
        }
        list.end()
    }
}

struct StoredMessage<'a>(Fact<'a>);

impl Serialize for StoredMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &self.0.at)?;
        let mut result = Ok(());
        self.0.for_each(|name, value| {
            if result.is_ok() {
                result = match value {
                    FactValue::Text(text) => map.serialize_entry(name, text),
                    FactValue::Number(number) => map.serialize_entry(name, &number),
                };
            }
        });
        result?;
        if let Some(unknown) = self.0.unknown {
            let unknown: BTreeMap<String, &RawValue> =
                serde_json::from_str(unknown).unwrap_or_default();
            for (name, value) in unknown {
                map.serialize_entry(&name, value)?;
            }
        }
        map.end()
    }
}

#[derive(Deserialize)]
struct Read<'a> {
    v: u64,
    provider: Text,
    #[serde(default)]
    tenant: Option<Text>,
    #[serde(borrow)]
    messages: Vec<Fields<'a>>,
}

/// The fields of a message, as they come.
struct Fields<'a>(Vec<(Name<'a>, &'a RawValue)>);

/// A name or a text, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message of a call")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // A record has about twenty.
        let mut fields = Vec::with_capacity(24);
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

enum Stored<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Other,
}

fn content(fields: Fields<'_>) -> Result<Content, StoredCallError> {
    let mut at = None;
    // Texts without their escapes, which the fact borrows.
    let mut values = Vec::with_capacity(fields.0.len());
    for (Name(name), raw) in fields.0 {
        let value = match raw.get() {
            "null" => continue,
            text if text.starts_with('"') => {
                let Name(text) = serde_json::from_str(text).map_err(StoredCallError::of)?;
                Stored::Text(text)
            }
            number => number.parse().map_or(Stored::Other, Stored::Number),
        };
        match (&*name, value) {
            ("at", Stored::Number(millis)) => at = Some(millis),
            (_, value) => values.push((name, value, raw)),
        }
    }
    let mut fact = Fact::default();
    let mut unknown = BTreeMap::new();
    for (name, value, raw) in &values {
        let is_known = match value {
            Stored::Text(text) => fact.take(name, FactValue::Text(text)),
            Stored::Number(number) => fact.take(name, FactValue::Number(*number)),
            Stored::Other => false,
        };
        if !is_known {
            unknown.insert(name, raw);
        }
    }
    // Of a kind that isn't known: among kinds it takes the last place.
    fact.kind = fact.kind.or(Some(MessageKind::Unrecognized));
    let unknown = (!unknown.is_empty())
        .then(|| serde_json::to_string(&unknown))
        .transpose()
        .map_err(StoredCallError::of)?;
    fact.unknown = unknown.as_deref();
    Ok(Content {
        facts: fact.encode(),
        at: at.ok_or(StoredCallError(Problem::NoTime))?,
    })
}

/// A text is not a stored call. It shows nothing of what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCallError(Problem);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    NotRead { line: usize, column: usize },
    Version(u64),
    NoTime,
}

impl StoredCallError {
    fn of(error: serde_json::Error) -> Self {
        Self(Problem::NotRead {
            line: error.line(),
            column: error.column(),
        })
    }
}

impl fmt::Display for StoredCallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::NotRead { line, column } => write!(
                f,
                "a stored call is an object with `v`, `provider` and `messages`: found something else at line {line}, column {column}"
            ),
            Problem::Version(version) => {
                write!(
                    f,
                    "a stored call of version {version} was found, expected version {VERSION}"
                )
            }
            Problem::NoTime => f.write_str(
                "a message of a stored call has no `at`, expected milliseconds since 1970",
            ),
        }
    }
}

impl std::error::Error for StoredCallError {}
