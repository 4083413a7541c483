//! Late, twice, in another order, and not at all.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

fn names(call: &SimulatedCall) -> Vec<&str> {
    call.messages().iter().map(CallMessage::name).collect()
}

#[test]
fn a_shuffled_call_has_the_same_messages_in_another_order() {
    let call =
        SimulatedCall::new(Scenario::InboundTwoAgents, Platform::Telecmi, 1).expect("listed");
    let shuffled = call.clone().shuffled(5);
    assert_ne!(names(&call), names(&shuffled));
    assert_eq!(names(&shuffled), names(&call.clone().shuffled(5)));
    let sorted = |call: &SimulatedCall| -> Vec<String> {
        let mut bodies: Vec<_> = call.messages().iter().map(CallMessage::json).collect();
        bodies.sort();
        bodies
    };
    assert_eq!(sorted(&call), sorted(&shuffled));
    assert!(shuffled.messages().is_sorted_by_key(CallMessage::after));
    assert_eq!(call.right_answers(), shuffled.right_answers());

    let orders: BTreeSet<_> = (0..50)
        .map(|seed| names(&call.clone().shuffled(seed)).join(" "))
        .collect();
    assert!(orders.len() > 40, "{}", orders.len());
}

#[test]
fn copies_are_the_same_messages_again() {
    let call = SimulatedCall::new(Scenario::InboundIvr, Platform::Piopiy, 1).expect("listed");
    for (times, each) in [(0, 1), (1, 1), (3, 3)] {
        let copied = call.clone().with_copies(times);
        assert!(copied.messages().is_sorted_by_key(CallMessage::after));
        let mut counts = BTreeMap::new();
        for message in copied.messages() {
            *counts.entry((message.name(), message.json())).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), call.messages().len());
        assert!(counts.values().all(|count| *count == each), "{counts:?}");
    }
}

#[test]
fn piopiy_sends_records_again_after_5_15_and_30_minutes_with_another_balance() {
    let mut records = 0;
    for call in all_calls()
        .iter()
        .filter(|call| call.scenario() != Scenario::InboundRecordRevised)
    {
        let resent = call.clone().with_resends();
        for message in call.messages() {
            let copies: Vec<_> = resent
                .messages()
                .iter()
                .filter(|one| one.name() == message.name())
                .collect();
            if call.edition().platform() != Platform::Piopiy || message.kind() != "cdr" {
                assert_eq!(copies.len(), 1, "{call:?}: {message:?}");
                continue;
            }
            records += 1;
            let minutes: Vec<u64> = copies
                .iter()
                .map(|copy| (copy.after() - message.after()).as_secs() / 60)
                .collect();
            assert_eq!(minutes, [0, 5, 15, 30], "{call:?}: {message:?}");
            let content = |message: &CallMessage| read_json(call, message).fingerprint;
            assert!(
                copies.iter().all(|copy| content(copy) == content(message)),
                "{call:?}: {message:?}"
            );
            let bodies: BTreeSet<_> = copies.iter().map(|copy| copy.json()).collect();
            let has_balance = call.edition() != Edition::PiopiyIndia;
            assert_eq!(
                bodies.len(),
                if has_balance { 4 } else { 1 },
                "{call:?}: {message:?}"
            );
        }
    }
    assert!(records > 0);
}

#[test]
fn a_revised_record_is_resent_as_revised() {
    let call = SimulatedCall::of_edition(Scenario::InboundRecordRevised, Edition::Piopiy2024, 2)
        .expect("listed");
    let resent = call.with_resends();
    let records = resent
        .messages()
        .iter()
        .filter(|message| message.is_called("cdr-a"));
    let mut contents = Vec::new();
    let mut minutes = Vec::new();
    let mut first = None;
    for record in records {
        let first = *first.get_or_insert(record.after());
        minutes.push((record.after() - first + Duration::from_secs(1)).as_secs() / 60);
        contents.push(read_json(&resent, record).fingerprint);
    }
    assert_eq!(minutes, [0, 5, 15, 30]);
    assert_ne!(contents[0], contents[1]);
    assert!(contents[1..].iter().all(|content| *content == contents[1]));
}

