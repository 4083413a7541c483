//! What the vendor's SDKs print, what comes back, and what PIOPIY could not read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

const FROM: &str = "911203000000";
const AGENTS: [&str; 2] = ["919000000001", "919000000002"];
const URL: &str = "https://example.com/dtmf";
const WS_URL: &str = "wss://example.com/audio";

#[derive(serde::Deserialize)]
struct Fixture {
    printed: Vec<Printed>,
}

#[derive(serde::Deserialize)]
struct Printed {
    call: String,
    is: Value,
}

fn printed(fixture: &str) -> BTreeMap<String, Value> {
    let fixture: Fixture = serde_json::from_str(fixture).expect("a fixture");
    let printed = fixture.printed.into_iter();
    printed.map(|printed| (printed.call, printed.is)).collect()
}

/// Every call of a fixture is said with this crate, and gives the same.
fn check<const N: usize>(fixture: &str, said: [(&str, Builder); N]) {
    let mut printed = printed(fixture);
    for (call, builder) in said {
        let expected = printed.remove(call).expect(call);
        let reply = builder.build().expect(call);
        assert_eq!(
            serde_json::to_value(&reply).expect("JSON"),
            expected,
            "{call}"
        );
        let read: Reply = serde_json::from_value(expected).expect(call);
        assert_eq!(read, reply, "{call}");
    }
    assert_eq!(printed.keys().collect::<Vec<_>>(), Vec::<&String>::new());
}

fn group() -> Bridge {
    let bridge = Bridge::new(FROM, AGENTS);
    bridge.timeout(20).times(2).duration(600).ring_group()
}

fn simple() -> Builder {
    let reply = Reply::builder().speak("Welcome").param("greeted");
    reply.record().hangup()
}

#[test]
fn what_the_sdk_for_node_prints() {
    let reply = Reply::builder;
    let two_users = Connect::new(FROM, [1001, 1002]);
    let menu = PlayGetInput::new(URL, "menu.wav");
    let file = PlayGetInput::new(URL, "https://example.com/menu.wav");
    // Node's writes what is set, and no defaults.
    let stream = Stream::new(WS_URL).without_defaults();
    check(
        include_str!("sdk_node.json"),
        [
            (
                "a.call(919000000001, 911203000000)",
                reply().then(Bridge::new(FROM, [AGENTS[0]]).without_defaults()),
            ),
            (
                "a.call([919000000001, 919000000002], 911203000000, { timeout: 20, loop: 2, duration: 600, ring_type: 'group' })",
                reply().then(group()),
            ),
            (
                "a.forward(1001, 911203000000)",
                reply().then(Connect::new(FROM, [1001]).without_defaults()),
            ),
            (
                "a.forward([1001, 1002], 911203000000, { record: true, ring_type: 'group' })",
                reply().then(two_users.record(true).ring_group()),
            ),
            ("a.playMusic('welcome.wav')", reply().play("welcome.wav")),
            (
                "a.playMusic('https://example.com/welcome.mp3')",
                reply().play("https://example.com/welcome.mp3"),
            ),
            (
                "a.speak('Welcome'); a.setValue('greeted'); a.record(); a.hangup()",
                simple(),
            ),
            (
                "a.input('https://example.com/dtmf')",
                reply().then(Input::new(URL).without_defaults()),
            ),
            (
                "a.input('https://example.com/dtmf', {})",
                reply().input(URL),
            ),
            (
                "a.playGetInput('https://example.com/dtmf', 'menu.wav')",
                reply().then(menu.without_defaults()),
            ),
            (
                "a.playGetInput('https://example.com/dtmf', 'menu.wav', {})",
                reply().play_get_input(URL, "menu.wav"),
            ),
            (
                "a.playGetInput('https://example.com/dtmf', 'https://example.com/menu.wav', { max_digit: 4, max_retry: 2, timeout: 8 })",
                reply().then(file.max_digits(4).max_retries(2).timeout(8)),
            ),
            (
                "a.stream('wss://example.com/audio', { listen_mode: 'both', voice_quality: '16000' })",
                reply().then(
                    stream
                        .listen_to(Listen::Both)
                        .voice_quality(VoiceQuality::Hz16000),
                ),
            ),
        ],
    );
}

