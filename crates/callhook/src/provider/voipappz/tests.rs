use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::call::{CallDirection, CallSummary, Finality, Missed, Phase};
use crate::payload::{Payload, UnreadableKind};
use crate::request::Head;
use crate::value::Timestamp;

fn template(body: &str) -> Payload<'_> {
    Payload::from_template_body(body.as_bytes()).expect("readable")
}

/// What the endpoint of `/webhooks/voipappz/{event}` makes of a body.
fn with_name(event_name: &str, payload: Payload<'_>) -> Event {
    let message = Message::new(payload).with_event_name(event_name);
    Voipappz::path_segment().decode(&message).expect("an event")
}

fn from_json(json: &str) -> Event {
    with_name("call-reporting", template(json))
}

fn from_query(query: &str) -> Event {
    with_name(
        "call-reporting",
        Payload::from_query(query).expect("readable"),
    )
}

fn report_of(event: Event) -> Box<Report> {
    match event {
        Event::Report(report) => report,
        other => panic!("{other:?}"),
    }
}

fn report(json: &str) -> Box<Report> {
    report_of(from_json(json))
}

fn unrecognized_of(event: Event) -> Unrecognized {
    match event {
        Event::Unrecognized(unrecognized) => unrecognized,
        other => panic!("{other:?}"),
    }
}

fn extra(report: &Report) -> Vec<(&str, &str)> {
    report.extra.iter().collect()
}

fn normalised(event: &Event) -> String {
    serde_json::to_string(event).expect("text keys")
}

fn read_back(json: &str) -> Event {
    serde_json::from_str(json).expect("the normalised form is readable")
}

/// The template that the documentation prints, to the byte, with the brace that it lacks.
const PRINTED: &str = r#"{
"direction":"outgoing", // Direction Of Call: Incoming / Outgoing
"uuid":"bfd7e62a-5a55-4286-9453-b4b4cfc5cca8", // Unique ID Of Call
"type":"did_to_que", // Call Type
"created_at":"2024-12-02T21:04:40.701+00:00", // Start Of Call
"contact_number":null, // Number Of Contact
"caller_id_number":null, // Caller Id Number
"duration":60, // Duration
"ring_duration":30,
"destination":039000000, // Duration
"start_at":"23:04:40", // Time Call Started
"answer_at":"23:34:00", // Time Call Started
"environment_name":"ITD2024", // Name of Environment
"user_fullname":null, // Name Of User (
"user_name":"", // UserName
"extension_username":null,
"cause":"answer" // Cause Of Call: answer/busy/no_answer
,"sip_status":"200", // Sip Status From Terminator
"recording_url":"https://cloud.voipappz.io/recordings/bfd7e62a-5a55-4286-9453-b4b4cfc5cca8", // Recording Link
"duration_time":"00:06:57", // Total Duration Time
"billing_duration":1733173541, // Billing Duration Sec
"billing_duration_time":"00:05:41" , // Billing Duration Time
"did_number":"972722791142", // Did Number
"did_name":"972722791142", // Did Name
"queue_disposition":"timeout", // Queue Disposition: timeout (system timeout) / abandoned (caller hung)/ anser
"ivr_name":null, // Name of IVR
"call_state":null,
"queue_name":"Que1", // Queue Name
}"#;

/// A body with all 27 fields, none of them absent.
const WHOLE: &str = r#"{"direction":"Incoming","uuid":"u","type":"did_to_que","created_at":"2024-12-02T23:04:40.701+02:00",
    "contact_number":"+44 1","caller_id_number":441,"duration":60,"ring_duration":"30","destination":039000000,
    "start_at":"23:04:40","answer_at":"23:34:00","environment_name":"ITD2024","user_fullname":"Ann Example",
    "user_name":"ann","extension_username":"204","cause":"no_answer","sip_status":486,
    "recording_url":"https://recordings.example/u","duration_time":"00:06:57","billing_duration":1733173541,
    "billing_duration_time":"100:05:41","did_number":"972722791142","did_name":"Sales","queue_disposition":"anser",
    "ivr_name":"Menu","call_state":"done","queue_name":"Que1"}"#;

#[test]
fn the_printed_template_is_read_once_its_brace_is_closed() {
    let event = with_name("call-reporting", template(PRINTED));
    let report = report_of(event.clone());
    assert_eq!(report.kind, EventName::CallReporting);
    assert_eq!(report.uuid, "bfd7e62a-5a55-4286-9453-b4b4cfc5cca8");
    assert_eq!(report.direction, Some(Direction::Outgoing));
    assert_eq!(report.call_type.as_deref(), Some("did_to_que"));
    assert_eq!(
        report.destination.as_ref().map(PhoneNumber::as_str),
        Some("039000000")
    );
    assert_eq!(report.cause, Some(HangupCause::Answer));
    assert_eq!(report.sip_status.as_deref(), Some("200"));
    assert_eq!(
        report.recording_url.as_deref(),
        Some("https://cloud.voipappz.io/recordings/bfd7e62a-5a55-4286-9453-b4b4cfc5cca8")
    );
    assert_eq!(report.queue_name.as_deref(), Some("Que1"));
    assert!(report.extra.is_empty());
    assert_eq!(read_back(&normalised(&event)), event);

    let as_printed = PRINTED.trim_end_matches('}');
    let error = Payload::from_template_body(as_printed.as_bytes()).expect_err("unclosed");
    assert_eq!(error.kind(), UnreadableKind::Malformed);
    assert!(error.to_string().contains("at line 28, "), "{error}");
}

