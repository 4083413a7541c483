use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::to_json;
use crate::payload::{Grammar, Payload, Unreadable, UnreadableKind, ValueKind, cut};

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

/// The kind and text of the value `a` of a template with this value.
fn value_of(value: &str) -> Result<(ValueKind, String), Unreadable> {
    let body = format!("{{\"a\":{value}}}");
    let payload = Payload::from_template_body(body.as_bytes())?;
    let [field] = payload.fields() else {
        panic!("one field: {body}");
    };
    Ok((field.value().kind(), field.value().text().to_owned()))
}

#[test]
fn a_value_without_quotes_is_text_up_to_the_comma_or_the_bracket() {
    for (value, text) in [
        ("039000000", "039000000"),
        ("+972501234567", "+972501234567"),
        ("+972 50-123 45 67", "+972 50-123 45 67"),
        ("*72", "*72"),
        ("*72#", "*72#"),
        ("#1", "#1"),
        ("anonymous", "anonymous"),
        ("039-000000", "039-000000"),
        ("(03) 900.0000", "(03) 900.0000"),
        ("00", "00"),
        ("-01", "-01"),
        ("01.5", "01.5"),
        ("01e5", "01e5"),
        ("0x1", "0x1"),
        (".5", ".5"),
        ("1.", "1."),
        ("1a", "1a"),
        ("01 02", "01 02"),
        ("1 minute", "1 minute"),
        ("1 ] ", "!"),
        ("True", "True"),
        ("nullable", "nullable"),
        ("Noa Bar", "Noa Bar"),
        ("Noa O'Brien", "Noa O'Brien"),
        ("Queue [north]", "Queue [north]"),
        ("נועה", "נועה"),
        ("\u{1f4de} 1", "\u{1f4de} 1"),
        ("23:04:40", "23:04:40"),
        (
            "2024-12-02T21:04:40.701+00:00",
            "2024-12-02T21:04:40.701+00:00",
        ),
        ("2024/12/02", "2024/12/02"),
        ("https://a.example/b//c", "https://a.example/b//c"),
        (
            "https://a.example/?q=1&r=[2] // recording\n",
            "https://a.example/?q=1&r=[2]",
        ),
        (
            "a.example:5060;transport=tcp",
            "a.example:5060;transport=tcp",
        ),
        ("sip:204@a.example", "sip:204@a.example"),
        ("a / b", "a / b"),
        ("a/*b*/", "a/*b*/"),
        (" \t\r\n Noa Bar \t\r\n ", "Noa Bar"),
        ("Noa\nBar", "Noa\nBar"),
        ("Noa\tBar", "Noa\tBar"),
        ("Noa\u{b}Bar", "Noa\u{b}Bar"),
        ("039 // \"who\", [1] {2}\n", "039"),
        ("039// who\n", "039"),
        ("// who\n039", "039"),
        ("+972// who", "+972// who"),
        ("+972 // who\n", "+972"),
        ("{{destination}}", "{{destination}}"),
        ("{{ destination }}", "{{ destination }}"),
        ("{{{destination}}}", "{{{destination}}}"),
        ("+{{prefix}}-{{number}} x", "+{{prefix}}-{{number}} x"),
        ("{{a, b}}", "{{a, b}}"),
        ("{{}}", "{{}}"),
    ] {
        // `!` means what can't be read.
        let expected = (text != "!").then(|| (ValueKind::Text, text.to_owned()));
        assert_eq!(value_of(value).ok(), expected, "{value}");
        // It ends at a comma as well, and in a nested object or an array it is the same text.
        let member = read(&format!("{{\"a\":{value},\"b\":1}}"));
        let member = member.ok().map(|fields| fields[0].1.clone());
        assert_eq!(member.as_deref(), (text != "!").then_some(text), "{value}");
        let nested = serde_json::json!({ "b": text }).to_string();
        let expected = (text != "!").then_some((ValueKind::Nested, nested));
        assert_eq!(
            value_of(&format!("{{\"b\":{value}}}")).ok(),
            expected,
            "{value}"
        );
    }
    assert_eq!(
        value_of("[01, +1 ,a b,\n{{c}},[x[1]],2]")
            .expect("readable")
            .1,
        r#"["01","+1","a b","{{c}}",["x[1]"],2]"#
    );
}

