//! Which lock an id has: [`id_lock`].

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

/// The advisory lock of an id in its scope, both as the tables have them: with `%25` for `%` and `%00` for NUL.
///
/// The same for an id in every process, machine and release, since it is how they meet. Below zero, which keeps it
/// apart from the small numbers that applications like, and from the shared lock that says since when a transaction
/// writes: `25448 << 48 | milliseconds since 1970`. Two ids with one lock only wait for each other.
#[must_use]
pub fn id_lock(scope: &str, id: &str) -> i64 {
    let mut hasher = SipHasher13::new_with_keys(0x63616c6c_686f6f6b, 0x63616c6c_5f696473);
    hasher.write(scope.as_bytes());
    // In no text of UTF-8.
    hasher.write_u8(0xff);
    hasher.write(id.as_bytes());
    i64::from_ne_bytes(hasher.finish().to_ne_bytes()) | i64::MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ids_lock_never_changes() {
        let locks = [("telecmi", "a"), ("telecmi/acme", "a"), ("telecmia", "")];
        let locks = locks.map(|(scope, id)| id_lock(scope, id));
        assert_eq!(
            locks,
            [
                -132_655_700_007_072_282,
                -4_238_124_128_945_249_891,
                -8_754_635_651_037_319_363
            ]
        );
    }
}
