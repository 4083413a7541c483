//! A whole call, message by message, as TeleCMI tells of it: out of order, and everything twice.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::example::Example;
use crate::wire::{Encoding, expected_fields, shown_fields};

#[test]
fn of_whole_calls_in_any_order_each_message_is_handled_once() {
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
            let answer = example.send(encoding, &messages[index].0.to_string());
            let expected = (sent[index] > 0).then_some("replay");
            let what = format!("seed {seed}, {encoding:?}: {}", messages[index].0);
            assert_eq!((answer.status, answer.outcome()), (200, expected), "{what}");
            sent[index] += 1;
        }

        let all = example.calls();
        check(seed, &all[seen..], &messages);
        seen = all.len();
    }
}

/// Each message has exactly one entry, which tells of the call what it should.
fn check(seed: u64, calls: &[Value], messages: &[(Value, Value)]) {
    assert_eq!(calls.len(), messages.len(), "seed {seed}");
    let mut by_fields: BTreeMap<_, &Value> = calls
        .iter()
        .map(|call| (shown_fields(call), call))
        .collect();
    let mut deliveries = BTreeMap::new();
    for (message, summary) in messages {
        let call = by_fields
            .remove(&expected_fields(&message.to_string()))
            .unwrap_or_else(|| panic!("seed {seed}: not among the calls: {message}"));
        for (name, expected) in summary.as_object().expect("an object") {
            assert_eq!(
                call["summary"][name], *expected,
                "seed {seed}: {name} of {message}"
            );
        }
        let delivery = call["delivery"].as_str().expect("text");
        deliveries
            .entry(message["record"] == true)
            .or_insert_with(Vec::new)
            .push(delivery);
    }
    let recorded = deliveries.remove(&true).expect("the recorded call");
    assert_eq!(
        recorded.iter().filter(|how| **how == "first").count(),
        1,
        "seed {seed}"
    );
    assert_eq!(
        recorded.iter().filter(|how| **how == "revision").count(),
        1,
        "seed {seed}"
    );
    assert!(
        deliveries[&false].iter().all(|how| *how == "first"),
        "seed {seed}: {deliveries:?}"
    );
}