#[test]
fn what_json_has_is_what_it_is_in_json() {
    for (value, kind, text) in [
        ("60", ValueKind::Number, "60"),
        (" -1.5e+3 ", ValueKind::Number, "-1.5e+3"),
        ("60 // seconds\n", ValueKind::Number, "60"),
        ("60// seconds\n", ValueKind::Number, "60"),
        ("true", ValueKind::Bool, "true"),
        ("null", ValueKind::Null, ""),
        ("\"x\"", ValueKind::Text, "x"),
        ("{\"b\": [1, {}]}", ValueKind::Nested, "{\"b\":[1,{}]}"),
    ] {
        // With a comma after it, which JSON doesn't have.
        let read = value_of(&format!("{value},")).expect("readable");
        assert_eq!(read, (kind, text.to_owned()), "{value}");
    }
}

#[test]
fn no_value_at_all_is_null() {
    for body in [
        r#"{"a":,"b":1}"#,
        r#"{"a": ,"b":1}"#,
        "{\"a\":\n\t,\"b\":1}",
        "{\"a\": // nothing\n,\"b\":1}",
        r#"{"b":1,"a":}"#,
        r#"{"b":1,"a": }"#,
        r#"{"b":1,"a":,}"#,
        "{\"b\":1,\"a\":// nothing\n}",
    ] {
        let payload = Payload::from_template_body(body.as_bytes()).expect(body);
        let field = |name| payload.fields().iter().find(|field| field.name() == name);
        assert_eq!(
            field("a").map(|field| field.value().kind()),
            Some(ValueKind::Null),
            "{body}"
        );
        assert_eq!(
            field("b").map(|field| field.value().text()),
            Some("1"),
            "{body}"
        );
    }
    assert_eq!(
        value_of(r#"{"b":,"c":[{"d":}]}"#).expect("readable").1,
        r#"{"b":null,"c":[{"d":null}]}"#
    );
}

#[test]
fn control_characters_in_strings_are_text_in_both_grammars() {
    for (body, name, text) in [
        ("{\"a\":\"Noa\nBar\"}", "a", "Noa\nBar"),
        ("{\"a\":\"Noa\r\nBar\tX\"}", "a", "Noa\r\nBar\tX"),
        ("{\"a\":\"\n\"}", "a", "\n"),
        (
            "{\"a\":\"\u{0}\u{1}\u{8}\u{b}\u{c}\u{1b}\u{1f}\u{7f}\"}",
            "a",
            "\u{0}\u{1}\u{8}\u{b}\u{c}\u{1b}\u{1f}\u{7f}",
        ),
        ("{\"a\":\"\\n\n\\\"\n\\u00e9\"}", "a", "\n\n\"\n\u{e9}"),
        ("{\"a\nb\":\"x\"}", "a\nb", "x"),
        (
            "{\"a\":[\"x\ny\",{\"b\tc\":\"d\"}]}",
            "a",
            "[\"x\\ny\",{\"b\\tc\":\"d\"}]",
        ),
    ] {
        for payload in [
            Payload::from_body(body.as_bytes()),
            Payload::from_template_body(body.as_bytes()),
        ] {
            let expected = [(name.to_owned(), text.to_owned())];
            assert_eq!(texts(&payload.expect(body)), expected, "{body}");
        }
    }
    let payload = Payload::from_body(b"[\"a\nb\"]").expect("readable");
    assert_eq!(payload.array(), Some("[\"a\\nb\"]"));
    let payload = Payload::from_query("data=%7B%22a%22%3A%22b%0Ac%22%7D").expect("readable");
    assert_eq!(texts(&payload), [("a".to_owned(), "b\nc".to_owned())]);
}

#[test]
fn a_strict_body_has_nothing_else_of_a_template() {
    for body in [
        "{\"a\":\"\n\",\"b\":01}",
        "{\"a\":\"\n\",\"b\":}",
        "{\"a\":\"\n\",}",
        "{\"a\":\"\n\"} // b",
        "{\"a\":[\"\n\",]}",
        "{\"a\":{{b}}}",
        "{\"a\":\u{1}1}",
        "{\"a\":\"\\\n\"}",
        "{\"\\ud800\n\":1}",
    ] {
        let error = Payload::from_body(body.as_bytes()).expect_err(body);
        assert_eq!(error.kind(), UnreadableKind::Malformed, "{body}");
    }
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
        r#"{"a":1,,}"#,
        r#"{,}"#,
        r#"{"a":[,]}"#,
        r#"{"a":[1,,2]}"#,
        r#"{,"a":1}"#,
        r#"{"a",}"#,
        r#"{"a"}"#,
        r#"{"a":1},"#,
        r#"{"a":1"#,
        r#"{"a":"#,
        r#"{"a":x"#,
        "{\"a\":1,\n",
        r#"{"a":1 // }"#,
        r#"{"a":"x}"#,
        r#"{"a":"x\"}"#,
        r#"{"a":[1}"#,
        r#"{"a":[x}"#,
        r#"{"a":1]}"#,
        r#"{"a":]}"#,
        r#"{"a":x[1}"#,
        r#"{"a":x[1,2]}"#,
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
        r#"{"a":"1" /* b */}"#,
        r#"{"a":1} / "#,
        "{\"a\":1//\n2}",
        "{\"a\":x //\ny}",
        r##"{"a":"1" # b
        }"##,
        // A quote or a backslash that nobody escaped.
        r#"{"a":"Noa "Nono" Bar","b":1}"#,
        r#"{"a":"Noa "Nono"","b":1}"#,
        r#"{"a":"27" screen"}"#,
        r#"{"a":""Noa""}"#,
        r#"{"a":Noa "Nono" Bar,"b":1}"#,
        r#"{"a":27","b":1}"#,
        r#"{"a":"EXAMPLE\user","b":1}"#,
        r#"{"a":"C:\","b":1}"#,
        r#"{"a":EXAMPLE\user}"#,
        r#"{"a":"\x","b":01}"#,
        r#"{"a":"\u00g0","b":01}"#,
        // Braces that aren't a placeholder's.
        r#"{"a":x{y}}"#,
        r#"{"a":{b}}"#,
        r#"{"a":{{b}"#,
        r#"{"a":{{b}}"#,
        r#"{"a":{{"b"}}}"#,
        r#"{"a":{{{b}}}"#,
        r#"{"a":{{{{b}}}}}"#,
        r#"{{"a":1}}"#,
        "{{a}}",
        r#"{"a":1}{"b":2}"#,
        "// only a comment",
        "//\n01",
        "//\n\"a\"",
        "//\n{{a}}",
        "/{}",
        "not json",
    ] {
        let kind = read(body).expect_err(body).kind();
        assert_eq!(kind, UnreadableKind::Malformed, "{body}");
    }
}