#[test]
fn a_report_keeps_all_27_fields() {
    let report = report(WHOLE);
    let number = |number: &Option<PhoneNumber>| number.as_ref().map(|n| n.as_str().to_owned());
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(report.direction, Some(Direction::Incoming));
    assert_eq!(report.uuid, "u");
    assert_eq!(report.call_type.as_deref(), Some("did_to_que"));
    let created_at = report.created_at.as_ref().expect("a moment");
    assert_eq!(created_at.as_str(), "2024-12-02T23:04:40.701+02:00");
    assert_eq!(created_at.timestamp().as_millis(), 1_733_173_480_701);
    assert_eq!(number(&report.contact_number), some("+44 1"));
    assert_eq!(number(&report.caller_id_number), some("441"));
    assert_eq!(report.duration, Some(Seconds::new(60)));
    assert_eq!(report.ring_duration, Some(Seconds::new(30)));
    assert_eq!(number(&report.destination), some("039000000"));
    let start_at = report.start_at.expect("a time");
    assert_eq!(
        (start_at.hour(), start_at.minute(), start_at.second()),
        (23, 4, 40)
    );
    assert_eq!(report.answer_at.map(|at| at.to_string()), some("23:34:00"));
    assert_eq!(report.environment_name.as_deref(), Some("ITD2024"));
    assert_eq!(report.user_fullname.as_deref(), Some("Ann Example"));
    assert_eq!(report.user_name.as_deref(), Some("ann"));
    assert_eq!(report.extension_username.as_deref(), Some("204"));
    assert_eq!(report.cause, Some(HangupCause::NoAnswer));
    assert_eq!(report.sip_status.as_deref(), Some("486"));
    assert_eq!(
        report.recording_url.as_deref(),
        Some("https://recordings.example/u")
    );
    let seconds = |duration: Option<ClockDuration>| duration.map(|d| d.seconds().get());
    assert_eq!(seconds(report.duration_time), Some(417));
    assert_eq!(report.billing_duration, Some(1_733_173_541));
    assert_eq!(seconds(report.billing_duration_time), Some(360_341));
    assert_eq!(number(&report.did_number), some("972722791142"));
    assert_eq!(report.did_name.as_deref(), Some("Sales"));
    assert_eq!(report.queue_disposition, Some(Disposition::Answer));
    assert_eq!(report.ivr_name.as_deref(), Some("Menu"));
    assert_eq!(report.call_state.as_deref(), Some("done"));
    assert_eq!(report.queue_name.as_deref(), Some("Que1"));
    assert!(report.extra.is_empty());
}

#[test]
fn the_normalised_form_has_the_templates_names_and_exact_values() {
    let event = from_json(WHOLE);
    assert_eq!(
        normalised(&event),
        r#"{"event":"Call:Reporting","uuid":"u","direction":"incoming","type":"did_to_que","#
            .to_owned()
            + r#""created_at":"2024-12-02T23:04:40.701+02:00","start_at":"23:04:40","answer_at":"23:34:00","#
            + r#""duration":60,"ring_duration":30,"billing_duration":1733173541,"duration_time":"00:06:57","#
            + r#""billing_duration_time":"100:05:41","destination":"039000000","contact_number":"+44 1","#
            + r#""caller_id_number":"441","did_number":"972722791142","did_name":"Sales","#
            + r#""environment_name":"ITD2024","user_fullname":"Ann Example","user_name":"ann","#
            + r#""extension_username":"204","cause":"no_answer","sip_status":"486","#
            + r#""recording_url":"https://recordings.example/u","queue_name":"Que1","queue_disposition":"answer","#
            + r#""ivr_name":"Menu","call_state":"done"}"#
    );
    assert_eq!(read_back(&normalised(&event)), event);
}

#[test]
fn each_field_but_the_uuid_may_be_absent_null_empty_or_the_text_null() {
    let whole = template(WHOLE);
    assert_eq!(whole.fields().len(), 27);
    for left_out in whole.fields().iter().map(|field| field.name()) {
        let without = |value: &str| {
            let fields: Vec<String> = whole
                .fields()
                .iter()
                .map(|field| {
                    let text = serde_json::to_string(field.value().text()).expect("text");
                    let is_left_out = field.name() == left_out;
                    let value = if is_left_out { value } else { &text };
                    format!("\"{}\":{value}", field.name())
                })
                .filter(|field| !field.ends_with(':'))
                .collect();
            from_json(&format!("{{{}}}", fields.join(",")))
        };
        let event = without("");
        for value in ["null", "\"\"", "\"null\""] {
            assert_eq!(without(value), event, "{left_out}: {value}");
        }
        match &event {
            Event::Report(report) => {
                assert_ne!(left_out, "uuid");
                assert!(report.extra.is_empty());
                let count = |json: &str| template(json).fields().len();
                assert_eq!(count(&normalised(&event)), 27, "{left_out}");
            }
            Event::Unrecognized(unrecognized) => {
                assert_eq!((left_out, unrecognized.reason), ("uuid", Reason::NoId));
                assert_eq!(unrecognized.fields.len(), 26);
            }
        }
    }
}

#[test]
fn post_and_get_and_a_form_of_the_same_fields_are_equal_events() {
    let json = r#"{"uuid":"u","created_at":"2024-12-02T21:04:40+00:00","destination":"+44001","caller_id_number":" 044",
        "duration":060,"user_name":"null","cause":"","x":{"a": 1},"sip_status":200}"#;
    for query in [
        "uuid=u&created_at=2024-12-02T21%3A04%3A40%2B00%3A00&destination=%2B44001&caller_id_number=%20044&duration=060&x=%7B%22a%22%3A1%7D&sip_status=200",
        "sip_status=200&uuid=u&created_at=2024-12-02T21:04:40+00:00&destination=+44001&caller_id_number=044&duration=060&user_name=null&cause=null&x={\"a\":1}",
    ] {
        assert_eq!(from_query(query), from_json(json), "{query}");
        assert_eq!(from_json(query), from_json(json), "{query}");
    }
    assert_eq!(
        report(json).duration,
        Some(Seconds::new(60)),
        "a duration in a template may have a leading zero too"
    );
}

#[test]
fn a_value_that_cannot_be_read_stays_among_the_extra_fields() {
    for (field, value, text) in [
        ("created_at", "\"yesterday\"", "yesterday"),
        ("created_at", "1733173541", "1733173541"),
        ("start_at", "\"24:00:00\"", "24:00:00"),
        ("answer_at", "\"11:30 PM\"", "11:30 PM"),
        ("duration", "-1", "-1"),
        ("ring_duration", "1.5", "1.5"),
        ("duration_time", "\"6:57\"", "6:57"),
        ("billing_duration_time", "341", "341"),
        (
            "billing_duration",
            "99999999999999999999",
            "99999999999999999999",
        ),
        ("destination", "{\"a\": 1}", "{\"a\":1}"),
        ("user_name", "[\"ann\"]", "[\"ann\"]"),
    ] {
        let event = from_json(&format!("{{\"uuid\":\"u\",\"{field}\":{value}}}"));
        assert_eq!(read_back(&normalised(&event)), event, "{field}: {value}");
        let encoded: String =
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .collect();
        assert_eq!(from_query(&format!("uuid=u&{field}={encoded}")), event);
        assert_eq!(extra(&report_of(event)), [(field, text)]);
    }
}

