//! What of a log, a query or a URL is a message.

use callhook::testing;

use crate::decode::RECORD;
use crate::support::callhook;

const SECRET: &str = "a-token-of-16-bytes-or-more";

#[test]
fn a_token_in_a_query_is_left_out_and_never_printed() {
    let query = testing::telecmi::cdr_inbound_answered().query();
    let wanted = callhook(&["decode", "telecmi", "--json", "--query"], &query).json();
    let with = format!("token={SECRET}&{query}&%74oken={SECRET}");
    let saved = |query: &str| {
        serde_json::json!({"method": "GET", "path": "/w", "query": query}).to_string()
    };
    for (form, arguments) in [
        (with.clone(), &["--query"][..]),
        (with.clone(), &[]),
        (format!("?{with}"), &[]),
        (format!("/webhooks/telecmi?{with}"), &[]),
        (
            format!("https://example.org/webhooks/telecmi?{with}"),
            &["--query"],
        ),
        (
            format!("1.2.3.4 - - [x] \"GET /w?{with} HTTP/1.1\" 200 0"),
            &[],
        ),
        (format!("GET /w?{with} 200 3.1 ms"), &[]),
        (format!("handled /w?{with} in 3 ms"), &[]),
        (saved(&with), &[]),
        (
            saved(&with.replace("token=", "key=").replace("%74oken=", "key=")),
            &["--token-parameter", "key"],
        ),
    ] {
        let json = callhook(
            &[&["decode", "telecmi", "--json"], arguments].concat(),
            &form,
        );
        let mut found = json.json();
        assert_eq!(found["is_token_left_out"], true, "{form}: {json:?}");
        found["is_token_left_out"] = false.into();
        assert_eq!(found, wanted, "{form}");
        let shown = callhook(&[&["decode", "telecmi"], arguments].concat(), &form);
        let redacted = callhook(
            &[&["decode", "telecmi", "--redact"], arguments].concat(),
            &form,
        );
        assert!(shown.stdout.contains("left out: the token"), "{shown:?}");
        assert!(redacted.stderr.contains("was left out"), "{redacted:?}");
        for run in [json, shown, redacted] {
            let all = format!("{run:?}");
            assert_eq!(run.code, Some(0), "{form}: {all}");
            assert!(!all.contains(SECRET) && !all.contains("oken="), "{all}");
        }
    }
    // In a form that is said to be a body, it is a field as others are.
    let form = callhook(&["decode", "telecmi", "--json", "--form"], &with).json();
    assert_eq!(form["is_token_left_out"], false);
    assert_ne!(form["content_key"], wanted["content_key"]);
}

#[test]
fn a_line_that_has_no_message_says_why() {
    for (line, why) in [
        (
            "1.2.3.4 - - [x] \"POST /webhooks/telecmi?token=a-token HTTP/1.1\" 200 0",
            "which an access log doesn't have",
        ),
        (
            "1.2.3.4 - - [x] \"POST /webhooks/voipappz?event=call-answer HTTP/1.1\" 200 0",
            "which an access log doesn't have",
        ),
        (
            "1.2.3.4 - - [x] \"GET /health HTTP/1.1\" 200 2",
            "a GET without a query",
        ),
        (
            "1.2.3.4 - - [x] \"OPTIONS /webhooks/telecmi?a=b HTTP/1.1\" 200 2",
            "neither GET nor POST",
        ),
        ("https://example.org/webhooks/telecmi", "no query"),
    ] {
        let run = callhook(&["decode", "voipappz", "--json"], line);
        let found = run.json();
        assert_eq!(run.code, Some(1), "{line}");
        assert_eq!(found["error"]["code"], "no_message", "{line}: {found}");
        let text = found["error"]["text"].as_str().expect("a text");
        assert!(text.contains(why), "{line}: {text}");
        assert!(!format!("{run:?}").contains("a-token"), "{run:?}");
    }
}

