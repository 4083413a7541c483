//! Which message this is.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};
use siphasher::sip128::SipHasher13;

use super::kept::Kept;
use crate::random::random_u64;

/// What a [`Provider`](crate::Provider) knows of which message an event is: the parts of its [`Identity`] that come
/// from the payload.
///
/// Two messages that are not the same message must differ in at least one part; a copy of a message must not differ in
/// any. Keep out whatever changes between a message and its copy, such as the time of sending, and whatever a later
/// version of the same record may gain, such as its agent: a record with another content is a revision.
///
/// ```
/// use callhook::replay::MessageKey;
///
/// let record = MessageKey::new("cdr", "5202a928-07c3-4d32-a1a4-d304c9275971")
///     .leg("b")
///     .direction("inbound")
///     .status("answered");
/// // A state that may come back within the call is remembered for a short time only.
/// let state = MessageKey::new("hold", "5202a928-07c3-4d32-a1a4-d304c9275971").live();
/// # let _ = (record, state);
/// ```
#[derive(Clone, Copy)]
pub struct MessageKey<'a> {
    kind: &'a str,
    id: &'a str,
    leg: &'a str,
    direction: &'a str,
    status: &'a str,
    user: &'a str,
    kept: Kept,
}

impl<'a> MessageKey<'a> {
    /// A message of this kind with this id. The other parts are empty.
    #[must_use]
    pub fn new(kind: &'a str, id: &'a str) -> Self {
        Self {
            kind,
            id,
            leg: "",
            direction: "",
            status: "",
            user: "",
            kept: Kept::Long,
        }
    }

    /// The leg, where one id is shared by several.
    #[must_use]
    pub fn leg(mut self, leg: &'a str) -> Self {
        self.leg = leg;
        self
    }

    /// The direction as on the wire.
    #[must_use]
    pub fn direction(mut self, direction: &'a str) -> Self {
        self.direction = direction;
        self
    }

    /// The status. Compared without regard to ASCII case.
    #[must_use]
    pub fn status(mut self, status: &'a str) -> Self {
        self.status = status;
        self
    }

    /// The agent, where the id names a call and the agent tells its legs apart: a second part of the leg. Not where the
    /// id names the leg, or a record that gains its agent later would be another message.
    #[must_use]
    pub fn user(mut self, user: &'a str) -> Self {
        self.user = user;
        self
    }

    /// The message reports a state, which may come back with the same content and is a new message then: on hold, off
    /// hold, on hold again. Once handled it is remembered for
    /// [`live_replay_window`](crate::EndpointBuilder::live_replay_window), two minutes by default. Without this it is
    /// remembered as a record is, for [`replay_window`](crate::EndpointBuilder::replay_window).
    ///
    /// It is not part of the identity.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.kept = Kept::Briefly;
        self
    }

    pub(crate) fn kept(&self) -> Kept {
        self.kept
    }
}

impl fmt::Debug for MessageKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every part is a piece of a message.
        f.debug_struct("MessageKey").finish_non_exhaustive()
    }
}

/// The parts of the identity that come from the endpoint and the request rather than from the payload.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) provider: &'a str,
    pub(crate) endpoint: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) app_id: &'a str,
}

/// Which message this is: provider, endpoint, tenant, app id, kind, id, leg, direction and status (in lower case), and
/// the user where the [key](MessageKey::user) has one, each with its length in front, so that no two lists of parts
/// give the same bytes.
///
/// Cheap to clone. Equal for equal messages in every process and release. [`message_key`](Self::message_key) is what a
/// store or an application keeps.
#[derive(Clone)]
pub struct Identity {
    parts: Parts,
    /// Of the parts, with keys that the process draws at random. Taken once: a store in memory asks for it at the claim and
    /// when it settles.
    hash: u128,
}

/// The parts in sequence. Nearly all are short, and share the allocation of what they are in.
#[derive(Clone)]
enum Parts {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Arc<[u8]>),
}

impl Parts {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

/// With a name for the endpoint and for the tenant, and two ids in the documented formats.
const SHORT: usize = 127;

/// One named part of an [`Identity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityPart<'a> {
    /// The part's name, such as `endpoint`.
    pub name: &'static str,
    /// The part's text. Empty where the message has none.
    pub text: &'a str,
}

