//! What is right to answer.

use super::*;
use crate::call::CallDirection;

/// How each scenario comes out, in the order TeleCMI, PIOPIY, Voipappz; `-` where a platform doesn't report it, and `?`
/// before what can only be presumed.
const OUTCOMES: &[(Scenario, [&str; 3])] = &[
    (
        Scenario::InboundAnswered,
        ["answered", "answered", "answered"],
    ),
    (
        Scenario::InboundTwoAgents,
        ["answered", "answered", "answered"],
    ),
    (Scenario::InboundMissed, ["missed", "missed", "missed"]),
    (Scenario::InboundAbandoned, ["abandoned", "-", "abandoned"]),
    (Scenario::InboundVoicemail, ["voicemail", "-", "-"]),
    (Scenario::InboundBusy, ["-", "-", "busy"]),
    (Scenario::InboundTransfer, ["answered", "answered", "-"]),
    (Scenario::InboundIvr, ["answered", "answered", "answered"]),
    (Scenario::InboundStream, ["-", "answered", "-"]),
    (Scenario::InboundVoiceBot, ["-", "?answered", "-"]),
    (Scenario::InboundUnnamedAgent, ["answered", "-", "answered"]),
    (Scenario::InboundAgentNamedLater, ["answered", "-", "-"]),
    (
        Scenario::InboundRecordsWithoutLeg,
        ["answered", "answered", "-"],
    ),
    (
        Scenario::InboundRecordRevised,
        ["answered", "answered", "answered"],
    ),
    (
        Scenario::OutboundAnswered,
        ["answered", "answered", "answered"],
    ),
    (
        Scenario::OutboundNoAnswer,
        ["no_answer", "no_answer", "no_answer"],
    ),
    (Scenario::OutboundRefused, ["refused", "-", "busy"]),
    (Scenario::OutboundCancelled, ["cancelled", "-", "-"]),
    (
        Scenario::OutboundAgentNoAnswer,
        ["agent_no_answer", "no_answer", "-"],
    ),
];

#[test]
fn each_scenario_comes_out_as_the_table_says() {
    assert_eq!(OUTCOMES.len(), Scenario::ALL.len());
    for (scenario, outcomes) in OUTCOMES {
        for (platform, outcome) in Platform::ALL.iter().zip(outcomes) {
            for seed in SEEDS {
                let call = SimulatedCall::new(*scenario, *platform, seed);
                let right = call.as_ref().ok().map(SimulatedCall::right_answers);
                let (told, presumed) = match outcome.strip_prefix('?') {
                    Some(presumed) => (None, Some(presumed)),
                    None => (Some(*outcome), Some(*outcome)),
                };
                match right {
                    None => assert_eq!(*outcome, "-", "{scenario} {platform}"),
                    Some(right) => {
                        assert_eq!(right.outcome, told, "{scenario} {platform}");
                        assert_eq!(right.presumed_outcome, presumed, "{scenario} {platform}");
                    }
                }
            }
        }
    }
}

/// No message contradicts what is right, so an application that believes any of them is not wrong.
#[test]
fn what_a_message_tells_of_the_call_is_right() {
    for call in all_calls() {
        let right = call.right_answers();
        let mut started = None;
        for message in call.messages() {
            let told = read_json(call, message).summary;
            let context = || format!("{call:?}: {message:?}");
            let is_right = |told: Option<CallDirection>| told.is_none() || told == right.direction;
            assert!(is_right(told.direction), "{}", context());
            let customer = told
                .customer
                .filter(|told| Some(told) != right.customer.as_ref());
            assert_eq!(
                customer.map(|number| number.digits()),
                None,
                "{}",
                context()
            );
            // India writes its own number with a 0 on some messages only.
            let own = told
                .own_number
                .filter(|told| Some(told) != right.own_number.as_ref());
            let own = own.filter(|_| call.edition() != Edition::PiopiyIndia);
            assert_eq!(own.map(|number| number.digits()), None, "{}", context());
            if let (Some(seconds), Some(right)) = (told.talk_seconds, right.talk_seconds) {
                assert_eq!(seconds.get(), right, "{}", context());
            }
            if let Some(file) = told.recording {
                assert!(
                    right.recordings.contains(&file.to_string()),
                    "{}",
                    context()
                );
            }
            if let Some(agent) = told.agent {
                let is_known = |known: &RightAgent| known.agent.as_deref() == Some(&*agent);
                assert!(right.agents.iter().any(is_known), "{}", context());
            }
            started = started.into_iter().chain(told.started_at).min();
        }
        assert_eq!(right.started_at, started, "{call:?}");
    }
}

