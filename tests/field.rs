//! Inputs from the field, each with its right answer: `field.jsonl`.
//!
//! `state-that-returns` needs a clock that can be moved, and is a test of the core.

use callhook_test_support::request;
use serde_json::Value;

use crate::example::Example;
use crate::wire::{PIOPIY, TELECMI, percent};

#[test]
fn each_input_from_the_field_has_its_right_answer() {
    let inputs = include_str!("field.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut played = 0;
    for input in inputs {
        let id = input["id"].as_str().expect("an id");
        if id == "state-that-returns" {
            continue;
        }
        // One of its own, so that no id is known from another input.
        let example = Example::start();
        let messages = input["messages"].as_array().expect("messages");
        let right = input["right"].as_array().expect("answers");
        assert_eq!(messages.len(), right.len(), "{id}");
        for (index, (message, right)) in messages.iter().zip(right).enumerate() {
            let reply = example.exchange(&sent(&example, &input, message));
            let status = right["status"].as_u64().unwrap_or(200);
            assert_eq!(u64::from(reply.status), status, "{id} {index}: {reply:?}");
            let messages = example.messages();
            assert_eq!(messages.len(), index + 1, "{id}");
            check(&format!("{id} {index}"), &messages[index], right);
        }
        played += 1;
    }
    assert_eq!(played, 15);
}

/// The request of a message, as its input says.
fn sent(example: &Example, input: &Value, message: &Value) -> Vec<u8> {
    let path = match input["provider"].as_str() {
        Some("telecmi") => TELECMI.to_owned(),
        Some("piopiy") => PIOPIY.to_owned(),
        Some("voipappz") => {
            let event = input["event_path"].as_str().expect("an event");
            format!("/webhooks/voipappz/{event}")
        }
        other => panic!("{other:?}"),
    };
    let target = example.target_at(&path);
    let json = [("content-type", "application/json")];
    let body = match message {
        Value::String(raw) => raw.clone(),
        message => message.to_string(),
    };
    match input["method"].as_str() {
        Some("POST") => request("POST", &target, &json, body.as_bytes()),
        Some("GET+body") => request("GET", &target, &json, body.as_bytes()),
        Some("POST+query") => {
            let fields = message["query"].as_object().expect("fields");
            let fields = fields.iter().map(|(name, value)| {
                let text = value.as_str().map_or(value.to_string(), str::to_owned);
                format!("&{}={}", percent(name, false), percent(&text, false))
            });
            let target = format!("{target}{}", fields.collect::<String>());
            request("POST", &target, &[], b"")
        }
        other => panic!("{other:?}"),
    }
}

/// Compares what is shown of a message with its right answer.
fn check(what: &str, shown: &Value, right: &Value) {
    for name in ["event", "delivery"] {
        if let Some(expected) = right.get(name) {
            assert_eq!(&shown[name], expected, "{what}: {name} of {shown}");
        }
    }
    for object in ["fields", "summary"] {
        for (name, expected) in right[object].as_object().into_iter().flatten() {
            assert_eq!(&shown[object][name], expected, "{what}: {name} of {shown}");
        }
    }
    for name in right["absent"].as_array().into_iter().flatten() {
        let name = name.as_str().expect("a name");
        assert_eq!(shown["fields"][name], Value::Null, "{what}: {name}");
    }
}
