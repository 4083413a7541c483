//! Which content a message has.
//!
//! The content is the wire's fields as (name, text), sorted by name:
//!
//! 1. Absent fields are left out, and so are fields that served as authentication and those the provider calls volatile.
//! 2. Numbers and booleans count as their text, booleans without regard to case.
//! 3. White space around a text, and between the tokens of nested JSON, doesn't count. A `+` before a digit counts as
//!    the space it becomes in a form.
//! 4. A field that stands twice with one text counts once.
//!
//! The hash is `SipHash` 1-3 with 128 bits and a fixed key: equal in every process and release, and an order of magnitude
//! cheaper than SHA-256 on a CPU without instructions for it. It tells apart the few contents of one message of an
//! authenticated sender; it does not stand against a party who may choose whole contents at will, and no such party
//! gets this far.

use std::borrow::Cow;
use std::fmt;

use siphasher::sip128::SipHasher13;

use crate::payload::{Field, Payload};
use crate::value::canonical;

/// The content of a message as 128 bits, equal for POST and GET, for any order of the fields, and across processes and
/// releases.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Makes a fingerprint of 128 bits, for the tests of a store.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits, for a store that writes them down.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:032x})", self.0)
    }
}

/// Raised whenever the rules above change, so that stores shared by two releases don't mistake one for the other.
const VERSION: u8 = 1;

/// The fingerprint of a payload without the fields whose names `is_left_out` tells.
pub(crate) fn fingerprint(
    payload: &Payload<'_>,
    is_left_out: impl Fn(&str) -> bool,
) -> Fingerprint {
    let fields = payload.fields();
    let mut contents: Vec<Content<'_>> = Vec::with_capacity(fields.len());
    let mut order: Vec<Place> = Vec::with_capacity(fields.len());
    let mut length = 1;
    for field in fields {
        if !field.value().is_absent() && !is_left_out(field.name()) {
            let content = Content::of(field);
            length += content.name.len() + content.text.len() + 8;
            order.push(Place {
                start: start(content.name),
                at: contents.len(),
            });
            contents.push(content);
        }
    }
    order.sort_unstable_by(|one, two| {
        let whole = || contents.get(one.at).cmp(&contents.get(two.at));
        one.start.cmp(&two.start).then_with(whole)
    });

    // One run of bytes: the hash is several times faster over it than over its pieces.
    let mut content = Vec::with_capacity(length);
    content.push(VERSION);
    let mut before = None;
    for field in order.iter().filter_map(|place| contents.get(place.at)) {
        if before != Some(field) {
            part(&mut content, field.name);
            part(&mut content, &field.text);
        }
        before = Some(field);
    }
    if let Some(array) = payload.array() {
        part(&mut content, &canonical(array));
    }
    Fingerprint(SipHasher13::new_with_keys(0, 0).hash(&content).as_u128())
}

/// A field as it counts. Ordered by name, then text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Content<'a> {
    name: &'a str,
    text: Cow<'a, str>,
}

/// What is sorted in the place of a [`Content`], which is larger.
struct Place {
    /// The name's first eight bytes, which decide nearly every comparison.
    start: u64,
    at: usize,
}

impl<'a> Content<'a> {
    fn of(field: &'a Field<'_>) -> Self {
        Self {
            name: field.name(),
            text: text(field.value().text()),
        }
    }
}

/// Of two names, the one whose start is less is less.
fn start(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let short = || {
        let mut start = [0; 8];
        for (to, from) in start.iter_mut().zip(bytes) {
            *to = *from;
        }
        start
    };
    u64::from_be_bytes(bytes.first_chunk().copied().unwrap_or_else(short))
}

fn part(content: &mut Vec<u8>, text: &str) {
    // In a fixed byte order, for the hash is compared across machines. Far below 4 GiB: a part is a piece of one request.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    content.extend_from_slice(&length.to_le_bytes());
    content.extend_from_slice(text.as_bytes());
}

fn text(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_plain = match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            !matches!(first, 0..=b' ' | b'{' | b'[' | b't' | b'T' | b'f' | b'F') && *last > b' '
        }
        _ => true,
    };
    if is_plain && !has_plus(bytes) {
        return Cow::Borrowed(text);
    }
    if text.eq_ignore_ascii_case("true") {
        return Cow::Borrowed("true");
    }
    if text.eq_ignore_ascii_case("false") {
        return Cow::Borrowed("false");
    }
    let text = canonical(text);
    if !text.contains('+') {
        return text;
    }
    let spaced = crate::payload::form::plus_before_digit_as_space(&text);
    Cow::Owned(spaced.trim_ascii_start().to_owned())
}

/// Texts are short: to look at every byte is cheaper than to look for the first.
fn has_plus(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .fold(false, |found, byte| found | (*byte == b'+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_json(json: &str) -> Fingerprint {
        let payload = Payload::from_body(json.as_bytes()).expect("readable");
        fingerprint(&payload, |name| name == "balance")
    }

    fn of_query(query: &str) -> Fingerprint {
        let payload = Payload::from_query(query).expect("readable");
        fingerprint(&payload, |name| name == "balance")
    }

    #[test]
    fn post_and_get_of_the_same_fields_are_the_same_content() {
        let json = of_json(
            r#"{"to":"+4401","time":1,"record":true,"x":null,"y":"","extra_params":{"a": 1},"from":" 044","balance":"1"}"#,
        );
        for query in [
            "to=%2B4401&time=1&record=true&extra_params=%7B%22a%22%3A1%7D&from=%20044",
            "extra_params=%7B%22a%22%3A%201%7D&x=null&y=&from=+044&record=True&time=1&to=+4401&balance=2",
            "to=+4401&to=+4401&time=1&record=true&extra_params={\"a\":1}&from=044",
        ] {
            assert_eq!(of_query(query), json, "{query}");
        }
    }

    #[test]
    fn any_other_text_is_another_content() {
        let base = of_json(r#"{"a":"1","b":"2"}"#);
        for other in [
            r#"{"a":"1"}"#,
            r#"{"a":"1","b":"3"}"#,
            r#"{"a":"12","b":""}"#,
            r#"{"a":"1b","c":"2"}"#,
            r#"{"a":"1","b":"2","c":"3"}"#,
            r#"{"a":"2","b":"1"}"#,
        ] {
            assert_ne!(of_json(other), base, "{other}");
        }
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_release() {
        // Known answer: if this changes, VERSION has to change with it.
        assert_eq!(
            format!("{:?}", of_json(r#"{"type":"cdr","time":1634720920615}"#)),
            "Fingerprint(c1be4b8ea54451ac8d53b59eabcc1cb2)"
        );
    }
}
