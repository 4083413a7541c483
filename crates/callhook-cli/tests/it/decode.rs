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

#[test]
fn json_has_every_character_that_was_sent_and_a_terminal_acts_on_none() {
    let user = "a\u{7f}b\u{9b}2J\u{202e}c\u{2028}d\u{feff}é";
    let body = serde_json::json!({"type": "cdr", "cmiuuid": "a", "status": "missed", "user": user});
    let run = callhook(&["decode", "telecmi", "--json"], body.to_string());
    assert_eq!(run.json()["event"]["user"], user, "{run:?}");
    let is_hidden = |char: char| "\u{7f}\u{9b}\u{202e}\u{2028}\u{feff}".contains(char);
    assert!(!run.stdout.contains(is_hidden), "{run:?}");
}
