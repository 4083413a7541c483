//! What only Voipappz does: the URL says which event a message is, and the body is an administrator's template.

use serde_json::json;

use crate::example::Example;
use crate::wire::{
    Encoding, VOIPAPPZ, VOIPAPPZ_EVENTS, documented, event_name, expected_fields, percent,
    shown_fields,
};

/// As the vendor's page prints it, which doesn't close its brace.
const PRINTED: &str = include_str!("voipappz_template.txt");

#[test]
fn one_body_at_six_urls_is_six_messages() {
    let example = Example::start();
    let json = documented("voipappz-template-body").json;
    for (copy, encodings) in [
        (None, [0, 1, 2, 3, 0, 1]),
        (Some("replay"), [3, 2, 1, 0, 1, 2]),
    ] {
        for (path, encoding) in VOIPAPPZ_EVENTS.into_iter().zip(encodings) {
            let answer = example.send_to(path, Encoding::ALL[encoding], &json);
            assert_eq!((answer.status, answer.outcome()), (200, copy), "{path}");
        }
    }
    let messages = example.messages();
    assert_eq!(messages.len(), VOIPAPPZ_EVENTS.len());
    for (message, path) in messages.iter().zip(VOIPAPPZ_EVENTS) {
        assert_eq!(message["status"], event_name(path));
        assert_eq!(message["event"], "report");
        assert_eq!(message["delivery"], "first");
        assert_eq!(
            shown_fields(message),
            expected_fields(path, "report", &json)
        );
    }
}

#[test]
fn an_events_name_is_one_name_however_the_url_spells_it() {
    let example = Example::start();
    let json = documented("voipappz-template-body").json;
    for path in VOIPAPPZ_EVENTS {
        assert_eq!(example.post_to(path, &json).outcome(), None, "{path}");
        let name = event_name(path);
        for segment in [
            name.replace(':', "%3A"),
            name.replace(':', "%3a")
                .to_uppercase()
                .replace("%3A", "%3a"),
            name.clone(),
            name.replace(':', "_").to_lowercase(),
            name.replace(':', ".").to_lowercase(),
            name.replace(':', ""),
            name.replace(':', "%20"),
            name.replace('C', "%43").replace('I', "%49"),
        ] {
            let spelled = format!("/webhooks/voipappz/{segment}");
            for encoding in Encoding::ALL {
                let answer = example.send_to(&spelled, encoding, &json);
                let what = format!("{encoding:?}: {segment}");
                assert_eq!(
                    (answer.status, answer.outcome()),
                    (200, Some("replay")),
                    "{what}"
                );
            }
        }
    }
    assert_eq!(example.shown("status"), VOIPAPPZ_EVENTS.map(event_name));
}