impl Identity {
    pub(crate) fn new(scope: Scope<'_>, key: MessageKey<'_>) -> Self {
        let parts = [
            scope.provider,
            scope.endpoint,
            scope.tenant,
            scope.app_id,
            key.kind,
            key.id,
            key.leg,
            key.direction,
            key.status,
            key.user,
        ];
        // Without a user there is no tenth part.
        let count = parts.len() - usize::from(key.user.is_empty());
        let parts = parts.get(..count).unwrap_or_default();
        let mut bytes = [0; SHORT];
        if let Some(length) = write(parts, &mut bytes) {
            // At most 127.
            let length = length as u8;
            return Self::of(Parts::Short { length, bytes });
        }
        let room = parts.iter().map(|part| size_of::<u32>() + part.len()).sum();
        let mut bytes = vec![0; room];
        let _all = write(parts, &mut bytes);
        Self::of(Parts::Long(bytes.into()))
    }

    fn of(parts: Parts) -> Self {
        static HASHER: LazyLock<SipHasher13> =
            LazyLock::new(|| SipHasher13::new_with_keys(random_u64(), random_u64()));
        Self {
            hash: HASHER.hash(parts.as_bytes()).as_u128(),
            parts,
        }
    }

    /// 128 bits of SipHash-1-3 with keys that the process draws at random: nobody can construct two identities with one
    /// hash.
    pub(super) fn hash_in_process(&self) -> u128 {
        self.hash
    }

    /// Makes an identity of a kind and an id alone, for the tests of a store.
    #[cfg(any(test, feature = "testing"))]
    #[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
    #[must_use]
    pub fn for_test(kind: &str, id: &str) -> Self {
        let scope = Scope {
            provider: "test",
            endpoint: "test",
            tenant: "",
            app_id: "",
        };
        Self::new(scope, MessageKey::new(kind, id))
    }

    /// The key of this message, of one size however long its parts are: the SHA-256 of [`as_bytes`](Self::as_bytes).
    ///
    /// It reveals no part of the message, so it can be logged and printed. (Someone who knows all the other parts can
    /// guess the id by trying.)
    #[must_use]
    pub fn message_key(&self) -> [u8; 32] {
        Sha256::digest(self.as_bytes()).into()
    }

    /// All parts in sequence: for each, its length as a big-endian 32-bit integer and its text. Readable and of
    /// unbounded length: stores keep the [`message_key`](Self::message_key) instead.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.parts.as_bytes()
    }

    /// The parts in order, for tests and tools. They are pieces of a message: don't log them.
    pub fn parts(&self) -> impl Iterator<Item = IdentityPart<'_>> {
        let mut rest: &[u8] = self.as_bytes();
        PART_NAMES.iter().map_while(move |name| {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let text = std::str::from_utf8(after.get(..length)?).ok()?;
            rest = after.get(length..)?;
            Some(IdentityPart { name, text })
        })
    }
}

/// Writes each part with its length in front, the status in lower case. Returns how many bytes they take, or `None` where
/// there is no room for all.
fn write(parts: &[&str], to: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    for (number, part) in parts.iter().enumerate() {
        // A part is a piece of one request, whose size is limited far below 4 GiB; saturating keeps it total.
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        let (before, rest) = to.get_mut(at..)?.split_first_chunk_mut()?;
        *before = length.to_be_bytes();
        let text = rest.get_mut(..part.len())?;
        text.copy_from_slice(part.as_bytes());
        if number == STATUS {
            text.make_ascii_lowercase();
        }
        at += before.len() + part.len();
    }
    Some(at)
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Identity {}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for Identity {
    /// The [`message_key`](Self::message_key) in hexadecimal: the 64 digits that the log, stores and tools show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.message_key() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Identity {
    /// The endpoint, and the [`message_key`](Self::message_key) in hexadecimal. The other parts are pieces of a
    /// message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.parts().find(|part| part.name == "endpoint");
        let endpoint = endpoint.map_or("", |part| part.text);
        write!(f, "Identity({endpoint}, {self})")
    }
}

const PART_NAMES: [&str; 10] = [
    "provider",
    "endpoint",
    "tenant",
    "app_id",
    "kind",
    "id",
    "leg",
    "direction",
    "status",
    "user",
];

