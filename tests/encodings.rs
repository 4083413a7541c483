//! A message is the same message however it is sent: documented payloads, and others made by the same rules.

use serde_json::{Value, json};

use crate::example::Example;
use crate::wire::{Encoding, corpus, expected_fields, shown_fields, texts};

/// A message, and what is expected of it.
struct Case {
    name: String,
    json: String,
    event: &'static str,
    status: Value,
    is_unchecked: bool,
}

#[test]
fn every_documented_payload_is_read_alike_in_every_encoding() {
    let cases = corpus().into_iter().map(|sample| {
        let event = match &*sample.kind {
            "cdr" => "cdr",
            "event" => "live",
            "routing-request" => "flow",
            other => panic!("{}: no kind {other}", sample.name),
        };
        Case {
            name: sample.name,
            json: sample.json,
            event,
            status: sample.status.into(),
            is_unchecked: event == "flow",
        }
    });
    let cases: Vec<_> = cases.collect();
    for (case, call) in cases.iter().zip(read_alike(&cases)) {
        assert_eq!(
            shown_fields(&call),
            expected_fields(&case.json),
            "{}",
            case.name
        );
    }
}

#[test]
fn every_message_by_the_same_rules_is_read_alike_in_every_encoding() {
    let rows = by_the_rules();
    let cases: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(index, (json, event, status, _))| Case {
            name: format!("row {index}: {json}"),
            json: (*json).to_owned(),
            event,
            status: status.clone(),
            is_unchecked: matches!(*event, "flow" | "awaits an answer"),
        })
        .collect();
    for ((json, .., fields), call) in rows.iter().zip(read_alike(&cases)) {
        assert_eq!(call["fields"], *fields, "{json}");
    }
}

/// Sends each case to a server of its own for each encoding, and then, in the other encodings, to the same one. Returns
/// what the first encoding gave, which is what all of them gave.
fn read_alike(cases: &[Case]) -> Vec<Value> {
    let [first, others @ ..] = Encoding::ALL.map(|encoding| read_in(encoding, cases));
    for (encoding, calls) in Encoding::ALL.iter().skip(1).zip(others) {
        for ((case, first), call) in cases.iter().zip(&first).zip(&calls) {
            assert_eq!(call, first, "{encoding:?}: {}", case.name);
        }
    }
    first
}

fn read_in(encoding: Encoding, cases: &[Case]) -> Vec<Value> {
    let example = Example::start();
    for case in cases {
        let answer = example.send(encoding, &case.json);
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, None),
            "{encoding:?}: {}",
            case.name
        );
    }
    let calls = example.calls();
    assert_eq!(calls.len(), cases.len(), "{encoding:?}");
    for (case, call) in cases.iter().zip(&calls) {
        let event = match case.event {
            "awaits an answer" => "unrecognized",
            event => event,
        };
        assert_eq!(call["provider"], "telecmi");
        assert_eq!(call["event"], event, "{encoding:?}: {}", case.name);
        assert_eq!(call["status"], case.status, "{encoding:?}: {}", case.name);
        assert_eq!(
            call["delivery"] == "unchecked",
            case.is_unchecked,
            "{encoding:?}: {}",
            case.name
        );
        assert_eq!(call["summary"]["provider"], "telecmi");
        assert_eq!(call["summary"]["leg_id"], call["leg_id"]);
        let sent = texts(&case.json);
        let id = ["cmiuuid", "cmiuid", "cmuuid"]
            .iter()
            .find_map(|name| sent.get(*name));
        assert_eq!(
            call["leg_id"].as_str(),
            id.map(|id| &**id),
            "{encoding:?}: {}",
            case.name
        );
    }

    // Copies of one content are replays in any encoding, unless TeleCMI waits for an answer.
    let again = Encoding::ALL.iter().filter(|other| **other != encoding);
    for (other, case) in again.flat_map(|other| cases.iter().map(move |case| (other, case))) {
        let expected = (!case.is_unchecked).then_some("replay");
        let copy = example.send(*other, &case.json);
        let what = format!("{encoding:?}, then {other:?}: {}", case.name);
        assert_eq!((copy.status, copy.outcome()), (200, expected), "{what}");
        assert_eq!(copy.body, "", "{what}");
    }
    let unchecked = cases.iter().filter(|case| case.is_unchecked).count();
    let all = example.calls();
    assert_eq!(all.len(), cases.len() + 3 * unchecked, "{encoding:?}");
    assert_eq!(all[..cases.len()], calls);
    calls
}