#[test]
fn an_event_that_is_not_documented_is_reported_and_the_bodys_own_name_counts_before_it() {
    let example = Example::start();
    let send = |segment: &str, body: &str| {
        let answer = example.post_to(&format!("/webhooks/voipappz/{segment}"), body);
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, None),
            "{segment}: {body}"
        );
    };
    send("call-transfer", r#"{"uuid":"a"}"#);
    send("Call%3APark%20%C3%A9", r#"{"uuid":"a"}"#);
    send("acme", r#"{"uuid":"a","event":"Call:Answer"}"#);
    send("acme", r#"{"uuid":"a","event":"call_hangup"}"#);
    let answer = example.post_to(VOIPAPPZ_EVENTS[1], r#"{"uuid":"a","event":"Call:Answer"}"#);
    assert_eq!(answer.outcome(), Some("replay"));
    assert_eq!(
        example.shown("status"),
        ["call-transfer", "Call:Park é", "Call:Answer", "Call:Hangup"]
    );
    assert_eq!(example.shown("event"), ["report"; 4]);
    assert_eq!(example.shown("delivery"), ["first"; 4]);
}

#[test]
fn the_printed_template_is_read_once_its_brace_is_closed() {
    let example = Example::start();
    let sample = documented("voipappz-template-body");
    let closed = format!("{PRINTED}}}");
    let in_form = format!("body={}", percent(&closed, true));
    let windows = closed.replace('\n', "\r\n");
    let first = example.post_to(VOIPAPPZ, &closed);
    assert_eq!((first.status, first.outcome()), (200, None));
    for copy in [&closed, &windows, &in_form, &sample.json] {
        let answer = example.post_to(VOIPAPPZ, copy);
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, Some("replay")),
            "{copy}"
        );
    }
    let message = example.only_message();
    assert_eq!(message["event"], "report");
    assert_eq!(message["fields"]["destination"], "039000000");
    assert_eq!(message["summary"]["customer"], "039000000");
    assert_eq!(
        shown_fields(&message),
        expected_fields(VOIPAPPZ, "report", &sample.json)
    );
}

#[test]
fn what_a_template_may_have_beyond_json_is_read_outside_of_strings_alone() {
    let example = Example::start();
    let bodies = [
        r#"{"uuid":"t-1","destination":039000000}"#,
        r#"{"uuid":"t-2","contact_number":00390000000000000000000000001,"n":[007,[00],],}"#,
        "// a comment\n{\"uuid\":\"t-3\", // another, with \"quotes\" and a }\n\"user_name\":\"a\"}// the last",
        r#"{"uuid":"t-4","recording_url":"https://a.example//b","user_name":",}","queue_name":"x,]","did_name":"007"}"#,
    ];
    for body in bodies {
        let answer = example.post_to(VOIPAPPZ, body);
        assert_eq!((answer.status, answer.outcome()), (200, None), "{body}");
    }
    let fields = [
        json!({"destination": "039000000"}),
        json!({"contact_number": "00390000000000000000000000001", "n": r#"["007",["00"]]"#}),
        json!({"user_name": "a"}),
        json!({"recording_url": "https://a.example//b", "user_name": ",}", "queue_name": "x,]", "did_name": "007"}),
    ];
    let shown = example.shown("fields");
    assert_eq!(shown.len(), fields.len());
    for (index, (mut shown, fields)) in shown.into_iter().zip(fields).enumerate() {
        let shown = shown.as_object_mut().expect("an object");
        assert_eq!(shown.remove("event"), Some(json!("Call:Reporting")));
        assert_eq!(
            shown.remove("uuid"),
            Some(json!(format!("t-{}", index + 1)))
        );
        assert_eq!(json!(shown), fields);
    }
}

#[test]
fn a_template_that_cannot_be_read_is_refused_and_the_server_goes_on() {
    let example = Example::start();
    let with = |rest: &str| format!(r#"{{"uuid":"a",{rest}}}"#);
    for body in [
        PRINTED.to_owned(),
        format!("{PRINTED}}}}}"),
        format!("{PRINTED}] }}"),
        with(r#""duration":60,,"#),
        with(","),
        with(r#""user_name":"Sam"#),
        with(r#""user_name":"Sam "the man"""#),
        with(r#""user_name":Sam "the man""#),
        with("/* busy */"),
        with("# busy"),
        with(r#"direction:"incoming""#),
        with(r#""direction":"incoming" // the brace is in the comment "#),
        "// nothing but a comment".to_owned(),
        format!("{}{}", "{\"a\":".repeat(60), "[0".repeat(3)),
    ] {
        let answer = example.post_to(VOIPAPPZ, &body);
        assert_eq!(
            (answer.status, answer.outcome()),
            (400, Some("malformed")),
            "{body}"
        );
        assert_eq!(answer.text(), "");
    }
    let closed = format!("{}007{}", "[".repeat(65), ",]".repeat(65));
    for deep in [closed, "{\"a\":".repeat(40_000)] {
        let answer = example.post_to(VOIPAPPZ, deep);
        assert_eq!((answer.status, answer.outcome()), (400, Some("too_deep")));
    }
    let many = (0..513).map(|index| format!("\"f{index}\":00,"));
    let many = format!("{{{}}}", many.collect::<String>());
    assert_eq!(
        example.post_to(VOIPAPPZ, many).outcome(),
        Some("too_many_fields")
    );
    let twice = with(r#""destination":039000000,"destination":039000001,"#);
    assert_eq!(
        example.post_to(VOIPAPPZ, twice).outcome(),
        Some("duplicate_field")
    );

    assert!(example.messages().is_empty());
    let answer = example.post_to(VOIPAPPZ, format!("{PRINTED}}}"));
    assert_eq!((answer.status, answer.outcome()), (200, None));
}

#[test]
fn a_template_that_was_filled_without_escaping_is_read() {
    let example = Example::start();
    for (index, (rest, field, value)) in [
        (r#""duration":"#, "duration", json!(null)),
        (r#""duration":,"cause":"busy""#, "duration", json!(null)),
        (r#""user_name":Sam"#, "user_name", json!("Sam")),
        (
            r#""user_fullname":Sam O'Neill , "cause":"busy""#,
            "user_fullname",
            json!("Sam O'Neill"),
        ),
        (r#""destination":+39"#, "destination", json!("+39")),
        (r#""destination":-039"#, "destination", json!("-039")),
        (
            r#""destination":039 000 000"#,
            "destination",
            json!("039 000 000"),
        ),
        (r#""destination":*72,"#, "destination", json!("*72")),
        (
            r#""contact_number":anonymous"#,
            "contact_number",
            json!("anonymous"),
        ),
        (
            r#""recording_url":https://a.example/1//2.mp3 // kept for a year"#,
            "cause",
            json!(null),
        ),
        (
            "\"user_fullname\":\"Noa\r\n\tBar\"",
            "user_fullname",
            json!("Noa\r\n\tBar"),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!("{{\"uuid\":\"r{index}\",{rest}\n}}");
        let answer = example.post_to(VOIPAPPZ, &body);
        assert_eq!((answer.status, answer.outcome()), (200, None), "{body}");
        let messages = example.messages();
        assert_eq!(messages[index]["fields"][field], value, "{body}");
    }
}

#[test]
fn in_a_query_the_text_null_and_an_empty_text_are_what_null_is_in_json() {
    let example = Example::start();
    let json = r#"{"uuid":"a","direction":"incoming","contact_number":null,"user_name":"","destination":"039000000"}"#;
    assert_eq!(example.post_to(VOIPAPPZ, json).outcome(), None);
    for query in [
        "uuid=a&direction=incoming&destination=039000000",
        "uuid=a&direction=incoming&contact_number=null&user_name=&destination=039000000",
        "destination=039000000&user_name=null&contact_number=&direction=incoming&uuid=a&cause",
    ] {
        let answer = example.get_from(VOIPAPPZ, query);
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, Some("replay")),
            "{query}"
        );
    }
    let message = example.only_message();
    assert_eq!(
        message["fields"],
        json!({"event": "Call:Reporting", "uuid": "a", "direction": "incoming", "destination": "039000000"})
    );
}

#[test]
fn without_an_id_a_message_is_handled_each_time_it_comes() {
    let example = Example::start();
    for encoding in Encoding::ALL {
        let answer = example.send_to(
            VOIPAPPZ,
            encoding,
            r#"{"direction":"incoming","cause":"busy"}"#,
        );
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, None),
            "{encoding:?}"
        );
    }
    assert_eq!(example.shown("event"), ["unrecognized"; 4]);
    assert_eq!(example.shown("delivery"), ["unchecked"; 4]);
}
