//! A message as a platform sends it, for an application's own tests.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::payload::{Field, Payload, Value, ValueKind};

/// A message as a platform sends it: take one that is documented, change what the test is about, and send it.
///
/// ```
/// use callhook::testing;
///
/// let cdr = testing::telecmi::cdr_inbound_answered()
///     .with("cmiuuid", "another-leg")
///     .with("answeredsec", 42)
///     .without("ivr_name");
/// let post_this = cdr.json();
/// let or_get_this = format!("/webhooks/telecmi?token=...&{}", cdr.query());
/// # assert!(post_this.contains(r#""answeredsec":42"#) && or_get_this.contains("&answeredsec=42"));
/// ```
#[derive(Clone, Default)]
pub struct Sample {
    provider: String,
    name: String,
    kind: String,
    /// Each field's name, and its value as JSON text.
    fields: Vec<(String, String)>,
}

impl Sample {
    pub(super) fn new(provider: String, name: String, kind: String, json: &str) -> Option<Self> {
        let payload = Payload::from_body(json.as_bytes()).ok()?;
        let field = |field: &Field<'_>| (field.name().to_owned(), literal(field.value()));
        Some(Self {
            provider,
            name,
            kind,
            fields: payload.fields().iter().map(field).collect(),
        })
    }

    /// A message without fields.
    pub(super) fn empty(provider: &str, name: impl Into<String>, kind: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            name: name.into(),
            kind: kind.to_owned(),
            fields: Vec::new(),
        }
    }

    /// Under another name.
    pub(super) fn renamed(self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// With this field, if there is a value.
    pub(super) fn with_some(self, field: &str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }

    /// What a field that is text says.
    pub(super) fn text(&self, field: &str) -> Option<String> {
        let (_, literal) = self.fields.iter().find(|(name, _)| name == field)?;
        serde_json::from_str(literal).ok()
    }

    /// `telecmi`, `piopiy` or `voipappz`.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Its name among the [samples](super::corpus), such as `chub-cdr-in-answered`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of message it is, in the documentation's terms: `cdr`, `event`, `routing-request`, ...
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// With this field: in the place of the one of that name, or added. What can't be JSON is `null`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned());
        match self.fields.iter_mut().find(|(name, _)| name == field) {
            Some((_, old)) => *old = value,
            None => self.fields.push((field.to_owned(), value)),
        }
        self
    }

    /// Without this field.
    #[must_use]
    pub fn without(mut self, field: &str) -> Self {
        self.fields.retain(|(name, _)| name != field);
        self
    }

    /// The body of a POST with this message, as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, value)| format!("{}:{value}", quoted(name)))
            .collect();
        format!("{{{}}}", fields.join(","))
    }

    /// The query string of a GET with this message, which is also the body of a form. `null` is left out, and a nested
    /// value is JSON text.
    #[must_use]
    pub fn query(&self) -> String {
        let json = self.json();
        let fields = Payload::from_body(json.as_bytes());
        let fields = fields.as_ref().map_or(&[][..], Payload::fields);
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let pairs: Vec<String> = fields
            .iter()
            .filter(|field| field.value().kind() != ValueKind::Null)
            .map(|field| format!("{}={}", encode(field.name()), encode(field.value().text())))
            .collect();
        pairs.join("&")
    }
}

fn literal(value: &Value<'_>) -> String {
    match value.kind() {
        ValueKind::Text => quoted(value.text()),
        ValueKind::Null => "null".to_owned(),
        ValueKind::Bool | ValueKind::Number | ValueKind::Nested => value.text().to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sample")
            .field("provider", &self.provider)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
