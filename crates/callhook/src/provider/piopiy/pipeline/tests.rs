//! What the vendor's SDKs print, what comes back, and what they refuse.

use serde_json::json;

use super::*;

const URL: &str = "https://example.com/result";

#[derive(serde::Deserialize)]
struct Fixture {
    printed: Vec<Printed>,
}

#[derive(serde::Deserialize)]
struct Printed {
    is: Value,
}

#[test]
fn what_the_sdks_print() -> Result<(), InvalidReply> {
    let say = |text: &str| Prompt::say(text, "en-US", "female");
    let menu = PlayGetInput::new(say("Press 1 for sales."), OnResult::url(URL))
        .or_speech()
        .dtmf(
            Dtmf::max_digits(1)
                .min_digits(1)
                .finish_on_key('#')
                .first_digit_timeout(5)
                .inter_digit_timeout(2)
                .flush_buffer(true),
        )
        .retries(
            Retries::max(2)
                .no_input_prompt(say("I heard nothing.").speed(0.9))
                .invalid_prompt(Prompt::file("invalid.wav")),
        );
    let data = [
        ("customer_id", json!("C-1")),
        ("is_vip", json!(true)),
        ("score", json!(97)),
    ];
    let recording = Recording::enabled().channels(Channels::Dual);
    let endpoints = [
        Endpoint::number("918888888887"),
        Endpoint::sip("sip:agent@example.com").header("X-Tenant", "acme"),
        Endpoint::agent("bdd32bcb-767c-40a5-be4a-5f45eeb348a6"),
    ];
    let connect = Connect::new("919999999999", endpoints)
        .strategy(Strategy::Sequential)
        .max_duration(120)
        .ring_timeout(20)
        .machine_detection(true)
        .recording(recording.format(AudioFormat::Mp3))
        .waiting_music("hold.wav")
        .metadata("journey", "ivr")?
        .metadata("attempt", 1)?
        .metadata("is_callback", false)?;
    let reply = Reply::builder;
    let replies = [
        reply().connect("919999999999", ["918888888888"]),
        reply()
            .then(Action::param(data)?)
            .play("welcome.wav")
            .then(menu),
        reply()
            .then(Input::new(OnResult::pcmo("next")).dtmf(Dtmf::max_digits(4)))
            .then(Action::record_as(AudioFormat::Mp3, Channels::Dual))
            .hangup(),
        reply()
            .play_get_input(Prompt::file("menu.wav"), OnResult::url(URL))
            .record(),
        reply().then(connect),
    ];

    let fixture: Fixture = serde_json::from_str(include_str!("sdk.json")).expect("a fixture");

    assert_eq!(fixture.printed.len(), replies.len());
    for (printed, builder) in fixture.printed.into_iter().zip(replies) {
        let reply = builder.build()?;
        assert_eq!(serde_json::to_value(&reply).expect("JSON"), printed.is);
        let read: Reply = serde_json::from_value(printed.is).expect("a reply");
        assert_eq!(read, reply);
    }
    Ok(())
}

#[test]
fn what_this_crate_does_not_know_is_kept() {
    let json = json!([
        {"action": "transfer", "to": "queue"},
        {"action": "play", "file_name": "a", "volume": 2},
        {"action": "play_get_input", "prompt": {"type": "ssml", "ssml": "<p/>"}, "input": ["video"], "on_result": {"type": "queue"}},
        {"action": "connect", "params": {"caller_id": "1", "strategy": "random"}, "endpoints": [{"type": "team", "name": "x"}]},
    ]);
    let reply: Reply = serde_json::from_value(json.clone()).expect("a reply");
    assert_eq!(serde_json::to_value(&reply).expect("JSON"), json);
    assert_eq!(reply.actions()[0].name(), "transfer");
    assert_eq!(reply.actions()[0].member("to"), Some("queue".to_owned()));
}

fn connect(change: impl FnOnce(Connect) -> Connect) -> Builder {
    Reply::builder().then(change(Connect::new("911203000000", ["919000000001"])))
}

