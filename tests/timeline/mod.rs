//! Whole calls, message by message, as each platform tells of them: out of order, and everything twice.

mod piopiy;
mod telecmi;
mod voipappz;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::example::Example;
use crate::wire::{Encoding, expected_fields, shown_fields, texts};

/// One message of a call, and what has to be shown of it.
struct Message {
    path: &'static str,
    event: &'static str,
    fields: Value,
    /// Some of its summary.
    summary: Value,
}

#[test]
fn of_whole_telecmi_calls_in_any_order_each_message_is_handled_once() {
    each_message_is_handled_once(telecmi::calls);
}

#[test]
fn of_whole_piopiy_calls_in_any_order_each_message_is_handled_once() {
    each_message_is_handled_once(piopiy::calls);
}

#[test]
fn of_whole_voipappz_calls_in_any_order_each_message_is_handled_once() {
    each_message_is_handled_once(voipappz::calls);
}

fn each_message_is_handled_once(calls: fn(u64) -> Vec<Message>) {
    let example = Example::start();
    let mut seen = 0;
    for seed in 1..=12 {
        let messages = calls(seed);
        let mut random = Random(seed);
        let mut order: Vec<usize> = (0..messages.len()).chain(0..messages.len()).collect();
        random.shuffle(&mut order);

        let mut sent = vec![0; messages.len()];
        for index in order {
            let encoding = Encoding::ALL[random.below(4)];
            let message = &messages[index];
            let json = message.fields.to_string();
            let answer = example.send_to(message.path, encoding, &json);
            let expected = (sent[index] > 0).then_some("replay");
            let what = format!("seed {seed}, {encoding:?}: {json}");
            assert_eq!((answer.status, answer.outcome()), (200, expected), "{what}");
            sent[index] += 1;
        }

        let all = example.messages();
        check(seed, &all[seen..], &messages);
        agree(seed, &all[seen..]);
        seen = all.len();
    }
}

/// Each message has exactly one entry, which tells of the call what it should.
fn check(seed: u64, calls: &[Value], messages: &[Message]) {
    assert_eq!(calls.len(), messages.len(), "seed {seed}");
    let mut by_fields: BTreeMap<_, &Value> = calls
        .iter()
        .map(|call| (shown_fields(call), call))
        .collect();
    let mut deliveries = BTreeMap::new();
    for message in messages {
        let json = message.fields.to_string();
        let call = by_fields
            .remove(&expected_fields(message.path, message.event, &json))
            .unwrap_or_else(|| panic!("seed {seed}: not among the calls: {json}"));
        assert_eq!(call["event"], message.event, "seed {seed}: {json}");
        for (name, expected) in message.summary.as_object().expect("an object") {
            let told = &call["summary"][name];
            assert_eq!(told, expected, "seed {seed}: {name} of {json}");
        }
        let delivery = call["delivery"].as_str().expect("text");
        let same: &mut Vec<_> = deliveries.entry(identity(message)).or_default();
        same.push(delivery);
    }
    for (identity, mut same) in deliveries {
        same.sort_unstable();
        assert_eq!(same[0], "first", "seed {seed}: {identity:?}");
        let others = &same[1..];
        let is_news = others.iter().all(|delivery| *delivery == "revision");
        assert!(is_news, "seed {seed}: {identity:?}: {same:?}");
    }
}

/// Which message it is, whatever its content.
fn identity(message: &Message) -> Vec<String> {
    let fields = texts(&message.fields.to_string());
    let parts = ["cmiuuid", "uuid", "leg", "direction", "status", "user"];
    [message.path, message.event]
        .map(str::to_owned)
        .into_iter()
        .chain(parts.map(|part| fields.get(part).cloned().unwrap_or_default()))
        .collect()
}

/// The messages of one call tell one direction and at most one talk time.
fn agree(seed: u64, calls: &[Value]) {
    for property in ["direction", "talk_seconds"] {
        let mut told = BTreeMap::new();
        for call in calls {
            let summary = &call["summary"];
            if let (Some(id), false) = (summary["call_id"].as_str(), summary[property].is_null()) {
                let values: &mut BTreeSet<_> = told.entry(id).or_default();
                values.insert(summary[property].to_string());
            }
        }
        assert!(!told.is_empty(), "seed {seed}: no {property}");
        for (id, values) in told {
            assert_eq!(
                values.len(),
                1,
                "seed {seed}: {property} of {id}: {values:?}"
            );
        }
    }
}

fn with(mut message: Value, fields: Value) -> Value {
    let (Value::Object(message_fields), Value::Object(fields)) = (&mut message, fields) else {
        panic!("objects are expected");
    };
    message_fields.extend(fields);
    message
}

/// Xorshift: the same order for a seed on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            self.0 ^= if left {
                self.0 << shift
            } else {
                self.0 >> shift
            };
        }
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
