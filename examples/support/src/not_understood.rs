//! Messages that were not understood, with their bytes: kept in memory, and shown under `/unreadable`.

use std::time::SystemTime;

use base64ct::{Base64, Encoding as _};
use serde::Serialize;

use super::recent::Recent;

const KEPT: usize = 200;

/// Whoever has a token may send messages of 256 KiB each.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// The last messages that could not be read, or are of no known kind, oldest first. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct NotUnderstood(Recent<KEPT, KEPT_BYTES>);

/// One message, as `/unreadable` shows it.
#[derive(Serialize)]
struct Message<'a> {
    /// Milliseconds since 1970.
    at_millis: u64,
    endpoint: &'a str,
    /// What is wrong with it.
    reason: &'a str,
    /// The message, where it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// The message, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl NotUnderstood {
    /// Keeps a message, and forgets the oldest where there are too many.
    pub fn keep(&self, endpoint: &str, reason: &str, message: &[u8]) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        let text = str::from_utf8(message).ok();
        let message = Message {
            at_millis: u64::try_from(millis).unwrap_or(u64::MAX),
            endpoint,
            reason,
            text,
            base64: match text {
                Some(_) => None,
                None => Some(Base64::encode_string(message)),
            },
        };
        self.0.keep(&message);
    }

    /// Everything kept, as a JSON array.
    #[must_use]
    pub fn json(&self) -> String {
        self.0.json()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn shown(kept: &NotUnderstood) -> Vec<Value> {
        serde_json::from_str(&kept.json()).expect("a JSON array")
    }

    #[test]
    fn the_last_200_are_kept_and_text_is_told_from_bytes() {
        let kept = NotUnderstood::default();
        for number in 0..250 {
            kept.keep("telecmi", "wrong", number.to_string().as_bytes());
        }
        kept.keep("piopiy", "no text", b"\xff{");
        let shown = shown(&kept);
        assert_eq!(shown.len(), 200);
        assert_eq!(shown[0]["text"], "51");
        let last = &shown[199];
        assert_eq!(
            (&last["endpoint"], &last["reason"]),
            (&"piopiy".into(), &"no text".into())
        );
        assert_eq!((&last["base64"], last.get("text")), (&"/3s=".into(), None));
    }

    #[test]
    fn large_messages_push_out_others_and_never_take_more_than_the_room() {
        let kept = NotUnderstood::default();
        // Control characters are six times as long in JSON.
        let large = "\u{1}".repeat(256 * 1024);
        for _ in 0..5 {
            kept.keep("telecmi", "wrong", large.as_bytes());
            assert!(kept.json().len() <= KEPT_BYTES + 200);
        }
        assert_eq!(shown(&kept).len(), 2);
    }
}
