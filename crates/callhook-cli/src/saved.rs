//! The file that `listen` writes and `replay` reads: a JSON object a line.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

/// A request as it was received, without tokens.
#[derive(Serialize, Deserialize)]
pub(crate) struct SavedRequest {
    /// When it came, as RFC 3339 has it.
    pub(crate) at: jiff::Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// Where it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl SavedRequest {
    /// Without the parameters of these names in the query, and with the rest of it as it was.
    pub(crate) fn new(
        at: jiff::Timestamp,
        method: &str,
        path: &str,
        query: &str,
        secret_parameter: &str,
        content_type: Option<String>,
        body: &[u8],
    ) -> Self {
        let (body, body_base64) = match str::from_utf8(body) {
            Ok("") => (None, None),
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(Base64::encode_string(body))),
        };
        Self {
            at,
            method: method.to_owned(),
            path: path.to_owned(),
            query: without(query, secret_parameter),
            content_type,
            body,
            body_base64,
        }
    }

    pub(crate) fn body(&self) -> Result<Vec<u8>, String> {
        match (&self.body, &self.body_base64) {
            (None, None) => Ok(Vec::new()),
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(base64)) => Base64::decode_vec(base64)
                .map_err(|error| format!("body_base64 can't be read: {error}")),
            (Some(_), Some(_)) => Err("body and body_base64 are both given".to_owned()),
        }
    }

    /// The platform whose route it came to, and Voipappz's name of the event.
    pub(crate) fn route(&self) -> (Option<&'static str>, Option<&str>) {
        let mut segments = self.path.trim_matches('/').rsplit('/');
        let (last, before) = (segments.next().unwrap_or_default(), segments.next());
        match (last, before) {
            ("telecmi", _) => (Some("telecmi"), None),
            ("piopiy", _) => (Some("piopiy"), None),
            ("voipappz", _) => (Some("voipappz"), None),
            (name, Some("voipappz")) => (Some("voipappz"), Some(name)),
            _ => (None, None),
        }
    }
}

/// The query without the parameters of this name, and else as it was.
pub(crate) fn without(query: &str, parameter: &str) -> String {
    let is_secret = |pair: &&str| {
        let mut read = form_urlencoded::parse(pair.as_bytes());
        read.next().is_some_and(|(name, _)| name == parameter)
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_secret(pair)).collect();
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(path: &str, query: &str, body: &[u8]) -> SavedRequest {
        let at = jiff::Timestamp::UNIX_EPOCH;
        SavedRequest::new(at, "POST", path, query, "token", None, body)
    }

    #[test]
    fn a_saved_request_is_read_back_as_it_was() {
        for body in ["", r#"{"a":1}"#] {
            let line = serde_json::to_string(&saved("/webhooks/telecmi", "", body.as_bytes()))
                .expect("JSON");
            let read: SavedRequest = serde_json::from_str(&line).expect("a saved request");
            assert_eq!(read.body().as_deref(), Ok(body.as_bytes()));
        }
        let line = serde_json::to_string(&saved("/", "", &[0xff, 0])).expect("JSON");
        assert!(line.contains(r#""body_base64":"/wA=""#), "{line}");
        let read: SavedRequest = serde_json::from_str(&line).expect("a saved request");
        assert_eq!(read.body().as_deref(), Ok(&[0xff, 0][..]));
    }

    #[test]
    fn a_token_is_not_saved_however_it_is_written() {
        for (query, kept) in [
            ("token=s3cret", ""),
            ("a=%2B1&token=s3cret&b=2", "a=%2B1&b=2"),
            ("%74oken=s3cret&b", "b"),
            ("token=s3cret&token=s3cret&tokens=1", "tokens=1"),
            ("a=token", "a=token"),
        ] {
            assert_eq!(saved("/", query, b"").query, kept);
        }
    }

    #[test]
    fn a_path_tells_the_platform_and_the_event() {
        for (path, route) in [
            ("/webhooks/telecmi", (Some("telecmi"), None)),
            ("/piopiy/", (Some("piopiy"), None)),
            (
                "/voipappz/call-answer",
                (Some("voipappz"), Some("call-answer")),
            ),
            ("/voipappz", (Some("voipappz"), None)),
            ("/other", (None, None)),
        ] {
            assert_eq!(saved(path, "", b"").route(), route, "{path}");
        }
    }
}