#[test]
fn an_error_says_what_was_expected_what_was_found_and_where_in_the_body_as_sent() {
    const SEPARATOR: &str = "expected `,` or `}` after a value";
    const STRING_SEPARATOR: &str =
        "expected `,` or `}` after a string, in which quotes have to be escaped";
    for (body, expected, found, place) in [
        (
            "{\"a\":1, // one\n\"b\":2",
            SEPARATOR,
            "the end of the text",
            "line 2, column 6",
        ),
        (
            "{\"a\":[01,02]\n,\"b\":[03}",
            "expected `,` or `]` after a value",
            "`}`",
            "line 2, column 9",
        ),
        (
            "// \u{1f4de} \"x\"\n{\"a\":01,\n \"b\" ?}",
            "expected `:` after a name",
            "text without quotes",
            "line 3, column 6",
        ),
        (
            "{\"\u{1f4de}\":\"x\" ?}",
            STRING_SEPARATOR,
            "text without quotes",
            "line 1, column 10",
        ),
        (
            "{\"a\":1, // one\n",
            "expected a name in quotes or `}`",
            "the end of the text",
            "line 1, column 15",
        ),
        (
            " \n\u{feff}{}",
            "expected a JSON object or array, or a form",
            "text without `=`",
            "line 2, column 1",
        ),
        (
            "\n\n {\"a\":\n",
            "expected a value",
            "the end of the text",
            "line 3, column 7",
        ),
        (
            "\u{feff} {\"a\":\"x\" 1}",
            STRING_SEPARATOR,
            "text without quotes",
            "line 1, column 12",
        ),
        (
            "{\"a\":\"Noa \"Nono\" Bar\"}",
            STRING_SEPARATOR,
            "text without quotes",
            "line 1, column 12",
        ),
        (
            "{\"a\":[\"x\" \"y\"]}",
            "expected `,` or `]` after a string, in which quotes have to be escaped",
            "a quote",
            "line 1, column 11",
        ),
        (
            "{\"a\":Noa \"Nono\"}",
            "expected a value in quotes, or one without quotes, backslashes and braces",
            "a quote in a value without quotes",
            "line 1, column 10",
        ),
        (
            "{\"a\":EXAMPLE\\user}",
            "expected a value in quotes, or one without quotes, backslashes and braces",
            "a backslash in a value without quotes",
            "line 1, column 13",
        ),
        (
            "{\"a\":\"EXAMPLE\\user\"}",
            "expected backslashes in a string to be escaped",
            "a backslash that does not begin a JSON escape",
            "line 1, column 14",
        ),
        (
            "{\"a\":\"x}",
            "expected the closing quote of a string",
            "the end of the text",
            "line 1, column 9",
        ),
        (
            "{\"a\":1} x",
            "expected nothing after the last bracket",
            "text without quotes",
            "line 1, column 9",
        ),
        (
            "{'a':1}",
            "expected a name in quotes or `}`",
            "a single quote",
            "line 1, column 2",
        ),
        (
            "{\"a\":1 /* b */}",
            "expected a comment that begins with `//`",
            "`/*`",
            "line 1, column 8",
        ),
        (
            "{\"a\":\"1\" /* b */}",
            STRING_SEPARATOR,
            "a comment",
            "line 1, column 10",
        ),
        (
            "{\"\\ud800\":1,}",
            "expected a name of valid characters",
            "an escape of half a character (a lone surrogate)",
            "line 1, column 2",
        ),
        (
            "// a\n",
            "expected a JSON object or array",
            "the end of the text",
            "line 1, column 5",
        ),
        ("=1", "expected a field's name", "`=`", "line 1, column 1"),
        (
            "a=1&<b>=2",
            "expected a JSON object or array, or a form",
            "a character in a field's name that a form escapes",
            "line 1, column 5",
        ),
        (
            "a=1&b=%ff",
            "expected escapes of UTF-8",
            "escapes of other bytes",
            "line 1, column 5",
        ),
    ] {
        let error = read(body).expect_err(body).to_string();
        let end = format!("{expected}, found {found}, at {place}");
        assert!(error.ends_with(&end), "{error}: {body}");
    }
    let strict = Payload::from_body(b"{\"a\":\n01}")
        .expect_err("malformed")
        .to_string();
    assert_eq!(
        strict,
        "the body is not valid JSON: expected a value, found text without quotes, at line 2, column 1"
    );
    let bytes = Payload::from_body(b"\n{\"a\":\"\xff\"}")
        .expect_err("malformed")
        .to_string();
    assert_eq!(
        bytes,
        "the body is not UTF-8: expected UTF-8, found other bytes, at line 2, column 7"
    );
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
    // Text in braces that is not a template either is text.
    for text in ["{\"a\"}", "{{a}}"] {
        assert_eq!(
            read(&format!("payload={text}")).expect("readable"),
            [("payload".to_owned(), text.to_owned())]
        );
    }
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
        "1//", "{{", "{{a}}", "{", "x[", "x]", " /", "\"\n", "\u{1}",
    ] {
        let body = format!("{{\"a\":[{}", piece.repeat(1_000_000 / piece.len()));
        assert!(read(&body).is_err(), "{piece:?}");
    }
}

