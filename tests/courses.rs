//! The example's phone menu, driven whole: each answer decides what the simulated platform asks next.

use callhook_test_support::request;
use callhook_tower::callhook::testing::calls::Edition;
use callhook_tower::callhook::testing::platform::{Agent, Caller, InteractiveCall, Report};

use crate::example::Example;
use crate::wire::{PIOPIY, TELECMI};

const PIOPIYS: [Edition; 3] = [
    Edition::Piopiy2024,
    Edition::Piopiy2022,
    Edition::PiopiyIndia,
];
const TELECMIS: [Edition; 3] = [Edition::Chub, Edition::ChubLive, Edition::ChubIndia];

/// Whom callers are connected to.
const VARIABLES: [(&str, &str); 1] = [("CALLHOOK_AGENT", "7_42=919000000009")];

fn call(example: &Example, path: &str, edition: Edition, seed: u64) -> InteractiveCall {
    let webhook = format!("http://{}{}", example.address, example.target_at(path));
    InteractiveCall::new(edition, &webhook, seed).expect("an edition that asks")
}

fn drive(example: &Example, mut call: InteractiveCall) -> Report {
    let base = format!("http://{}", example.address);
    while let Some(next) = call.next_request() {
        let target = next.url().strip_prefix(&base).expect("the example's URL");
        let headers = [("content-type", "application/json")];
        let reply = example.exchange(&request("POST", target, &headers, next.json().as_bytes()));
        let content_type = reply.header("content-type");
        let answered = call.answered(reply.status, content_type, &reply.body);
        answered.expect("an answer that the platform reads");
    }
    let report = call.into_report();
    assert_eq!(report.refused_notifications(), 0, "{report}");
    assert!(report.notifications() > 0, "{report}");
    report
}

/// The last call to change is the one that was driven, and it is told as it was.
fn assert_told(example: &Example, report: &Report, case: &str) {
    let calls = example.calls();
    let right = report.right_answers();
    assert_eq!(right.differences(&calls[0]), [""; 0], "{case}\n{report}");
}

#[test]
fn piopiys_callers_are_connected_or_hung_up_on_as_they_press() {
    let example = Example::start_with(&VARIABLES);
    let asked = "asks: answer\nplays welcome.wav\n";
    let rung = "the caller presses 1\nasks: dtmf\nrings 919000000009 for 40 s\n";
    let one = Caller::default().presses("1");
    let hang_up = "asks: dtmf\nthe platform hangs up";
    let cases = [
        (
            one.clone(),
            Agent::Answers,
            format!("{rung}919000000009 answers\nthe caller hangs up"),
        ),
        (
            one.clone(),
            Agent::Busy,
            format!("{rung}919000000009 is busy\nthe platform hangs up"),
        ),
        (
            one.clone(),
            Agent::NoAnswer,
            format!("{rung}919000000009 does not answer\nthe platform hangs up"),
        ),
        (
            one.hangs_up_while_ringing(),
            Agent::Answers,
            format!("{rung}the caller hangs up"),
        ),
        (
            Caller::default().presses("2"),
            Agent::Answers,
            format!("the caller presses 2\n{hang_up}"),
        ),
        (
            Caller::default(),
            Agent::Answers,
            format!("the caller presses nothing\n{hang_up}"),
        ),
        (
            Caller::default().hangs_up(),
            Agent::Answers,
            "the caller hangs up".to_owned(),
        ),
    ];
    let mut driven = 0;
    for edition in PIOPIYS {
        for (seed, (caller, agent, expected)) in (0..).zip(&cases) {
            let call = call(&example, PIOPIY, edition, seed)
                .with_caller(caller.clone())
                .with_agents([*agent]);
            let report = drive(&example, call);
            assert_eq!(
                report.to_string(),
                format!("{asked}{expected}"),
                "{edition}"
            );
            assert_told(&example, &report, edition.as_str());
            driven += 1;
        }
    }
    assert_eq!(example.calls().len(), driven);
}

#[test]
fn telecmis_callers_are_connected_with_the_agent() {
    let example = Example::start_with(&VARIABLES);
    let rung = "asks: flow\nrings 7_42 for 30 s\n";
    let cases = [
        (
            Caller::default(),
            Agent::Answers,
            "7_42 answers\nthe caller hangs up",
        ),
        (
            Caller::default(),
            Agent::Busy,
            "7_42 is busy\nthe platform hangs up",
        ),
        (
            Caller::default(),
            Agent::NoAnswer,
            "7_42 does not answer\nthe platform hangs up",
        ),
        (
            Caller::default().hangs_up_while_ringing(),
            Agent::Answers,
            "the caller hangs up",
        ),
    ];
    for edition in TELECMIS {
        for (seed, (caller, agent, expected)) in (0..).zip(&cases) {
            let call = call(&example, TELECMI, edition, seed)
                .with_caller(caller.clone())
                .with_agents([*agent]);
            let report = drive(&example, call);
            assert_eq!(report.to_string(), format!("{rung}{expected}"), "{edition}");
            assert_told(&example, &report, edition.as_str());
        }
    }
}

/// There is no number that the agent could be rung from.
#[test]
fn a_caller_whose_reply_cannot_be_made_hears_the_fallback() {
    let example = Example::start_with(&VARIABLES);
    let call = call(&example, PIOPIY, Edition::Piopiy2024, 7)
        .with_caller(Caller::default().presses("1"))
        .with_field("from", "anonymous")
        .with_field("to", "anonymous");
    let report = drive(&example, call);
    let expected = "asks: answer\nplays welcome.wav\nthe caller presses 1\nasks: dtmf\n\
        says: We are sorry, we can't take your call right now. Please call again later.\nthe platform hangs up";
    assert_eq!(report.to_string(), expected);
}
