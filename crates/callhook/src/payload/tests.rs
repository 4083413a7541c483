use proptest::prelude::*;

use super::*;

fn body(text: &str) -> Vec<(String, String)> {
    pairs(Payload::from_body(text.as_bytes()).expect("readable"))
}

fn query(text: &str) -> Vec<(String, String)> {
    pairs(Payload::from_query(text).expect("readable"))
}

fn pairs(payload: Payload<'_>) -> Vec<(String, String)> {
    let pair = |field: &Field<'_>| (field.name().to_owned(), field.value().text().to_owned());
    payload.fields().iter().map(pair).collect()
}

fn kind_of(body: &[u8]) -> UnreadableKind {
    Payload::from_body(body).expect_err("unreadable").kind()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn json_and_a_form_and_a_query_give_the_same_texts() {
    let expected = [
        pair("type", "cdr"),
        pair("to", "44"),
        pair("record", "true"),
    ];
    assert_eq!(body(r#" {"type":"cdr","to":44,"record":true} "#), expected);
    assert_eq!(body("type=cdr&to=44&record=true"), expected);
    assert_eq!(query("type=cdr&&to=44&record=true"), expected);
    assert_eq!(
        body("payload=%7B%22type%22%3A%22cdr%22%2C%22to%22%3A44%2C%22record%22%3Atrue%7D"),
        expected
    );
    assert_eq!(
        body("\u{feff}{\"type\":\"cdr\",\"to\":44,\"record\":true}"),
        expected
    );
}

#[test]
fn a_number_keeps_its_digits_beyond_64_bits() {
    let digits = "123456789012345678901234567890.10";
    assert_eq!(body(&format!(r#"{{"n":{digits}}}"#)), [pair("n", digits)]);
}

#[test]
fn a_nested_value_is_one_field_without_white_space_between_its_tokens() {
    assert_eq!(
        body(r#"{"extra_params": { "a b" : [ 1 , "x \" y" ] } }"#),
        [pair("extra_params", r#"{"a b":[1,"x \" y"]}"#)]
    );
}

#[test]
fn escapes_in_names_and_texts_are_read() {
    assert_eq!(body(r#"{"t\u0079pe":"a\n\u00e9"}"#), [pair("type", "a\né")]);
    assert_eq!(
        body(r#"{"a":"x\ud800y"}"#),
        [pair("a", "x\u{fffd}\u{fffd}\u{fffd}y")]
    );
}

#[test]
fn null_and_empty_and_the_text_null_are_absent() {
    let payload = Payload::from_body(
        br#"{"a":null,"b":"","c":"null","g":" ","h":" null ","d":"x","e":0,"f":false}"#,
    )
    .expect("readable");
    let present: Vec<&str> = payload
        .fields()
        .iter()
        .filter(|field| !field.value().is_absent())
        .map(Field::name)
        .collect();
    assert_eq!(present, ["d", "e", "f"]);
}

#[test]
fn a_raw_plus_before_a_digit_is_a_phone_numbers_plus_and_else_a_space() {
    let payload = Payload::from_query("to=+44123&from=%2B44&name=a+b&pair=a+1").expect("readable");
    let [to, from, name, pair] = payload.fields() else {
        panic!("four fields")
    };
    assert_eq!(to.value().text(), " 44123");
    assert_eq!(to.value().phone_text(), "+44123");
    assert_eq!(from.value().phone_text(), "+44");
    assert_eq!(name.value().phone_text(), "a b");
    assert_eq!(pair.value().text(), "a 1");
}

/// A form's value, and what it is as a phone number, as the rules say: an escape is a byte, and a `+` is a space, or as a
/// phone number a `+` where a digit follows. Each text in a pass of its own.
fn decoded_by_the_rules(raw: &str) -> Option<(String, String)> {
    let decode = |plus: fn(&str) -> u8| {
        let mut decoded = Vec::new();
        for (index, piece) in raw.split('+').enumerate() {
            if index > 0 {
                decoded.push(plus(piece));
            }
            decoded.extend(percent_encoding::percent_decode_str(piece));
        }
        String::from_utf8(decoded).ok()
    };
    let phone = |after: &str| match after.bytes().next() {
        Some(b'0'..=b'9') => b'+',
        _ => b' ',
    };
    Some((decode(|_| b' ')?, decode(phone)?))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_form_is_decoded_by_the_rules_in_one_pass(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "+", "+", "1", "a", "%", "%2B", "%2b1", "%31", "%20", "%C3", "%A9", "%C3%A9", "%zz", "é", "=", "{",
            ]),
            0..12,
        ),
    ) {
        let raw = pieces.concat();
        let text = format!("{raw}={raw}&b=");
        let read = Payload::from_query(&text);
        // The name ends where the value begins.
        let (name, value) = text.split_once('=').expect("a pair");
        let value = value.strip_suffix("&b=").expect("a second pair");
        let (Some((name, _)), Some((value, phone))) =
            (decoded_by_the_rules(name), decoded_by_the_rules(value))
        else {
            prop_assert_eq!(read.expect_err("unreadable").kind(), UnreadableKind::Malformed);
            return Ok(());
        };
        let read = read.expect("readable");
        let field = &read.fields()[0];
        prop_assert_eq!(field.name(), name);
        prop_assert_eq!(field.value().text(), value);
        prop_assert_eq!(field.value().phone_text(), phone);
    }
}

#[test]
fn what_is_neither_json_nor_a_form_is_malformed() {
    let cases: &[&[u8]] = &[
        b"not json",
        b"{\"type\":\"cdr\"",
        b"{\"type\":\"cdr\"}}",
        b"{type:'cdr'}",
        b"\"text\"",
        b"42",
        b"null",
        b"<cdr id=\"1\"/>",
        b"\xff\xfe{}",
        b"{\"a\":\"\xff\"}",
        b"a=%ff",
        b"%ff=a",
        b"[1,2",
        b"{\"a\":01}",
        b"=x",
    ];
    for case in cases {
        let shown = String::from_utf8_lossy(case);
        assert_eq!(kind_of(case), UnreadableKind::Malformed, "{shown}");
    }
}

#[test]
fn an_empty_body_is_empty() {
    assert_eq!(kind_of(b""), UnreadableKind::Empty);
    assert_eq!(kind_of(b" \r\n"), UnreadableKind::Empty);
}

#[test]
fn an_array_at_the_top_is_readable_and_has_no_fields() {
    let payload = Payload::from_body(b" [ {\"type\":\"cdr\"} ] ").expect("readable");
    assert!(payload.fields().is_empty());
    assert_eq!(payload.array(), Some("[ {\"type\":\"cdr\"} ]"));
}

#[test]
fn nesting_ends_at_64_levels_and_costs_no_stack() {
    let nested = |levels: usize| {
        let inside = levels - 1;
        format!("{{\"a\":{}{}}}", "[".repeat(inside), "]".repeat(inside))
    };
    assert!(Payload::from_body(nested(64).as_bytes()).is_ok());
    assert_eq!(kind_of(nested(65).as_bytes()), UnreadableKind::TooDeep);
    assert_eq!(kind_of(nested(100_000).as_bytes()), UnreadableKind::TooDeep);
    assert_eq!(
        kind_of("[".repeat(200_000).as_bytes()),
        UnreadableKind::TooDeep
    );
    // Braces in a string are text.
    assert!(Payload::from_body(format!("{{\"a\":[\"{}\"]}}", "{".repeat(100)).as_bytes()).is_ok());
}

#[test]
fn fields_end_at_512() {
    let json = |count: usize| {
        let fields: Vec<String> = (0..count).map(|n| format!("\"f{n}\":1")).collect();
        format!("{{{}}}", fields.join(","))
    };
    assert!(Payload::from_body(json(512).as_bytes()).is_ok());
    assert_eq!(kind_of(json(513).as_bytes()), UnreadableKind::TooManyFields);
    let form = "a=1&".repeat(513);
    assert_eq!(kind_of(form.as_bytes()), UnreadableKind::TooManyFields);
}

#[test]
fn an_error_says_where_and_repeats_nothing_of_the_payload() {
    let error = Payload::from_body(b"{\"secret\":\"hunter2\" \"x\"}").expect_err("unreadable");
    let text = error.to_string();
    assert!(text.contains("line 1, column 2"), "{text}");
    assert!(
        !text.contains("hunter2") && !text.contains("secret"),
        "{text}"
    );
}

#[test]
fn parameters_are_taken_out_of_a_query_and_the_rest_stays_to_the_byte() {
    let is_token = |pair: &form::Pair<'_>| pair.is_named("token");
    assert_eq!(form::without("a=%20+b&token=x&c", is_token), "a=%20+b&c");
    assert_eq!(form::without("%74oken=x", is_token), "");
    assert_eq!(form::without("tokens=x&b", is_token), "tokens=x&b");
}
