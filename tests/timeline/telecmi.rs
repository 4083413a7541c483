//! TeleCMI's calls.

use serde_json::{Value, json};

use super::{Message, with};
use crate::wire::TELECMI;

/// The messages of an answered and a missed inbound call, and of two outbound ones; and of each what its summary says.
pub(super) fn calls(seed: u64) -> Vec<Message> {
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
    // Whose number is on leg a's record can't be told.
    let out_report = |party: Value, seconds: Value, finality: &str| {
        let customer = (party != "agent").then_some("+440000000002");
        json!({"direction": "outbound", "customer": customer, "party": party, "phase": "reported",
            "talk_seconds": seconds, "missed": null, "finality": finality})
    };

    let messages = vec![
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
    ];
    let message = |(fields, summary): (Value, Value)| Message {
        path: TELECMI,
        event: if fields["type"] == "cdr" {
            "cdr"
        } else {
            "live"
        },
        fields,
        summary,
    };
    messages.into_iter().map(message).collect()
}
