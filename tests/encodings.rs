//! A message is the same message however it is sent: documented payloads, and others made by the same rules.

use serde_json::Value;

use crate::example::Example;
use crate::rules;
use crate::wire::{
    Encoding, corpus, event_name, expected_fields, provider_of, shown_fields, texts,
};

/// A message, and what is expected of it.
struct Case {
    path: &'static str,
    name: String,
    json: String,
    event: &'static str,
    status: Value,
    /// It is handled each time it comes.
    is_unchecked: bool,
}

#[test]
fn every_documented_payload_is_read_alike_in_every_encoding() {
    let cases = corpus().into_iter().map(|sample| {
        let is_stream = sample.json.contains("ws_status");
        let event = match (provider_of(sample.path), &*sample.kind) {
            (_, "cdr") => "cdr",
            ("piopiy", "event") if is_stream => "stream",
            (_, "event") => "live",
            ("telecmi", "routing-request") => "flow",
            ("piopiy", "answer-request") => "answer",
            ("piopiy", "dtmf") => "dtmf",
            ("voipappz", "template") => "report",
            other => panic!("{}: no kind {other:?}", sample.name),
        };
        Case {
            path: sample.path,
            name: sample.name,
            json: sample.json,
            event,
            status: match event {
                "report" => event_name(sample.path).into(),
                _ => sample.status.into(),
            },
            is_unchecked: matches!(event, "flow" | "answer" | "dtmf"),
        }
    });
    let cases: Vec<_> = cases.collect();
    for (case, message) in cases.iter().zip(read_alike(&cases)) {
        let expected = expected_fields(case.path, case.event, &case.json);
        assert_eq!(shown_fields(&message), expected, "{}", case.name);
    }
}

#[test]
fn every_message_by_the_same_rules_is_read_alike_in_every_encoding() {
    let rows = rules::all();
    let cases: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| Case {
            path: row.path,
            name: format!("row {index}: {}", row.json),
            json: row.json.to_owned(),
            event: match row.event {
                "without identity" => "unrecognized",
                event => event,
            },
            status: row.status.clone(),
            is_unchecked: matches!(row.event, "flow" | "answer" | "dtmf" | "without identity"),
        })
        .collect();
    for (row, message) in rows.iter().zip(read_alike(&cases)) {
        assert_eq!(message["fields"], row.fields, "{}", row.json);
    }
}

/// Sends each case to a server of its own for each encoding, and then, in the other encodings, to the same one. Returns
/// what the first encoding gave, which is what all of them gave.
fn read_alike(cases: &[Case]) -> Vec<Value> {
    let [first, others @ ..] = Encoding::ALL.map(|encoding| read_in(encoding, cases));
    for (encoding, messages) in Encoding::ALL.iter().skip(1).zip(others) {
        for ((case, first), message) in cases.iter().zip(&first).zip(&messages) {
            assert_eq!(message, first, "{encoding:?}: {}", case.name);
        }
    }
    first
}

fn read_in(encoding: Encoding, cases: &[Case]) -> Vec<Value> {
    let example = Example::start();
    for case in cases {
        let answer = example.send_to(case.path, encoding, &case.json);
        let what = format!("{encoding:?}: {}", case.name);
        assert_eq!((answer.status, answer.outcome()), (200, None), "{what}");
    }
    let messages = example.messages();
    assert_eq!(messages.len(), cases.len(), "{encoding:?}");
    for (case, message) in cases.iter().zip(&messages) {
        let what = format!("{encoding:?}: {}", case.name);
        let provider = provider_of(case.path);
        assert_eq!(message["provider"], provider, "{what}");
        assert_eq!(message["event"], case.event, "{what}");
        assert_eq!(message["status"], case.status, "{what}");
        let is_unchecked = message["delivery"] == "unchecked";
        assert_eq!(is_unchecked, case.is_unchecked, "{what}");
        assert_eq!(message["summary"]["provider"], provider, "{what}");
        assert_eq!(message["summary"]["leg_id"], message["leg_id"], "{what}");
        let sent = texts(&case.json);
        let names: &[&str] = match provider {
            "voipappz" => &["uuid"],
            _ => &["cmiuuid", "cmiuid", "cmuuid"],
        };
        let id = names.iter().find_map(|name| sent.get(*name));
        assert_eq!(message["leg_id"].as_str(), id.map(|id| &**id), "{what}");
    }

    // Copies of one content are replays in any encoding, unless the platform waits for an answer.
    let again = Encoding::ALL.iter().filter(|other| **other != encoding);
    for (other, case) in again.flat_map(|other| cases.iter().map(move |case| (other, case))) {
        let expected = (!case.is_unchecked).then_some("replay");
        let copy = example.send_to(case.path, *other, &case.json);
        let what = format!("{encoding:?}, then {other:?}: {}", case.name);
        assert_eq!((copy.status, copy.outcome()), (200, expected), "{what}");
        let waits = ["flow", "answer", "dtmf"].contains(&case.event);
        assert_eq!(copy.text().is_empty(), !waits, "{what}");
    }
    let unchecked = cases.iter().filter(|case| case.is_unchecked).count();
    let all = example.messages();
    assert_eq!(all.len(), cases.len() + 3 * unchecked, "{encoding:?}");
    assert_eq!(all[..cases.len()], messages);
    assert!(
        all[cases.len()..]
            .iter()
            .all(|copy| copy["delivery"] == "unchecked"),
        "{encoding:?}"
    );
    messages
}
