//! What Voipappz sends to the URL of `Call:Reporting`.

use serde_json::{Value, json};

pub(super) fn rows() -> Vec<(&'static str, &'static str, Value, Value)> {
    vec![
        // Nothing but the id is needed; what is `null`, empty or the text `null` is not there.
        (
            r#"{"uuid":"r-1"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-1"}),
        ),
        (
            r#"{"uuid":"r-2","direction":null,"destination":"null","user_name":"","duration":null,"created_at":"","call_state":"null"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-2"}),
        ),
        // Numbers that are names keep their digits; terms are read in any case.
        (
            r#"{"uuid":123456789012345678901234567890,"direction":"INCOMING","cause":"No_Answer","caller_id_number":"+39 000 000","contact_number":39000000,"destination":"039000000","did_number":123456789012345678901234567890,"sip_status":487,"extension_username":"007"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "123456789012345678901234567890", "direction": "incoming",
                "cause": "no_answer", "caller_id_number": "+39 000 000", "contact_number": "39000000",
                "destination": "039000000", "did_number": "123456789012345678901234567890", "sip_status": "487",
                "extension_username": "007"}),
        ),
        // Durations as numbers, as text, and as hours, minutes and seconds; a queue's outcome as printed.
        (
            r#"{"uuid":"r-4","duration":"60","ring_duration":0,"billing_duration":"1733173541","duration_time":"100:06:57","billing_duration_time":"00:05:41","queue_disposition":"anser","start_at":"23:04:40","answer_at":"00:00:00","created_at":"2024-12-02T23:04:40.701+02:00"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-4", "duration": 60, "ring_duration": 0,
                "billing_duration": 1_733_173_541, "duration_time": "100:06:57", "billing_duration_time": "00:05:41",
                "queue_disposition": "answer", "start_at": "23:04:40", "answer_at": "00:00:00",
                "created_at": "2024-12-02T23:04:40.701+02:00"}),
        ),
        // A whole number however it is written; a word for "no value" stays as sent.
        (
            r#"{"uuid":"r-9","duration":"60.0","ring_duration":0.00,"user_name":"None","queue_name":"N/A","cause":"undefined","destination":"anonymous","contact_number":"unknown"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-9", "duration": 60, "ring_duration": 0, "user_name": "None",
                "queue_name": "N/A", "cause": "undefined", "destination": "anonymous", "contact_number": "unknown"}),
        ),
        // What can't be read is not bent, and new terms and fields are kept.
        (
            r#"{"uuid":"r-5","duration":"a minute","ring_duration":-1,"billing_duration":1.5,"duration_time":"6:57","start_at":"25:00:00","created_at":"yesterday","direction":"Internal","cause":"Congestion","queue_disposition":"Overflow","custom":"none","nested":{"a":[1,{"b":null}]},"big":1e400,"flag":false,"тест":"да"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-5", "duration": "a minute", "ring_duration": "-1",
                "billing_duration": "1.5", "duration_time": "6:57", "start_at": "25:00:00",
                "created_at": "yesterday", "direction": "Internal", "cause": "Congestion",
                "queue_disposition": "Overflow", "custom": "none", "nested": r#"{"a":[1,{"b":null}]}"#,
                "big": "1e400", "flag": "false", "тест": "да"}),
        ),
        // A constant that the administrator typed in: what the URL says counts, and nothing is lost.
        (
            r#"{"uuid":"r-6","event":"call_reporting"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-6"}),
        ),
        (
            r#"{"uuid":"r-7","event":"Call:Hangup"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-7", "body_event": "Call:Hangup"}),
        ),
        // Text as the administrator wrote it.
        (
            r#"{"uuid":"r-8","user_fullname":"Zoë \"Z\" O'Neill, Sr. // Sales","ivr_name":"{a,}","queue_name":"a&b=c%41+d;e#f?/\\\n","recording_url":"https://recordings.example/a?b=c&d=%20#e"}"#,
            "report",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "uuid": "r-8", "user_fullname": "Zoë \"Z\" O'Neill, Sr. // Sales",
                "ivr_name": "{a,}", "queue_name": "a&b=c%41+d;e#f?/\\\n",
                "recording_url": "https://recordings.example/a?b=c&d=%20#e"}),
        ),
        // Without an id it is not a report.
        (
            r#"{"direction":"incoming","cause":"busy","n":12345678901234567890123}"#,
            "without identity",
            json!("Call:Reporting"),
            json!({"event": "Call:Reporting", "direction": "incoming", "cause": "busy",
                "n": "12345678901234567890123"}),
        ),
    ]
}