/// The status's place among them.
const STATUS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn scope<'a>(provider: &'a str, endpoint: &'a str) -> Scope<'a> {
        Scope {
            provider,
            endpoint,
            tenant: "",
            app_id: "1111112",
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = MessageKey::new("cdr", "1");
        assert_ne!(
            Identity::new(scope("ab", "c"), key),
            Identity::new(scope("a", "bc"), key)
        );
        assert_ne!(
            Identity::new(scope("a", "b"), MessageKey::new("cdr", "1").leg("b")),
            Identity::new(scope("a", "b"), MessageKey::new("cdr", "1").user("b"))
        );
        let key = key.status("b");
        assert_ne!(
            Identity::new(scope("a", "b"), key.user("")),
            Identity::new(scope("a", "b"), key.status("").user("b"))
        );
    }

    #[test]
    fn a_message_key_is_the_same_in_every_release() {
        // Known answers, of `sha256sum`: a store that several releases share holds them.
        let key = MessageKey::new("cdr", "5202a928-07c3-4d32-a1a4-d304c9275971")
            .leg("b")
            .direction("inbound")
            .status("Answered");
        let hex = |key| Identity::new(scope("telecmi", "calls"), key).to_string();
        assert_eq!(
            hex(key),
            "8debfa01388b213a824d02de0c8e6f3da21758cd776bb17060538b7e8cce82cc"
        );
        assert_eq!(
            hex(key.live()),
            "8debfa01388b213a824d02de0c8e6f3da21758cd776bb17060538b7e8cce82cc"
        );
        assert_eq!(
            hex(key.user("204")),
            "7fbecd7031f751acd08accdf278736691f1eda2a53b99d5a0ef06815fe916e6b"
        );
    }

    #[test]
    fn the_status_is_compared_without_regard_to_case() {
        let key = MessageKey::new("cdr", "1");
        assert_eq!(
            Identity::new(scope("a", "b"), key.status("ANSWERED")),
            Identity::new(scope("a", "b"), key.status("answered"))
        );
    }

    #[test]
    fn it_is_the_status_that_is_written_in_lower_case() {
        assert_eq!(PART_NAMES[STATUS], "status");
    }

    #[test]
    fn every_part_can_be_read_back() {
        let key = MessageKey::new("cdr", "id")
            .leg("a")
            .direction("inbound")
            .status("Missed")
            .user("1_2");
        let identity = Identity::new(scope("p", "e"), key);
        let parts = identity.parts().map(|part| (part.name, part.text));
        let parts: Vec<_> = parts.collect();
        assert_eq!(
            parts,
            [
                ("provider", "p"),
                ("endpoint", "e"),
                ("tenant", ""),
                ("app_id", "1111112"),
                ("kind", "cdr"),
                ("id", "id"),
                ("leg", "a"),
                ("direction", "inbound"),
                ("status", "missed"),
                ("user", "1_2"),
            ]
        );
    }

    #[test]
    fn parts_of_any_length_are_kept() {
        for length in 0..300 {
            let id = "i".repeat(length);
            let identity = Identity::new(scope("p", "e"), MessageKey::new("cdr", &id));
            let bytes: usize = identity.parts().map(|part| 4 + part.text.len()).sum();
            assert_eq!(identity.as_bytes().len(), bytes, "{length}");
            let part = identity.parts().find(|part| part.name == "id");
            assert_eq!(part.map(|part| part.text), Some(&*id));
            assert_eq!(identity.parts().count(), 9);
        }
    }

    #[test]
    fn debug_shows_no_part_of_a_message_and_tells_messages_apart() {
        let key = MessageKey::new("the kind", "the id")
            .leg("the leg")
            .direction("the direction")
            .status("the status")
            .user("the user");
        let identity = Identity::new(scope("p", "calls"), key);
        let shown = format!("{identity:?} {key:?}");
        assert!(shown.contains("calls"), "{shown}");
        assert!(!shown.contains("the "), "{shown}");
        let other = Identity::new(
            scope("p", "calls"),
            MessageKey::new("the kind", "another id"),
        );
        assert_eq!(format!("{identity:?}"), format!("{:?}", identity.clone()));
        assert_ne!(format!("{identity:?}"), format!("{other:?}"));
    }
}
