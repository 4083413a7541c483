//! The key of a message: `callhook:telecmi:calls:::cdr:5202a928-07c3-4d32-a1a4-d304c9275971:b:inbound:answered:`.
//!
//! 1. The prefix, and the ten parts of the identity in their order, joined with colons. Absent parts are empty.
//! 2. Everything but letters, digits and `-._~` is percent-encoded, so a part can't look like two, can't hold a control
//!    character, and can't bring the braces that decide where in a cluster a key goes.
//! 3. A part that is long then is its beginning, a `*`, and its SHA-256. No part that is short has a `*`.
//!
//! So no two messages have one key, and no key is longer than its prefix and a kilobyte.

use std::fmt::Write;

use callhook::replay::Identity;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

pub(crate) fn of(prefix: &str, identity: &Identity) -> String {
    let mut key = String::with_capacity(prefix.len() + 128);
    key.push_str(prefix);
    for part in identity.parts() {
        key.push(':');
        push_part(&mut key, part.text);
    }
    key
}

fn push_part(key: &mut String, part: &str) {
    let start = key.len();
    for piece in utf8_percent_encode(part, ESCAPED) {
        key.push_str(piece);
        if key.len() - start > MAX_PART {
            // All ASCII, so it can be cut anywhere.
            key.truncate(start + CUT_PART);
            key.push('*');
            for byte in Sha256::digest(part.as_bytes()) {
                // Writing to a string doesn't fail.
                let _ = write!(key, "{byte:02x}");
            }
            return;
        }
    }
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Longer than a UUID, a phone number or a name; no longer than what stands in for it.
const MAX_PART: usize = 96;
const CUT_PART: usize = 31;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &str, id: &str) -> String {
        of("callhook", &Identity::for_test(kind, id))
    }

    #[test]
    fn a_key_is_readable() {
        assert_eq!(
            key("cdr", "5202a928-07c3-4d32-a1a4-d304c9275971"),
            "callhook:test:test:::cdr:5202a928-07c3-4d32-a1a4-d304c9275971::::"
        );
    }

    #[test]
    fn what_could_confuse_is_escaped() {
        assert_eq!(
            key("a:b", "{c} *%\r\n\0é"),
            "callhook:test:test:::a%3Ab:%7Bc%7D%20%2A%25%0D%0A%00%C3%A9::::"
        );
    }

    #[test]
    fn a_long_part_is_cut_and_stays_its_own() {
        let long = "x".repeat(200 * 1024);
        let (one, two) = (
            key("cdr", &format!("{long}1")),
            key("cdr", &format!("{long}2")),
        );
        assert_ne!(one, two);
        assert!(one.len() < 200, "{}", one.len());
        assert!(one.starts_with("callhook:test:test:::cdr:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx*"));
        // What stands in for a part is no other part's own text.
        let part = one.split(':').nth(6).unwrap_or_default();
        assert_ne!(key("cdr", part), one);
        assert_eq!(key("cdr", &"x".repeat(96)).matches('*').count(), 0);
        assert_eq!(key("cdr", &"x".repeat(97)).matches('*').count(), 1);
        assert_eq!(key("cdr", &" ".repeat(32)).matches('*').count(), 0);
        assert_eq!(key("cdr", &" ".repeat(33)).matches('*').count(), 1);
    }
}