#[test]
fn what_the_sdk_for_python_prints() {
    let reply = Reply::builder;
    let menu = || PlayGetInput::new(URL, "menu.wav");
    check(
        include_str!("sdk_python.json"),
        [
            (
                "a.call(919000000001, 911203000000)",
                reply().bridge(FROM, [AGENTS[0]]),
            ),
            (
                "a.call([919000000001, 919000000002], 911203000000, {'timeout': 20, 'loop': 2, 'duration': 600, 'ring_type': 'group'})",
                reply().then(group()),
            ),
            ("a.playMusic('welcome.wav')", reply().play("welcome.wav")),
            (
                "a.playMusic('https://example.com/welcome.wav')",
                reply().play("https://example.com/welcome.wav"),
            ),
            (
                "a.speak('Welcome'); a.setValue('greeted'); a.record(); a.hangup()",
                simple(),
            ),
            (
                "a.input('https://example.com/dtmf')",
                reply().then(Input::new(URL).without_defaults()),
            ),
            (
                "a.input('https://example.com/dtmf', {})",
                reply().input(URL),
            ),
            (
                "a.input('https://example.com/dtmf', {'max_digit': 4, 'timeout': 10})",
                reply().then(Input::new(URL).max_digits(4).timeout(10)),
            ),
            (
                "a.playGetInput('https://example.com/dtmf', 'menu.wav')",
                reply().then(menu().without_defaults()),
            ),
            (
                "a.playGetInput('https://example.com/dtmf', 'menu.wav', {'max_digit': 1, 'max_retry': 2, 'timeout': 8})",
                reply().then(menu().max_digits(1).max_retries(2).timeout(8)),
            ),
            (
                "a.stream('wss://example.com/audio')",
                reply().then(Stream::new(WS_URL).without_defaults()),
            ),
            (
                "a.stream('wss://example.com/audio', {})",
                reply().stream(WS_URL),
            ),
            (
                "a.stream('wss://example.com/audio', {'listen_mode': 'both', 'voice_quality': '16000', 'stream_on_answer': True})",
                reply().then(
                    Stream::new(WS_URL)
                        .listen_to(Listen::Both)
                        .voice_quality(VoiceQuality::Hz16000)
                        .on_answer(true),
                ),
            ),
        ],
    );
}

#[test]
fn a_reply_may_be_wrapped_and_an_empty_one_does_nothing() {
    let wrapped = Reply::builder()
        .hangup()
        .wrapped()
        .build()
        .expect("a reply");
    let json = json!({"pcmo": [{"action": "hangup"}]});
    assert_eq!(serde_json::to_value(&wrapped).expect("JSON"), json);
    let body = ReplyBody::from(wrapped);
    assert_eq!(&body.bytes()[..], json.to_string().as_bytes());
    assert_eq!(body.content_type(), "application/json");
    let empty = Reply::builder().build().expect("a reply");
    assert_eq!(serde_json::to_value(&empty).expect("JSON"), json!([]));
}

#[test]
fn what_this_crate_does_not_know_is_kept() {
    for json in [
        json!([{"action": "whisper", "to": {"team": [1, 2.5, null]}}, {"action": "hangup", "cause": 16}]),
        json!({"pcmo": [{"action": "play", "file_name": "a.wav", "volume": 3}], "version": 2}),
        // As the SDK for Python writes a URL.
        json!([{"action": "play_get_input", "action_url": URL, "file_name": "https://a.b/c.wav", "file_url": "https://a.b/c.wav"}]),
        // As on the vendor's page.
        json!([{"action": "connect", "from": 1, "call": [{"type": "sip", "user": "1001"}], "call_type": "audio"}]),
        json!([{"action": "bridge", "from": 1, "connect": [{"type": "team", "name": "sales"}]}]),
    ] {
        let reply: Reply = serde_json::from_value(json.clone()).expect("a reply");
        assert_eq!(serde_json::to_value(&reply).expect("JSON"), json);
    }
}

#[test]
fn another_action_or_member_can_be_said() -> Result<(), InvalidReply> {
    let whisper = Action::other("whisper").with("to", ["sales"])?;
    let bridge = Bridge::new(FROM, [AGENTS[0]]).with("record", true)?;
    let page = Connect::new(FROM, ["1001"]).as_call();
    let reply = Reply::builder()
        .then(whisper)
        .then(bridge)
        .then(page)
        .build()?;
    let [whisper, bridge, page] = reply.actions() else {
        panic!("{reply:?}");
    };
    assert_eq!(
        (whisper.name(), whisper.member("to")),
        ("whisper", Some(["sales".to_owned()]))
    );
    assert_eq!(bridge.member("record"), Some(true));
    assert_eq!(
        (page.member("call_type"), page.member::<Value>("connect")),
        (Some("audio".to_owned()), None)
    );
    let unwritable = BTreeMap::from([([1_u8], 1)]);
    let error = Action::record().with("notes", unwritable).unwrap_err();
    assert_eq!(error.field(), "notes");
    Ok(())
}

