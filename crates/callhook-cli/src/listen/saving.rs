//! A request as it is saved: without its token.

use base64ct::{Base64, Encoding};

use crate::query::without;
use crate::saved::Saved;

/// Without the parameters of this name in the query, and with the rest of it as it was.
pub(super) fn saved(
    at: jiff::Timestamp,
    method: &str,
    path: &str,
    query: Option<&str>,
    secret_parameter: &str,
    content_type: Option<String>,
    body: &[u8],
) -> Saved {
    let (body, body_base64) = match str::from_utf8(body) {
        Ok("") => (None, None),
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(Base64::encode_string(body))),
    };
    Saved {
        at: Some(at.to_string()),
        method: method.to_owned(),
        path: path.to_owned(),
        query: query
            .map(|query| without(query, secret_parameter))
            .filter(|query| !query.is_empty()),
        content_type,
        body,
        body_base64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str, body: &[u8]) -> Saved {
        let at = jiff::Timestamp::UNIX_EPOCH;
        saved(at, "POST", "/telecmi", Some(query), "token", None, body)
    }

    #[test]
    fn a_saved_request_is_read_back_as_it_was() {
        for body in [&b""[..], br#"{"a":1}"#, &[0xff, 0]] {
            let line = serde_json::to_vec(&of("", body)).expect("JSON");
            let read = Saved::read(&line).expect("a saved request");
            assert_eq!(read.bytes().as_deref(), Some(body));
            assert_eq!(read.at.as_deref(), Some("1970-01-01T00:00:00Z"));
        }
    }

    #[test]
    fn a_token_is_not_saved_however_it_is_written() {
        for (query, kept) in [
            ("token=s3cret", None),
            ("a=%2B1&token=s3cret&b=2", Some("a=%2B1&b=2")),
            ("%74oken=s3cret&b", Some("b")),
            ("token=s3cret&token=s3cret&tokens=1", Some("tokens=1")),
            ("a=token", Some("a=token")),
        ] {
            assert_eq!(of(query, b"").query.as_deref(), kept);
        }
    }
}