#[test]
fn json_after_the_text_of_a_log_is_read_and_json_in_a_form_stays_there() {
    let json = testing::telecmi::cdr_inbound_answered().json();
    let wanted = callhook(&["decode", "telecmi", "--json"], &json).json();
    let nginx = json.replace('"', "\\x22");
    let quoted = serde_json::Value::from(json.clone()).to_string();
    for line in [
        format!("2026-11-28 00:09:49 INFO got webhook: {json}"),
        format!("[2026-11-28] {{req-1}} got webhook: {json} in 3 ms"),
        format!("1.2.3.4 \"POST /w?a=b&token=c HTTP/1.1\" 200 \"{nginx}\""),
        format!("12:00 body={quoted}"),
    ] {
        let found = callhook(&["decode", "telecmi", "--json"], &line).json();
        assert_eq!(found, wanted, "{line}");
    }
    let form = "type=cdr&cmiuuid=a&status=missed&user=Zoe B&extra_params={\"a\":1}";
    let found = callhook(&["decode", "telecmi", "--json"], form).json();
    assert_eq!(found["event"]["user"], "Zoe B", "{found}");
    assert_eq!(found["event"]["extra_params"], "{\"a\":1}", "{found}");
}

#[test]
fn an_unknown_term_and_an_unknown_event_are_told() {
    let body = r#"{"type":"cdr","cmiuuid":"a","status":"brandnew","leg":"c","hangup_reason":"x"}"#;
    let found = callhook(&["decode", "telecmi", "--json"], body).json();
    assert_eq!(
        found["unknown_terms"],
        serde_json::json!({"status": "brandnew", "leg": "c", "hangup_reason": "x"})
    );
    let shown = callhook(&["decode", "telecmi"], body).good();
    assert!(
        shown.contains("brandnew   a term that is not documented"),
        "{shown}"
    );
    let known = callhook(&["decode", "telecmi", "--json"], RECORD).json();
    assert_eq!(known["unknown_terms"], serde_json::json!({}));

    let report = testing::voipappz::report().json();
    let shown = callhook(&["decode", "voipappz", "--event", "nosuch"], &report).good();
    assert!(
        shown.contains("nosuch   an event that is not documented") && shown.contains("Ivr:Start"),
        "{shown}"
    );
}

#[test]
fn a_url_or_a_query_is_taken_where_a_file_is_and_a_body_is_not() {
    let query = testing::telecmi::cdr_inbound_answered().query();
    let wanted = callhook(&["decode", "telecmi", "--json", "--query"], &query).json();
    let url = format!("http://127.0.0.1:3000/webhooks/telecmi?{query}");
    for arguments in [
        &[&*url][..],
        &["--query", &url],
        &[&query],
        &["--query", &query],
    ] {
        let arguments = [&["decode", "telecmi", "--json"], arguments].concat();
        assert_eq!(callhook(&arguments, "").json(), wanted, "{arguments:?}");
    }
    let run = callhook(&["decode", "telecmi", RECORD], "");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("standard input"), "{run:?}");
}

#[test]
fn what_can_not_be_read_has_the_same_code_with_redact() {
    let body = "{\"type\":\"cdr\",\"a";
    let json = callhook(&["decode", "telecmi", "--json"], body).json();
    let redacted = callhook(&["decode", "telecmi", "--redact"], body);
    assert_eq!((redacted.code, &*redacted.stdout), (Some(1), ""));
    let (code, text) = (&json["error"]["code"], &json["error"]["text"]);
    for told in [code, text] {
        let told = told.as_str().expect("a text");
        assert!(redacted.stderr.contains(told), "{told}: {redacted:?}");
    }
}

#[test]
fn what_is_of_no_known_kind_says_so_of_its_key() {
    let body = r#"{"type":"hologram"}"#;
    // The second one may be a request that waits.
    for body in [body, r#"{"mood":"good"}"#] {
        let run = callhook(&["decode", "telecmi"], body);
        assert!(
            run.stdout.contains("none: it is of no known kind"),
            "{run:?}"
        );
    }
    let json = callhook(&["decode", "telecmi", "--json"], body).json();
    assert_eq!(json["unchecked"], "unrecognized");
}