/// JSON text of any shape, with white space between its tokens.
fn json_text() -> impl Strategy<Value = String> {
    value(select(vec!["", " ", "\n", "\t "]), false)
}

/// The same, with all that a template may have beyond JSON. Where a value without quotes comes to be before a
/// comment, there is space between them.
fn template_text() -> impl Strategy<Value = String> {
    let space = select(vec!["", " ", "\n", "// it's \"a\", [01,]\n", "//\r"]);
    value(space, true).prop_map(|value| format!("{{\"a\":{value}}}"))
}

fn member(name: &'static str) -> impl Strategy<Value = String> {
    let space = select(vec!["", " ", "\n", "// a, \"custom\":1\n"]);
    let value = prop_oneof![value(space.clone(), true), Just("// nothing\n".to_owned()),];
    (space.clone(), name, value, space).prop_map(|(before, name, value, after)| {
        let between = if after.starts_with('/') { "\n" } else { "" };
        format!("{before}\"{name}\":{value}{between}{after}")
    })
}

fn value(
    space: impl Strategy<Value = &'static str> + Clone + 'static,
    is_template: bool,
) -> impl Strategy<Value = String> {
    let string =
        r#"([a-z0-9:/,}\]{\[ é]|//|\\"|\\\\|\\u00e9){0,8}"#.prop_map(
            move |text| match is_template {
                true => format!("\"{}\"", text.replace('q', "\n")),
                false => format!("\"{text}\""),
            },
        );
    let mut scalars = vec![
        "0", "-0", "10", "1.50", "-0.1e+05", "true", "null", "\"//\"",
    ];
    if is_template {
        scalars.extend([
            "00",
            "01",
            "039000000",
            "+972 50",
            "*72",
            "anonymous",
            "039-00 ",
            "https://a.b//c",
            "x[1]",
            "{{uuid}}",
            "{{{ a }}} b",
            "a\n b",
            "é",
        ]);
    }
    let scalar = prop_oneof![string.clone(), select(scalars).prop_map(str::to_owned)];
    let comma = select(if is_template { vec!["", ","] } else { vec![""] });
    let spaced = (space.clone(), scalar, space.clone());
    let scalar = spaced.prop_map(|(before, scalar, after)| {
        let is_whole = is_strict(&scalar) || scalar.bytes().all(|byte| byte.is_ascii_digit());
        let between = if is_whole { "" } else { " " };
        format!("{before}{scalar}{between}{after}")
    });
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

