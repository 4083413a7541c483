//! What happens, step by step.

use super::*;

fn steps(edition: Edition, caller: Caller, agents: &[Agent]) -> Vec<String> {
    let call = call(edition, 7)
        .with_caller(caller)
        .with_agents(agents.iter().copied());
    lines(&drive(call, menu))
}

fn lines(report: &Report) -> Vec<String> {
    report.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn a_menu_goes_as_the_caller_presses() {
    let asked = ["asks: answer", "notes: order 7", "plays menu.wav"];
    let rings = [
        "the caller presses 1",
        "asks: dtmf",
        "says: One moment.",
        "rings 919000000001 and 919000000002 for 2 times 20 s",
    ];
    let right = Caller::default().presses("123");
    let cases: [(Caller, &[Agent], Vec<&str>); 7] = [
        (
            right.clone(),
            &[Agent::Busy, Agent::AnswersAfter(30)],
            [
                &rings[..],
                &[
                    "919000000001 is busy",
                    "919000000002 answers",
                    "the caller hangs up",
                ],
            ]
            .concat(),
        ),
        (
            right.clone(),
            &[],
            [&rings[..], &["919000000001 answers", "the caller hangs up"]].concat(),
        ),
        (
            right.clone(),
            &[Agent::NoAnswer, Agent::AnswersAfter(40)],
            [
                &rings[..],
                &[
                    "919000000001 does not answer",
                    "919000000002 does not answer",
                    "the platform hangs up",
                ],
            ]
            .concat(),
        ),
        (
            right.hangs_up_while_ringing(),
            &[],
            [&rings[..], &["the caller hangs up"]].concat(),
        ),
        (
            Caller::default().presses_nothing().presses("2"),
            &[],
            vec![
                "the caller presses nothing",
                "plays menu.wav",
                "the caller presses 2",
                "asks: dtmf",
                "the platform hangs up",
            ],
        ),
        (
            Caller::default(),
            &[],
            vec![
                "the caller presses nothing",
                "plays menu.wav",
                "the caller presses nothing",
                "asks: dtmf",
                "the platform hangs up",
            ],
        ),
        (
            Caller::default().hangs_up(),
            &[],
            vec!["the caller hangs up"],
        ),
    ];
    for (caller, agents, expected) in cases {
        for edition in [
            Edition::Piopiy2024,
            Edition::Piopiy2022,
            Edition::PiopiyIndia,
        ] {
            let all = [&asked[..], &expected[..]].concat();
            let steps = steps(edition, caller.clone(), agents);
            assert_eq!(steps, all, "{edition} {caller:?} {agents:?}");
        }
    }
}

#[test]
fn a_flow_rings_the_agents_that_it_names() {
    let none = Caller::default();
    let cases: [(Caller, &[Agent], &[&str]); 4] = [
        (
            none.clone(),
            &[Agent::Busy],
            &[
                "101_1111112 is busy",
                "919000000002 answers",
                "the caller hangs up",
            ],
        ),
        (
            none.clone(),
            &[Agent::AnswersAfter(21), Agent::AnswersAfter(20)],
            &["919000000002 answers", "the caller hangs up"],
        ),
        (
            none.clone(),
            &[Agent::NoAnswer, Agent::NoAnswer],
            &[
                "101_1111112 does not answer",
                "919000000002 does not answer",
                "the platform hangs up",
            ],
        ),
        (none.hangs_up_while_ringing(), &[], &["the caller hangs up"]),
    ];
    for (caller, agents, expected) in cases {
        for edition in [Edition::Chub, Edition::ChubLive] {
            let steps = steps(edition, caller.clone(), agents);
            assert_eq!(steps[..2], ["asks: flow", "plays hello.wav"]);
            let rings = "rings 101_1111112 and 919000000002 for 2 times 20 s";
            assert_eq!(steps[2], rings);
            assert_eq!(steps[3..], *expected, "{edition} {agents:?}");
        }
        // CHUB India knows no `timeout`.
        let steps = self::steps(Edition::ChubIndia, caller.clone(), agents);
        assert_eq!(
            steps[2],
            "rings 101_1111112 and 919000000002 for 2 times 30 s"
        );
    }
}

#[test]
fn a_flow_sends_the_caller_to_a_team_or_a_menu_of_the_account() {
    for (body, step, field, named) in [
        (
            r#"{"action": "ivr", "name": "welcome@1111112"}"#,
            "sends the caller to the ivr welcome@1111112",
            "ivr_name",
            "welcome",
        ),
        (
            r#"{"action": "team", "name": "sales_1111112"}"#,
            "sends the caller to the team sales_1111112",
            "team",
            "sales_1111112",
        ),
    ] {
        let report = drive(call(Edition::Chub, 7), |_| body);
        assert_eq!(lines(&report)[1], step);
        let told = |name: &str| {
            let texts = report.messages().iter();
            texts
                .filter_map(|message| message.sample().text(name))
                .collect::<Vec<_>>()
        };
        let names = told(field);
        assert!(
            !names.is_empty() && names.iter().all(|name| name == named),
            "{names:?}"
        );
        assert_eq!(told("ivr_name").is_empty(), field != "ivr_name");
    }
}

/// The same menu in the API of 2026.
#[test]
fn a_pipeline_goes_the_same_way() {
    let report = drive(
        call(Edition::Piopiy2024, 7).with_caller(Caller::default().presses_nothing().presses("1")),
        |request| match request.message().kind() {
            "answer" => {
                r#"[{"action": "param", "data": {"order": 7}},
                {"action": "play_get_input", "prompt": {"type": "say", "say": "Press 1.", "language": "en", "voice_id": "v"},
                 "input": ["dtmf"], "on_result": {"type": "url", "url": "https://app.example/keys"}, "retries": {"max": 1}}]"#
            }
            "dtmf" => {
                r#"[{"action": "connect", "params": {"caller_id": "911203000000", "options": {"ring_timeout_sec": 30}},
                "endpoints": [{"type": "pstn", "number": "+919000000001"}]}]"#
            }
            _ => "",
        },
    );
    let expected = [
        "asks: answer",
        r#"notes: {"order":7}"#,
        "says: Press 1.",
        "the caller presses nothing",
        "says: Press 1.",
        "the caller presses 1",
        "asks: dtmf",
        "rings 919000000001 for 30 s",
        "919000000001 answers",
        "the caller hangs up",
    ];
    assert_eq!(lines(&report), expected);
}

