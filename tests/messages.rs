//! Messages that come in one encoding only.

use std::io::BufReader;

use callhook_test_support::{chunked, connect, read, request, write};
use serde_json::{Value, json};

use crate::example::Example;
use crate::wire::{ALL_PROVIDERS, Encoding, event_name, provider_of, shown_fields, texts};

#[test]
fn json_is_read_whatever_the_content_type_says() {
    let example = Example::start();
    let types = [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-8",
    ];
    let texts = ["{}", " \r\n\t{}\n", "\u{feff}{}"];
    let mut sent = 0;
    for content_type in types {
        for text in texts {
            sent += 1;
            let json = format!(r#"{{"type":"event","status":"started","cmiuuid":"{sent}"}}"#);
            let headers = [("content-type", content_type)];
            let headers = if content_type.is_empty() {
                &headers[..0]
            } else {
                &headers
            };
            let body = text.replace("{}", &json);
            let answer = example.exchange(&request(
                "POST",
                &example.target(),
                headers,
                body.as_bytes(),
            ));
            assert_eq!(answer.status, 200, "{content_type}: {body:?}");
        }
    }
    let messages = example.messages();
    assert_eq!(messages.len(), sent);
    assert!(
        messages.iter().all(|message| message["event"] == "live"),
        "{messages:?}"
    );
}

#[test]
fn an_array_at_the_top_reaches_the_handler_unrecognized() {
    let example = Example::start();
    let sent = [
        "[]",
        r#"[{"type":"cdr","status":"answered","cmiuuid":"a"}]"#,
        "[1,2]",
    ];
    for body in sent {
        let answer = example.post(format!(" {body} "));
        assert_eq!((answer.status, answer.outcome()), (200, None), "{body}");
    }
    let messages = example.messages();
    assert_eq!(messages.len(), sent.len());
    for (message, sent) in messages.iter().zip(sent) {
        assert_eq!(
            (&message["event"], &message["delivery"]),
            (&json!("unrecognized"), &json!("unchecked"))
        );
        assert_eq!(
            (&message["fields"], &message["leg_id"]),
            (&json!({"": sent}), &Value::Null)
        );
    }
}

#[test]
fn a_dtmf_callback_is_no_call_flow_request_and_every_copy_of_it_is_handled() {
    let example = Example::start();
    let json =
        r#"{"from":"918000000000","to":"914400000000","appid":1111112,"cmuuid":"dtmf","dtmf":"1"}"#;
    for encoding in Encoding::ALL {
        let answer = example.send(encoding, json);
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, None),
            "{encoding:?}"
        );
    }
    let messages = example.messages();
    assert_eq!(messages.len(), Encoding::ALL.len());
    for message in messages {
        assert_eq!(
            (&message["leg_id"], &message["delivery"]),
            (&json!("dtmf"), &json!("unchecked"))
        );
        assert_eq!(message["fields"]["dtmf"], "1");
        assert_eq!(message["event"], "unrecognized");
    }
}

#[test]
fn what_no_platform_is_known_to_send_reaches_the_handler_on_every_route_each_time_it_comes() {
    let sent = [
        r#"{"count":1,"cdr":[{"answeredsec":0,"cmiuid":"a","time":1632318511000}],"code":200}"#,
        r#"{"digits":"1"}"#,
        r#"{"CallSid":"CA1","CallStatus":"completed","From":"+440000000001","Called":"+440000000002"}"#,
    ];
    for path in ALL_PROVIDERS {
        let example = Example::start();
        for json in sent {
            for encoding in Encoding::ALL {
                let answer = example.send_to(path, encoding, json);
                let what = format!("{path}, {encoding:?}: {json}");
                assert_eq!((answer.status, answer.outcome()), (200, None), "{what}");
            }
        }
        let messages = example.messages();
        assert_eq!(messages.len(), sent.len() * Encoding::ALL.len());
        for (index, message) in messages.iter().enumerate() {
            let mut expected = texts(sent[index / Encoding::ALL.len()]);
            if provider_of(path) == "voipappz" {
                expected.insert("event".to_owned(), event_name(path));
            }
            assert_eq!(shown_fields(message), expected, "{path}");
            assert_eq!(message["provider"], provider_of(path));
            assert_eq!(message["event"], "unrecognized", "{path}");
            assert_eq!(message["delivery"], "unchecked", "{path}");
            assert_eq!(message["leg_id"], Value::Null, "{path}");
        }
    }
}

#[test]
fn one_body_at_two_providers_urls_is_two_messages() {
    let example = Example::start();
    let json = r#"{"type":"event","status":"started","cmiuuid":"a","uuid":"a"}"#;
    for copy in [None, Some("replay")] {
        for path in ALL_PROVIDERS {
            assert_eq!(example.post_to(path, json).outcome(), copy, "{path}");
        }
    }
    assert_eq!(example.shown("provider"), ["telecmi", "piopiy", "voipappz"]);
    assert_eq!(example.shown("event"), ["live", "live", "report"]);
}

#[test]
fn a_raw_plus_is_a_phone_numbers_before_a_digit_and_a_space_elsewhere() {
    let example = Example::start();
    let query = "type=event&status=started&cmiuuid=plus&callerid=+440000000003&to=%2B440000000001&team=Sales+West";
    assert_eq!(example.get(query).status, 200);
    let message = example.only_message();
    assert_eq!(message["fields"]["callerid"], "+440000000003");
    assert_eq!(message["fields"]["to"], "+440000000001");
    assert_eq!(message["fields"]["team"], "Sales West");
    let json = r#"{"type":"event","status":"started","cmiuuid":"plus","callerid":"+440000000003","to":"+440000000001","team":"Sales West"}"#;
    assert_eq!(example.post(json).outcome(), Some("replay"));
}

