//! The keys of a message: what is known of it has the prefix, a colon, and in braces its [`Identity::message_key`] in
//! hexadecimal; who has claimed it, the same and `:claim`.
//!
//! 1. They have one length, however long the parts of the identity are, and show none of them.
//! 2. Nothing that a message brings decides where in a cluster they go, or could be taken for another key of this
//!    server. The braces put both into one slot.
//! 3. Before, keys had no braces, and before that, they were the parts of the identity with colons between them. None
//!    of those is a key of today's, so a server that holds them needs no cleaning: each of the old ones expires.

use callhook::replay::Identity;

#[derive(Clone)]
pub(crate) struct Keys(String);

impl Keys {
    pub(crate) fn of(prefix: &str, identity: &Identity) -> Self {
        Self::of_message(prefix, identity.message_key())
    }

    /// The keys of the message with this `message_key`.
    pub(crate) fn of_message(prefix: &str, message_key: [u8; 32]) -> Self {
        let mut key = String::with_capacity(prefix.len() + 67 + CLAIM.len());
        key.push_str(prefix);
        key.push_str(":{");
        for byte in message_key {
            for digit in [byte >> 4, byte & 15] {
                key.push(char::from(DIGITS[usize::from(digit)]));
            }
        }
        key.push('}');
        key.push_str(CLAIM);
        Self(key)
    }

    /// Has what is known of the message.
    pub(crate) fn known(&self) -> &str {
        &self.0[..self.0.len() - CLAIM.len()]
    }

    /// Has the claim of a message of which nothing was known.
    pub(crate) fn claimed(&self) -> &str {
        &self.0
    }

    /// As the scripts take them.
    pub(crate) fn both(&self) -> [&str; 2] {
        [self.known(), self.claimed()]
    }
}

const CLAIM: &str = ":claim";

const DIGITS: [u8; 16] = *b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_length_and_are_the_same_in_every_release() {
        let keys = |kind: &str, id: &str| Keys::of("shop:calls", &Identity::for_test(kind, id));
        let known = "shop:calls:{ce5a9a6d79a4e379e36603a3c4501d279c5f07838d8ed64524217694c4c57a78}";
        assert_eq!(keys("cdr", "a").both(), [known, &format!("{known}:claim")]);
        let long = keys("cdr", &"x".repeat(200 * 1024));
        assert_eq!(long.known().len(), known.len());
    }
}