/// What is right has been told by some message: nothing is expected that can't be known.
#[test]
fn what_is_right_is_told_by_some_message() {
    for call in all_calls() {
        let right = call.right_answers();
        let told: Vec<_> = call
            .messages()
            .iter()
            .map(|message| read_json(call, message).summary)
            .collect();
        assert!(
            told.iter().any(|told| told.direction == right.direction),
            "{call:?}"
        );
        assert!(
            told.iter().any(|told| told.customer == right.customer),
            "{call:?}"
        );
        assert!(
            told.iter().any(|told| told.own_number == right.own_number),
            "{call:?}"
        );
        for agent in right
            .agents
            .iter()
            .filter_map(|agent| agent.agent.as_deref())
        {
            assert!(
                told.iter().any(|told| told.agent.as_deref() == Some(agent)),
                "{call:?}"
            );
        }
        if let Some(seconds) = right.talk_seconds {
            let is_told =
                |told: &CallSummary| told.talk_seconds.is_some_and(|told| told.get() == seconds);
            assert!(told.iter().any(is_told), "{call:?}");
        }
        for file in &right.recordings {
            assert!(
                told.iter()
                    .any(|told| told.recording.as_deref() == Some(file)),
                "{call:?}"
            );
        }
        let json: String = call.messages().iter().map(CallMessage::json).collect();
        if let Some(seconds) = right.waited_seconds {
            let ends = [",", "}"].map(|end| format!(r#""waitedsec":{seconds}{end}"#));
            assert!(ends.iter().any(|waited| json.contains(waited)), "{call:?}");
        }
        for file in &right.voicemails {
            assert!(json.contains(file.as_str()), "{call:?}");
        }
    }
}

#[test]
fn a_wrong_answer_is_told_by_its_name() {
    let call = SimulatedCall::of_edition(Scenario::InboundTwoAgents, Edition::ChubLive, 3)
        .expect("listed");
    let right = serde_json::to_value(call.right_answers()).expect("JSON");
    let names: Vec<&String> = right.as_object().expect("an object").keys().collect();
    assert_eq!(names.len(), 19);
    for name in names {
        let mut told = right.clone();
        told[name] = serde_json::json!("nonsense 5");
        let differences = call.right_answers().differences(&told);
        assert_eq!(differences.len(), 1, "{name}");
        assert!(differences[0].starts_with(&format!("`{name}` is \"nonsense 5\", and ")));
        told.as_object_mut().expect("an object").remove(name);
        let is_nothing = right[name].is_null() || right[name] == serde_json::json!([]);
        let differences = call.right_answers().differences(&told).len();
        assert_eq!(differences, usize::from(!is_nothing), "{name} is missing");
    }
    assert_eq!(call.right_answers().differences(&"text").len(), 1);
}

#[test]
fn answers_may_be_spelled_and_ordered_otherwise() {
    let call =
        SimulatedCall::of_edition(Scenario::InboundTransfer, Edition::ChubLive, 3).expect("listed");
    let mut told = serde_json::to_value(call.right_answers()).expect("JSON");
    for name in ["ids", "agents", "recordings"] {
        told[name].as_array_mut().expect("a list").reverse();
    }
    told["ids"]
        .as_array_mut()
        .expect("a list")
        .push("another".into());
    told["agents"]
        .as_array_mut()
        .expect("a list")
        .push(serde_json::json!({"agent": null, "answered": false}));
    told["customer"] = format!("+{}", told["customer"].as_str().expect("text")).into();
    told["tenant"] = "acme".into();
    assert_eq!(call.right_answers().differences(&told), [""; 0]);

    told["agents"][0]["answered"] = false.into();
    assert_eq!(call.right_answers().differences(&told).len(), 1);
}