/// A second implementation of both grammars, with copies of everything.
mod reference {
    use serde_json::Value;

    /// Strict JSON, in which a string may have control characters.
    pub(super) fn strict(text: &str) -> Option<Value> {
        let (mut in_string, mut is_escaped) = (false, false);
        let mut json = String::new();
        for char in text.chars() {
            match char {
                ..' ' if in_string && !is_escaped => {
                    json.push_str(&format!("\\u{:04x}", u32::from(char)));
                }
                _ => json.push(char),
            }
            let ends_or_begins = char == '"' && !is_escaped;
            is_escaped = in_string && char == '\\' && !is_escaped;
            in_string ^= ends_or_begins;
        }
        serde_json::from_str(&json).ok()
    }

    /// A template, by recursive descent.
    pub(super) fn template(text: &str) -> Option<Value> {
        let (value, rest) = value(text, ' ')?;
        let is_all = space(rest).is_empty() && (value.is_object() || value.is_array());
        is_all.then_some(value)
    }

    fn space(text: &str) -> &str {
        let text = text.trim_start_matches([' ', '\t', '\r', '\n']);
        match text.strip_prefix("//") {
            Some(comment) => space(comment.trim_start_matches(|c| !matches!(c, '\r' | '\n'))),
            None => text,
        }
    }