/// The messages of an answered and a missed inbound call, and of two outbound ones; and of each what its summary says.
fn calls(seed: u64) -> Vec<(Value, Value)> {
    let id = |leg: &str| format!("{seed:08}-0000-4000-8000-{leg:0>12}");
    let [c, b1, b2, m, m1, a, b, x] = ["c", "b1", "b2", "d", "d1", "a", "b", "e"].map(id);
    // The answered call's CDR names the caller's leg in the documentation, the agent's on live traffic.
    let answered = if seed.is_multiple_of(2) { &c } else { &b1 };
    let time = 1_634_724_600_000 + seed * 1000;

    let event = |fields: Value| {
        with(
            json!({"type": "event", "app_id": 2_222_223, "time": time}),
            fields,
        )
    };
    let cdr = |fields: Value| {
        with(
            json!({"type": "cdr", "appid": 2_222_223, "time": time}),
            fields,
        )
    };
    let caller = |status: &str, id: &String| {
        event(
            json!({"status": status, "cmiuuid": id, "conversation_uuid": id, "direction": "inbound",
            "from": "440000000002", "to": "440000000009", "custom": "none"}),
        )
    };
    let agent = |status: &str, id: &String, call: &String, user: &str| {
        event(
            json!({"status": status, "cmiuuid": id, "conversation_uuid": call, "direction": "outbound",
            "leg": "b", "from": "440000000002", "user": user, "team": "Sales_2222223"}),
        )
    };
    let out = |status: &str, id: &String, leg: &str| {
        event(
            json!({"status": status, "cmiuuid": id, "conversation_uuid": a, "direction": "outbound", "leg": leg,
            "to": "+440000000002", "callerid": 440_000_000_009_u64, "user": "201_2222223",
            "call_id": format!("E-{leg}-{seed}"), "request_id": format!("R-{seed}")}),
        )
    };
    let out_cdr = |id: &String, leg: &str, seconds: u64| {
        cdr(
            json!({"status": "answered", "cmiuuid": id, "direction": "outbound", "leg": leg, "to": "+440000000002",
            "user": "201_2222223", "answeredsec": seconds, "call_id": format!("C-{leg}-{seed}"),
            "request_id": format!("R-{seed}"), "hangup_reason": "recv_bye"}),
        )
    };
    let in_cdr = |id: &String, call: &String, status: &str| {
        cdr(
            json!({"status": status, "cmiuuid": id, "conversation_uuid": call, "direction": "inbound",
            "from": 440_000_000_002_u64, "virtual_number": 440_000_000_009_u64, "team": "Sales_2222223"}),
        )
    };
    let talk = in_cdr(answered, &c, "answered");
    let talk = with(
        talk,
        json!({"user": "201_2222223", "answeredsec": 11, "record": true}),
    );
    let missed_by = |id: &String, call: &String, user: &str| {
        with(
            in_cdr(id, call, "missed"),
            json!({"leg": "b", "user": user, "waitedsec": 20}),
        )
    };

    let inbound = |call: &String, party: &str, phase: &str| {
        json!({"call_id": call, "direction": "inbound", "customer": "440000000002", "party": party, "phase": phase,
            "talk_seconds": null, "missed": null, "finality": "no"})
    };
    let outbound = |party: &str, phase: &str| {
        json!({"call_id": a, "direction": "outbound", "customer": "+440000000002", "own_number": "440000000009",
            "party": party, "phase": phase, "talk_seconds": null, "missed": null, "finality": "no"})
    };
    let in_report = |call: &String, seconds: Value, missed: Value, finality: &str| {
        json!({"call_id": call, "direction": "inbound", "customer": "440000000002", "own_number": "440000000009",
            "phase": "reported", "talk_seconds": seconds, "missed": missed, "finality": finality})
    };
    let out_report = |party: Value, seconds: Value, finality: &str| {
        json!({"direction": "outbound", "customer": "+440000000002", "party": party, "phase": "reported",
            "talk_seconds": seconds, "missed": null, "finality": finality})
    };

    vec![
        (caller("waiting", &c), inbound(&c, "customer", "waiting")),
        (
            agent("started", &b1, &c, "201_2222223"),
            inbound(&c, "agent", "ringing"),
        ),
        (
            agent("started", &b2, &c, "202_2222223"),
            inbound(&c, "agent", "ringing"),
        ),
        (
            agent("answered", &b1, &c, "201_2222223"),
            inbound(&c, "agent", "answered"),
        ),
        (caller("answered", &c), inbound(&c, "customer", "answered")),
        (
            agent("hangup", &b1, &c, "201_2222223"),
            inbound(&c, "agent", "ended"),
        ),
        (caller("hangup", &c), inbound(&c, "customer", "ended")),
        (talk.clone(), in_report(&c, json!(11), json!(null), "call")),
        // The same record, once the recording exists.
        (
            with(talk, json!({"filename": "r.mp3"})),
            in_report(&c, json!(11), json!(null), "call"),
        ),
        (
            missed_by(&b2, &c, "202_2222223"),
            in_report(&c, json!(null), json!("leg"), "leg"),
        ),
        (caller("waiting", &m), inbound(&m, "customer", "waiting")),
        (
            agent("started", &m1, &m, "201_2222223"),
            inbound(&m, "agent", "ringing"),
        ),
        (
            missed_by(&m1, &m, "201_2222223"),
            in_report(&m, json!(null), json!("leg"), "leg"),
        ),
        (
            in_cdr(&m, &m, "missed"),
            in_report(&m, json!(null), json!("call"), "call"),
        ),
        (out("started", &a, "a"), outbound("agent", "ringing")),
        (out("answered", &a, "a"), outbound("agent", "answered")),
        (out("started", &b, "b"), outbound("customer", "ringing")),
        (out("answered", &b, "b"), outbound("customer", "answered")),
        (out("hangup", &a, "a"), outbound("agent", "ended")),
        (out("hangup", &b, "b"), outbound("customer", "ended")),
        // The agent's leg was answered while the customer's phone still rang.
        (
            out_cdr(&a, "a", 15),
            out_report(json!("agent"), json!(null), "leg"),
        ),
        (
            out_cdr(&b, "b", 9),
            out_report(json!("customer"), json!(9), "call"),
        ),
        // India sends one record, without a leg.
        (
            cdr(
                json!({"status": "answered", "cmiuuid": x, "direction": "outbound", "to": "+440000000002",
                "user": "201_2222223", "answeredsec": 13, "click_to_call": "true"}),
            ),
            out_report(json!(null), json!(13), "call"),
        ),
    ]
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
