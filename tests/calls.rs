//! Whole calls, as the platforms send them, and what `/calls` makes of them.

use callhook_actix::testing::calls::{CallMessage, Edition, Encoding, Scenario, SimulatedCall};
use callhook_test_support::request;
use serde_json::Value;

use crate::example::Example;
use crate::wire::{PIOPIY, TELECMI, documented};

/// How the messages of a call arrive.
type Arrival = fn(SimulatedCall) -> SimulatedCall;

/// PIOPIY's resends come whenever their platform has them.
const ARRIVALS: [(&str, Arrival); 3] = [
    ("in order, each twice", |call| call.with_copies(2)),
    ("shuffled, each twice", |call| {
        let seed = call.seed();
        call.with_copies(2).shuffled(seed)
    }),
    ("shuffled, with resends, each twice", |call| {
        let seed = call.seed();
        call.with_resends().with_copies(2).shuffled(seed)
    }),
];

const ENCODINGS: [Encoding; 3] = [Encoding::Json, Encoding::Form, Encoding::Get];

#[test]
fn every_call_of_every_platform_is_shown_as_what_it_was_in_whatever_order_its_messages_come() {
    let example = Example::start();
    let mut sent = Vec::new();
    for edition in Edition::ALL {
        let scenarios = Scenario::ALL.iter();
        let reported = scenarios.filter(|scenario| scenario.editions().contains(edition));
        for (number, scenario) in (0..).zip(reported) {
            for ((arrival, arrive), turn) in ARRIVALS.into_iter().zip(0..) {
                // Another seed is another call.
                let call = SimulatedCall::of_edition(*scenario, *edition, 100 + turn);
                let call = arrive(call.expect("the edition reports it"));
                send(&example, &call, ENCODINGS[(number + turn) as usize % 3]);
                sent.push((call, arrival));
            }
        }
    }
    assert!(sent.len() >= 60 * ARRIVALS.len(), "{}", sent.len());

    let shown = example.calls();
    assert_eq!(shown.len(), sent.len());
    let mut wrong = Vec::new();
    // The last to change is the first that is shown.
    for ((call, arrival), shown) in sent.iter().rev().zip(&shown) {
        for difference in call.right_answers().differences(shown) {
            wrong.push(format!("{call:?}, {arrival}: {difference}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_whose_messages_come_mixed_are_kept_apart() {
    let example = Example::start();
    let calls: Vec<SimulatedCall> = Edition::ALL
        .iter()
        .zip(0..)
        .map(|(edition, seed)| {
            SimulatedCall::of_edition(Scenario::InboundTwoAgents, *edition, seed)
        })
        .map(|call| call.expect("every edition reports it").shuffled(7))
        .collect();
    let most = calls.iter().map(|call| call.messages().len()).max();
    for at in 0..most.expect("calls") {
        for call in &calls {
            let one = call.messages().iter().skip(at).take(1);
            one.for_each(|message| send_one(&example, call, message, Encoding::Json));
        }
    }
    let shown = example.calls();
    assert_eq!(shown.len(), calls.len());
    for call in &calls {
        let right = call.right_answers();
        let is_it = |told: &&Value| right.differences(*told).is_empty();
        assert_eq!(shown.iter().filter(is_it).count(), 1, "{call:?}");
    }
}

#[test]
fn a_call_has_these_members_in_this_order() {
    let example = Example::start();
    // The agent's phone, of the call whose record is the last.
    let ringing = r#"{"type":"event","status":"started","cmiuuid":"b","leg":"b","direction":"outbound","user":"204_2222223",
        "conversation_uuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","app_id":2222223}"#;
    let missed = documented("chub-cdr-in-missed").json;
    let answered = documented("chub-cdr-in-answered").json;
    for json in [ringing, &missed, &answered] {
        assert_eq!(example.post(json).status, 200);
    }
    let unrecognized = r#"{"CallStatus":"completed","cmiuuid":"d"}"#;
    assert_eq!(example.post(unrecognized).status, 200);

    let answer = example.exchange_privately(&request("GET", "/calls", &[], b""));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let answered = r#"{"provider":"telecmi","tenant":null,"ids":["16132200-57fa-47b5-888d-4ab5b7e631ee","b"],"direction":"inbound","customer":"440000000002","own_number":"440000000000","agents":[{"agent":"204_2222223","answered":true}],"answered_by":"204_2222223","outcome":"answered","presumed_outcome":"answered","started_at":1634720920615,"talk_seconds":11,"waited_seconds":null,"recordings":["1634720915260737218351_2222223.mp3"],"voicemails":[],"is_ended":true,"is_over":true,"is_joined":true,"legs":2,"messages":2}"#;
    let missed = r#"{"provider":"telecmi","tenant":null,"ids":["4d1f9521-50e5-447d-bf5f-c3292995a727"],"direction":"inbound","customer":"440000000001","own_number":"440000000000","agents":[],"answered_by":null,"outcome":"voicemail","presumed_outcome":"voicemail","started_at":1634721099442,"talk_seconds":null,"waited_seconds":127,"recordings":[],"voicemails":["1634721220656289350027_2222223.mp3"],"is_ended":true,"is_over":true,"is_joined":true,"legs":1,"messages":1}"#;
    assert_eq!(answer.text(), format!("[{answered},{missed}]"));
}

#[test]
fn one_id_at_two_platforms_names_two_calls() {
    let example = Example::start();
    let cdr = r#"{"type":"cdr","status":"answered","cmiuuid":"a","direction":"inbound"}"#;
    for path in [TELECMI, PIOPIY, TELECMI] {
        assert_eq!(example.post_to(path, cdr).status, 200);
    }
    let calls = example.calls();
    let providers: Vec<&Value> = calls.iter().map(|call| &call["provider"]).collect();
    assert_eq!(providers, ["piopiy", "telecmi"]);
}

fn send(example: &Example, call: &SimulatedCall, encoding: Encoding) {
    for message in call.messages() {
        send_one(example, call, message, encoding);
    }
}

fn send_one(example: &Example, call: &SimulatedCall, message: &CallMessage, encoding: Encoding) {
    let path = format!("/webhooks/{}", call.edition().platform());
    let sent = message.request(encoding);
    let target = sent.uri(&example.target_at(&path));
    let content_type = sent.content_type.map(|name| ("content-type", name));
    let request = request(
        sent.method,
        &target,
        content_type.as_slice(),
        sent.body.as_bytes(),
    );
    let answer = example.exchange(&request);
    assert_eq!(answer.status, 200, "{call:?}, {message:?}: {answer:?}");
}