    /// A value, and what is left of the text, within brackets that this one closes.
    fn value(text: &str, close: char) -> Option<(Value, &str)> {
        let text = space(text);
        match text.chars().next()? {
            '{' if !text.starts_with("{{") => {
                let (items, rest) = items(&text[1..], '}', |item| {
                    let (name, rest) = string(item)?;
                    let after = space(space(rest).strip_prefix(':')?);
                    let (value, rest) = match after.chars().next()? {
                        ',' | '}' => (Value::Null, after),
                        _ => value(after, '}')?,
                    };
                    Some(((name, value), rest))
                })?;
                Some((Value::Object(items.into_iter().collect()), rest))
            }
            '[' => {
                let (items, rest) = items(&text[1..], ']', |item| value(item, ']'))?;
                Some((Value::Array(items), rest))
            }
            '"' => string(text).map(|(string, rest)| (Value::String(string), rest)),
            _ => unquoted(text, close),
        }
    }

    fn items<T>(
        text: &str,
        end: char,
        item: impl Fn(&str) -> Option<(T, &str)>,
    ) -> Option<(Vec<T>, &str)> {
        let mut items = Vec::new();
        let mut text = space(text);
        let mut may_come = true;
        loop {
            if let Some(rest) = text.strip_prefix(end) {
                return Some((items, rest));
            }
            if !may_come {
                return None;
            }
            let (next, rest) = item(text)?;
            items.push(next);
            text = space(rest);
            may_come = false;
            if let Some(rest) = text.strip_prefix(',') {
                text = space(rest);
                may_come = true;
            }
        }
    }

    fn string(text: &str) -> Option<(String, &str)> {
        let mut chars = text.strip_prefix('"')?.char_indices();
        while let Some((index, char)) = chars.next() {
            match char {
                '\\' => drop(chars.next()),
                '"' => {
                    let (string, rest) = text.split_at(index + 2);
                    let Value::String(string) = strict(string)? else {
                        return None;
                    };
                    return Some((string, rest));
                }
                _ => {}
            }
        }
        None
    }

    fn unquoted(text: &str, close: char) -> Option<(Value, &str)> {
        let mut value = String::new();
        let mut rest = text;
        let mut open = 0;
        loop {
            let next = rest.chars().next()?;
            let is_after_space = value.ends_with([' ', '\t', '\r', '\n']);
            let is_digits = !value.is_empty() && value.chars().all(|char| char.is_ascii_digit());
            let is_whole = is_digits || strict(&value).is_some();
            match next {
                ',' | '}' => break,
                ']' if open == 0 && close == ']' => break,
                '/' if rest.starts_with("//") && (is_after_space || is_whole) => break,
                '/' if rest.starts_with("/*") && is_after_space => return None,
                '"' | '\\' => return None,
                '{' => {
                    let braces = if rest.starts_with("{{{") { "}}}" } else { "}}" };
                    let name = rest.strip_prefix(&"{{{"[..braces.len()])?;
                    let end = name.find(['{', '}', '"', '\\'])?;
                    let end = name[end..]
                        .starts_with(braces)
                        .then_some(2 * braces.len() + end)?;
                    value.push_str(&rest[..end]);
                    rest = &rest[end..];
                    continue;
                }
                '[' => open += 1,
                ']' if open == 0 => return None,
                ']' => open -= 1,
                _ => {}
            }
            value.push(next);
            rest = &rest[next.len_utf8()..];
        }
        let value = value.trim_end_matches([' ', '\t', '\r', '\n']);
        if open > 0 || value.is_empty() {
            return None;
        }
        let value = match strict(value) {
            Some(scalar) if !scalar.is_string() => scalar,
            _ => Value::String(value.to_owned()),
        };
        Some((value, rest))
    }
}

/// What a text in this grammar is as JSON, by the code under test.
fn meaning(text: &str, grammar: Grammar) -> Option<Value> {
    let json = to_json(text, grammar).ok()?;
    assert!(json.len() <= 6 * text.len(), "{text:?}: {json:?}");
    let value = serde_json::from_str(&json);
    assert!(value.is_ok(), "{text:?} became {json:?}");
    value.ok()
}