/// Messages beyond the documented ones: JSON, event, status, fields.
fn by_the_rules() -> Vec<(&'static str, &'static str, Value, Value)> {
    vec![
        // Masked, national and international numbers, as text and as numbers.
        (
            r#"{"type":"event","status":"waiting","direction":"inbound","cmiuuid":"not a uuid","from":"98xxxxxxxx","to":" 044989889899","app_id":"2222223"}"#,
            "live",
            json!("waiting"),
            json!({"type": "event", "status": "waiting", "direction": "inbound", "cmiuuid": "not a uuid",
                "from": "98xxxxxxxx", "to": " 044989889899", "app_id": "2222223"}),
        ),
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"r-2","from":"+440000000003","to":"04471000000","callerid":"98********","virtual_number":440000000009,"waitedsec":"143"}"#,
            "cdr",
            json!("missed"),
            json!({"type": "cdr", "status": "missed", "cmiuuid": "r-2", "from": "+440000000003", "to": "04471000000",
                "callerid": "98********", "virtual_number": "440000000009", "waitedsec": 143}),
        ),
        // Booleans and numbers as text; what is null or empty is not there.
        (
            r#"{"type":"CDR","status":"ANSWERED","direction":"Inbound","cmiuuid":"r-3","record":"False","filename":"f.mp3","voicemail":"true","click_to_call":"TRUE","answeredsec":"11","time":"1634720920615","waitedsec":null,"user":"","team":"null"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "direction": "inbound", "cmiuuid": "r-3", "record": false,
                "filename": "f.mp3", "voicemail": true, "click_to_call": true, "answeredsec": 11,
                "time": 1_634_720_920_615_u64}),
        ),
        // The other spelling of the app id, in both.
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":"r-4","app_id":1111112}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-4", "appid": "1111112"}),
        ),
        (
            r#"{"type":"event","status":"answered","cmuuid":"r-4","appid":"1111112","parent_uid":"p"}"#,
            "live",
            json!("answered"),
            json!({"type": "event", "status": "answered", "cmiuuid": "r-4", "app_id": "1111112",
                "conversation_uuid": "p"}),
        ),
        // New terms in every open set.
        (
            r#"{"type":"event","status":"On_Hold","cmiuuid":"r-5","direction":"sideways","leg":"c"}"#,
            "live",
            json!("On_Hold"),
            json!({"type": "event", "status": "On_Hold", "cmiuuid": "r-5", "direction": "sideways", "leg": "c"}),
        ),
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":"r-6","hangup_reason":"Sent_Refer"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-6", "hangup_reason": "Sent_Refer"}),
        ),
        // New fields keep their text, digits included.
        (
            r#"{"type":"event","status":"hangup","cmiuuid":"r-7","big":123456789012345678901234567890,"small":-0.10,"far":1e400,"flag":false,"nested":{"a":[1,{"b":null}]},"list":[1,2],"answeredsec":5,"filename":"f"}"#,
            "live",
            json!("hangup"),
            json!({"type": "event", "status": "hangup", "cmiuuid": "r-7", "big": "123456789012345678901234567890",
                "small": "-0.10", "far": "1e400", "flag": "false", "nested": r#"{"a":[1,{"b":null}]}"#,
                "list": "[1,2]", "answeredsec": "5", "filename": "f"}),
        ),
        // Known fields beyond 64 bits: numbers that are names keep their digits, those that count are not bent.
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":18446744073709551617,"appid":123456789012345678901234567890,"to":123456789012345678901234567890,"time":99999999999999999999999,"answeredsec":-1,"record":"perhaps"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "18446744073709551617",
                "appid": "123456789012345678901234567890", "to": "123456789012345678901234567890",
                "time": "99999999999999999999999", "answeredsec": "-1", "record": "perhaps"}),
        ),
        // The application's own data, in every form it was seen in.
        (
            r#"{"type":"event","status":"started","cmiuuid":"r-8","custom":"{ 'Name': 'Akil & Co', \"x\": \"1=2\" }","extra_params":"{key: value}"}"#,
            "live",
            json!("started"),
            json!({"type": "event", "status": "started", "cmiuuid": "r-8",
                "custom": "{ 'Name': 'Akil & Co', \"x\": \"1=2\" }", "extra_params": "{key: value}"}),
        ),
        (
            r#"{"type":"event","status":"started","cmiuuid":"r-9","custom":{"crm":{"id":7}},"extra_params":[1,"two"]}"#,
            "live",
            json!("started"),
            json!({"type": "event", "status": "started", "cmiuuid": "r-9", "custom": r#"{"crm":{"id":7}}"#,
                "extra_params": r#"[1,"two"]"#}),
        ),
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"r-10","custom":"false","extra_params":{"{}":null}}"#,
            "cdr",
            json!("missed"),
            json!({"type": "cdr", "status": "missed", "cmiuuid": "r-10"}),
        ),
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"r-11","custom":false,"extra_params":"none"}"#,
            "cdr",
            json!("missed"),
            json!({"type": "cdr", "status": "missed", "cmiuuid": "r-11"}),
        ),
        // Names outside ASCII, escapes, and characters that a form escapes.
        (
            r#"{"type":"event","status":"started","cmiuuid":"r-12","team":"Ventes \u00e9t\u00e9 \ud83d\ude00_1","user":"a&b=c%41+d;e#f?/\\\"\n","тест":"да"}"#,
            "live",
            json!("started"),
            json!({"type": "event", "status": "started", "cmiuuid": "r-12", "team": "Ventes été 😀_1",
                "user": "a&b=c%41+d;e#f?/\\\"\n", "тест": "да"}),
        ),
        // Messages that are of no known kind.
        (
            r#"{"type":"sms","status":"sent","cmiuuid":"r-13","from":"+44001","n":12345678901234567890123}"#,
            "unrecognized",
            json!(null),
            json!({"type": "sms", "status": "sent", "cmiuuid": "r-13", "from": "+44001",
                "n": "12345678901234567890123"}),
        ),
        (
            r#"{"type":"event","cmiuuid":"r-14","direction":"inbound"}"#,
            "unrecognized",
            json!(null),
            json!({"type": "event", "cmiuuid": "r-14", "direction": "inbound"}),
        ),
        // Requests that wait for an answer.
        (
            r#"{"count":2,"cdr":[{"cmiuid":"a","time":1},{"cmiuid":"b","time":2}],"code":200}"#,
            "awaits an answer",
            json!(null),
            json!({"count": "2", "cdr": r#"[{"cmiuid":"a","time":1},{"cmiuid":"b","time":2}]"#, "code": "200"}),
        ),
        (
            r#"{"from":" 9191000000000","to":911203000000,"cmiuuid":"r-16","app_id":"1111112"}"#,
            "flow",
            json!(null),
            json!({"from": " 9191000000000", "to": "911203000000", "cmiuuid": "r-16", "appid": "1111112"}),
        ),
    ]
}
