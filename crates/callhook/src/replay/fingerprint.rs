//! Which content a message has.
//!
//! The content is the wire's fields as (name, text), in any order:
//!
//! 1. Absent fields are left out, and so are fields that served as authentication and those the provider calls
//!    volatile.
//! 2. Numbers and booleans count as their text, booleans without regard to case.
//! 3. White space around a text doesn't count. A `+` before a digit counts as the space it becomes in a form.
//! 4. Nested JSON (an object, an array, or a text that is one, as in a form) counts as what it says: the order of its
//!    keys, the white space between its tokens and the escapes in its strings don't count.
//! 5. A field that is given twice with one text counts once.
//!
//! The fingerprint is the sum, modulo 2^128, of a hash of each field: XXH3 with 128 bits of the text, seeded with XXH3
//! of the name. So no field has to wait for the others: nothing is sorted, copied or kept. The cost is linear in the
//! size of the message, and recursion ends at [`MAX_DEPTH`].
//!
//! It is equal in every process and release. It tells apart the few contents of one message of an authenticated sender;
//! it is not meant to resist a party that can choose whole contents at will, and no such party gets this far.

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use crate::payload::form::plus_before_digit_as_space;
use crate::payload::scan::{number_length, plain_length, space_length, string_length};
use crate::payload::{Field, MAX_DEPTH, Payload};

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
const VERSION: u64 = 2;

/// The fingerprint of a payload without the fields whose names `is_left_out` tells.
pub(crate) fn fingerprint(
    payload: &Payload<'_>,
    is_left_out: impl Fn(&str) -> bool,
) -> Fingerprint {
    let counts = |field: &&Field<'_>| !field.value().is_absent() && !is_left_out(field.name());
    let fields = || payload.fields().iter().filter(counts).map(field_hash);
    let sum = sum_of_different(fields())
        .unwrap_or_else(|| sum_after_sorting(fields().collect()))
        .wrapping_add(payload.array().map_or(0, array_hash));
    Fingerprint(sum.wrapping_add(u128::from(VERSION)))
}

/// The sum, unless one of them may be there twice.
fn sum_of_different(hashes: impl Iterator<Item = u128>) -> Option<u128> {
    // A bit for each of 4096 classes of hashes. Twenty fields meet in one of them once in twenty messages.
    let mut seen = [0_u64; 64];
    let mut sum = 0_u128;
    for hash in hashes {
        // The lowest twelve bits: cutting is the point.
        let (word, bit) = ((hash as usize >> 6) & 63, 1 << (hash as u64 & 63));
        let word = seen.get_mut(word)?;
        if *word & bit != 0 {
            return None;
        }
        *word |= bit;
        sum = sum.wrapping_add(hash);
    }
    Some(sum)
}

fn sum_after_sorting(mut hashes: Vec<u128>) -> u128 {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.into_iter().fold(0, u128::wrapping_add)
}

fn field_hash(field: &Field<'_>) -> u128 {
    let seed = name_seed(field.name());
    let sent = field.value().text();
    match nested_hash(sent) {
        Some(hash) => nested_field_hash(seed, hash),
        None => xxh3_128_with_seed(text(sent).as_bytes(), seed),
    }
}

fn array_hash(array: &str) -> u128 {
    let seed = name_seed("");
    match nested_hash(array) {
        Some(hash) => nested_field_hash(seed, hash),
        None => xxh3_128_with_seed(array.as_bytes(), seed),
    }
}

fn name_seed(name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), VERSION)
}

/// With another seed than a text of the same name has.
fn nested_field_hash(seed: u64, hash: u128) -> u128 {
    xxh3_128_with_seed(&hash.to_le_bytes(), !seed)
}

/// A text as it counts.
fn text(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_plain = match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            !matches!(first, 0..=b' ' | b't' | b'T' | b'f' | b'F') && *last > b' '
        }
        _ => true,
    };
    if is_plain && !has_plus(bytes) {
        return Cow::Borrowed(text);
    }
    let text = text.trim_ascii();
    if text.eq_ignore_ascii_case("true") {
        return Cow::Borrowed("true");
    }
    if text.eq_ignore_ascii_case("false") {
        return Cow::Borrowed("false");
    }
    if !has_plus(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let spaced = plus_before_digit_as_space(text);
    Cow::Owned(spaced.trim_ascii_start().to_owned())
}