#[test]
fn a_revision_is_another_content_of_one_message() {
    for call in all_calls() {
        for message in call
            .messages()
            .iter()
            .filter(|message| message.name().ends_with("-revised"))
        {
            let first = call
                .messages()
                .iter()
                .find(|one| one.name() == base_name(message.name()));
            let first = read_json(call, first.expect("the first content"));
            assert_ne!(
                read_json(call, message).fingerprint,
                first.fingerprint,
                "{call:?}"
            );
        }
        for message in call
            .messages()
            .iter()
            .filter(|message| message.is_called("stream-connected-2"))
        {
            let first = call
                .messages()
                .iter()
                .find(|one| one.name() == "stream-connected");
            let first = read_json(call, first.expect("the first time"));
            assert_eq!(
                read_json(call, message).fingerprint,
                first.fingerprint,
                "{call:?}"
            );
        }
    }
}

#[test]
fn messages_are_left_out_by_name_leg_and_kind() {
    let call =
        SimulatedCall::of_edition(Scenario::InboundTwoAgents, Edition::Chub, 1).expect("listed");
    let left = |name| {
        let mut left = names(&call.clone().without(name)).join(" ");
        left.push(' ');
        left
    };
    let all = left("nothing-is-called-so");
    assert_eq!(
        all,
        "waiting-a started-b started-b2 answered-b2 answered-a hangup-b cdr-b hangup-b2 hangup-a cdr-call "
    );
    assert!(!left("hangup-a").contains("hangup-a ") && left("hangup-a").contains("hangup-b "));
    assert!(!left("hangup").contains("hangup") && left("hangup").contains("started-b "));
    assert!(!left("b2").contains("b2") && left("b2").contains("answered-a "));
    assert!(!left("hangup-b").contains("hangup-b ") && left("hangup-b").contains("hangup-b2 "));
    assert_eq!(
        left("cdr"),
        all.replace("cdr-b ", "").replace("cdr-call ", "")
    );
    assert_eq!(left("live"), "cdr-b cdr-call ");
    assert_eq!(left("hang"), all);

    let call =
        SimulatedCall::new(Scenario::InboundAnswered, Platform::Voipappz, 1).expect("listed");
    assert_eq!(
        names(&call.clone().without("hangup")),
        ["call-ringing-b", "call-answer", "call-reporting"]
    );
    assert_eq!(
        names(&call.clone().retain(|message| message.after().is_zero())),
        [""; 0]
    );
    assert_eq!(call.without("report").messages().len(), 0);
}

#[test]
fn a_request_is_what_its_encoding_says() {
    let call =
        SimulatedCall::new(Scenario::OutboundAnswered, Platform::Voipappz, 1).expect("listed");
    let message = &call.messages()[0];
    let get = message.request(Encoding::Get);
    assert_eq!(
        (get.method, get.content_type, &*get.body),
        ("GET", None, "")
    );
    let query = message.query();
    assert_eq!(
        get.uri("http://host/w/?token=t"),
        format!("http://host/w/call-ringing?token=t&{query}")
    );
    assert_eq!(get.uri("/w"), format!("/w/call-ringing?{query}"));
    let form = message.request(Encoding::Form);
    assert_eq!(form.content_type, Some("application/x-www-form-urlencoded"));
    assert_eq!(
        (form.method, &form.body, form.query),
        ("POST", &query, None)
    );
    let json = message.request(Encoding::Json);
    assert_eq!(
        (json.content_type, &json.body),
        (Some("application/json"), &message.json())
    );

    let call =
        SimulatedCall::new(Scenario::OutboundAnswered, Platform::Telecmi, 1).expect("listed");
    assert_eq!(call.messages()[0].request(Encoding::Json).uri("/w/"), "/w/");
}

#[test]
fn a_field_can_be_set_on_all_messages_and_changed_on_one() {
    let call = SimulatedCall::new(Scenario::InboundAnswered, Platform::Telecmi, 0).expect("listed");
    let call = call.with_field("custom", "a token of 16 bytes or more");
    let has_token = |message: &CallMessage| {
        message
            .json()
            .contains(r#""custom":"a token of 16 bytes or more""#)
    };
    assert!(call.messages().iter().all(has_token));
    let message = call.messages()[0]
        .clone()
        .with("status", "ringing")
        .without("custom");
    assert!(message.json().contains(r#""status":"ringing""#) && !has_token(&message));
}
