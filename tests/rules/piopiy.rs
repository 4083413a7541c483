//! What PIOPIY sends.

use serde_json::{Value, json};

pub(super) fn rows() -> Vec<(&'static str, &'static str, Value, Value)> {
    vec![
        // The edition of 2024 has no type: the status tells, in any case.
        (
            r#"{"status":"IN_ANSWERED","direction":"INBOUND","leg":"A","cmiuuid":"r-1","appid":"2222224","from":"+440000000000","to":" 0440000001","time":"1725886117909"}"#,
            "live",
            json!("in_answered"),
            json!({"type": "event", "status": "in_answered", "direction": "inbound", "leg": "a", "cmiuuid": "r-1",
                "appid": "2222224", "from": "+440000000000", "to": " 0440000001", "time": 1_725_886_117_909_u64}),
        ),
        (
            r#"{"status":"Out_Started","direction":"outbound","leg":"a","cmiuuid":"r-2","out":"True","api_init":true}"#,
            "live",
            json!("out_started"),
            json!({"type": "event", "status": "out_started", "direction": "outbound", "leg": "a", "cmiuuid": "r-2",
                "out": true, "api_init": true}),
        ),
        (
            r#"{"status":"OUT_BRIDGED","leg":"b","cmiuuid":"r-2","request_id":"GQqYoKtV3Tn25SVqbWwdzPkNwMBo9hhLwWadm9N71N5","vn":"04471000000","duration":3}"#,
            "live",
            json!("out_bridged"),
            json!({"type": "event", "status": "out_bridged", "leg": "b", "cmiuuid": "r-2",
                "request_id": "GQqYoKtV3Tn25SVqbWwdzPkNwMBo9hhLwWadm9N71N5", "vn": "04471000000", "duration": "3"}),
        ),
        // A status of that edition that is not documented, and one in an edition with types.
        (
            r#"{"status":"in_Transferred","cmiuuid":"r-3","start_time":1725886117,"end_time":1725886118}"#,
            "live",
            json!("in_Transferred"),
            json!({"type": "event", "status": "in_Transferred", "cmiuuid": "r-3", "start_time": "1725886117",
                "end_time": "1725886118"}),
        ),
        (
            r#"{"type":"EVENT","status":"On_Hold","cmiuuid":"r-4","direction":"sideways","leg":"c"}"#,
            "live",
            json!("On_Hold"),
            json!({"type": "event", "status": "On_Hold", "cmiuuid": "r-4", "direction": "sideways", "leg": "c"}),
        ),
        (
            r#"{"type":"cdr","status":"Voicemail","cmiuuid":"r-4"}"#,
            "cdr",
            json!("Voicemail"),
            json!({"type": "cdr", "status": "Voicemail", "cmiuuid": "r-4"}),
        ),
        // Statuses before 2024, in upper case.
        (
            r#"{"type":"event","status":"RINGING","cmiuuid":"r-5","leg":"b"}"#,
            "live",
            json!("ringing"),
            json!({"type": "event", "status": "ringing", "cmiuuid": "r-5", "leg": "b"}),
        ),
        // Stream events: by the status, by `ws_status`, with and without a type.
        (
            r#"{"appid":2222224,"direction":"inbound","from":440000000000,"leg":"b","status":"STREAM_DISCONNECTED","time":1725975496000,"cmiuuid":"r-6","ws_status":"{\"status\":\"disconnected\",\"code\":1006}"}"#,
            "stream",
            json!("stream_disconnected"),
            json!({"type": "event", "appid": "2222224", "direction": "inbound", "from": "440000000000", "leg": "b",
                "status": "stream_disconnected", "time": 1_725_975_496_000_u64, "cmiuuid": "r-6",
                "ws_status": r#"{"status":"disconnected","code":1006}"#}),
        ),
        (
            r#"{"type":"event","status":"stream_error","cmiuuid":"r-6","leg":"b"}"#,
            "stream",
            json!("stream_error"),
            json!({"type": "event", "status": "stream_error", "cmiuuid": "r-6", "leg": "b"}),
        ),
        (
            r#"{"status":"Lost","cmiuuid":"r-6","ws_status":"not JSON: {","extra_params":"{key: value}"}"#,
            "stream",
            json!("Lost"),
            json!({"type": "event", "status": "Lost", "cmiuuid": "r-6", "ws_status": "not JSON: {",
                "extra_params": "{key: value}"}),
        ),
        // CDRs: one time in milliseconds, the others in seconds; amounts with their digits.
        (
            r#"{"type":"cdr","status":"ANSWERED","cmiuuid":"r-7","time":"1632318511000","start_time":"1632318510","answer_time":1632318515,"end_time":"1632318528","duration":"13","call_rate":0.45,"balance":"000878.900000"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-7", "time": 1_632_318_511_000_u64,
                "start_time": 1_632_318_510, "answer_time": 1_632_318_515, "end_time": 1_632_318_528, "duration": 13,
                "call_rate": "0.45", "balance": "000878.900000"}),
        ),
        (
            r#"{"status":"MISSED","cmiuuid":"r-8","duration":0,"app_id":"2222222","call_rate":"0","conversation_uuid":"not a uuid"}"#,
            "cdr",
            json!("missed"),
            json!({"type": "cdr", "status": "missed", "cmiuuid": "r-8", "duration": 0, "appid": "2222222",
                "call_rate": "0", "conversation_uuid": "not a uuid"}),
        ),
        (
            r#"{"status":"answered","cmiuuid":"r-9","start_time":1632318510,"end_time":1632318528}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-9", "start_time": 1_632_318_510,
                "end_time": 1_632_318_528}),
        ),
        // What can't be read is not bent, and nothing new is lost.
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":18446744073709551617,"start_time":1632318510000,"duration":-1,"balance":"plenty","out":"perhaps","to":123456789012345678901234567890,"mos":4.10,"tags":["a",{"b":null}],"тест":"да"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "18446744073709551617",
                "start_time": 1_632_318_510, "duration": "-1", "balance": "plenty", "out": "perhaps",
                "to": "123456789012345678901234567890", "mos": "4.10", "tags": r#"["a",{"b":null}]"#, "тест": "да"}),
        ),
        // Seconds and milliseconds are told by their size, and a figure is a whole number however it is written.
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":"r-18","time":1632318511,"start_time":"1632318510000.0","answer_time":1632318515.0,"end_time":1632318528123,"duration":"13.00"}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-18", "time": 1_632_318_511_000_u64,
                "start_time": 1_632_318_510, "answer_time": 1_632_318_515, "end_time": 1_632_318_528_123_u64,
                "duration": 13}),
        ),
        (
            r#"{"type":"cdr","status":"answered","cmiuuid":"r-19","start_time":1632318510.5,"duration":13.5}"#,
            "cdr",
            json!("answered"),
            json!({"type": "cdr", "status": "answered", "cmiuuid": "r-19", "start_time": "1632318510.5",
                "duration": "13.5"}),
        ),
        // A word for "no value" stays as sent.
        (
            r#"{"status":"in_answered","cmiuuid":"r-20","type":"none","user":"Unknown","from":"anonymous","to":"n/a","out":"false"}"#,
            "live",
            json!("in_answered"),
            json!({"type": "event", "status": "in_answered", "cmiuuid": "r-20", "user": "Unknown", "from": "anonymous",
                "to": "n/a", "out": false}),
        ),
        // The application's own data, in every form it was seen in.
        (
            r#"{"type":"event","status":"started","cmiuuid":"r-10","extra_params":{"crm":{"id":7}}}"#,
            "live",
            json!("started"),
            json!({"type": "event", "status": "started", "cmiuuid": "r-10", "extra_params": r#"{"crm":{"id":7}}"#}),
        ),
        (
            r#"{"type":"event","status":"started","cmiuuid":"r-11","extra_params":{"{}":null},"user":"","callerid":null}"#,
            "live",
            json!("started"),
            json!({"type": "event", "status": "started", "cmiuuid": "r-11"}),
        ),
        // Requests that wait for an answer.
        (
            r#"{"from":"98xxxxxxxx","to":4471000000,"dtmf":"0012#*","cmuuid":"r-12","extra_params":"{\"key\":\"value\"}"}"#,
            "dtmf",
            json!(null),
            json!({"from": "98xxxxxxxx", "to": "4471000000", "dtmf": "0012#*", "cmiuuid": "r-12",
                "extra_params": r#"{"key":"value"}"#}),
        ),
        (
            r#"{"from":919100000000,"to":4471000000,"dtmf":"","cmuuid":"r-13"}"#,
            "dtmf",
            json!(null),
            json!({"from": "919100000000", "to": "4471000000", "dtmf": "", "cmiuuid": "r-13"}),
        ),
        (
            r#"{"from":919100000000,"to":4471000000,"cmuuid":"r-21"}"#,
            "dtmf",
            json!(null),
            json!({"from": "919100000000", "to": "4471000000", "dtmf": "", "cmiuuid": "r-21"}),
        ),
        (
            r#"{"from":919100000000,"to":4471000000,"digits":"1","cmiuuid":"r-22"}"#,
            "dtmf",
            json!(null),
            json!({"from": "919100000000", "to": "4471000000", "dtmf": "1", "cmiuuid": "r-22"}),
        ),
        (
            r#"{"from":919100000000,"to":4471000000,"digit":7,"cmuuid":"r-23"}"#,
            "dtmf",
            json!(null),
            json!({"from": "919100000000", "to": "4471000000", "dtmf": "7", "cmiuuid": "r-23"}),
        ),
        (
            r#"{"from":919100000000,"to":4471000000,"speech":"sales","cmiuuid":"r-24"}"#,
            "dtmf",
            json!(null),
            json!({"from": "919100000000", "to": "4471000000", "dtmf": "", "speech": "sales", "cmiuuid": "r-24"}),
        ),
        (
            r#"{"action":"outbound","from":"19170000001","to":"19170000000","cmiuuid":"r-14","appid":2222222,"new":1}"#,
            "answer",
            json!(null),
            json!({"action": "outbound", "from": "19170000001", "to": "19170000000", "cmiuuid": "r-14",
                "appid": "2222222", "new": "1"}),
        ),
        (
            r#"{"from":" 919100000000","to":"+4471000000","time":"1571800398000","cmiuuid":"r-15"}"#,
            "answer",
            json!(null),
            json!({"from": " 919100000000", "to": "+4471000000", "time": 1_571_800_398_000_u64, "cmiuuid": "r-15"}),
        ),
        // Messages that are of no known kind.
        (
            r#"{"type":"sms","status":"sent","cmiuuid":"r-16","from":"+44001","n":12345678901234567890123}"#,
            "unrecognized",
            json!(null),
            json!({"type": "sms", "status": "sent", "cmiuuid": "r-16", "from": "+44001",
                "n": "12345678901234567890123"}),
        ),
        (
            r#"{"type":"event","cmiuuid":"r-17","direction":"inbound"}"#,
            "unrecognized",
            json!(null),
            json!({"type": "event", "cmiuuid": "r-17", "direction": "inbound"}),
        ),
        (
            r#"{"type":"cdr","status":"missed","duration":0}"#,
            "without identity",
            json!(null),
            json!({"type": "cdr", "status": "missed", "duration": "0"}),
        ),
    ]
}