#[test]
fn what_piopiy_could_not_read_is_an_error_that_names_the_member() {
    let cases = [
        (json!("hangup"), ""),
        (json!({}), "pcmo"),
        (json!({"pcmo": {}}), "pcmo"),
        (json!(["hangup"]), "[0]"),
        (json!([{}]), "[0].action"),
        (json!([{"action": 1}]), "[0].action"),
        (
            json!([{"action": "hangup"}, {"action": "speak"}]),
            "[1].text",
        ),
        (json!([{"action": "param", "text": null}]), "[0].text"),
        (json!([{"action": "play"}]), "[0].file_name"),
        (
            json!([{"action": "play", "file_url": "welcome.wav"}]),
            "[0].file_url",
        ),
        (
            json!([{"action": "bridge", "connect": [{"type": "pstn", "number": 1}]}]),
            "[0].from",
        ),
        (
            json!([{"action": "bridge", "from": "1", "connect": []}]),
            "[0].from",
        ),
        (json!([{"action": "bridge", "from": 1}]), "[0].connect"),
        (
            json!([{"action": "bridge", "from": 1, "connect": []}]),
            "[0].connect",
        ),
        (
            json!([{"action": "bridge", "from": 1, "connect": [{"number": 1}]}]),
            "[0].connect[0].type",
        ),
        (
            json!([{"action": "bridge", "from": 1, "connect": [{"type": "pstn"}]}]),
            "[0].connect[0].number",
        ),
        (
            json!([{"action": "bridge", "from": 1, "connect": [{"type": "pstn", "number": 1}, {"type": "pstn", "number": "1"}]}]),
            "[0].connect[1].number",
        ),
        (
            json!([{"action": "bridge", "from": 1.5, "connect": []}]),
            "[0].from",
        ),
        (
            json!([{"action": "bridge", "from": 1, "connect": [{"type": "pstn", "number": 1}], "timeout": "40"}]),
            "[0].timeout",
        ),
        (json!([{"action": "connect", "from": 1}]), "[0].connect"),
        (
            json!([{"action": "connect", "from": 1, "connect": [{"type": "sip"}]}]),
            "[0].connect[0].user",
        ),
        (
            json!([{"action": "connect", "from": 1, "call": []}]),
            "[0].call",
        ),
        (json!([{"action": "input"}]), "[0].action_url"),
        (
            json!([{"action": "input", "action_url": "/dtmf"}]),
            "[0].action_url",
        ),
        (
            json!([{"action": "input", "action_url": "https://"}]),
            "[0].action_url",
        ),
        (
            json!([{"action": "play_get_input", "action_url": URL}]),
            "[0].file_name",
        ),
        (json!({"pcmo": [{"action": "stream"}]}), "pcmo[0].ws_url"),
        (
            json!([{"action": "stream", "ws_url": "https://example.com"}]),
            "[0].ws_url",
        ),
    ];
    for (json, field) in cases {
        let error = Reply::check(&json).expect_err(field);
        assert_eq!(error.field(), field, "{json}");
        assert!(serde_json::from_value::<Reply>(json).is_err(), "{field}");
    }
}

#[test]
fn a_number_is_digits_and_nothing_of_it_is_shown() {
    let bridge = |number: &str| Reply::builder().bridge(FROM, [number]).build();
    for number in ["919000000001", "+919000000001", " 919000000001"] {
        let reply = bridge(number).expect(number);
        let to: Option<Value> = reply.actions()[0].member("connect");
        assert_eq!(
            to,
            Some(json!([{"type": "pstn", "number": 919_000_000_001_u64}]))
        );
        assert!(!format!("{reply:?}").contains("9190"), "{reply:?}");
    }
    for number in [
        "",
        "agent 1",
        "9190xxxx",
        "91-9000000001",
        "++91",
        "-5",
        "1e5",
        "0123",
        "99999999999999999999999999",
    ] {
        let error = bridge(number).expect_err(number);
        assert_eq!(error.field(), "[0].connect[0].number", "{number}");
        let shown = format!("{error} {error:?}");
        assert!(number.is_empty() || !shown.contains(number), "{shown}");
    }
    let error = Reply::builder()
        .bridge("a number", AGENTS)
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "[0].from is another text; expected digits alone, without a leading 0, for the platform reads a number"
    );
}

#[test]
fn a_sip_user_that_is_a_number_is_not_shown() {
    for user in [
        SipUser::from(919_000_000_001),
        SipUser::from("919000000001"),
    ] {
        assert!(!format!("{user:?}").contains("9190"), "{user:?}");
    }
}

#[test]
fn what_is_unusual_passes() {
    let reply = Reply::builder()
        .play("welcome")
        .play("ftp://host/a.flac")
        .speak("");
    let reply = reply.play_get_input("http://10.0.0.1:8080/x?token=1", "https://cdn/menu");
    let reply = reply.then(Bridge::new(1, [2_u64]).timeout(0).times(1000));
    assert!(reply.build().is_ok());
}
