//! Requests that are refused, whoever's URL they come to.

use callhook_test_support::{chunked, request};

use crate::wire::provider_of;

/// Name, request, status, outcome.
pub(crate) type Row = (&'static str, Vec<u8>, u16, Option<&'static str>);

/// What this path refuses, sent to this target: the path with its token.
pub(crate) fn rows(path: &str, target: &str) -> Vec<Row> {
    let mut rows = of_any(target);
    if provider_of(path) == "voipappz" {
        // Its bodies are templates, and none of its fields is sent twice here.
        rows.retain(|row| row.0 != "a trailing comma" && row.3 != Some("duplicate_field"));
    }
    rows
}

/// What any provider's URL refuses.
fn of_any(target: &str) -> Vec<Row> {
    let body =
        |name, body: &[u8], outcome| (name, request("POST", target, &[], body), 400, Some(outcome));
    let query = |name, query: &str, outcome| {
        let request = request("GET", &format!("{target}&{query}"), &[], b"");
        (name, request, 400, Some(outcome))
    };
    let with = |name, headers: &[(&str, &str)], body: &[u8], status, outcome| {
        (
            name,
            request("POST", target, headers, body),
            status,
            outcome,
        )
    };
    let method = |method| (method, request(method, target, &[], MESSAGE), 405, None);
    let message = std::str::from_utf8(MESSAGE).expect("UTF-8");
    let half = &message[..message.len() / 2];
    let too_big = padded(MAX_BYTES + 1);
    let over = padded(300 * 1024);
    let chunks = [("transfer-encoding", "chunked")];
    vec![
        body("nothing", b"", "empty"),
        body("white space", b" \r\n\t ", "empty"),
        body("not JSON", b"hello, world", "malformed"),
        body("a JSON string", b"\"type=cdr\"", "malformed"),
        body("a number", b"42", "malformed"),
        body("half a document", half.as_bytes(), "malformed"),
        body("half an array", b"[1,2", "malformed"),
        body("two documents", message.repeat(2).as_bytes(), "malformed"),
        body(
            "JSON and more",
            format!("{message}x").as_bytes(),
            "malformed",
        ),
        body("a trailing comma", br#"{"type":"cdr",}"#, "malformed"),
        body("no quotes", b"{type:cdr}", "malformed"),
        body("HTML", b"<html><a href=\"x?a=b\">x</a></html>", "malformed"),
        body("not UTF-8", b"{\"type\":\"\xff\"}", "malformed"),
        body(
            "a form that is not UTF-8",
            b"type=event&user=\xc3\x28",
            "malformed",
        ),
        body(
            "a form that is not UTF-8 when decoded",
            b"type=event&user=%FF",
            "malformed",
        ),
        body("zeros", &[0; 1000], "malformed"),
        query(
            "a query that is not UTF-8 when decoded",
            "type=event&user=%C3%28",
            "malformed",
        ),
        query(
            "a name that is not UTF-8 when decoded",
            "type=event&%FF=a",
            "malformed",
        ),
        body(
            "a key with two values",
            br#"{"type":"event","status":"started","cmiuuid":"a","status":"answered"}"#,
            "duplicate_field",
        ),
        body(
            "a key with two values, once escaped",
            br#"{"type":"event","status":"started","cmiuuid":"a","st\u0061tus":"answered"}"#,
            "duplicate_field",
        ),
        body(
            "a form's field with two values",
            b"type=event&status=a&cmiuuid=a&status=b",
            "duplicate_field",
        ),
        query(
            "a parameter with two values",
            "type=event&status=a&cmiuuid=a&status=b",
            "duplicate_field",
        ),
        body(
            "65 levels",
            format!("{{\"x\":{}}}", nested(64)).as_bytes(),
            "too_deep",
        ),
        body("65 levels of arrays", nested(65).as_bytes(), "too_deep"),
        body("100 000 levels", nested(100_000).as_bytes(), "too_deep"),
        body(
            "40 000 levels of objects",
            ["{\"a\":".repeat(40_000), "1".to_owned(), "}".repeat(40_000)]
                .concat()
                .as_bytes(),
            "too_deep",
        ),
        body(
            "40 000 levels that never close",
            "{\"a\":".repeat(40_000).as_bytes(),
            "too_deep",
        ),
        body(
            "513 fields",
            format!("{{\"type\":\"sms\"{}}}", fields(512)).as_bytes(),
            "too_many_fields",
        ),
        body(
            "a form of 513 fields",
            "a=b&".repeat(513).as_bytes(),
            "too_many_fields",
        ),
        query("513 parameters", &"a=b&".repeat(513), "too_many_fields"),
        // Refused by the head, before the token was looked at.
        with(
            "one byte over the limit",
            &[],
            too_big.as_bytes(),
            413,
            None,
        ),
        with("300 KiB", &[], over.as_bytes(), 413, None),
        with(
            "300 KiB declared",
            &[("content-length", "307200")],
            b"",
            413,
            None,
        ),
        with(
            "8 EiB declared",
            &[("content-length", "9223372036854775807")],
            b"",
            413,
            None,
        ),
        with(
            "300 KiB in chunks",
            &chunks,
            &chunked(over.as_bytes(), 9000),
            413,
            Some("too_large"),
        ),
        with(
            "one byte over the limit in chunks",
            &chunks,
            &chunked(too_big.as_bytes(), 9000),
            413,
            Some("too_large"),
        ),
        with(
            "compressed",
            &[("content-encoding", "gzip")],
            MESSAGE,
            415,
            None,
        ),
        with(
            "multipart",
            &[("content-type", "multipart/form-data; boundary=x")],
            MESSAGE,
            415,
            None,
        ),
        method("DELETE"),
        method("PUT"),
        method("PATCH"),
        method("OPTIONS"),
        method("TRACE"),
        method("BREW"),
        // Refused by the server, before the product sees it.
        with(
            "no number of bytes",
            &[("content-length", "ten")],
            MESSAGE,
            400,
            None,
        ),
        with(
            "two lengths",
            &[("content-length", "10"), ("content-length", "11")],
            MESSAGE,
            400,
            None,
        ),
        (
            "no HTTP",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n".to_vec(),
            400,
            None,
        ),
    ]
}

const MESSAGE: &[u8] = br#"{"type":"event","status":"started","cmiuuid":"a"}"#;

pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// A valid message of so many bytes.
pub(crate) fn padded(bytes: usize) -> String {
    let [start, end] = [
        r#"{"type":"event","status":"started","cmiuuid":"padded","x":""#,
        r#""}"#,
    ];
    format!(
        "{start}{}{end}",
        "x".repeat(bytes - start.len() - end.len())
    )
}

pub(crate) fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

pub(crate) fn fields(count: usize) -> String {
    (0..count).map(|index| format!(",\"f{index}\":1")).collect()
}
