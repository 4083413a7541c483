//! Voipappz's calls. Only the URL tells which event a message is: bodies are equal where nothing else changed.

use serde_json::{Value, json};

use super::{Message, with};
use crate::wire::VOIPAPPZ_EVENTS;

/// The messages of an incoming call through an IVR, of one that nobody answered, and of an outgoing call whose recording
/// came late; and of each what its summary says.
pub(super) fn calls(seed: u64) -> Vec<Message> {
    let id = |call: &str| format!("{seed:08}-0000-4000-8000-{call:0>12}");
    let body = |call: &str, direction: &str, fields: Value| {
        let body = json!({"uuid": id(call), "direction": direction, "created_at": "2024-12-02T21:04:40.701+00:00",
            "caller_id_number": "039000000", "destination": "972722791142", "user_name": null, "queue_name": ""});
        with(body, fields)
    };
    let incoming = body("a", "incoming", json!({"ivr_name": "Welcome"}));
    let unanswered = body("b", "incoming", json!({}));
    let outgoing = body("c", "outgoing", json!({"extension_username": "101"}));

    // Of each event its URL, its body, and what it tells beyond the direction.
    let told = |phase: Value, talk_seconds: Value, missed: Value, finality: &str| json!({"phase": phase, "talk_seconds": talk_seconds, "missed": missed, "finality": finality});
    let nothing = |phase: Value| told(phase, json!(null), json!(null), "no");
    let cause = |body: &Value, cause: &str| {
        let figures = json!({"cause": cause, "duration": 60, "billing_duration_time": "00:00:41"});
        with(body.clone(), figures)
    };
    let reported =
        |talk_seconds: Value, missed: Value| told(json!("reported"), talk_seconds, missed, "call");
    let missed = told(json!("ended"), json!(null), json!("call"), "no");
    let recorded = with(
        cause(&outgoing, "answer"),
        json!({"recording_url": "https://recordings.example/1"}),
    );
    let messages = [
        ("call-ringing", incoming.clone(), nothing(json!("ringing"))),
        ("ivr-start", incoming.clone(), nothing(json!(null))),
        ("ivr-end", incoming.clone(), nothing(json!(null))),
        ("call-answer", incoming.clone(), nothing(json!("answered"))),
        ("call-hangup", incoming.clone(), nothing(json!("ended"))),
        // What is billed begins when the IVR answers.
        (
            "call-reporting",
            cause(&incoming, "answer"),
            reported(json!(null), json!(null)),
        ),
        (
            "call-ringing",
            unanswered.clone(),
            nothing(json!("ringing")),
        ),
        ("call-hangup", cause(&unanswered, "no_answer"), missed),
        (
            "call-reporting",
            cause(&unanswered, "no_answer"),
            reported(json!(null), json!("call")),
        ),
        ("call-ringing", outgoing.clone(), nothing(json!("ringing"))),
        ("call-answer", outgoing.clone(), nothing(json!("answered"))),
        (
            "call-hangup",
            cause(&outgoing, "answer"),
            nothing(json!("ended")),
        ),
        (
            "call-reporting",
            cause(&outgoing, "answer"),
            reported(json!(41), json!(null)),
        ),
        (
            "call-reporting",
            recorded,
            with(
                reported(json!(41), json!(null)),
                json!({"recording": "https://recordings.example/1"}),
            ),
        ),
    ];
    let message = |(event, fields, summary): (&str, Value, Value)| {
        let (direction, customer) = match fields["direction"].as_str() {
            Some("incoming") => ("inbound", "039000000"),
            _ => ("outbound", "972722791142"),
        };
        let of_call =
            json!({"call_id": fields["uuid"], "direction": direction, "customer": customer});
        Message {
            path: path(event),
            event: "report",
            fields,
            summary: with(summary, of_call),
        }
    };
    messages.into_iter().map(message).collect()
}

fn path(event: &str) -> &'static str {
    let mut paths = VOIPAPPZ_EVENTS.into_iter();
    paths.find(|path| path.ends_with(event)).expect("an event")
}
