//! PIOPIY's calls. Every other seed has the edition of 2024, which has no `type`.

use serde_json::{Value, json};

use super::{Message, with};
use crate::wire::PIOPIY;

/// The messages of an answered and a missed inbound call, of a global outbound call and an Indian one, and of an
/// outbound call that nobody answered; and of each what its summary says.
pub(super) fn calls(seed: u64) -> Vec<Message> {
    let is_2024 = seed % 2 == 1;
    let time = 1_725_886_117_000 + seed * 1000;
    let id = |leg: &str| format!("{seed:08}-0000-4000-8000-{leg:0>12}");
    // Names a global outbound call, and is not a UUID.
    let request = |call: &str| format!("{call}QqYoKtV3Tn25SVqbWwdzPkNwMBo9hhLwWadm9N7{seed:03}");

    let message = |event, kind: &str, fields: Value, summary: Value| {
        let mut fields = with(json!({"appid": 2_222_224, "time": time}), fields);
        if !is_2024 {
            fields = with(fields, json!({"type": kind}));
        }
        Message {
            path: PIOPIY,
            event,
            fields,
            summary,
        }
    };
    // What a message says of its leg, and its summary of the call.
    let live = |(leg, of_call): &(Value, Value), status: (&str, &str), phase: &str| {
        let status = if is_2024 { status.0 } else { status.1 };
        let fields = with(leg.clone(), json!({"status": status}));
        let no_figures =
            json!({"phase": phase, "talk_seconds": null, "missed": null, "finality": "no"});
        message("live", "event", fields, with(of_call.clone(), no_figures))
    };
    let cdr = |(leg, of_call): &(Value, Value), figures: Value, report: Value| {
        let times = json!({"start_time": time / 1000, "end_time": time / 1000 + 20, "call_rate": "0.450000",
            "balance": "878.900000", "extra_params": "{ 'Name': 'Akil', 'ID':8915726 }"});
        let fields = with(with(leg.clone(), times), figures);
        let summary = with(json!({"phase": "reported", "started_at": time}), report);
        message("cdr", "cdr", fields, with(of_call.clone(), summary))
    };
    let stream = |(leg, of_call): &(Value, Value), status: &str, ws_status: &str| {
        let fields = with(
            leg.clone(),
            json!({"status": status, "ws_status": ws_status}),
        );
        let nothing =
            json!({"phase": null, "talk_seconds": null, "missed": null, "finality": "no"});
        message("stream", "event", fields, with(of_call.clone(), nothing))
    };
    let answered = |seconds: u64| json!({"status": "answered", "duration": seconds, "answer_time": time / 1000 + 5});
    let missed = json!({"status": "missed", "duration": 0, "call_rate": 0});
    let report = |seconds: Value, missed: Value, finality: &str| json!({"talk_seconds": seconds, "missed": missed, "finality": finality});

    // Leg a is the caller's. Leg b goes out to an agent, and says so.
    let inbound = |cmiuuid: &str, call: &str, leg: &str| {
        let direction = if leg == "a" { "inbound" } else { "outbound" };
        let party = if leg == "a" { "customer" } else { "agent" };
        (
            json!({"cmiuuid": id(cmiuuid), "conversation_uuid": id(call), "leg": leg, "direction": direction,
                "from": 440_000_000_001_u64, "to": 440_000_000_000_u64}),
            json!({"call_id": id(call), "leg_id": id(cmiuuid), "direction": "inbound", "party": party,
                "customer": "440000000001"}),
        )
    };
    let outbound = |cmiuuid: &str, call: &str, leg: &str| {
        (
            json!({"cmiuuid": id(cmiuuid), "conversation_uuid": request(call), "request_id": request(call),
                "leg": leg, "direction": "outbound", "from": 440_000_000_000_u64, "to": 19_170_000_000_u64,
                "callerid": 440_000_000_000_u64}),
            json!({"call_id": request(call), "leg_id": id(cmiuuid), "direction": "outbound",
                "own_number": "440000000000"}),
        )
    };
    // In India the call is named by leg a.
    let indian = |cmiuuid: &str, leg: &str| {
        (
            json!({"cmiuuid": id(cmiuuid), "conversation_uuid": id("1a"), "leg": leg, "direction": "outbound",
                "from": 4_471_000_000_u64, "to": 9_200_000_000_u64, "callerid": "04471000000", "vn": 4_471_000_000_u64}),
            json!({"call_id": id("1a"), "leg_id": id(cmiuuid), "direction": "outbound", "own_number": "4471000000"}),
        )
    };
    let (in_a, in_b) = (inbound("c", "c", "a"), inbound("b", "c", "b"));
    // The legs of a missed call share one id.
    let (missed_a, missed_b) = (inbound("d", "d", "a"), inbound("d", "d", "b"));
    let (out_a, out_b) = (outbound("2a", "A", "a"), outbound("2b", "A", "b"));
    let unanswered = outbound("3a", "B", "a");
    let (indian_a, indian_b) = (indian("1a", "a"), indian("1b", "b"));

    let mut messages = vec![
        live(&in_a, ("in_answered", "answered"), "answered"),
        live(&in_b, ("started", "started"), "ringing"),
        live(&in_b, ("answered", "answered"), "answered"),
        live(&in_a, ("hangup", "hangup"), "ended"),
        live(&in_b, ("HANGUP", "hangup"), "ended"),
        // What leg b lasted is not told twice.
        cdr(&in_a, answered(13), report(json!(13), json!(null), "call")),
        cdr(&in_b, answered(11), report(json!(null), json!(null), "leg")),
        cdr(
            &missed_a,
            missed.clone(),
            report(json!(null), json!("call"), "call"),
        ),
        cdr(
            &missed_b,
            missed.clone(),
            report(json!(null), json!("leg"), "leg"),
        ),
        live(&out_a, ("out_started", "started"), "ringing"),
        live(&out_a, ("out_answered", "answered"), "answered"),
        live(&out_b, ("out_started", "started"), "ringing"),
        live(&out_b, ("OUT_BRIDGED", "answered"), "answered"),
        live(&out_a, ("hangup", "hangup"), "ended"),
        live(&out_b, ("hangup", "hangup"), "ended"),
        // Leg a was answered while leg b was still rung.
        cdr(
            &out_a,
            answered(15),
            report(json!(null), json!(null), "leg"),
        ),
        cdr(&out_b, answered(9), report(json!(9), json!(null), "call")),
        live(&unanswered, ("out_started", "started"), "ringing"),
        cdr(
            &unanswered,
            missed,
            report(json!(null), json!("call"), "call"),
        ),
        live(&indian_a, ("started", "started"), "ringing"),
        live(&indian_a, ("answered", "answered"), "answered"),
        live(&indian_b, ("started", "started"), "ringing"),
        live(&indian_b, ("answered", "answered"), "answered"),
        cdr(
            &indian_a,
            answered(15),
            report(json!(null), json!(null), "leg"),
        ),
        cdr(
            &indian_b,
            answered(9),
            report(json!(9), json!(null), "call"),
        ),
    ];
    if is_2024 {
        messages.push(stream(
            &in_a,
            "stream_connected",
            r#"{"status":"connected"}"#,
        ));
        messages.push(stream(
            &in_a,
            "STREAM_DISCONNECTED",
            r#"{"status":"disconnected"}"#,
        ));
    }
    messages
}
