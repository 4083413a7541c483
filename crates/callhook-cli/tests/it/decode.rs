//! What a message in a log says.

use callhook::testing;

use crate::support::{Directory, callhook};

/// As the core's own test has it, of `sha256sum`.
const KEY: &str = "8debfa01388b213a824d02de0c8e6f3da21758cd776bb17060538b7e8cce82cc";
const RECORD: &str = r#"{"type":"cdr","appid":1111112,"cmiuuid":"5202a928-07c3-4d32-a1a4-d304c9275971","leg":"b","direction":"inbound","status":"Answered"}"#;

#[test]
fn a_body_is_shown_with_its_key_its_summary_and_what_was_not_understood() {
    let body = r#"{"type":"cdr","appid":1111112,"cmiuuid":"5202a928-07c3-4d32-a1a4-d304c9275971","leg":"b",
        "direction":"inbound","status":"Answered","time":1634720920615,"answeredsec":"soon","mood":"good"}"#;
    let shown = callhook(&["decode", "telecmi", "--endpoint", "calls"], body).good();
    assert_eq!(
        shown
            .replace(KEY, "KEY")
            .lines()
            .filter(|line| !line.contains("content key"))
            .collect::<Vec<_>>(),
        [
            "telecmi cdr answered",
            "  message key              KEY",
            "  event",
            "    type                   cdr",
            "    appid                  1111112",
            "    cmiuuid                5202a928-07c3-4d32-a1a4-d304c9275971",
            "    direction              inbound",
            "    leg                    b",
            "    status                 answered",
            "    time                   1634720920615",
            "  of its call",
            "    kind                   record",
            "    leg_id                 5202a928-07c3-4d32-a1a4-d304c9275971",
            "    leg                    b",
            "    account                1111112",
            "    wire_direction         inbound",
            "    direction              inbound",
            "    party                  agent",
            "    phase                  reported",
            "    started_at             1634720920615   2021-10-20T09:08:40.615Z",
            "    finality               leg",
            "  not understood",
            "    answeredsec            soon   can't be read as what this field is, or means \"no value\"",
            "    mood                   good   a field that is not documented",
        ],
        "{shown}"
    );
}

#[test]
fn the_keys_are_those_of_the_endpoint_and_the_tenant() {
    let key = |arguments: &[&str]| {
        let arguments = [&["decode", "telecmi", "--json"], arguments].concat();
        let run = callhook(&arguments, RECORD);
        run.json()["message_key"]
            .as_str()
            .expect("a key")
            .to_owned()
    };
    assert_eq!(key(&["--endpoint", "calls"]), KEY);
    assert_ne!(key(&[]), KEY);
    assert_eq!(key(&[]), key(&["--endpoint", "telecmi"]));
    // `printf` of the parts, each with its length before it, to `sha256sum`.
    assert_eq!(
        key(&["--endpoint", "calls", "--tenant", "7"]),
        "afde8ed0e9b97a188b8f51ffa5e6ba77ef9f310e4df3c174c0675a6cd5b646ca"
    );
}

#[test]
fn a_message_says_the_same_in_each_form_that_logs_have() {
    let sample = testing::telecmi::cdr_inbound_answered();
    let (json, query) = (sample.json(), sample.query());
    let nginx = json.replace('"', "\\x22");
    let quoted = serde_json::Value::from(json.clone()).to_string();
    let wanted = callhook(&["decode", "telecmi", "--json"], &json).json();
    assert_eq!(wanted["kind"], "cdr");
    for form in [
        format!("\u{feff}  {json}\r\n"),
        query.clone(),
        format!("?{query}"),
        format!("https://example.org/webhooks/telecmi?{query}"),
        format!("/webhooks/telecmi?{query}#top"),
        format!("1.2.3.4 - - [x] \"GET /webhooks/telecmi?{query} HTTP/1.1\" 200 0"),
        format!("payload={}", json.replace('&', "%26").replace('"', "%22")),
        format!("\"{nginx}\""),
        nginx,
        quoted,
        serde_json::json!({"at": "2026-11-28T00:00:00Z", "method": "POST", "path": "/w", "body": json}).to_string(),
        serde_json::json!({"method": "GET", "path": "/w", "query": query}).to_string(),
    ] {
        let found = callhook(&["decode", "telecmi", "--json"], &form).json();
        assert_eq!(found, wanted, "{form}");
    }
}

#[test]
fn a_body_in_another_charset_is_read_as_its_content_type_says() {
    // `{"type":"cdr",.., "user":"Zoé"}` in ISO 8859-1.
    let saved = serde_json::json!({
        "method": "POST", "path": "/", "content_type": "application/json; charset=iso-8859-1",
        "body_base64": "eyJ0eXBlIjoiY2RyIiwiY21pdXVpZCI6ImEiLCJzdGF0dXMiOiJtaXNzZWQiLCJ1c2VyIjoiWm/pIn0=",
    });
    let found = callhook(&["decode", "telecmi", "--json"], saved.to_string()).json();
    assert_eq!(found["event"]["user"], "Zoé", "{found}");
}

