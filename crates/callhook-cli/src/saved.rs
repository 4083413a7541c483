//! One request as `listen --save` writes it, on a line of its own: [`Saved`].

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

/// A request in a file of JSON lines.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Saved {
    /// When it came, as RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// A body that is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// Another one, as base64 with padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body_base64: Option<String>,
}

impl Saved {
    /// Reads a line. `None` where it is something else, such as a body.
    pub(crate) fn read(line: &[u8]) -> Option<Self> {
        let saved: Self = serde_json::from_slice(line).ok()?;
        let has_content =
            saved.query.is_some() || saved.body.is_some() || saved.body_base64.is_some();
        ((has_content || saved.at.is_some()) && saved.path.starts_with('/')).then_some(saved)
    }

    /// The body's bytes. `None` where `body_base64` is not base64.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.body, &self.body_base64) {
            (Some(body), _) => Some(body.clone().into_bytes()),
            (None, Some(base64)) => Base64::decode_vec(base64).ok(),
            (None, None) => Some(Vec::new()),
        }
    }
}