#[test]
fn the_vendors_ranges_hold() {
    let speed = |speed| {
        let prompt = Prompt::say("a", "en-US", "female").speed(speed);
        Reply::builder().play_get_input(prompt, OnResult::url(URL))
    };
    let param = |members: u32| {
        let data = (0..members).map(|index| (format!("m{index}"), index));
        Reply::builder().then(Action::param(data).expect("JSON"))
    };
    for inside in [
        connect(|it| it.max_duration(10)),
        connect(|it| it.max_duration(7200)),
        connect(|it| it.ring_timeout(5)),
        connect(|it| it.ring_timeout(120)),
        speed(0.5),
        speed(2.0),
        param(10),
    ] {
        assert!(inside.clone().build().is_ok(), "{inside:?}");
    }
    let duration = "[0].params.options.max_duration_sec";
    let ring = "[0].params.options.ring_timeout_sec";
    for (outside, field) in [
        (connect(|it| it.max_duration(9)), duration),
        (connect(|it| it.max_duration(7201)), duration),
        (connect(|it| it.ring_timeout(4)), ring),
        (connect(|it| it.ring_timeout(121)), ring),
        (speed(0.49), "[0].prompt.speed"),
        (speed(2.01), "[0].prompt.speed"),
        (speed(f64::NAN), "[0].prompt.speed"),
        (param(11), "[0].data"),
    ] {
        assert_eq!(outside.build().expect_err(field).field(), field);
    }
}

#[test]
fn what_piopiy_could_not_read_is_an_error_that_names_the_member() {
    let on_result = json!({"type": "url", "url": URL});
    let file = json!({"type": "file", "file_name": "a.wav"});
    let params = json!({"caller_id": "911203000000"});
    for (action, field) in [
        (json!({"action": "connect", "endpoints": []}), "[0].params"),
        (
            json!({"action": "connect", "params": {}}),
            "[0].params.caller_id",
        ),
        (
            json!({"action": "connect", "params": {"caller_id": 911203}}),
            "[0].params.caller_id",
        ),
        (
            json!({"action": "connect", "params": {"caller_id": "+911203"}}),
            "[0].params.caller_id",
        ),
        (
            json!({"action": "connect", "params": params}),
            "[0].endpoints",
        ),
        (
            json!({"action": "connect", "params": params, "endpoints": []}),
            "[0].endpoints",
        ),
        (
            json!({"action": "connect", "params": params, "endpoints": [{"type": "pstn"}]}),
            "[0].endpoints[0].number",
        ),
        (
            json!({"action": "connect", "params": params, "endpoints": [{"type": "sip"}]}),
            "[0].endpoints[0].uri",
        ),
        (
            json!({"action": "connect", "params": params, "endpoints": [{"type": "agent"}]}),
            "[0].endpoints[0].id",
        ),
        (
            json!({"action": "connect", "params": params, "endpoints": [{"id": "1"}]}),
            "[0].endpoints[0].type",
        ),
        (json!({"action": "play"}), "[0].file_name"),
        (json!({"action": "param"}), "[0].data"),
        (json!({"action": "record", "format": 3}), "[0].format"),
        (
            json!({"action": "play_get_input", "input": ["dtmf"], "on_result": on_result}),
            "[0].prompt",
        ),
        (
            json!({"action": "play_get_input", "prompt": file, "on_result": on_result}),
            "[0].input",
        ),
        (
            json!({"action": "play_get_input", "prompt": file, "input": [], "on_result": on_result}),
            "[0].input",
        ),
        (
            json!({"action": "play_get_input", "prompt": file, "input": ["dtmf"]}),
            "[0].on_result",
        ),
        (
            json!({"action": "play_get_input", "prompt": {"type": "say", "say": "a"}, "input": ["dtmf"], "on_result": on_result}),
            "[0].prompt.language",
        ),
        (
            json!({"action": "play_get_input", "prompt": file, "input": ["dtmf"], "on_result": on_result, "retries": {"invalid_prompt": {"type": "file"}}}),
            "[0].retries.invalid_prompt.file_name",
        ),
        (json!({"action": "input"}), "[0].on_result"),
        (
            json!({"action": "input", "on_result": {}}),
            "[0].on_result.type",
        ),
        (
            json!({"action": "input", "on_result": {"type": "pcmo"}}),
            "[0].on_result.ref",
        ),
        (
            json!({"action": "input", "on_result": {"type": "url", "url": "/result"}}),
            "[0].on_result.url",
        ),
        (
            json!({"action": "input", "on_result": on_result, "dtmf": {"max_digits": "1"}}),
            "[0].dtmf.max_digits",
        ),
    ] {
        let error = Reply::check(&json!([action])).expect_err(field);
        assert_eq!(error.field(), field, "{action}");
    }
    assert_eq!(Reply::builder().build().unwrap_err().field(), "");
    let error = connect(|_| Connect::new("91", ["no digits"]))
        .build()
        .unwrap_err();
    assert_eq!(error.field(), "[0].endpoints[0].number");
}