/// Texts are short: to look at every byte is cheaper than to look for the first.
fn has_plus(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .fold(false, |found, byte| found | (*byte == b'+'))
}

/// The hash of nested JSON; `None` where the text is none, or is too deep to be told.
fn nested_hash(text: &str) -> Option<u128> {
    // Most texts begin with a letter or a digit.
    let may_be = matches!(text.as_bytes().first(), Some(..=b' ' | b'{' | b'['));
    if !may_be || !text.trim_ascii_start().starts_with(['{', '[']) {
        return None;
    }
    let mut nested = Nested { rest: text };
    let hash = nested.value(MAX_DEPTH)?;
    nested.skip_space();
    nested.rest.is_empty().then_some(hash)
}

/// Text that is read as JSON, from some byte on. Each byte is read a few times, however deeply nested it is.
struct Nested<'a> {
    rest: &'a str,
}

/// Seeds that keep the kinds of values apart: `"1"` from `1`, `{}` from `[]`.
const STRING: u64 = 1;
const SCALAR: u64 = 2;
const OBJECT: u64 = 3;
const ARRAY: u64 = 4;

impl<'a> Nested<'a> {
    /// The next value, which has as many levels as this at most. `None` where it is not valid.
    fn value(&mut self, levels: usize) -> Option<u128> {
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'{' => self.object(levels.checked_sub(1)?),
            b'[' => self.array(levels.checked_sub(1)?),
            b'"' => {
                let text = self.string()?;
                let spaced = has_plus(text.as_bytes()).then(|| plus_before_digit_as_space(&text));
                let text = spaced.as_deref().unwrap_or(&text);
                Some(xxh3_128_with_seed(text.as_bytes(), STRING))
            }
            _ => {
                let length = scalar_length(self.rest)?;
                Some(xxh3_128_with_seed(self.take(length)?.as_bytes(), SCALAR))
            }
        }
    }

    /// The entries in any order, so they are added up.
    fn object(&mut self, levels: usize) -> Option<u128> {
        let mut sum = 0_u128;
        let mut has_more = self.begins_with_item('}')?;
        while has_more {
            let name = self.string()?;
            self.skip_space();
            self.skip(':')?;
            let value = self.value(levels)?.to_le_bytes();
            sum = sum.wrapping_add(xxh3_128_with_seed(&value, name_seed(&name)));
            has_more = self.goes_on('}')?;
        }
        Some(xxh3_128_with_seed(&sum.to_le_bytes(), OBJECT))
    }

    /// The items in their order, so each is hashed with all before it.
    fn array(&mut self, levels: usize) -> Option<u128> {
        let mut hash = xxh3_128_with_seed(&[], ARRAY);
        let mut has_more = self.begins_with_item(']')?;
        while has_more {
            let value = self.value(levels)?;
            let mut both = [0; 32];
            let (before, after) = both.split_at_mut(16);
            before.copy_from_slice(&hash.to_le_bytes());
            after.copy_from_slice(&value.to_le_bytes());
            hash = xxh3_128_with_seed(&both, ARRAY);
            has_more = self.goes_on(']')?;
        }
        Some(hash)
    }

    /// Passes the opening bracket, and the closing one too if it is next. Returns whether an item follows.
    fn begins_with_item(&mut self, end: char) -> Option<bool> {
        self.take(1)?;
        self.skip_space();
        let is_empty = self.rest.starts_with(end);
        if is_empty {
            self.take(1)?;
        }
        Some(!is_empty)
    }

    /// Passes the comma or the closing bracket behind an item. Returns whether another item has to follow.
    fn goes_on(&mut self, end: char) -> Option<bool> {
        self.skip_space();
        if self.skip(end).is_some() {
            return Some(false);
        }
        self.skip(',')?;
        self.skip_space();
        Some(true)
    }

    /// The content of the string that comes next.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let inner = self.rest.strip_prefix('"')?;
        let length = plain_length(inner.as_bytes());
        if inner.as_bytes().get(length) == Some(&b'"') {
            self.take(length + 2)?;
            return inner.get(..length).map(Cow::Borrowed);
        }
        self.escaped_string()
    }

    /// The same where it has escapes, unless it isn't valid.
    fn escaped_string(&mut self) -> Option<Cow<'a, str>> {
        let length = string_length(self.rest.as_bytes())?;
        let literal = self.take(length)?;
        if let Ok(text) = serde_json::from_str(literal) {
            return Some(Cow::Owned(text));
        }
        // Half a surrogate pair has no reading as text: then it counts as it is written.
        serde_json::from_str::<IgnoredAny>(literal).ok()?;
        literal.get(1..length - 1).map(Cow::Borrowed)
    }

    fn skip_space(&mut self) {
        // Most have none.
        if let Some(..=b' ') = self.rest.as_bytes().first() {
            let length = space_length(self.rest.as_bytes());
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
    }

    fn skip(&mut self, mark: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(mark)?;
        Some(())
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

/// The length of a number or a literal, as JSON writes it.
fn scalar_length(text: &str) -> Option<usize> {
    let literals = ["true", "false", "null"];
    match literals.iter().find(|literal| text.starts_with(**literal)) {
        Some(literal) => Some(literal.len()),
        None => number_length(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn a_field_counts_once_however_often_it_is_given() {
        let once = of_query("a=1&b=2");
        assert_eq!(of_query("a=1&b=2&a=1"), once);
        assert_eq!(of_query("b=2&a=1&a=%201&b=2&a=1"), once);
        assert_ne!(of_query("a=1&b=2&a=2"), once);
        assert_eq!(of_query("a=1&b=2&a=2"), of_query("a=2&a=1&b=2"));
        // As many as a message may have, which meet by chance too.
        let names = 0..250;
        let many: Vec<String> = names.map(|n| format!("f{n}={n}")).collect();
        let whole = of_query(&many.join("&"));
        let mut twice = [many.clone(), many].concat();
        twice.reverse();
        assert_eq!(of_query(&twice.join("&")), whole);
        twice.pop();
        assert_eq!(of_query(&twice.join("&")), whole);
        twice.truncate(249);
        assert_ne!(of_query(&twice.join("&")), whole);
    }

    #[test]
    fn what_may_be_there_twice_is_summed_to_the_same() {
        let hashes = |count: u64| (0..count).map(|n| xxh3_128_with_seed(&n.to_le_bytes(), 0));
        let mut are_told = 0;
        for count in 0..200 {
            let sorted = sum_after_sorting(hashes(count).collect());
            let sum = sum_of_different(hashes(count));
            assert!(sum.is_none_or(|sum| sum == sorted));
            are_told += u32::from(sum.is_some());
        }
        assert!((20..200).contains(&are_told), "{are_told}");
    }

    #[test]
    fn nested_json_counts_as_what_it_says() {
        let of = |json: &str| of_json(&format!(r#"{{"x":{json}}}"#));
        let base = of(r#"{"a":{"b":[1,"2",{"c":null,"d":true}]},"e":"+44 é\/"}"#);
        for same in [
            r#"{"e":"+44 é\/","a":{"b":[1,"2",{"d":true,"c":null}]}}"#,
            r#"{ "e" : "+44 \u00e9/" , "a":{"b":[ 1 ,"\u0032",{"d":true,"c":null} ] } }"#,
            r#"{"e":" 44 é\/","a":{"b":[1,"2",{"d":true,"c":null}]}}"#,
        ] {
            assert_eq!(of(same), base, "{same}");
            // As a text, as in a form.
            let text = serde_json::to_string(same).expect("text");
            assert_eq!(of(&text), base, "{text}");
            let encoded =
                percent_encoding::utf8_percent_encode(same, percent_encoding::NON_ALPHANUMERIC);
            // A form of one field that is an object would be that object.
            let both = of_json(&format!(r#"{{"x":{same},"y":1}}"#));
            assert_eq!(of_query(&format!("y=1&x={encoded}")), both, "{same}");
        }
        for other in [
            r#"{"a":{"b":["2",1,{"c":null,"d":true}]},"e":"+44 é\/"}"#,
            r#"{"a":{"b":[1,"2",{"c":null}]},"e":"+44 é\/"}"#,
            r#"{"a":{"b":[1,2,{"c":null,"d":true}]},"e":"+44 é\/"}"#,
            r#"{"a":{"b":[[1,"2"],{"c":null,"d":true}]},"e":"+44 é\/"}"#,
            r#"{"a":{"b":[1,"2",{"d":null,"c":true}]},"e":"+44 é\/"}"#,
            r#"{"a":"+44 é\/","e":{"b":[1,"2",{"c":null,"d":true}]}}"#,
            r#"{"a":{"b":[1,"2",{"c":null,"d":true}],"e":"+44 é\/"}}"#,
        ] {
            assert_ne!(of(other), base, "{other}");
        }
        // Digits beyond any number's precision.
        assert_ne!(
            of(r#"{"a":123456789012345678901}"#),
            of(r#"{"a":123456789012345678902}"#)
        );
        assert_ne!(of("{}"), of("[]"));
        assert_ne!(of("[]"), of("[[]]"));
        assert_ne!(of("{}"), of(r#""{key: value}""#));
        assert_ne!(of(r#""{key: value}""#), of(r#""{key: other}""#));
    }

    proptest! {
        /// Texts of everything that JSON has, with bytes replaced, put in and taken out.
        #[test]
        fn nested_json_is_what_serde_json_takes_for_it(
            seed in 0..3_usize,
            edits in prop::collection::vec((0..3_u8, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
        ) {
            let seeds = [
                r#"{"a":-0.5e+10,"b":[1,{"c":"d"}],"e":{"f":null},"g":false,"h":"\u00e9\ud800","":" "}"#,
                r#" [ true , null , 0 , "x\"y" , [ ] , { } ] "#,
                r#"{"a":{"b":"12345678\n12345678"}}"#,
            ];
            let pieces = b"{}[]\",:\\0123456789.eE+-tfnu/ \n\r\t\x00\x1f\x0cd8";
            let mut text = seeds[seed].as_bytes().to_vec();
            for (kind, at, piece) in edits {
                let at = at.index(text.len());
                match kind {
                    0 => text[at] = *piece.get(pieces),
                    1 => text.insert(at, *piece.get(pieces)),
                    _ => drop(text.remove(at)),
                }
            }
            let text = String::from_utf8(text).expect("ASCII");
            let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            let is_nested = text.trim_ascii_start().starts_with(['{', '[']);
            prop_assert_eq!(nested_hash(&text).is_some(), is_json && is_nested, "{:?}", text);
        }
    }

    #[test]
    fn an_array_at_the_top_is_a_content() {
        let base = of_json(r#"[{"a":1,"b":2},3]"#);
        assert_eq!(of_json(r#" [ {"b":2,"a":1}, 3 ] "#), base);
        assert_ne!(of_json(r#"[3,{"a":1,"b":2}]"#), base);
        assert_ne!(of_json("[]"), of_json("{}"));
    }

    #[test]
    fn text_that_is_too_deep_counts_as_text() {
        let nested = |levels: usize, inner: &str| {
            let text = "[".repeat(levels) + inner + &"]".repeat(levels);
            of_query(&format!("x={text}&y=1"))
        };
        assert_eq!(nested(MAX_DEPTH, "1"), nested(MAX_DEPTH, "%201%20"));
        assert_ne!(nested(MAX_DEPTH + 1, "1"), nested(MAX_DEPTH + 1, "%201%20"));
        assert_ne!(nested(50_000, "1"), nested(50_000, "2"));
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_release() {
        // Known answers, of another implementation of XXH3: if one changes, VERSION has to change with it.
        for (json, known) in [
            ("{}", "00000000000000000000000000000002"),
            (
                r#"{"type":"cdr","time":1634720920615}"#,
                "0d7b122d4acdbc8fd31bb4513a536c6d",
            ),
            (
                r#"{"x":{"a":[1,"2"]},"record":"True"}"#,
                "edf8ab5bff4c584232c259e417d8c93d",
            ),
            ("[1]", "0102d8d138a6eb31e2bb1ccb1204740b"),
        ] {
            assert_eq!(
                format!("{:?}", of_json(json)),
                format!("Fingerprint({known})")
            );
        }
    }
}
