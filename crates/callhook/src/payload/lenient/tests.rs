use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;

use super::Template;
use crate::payload::{Payload, Unreadable, UnreadableKind, ValueKind};

fn read(body: &str) -> Result<Vec<(String, String)>, Unreadable> {
    Payload::from_template_body(body.as_bytes()).map(|payload| texts(&payload))
}

fn texts(payload: &Payload<'_>) -> Vec<(String, String)> {
    let text = |field: &crate::payload::Field<'_>| {
        (field.name().to_owned(), field.value().text().to_owned())
    };
    payload.fields().iter().map(text).collect()
}

fn is_strict(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[test]
fn a_number_that_begins_with_a_zero_is_a_text_with_its_digits() {
    let body =
        br#"{"destination":039000000,"n": 00 ,"list":[01,{"a":02}, 03],"duration":60,"zero":0}"#;
    let payload = Payload::from_template_body(body).expect("readable");
    assert_eq!(
        texts(&payload),
        [
            ("destination", "039000000"),
            ("n", "00"),
            ("list", r#"["01",{"a":"02"},"03"]"#),
            ("duration", "60"),
            ("zero", "0"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
    let kinds: Vec<ValueKind> = payload.fields().iter().map(|f| f.value().kind()).collect();
    use ValueKind::{Nested, Number, Text};
    assert_eq!(kinds, [Text, Text, Nested, Number, Number]);
}

#[test]
fn commas_after_the_last_item_and_comments_are_as_if_they_were_not_there() {
    let plain = read(r#"{"a":"x","b":[1,2],"c":{"d":null}}"#);
    for body in [
        r#"{"a":"x","b":[1,2,],"c":{"d":null,},}"#,
        r#"{"a":"x","b":[1,2 , ] ,"c":{"d":null} , }"#,
        "{\"a\":\"x\", // the first\n\"b\":[1,//one\n2// two\n],\"c\":{\"d\":null}\n// the end\n}",
        "// a template = a body\r\n{\"a\":\"x\" // comma below\r\n,\"b\":[1,2],\"c\":{\"d\":null},// \"e\":1 \u{1f4de}\r\n}// end",
        "{\"a\":\"x\",//\r\"b\":[1,2],\"c\":{\"d\":null//,//}\n}, // }\n} // {",
        "\u{feff} \n{\"a\":\"x\",\"b\":[1,2],\"c\":{\"d\":null},} \n",
    ] {
        assert_eq!(read(body), plain, "{body}");
    }
}

#[test]
fn what_looks_like_a_comment_or_a_comma_in_a_string_is_text() {
    let body = r#"{"recording_url":"https://cloud.example/a//b","x":"\"//,]","y":"\\",// "z"
        "list":["//",",}", "039"],"//":"039,}",}"#;
    let expected = [
        ("recording_url", "https://cloud.example/a//b"),
        ("x", "\"//,]"),
        ("y", "\\"),
        ("list", r#"["//",",}","039"]"#),
        ("//", "039,}"),
    ];
    assert_eq!(
        read(body).expect("readable"),
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
}

#[test]
fn nothing_else_is_read() {
    for body in [
        r#"{"duration":,"a":1}"#,
        r#"{"duration":}"#,
        r#"{"a":1,,}"#,
        r#"{,}"#,
        r#"{"a":[,]}"#,
        r#"{"a":[1,,2]}"#,
        r#"{,"a":1}"#,
        r#"{"a",}"#,
        r#"{"a":1},"#,
        r#"{"a":1"#,
        "{\"a\":1,\n",
        r#"{"a":1 // }"#,
        r#"{"a":"x}"#,
        r#"{"a":"x\"}"#,
        r#"{"a":[1}"#,
        r#"{"a":-01}"#,
        r#"{"a":+1}"#,
        r#"{"a":+01}"#,
        r#"{"a":01.5}"#,
        r#"{"a":01e5}"#,
        r#"{"a":0x1}"#,
        r#"{"a":.5}"#,
        r#"{"a":01 02}"#,
        r#"{"a":01"b"}"#,
        r#"{"a":"b"01}"#,
        r#"{01:1}"#,
        r#"{"a":1,01:1}"#,
        r#"{"a":[{"b":1,01:1}]}"#,
        r#"{"a":{"b":1},01:1}"#,
        r#"{"a" 01}"#,
        r#"{'a':1}"#,
        r#"{a:1}"#,
        r#"{"a":1 /* b */}"#,
        r#"{"a":1} / "#,
        "{\"a\":tr//\nue}",
        "{\"a\":1//\n2}",
        r##"{"a":1 # b
        }"##,
        r#"{"a":NaN}"#,
        r#"{"a":None}"#,
        r#"{"a":{{duration}}}"#,
        r#"{"a":1}{"b":2}"#,
        "// only a comment",
        "//\n01",
        "//\n\"a\"",
        "/{}",
        "not json",
    ] {
        let kind = read(body).expect_err(body).kind();
        assert_eq!(kind, UnreadableKind::Malformed, "{body}");
    }
}

#[test]
fn an_error_names_the_place_in_the_body_as_sent() {
    for (body, position) in [
        // Where strict JSON would stop at the comment, this says what is missing, and where.
        ("{\"a\":1, // one\n\"b\":2", "line 2, column 5"),
        ("{\"a\":01,\"b\":02,\"c\":}", "line 1, column 20"),
        ("{\"a\":[01,02]\n,\"b\":03 04}", "line 2, column 9"),
        (
            "// \u{1f4de} \"x\"\n{\"a\":01,\n \"b\":?}",
            "line 3, column 6",
        ),
        ("{\"a\":1, // one\n", "line 1, column 7"),
    ] {
        let error = read(body).expect_err(body).to_string();
        assert!(error.ends_with(position), "{error}: {body}");
    }
}

#[test]
fn limits_hold() {
    let nested = |levels: usize| {
        let inside = levels - 1;
        format!("{{\"a\":{}01{},}}", "[".repeat(inside), "]".repeat(inside))
    };
    assert!(read(&nested(64)).is_ok());
    assert_eq!(
        read(&nested(65)).map_err(|error| error.kind()),
        Err(UnreadableKind::TooDeep)
    );
    let fields = |count: usize| format!("{{{}}}", "\"a\":01,".repeat(count));
    assert!(read(&fields(512)).is_ok());
    assert_eq!(
        read(&fields(513)).map_err(|error| error.kind()),
        Err(UnreadableKind::TooManyFields)
    );
}

#[test]
fn a_template_in_a_forms_only_field_and_an_array_are_read_too() {
    let expected = [("a".to_owned(), "01".to_owned())];
    assert_eq!(
        read("payload=%7B%22a%22%3A01%2C%7D").expect("readable"),
        expected
    );
    // Text in braces that is no template either is text.
    assert_eq!(
        read("payload=%7B%22a%22%3A%7D").expect("readable"),
        [("payload".to_owned(), "{\"a\":}".to_owned())]
    );
    let payload = Payload::from_template_body(b"[{\"a\":01},]").expect("readable");
    assert_eq!(payload.array(), Some("[{\"a\":\"01\"} ]"));
}

#[test]
fn strict_reading_comes_first_and_only_its_syntax_errors_are_tried_again() {
    assert!(read("a=1&b=//2").is_ok());
    assert_eq!(read("").expect_err("empty").kind(), UnreadableKind::Empty);
    let no_utf8 = Payload::from_template_body(b"{\"a\":\"\xff\",}").expect_err("no UTF-8");
    assert_eq!(no_utf8.kind(), UnreadableKind::Malformed);
    assert!(Payload::from_body(b"{\"a\":01}").is_err());
}

#[test]
fn a_hostile_body_costs_no_more_than_its_length() {
    // A reader that looked ahead or back through the body would take hours for these.
    for piece in [
        "//", "//\n", "[", "00,", ",", "\"", "\\\"", "\"\\", " ", "{\"a\":[", "0", "//\"\n,",
    ] {
        let body = format!("{{\"a\":[{}", piece.repeat(1_000_000 / piece.len()));
        assert!(read(&body).is_err(), "{piece:?}");
    }
}

/// JSON text of any shape, with white space between its tokens.
fn json_text() -> impl Strategy<Value = String> {
    value(select(vec!["", " ", "\n", "\t "]), false)
}

/// The same, with all that a template may have beyond JSON.
fn template_text() -> impl Strategy<Value = String> {
    let space = select(vec!["", " ", "\n", "// it's \"a\", [01,]\n", "//\r"]);
    value(space, true).prop_map(|value| format!("{{\"a\":{value}}}"))
}

fn value(
    space: impl Strategy<Value = &'static str> + Clone + 'static,
    is_template: bool,
) -> impl Strategy<Value = String> {
    let string =
        r#"([a-z0-9:/,}\]{\[ é]|//|\\"|\\\\|\\u00e9){0,8}"#.prop_map(|text| format!("\"{text}\""));
    let mut scalars = vec![
        "0", "-0", "10", "1.50", "-0.1e+05", "true", "null", "\"//\"",
    ];
    if is_template {
        scalars.extend(["00", "01", "039000000"]);
    }
    let scalar = prop_oneof![string.clone(), select(scalars).prop_map(str::to_owned)];
    let comma = select(if is_template { vec!["", ","] } else { vec![""] });
    let spaced = (space.clone(), scalar, space.clone());
    let scalar = spaced.prop_map(|(before, scalar, after)| format!("{before}{scalar}{after}"));
    scalar.prop_recursive(4, 32, 5, move |inner| {
        let space = space.clone();
        let trailing = (comma.clone(), space.clone());
        let name = (space.clone(), string.clone(), space.clone());
        let item = (name, inner.clone())
            .prop_map(|((before, name, after), value)| format!("{before}{name}{after}:{value}"));
        let joined = |items: Vec<String>, (comma, space): (&str, &str)| match items.as_slice() {
            [] => space.to_owned(),
            items => format!("{}{comma}{space}", items.join(",")),
        };
        prop_oneof![
            (vec(inner, 0..4), trailing.clone())
                .prop_map(move |(items, trailing)| format!("[{}]", joined(items, trailing))),
            (vec(item, 0..4), trailing)
                .prop_map(move |(items, trailing)| format!("{{{}}}", joined(items, trailing))),
        ]
    })
}

/// A second implementation of the grammar, by recursive descent: what is left of the text after a value.
mod reference {
    pub(super) fn accepts(text: &str) -> bool {
        value(text).is_some_and(|rest| space(rest).is_empty())
    }

    fn space(text: &str) -> &str {
        let text = text.trim_start_matches([' ', '\t', '\r', '\n']);
        match text.strip_prefix("//") {
            Some(comment) => space(comment.trim_start_matches(|c| !matches!(c, '\r' | '\n'))),
            None => text,
        }
    }

    fn value(text: &str) -> Option<&str> {
        let text = space(text);
        match text.as_bytes().first()? {
            b'{' => items(&text[1..], '}', |item| {
                value(space(string(item)?).strip_prefix(':')?)
            }),
            b'[' => items(&text[1..], ']', value),
            b'"' => string(text),
            _ => scalar(text),
        }
    }

    fn items(text: &str, end: char, item: impl Fn(&str) -> Option<&str>) -> Option<&str> {
        let mut text = space(text);
        let mut may_come = true;
        loop {
            if let Some(rest) = text.strip_prefix(end) {
                return Some(rest);
            }
            if !may_come {
                return None;
            }
            text = space(item(text)?);
            may_come = false;
            if let Some(rest) = text.strip_prefix(',') {
                text = space(rest);
                may_come = true;
            }
        }
    }

    fn string(text: &str) -> Option<&str> {
        let mut end = text.strip_prefix('"')?.char_indices();
        while let Some((index, char)) = end.next() {
            match char {
                '\\' => drop(end.next()),
                '"' => {
                    let (string, rest) = text.split_at(index + 2);
                    return super::is_strict(string).then_some(rest);
                }
                _ => {}
            }
        }
        None
    }

    fn scalar(text: &str) -> Option<&str> {
        let is_end = |c: char| " \t\r\n,:]}[{\"/".contains(c);
        let (scalar, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        let is_leading_zero = scalar.len() > 1
            && scalar.starts_with('0')
            && scalar.bytes().all(|byte| byte.is_ascii_digit());
        (is_leading_zero || super::is_strict(scalar)).then_some(rest)
    }
}

proptest! {
    #[test]
    fn sound_json_comes_out_to_the_byte_as_it_went_in(json in json_text()) {
        prop_assert!(is_strict(&json), "{json}");
        let template = Template::read(&json).expect("not deep");
        prop_assert_eq!(&template.json, &json);
    }

    #[test]
    fn a_template_is_read_and_its_json_is_sound(text in template_text()) {
        prop_assert!(reference::accepts(&text), "{text}");
        let template = Template::read(&text).expect("not deep");
        prop_assert!(is_strict(template.json()), "{text}: {}", template.json());
    }

    #[test]
    fn a_template_with_a_slip_is_read_only_where_the_grammar_has_it(
        text in template_text(),
        slips in vec((any::<prop::sample::Index>(), 0..4_usize, select(vec![
            "", ",", ":", "{", "}", "[", "]", "\"", "/", "//", "0", "00", "1", "-", ".", "+", " ", "\n", "e",
        ])), 1..3),
    ) {
        let mut text = text;
        for (index, removed, inserted) in slips {
            let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(at);
            let start = boundary(index.index(text.len() + 1));
            let end = boundary((start + removed).min(text.len()));
            text.replace_range(start..end, inserted);
        }
        let template = Template::read(&text);
        let is_read = template.as_ref().is_ok_and(|template| is_strict(template.json()));
        prop_assert_eq!(is_read, reference::accepts(&text), "{}", text);
        if let Ok(template) = template {
            prop_assert!(template.json.len() <= 2 * text.len());
            if is_strict(&text) {
                prop_assert_eq!(&template.json, &text);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_grows_beyond_twice(text in any::<String>(), dense in r#"[{}\[\],:/"\\0-9a \n]{0,64}"#) {
        for text in [&text, &dense] {
            if let Ok(template) = Template::read(text) {
                prop_assert!(template.json.len() <= 2 * text.len());
            }
            let again = read(text);
            prop_assert_eq!(&again, &read(text));
            if let Ok(strict) = Payload::from_body(text.as_bytes()) && strict.fields().len() != 1 {
                prop_assert_eq!(again.ok(), Some(texts(&strict)));
            }
        }
    }
}
