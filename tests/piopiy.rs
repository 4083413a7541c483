//! What only PIOPIY does: it resends records, and its editions differ.

use serde_json::{Value, json};

use crate::example::Example;
use crate::wire::{Encoding, PIOPIY, documented};

fn with(json: &str, field: &str, value: impl Into<Value>) -> String {
    let mut message: Value = serde_json::from_str(json).expect("JSON");
    message[field] = value.into();
    message.to_string()
}

#[test]
fn a_record_that_is_resent_with_another_balance_is_handled_once() {
    let example = Example::start();
    let records = [
        documented("piopiy-cdr-in-answered-leg-a"),
        documented("piopiy-cdr-out-missed-leg-a"),
    ];
    for record in &records {
        // At once, and after 5, 15 and 30 minutes.
        let resent = ["878.900000", "878.450000", "12", ""]
            .into_iter()
            .zip(Encoding::ALL);
        for (index, (balance, encoding)) in resent.enumerate() {
            let answer = example.send_to(PIOPIY, encoding, &with(&record.json, "balance", balance));
            let expected = (index > 0).then_some("replay");
            let what = format!("{}: {balance}", record.name);
            assert_eq!((answer.status, answer.outcome()), (200, expected), "{what}");
        }
    }
    assert_eq!(example.shown("delivery"), ["first", "first"]);
    for message in example.messages() {
        assert_eq!(message["fields"]["balance"], "878.900000");
    }

    // Anything else that changed is news.
    let charged = with(&records[0].json, "call_rate", "0.900000");
    for expected in [None, Some("replay")] {
        let answer = example.post_to(PIOPIY, &charged);
        assert_eq!((answer.status, answer.outcome()), (200, expected));
    }
    assert_eq!(example.shown("delivery"), ["first", "first", "revision"]);
}

#[test]
fn the_legs_of_a_missed_inbound_call_are_two_messages_though_they_share_an_id() {
    for name in [
        "piopiy-cdr-in-missed-leg-a-2022",
        "piopiy-india-cdr-in-missed-leg-a",
    ] {
        let a = documented(name).json;
        for b in [
            with(&a, "leg", "b"),
            with(&with(&a, "leg", "b"), "direction", "outbound"),
        ] {
            let example = Example::start();
            for expected in [None, Some("replay")] {
                for leg in [&b, &a] {
                    let answer = example.post_to(PIOPIY, leg);
                    assert_eq!((answer.status, answer.outcome()), (200, expected), "{leg}");
                }
            }
            let messages = example.messages();
            assert_eq!(messages.len(), 2, "{b}");
            assert_eq!(messages[0]["leg_id"], messages[1]["leg_id"]);
            for (message, missed) in messages.iter().zip(["leg", "call"]) {
                assert_eq!(message["delivery"], "first", "{b}");
                assert_eq!(message["summary"]["direction"], "inbound", "{b}");
                assert_eq!(message["summary"]["missed"], missed, "{b}");
            }
        }
    }
}

#[test]
fn one_legs_messages_of_each_kind_and_status_are_messages_of_their_own() {
    let example = Example::start();
    let head = r#"{"cmiuuid":"a","leg":"a","direction":"outbound""#;
    let rests = [
        r#""type":"event","status":"answered""#,
        r#""type":"cdr","status":"answered""#,
        r#""type":"event","status":"hangup""#,
        r#""status":"out_started""#,
        r#""status":"out_answered""#,
        r#""status":"out_bridged""#,
        r#""status":"stream_connected""#,
        r#""status":"STREAM_DISCONNECTED""#,
        r#""status":"stream_error""#,
        r#""status":"missed","duration":0"#,
    ];
    for expected in [None, Some("replay")] {
        for rest in rests {
            let answer = example.post_to(PIOPIY, format!("{head},{rest}}}"));
            assert_eq!((answer.status, answer.outcome()), (200, expected), "{rest}");
        }
    }
    assert_eq!(example.shown("delivery"), ["first"; 10]);
    assert_eq!(
        example.shown("event"),
        [
            "live", "cdr", "live", "live", "live", "live", "stream", "stream", "stream", "cdr"
        ]
    );
}

#[test]
fn a_status_in_another_case_or_a_type_that_was_left_out_is_no_other_message() {
    let example = Example::start();
    let statuses = ["stream_disconnected", "STREAM_DISCONNECTED"];
    let sent = statuses.map(|status| json!({"status": status, "cmiuuid": "a", "leg": "b"}));
    let cdr = documented("piopiy-cdr-out-missed-leg-a").json;
    let typed = with(&cdr, "type", "cdr");
    for json in [&sent[0].to_string(), &sent[1].to_string(), &cdr, &typed] {
        assert_eq!(example.post_to(PIOPIY, json).outcome(), None, "{json}");
    }
    // The content is another, so none is dropped.
    assert_eq!(
        example.shown("delivery"),
        ["first", "revision", "first", "revision"]
    );
    let messages = example.messages();
    for pair in messages.chunks(2) {
        assert_eq!(pair[0]["fields"], pair[1]["fields"]);
        assert_eq!(pair[0]["summary"], pair[1]["summary"]);
    }
}

#[test]
fn a_request_that_waits_for_an_answer_is_handled_every_time_it_comes() {
    let example = Example::start();
    let requests = [
        "piopiy-answer-url-request",
        "piopiy-india-answer-url-request",
        "piopiy-dtmf-callback",
    ];
    for request in requests.map(documented) {
        for encoding in Encoding::ALL.into_iter().cycle().take(8) {
            let answer = example.send_to(PIOPIY, encoding, &request.json);
            assert_eq!(
                (answer.status, answer.outcome()),
                (200, None),
                "{encoding:?}"
            );
        }
    }
    assert_eq!(example.shown("delivery"), ["unchecked"; 24]);
    for (shown, kind) in example
        .shown("event")
        .chunks(8)
        .zip(["answer", "answer", "dtmf"])
    {
        assert!(shown.iter().all(|event| event == kind), "{shown:?}");
    }
}

#[test]
fn a_body_that_is_almost_json_is_read_for_no_platform_without_templates() {
    let example = Example::start();
    for body in [
        r#"{"status":"in_answered","cmiuuid":"a",}"#,
        r#"{"status":"in_answered","cmiuuid":"a","to":039000000}"#,
        "{\"status\":\"in_answered\", // answered\n\"cmiuuid\":\"a\"}",
    ] {
        let answer = example.post_to(PIOPIY, body);
        assert_eq!(
            (answer.status, answer.outcome()),
            (400, Some("malformed")),
            "{body}"
        );
    }
    assert!(example.messages().is_empty());
}