#[test]
fn keys_go_to_the_action_url_and_all_else_to_the_webhook() {
    let mut call = call(Edition::Piopiy2024, 7).with_caller(Caller::default().presses("1"));
    let mut urls = Vec::new();
    while let Some(request) = call.next_request() {
        urls.push((
            request.message().kind().to_owned(),
            request.url().to_owned(),
        ));
        let answered = call.answered(200, Some("application/json"), menu(&request).as_bytes());
        answered.expect("read, or a notification");
    }
    for (kind, url) in &urls {
        let is_keys = kind == "dtmf";
        let expected = if is_keys {
            "https://app.example/keys?token=t"
        } else {
            WEBHOOK
        };
        assert_eq!(url, expected, "{kind}");
    }
    assert!(urls.iter().any(|(kind, _)| kind == "dtmf"));
    assert_eq!(urls[0].0, "answer");
}

#[test]
fn what_param_notes_comes_back_on_events_and_records() {
    let report = drive(
        call(Edition::Piopiy2022, 7).with_caller(Caller::default().presses("1")),
        menu,
    );
    let notifications = report.messages().iter();
    let notifications: Vec<_> = notifications
        .filter(|message| ["live", "cdr"].contains(&message.kind()))
        .map(|message| message.sample().text("extra_params"))
        .collect();
    assert!(notifications.len() > 5);
    assert!(
        notifications
            .iter()
            .all(|note| note.as_deref() == Some("order 7"))
    );

    let report = drive(
        call(Edition::Piopiy2022, 7),
        |_| r#"[{"action": "hangup"}]"#,
    );
    let mut messages = report.messages().iter();
    assert!(messages.all(|message| message.sample().text("extra_params").is_none()));
}

#[test]
fn the_wrapped_form_and_streams_are_read() {
    let report = drive(call(Edition::Piopiy2024, 7), |_| {
        r#"{"pcmo": [{"action": "record"}, {"action": "stream", "ws_url": "wss://bot.example/", "listen_mode": "both"},
        {"action": "connect", "from": 911203000000, "call": [{"type": "sip", "user": 101}], "call_type": "audio"}]}"#
    });
    let expected = [
        "asks: answer",
        "records",
        "streams to wss://bot.example/",
        "rings 101 for 40 s",
        "101 answers",
        "the caller hangs up",
    ];
    assert_eq!(lines(&report), expected);
}

#[test]
fn a_caller_who_is_asked_for_ever_hangs_up() {
    let report = drive(call(Edition::Piopiy2024, 7), |_| MENU);
    assert_eq!(report.steps().last(), Some(&Step::CallerHungUp));
    let asked = report
        .messages()
        .iter()
        .filter(|message| message.kind() == "dtmf");
    assert_eq!(asked.count(), 20);
}

#[test]
fn what_is_not_answered_is_silence_and_the_step_says_why() {
    for edition in ASKING {
        type Answer = fn(&mut InteractiveCall);
        let cases: [(Answer, &str); 3] = [
            (
                |call| {
                    call.answered(500, Some("application/json"), b"[]")
                        .expect("a status")
                },
                "silence: the answer's status is 500",
            ),
            (InteractiveCall::not_answered, "silence: no answer came"),
            // Nobody says anything.
            (|_| {}, "silence: no answer came"),
        ];
        for (answer, silence) in cases {
            let mut call = call(edition, 7);
            let mut requests = 0;
            while call.next_request().is_some() {
                requests += 1;
                answer(&mut call);
            }
            let report = call.into_report();
            assert_eq!(
                lines(&report)[1..],
                [silence, "the caller hangs up"],
                "{edition}"
            );
            assert_eq!(report.notifications(), requests - 1);
            assert!(report.notifications() > 0);
            assert_eq!(report.refused_notifications(), requests - 1);
        }
    }
}

#[test]
fn voipappz_asks_nothing() {
    let refused = InteractiveCall::new(Edition::Voipappz, WEBHOOK, 7).expect_err("it asks nothing");
    assert_eq!(
        refused.to_string(),
        "the edition voipappz has no requests that wait: expected one of TeleCMI's or PIOPIY's"
    );
}
