//! What the platforms can't read, by the member.

use super::*;
use crate::answer::ReplyBody;
use crate::piopiy::{pcmo, pipeline};
use crate::telecmi::flow;

/// The text of the error of an answer to an edition's first request.
fn error(edition: Edition, content_type: Option<&str>, body: &str) -> String {
    let mut call = call(edition, 7);
    call.next_request().expect("a request");
    let unreadable = call.answered(200, content_type, body.as_bytes());
    let unreadable = unreadable.expect_err(body);
    let report = call.into_report();
    let silence = Step::Silence(Unheard::Unreadable(unreadable.clone()));
    assert_eq!(report.steps()[1], silence);
    assert!(unreadable.to_string().contains(unreadable.member()));
    unreadable.to_string()
}

#[test]
fn each_error_names_the_member_and_what_was_expected() {
    let piopiy: &[(&str, &str)] = &[
        ("", "`body` is empty: expected JSON"),
        ("[{", "`body` is not JSON: expected JSON"),
        (
            r#""hangup""#,
            r#"`body` is a text: expected an array of actions, or {"pcmo": [..]}"#,
        ),
        (
            r#"{"pcmo": {}}"#,
            "`pcmo` is an object: expected an array of actions",
        ),
        (r#"[7]"#, "`[0]` is a number: expected an object"),
        (
            r#"[{"text": "hello"}]"#,
            "`[0].action` is missing: expected a text",
        ),
        (
            r#"[{"action": "dance"}]"#,
            "`[0].action` is another text: expected the name of an action",
        ),
        (
            r#"[{"action": "hangup"}, {"action": "play"}]"#,
            "`[1].file_name` is missing: expected a text",
        ),
        (
            r#"[{"action": "play_get_input", "file_name": "a.wav"}]"#,
            "`[0].action_url` is missing: expected a URL that begins with http:// or https://",
        ),
        (
            r#"[{"action": "input", "action_url": "/keys"}]"#,
            "`[0].action_url` is another text: expected a URL that begins with http:// or https://",
        ),
        (
            r#"[{"action": "input", "action_url": "https://a.example", "timeout": "5"}]"#,
            "`[0].timeout` is a text: expected a whole number",
        ),
        (
            r#"[{"action": "bridge", "from": 911203000000, "connect": [{"type": "pstn", "number": "919000000001"}]}]"#,
            "`[0].connect[0].number` is a text: expected a number of digits, not as text",
        ),
        (
            r#"[{"action": "bridge", "from": 911203000000, "connect": []}]"#,
            "`[0].connect` is an empty array: expected an array of whom to call",
        ),
        (
            r#"[{"action": "stream", "ws_url": "wss://a.example", "voice_quality": 8000}]"#,
            r#"`[0].voice_quality` is a number: expected "8000" or "16000""#,
        ),
        (
            r#"[{"action": "connect", "params": {}, "endpoints": []}]"#,
            "`[0].params.caller_id` is missing: expected a phone number",
        ),
    ];
    for (body, expected) in piopiy {
        let error = error(Edition::Piopiy2024, Some("application/json"), body);
        assert_eq!(error, *expected, "{body}");
    }
    let telecmi: &[(&str, &str)] = &[
        ("[]", "`body` is an empty array: expected an object"),
        ("{}", "`code` is missing: expected 200"),
        (r#"{"code": "200"}"#, "`code` is a text: expected 200"),
        (r#"{"code": 404}"#, "`code` is another number: expected 200"),
        (
            r#"{"code": 200}"#,
            "`result` is missing: expected an array of agents",
        ),
        (
            r#"{"code": 200, "result": [{"agent_id": "101_1", "phone": 919000000001}]}"#,
            "`result[0].phone` is a number: expected a text",
        ),
        (
            r#"{"code": 200, "result": [{"phone": "+919000000001"}]}"#,
            "`result[0].phone` is another text: expected a text of digits",
        ),
        (r#"{"action": "ivr"}"#, "`name` is missing: expected a text"),
        (
            r#"{"code": 200, "result": [{"agent_id": "101_1"}], "loop": "2"}"#,
            "`loop` is a text: expected a whole number",
        ),
    ];
    for (body, expected) in telecmi {
        let error = error(Edition::Chub, Some("application/json"), body);
        assert_eq!(error, *expected, "{body}");
    }
    // CHUB India's table has no `action`.
    let ivr = r#"{"action": "ivr", "name": "welcome"}"#;
    let india = error(Edition::ChubIndia, Some("application/json"), ivr);
    assert_eq!(india, "`code` is missing: expected 200");
}

#[test]
fn an_answer_that_does_not_say_that_it_is_json_is_not_read() {
    for edition in ASKING {
        let missing = error(edition, None, RING);
        assert_eq!(
            missing,
            "`content-type` is missing: expected application/json"
        );
        let other = error(edition, Some("text/html"), RING);
        assert_eq!(
            other,
            "`content-type` is another type: expected application/json"
        );
    }
}

/// This crate's typed replies are what the vendor reads.
#[test]
fn typed_replies_are_read() {
    let url = "https://app.example/keys";
    let pcmo = pcmo::Reply::builder()
        .param("note")
        .play("https://app.example/hello.wav")
        .speak("Hello")
        .record()
        .stream("wss://app.example/")
        .bridge("911203000000", ["919000000001"])
        .connect("911203000000", ["101"])
        .play_get_input(url, "menu.wav");
    let bodies: [(Edition, ReplyBody); 4] = [
        (Edition::Piopiy2024, pcmo.build().expect("a reply").into()),
        (
            Edition::Piopiy2024,
            pipeline::Reply::builder()
                .hangup()
                .build()
                .expect("a reply")
                .into(),
        ),
        (
            Edition::Chub,
            flow::Reply::ring([("101_1", "919000000001")])
                .times(2)
                .timeout(20)
                .build()
                .expect("a reply")
                .into(),
        ),
        (Edition::Chub, flow::Reply::ivr("welcome@1").into()),
    ];
    for (edition, body) in bodies {
        let mut call = call(edition, 7);
        call.next_request().expect("a request");
        let read = call.answered(200, Some(body.content_type()), body.bytes());
        assert_eq!(read, Ok(()), "{}", String::from_utf8_lossy(body.bytes()));
    }
}
