//! The key of a message: the prefix, a colon, and its [`Identity::message_key`] in hexadecimal.
//!
//! 1. It has one length, however long the parts of the identity are, and shows none of them.
//! 2. Nothing that a message brings decides where in a cluster it goes, or could be taken for another key of this server.
//! 3. Before, keys were the parts of the identity with colons between them. None of those is a key of today's, so a server
//!    that holds both needs no cleaning: each of the old ones expires.

use std::fmt::Write;

use callhook::replay::Identity;

pub(crate) fn of(prefix: &str, identity: &Identity) -> String {
    of_message(prefix, identity.message_key())
}

/// The key of the message with this `message_key`.
pub(crate) fn of_message(prefix: &str, message_key: [u8; 32]) -> String {
    let mut key = String::with_capacity(prefix.len() + 65);
    key.push_str(prefix);
    key.push(':');
    for byte in message_key {
        // Writing to a string doesn't fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_length_and_is_the_same_in_every_release() {
        let key = |kind: &str, id: &str| of("shop:calls", &Identity::for_test(kind, id));
        assert_eq!(
            key("cdr", "a"),
            "shop:calls:ce5a9a6d79a4e379e36603a3c4501d279c5f07838d8ed64524217694c4c57a78"
        );
        let long = key("cdr", &"x".repeat(200 * 1024));
        assert_eq!(long.len(), "shop:calls:".len() + 64);
    }
}