#[test]
fn white_space_within_json_and_the_order_of_fields_make_no_other_content() {
    let example = Example::start();
    let json = r#"{"type":"event","status":"started","cmiuuid":"w","extra_params":{"a":1,"b":[2]},"record":true}"#;
    assert_eq!(example.post(json).outcome(), None);
    for copy in [
        "{ \"record\" : true,\n \"extra_params\" : { \"a\" : 1, \"b\" : [ 2 ] }, \"cmiuuid\":\"w\", \"status\":\"started\", \"type\":\"event\", \"leg\":null }",
        "cmiuuid=w&extra_params=%7B+%22a%22%3A+1%2C+%22b%22%3A+%5B2%5D+%7D&type=event&status=started&record=true&user=&team=null",
    ] {
        let answer = example.post(copy);
        assert_eq!(
            (answer.status, answer.outcome()),
            (200, Some("replay")),
            "{copy}"
        );
    }
    example.only_message();
}

#[test]
fn contents_a_b_a_are_a_first_a_revision_and_a_replay() {
    let example = Example::start();
    let [a, b] = ["", r#","filename":"a.mp3""#]
        .map(|rest| format!(r#"{{"type":"cdr","status":"answered","cmiuuid":"aba"{rest}}}"#));
    let outcomes = [&a, &b, &a, &b].map(|body| example.post(body).outcome().map(str::to_owned));
    let replay = Some("replay".to_owned());
    assert_eq!(outcomes, [None, None, replay.clone(), replay]);
    assert_eq!(example.shown("delivery"), ["first", "revision"]);
}

#[test]
fn a_probe_is_answered_and_is_no_message() {
    let example = Example::start();
    for path in ALL_PROVIDERS {
        let target = example.target_at(path);
        for (method, target) in [
            ("HEAD", target.clone()),
            ("GET", target.clone()),
            ("GET", format!("{target}&")),
            (
                "HEAD",
                format!("{target}&type=event&status=started&cmiuuid=a"),
            ),
        ] {
            let answer = example.exchange(&request(method, &target, &[], b""));
            assert_eq!(
                (answer.status, answer.outcome()),
                (204, Some("probe")),
                "{method} {target}"
            );
        }
    }
    assert_eq!(example.messages(), [] as [Value; 0]);
}

#[test]
fn a_body_counts_in_any_number_of_chunks_and_so_does_a_gets() {
    let example = Example::start();
    let json = br#"{"type":"event","status":"started","cmiuuid":"chunks"}"#;
    let headers = [("transfer-encoding", "chunked")];
    for size in [1, 7, 1000] {
        let answer = example.exchange(&request(
            "POST",
            &example.target(),
            &headers,
            &chunked(json, size),
        ));
        assert_eq!(answer.status, 200, "{size}");
    }
    let json = br#"{"type":"event","status":"started","cmiuuid":"get"}"#;
    for size in [1, 7, 1000] {
        let answer = example.exchange(&request(
            "GET",
            &example.target(),
            &headers,
            &chunked(json, size),
        ));
        assert_eq!(answer.status, 200, "{size}");
    }
    assert_eq!(example.shown("leg_id"), ["chunks", "get"]);
}

#[test]
fn one_connection_carries_many_messages_and_a_refused_body_is_not_read_as_the_next_request() {
    let example = Example::start();
    let keep = [("connection", "keep-alive")];
    let message = |id: &str| format!(r#"{{"type":"event","status":"started","cmiuuid":"{id}"}}"#);
    let post = |target: &str, body: &[u8]| request("POST", target, &keep, body);
    let target = example.target();
    let smuggled = post(&target, message("smuggled").as_bytes());

    let mut stream = connect(example.address);
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut status = |request: &[u8]| {
        write(&mut stream, request);
        let answer = read(&mut answers);
        if answer.header("connection") == Some("close") {
            // After a body that it hasn't read a server may close, but not without saying so.
            assert_eq!(answer.status, 401);
            stream = connect(example.address);
            answers = BufReader::new(stream.try_clone().expect("a second handle"));
        }
        answer.status
    };
    assert_eq!(status(&post(&target, message("1").as_bytes())), 200);
    assert_eq!(
        status(&post("/webhooks/telecmi?token=wrong", &smuggled)),
        401
    );
    assert_eq!(status(&post(&target, message("2").as_bytes())), 200);
    assert_eq!(status(&post(&target, b"neither")), 400);
    assert_eq!(status(&post(&target, message("3").as_bytes())), 200);
    assert_eq!(example.shown("leg_id"), ["1", "2", "3"]);
}

#[test]
fn a_message_that_broke_off_is_handled_when_it_comes_whole() {
    let example = Example::start();
    let whole = request(
        "POST",
        &example.target(),
        &[],
        br#"{"type":"event","status":"started","cmiuuid":"half"}"#,
    );
    for cut in [whole.len() - 1, whole.len() - 30] {
        write(&mut connect(example.address), &whole[..cut]);
    }
    assert_eq!(example.messages(), [] as [Value; 0]);
    let answer = example.exchange(&whole);
    assert_eq!((answer.status, answer.outcome()), (200, None));
    assert_eq!(example.only_message()["delivery"], "first");
}
