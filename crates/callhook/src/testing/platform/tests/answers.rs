//! What is right to answer is what a call of these messages answers.

use std::time::{Duration, SystemTime};

use super::*;
use crate::call::{Call, CallEvent};
use crate::payload::Payload;
use crate::piopiy::Piopiy;
use crate::provider::{Message, Provider};
use crate::telecmi::Telecmi;
use crate::testing::calls::{CallMessage, Platform};

fn read<P: Provider<Event: CallEvent>>(provider: &P, message: &CallMessage) -> Call {
    let json = message.json();
    let payload = Payload::from_body(json.as_bytes()).expect("readable");
    let event = provider.decode(&Message::new(payload)).expect("readable");
    assert_eq!(event.kind(), message.kind(), "{json}");
    let received = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + message.after();
    Call::of_summary(&event.summary(), None, received)
}

fn call_of(edition: Edition, report: &Report) -> Call {
    let messages = report
        .messages()
        .iter()
        .map(|message| match edition.platform() {
            Platform::Telecmi => read(&Telecmi, message),
            _ => read(&Piopiy, message),
        });
    let joined = messages.reduce(|mut call, message| {
        call.join(&message).expect("of one account");
        call
    });
    joined.expect("a message")
}

#[test]
fn of_every_course_the_right_answers_are_those_of_its_messages() {
    let callers = [
        Caller::default().presses("1"),
        Caller::default().presses("1").hangs_up_while_ringing(),
        Caller::default().presses("9"),
        Caller::default(),
        Caller::default().hangs_up(),
    ];
    let agents: [&[Agent]; 4] = [
        &[],
        &[Agent::Busy, Agent::Answers],
        &[Agent::Busy, Agent::Busy],
        &[Agent::NoAnswer, Agent::NoAnswer],
    ];
    type App = fn(&PlatformRequest) -> &'static str;
    let apps: [App; 5] = [
        menu,
        // Nobody is heard before the phones ring.
        |request| match request.message().kind() {
            "answer" => {
                r#"[{"action": "connect", "from": 911203000000, "connect": [{"type": "sip", "user": "ada"}, {"type": "sip", "user": 102}]}]"#
            }
            _ => r#"{"action": "team", "name": "sales_1111112"}"#,
        },
        |request| match request.message().kind() {
            "answer" => {
                r#"[{"action": "bridge", "from": 911203000000, "connect": [{"type": "pstn", "number": 919000000001}]},
                {"action": "speak", "text": "Nobody is here."}]"#
            }
            _ => r#"{"action": "ivr", "name": "welcome@1111112"}"#,
        },
        |_| r#"[{"action": "hangup"}]"#,
        |_| "unreadable",
    ];
    let mut wrong = Vec::new();
    for edition in ASKING {
        for (seed, app) in (0..2).flat_map(|seed| apps.iter().map(move |app| (seed, app))) {
            for (caller, agents) in callers
                .iter()
                .flat_map(|caller| agents.iter().map(move |agents| (caller, agents)))
            {
                let call = call(edition, seed)
                    .with_caller(caller.clone())
                    .with_agents(agents.iter().copied());
                let report = drive(call, app);
                let told = call_of(edition, &report).answers();
                for difference in report.right_answers().differences(&told) {
                    wrong.push(format!("{edition} {seed}: {difference}\n{report}\n"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(6)].join("\n")
    );
}

#[test]
fn a_seed_makes_one_call_and_fields_can_be_set_in_all_messages() {
    for edition in ASKING {
        let texts = |seed| {
            let call = call(edition, seed).with_field("custom", "a token");
            let report = drive(call, menu);
            let messages = report.messages().iter();
            messages.map(CallMessage::json).collect::<Vec<_>>()
        };
        assert_eq!(texts(1), texts(1), "{edition}");
        assert_ne!(texts(1), texts(2), "{edition}");
        assert!(
            texts(1)
                .iter()
                .all(|json| json.contains(r#""custom":"a token""#))
        );
    }
}