#[test]
fn other_lines_go_on_after_one_that_cannot_be_read() {
    let input = format!(
        "{RECORD}\n\n{{\"type\":\"cdr\",\"a\n{{\"type\":\"hologram\",\"cmiuuid\":\"a\"}}\n{RECORD}\n"
    );
    let run = callhook(&["decode", "telecmi", "--json"], &input);
    assert_eq!(run.code, Some(1), "{run:?}");
    let lines: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["line"].as_u64(), line["kind"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some(1), Some("cdr")),
            (Some(3), None),
            (Some(4), Some("unrecognized")),
            (Some(5), Some("cdr"))
        ]
    );
    assert_eq!(lines[1]["error"]["code"], "malformed");
    let text = lines[1]["error"]["text"].as_str().expect("a text");
    assert!(
        text.contains("expected") && text.contains("line 1, column"),
        "{text}"
    );
    assert_eq!(
        lines[2]["unrecognized"],
        "`type` is neither `cdr` nor `event`"
    );
}

#[test]
fn a_request_that_waits_has_no_key_and_says_why() {
    let flow = testing::telecmi::flow().json();
    let found = callhook(&["decode", "telecmi", "--json"], &flow).json();
    assert_eq!(found["kind"], "flow");
    assert_eq!(found["message_key"], serde_json::Value::Null);
    assert_eq!(found["unchecked"], "awaits_answer");
}

#[test]
fn voipappz_takes_the_event_from_wherever_it_is_named() {
    let body = testing::voipappz::report().json();
    let named = |arguments: &[&str], input: &str| {
        let arguments = [&["decode", "voipappz", "--json"], arguments].concat();
        callhook(&arguments, input).json()["status"].clone()
    };
    assert_eq!(named(&["--event", "call-answer"], &body), "Call:Answer");
    let saved = |path: &str, query: Option<&str>| {
        serde_json::json!({"method": "POST", "path": path, "query": query, "body": body})
            .to_string()
    };
    assert_eq!(
        named(&[], &saved("/webhooks/voipappz/call-hangup", None)),
        "Call:Hangup"
    );
    assert_eq!(
        named(&[], &saved("/voipappz", Some("event=ivr-end"))),
        "Ivr:End"
    );
    let in_body = testing::voipappz::report()
        .with("event", "Call:Ringing")
        .json();
    assert_eq!(named(&[], &in_body), "Call:Ringing");
    let run = callhook(&["decode", "voipappz"], &body);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("nothing names the event"), "{run:?}");
}

#[test]
fn what_is_too_large_is_refused_without_being_kept() {
    let line = format!("{{\"a\":\"{}\"}}", "x".repeat(100_000));
    let small = r#"{"type":"cdr","cmiuuid":"a","status":"missed"}"#;
    let input = format!("{line}\n{small}\n");
    let run = callhook(
        &[
            "decode",
            "telecmi",
            "--json",
            "--lines",
            "--max-bytes",
            "1000",
        ],
        &input,
    );
    assert_eq!(run.code, Some(1));
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].contains(r#""code":"too_large""#), "{run:?}");
    assert!(lines[1].contains(r#""kind":"cdr""#), "{run:?}");
    let run = callhook(
        &["decode", "telecmi", "--whole", "--max-bytes", "1000"],
        &line[..3000],
    );
    assert_eq!(
        (run.code, run.stdout.contains("expected at most 1000 bytes")),
        (Some(1), true),
        "{run:?}"
    );
}

#[test]
fn a_senders_text_cannot_act_on_the_terminal() {
    let body = "{\"type\":\"cdr\",\"cmiuuid\":\"a\",\"status\":\"missed\",\"user\":\"\\u001b[2J\\u202e\",\"\\u001b]0;x\":\"\\u0007\"}";
    let shown = callhook(&["decode", "telecmi"], body).good();
    assert!(
        !shown.contains(|char: char| char.is_control() && char != '\n'),
        "{shown:?}"
    );
    assert!(
        !shown.contains('\u{202e}') && shown.contains("\\u{1b}[2J"),
        "{shown:?}"
    );
}

#[test]
fn several_files_are_named() {
    let directory = Directory::new();
    let file = |name: &str| directory.path().join(name).display().to_string();
    let (body, log) = (file("body.json"), file("access.log"));
    let shown = callhook(&["decode", "telecmi", &body, &log], "").good();
    assert!(
        shown.starts_with(&format!("{body}: telecmi cdr answered\n")),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("\n{log}: telecmi cdr answered\n")),
        "{shown}"
    );
}

/// As PIOPIY's and TeleCMI's dashboards would send it: the token beside the fields.
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
    let run = callhook(&["decode", "telecmi"], body);
    assert!(
        run.stdout.contains("none: it is of no known kind"),
        "{run:?}"
    );
    let json = callhook(&["decode", "telecmi", "--json"], body).json();
    assert_eq!(json["unchecked"], "unrecognized");
}

#[test]
fn json_has_every_character_that_was_sent_and_a_terminal_acts_on_none() {
    let user = "a\u{7f}b\u{9b}2J\u{202e}c\u{2028}d\u{feff}é";
    let body = serde_json::json!({"type": "cdr", "cmiuuid": "a", "status": "missed", "user": user});
    let run = callhook(&["decode", "telecmi", "--json"], body.to_string());
    assert_eq!(run.json()["event"]["user"], user, "{run:?}");
    let is_hidden = |char: char| "\u{7f}\u{9b}\u{202e}\u{2028}\u{feff}".contains(char);
    assert!(!run.stdout.contains(is_hidden), "{run:?}");
}