fn with_slips(mut text: String, slips: Vec<(prop::sample::Index, usize, &str)>) -> String {
    for (index, removed, inserted) in slips {
        let boundary = |at: usize| {
            (at..=text.len())
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(at)
        };
        let start = boundary(index.index(text.len() + 1));
        let end = boundary((start + removed).min(text.len()));
        text.replace_range(start..end, inserted);
    }
    text
}

const SLIPS: &[&str] = &[
    "", ",", ":", "{", "}", "{{", "}}", "[", "]", "\"", "/", "//", "/*", "0", "00", "1", "-", ".",
    "+", " ", "\n", "\t", "e", "\\", "\u{1}", "é",
];

proptest! {
    #[test]
    fn valid_json_comes_out_to_the_byte_as_it_went_in(json in json_text()) {
        prop_assert!(is_strict(&json), "{json}");
        for grammar in [Grammar::Strict, Grammar::Template] {
            if json.trim_start().starts_with(['{', '[']) {
                let json = json.trim_matches([' ', '\t', '\r', '\n']);
                prop_assert_eq!(to_json(json, grammar), Ok(json.to_owned()));
            }
        }
    }

    #[test]
    fn a_template_is_read_as_the_reference_reads_it(text in template_text()) {
        let expected = reference::template(&text);
        prop_assert!(expected.is_some(), "{text}");
        prop_assert_eq!(meaning(&text, Grammar::Template), expected, "{}", text);
    }

    #[test]
    fn a_template_with_a_slip_is_read_only_where_the_grammar_has_it(
        text in template_text(),
        slips in vec((any::<prop::sample::Index>(), 0..4_usize, select(SLIPS)), 1..3),
    ) {
        let text = with_slips(text, slips);
        prop_assert_eq!(meaning(&text, Grammar::Template), reference::template(&text), "{}", text);
    }

    #[test]
    fn what_is_found_as_a_token_is_what_is_read_and_the_rest_reads_as_before(
        before in vec(member("[ab]"), 0..3),
        token in member("custom"),
        after in vec(member("[ab]"), 0..3),
        trailing in select(vec!["", ",", ", // the end\n", "// the end\n"]),
    ) {
        let members: Vec<String> = [before, vec![token], after].concat();
        let text = format!("{{{}{trailing}}}", members.join(","));
        let expected = Payload::from_template_body(text.as_bytes()).expect("readable");
        let found = cut::in_body(&text, "custom").expect("once").expect("found");
        let rest = found.cut();
        let rest = Payload::from_template_body(rest.as_bytes()).expect("readable");

        let is_token = |field: &&(String, String)| field.0 == "custom";
        let texts_before = texts(&expected);
        let (token, others): (Vec<_>, Vec<_>) = texts_before.iter().partition(is_token);
        let value = match found.value() {
            "null" => "",
            value => value,
        };
        if expected.field("custom").is_none_or(|field| field.value().kind() != ValueKind::Nested) {
            prop_assert_eq!(value, &token[0].1, "{}", text);
        }
        let others: Vec<_> = others.into_iter().cloned().collect();
        prop_assert_eq!(texts(&rest), others, "{}", text);
    }

    #[test]
    fn json_with_a_slip_is_read_only_where_the_slip_is_a_control_character_in_a_string(
        text in json_text(),
        slips in vec((any::<prop::sample::Index>(), 0..2_usize, select(SLIPS)), 1..3),
    ) {
        let text = with_slips(format!("[{text}]"), slips);
        let expected = reference::strict(&text).filter(|value| value.is_array() || value.is_object());
        prop_assert_eq!(meaning(&text, Grammar::Strict), expected, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_grows_beyond_six_times(text in any::<String>(), dense in r#"[{}\[\],:/"\\0-9a \n]{0,64}"#) {
        for text in [&text, &dense] {
            let _ = meaning(text, Grammar::Strict);
            let _ = meaning(text, Grammar::Template);
            let again = read(text);
            prop_assert_eq!(&again, &read(text));
            if let Ok(strict) = Payload::from_body(text.as_bytes()) && strict.fields().len() != 1 {
                prop_assert_eq!(again.ok(), Some(texts(&strict)));
            }
        }
    }
}
