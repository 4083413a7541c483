//! What is sent, what comes back, and what TeleCMI could not read.

use serde_json::json;

use super::*;

const AGENT: (&str, &str) = ("101_1111112", "919000000001");

#[test]
fn every_documented_member_can_be_said() {
    let reply = Reply::ring([AGENT])
        .times(2)
        .follow_me(false)
        .hangup(true)
        .timeout(30)
        .welcome_music("welcome.wav")
        .waiting_music("hold.mp3");
    let reply = reply.build().expect("a reply");
    let json = json!({
        "code": 200,
        "result": [{"agent_id": "101_1111112", "phone": "919000000001"}],
        "loop": 2,
        "followme": false,
        "hangup": true,
        "timeout": 30,
        "welcome_music": "welcome.wav",
        "waiting_music": "hold.mp3",
    });
    assert_eq!(serde_json::to_value(&reply).expect("JSON"), json);
    assert_eq!(reply.member("loop"), Some(2));
    let body = ReplyBody::from(reply.clone());
    assert_eq!(body.content_type(), "application/json");
    let read: Reply = serde_json::from_slice(body.bytes()).expect("a reply");
    assert_eq!(read, reply);
}

#[test]
fn a_caller_can_be_sent_to_a_menu_or_a_team() {
    for (reply, action) in [
        (Reply::ivr("welcome@1111112"), "ivr"),
        (Reply::team("welcome@1111112"), "team"),
    ] {
        let json = json!({"action": action, "name": "welcome@1111112"});
        assert_eq!(serde_json::to_value(&reply).expect("JSON"), json);
        let read: Reply = serde_json::from_value(json).expect("a reply");
        assert_eq!(read, reply);
    }
}

#[test]
fn what_this_crate_does_not_know_can_be_said_and_is_kept() -> Result<(), InvalidReply> {
    let agent = Agent::from(AGENT).with("priority", 1)?;
    let reply = Reply::ring([agent]).with("strategy", "random")?.build()?;
    let json = json!({
        "code": 200,
        "result": [{"agent_id": "101_1111112", "phone": "919000000001", "priority": 1}],
        "strategy": "random",
    });
    assert_eq!(serde_json::to_value(&reply).expect("JSON"), json);
    for json in [
        json,
        json!({"action": "queue", "length": 3}),
        json!({"action": "ivr", "name": "a", "code": 500}),
        json!({"code": 200, "result": [{"agent_id": "101_1111112"}, {"phone": "91"}]}),
    ] {
        let reply: Reply = serde_json::from_value(json.clone()).expect("a reply");
        assert_eq!(serde_json::to_value(&reply).expect("JSON"), json);
    }
    Ok(())
}

#[test]
fn what_telecmi_could_not_read_is_an_error_that_names_the_member() {
    let agents = json!([{"agent_id": "101_1111112", "phone": "919000000001"}]);
    for (json, field) in [
        (json!([]), ""),
        (json!({"result": agents}), "code"),
        (json!({"code": "200", "result": agents}), "code"),
        (json!({"code": 404, "result": agents}), "code"),
        (json!({"code": 200}), "result"),
        (json!({"code": 200, "result": []}), "result"),
        (json!({"code": 200, "result": ["101"]}), "result[0]"),
        (json!({"code": 200, "result": [{}]}), "result[0].agent_id"),
        (
            json!({"code": 200, "result": [{"agent_id": 101}]}),
            "result[0].agent_id",
        ),
        (
            json!({"code": 200, "result": [{"phone": 919000000001_u64}]}),
            "result[0].phone",
        ),
        (json!({"code": 200, "result": agents, "loop": "2"}), "loop"),
        (
            json!({"code": 200, "result": agents, "timeout": -1}),
            "timeout",
        ),
        (
            json!({"code": 200, "result": agents, "followme": "true"}),
            "followme",
        ),
        (
            json!({"code": 200, "result": agents, "waiting_music": 1}),
            "waiting_music",
        ),
        (json!({"action": 1}), "action"),
        (json!({"action": "ivr"}), "name"),
    ] {
        let error = check(&Place::whole(&json)).expect_err(field);
        assert_eq!(error.field(), field, "{json}");
        assert!(serde_json::from_value::<Reply>(json).is_err(), "{field}");
    }
    let nobody = Reply::ring(Vec::<Agent>::new()).build();
    assert_eq!(nobody.unwrap_err().field(), "result");
    let error = Reply::ring([AGENT, ("102_1111112", "extension 2")])
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "result[1].phone is another text; expected a text of digits alone"
    );
    let reply = Reply::ivr("a").with("action", 1);
    assert_eq!(reply.unwrap_err().field(), "action");
}

#[test]
fn nothing_of_a_reply_is_shown() {
    let reply = Reply::ring([AGENT]).build().expect("a reply");
    let body = ReplyBody::from(reply.clone());
    let shown = format!("{reply:?} {body:?} {:?}", Agent::from(AGENT));
    assert!(
        !shown.contains("9190") && !shown.contains("101_"),
        "{shown}"
    );
}
