//! The stored form reads back to the same call, and loses nothing that a later version wrote.

use serde_json::Value;

use super::{joined, moment, name, parts, seeds, simulated};
use crate::call::{Call, CallSummary, MessageKind};

#[test]
fn a_stored_call_reads_back_to_the_same_call() {
    for call in seeds(3).flat_map(simulated) {
        let whole = joined(&parts(&call));
        let json = whole.to_json();
        let read = Call::from_json(&json).expect("stored");
        assert!(read == whole, "{}", name(&call));
        assert!(!json.contains("null"), "{json}");
    }
}

#[test]
fn the_stored_form_has_a_version_a_scope_and_messages_with_what_is_told() {
    let summary = CallSummary {
        kind: MessageKind::Record,
        leg_id: Some("b\u{0}\"1".into()),
        talk_seconds: Some(crate::value::Seconds::new(u64::MAX)),
        ..CallSummary::new("pbx")
    };
    let call = Call::of_summary(&summary, Some("acme"), moment(0));
    let json = concat!(
        r#"{"v":1,"provider":"pbx","tenant":"acme","messages":[{"at":1700000000000,"kind":"record","#,
        r#""id":"b\u0000\"1","talk":18446744073709551615}]}"#
    );
    assert_eq!(call.to_json(), json);
    assert!(Call::from_json(json).expect("stored") == call);
    assert_eq!(
        (call.scope().as_str(), call.ids()),
        ("pbx/acme", vec!["b\u{0}\"1"])
    );
}

#[test]
fn fields_terms_and_kinds_of_a_later_version_are_kept_written_back_and_joined() {
    let json = concat!(
        r#"{"v":1,"provider":"telecmi","messages":["#,
        r#"{"at":2,"kind":"record","id":"1","status":"missed","mood":{"is":1.50,"a":[null]},"phase":"held"},"#,
        r#"{"at":1,"id":"1","kind":"letter"}]}"#
    );
    let call = Call::from_json(json).expect("stored");
    let sorted = |json: &str| {
        let mut value: Value = serde_json::from_str(json).expect("JSON");
        let messages = value["messages"].as_array_mut().expect("messages");
        messages.sort_by_key(|message| message["at"].as_u64());
        value
    };
    let written = call.to_json();
    assert_eq!(sorted(&written), sorted(json));
    assert!(
        written.contains(r#""mood":{"is":1.50,"a":[null]}"#),
        "{written}"
    );
    assert!(Call::from_json(&written).expect("stored") == call);
    assert_eq!(written.matches(r#""kind":"#).count(), 2, "{written}");

    // What isn't known tells nothing, and is found by its ids.
    assert_eq!((call.messages(), call.ids()), (1, vec!["1"]));
    let mut other = super::telecmi(r#"{"type":"event","cmiuuid":"1","status":"hangup"}"#);
    other.join(&call).expect("of one scope");
    assert!(other.to_json().contains(r#""kind":"letter""#));
}

#[test]
fn what_is_no_stored_call_is_refused_without_showing_it() {
    for (json, expected) in [
        (
            r#"{"v":2,"provider":"telecmi","messages":[]}"#,
            "a stored call of version 2 was found, expected version 1",
        ),
        (
            r#"{"v":1,"provider":"telecmi","messages":[{"kind":"live","id":"+4470"}]}"#,
            "a message of a stored call has no `at`, expected milliseconds since 1970",
        ),
        (
            r#"{"v":1,"messages":"+4470"}"#,
            "a stored call is an object with `v`, `provider` and `messages`: found something else at line 1, column 25",
        ),
    ] {
        let error = Call::from_json(json).expect_err(json);
        assert_eq!(error.to_string(), expected);
    }
    for json in ["", "[]", "null", "{", r#"{"v":-1}"#] {
        assert!(Call::from_json(json).is_err(), "{json}");
    }
}

#[test]
fn a_summary_reads_back_from_its_json() {
    for call in simulated(0) {
        for message in call.messages() {
            let summary = super::summary(call.edition(), message);
            let json = serde_json::to_string(&summary).expect("text keys");
            let read: CallSummary = serde_json::from_str(&json).expect("a summary");
            assert_eq!(read, summary);
        }
    }
}
