//! What TeleCMI sends.

use serde_json::{Value, json};

pub(super) fn rows() -> Vec<(&'static str, &'static str, Value, Value)> {
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
        // Seconds and milliseconds are told by their size, and a figure is a whole number however it is written.
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":"r-17","time":"1634720920.0","answeredsec":12.0,"waitedsec":"1.2e1"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-17", "time": 1_634_720_920_000_u64,
                "answeredsec": 12, "waitedsec": 12}),
        ),
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":"r-18","time":1634720920.615,"answeredsec":12.5}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-18", "time": "1634720920.615",
                "answeredsec": "12.5"}),
        ),
        // A word for "no value" stays as sent.
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"r-19","user":"None","team":" undefined ","leg":"N/A","from":"not available","to":"*72","record":"false","waitedsec":0}"#,
            "cdr",
            json!("missed"),
            json!({"type": "cdr", "status": "missed", "cmiuuid": "r-19", "user": "None", "team": " undefined ",
                "leg": "N/A", "from": "not available", "to": "*72", "record": false, "waitedsec": 0}),
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
            "without identity",
            json!(null),
            json!({"count": "2", "cdr": r#"[{"cmiuid":"a","time":1},{"cmiuid":"b","time":2}]"#, "code": "200"}),
        ),
        (
            r#"{"from":"19170000001","appid":"3333334"}"#,
            "flow",
            json!(null),
            json!({"from": "19170000001", "appid": "3333334"}),
        ),
        (
            r#"{"from":" 9191000000000","to":911203000000,"cmiuuid":"r-16","app_id":"1111112"}"#,
            "flow",
            json!(null),
            json!({"from": " 9191000000000", "to": "911203000000", "cmiuuid": "r-16", "appid": "1111112"}),
        ),
    ]
}
