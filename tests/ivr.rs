//! What callers who wait are answered, and the variables that decide it.

use callhook_test_support::{Reply, request};

use crate::example::Example;
use crate::signatures::{SECRET, sign};
use crate::wire::{PIOPIY, TELECMI, VOIPAPPZ, percent};

const FLOW: &str = r#"{"from":9191000000000,"to":911203000000,"cmiuuid":"flow","appid":1111112}"#;
const ANSWER: &str =
    r#"{"action":"inbound","from":"919100000000","to":"911203000000","cmiuuid":"leg"}"#;

const RING: &str = r#"{"code":200,"result":[{"agent_id":"101_1111112","phone":"919000000001"}]}"#;
const CONNECT: &str = r#"[{"action":"bridge","connect":[{"number":919000000001,"type":"pstn"}],"duration":5400,"from":911203000000,"loop":1,"timeout":40}]"#;
const HANG_UP: &str = r#"[{"action":"hangup"}]"#;
const APOLOGY: &str = r#"[{"action":"speak","text":"We are sorry, we can't take your call right now. Please call again later."},{"action":"hangup"}]"#;

/// A callback with this under `dtmf`, as JSON.
fn pressed(keys: &str) -> String {
    format!(r#"{{"from":919100000000,"to":911203000000,"dtmf":{keys},"cmuuid":"leg"}}"#)
}

/// The greeting, which sends what is pressed to this URL.
fn greeting(action_url: &str) -> String {
    format!(
        r#"[{{"action":"play_get_input","action_url":"{action_url}","file_name":"welcome.wav","max_digit":1,"max_retry":1,"timeout":5}}]"#
    )
}

fn assert_answered(answer: &Reply, body: &str) {
    assert_eq!((answer.status, answer.outcome()), (200, None), "{answer:?}");
    assert_eq!(answer.text(), body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn telecmi_rings_the_agent_each_time_it_asks() {
    let example = Example::start();
    let older = r#"{"from":9191000000000,"appid":1111112}"#;
    for json in [FLOW, FLOW, older] {
        assert_answered(&example.post(json), RING);
    }
    let query = "from=9191000000000&to=911203000000&cmiuuid=get&appid=1111112";
    assert_answered(&example.get(query), RING);
    assert_eq!(example.shown("event"), ["flow"; 4]);
    let calls = example.calls();
    // The older question has no id, and is part of no call.
    let ids: Vec<_> = calls.iter().map(|call| &call["ids"][0]).collect();
    assert_eq!(ids, ["get", "flow"]);
    assert_eq!(calls[1]["customer"], "9191000000000");
}

#[test]
fn piopiy_greets_the_caller_and_one_connects_with_the_agent() {
    let example = Example::start();
    let target = example.target_at(PIOPIY);
    let action_url = format!("http://{}{target}", example.address);
    assert_answered(&example.post_to(PIOPIY, ANSWER), &greeting(&action_url));

    for (keys, answer) in [
        ("null", HANG_UP),
        (r#""""#, HANG_UP),
        (r#""2""#, HANG_UP),
        (r#""11""#, HANG_UP),
        (r##""#""##, HANG_UP),
        ("1", CONNECT),
        (r#""1""#, CONNECT),
    ] {
        let request = request("POST", &target, &[], pressed(keys).as_bytes());
        assert_answered(&example.exchange(&request), answer);
    }
    let query = "from=919100000000&to=911203000000&dtmf=1&cmuuid=leg";
    assert_answered(&example.get_from(PIOPIY, query), CONNECT);

    let mut events = vec!["answer"];
    events.extend(["dtmf"; 8]);
    assert_eq!(example.shown("event"), events);
    let calls = example.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["customer"], "919100000000");
    assert_eq!(calls[0]["messages"], 2);
}

#[test]
fn the_agent_sees_the_accounts_number_on_a_call_that_went_out_too() {
    let example = Example::start();
    let answer =
        r#"{"action":"outbound","from":"911203000000","to":"919100000000","cmiuuid":"leg"}"#;
    assert_eq!(example.post_to(PIOPIY, answer).status, 200);
    let pressed = r#"{"from":911203000000,"to":919100000000,"dtmf":"1","cmuuid":"leg"}"#;
    assert_answered(&example.post_to(PIOPIY, pressed), CONNECT);
}

#[test]
fn a_caller_who_cannot_be_connected_hears_an_apology() {
    let example = Example::start();
    let anonymous = r#"{"from":"anonymous","to":"anonymous","dtmf":"1","cmuuid":"leg"}"#;
    let answer = example.post_to(PIOPIY, anonymous);
    assert_eq!((answer.status, answer.outcome()), (200, Some("fallback")));
    assert_eq!(answer.text(), APOLOGY);
    assert_eq!(example.only_message()["event"], "dtmf");
    assert_eq!(example.calls().len(), 1);
}

#[test]
fn who_does_not_wait_is_answered_nothing() {
    let example = Example::start();
    let cdr = r#"{"type":"cdr","status":"answered","cmiuuid":"a"}"#;
    let live = r#"{"type":"event","status":"started","cmiuuid":"a"}"#;
    // As far as anybody knows.
    let unrecognized = r#"{"CallStatus":"completed","cmiuuid":"a"}"#;
    for (path, json) in [
        (TELECMI, cdr),
        (TELECMI, live),
        (TELECMI, unrecognized),
        (PIOPIY, cdr),
        (PIOPIY, live),
        (PIOPIY, unrecognized),
        (VOIPAPPZ, r#"{"uuid":"a","direction":"incoming"}"#),
    ] {
        let answer = example.post_to(path, json);
        assert_eq!((answer.status, answer.text()), (200, ""), "{path}");
        assert_eq!(answer.header("content-type"), None, "{path}");
    }
}

#[test]
fn the_agent_and_the_public_url_are_what_the_variables_say() {
    for (agent, public_url, begins_with) in [
        (
            "7_42=919000000009",
            "https://calls.example",
            "https://calls.example",
        ),
        (
            " 7_42 = +919000000009 ",
            "https://calls.example/",
            "https://calls.example",
        ),
        (
            "7_42=919000000009",
            "http://[::1]:8443/a/b/",
            "http://[::1]:8443/a/b",
        ),
    ] {
        let token = "quoted ' \" & + % # ? é";
        let variables = [
            ("CALLHOOK_AGENT", agent),
            ("CALLHOOK_PUBLIC_URL", public_url),
            ("CALLHOOK_TOKEN", token),
        ];
        let example = Example::start_with(&variables);
        assert_eq!(
            example.post(FLOW).text(),
            r#"{"code":200,"result":[{"agent_id":"7_42","phone":"919000000009"}]}"#
        );
        let target = example.target_at(PIOPIY);
        // And not what the request says, which has a `Host` of its own.
        let elsewhere = [("x-forwarded-host", "elsewhere.example")];
        let answer = example.exchange(&request("POST", &target, &elsewhere, ANSWER.as_bytes()));
        let action_url = format!("{begins_with}{PIOPIY}?token={}", percent(token, false));
        assert_answered(&answer, &greeting(&action_url));
        let connect = CONNECT.replace("919000000001", "919000000009");
        assert_answered(&example.post_to(PIOPIY, pressed("1")), &connect);
    }
}

#[test]
fn where_requests_are_signed_the_action_url_has_no_token() {
    let variables = [
        ("CALLHOOK_HMAC_SECRET", SECRET),
        ("CALLHOOK_TOKEN", "exactly-16-bytes"),
    ];
    let example = Example::start_with(&variables);
    let post = |path: &str, json: &str| {
        let signature = sign(json.as_bytes(), SECRET);
        let headers = [("callhook-signature", &*signature)];
        example.exchange(&request("POST", path, &headers, json.as_bytes()))
    };
    let action_url = format!("http://{}{PIOPIY}", example.address);
    assert_answered(&post(PIOPIY, ANSWER), &greeting(&action_url));
    assert_answered(&post(PIOPIY, &pressed("1")), CONNECT);
    assert_answered(&post(TELECMI, FLOW), RING);
}

#[test]
fn a_stranger_is_told_nothing_of_the_replies() {
    let example = Example::start();
    for (path, json) in [(TELECMI, FLOW), (PIOPIY, ANSWER), (PIOPIY, &*pressed("1"))] {
        let target = format!("{path}?token=wrong");
        let answer = example.exchange(&request("POST", &target, &[], json.as_bytes()));
        assert_eq!((answer.status, answer.text()), (401, ""), "{path}");
    }
}

#[test]
fn neither_agent_nor_caller_nor_token_is_printed_where_a_reply_fails() {
    let example = Example::start_with(&[("CALLHOOK_TOKEN", "exactly-16-bytes")]);
    for json in [
        &*pressed("1"),
        ANSWER,
        r#"{"from":"0919100000000","to":"0911203000000","dtmf":"1","cmuuid":"b"}"#,
    ] {
        assert_eq!(example.post_to(PIOPIY, json).status, 200);
    }
    let printed = example.into_output();
    assert!(printed.contains("fallback"), "{printed}");
    for text in [
        "919000000001",
        "919100000000",
        "911203000000",
        "exactly-16-bytes",
    ] {
        assert!(!printed.contains(text), "{printed}");
    }
}

#[test]
fn it_refuses_to_start_with_an_agent_or_a_url_that_it_cannot_use() {
    for (name, value, found) in [
        ("CALLHOOK_AGENT", "", "there is no `=`"),
        ("CALLHOOK_AGENT", "101_1111112", "there is no `=`"),
        (
            "CALLHOOK_AGENT",
            "=919000000009",
            "there is no id before the `=`",
        ),
        (
            "CALLHOOK_AGENT",
            " =919000000009",
            "there is no id before the `=`",
        ),
        (
            "CALLHOOK_AGENT",
            "101_1111112=",
            "not a number of digits alone",
        ),
        (
            "CALLHOOK_AGENT",
            "101_1111112=+",
            "not a number of digits alone",
        ),
        (
            "CALLHOOK_AGENT",
            "101_1111112=91 9000000009",
            "not a number of digits alone",
        ),
        (
            "CALLHOOK_AGENT",
            "101_1111112==919000000009",
            "not a number of digits alone",
        ),
        (
            "CALLHOOK_AGENT",
            "101_1111112=09000000009",
            "begins with 0 or is too long",
        ),
        (
            "CALLHOOK_AGENT",
            "101_1111112=919000000009919000000009",
            "begins with 0 or is too long",
        ),
        ("CALLHOOK_PUBLIC_URL", "", "neither https:// nor http://"),
        (
            "CALLHOOK_PUBLIC_URL",
            "calls.example",
            "neither https:// nor http://",
        ),
        (
            "CALLHOOK_PUBLIC_URL",
            "ftp://calls.example",
            "neither https:// nor http://",
        ),
        ("CALLHOOK_PUBLIC_URL", "https://", "it has no host"),
        ("CALLHOOK_PUBLIC_URL", "https:///calls", "it has no host"),
        ("CALLHOOK_PUBLIC_URL", "https://:443", "it has no host"),
        (
            "CALLHOOK_PUBLIC_URL",
            "https://calls.example:port",
            "its port",
        ),
        (
            "CALLHOOK_PUBLIC_URL",
            "https://calls.example:65536",
            "its port",
        ),
        (
            "CALLHOOK_PUBLIC_URL",
            "https://calls.example?a=b",
            "a query or a fragment",
        ),
        (
            "CALLHOOK_PUBLIC_URL",
            "https://calls.example/#a",
            "a query or a fragment",
        ),
        (
            "CALLHOOK_PUBLIC_URL",
            "https://calls.example/a b",
            "a character that no URL has",
        ),
        (
            "CALLHOOK_PUBLIC_URL",
            "https://calls.example/\"",
            "a character that no URL has",
        ),
    ] {
        let (status, output) = Example::refuse_to_start(&[(name, value)]);
        assert!(!status.success(), "{name}={value}");
        let says = [&format!("{name}: "), found, "expected"];
        for text in says {
            assert!(
                output.contains(text),
                "{name}={value}: {text:?} in {output}"
            );
        }
        assert!(!output.contains("9000000009"), "{name}={value}: {output}");
        assert!(!output.contains("panicked"), "{name}={value}: {output}");
    }
}