#[test]
fn a_word_for_nothing_is_absent_and_stays_as_sent() {
    let fields = [
        "direction",
        "type",
        "destination",
        "contact_number",
        "caller_id_number",
        "did_number",
        "did_name",
        "environment_name",
        "user_fullname",
        "user_name",
        "extension_username",
        "cause",
        "sip_status",
        "recording_url",
        "queue_name",
        "queue_disposition",
        "ivr_name",
        "call_state",
    ];
    let without = from_json(r#"{"uuid":"u"}"#);
    for field in fields {
        for word in [
            "none",
            "NULL",
            " undefined",
            "Not Available",
            "false",
            "N/A",
        ] {
            let event = from_json(&format!(r#"{{"uuid":"u","{field}":"{word}"}}"#));
            assert_eq!(event.summary(), without.summary(), "{field}: {word}");
            assert_eq!(read_back(&normalised(&event)), event, "{field}: {word}");
            let report = report_of(event);
            assert_eq!(extra(&report), [(field, word)]);
        }
    }
    // A hidden number is none of them.
    let report = report(
        r#"{"uuid":"u","user_name":"unknown","caller_id_number":"anonymous","destination":"*72"}"#,
    );
    assert_eq!(report.user_name, None);
    assert_eq!(report.caller_id_number, Some("anonymous".into()));
    assert_eq!(report.destination, Some("*72".into()));
}

#[test]
fn a_word_for_nothing_is_no_uuid_and_no_events_name() {
    for word in ["none", "Undefined", " n/a "] {
        let body = format!(r#"{{"uuid":"{word}","cause":"busy"}}"#);
        let unrecognized = unrecognized_of(from_json(&body));
        assert_eq!(unrecognized.reason, Reason::NoId, "{body}");
        assert_eq!(unrecognized.fields.get("uuid"), Some(word), "{body}");

        let event = with_name(word, template(r#"{"uuid":"u","event":"ivr-end"}"#));
        assert_eq!(event.status(), Some(&EventName::IvrEnd), "{word}");
        let body = format!(r#"{{"uuid":"u","event":"{word}"}}"#);
        let event = with_name("", template(&body));
        assert_eq!(read_back(&normalised(&event)), event, "{body}");
        assert_eq!(unrecognized_of(event).reason, Reason::NoEvent, "{body}");
    }
}

#[test]
fn a_whole_number_is_a_figure_however_it_is_written() {
    for figure in ["60", "60.0", "\"60.00\"", "6e1", "060"] {
        let body = format!(
            r#"{{"uuid":"u","duration":{figure},"ring_duration":{figure},"billing_duration":{figure}}}"#
        );
        let report = report(&body);
        let seconds = Some(Seconds::new(60));
        assert_eq!(
            (report.duration, report.ring_duration),
            (seconds, seconds),
            "{body}"
        );
        assert_eq!(report.billing_duration, Some(60), "{body}");
    }
}

#[test]
fn talk_time_is_told_beside_a_queue_whose_name_is_a_word_for_nothing() {
    let rest = r#""cause":"answer","billing_duration_time":"00:05:41""#;
    let talk = |more: &str| summary("call-reporting", &format!("{rest}{more}")).talk_seconds;
    let told = Some(Seconds::new(341));
    assert_eq!(talk(""), told);
    assert_eq!(
        talk(r#","queue_name":"none","queue_disposition":"None","ivr_name":"n/a""#),
        told
    );
    assert_eq!(talk(r#","queue_name":"Que1""#), None);
}

#[test]
fn terms_are_read_in_any_case_and_others_are_kept_as_sent() {
    let report = report(
        r#"{"uuid":"u","direction":"Internal","cause":"Congestion","queue_disposition":"ABANDONED"}"#,
    );
    assert_eq!(report.direction, Some(Direction::Other("Internal".into())));
    assert_eq!(report.cause, Some(HangupCause::Other("Congestion".into())));
    assert_eq!(report.queue_disposition, Some(Disposition::Abandoned));
}

#[test]
fn every_way_to_write_an_events_name_is_one() {
    for (names, kind) in [
        (
            ["Call:Ringing", "call-ringing", "CALL_RINGING"],
            EventName::CallRinging,
        ),
        (
            ["Call:Answer", "call_answer", "call.answer"],
            EventName::CallAnswer,
        ),
        (
            ["Call:Hangup", "Call Hangup", "callhangup"],
            EventName::CallHangup,
        ),
        (
            ["Call:Reporting", "CALL:REPORTING", " call-reporting"],
            EventName::CallReporting,
        ),
        (["Ivr:Start", "IVR-START", "ivr_start"], EventName::IvrStart),
        (["Ivr:End", "ivr:end", "IvrEnd"], EventName::IvrEnd),
    ] {
        for name in names {
            assert_eq!(EventName::from(name), kind, "{name}");
            let event = read_back(&format!("{{\"uuid\":\"u\",\"event\":\"{name}\"}}"));
            assert_eq!(event.status(), Some(&kind), "{name}");
        }
        assert_eq!(kind.as_str(), names[0]);
    }
    for name in ["Call:Answered", "Queue:Enter", "answer", "", "Call"] {
        assert_eq!(EventName::from(name), EventName::Other(name.into()));
        assert_eq!(EventName::from(name).to_string(), name);
    }
}

#[test]
fn the_url_names_the_event_in_a_segment_or_a_parameter() {
    let path = Voipappz::path_segment;
    let before = Voipappz::path_segment_nth_back;
    let query = Voipappz::query_parameter;
    for (provider, target, event_name) in [
        (
            path(),
            "/webhooks/voipappz/call-answer",
            Some("call-answer"),
        ),
        (
            path(),
            "/webhooks/voipappz/call-answer/",
            Some("call-answer"),
        ),
        (path(), "/Call%3AAnswer", Some("Call:Answer")),
        (
            path(),
            "/Call:Answer?event=call-hangup",
            Some("Call:Answer"),
        ),
        (path(), "/%ff", Some("%ff")),
        (path(), "/", None),
        (before(1), "/voipappz/call_answer/acme", Some("call_answer")),
        (
            before(1),
            "/voipappz/call_answer/acme/",
            Some("call_answer"),
        ),
        (before(9), "/voipappz/call_answer/acme", None),
        (
            query("event"),
            "/call-hangup?event=Call%3AAnswer&x=1",
            Some("Call:Answer"),
        ),
        (
            query("event"),
            "/?x=1&%65vent=call+answer",
            Some("call answer"),
        ),
        (query("event"), "/call-hangup?x=1", None),
        (query("event"), "/call-hangup", None),
        // Which one counts would be a guess.
        (
            query("event"),
            "/?event=call-answer&event=call-hangup",
            None,
        ),
        (
            Voipappz::body_field("event"),
            "/call-hangup?event=call-answer",
            None,
        ),
        (
            Voipappz::event(EventName::IvrEnd),
            "/call-hangup?event=call-answer",
            None,
        ),
    ] {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let head = Head::new("POST", path, query, &());
        let name = provider
            .event_location()
            .and_then(|location| location.read_text(&head));
        assert_eq!(name.as_deref(), event_name, "{target}");
    }
}

/// Which event is read of a body with a provider and an event name, and what remains of the body's fields.
fn named(
    provider: &Voipappz,
    event_name: Option<&str>,
    body: &str,
) -> (Option<EventName>, Vec<String>) {
    let message = Message::new(template(body));
    let message = match event_name {
        Some(event_name) => message.with_event_name(event_name.to_owned()),
        None => message,
    };
    let event = provider.decode(&message).expect("an event");
    assert_eq!(read_back(&normalised(&event)), event, "{body}");
    let fields = match &event {
        Event::Report(report) => &report.extra,
        Event::Unrecognized(unrecognized) => &unrecognized.fields,
    };
    let fields = fields
        .iter()
        .map(|(name, text)| format!("{name}={text}"))
        .collect();
    (event.status().cloned(), fields)
}

/// A provider, an event name, what the body says besides its `uuid`; the event's name, the fields that are left.
type Case<'t> = (
    &'t Voipappz,
    Option<&'t str>,
    &'t str,
    &'t str,
    &'t [&'t str],
);

#[test]
fn of_several_names_the_first_in_a_fixed_order_counts_and_none_is_lost() {
    let path = Voipappz::path_segment();
    let query = Voipappz::query_parameter("event").or_body_field("hook");
    let body = Voipappz::body_field("hook");
    let fixed = Voipappz::event(EventName::CallHangup);
    let answer = "call-answer";
    let none: &[&str] = &[];
    let cases: [Case<'_>; 22] = [
        (&path, Some(answer), "", "Call:Answer", none),
        (
            &path,
            Some(answer),
            r#","event":"CALL:ANSWER""#,
            "Call:Answer",
            none,
        ),
        (
            &path,
            Some(answer),
            r#","event":"Call:Hangup""#,
            "Call:Answer",
            &["body_event=Call:Hangup"],
        ),
        (
            &path,
            Some(answer),
            r#","event":{"a":1}"#,
            "Call:Answer",
            &[r#"body_event={"a":1}"#],
        ),
        (
            &path,
            Some(answer),
            r#","event":null,"hook":"x""#,
            "Call:Answer",
            &["hook=x"],
        ),
        // A path always has a last segment: it counts where nothing better is said.
        (
            &path,
            Some("voipappz"),
            r#","event":"Call:Hangup""#,
            "Call:Hangup",
            none,
        ),
        (&path, Some("queue-enter"), "", "queue-enter", none),
        (
            &path,
            Some("queue-enter"),
            r#","event":"Queue:Leave""#,
            "Queue:Leave",
            none,
        ),
        (
            &path,
            None,
            r#","event":"Call:Hangup""#,
            "Call:Hangup",
            none,
        ),
        (
            &path,
            Some(""),
            r#","event":"Call:Hangup""#,
            "Call:Hangup",
            none,
        ),
        (
            &query,
            Some(answer),
            r#","event":"call_answer""#,
            "Call:Answer",
            none,
        ),
        (
            &query,
            Some("queue-enter"),
            r#","hook":"Call:Hangup""#,
            "queue-enter",
            &["hook=Call:Hangup"],
        ),
        (
            &query,
            None,
            r#","hook":"Call:Hangup""#,
            "Call:Hangup",
            none,
        ),
        (
            &query,
            None,
            r#","hook":"Call:Hangup","event":"call-hangup""#,
            "Call:Hangup",
            none,
        ),
        (
            &body,
            None,
            r#","hook":"Call:Hangup","event":"x""#,
            "Call:Hangup",
            &["body_event=x"],
        ),
        (
            &body,
            None,
            r#","hook":["a"],"event":"ivr-end""#,
            "Ivr:End",
            &[r#"hook=["a"]"#],
        ),
        (&body, None, r#","event":"ivr-end""#, "Ivr:End", none),
        (
            &Voipappz::body_field("call_state"),
            None,
            r#","call_state":"ivr-end""#,
            "Ivr:End",
            none,
        ),
        (&fixed, None, "", "Call:Hangup", none),
        (
            &fixed,
            Some(answer),
            r#","event":"call-answer""#,
            "Call:Hangup",
            &["body_event=call-answer"],
        ),
        (
            &fixed,
            None,
            r#","event":"call-hangup""#,
            "Call:Hangup",
            none,
        ),
        (
            &Voipappz::event(EventName::Other("x".into())),
            None,
            r#","event":"ivr-end""#,
            "x",
            &["body_event=ivr-end"],
        ),
    ];
    for (provider, event_name, rest, kind, fields) in cases {
        let body = format!(r#"{{"uuid":"u"{rest}}}"#);
        let (read, left) = named(provider, event_name, &body);
        assert_eq!(read.as_ref().map(EventName::as_str), Some(kind), "{body}");
        assert_eq!(left, fields, "{body}");
    }
    // A documented field that names the event is that field still.
    let event = Voipappz::body_field("call_state")
        .decode(&Message::new(template(
            r#"{"uuid":"u","call_state":"ivr-end"}"#,
        )))
        .expect("an event");
    assert_eq!(report_of(event).call_state.as_deref(), Some("ivr-end"));
}

#[test]
fn an_event_that_is_named_twice_with_two_names_is_refused() {
    for (provider, body) in [
        (
            Voipappz::body_field("event"),
            r#"{"uuid":"u","event":"a","event":"b"}"#,
        ),
        (
            Voipappz::body_field("hook"),
            r#"{"uuid":"u","hook":"a","hook":"b"}"#,
        ),
        (
            Voipappz::query_parameter("hook"),
            r#"{"uuid":"u","hook":"a","hook":"b"}"#,
        ),
        (Voipappz::path_segment(), r#"{"uuid":"u","uuid":"v"}"#),
    ] {
        let read = provider.decode(&Message::new(template(body)));
        assert_eq!(
            read.map_err(|unreadable| unreadable.kind()),
            Err(UnreadableKind::DuplicateField),
            "{body}"
        );
    }
    let same = template(r#"{"uuid":"u","hook":"ivr-end","hook":"ivr-end"}"#);
    let event = Voipappz::body_field("hook").decode(&Message::new(same));
    assert_eq!(event.expect("an event").status(), Some(&EventName::IvrEnd));
}

#[test]
fn a_uuid_that_was_not_filled_is_not_an_id() {
    for body in [
        r#"{"uuid":"{{uuid}}","cause":"answer"}"#,
        r#"{"uuid":"{{ uuid }}","cause":"answer"}"#,
        r#"{"uuid":" {{uuid}}\t","cause":"answer"}"#,
        "{\"uuid\":\"{{\nuuid\n}}\",\"cause\":\"answer\"}",
        r#"{"uuid":"{{call.uuid}}","cause":"answer"}"#,
        r#"{"uuid":"{{{uuid}}}","cause":"answer"}"#,
        r#"{"uuid":"{{}}","cause":"answer"}"#,
        r#"{"uuid":"{{uuid}}-{{leg}}","cause":"answer"}"#,
        r#"{"uuid":{{uuid}},"cause":answer}"#,
        r#"{"uuid": {{ uuid }} , "cause":answer}"#,
        r#"{"cause":"answer","uuid":{{{uuid}}}}"#,
    ] {
        let event = with_name("call-answer", template(body));
        assert_eq!(read_back(&normalised(&event)), event, "{body}");
        let key = Voipappz::path_segment().key(&event);
        assert_eq!(key.err(), Some(UncheckedReason::NoId), "{body}");
        let unrecognized = unrecognized_of(event);
        assert_eq!(unrecognized.reason, Reason::UnfilledId, "{body}");
        assert_eq!(unrecognized.kind, Some(EventName::CallAnswer), "{body}");
        assert_eq!(unrecognized.uuid, None, "{body}");
        let uuid = unrecognized.fields.get("uuid").expect("kept");
        assert!(uuid.trim().starts_with("{{"), "{body}: {uuid}");
        assert_eq!(unrecognized.fields.get("cause"), Some("answer"), "{body}");
    }
    for uuid in ["%7B%7Buuid%7D%7D", "{{uuid}}", "+%7B%7B+uuid+%7D%7D"] {
        let event = from_query(&format!("uuid={uuid}&cause=answer"));
        assert_eq!(unrecognized_of(event).reason, Reason::UnfilledId, "{uuid}");
    }
    // An id, although a strange one.
    for uuid in ["{uuid}", "{{uuid", "uuid}}", "a{{uuid}}", "{{uuid}}b", "{}"] {
        let body = format!(r#"{{"uuid":"{uuid}","cause":"answer"}}"#);
        let reason = match from_json(&body) {
            Event::Report(report) => (report.uuid == uuid).then_some(None),
            Event::Unrecognized(unrecognized) => Some(Some(unrecognized.reason)),
        };
        // An object is not an id either.
        let expected = (uuid == "{}").then_some(Reason::NoId);
        assert_eq!(reason, Some(expected), "{uuid}");
    }
}

#[test]
fn any_other_field_that_was_not_filled_is_absent_and_kept_as_text() {
    let event = from_json(
        r#"{"uuid":"u","destination":{{destination}},"user_name":"{{ user_name }}","duration":"{{duration}}",
        "direction":"{{direction}}","created_at":"{{created_at}}","extension_username":"{{a}}{{b}}","event":"{{event}}",
        "note":"{{note}}","queue_name":"Que {{n}}","did_name":"{{n}} x"}"#,
    );
    assert_eq!(read_back(&normalised(&event)), event);
    let report = report_of(event);
    assert_eq!(report.kind, EventName::CallReporting);
    assert_eq!((&report.destination, &report.user_name), (&None, &None));
    assert_eq!((&report.duration, &report.direction), (&None, &None));
    assert_eq!(
        (&report.created_at, &report.extension_username),
        (&None, &None)
    );
    assert_eq!(report.queue_name.as_deref(), Some("Que {{n}}"));
    assert_eq!(report.did_name.as_deref(), Some("{{n}} x"));
    assert_eq!(
        extra(&report),
        [
            ("body_event", "{{event}}"),
            ("created_at", "{{created_at}}"),
            ("destination", "{{destination}}"),
            ("direction", "{{direction}}"),
            ("duration", "{{duration}}"),
            ("extension_username", "{{a}}{{b}}"),
            ("note", "{{note}}"),
            ("user_name", "{{ user_name }}"),
        ]
    );
    // It is not a second value of a field.
    let event = from_json(r#"{"uuid":"{{uuid}}","uuid":"u","cause":"busy","cause":"{{cause}}"}"#);
    assert_eq!(report_of(event).uuid, "u");
}

#[test]
fn an_events_name_that_was_not_filled_names_no_event() {
    for event_name in ["{{event}}", " {{ event }} "] {
        let named = with_name(
            event_name,
            template(r#"{"uuid":"u","event":"call-answer"}"#),
        );
        assert_eq!(named.status(), Some(&EventName::CallAnswer), "{event_name}");
        let unnamed = with_name(event_name, template(r#"{"uuid":"u","event":"{{event}}"}"#));
        let unrecognized = unrecognized_of(unnamed);
        assert_eq!(unrecognized.reason, Reason::NoEvent, "{event_name}");
        assert_eq!(unrecognized.fields.get("body_event"), Some("{{event}}"));
    }
    let hook = template(r#"{"uuid":"u","hook":"{{event}}"}"#);
    let event = Voipappz::body_field("hook").decode(&Message::new(hook));
    let unrecognized = unrecognized_of(event.expect("an event"));
    assert_eq!(unrecognized.reason, Reason::NoEvent);
    assert_eq!(unrecognized.fields.get("hook"), Some("{{event}}"));
    // Nothing but placeholders is a template nevertheless.
    let event = with_name("call-answer", template(r#"{"cause":"{{cause}}"}"#));
    assert_eq!(unrecognized_of(event).reason, Reason::NoId);
}

#[test]
fn an_id_that_was_not_filled_is_warned_of_once_by_each_endpoint() {
    #[derive(Clone, Default)]
    struct Warnings(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

    impl tracing::field::Visit for Warnings {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            if field.name() == "message" {
                self.0.lock().expect("no panic").push(format!("{value:?}"));
            }
        }
    }

    impl tracing::Subscriber for Warnings {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            metadata.target() == "callhook"
        }

        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }

        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            assert_eq!(*event.metadata().level(), tracing::Level::WARN);
            event.record(&mut self.clone());
        }

        fn enter(&self, _: &tracing::span::Id) {}

        fn exit(&self, _: &tracing::span::Id) {}
    }

    let warnings = Warnings::default();
    tracing::subscriber::with_default(warnings.clone(), || {
        for provider in [
            Voipappz::path_segment(),
            Voipappz::event(EventName::CallAnswer),
        ] {
            for _ in 0..2 {
                let payload = template(r#"{"uuid":"{{uuid}}","cause":"answer"}"#);
                let message = Message::new(payload).with_event_name("call-answer");
                let event = provider.decode(&message).expect("an event");
                // What reads it from a store is not an endpoint.
                assert_eq!(read_back(&normalised(&event)), event);
            }
        }
    });
    let warnings = warnings.0.lock().expect("no panic").clone();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].contains("uuid is a placeholder that was not filled"),
        "{warnings:?}"
    );
}

#[test]
fn an_event_that_is_not_documented_is_a_report_of_its_name() {
    let event = with_name("Queue:Enter", template(r#"{"uuid":"u","queue_name":"q"}"#));
    assert_eq!(event.kind(), "report");
    assert_eq!(
        event.status(),
        Some(&EventName::Other("Queue:Enter".into()))
    );
    assert!(Voipappz::path_segment().key(&event).is_ok());
    assert_eq!(read_back(&normalised(&event)), event);
}

#[test]
fn what_is_no_report_is_unrecognized_with_its_reason_its_event_and_all_fields() {
    for (event_name, body, reason, fields) in [
        (
            "call-answer",
            r#"{"digits":"1"}"#,
            Reason::NoField,
            "digits=1",
        ),
        ("call-answer", r#"{}"#, Reason::NoField, ""),
        (
            "call-answer",
            r#"[{"uuid":"u"}]"#,
            Reason::NoField,
            r#"=[{"uuid":"u"}]"#,
        ),
        (
            "call-answer",
            r#"[{"n":01},]"#,
            Reason::NoField,
            r#"=[{"n":"01"}]"#,
        ),
        (
            "call-answer",
            r#"{"count":1,"cdr":[{"a": 1}],"code":200}"#,
            Reason::NoField,
            r#"cdr=[{"a":1}] code=200 count=1"#,
        ),
        (
            "call-answer",
            r#"{"direction":"incoming","x":1}"#,
            Reason::NoId,
            "direction=incoming x=1",
        ),
        (
            "call-answer",
            r#"{"cause":"busy","uuid":{"a":1}}"#,
            Reason::NoId,
            r#"cause=busy uuid={"a":1}"#,
        ),
        (
            "call-answer",
            r#"{"cause":"busy","event":"x"}"#,
            Reason::NoId,
            "body_event=x cause=busy",
        ),
        ("", r#"{"cause":"busy"}"#, Reason::NoId, "cause=busy"),
        ("", r#"{"uuid":"u","x":1}"#, Reason::NoEvent, "uuid=u x=1"),
        (
            "",
            r#"{"uuid":"u","event":["a"]}"#,
            Reason::NoEvent,
            r#"body_event=["a"] uuid=u"#,
        ),
        ("null", r#"{"uuid":"u"}"#, Reason::NoEvent, "uuid=u"),
    ] {
        let event = with_name(event_name, template(body));
        assert_eq!(read_back(&normalised(&event)), event, "{body}");
        assert_eq!(
            Voipappz::path_segment().key(&event).err(),
            Some(UncheckedReason::NoId)
        );
        let unrecognized = unrecognized_of(event);
        assert_eq!(unrecognized.reason, reason, "{body}");
        let kind = (event_name == "call-answer").then_some(EventName::CallAnswer);
        assert_eq!(unrecognized.kind, kind, "{body}");
        let texts: Vec<String> = unrecognized
            .fields
            .iter()
            .map(|(name, text)| format!("{name}={}", text.replace(' ', "")))
            .collect();
        assert_eq!(texts.join(" "), fields, "{body}");
    }
}

fn identity(event: &Event) -> crate::replay::Identity {
    let scope = crate::replay::Scope {
        provider: "voipappz",
        endpoint: "voipappz",
        tenant: "",
        app_id: Voipappz::path_segment().app_id(event).unwrap_or_default(),
    };
    let provider = Voipappz::path_segment();
    crate::replay::Identity::new(scope, provider.key(event).expect("an identity"))
}

#[test]
fn one_calls_events_are_different_messages_however_equal_their_bodies_are() {
    let of = |event_name: &str, rest: &str| {
        let body = format!(r#"{{"uuid":"u","direction":"incoming"{rest}}}"#);
        identity(&with_name(event_name, template(&body)))
    };
    let known = [
        EventName::CallRinging,
        EventName::CallAnswer,
        EventName::CallHangup,
        EventName::CallReporting,
        EventName::IvrStart,
        EventName::IvrEnd,
    ];
    let mut identities: Vec<_> = known.iter().map(|kind| of(kind.as_str(), "")).collect();
    identities.push(of("queue-enter", ""));
    // A queue rings several agents for one call.
    identities.push(of("call-ringing", r#","user_name":"ann""#));
    identities.push(of("call-ringing", r#","user_name":"bob""#));
    identities.push(of("call-ringing", r#","extension_username":"204""#));
    identities.push(of("call-ringing", r#","extension_username":"205""#));
    let count = identities.len();
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), count);
}

#[test]
fn a_copy_of_a_message_has_its_identity_however_its_event_is_written() {
    let first = with_name(
        "call-answer",
        template(r#"{"uuid":"u","direction":"incoming","duration":1}"#),
    );
    let again = with_name(
        "Call:Answer",
        template(r#"{"duration":2,"direction":"INCOMING","uuid":"u","recording_url":"r"}"#),
    );
    assert_eq!(identity(&first), identity(&again));
}

#[test]
fn debug_shows_no_number_no_name_and_no_text_of_a_message() {
    let event = with_name("call-answer", template(WHOLE));
    let shown = format!("{event:?}");
    assert!(shown.contains("CallAnswer"), "{shown}");
    for hidden in [
        "039000000",
        "441",
        "972722791142",
        "Ann",
        "ann",
        "204",
        "Sales",
        "recordings",
        "Menu",
        "Que1",
        "ITD2024",
    ] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}

fn summary(event_name: &str, rest: &str) -> CallSummary {
    with_name(event_name, template(&format!(r#"{{"uuid":"u",{rest}}}"#))).summary()
}

#[test]
fn a_summary_tells_the_phase_and_which_message_is_the_last() {
    for (event_name, phase, finality) in [
        ("call-ringing", Some(Phase::Ringing), Finality::No),
        ("call-answer", Some(Phase::Answered), Finality::No),
        ("call-hangup", Some(Phase::Ended), Finality::No),
        ("call-reporting", Some(Phase::Reported), Finality::Call),
        ("ivr-start", None, Finality::No),
        ("ivr-end", None, Finality::No),
        ("queue-enter", None, Finality::No),
    ] {
        let summary = summary(event_name, r#""x":1"#);
        assert_eq!(
            (summary.phase, summary.finality),
            (phase, finality),
            "{event_name}"
        );
        assert_eq!(summary.provider, "voipappz");
        assert_eq!(summary.call_id.as_deref(), Some("u"));
        assert_eq!(summary.leg_id.as_deref(), Some("u"));
        assert_eq!(summary.party, None);
        let rest = (summary.direction, summary.missed, summary.talk_seconds);
        assert_eq!(rest, (None, None, None));
    }
}

#[test]
fn a_summary_tells_the_calls_direction_and_its_numbers() {
    let numbers = r#""contact_number":null,"caller_id_number":"1","destination":02,"did_number":3"#;
    let of = |rest: &str| {
        let summary = summary("call-ringing", &format!("{numbers},{rest}"));
        let text = |number: Option<PhoneNumber>| number.map(|n| n.as_str().to_owned());
        (
            summary.direction,
            text(summary.customer),
            text(summary.own_number),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    use CallDirection::{Inbound, Outbound};
    for (rest, expected) in [
        (
            r#""direction":"incoming""#,
            (Some(Inbound), some("1"), some("3")),
        ),
        (
            r#""direction":"outgoing""#,
            (Some(Outbound), some("02"), some("3")),
        ),
        (r#""direction":"internal""#, (None, None, some("3"))),
        (r#""x":1"#, (None, None, some("3"))),
    ] {
        assert_eq!(of(rest), expected, "{rest}");
    }
    let outgoing = summary(
        "call-answer",
        r#""direction":"outgoing","caller_id_number":1,"contact_number":4"#,
    );
    assert_eq!(outgoing.own_number, Some("1".into()));
    assert_eq!(outgoing.customer, Some("4".into()));
}

#[test]
fn a_summary_claims_talk_time_only_where_the_figure_is_that() {
    let figures = r#""duration":60,"duration_time":"00:06:57","billing_duration":1733173541"#;
    for (event_name, rest, talk) in [
        (
            "call-reporting",
            r#""cause":"answer","billing_duration_time":"00:05:41""#,
            Some(341),
        ),
        (
            "call-reporting",
            r#""cause":"answer","billing_duration_time":"00:00:00""#,
            Some(0),
        ),
        ("call-reporting", r#""cause":"answer""#, None),
        (
            "call-reporting",
            r#""cause":"busy","billing_duration_time":"00:05:41""#,
            None,
        ),
        (
            "call-reporting",
            r#""billing_duration_time":"00:05:41""#,
            None,
        ),
        (
            "call-reporting",
            r#""cause":"answer","billing_duration_time":"00:05:41","queue_name":"q""#,
            None,
        ),
        (
            "call-reporting",
            r#""cause":"answer","billing_duration_time":"00:05:41","ivr_name":"i""#,
            None,
        ),
        (
            "call-hangup",
            r#""cause":"answer","billing_duration_time":"00:05:41""#,
            None,
        ),
    ] {
        let summary = summary(event_name, &format!("{figures},{rest}"));
        assert_eq!(
            summary.talk_seconds.map(Seconds::get),
            talk,
            "{event_name} {rest}"
        );
    }
}

#[test]
fn a_summary_tells_a_missed_call_once_it_is_over() {
    let missed = Some(Missed::Call);
    for (event_name, rest, expected) in [
        ("call-reporting", r#""cause":"no_answer""#, missed),
        (
            "call-reporting",
            r#""cause":"busy","direction":"outgoing""#,
            missed,
        ),
        ("call-hangup", r#""cause":"no_answer""#, missed),
        ("call-ringing", r#""cause":"no_answer""#, None),
        ("call-reporting", r#""cause":"answer""#, None),
        ("call-reporting", r#""sip_status":"486""#, None),
        // The queue answered, and the caller gave up.
        (
            "call-reporting",
            r#""cause":"answer","direction":"incoming","queue_disposition":"abandoned""#,
            missed,
        ),
        (
            "call-reporting",
            r#""cause":"answer","direction":"incoming","queue_disposition":"timeout""#,
            None,
        ),
        (
            "call-reporting",
            r#""cause":"answer","queue_disposition":"anser""#,
            None,
        ),
    ] {
        assert_eq!(
            summary(event_name, rest).missed,
            expected,
            "{event_name} {rest}"
        );
    }
}

#[test]
fn a_summary_names_the_agent_the_start_and_the_recording_where_they_are_sent() {
    let all = summary(
        "call-reporting",
        r#""user_name":"ann","extension_username":"204","user_fullname":"Ann","recording_url":"r",
        "created_at":"1970-01-01T00:00:01.5Z""#,
    );
    assert_eq!(all.agent.as_deref(), Some("ann"));
    assert_eq!(all.recording.as_deref(), Some("r"));
    assert_eq!(all.started_at.map(Timestamp::as_millis), Some(1500));
    let some = summary(
        "call-reporting",
        r#""user_name":"","extension_username":"204","recording_url":null,"start_at":"10:00:00""#,
    );
    assert_eq!(some.agent.as_deref(), Some("204"));
    assert_eq!((some.recording, some.started_at), (None, None));
}

mod endpoint {
    use std::task::{Context, Poll};

    use bytes::Bytes;

    use super::*;
    use crate::auth::{HmacScheme, Signed};
    use crate::error::LocationUse;
    use crate::{ConfigError, Endpoint, HandlerOutcome, ReplayStatus, Reply, Verified};

    fn endpoint(provider: Voipappz) -> Endpoint<Event> {
        let builder = Endpoint::builder(provider).insecure_no_authentication();
        builder.build().expect("a valid endpoint")
    }

    async fn receive(
        endpoint: &Endpoint<Event>,
        method: &str,
        target: &str,
        body: &'static str,
    ) -> Result<Verified<Event>, Reply> {
        let (path, query) = target.split_once('?').expect("a query");
        let head = Head::new(method, path, Some(query), &());
        let admitted = endpoint.admit(&head, |_| std::future::pending()).await?;
        let mut body = Some(Ok(Bytes::from_static(body.as_bytes())));
        let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
        admitted
            .receive(poll_chunk, |_| std::future::pending())
            .await
    }

    /// Handles a message to its end, unless it is a replay.
    async fn handle(verified: Verified<Event>) -> Option<(ReplayStatus, Event)> {
        let (delivery, claimed) = verified.claim().await.ok()?.into_parts();
        claimed.settle(HandlerOutcome::Status(200)).await;
        Some((delivery.replay_status(), delivery.event().clone()))
    }

    #[tokio::test]
    async fn a_copy_by_get_is_a_replay_although_the_event_is_in_its_query() {
        let endpoint = endpoint(Voipappz::query_parameter("event"));
        let post = receive(
            &endpoint,
            "POST",
            "/?event=call-answer",
            r#"{"uuid":"u","destination":039}"#,
        );
        let (status, event) = handle(post.await.expect("readable"))
            .await
            .expect("handled");
        assert_eq!(status, ReplayStatus::First);
        assert_eq!(event.status(), Some(&EventName::CallAnswer));

        let copy = receive(
            &endpoint,
            "GET",
            "/?uuid=u&destination=039&event=Call%3AAnswer",
            "",
        );
        let copy = copy.await.expect("readable");
        assert!(handle(copy).await.is_none());

        let next = receive(
            &endpoint,
            "GET",
            "/?uuid=u&destination=039&event=call-hangup",
            "",
        );
        let (status, event) = handle(next.await.expect("readable"))
            .await
            .expect("handled");
        assert_eq!(status, ReplayStatus::First);
        let report = report_of(event);
        assert_eq!(report.kind, EventName::CallHangup);
        assert!(report.extra.is_empty());
    }

    #[tokio::test]
    async fn a_template_that_cannot_be_read_is_malformed() {
        let endpoint = endpoint(Voipappz::path_segment());
        let target = "/call-answer?x";
        assert!(receive(&endpoint, "POST", target, PRINTED).await.is_ok());
        for body in [
            "{\"uuid\":\"u\",\"user_name\":\"Noa \"Nono\" Bar\"}",
            "{\"uuid\":\"u\", // open\n",
        ] {
            let refused = receive(&endpoint, "POST", target, body).await;
            assert_eq!(
                refused
                    .expect_err("refused")
                    .rejection()
                    .map(|rejection| rejection.code()),
                Some("malformed")
            );
        }
    }

    #[tokio::test]
    async fn a_get_with_nothing_but_the_events_name_is_a_probe() {
        let endpoint = endpoint(Voipappz::query_parameter("event"));
        let head = Head::new("GET", "/", Some("event=call-answer"), &());
        let admitted = endpoint.admit(&head, |_| std::future::pending()).await;
        assert_eq!(admitted.expect_err("a probe").status(), 204);
    }

    #[test]
    fn an_event_from_the_url_needs_a_signature_of_the_url() {
        let hmac = || HmacScheme::sha256("x-signature", "a secret of sixteen bytes");
        let build = |provider, hmac| Endpoint::builder(provider).hmac(hmac).build().map(drop);
        for provider in [Voipappz::path_segment(), Voipappz::query_parameter("event")] {
            let unsigned = build(provider.clone(), hmac());
            assert!(matches!(
                unsigned,
                Err(ConfigError::Unsigned(LocationUse::EventName))
            ));
            assert!(build(provider, hmac().signed(Signed::TargetAndBody)).is_ok());
        }
        for provider in [
            Voipappz::body_field("event"),
            Voipappz::event(EventName::IvrEnd),
        ] {
            assert!(build(provider, hmac()).is_ok());
        }
    }
}

/// A body of any of the template's fields and others, with values that can be read and such that can't.
fn body() -> impl Strategy<Value = Vec<(String, serde_json::Value)>> {
    let mut names: Vec<String> = template(WHOLE)
        .fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    names.extend(["event", "body_event", "hook", "x", ""].map(str::to_owned));
    let texts = [
        "",
        "null",
        "u",
        "23:04:40",
        "100:00:01",
        "2024-12-02T21:04:40.7019+02:00",
        " 2024-12-02T21:04:40Z",
        "incoming",
        "Outgoing",
        "anser",
        "busy",
        "call-answer",
        "Queue:Enter",
        "+44 1",
        " 044",
        "039",
        "true",
        "{\"a\":1}",
        "{ \"a\" : 1 }",
        "[1]",
        "{a}",
        "{{uuid}}",
        " {{ a }} ",
        "[",
    ];
    let value = prop_oneof![
        select(texts.to_vec()).prop_map(|text| serde_json::json!(text)),
        any::<String>().prop_map(|text| serde_json::json!(text)),
        any::<u64>().prop_map(|number| serde_json::json!(number)),
        any::<i64>().prop_map(|number| serde_json::json!(number)),
        any::<bool>().prop_map(|flag| serde_json::json!(flag)),
        Just(serde_json::json!(null)),
        Just(serde_json::json!({"a": [1, "b"]})),
        Just(serde_json::json!([])),
    ];
    vec((select(names), value), 0..12)
}

proptest! {
    #[test]
    fn every_event_reads_back_equal_from_its_normalised_form_and_from_a_query(
        fields in body(),
        event_name in select(vec!["", "null", "call-answer", "Queue:Enter", "voipappz", " ", "[1]", "{{event}}"]),
        provider in select(vec![
            Voipappz::path_segment(),
            Voipappz::query_parameter("hook"),
            Voipappz::body_field("hook"),
            Voipappz::body_field("call_state"),
            Voipappz::event(EventName::IvrEnd),
        ]),
    ) {
        let json: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}:{value}", serde_json::json!(name)))
            .collect();
        let json = format!("{{{}}}", json.join(","));
        let decode = |payload: Payload<'_>| provider.decode(&Message::new(payload).with_event_name(event_name.to_owned()));
        let event = match decode(template(&json)) {
            Ok(event) => event,
            Err(unreadable) => {
                prop_assert_eq!(unreadable.kind(), UnreadableKind::DuplicateField);
                return Ok(());
            }
        };
        let normalised = normalised(&event);
        prop_assert_eq!(&read_back(&normalised), &event, "{}", normalised);

        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let query: Vec<String> = template(&json)
            .fields()
            .iter()
            .map(|field| format!("{}={}", encode(field.name()), encode(field.value().text())))
            .collect();
        // One parameter with a JSON object is that object.
        if query.len() != 1 {
            let query = query.join("&");
            let by_get = decode(Payload::from_query(&query).expect("readable"));
            prop_assert_eq!(by_get.as_ref(), Ok(&event), "{}", query);
        }
    }
}

#[cfg(feature = "testing")]
mod corpus {
    use super::*;
    use crate::testing::corpus;

    #[test]
    fn the_sample_decodes_with_every_field_from_json_a_query_and_its_normalised_form() {
        let samples: Vec<_> = corpus()
            .into_iter()
            .filter(|sample| sample.provider() == "voipappz")
            .collect();
        assert_eq!(samples.len(), 1);
        for sample in samples {
            let event = from_json(&sample.json());
            assert_eq!(from_query(&sample.query()), event);
            assert_eq!(read_back(&normalised(&event)), event);
            // The printed template with its comments and its leading zero is this sample.
            assert_eq!(with_name("call-reporting", template(PRINTED)), event);

            let pairs = |json: &str| {
                let payload = template(json);
                let mut pairs: Vec<(String, String)> = payload
                    .fields()
                    .iter()
                    .filter(|field| !field.value().is_absent() && field.name() != "event")
                    .map(|field| (field.name().to_owned(), field.value().text().to_owned()))
                    .collect();
                pairs.sort();
                pairs
            };
            assert_eq!(pairs(&normalised(&event)), pairs(&sample.json()));
            assert!(report_of(event.clone()).extra.is_empty());

            let summary = event.summary();
            assert_eq!(summary.direction, Some(CallDirection::Outbound));
            assert_eq!(summary.customer, Some("039000000".into()));
            assert_eq!(summary.own_number, Some("972722791142".into()));
            assert_eq!(
                summary.started_at.map(Timestamp::as_millis),
                Some(1_733_173_480_701)
            );
            assert_eq!(summary.finality, Finality::Call);
            // It went through a queue, which gave up: who talked for how long isn't told.
            assert_eq!((summary.talk_seconds, summary.missed), (None, None));
        }
    }
}
