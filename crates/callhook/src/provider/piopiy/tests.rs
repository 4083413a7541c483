use super::*;
use crate::call::{CallDirection, Finality, Missed, Party, Phase};
use crate::payload::{Payload, UnreadableKind};
use crate::replay::{Identity, Scope};

fn decode(payload: Payload<'_>) -> Result<Event, Unreadable> {
    Piopiy.decode(&Message::new(payload))
}

fn from_json(json: &str) -> Event {
    let payload = Payload::from_body(json.as_bytes()).expect("readable");
    decode(payload).expect("an event")
}

fn from_query(query: &str) -> Event {
    decode(Payload::from_query(query).expect("readable")).expect("an event")
}

fn normalised(event: &Event) -> String {
    serde_json::to_string(event).expect("text keys")
}

fn cdr(json: &str) -> Box<Cdr> {
    match from_json(json) {
        Event::Cdr(cdr) => cdr,
        other => panic!("{other:?}"),
    }
}

fn live(json: &str) -> Box<Live> {
    match from_json(json) {
        Event::Live(live) => live,
        other => panic!("{other:?}"),
    }
}

fn stream(json: &str) -> Box<Stream> {
    match from_json(json) {
        Event::Stream(stream) => stream,
        other => panic!("{other:?}"),
    }
}

fn dtmf(json: &str) -> Box<Dtmf> {
    match from_json(json) {
        Event::Dtmf(dtmf) => dtmf,
        other => panic!("{other:?}"),
    }
}

fn unrecognized(json: &str) -> Unrecognized {
    match from_json(json) {
        Event::Unrecognized(unrecognized) => unrecognized,
        other => panic!("{other:?}"),
    }
}

fn identity(event: &Event) -> Option<Identity> {
    let scope = Scope {
        provider: "piopiy",
        endpoint: "piopiy",
        tenant: "",
        app_id: Piopiy.app_id(event).unwrap_or_default(),
    };
    let key = Piopiy.key(event).ok()?;
    Some(Identity::new(scope, key))
}

#[test]
fn a_cdr_keeps_every_field() {
    let cdr = cdr(
        r#"{"to":440000000000,"appid":2222222,"time":1632318511000,"start_time":1632318510,"end_time":"1632318528",
        "from":"+440000000001","direction":"inbound","duration":"13","extra_params":"{ 'Name': 'Akil', 'ID':8915726 }",
        "cmiuuid":"55348d77","call_rate":"0.450000","balance":"878.900000","conversation_uuid":"c62abd10",
        "answer_time":1632318515,"leg":"A","status":"ANSWERED","type":"CDR","callerid":440000000000,"vn":"0440",
        "out":true,"api_init":"false","request_id":"S9U4Mo29","user":"101_2222222","new_field":{"a":[1, 2]}}"#,
    );
    assert_eq!(cdr.app_id.as_deref(), Some("2222222"));
    assert_eq!(cdr.cmiuuid, "55348d77");
    assert_eq!(cdr.conversation_uuid, Some("c62abd10".into()));
    assert_eq!(cdr.request_id, Some("S9U4Mo29".into()));
    assert_eq!(cdr.direction, Some(Direction::Inbound));
    assert_eq!(cdr.leg, Some(Leg::A));
    assert_eq!(cdr.status, Status::Answered);
    assert_eq!(cdr.user.as_deref(), Some("101_2222222"));
    assert_eq!(cdr.to, Some("440000000000".into()));
    assert_eq!(
        cdr.from.as_ref().map(PhoneNumber::as_str),
        Some("+440000000001")
    );
    assert_eq!(cdr.callerid, Some("440000000000".into()));
    assert_eq!(cdr.vn, Some("0440".into()));
    assert_eq!(cdr.duration, Some(Seconds::new(13)));
    assert_eq!(cdr.call_rate, "0.45".parse().ok());
    assert_eq!(cdr.balance.as_ref().map(Amount::as_str), Some("878.900000"));
    assert_eq!((cdr.out, cdr.api_init), (Some(true), Some(false)));
    let params = cdr.extra_params.as_ref().map(ExtraParams::as_str);
    assert_eq!(params, Some("{ 'Name': 'Akil', 'ID':8915726 }"));
    assert_eq!(
        cdr.extra.iter().collect::<Vec<_>>(),
        [("new_field", r#"{"a":[1,2]}"#)]
    );
}

#[test]
fn time_is_documented_in_milliseconds_and_the_other_times_in_seconds() {
    let json = r#"{"type":"cdr","cmiuuid":"i","status":"answered","time":1632318511000,"start_time":1632318510,
        "answer_time":"1632318515","end_time":1632318528}"#;
    let event = from_json(json);
    let cdr = cdr(json);
    assert_eq!(
        [cdr.time, cdr.start_time, cdr.answer_time, cdr.end_time]
            .map(|time| time.map(Timestamp::as_millis)),
        [
            Some(1_632_318_511_000),
            Some(1_632_318_510_000),
            Some(1_632_318_515_000),
            Some(1_632_318_528_000)
        ]
    );
    assert_eq!(
        normalised(&event),
        r#"{"type":"cdr","cmiuuid":"i","status":"answered","time":1632318511000,"start_time":1632318510,"answer_time":1632318515,"end_time":1632318528}"#
    );
    assert_eq!(from_json(&normalised(&event)), event);
}

#[test]
fn each_time_is_in_seconds_or_milliseconds_by_its_size_whichever_is_documented() {
    for (time, millis, in_millis, in_secs) in [
        (
            "1632318510",
            1_632_318_510_000_u64,
            1_632_318_510_000_u64,
            1_632_318_510_u64,
        ),
        (
            "\"1632318510\"",
            1_632_318_510_000,
            1_632_318_510_000,
            1_632_318_510,
        ),
        (
            "1632318510.0",
            1_632_318_510_000,
            1_632_318_510_000,
            1_632_318_510,
        ),
        (
            "1632318510000",
            1_632_318_510_000,
            1_632_318_510_000,
            1_632_318_510,
        ),
        (
            "\"1632318510615.0\"",
            1_632_318_510_615,
            1_632_318_510_615,
            1_632_318_510_615,
        ),
    ] {
        let json = format!(
            r#"{{"type":"cdr","cmiuuid":"i","status":"answered","time":{time},"start_time":{time},"answer_time":{time},"end_time":{time}}}"#
        );
        let cdr = cdr(&json);
        for read in [cdr.time, cdr.start_time, cdr.answer_time, cdr.end_time] {
            assert_eq!(read.map(Timestamp::as_millis), Some(millis), "{json}");
        }
        let event = from_json(&json);
        assert_eq!(
            normalised(&event),
            format!(
                r#"{{"type":"cdr","cmiuuid":"i","status":"answered","time":{in_millis},"start_time":{in_secs},"answer_time":{in_secs},"end_time":{in_secs}}}"#
            )
        );
        assert_eq!(from_json(&normalised(&event)), event);
    }
    for kind in [
        r#""status":"in_answered""#,
        r#""status":"stream_error""#,
        r#""action":"inbound""#,
    ] {
        let event = from_json(&format!(r#"{{"cmiuuid":"i",{kind},"time":1632318510}}"#));
        let started_at = event.summary().started_at;
        let millis = started_at.map(Timestamp::as_millis);
        assert_eq!(millis, Some(1_632_318_510_000), "{kind}");
    }
}

#[test]
fn a_time_with_a_fraction_or_without_a_number_stays_as_sent() {
    let cdr = cdr(
        r#"{"type":"cdr","cmiuuid":"i","status":"missed","start_time":1632318510000000,"end_time":"1632318510.5","time":"soon",
        "duration":12.5}"#,
    );
    assert_eq!((cdr.start_time, cdr.end_time, cdr.time), (None, None, None));
    assert_eq!(
        cdr.extra.iter().collect::<Vec<_>>(),
        [
            ("duration", "12.5"),
            ("end_time", "1632318510.5"),
            ("start_time", "1632318510000000"),
            ("time", "soon"),
        ]
    );
}

#[test]
fn an_amount_is_read_from_a_number_and_from_text_without_a_float() {
    let amounts = |rate: &str, balance: &str| {
        let json = format!(
            r#"{{"type":"cdr","cmiuuid":"i","status":"missed","call_rate":{rate},"balance":{balance}}}"#
        );
        cdr(&json)
    };
    let number = amounts("0", "9007199254740993.000001");
    assert_eq!(number.call_rate, "0.000000".parse().ok());
    assert_eq!(
        number.balance.as_ref().map(Amount::to_string).as_deref(),
        Some("9007199254740993.000001")
    );
    assert_eq!(
        number,
        amounts(r#""0.000000""#, r#""9007199254740993.000001""#)
    );
    let odd = amounts("1e3", r#""12,50""#);
    assert_eq!((&odd.call_rate, &odd.balance), (&None, &None));
    assert_eq!(
        odd.extra.iter().collect::<Vec<_>>(),
        [("balance", "12,50"), ("call_rate", "1e3")]
    );
}

#[test]
fn post_and_get_of_the_same_fields_are_equal_events() {
    for (json, query) in [
        (
            r#"{"status":"in_answered","cmiuuid":"i","callerid":"+44001","x":{"a": 1},"n":null,"time":1725886117909,"extra_params":"{key: value}"}"#,
            "status=in_answered&cmiuuid=i&callerid=+44001&x=%7B%22a%22:%201%7D&n=&time=1725886117909&extra_params=%7Bkey:%20value%7D",
        ),
        (
            r#"{"status":"Missed","cmiuuid":"i","duration":0,"call_rate":0,"balance":"-0.500000","out":true,"api_init":null}"#,
            "status=Missed&cmiuuid=i&duration=0&call_rate=0.0&balance=-0.5&out=true",
        ),
        (
            r#"{"status":"stream_connected","cmiuuid":"i","ws_status":{"status": "connected"}}"#,
            "status=stream_connected&cmiuuid=i&ws_status=%7B%22status%22%3A%22connected%22%7D",
        ),
        (
            r#"{"from":919100000000,"to":4471000000,"time":1571800398000,"cmiuuid":"i","action":null}"#,
            "from=919100000000&to=4471000000&time=1571800398000&cmiuuid=i&action=null",
        ),
        (
            r#"{"from":1,"to":2,"cmuuid":"i","dtmf":"0123#*"}"#,
            "from=1&to=2&cmiuuid=i&dtmf=0123%23*",
        ),
    ] {
        assert_eq!(from_json(json), from_query(query), "{query}");
    }
}

/// Payloads as each edition would print them, with the kind they have to be.
#[rustfmt::skip]
const EDITIONS: [(&str, &str); 34] = [
    // 2021 and 2022, and India: with a type.
    ("cdr", r#"{"type":"cdr","leg":"b","direction":"outbound","status":"missed","cmiuuid":"i","duration":0,"call_rate":0}"#),
    ("cdr", r#"{"type":"CDR","leg":"a","direction":"inbound","status":"Answered","cmiuuid":"not-a-uuid","duration":"13"}"#),
    ("cdr", r#"{"type":" cdr ","status":"answered","cmiuuid":"i"}"#),
    ("live", r#"{"type":"event","leg":"a","status":"started","cmiuuid":"i"}"#),
    ("live", r#"{"type":"event","leg":"a","status":"ringing","cmiuuid":"i"}"#),
    ("live", r#"{"type":"Event","leg":"b","status":"ANSWERED","cmiuuid":"i"}"#),
    ("live", r#"{"type":"event","leg":"b","status":"hangup","cmiuuid":"i","duration":3}"#),
    ("live", r#"{"type":"event","status":"queued","cmiuuid":"i"}"#),
    ("stream", r#"{"type":"event","status":"stream_connected","cmiuuid":"i"}"#),
    ("stream", r#"{"type":"EVENT","status":"answered","cmiuuid":"i","ws_status":"{\"status\":\"connected\"}"}"#),
    ("cdr", r#"{"type":"cdr","status":"stream_disconnected","cmiuuid":"i"}"#),
    // 2024: without.
    ("live", r#"{"status":"in_answered","cmiuuid":"i"}"#),
    ("live", r#"{"status":"OUT_STARTED","cmiuuid":"i"}"#),
    ("live", r#"{"status":"out_answered","cmiuuid":"i","duration":1}"#),
    ("live", r#"{"status":" Out_Bridged","cmiuuid":"i"}"#),
    ("live", r#"{"status":"in_queued","cmiuuid":"i"}"#),
    ("live", r#"{"status":"hangup","cmiuuid":"i"}"#),
    ("live", r#"{"status":"Ringing","cmiuuid":"i"}"#),
    ("live", r#"{"status":"started","cmiuuid":"i","start_time":1632317068}"#),
    ("live", r#"{"status":"answered","cmiuuid":"i","from":1,"to":2,"time":3}"#),
    ("stream", r#"{"status":"stream_connected","cmiuuid":"i","direction":"inbound","leg":"b"}"#),
    ("stream", r#"{"status":"STREAM_DISCONNECTED","cmiuuid":"i","ws_status":"{\"code\":1000}"}"#),
    ("stream", r#"{"status":"stream_error","cmiuuid":"i","ws_status":"refused"}"#),
    ("stream", r#"{"status":"Stream_Paused","cmiuuid":"i"}"#),
    ("stream", r#"{"status":"in_answered","cmiuuid":"i","ws_status":{}}"#),
    ("cdr", r#"{"status":"answered","cmiuuid":"i","duration":13}"#),
    ("cdr", r#"{"status":"missed","cmiuuid":"i","start_time":1632317068,"end_time":1632317073}"#),
    ("cdr", r#"{"status":"MISSED","cmiuuid":"i","duration":"0"}"#),
    ("cdr", r#"{"status":"missed","cmiuuid":"i"}"#),
    ("cdr", r#"{"status":"busy","cmiuuid":"i","duration":0}"#),
    // Requests.
    ("answer", r#"{"action":"inbound","cmiuuid":"i","direction":"inbound"}"#),
    ("answer", r#"{"from":1,"cmiuuid":"i","appid":2222222,"extra_params":{"a":1}}"#),
    ("dtmf", r#"{"from":1,"to":2,"cmuuid":"i","dtmf":1}"#),
    ("dtmf", r#"{"from":1,"to":2,"cmuuid":"i","dtmf":"1","action":"inbound","time":1}"#),
];

#[test]
fn each_edition_is_told_with_and_without_a_type_in_any_case() {
    for (kind, json) in EDITIONS {
        let event = from_json(json);
        assert_eq!(event.kind(), kind, "{json}");
        assert!(event.leg_id().is_some(), "{json}");
    }
}

#[test]
fn each_edition_reads_back_from_its_normalised_form_to_the_same_value() {
    for (_, json) in EDITIONS {
        let event = from_json(json);
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
        let read_back: Event = serde_json::from_str(&normalised(&event)).expect("an event");
        assert_eq!(read_back, event, "{json}");
    }
}

#[test]
fn a_message_is_one_message_with_and_without_its_type() {
    for (with, without) in [
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"i","leg":"a","duration":0,"appid":1}"#,
            r#"{"status":"missed","cmiuuid":"i","leg":"a","duration":0,"app_id":"1"}"#,
        ),
        (
            r#"{"type":"event","status":"OUT_ANSWERED","cmiuuid":"i","leg":"a"}"#,
            r#"{"status":"out_answered","cmiuuid":"i","leg":"a"}"#,
        ),
    ] {
        assert_eq!(from_json(with), from_json(without));
        assert_eq!(identity(&from_json(with)), identity(&from_json(without)));
        assert!(identity(&from_json(with)).is_some());
    }
}

#[test]
fn every_documented_status_is_read_in_any_case_and_others_are_kept_as_sent() {
    for (text, status) in [
        ("in_answered", Status::InAnswered),
        ("out_started", Status::OutStarted),
        ("out_answered", Status::OutAnswered),
        ("out_bridged", Status::OutBridged),
        ("stream_connected", Status::StreamConnected),
        ("stream_disconnected", Status::StreamDisconnected),
        ("stream_error", Status::StreamError),
        ("started", Status::Started),
        ("ringing", Status::Ringing),
        ("answered", Status::Answered),
        ("hangup", Status::Hangup),
        ("missed", Status::Missed),
    ] {
        assert_eq!(Status::from(text), status);
        assert_eq!(Status::from(&*text.to_uppercase()), status);
        assert_eq!(status.as_str(), text);
    }
    let live = live(r#"{"status":"Out_Parked","cmiuuid":"i"}"#);
    assert_eq!(live.status, Status::Other("Out_Parked".into()));
    assert_eq!(live.status.to_string(), "Out_Parked");
}

#[test]
fn a_stream_event_has_its_web_sockets_status_as_json_text() {
    #[derive(serde::Deserialize)]
    struct Socket {
        status: String,
        code: Option<u16>,
    }
    let socket = |json: &str| -> Socket {
        let stream = stream(json);
        assert_eq!(stream.to, None);
        assert!(stream.extra.is_empty(), "{:?}", stream.extra);
        stream.ws_status.expect("a status").parse().expect("JSON")
    };
    let connected = socket(
        r#"{"appid":2222224,"direction":"inbound","from":440000000000,"leg":"b","status":"stream_connected",
        "time":1725975496000,"cmiuuid":"c4ec9bd2","ws_status":"{\"status\":\"connected\"}"}"#,
    );
    assert_eq!((&*connected.status, connected.code), ("connected", None));
    let disconnected = socket(
        r#"{"appid":2222224,"direction":"inbound","leg":"b","status":"STREAM_DISCONNECTED","cmiuuid":"c4ec9bd2",
        "ws_status":{"status":"disconnected","code":1006}}"#,
    );
    assert_eq!(
        (&*disconnected.status, disconnected.code),
        ("disconnected", Some(1006))
    );
}

#[test]
fn a_word_for_no_value_is_kept_in_ws_status() {
    for text in [r#""false""#, r#""none""#, "{}", r#""connected""#] {
        let json = format!(r#"{{"status":"stream_error","cmiuuid":"i","ws_status":{text}}}"#);
        let event = from_json(&json);
        let sent = stream(&json).ws_status.expect("as sent");
        assert_eq!(sent.as_str(), text.trim_matches('"'));
        assert_eq!(from_json(&normalised(&event)), event);
    }
    let live = live(r#"{"status":"in_answered","cmiuuid":"i","extra_params":{"{}":null}}"#);
    assert_eq!(live.extra_params, None);
    assert!(live.extra.is_empty());
}

#[test]
fn the_keys_of_a_dtmf_callback_are_text_with_every_zero() {
    for (json, keys) in [
        (r#"{"cmuuid":"i","from":1,"dtmf":"0123#*"}"#, "0123#*"),
        (r#"{"cmuuid":"i","from":1,"dtmf":"00"}"#, "00"),
        (r#"{"cmuuid":"i","from":1,"dtmf":1234}"#, "1234"),
        (
            r#"{"cmuuid":"i","dtmf":123456789012345678901234567890}"#,
            "123456789012345678901234567890",
        ),
    ] {
        let dtmf = dtmf(json);
        assert_eq!(dtmf.dtmf, keys);
        assert_eq!(dtmf.cmiuuid, "i");
        assert!(dtmf.extra.is_empty());
        let event = from_json(json);
        assert_eq!(from_json(&normalised(&event)), event);
        assert!(!format!("{event:?}").contains(keys), "a PIN, perhaps");
    }
}

#[test]
fn keys_and_speech_are_read_in_every_spelling() {
    for (json, keys, speech) in [
        (r#"{"from":1,"to":2,"cmuuid":"i","dtmf":"12"}"#, "12", None),
        (
            r#"{"from":1,"to":2,"cmiuuid":"i","digits":"12"}"#,
            "12",
            None,
        ),
        (r#"{"from":1,"to":2,"cmiuuid":"i","digit":1}"#, "1", None),
        (r#"{"digits":"0*#","cmuuid":"i"}"#, "0*#", None),
        (
            r#"{"from":1,"to":2,"cmiuuid":"i","speech":"sales, please"}"#,
            "",
            Some("sales, please"),
        ),
        (
            r#"{"cmiuuid":"i","dtmf":"1","speech":"one"}"#,
            "1",
            Some("one"),
        ),
        (
            r#"{"cmiuuid":"i","dtmf":null,"speech":"one"}"#,
            "",
            Some("one"),
        ),
        (r#"{"cmiuuid":"i","dtmf":"1","speech":""}"#, "1", None),
        // The first spelling that says something.
        (r#"{"cmiuuid":"i","dtmf":"","digits":"2"}"#, "2", None),
        (r#"{"cmiuuid":"i","dtmf":"None","digit":"2"}"#, "2", None),
        (r#"{"cmiuuid":"i","digits":"2","dtmf":"2"}"#, "2", None),
        (r#"{"type":"dtmf","cmiuuid":"i","digits":"2"}"#, "2", None),
        (
            r#"{"type":"event","cmiuuid":"i","speech":"one"}"#,
            "",
            Some("one"),
        ),
    ] {
        let dtmf = dtmf(json);
        assert_eq!(dtmf.dtmf, keys, "{json}");
        assert_eq!(dtmf.speech.as_deref(), speech, "{json}");
        let event = from_json(json);
        assert!(event.awaits_answer(), "{json}");
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
    }
    let both = dtmf(r#"{"cmiuuid":"i","digits":"2","dtmf":"1"}"#);
    assert_eq!((&*both.dtmf, both.extra.get("digits")), ("1", Some("2")));
}

#[test]
fn a_dtmf_callback_without_a_key_is_no_answer_request() {
    for json in [
        r#"{"from":1,"to":2,"cmuuid":"i","dtmf":""}"#,
        r#"{"from":1,"to":2,"cmuuid":"i","dtmf":null}"#,
        r#"{"from":1,"to":2,"cmuuid":"i","dtmf":"null"}"#,
        r#"{"from":1,"to":2,"cmuuid":"i","dtmf":" none "}"#,
        r#"{"from":1,"to":2,"cmuuid":"i"}"#,
        r#"{"from":1,"cmuuid":"i","time":3,"appid":4}"#,
        r#"{"to":2,"cmuuid":"i","new":1}"#,
        r#"{"from":1,"to":2,"cmuuid":"i","cmiuuid":"i"}"#,
        r#"{"from":1,"to":2,"cmuuid":"i","action":"inbound"}"#,
        r#"{"from":1,"to":2,"cmiuuid":"i","dtmf":null}"#,
        r#"{"from":1,"to":2,"cmiuuid":"i","digits":null}"#,
        r#"{"from":1,"to":2,"cmiuuid":"i","digit":""}"#,
        r#"{"from":1,"to":2,"cmiuuid":"i","speech":null,"time":3}"#,
        r#"{"cmiuuid":"i","dtmf":null}"#,
        r#"{"type":"dtmf","from":1,"cmiuuid":"i","dtmf":null}"#,
        r#"{"type":"dtmf","from":1,"cmuuid":"i"}"#,
        r#"{"type":"none","status":"undefined","from":1,"cmuuid":"i"}"#,
    ] {
        let event = from_json(json);
        assert_eq!(&*dtmf(json).dtmf, "", "{json}");
        assert!(event.awaits_answer(), "{json}");
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
    }
    let event = from_json(r#"{"from":1,"to":2,"cmuuid":"i","dtmf":""}"#);
    for query in [
        "from=1&to=2&cmuuid=i&dtmf=",
        "from=1&to=2&cmuuid=i&dtmf=null",
        "from=1&to=2&cmuuid=i",
    ] {
        assert_eq!(from_query(query), event, "{query}");
    }
    // An empty field of another kind of message is absent.
    let live = live(r#"{"status":"in_answered","cmiuuid":"i","dtmf":""}"#);
    assert!(live.extra.is_empty());
}

#[test]
fn an_action_alone_makes_no_answer_request() {
    for (kind, json) in [
        (
            "answer",
            r#"{"action":"inbound","cmiuuid":"i","from":1,"to":2,"time":3}"#,
        ),
        ("answer", r#"{"action":"OUTBOUND","cmiuuid":"i","new":1}"#),
        ("answer", r#"{"action":"none","cmiuuid":"i","from":1}"#),
        (
            "answer",
            r#"{"status":"none","cmiuuid":"i","from":1,"duration":"n/a"}"#,
        ),
        (
            "unrecognized",
            r#"{"action":"transfer","cmiuuid":"i","from":1,"to":2}"#,
        ),
        ("unrecognized", r#"{"action":"none","cmiuuid":"i"}"#),
        (
            "unrecognized",
            r#"{"action":"inbound","cmiuuid":"i","status":"queued"}"#,
        ),
        (
            "unrecognized",
            r#"{"action":"inbound","cmiuuid":"i","type":"sms"}"#,
        ),
        (
            "live",
            r#"{"action":"inbound","cmiuuid":"i","status":"hangup"}"#,
        ),
        (
            "live",
            r#"{"action":"inbound","cmiuuid":"i","status":"in_answered"}"#,
        ),
        (
            "cdr",
            r#"{"action":"inbound","cmiuuid":"i","status":"missed"}"#,
        ),
        (
            "cdr",
            r#"{"action":"inbound","cmiuuid":"i","status":"busy","duration":0}"#,
        ),
        (
            "stream",
            r#"{"action":"inbound","cmiuuid":"i","status":"stream_error"}"#,
        ),
        ("dtmf", r#"{"action":"inbound","cmiuuid":"i","dtmf":null}"#),
        (
            "dtmf",
            r#"{"action":"result","cmiuuid":"i","speech":"yes"}"#,
        ),
    ] {
        let event = from_json(json);
        assert_eq!(event.kind(), kind, "{json}");
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
    }
}

#[test]
fn a_word_for_nothing_is_absent_from_every_optional_text_id_phone_and_term_and_stays_as_sent() {
    let notification = [
        "appid",
        "conversation_uuid",
        "request_id",
        "direction",
        "leg",
        "user",
        "to",
        "from",
        "callerid",
        "vn",
    ];
    let cdr = r#""type":"cdr","status":"missed","cmiuuid":"i""#;
    let live = r#""status":"in_answered","cmiuuid":"i""#;
    let stream = r#""status":"stream_error","cmiuuid":"i""#;
    let answer = r#""action":"inbound","cmiuuid":"i""#;
    let dtmf = r#""dtmf":"1","cmiuuid":"i""#;
    let tables = [
        (cdr, &notification[..]),
        (live, &notification),
        (stream, &notification),
        (answer, &["appid", "to", "from"]),
        (dtmf, &["appid", "to", "from", "speech"]),
    ];
    for (rest, fields) in tables {
        let without = from_json(&format!("{{{rest}}}"));
        for field in fields {
            for word in [
                "none",
                "False",
                " NULL",
                "undefined",
                "UNKNOWN",
                "not available",
                "nil",
                "n/a",
            ] {
                let event = from_json(&format!(r#"{{{rest},"{field}":"{word}"}}"#));
                assert_eq!(event.kind(), without.kind(), "{field}: {word}");
                assert_eq!(event.summary(), without.summary(), "{field}: {word}");
                assert_eq!(Piopiy.app_id(&event), None, "{field}: {word}");
                let extra = match &event {
                    Event::Cdr(cdr) => &cdr.extra,
                    Event::Live(live) => &live.extra,
                    Event::Stream(stream) => &stream.extra,
                    Event::Answer(answer) => &answer.extra,
                    Event::Dtmf(dtmf) => &dtmf.extra,
                    Event::Unrecognized(_) => panic!("{event:?}"),
                };
                assert_eq!(extra.iter().collect::<Vec<_>>(), [(*field, word)]);
                assert_eq!(from_json(&normalised(&event)), event);
            }
        }
    }
}

#[test]
fn a_word_for_nothing_is_no_id_of_a_leg_and_no_type() {
    for rest in [
        r#""type":"cdr","status":"missed""#,
        r#""status":"in_answered""#,
        r#""status":"stream_error""#,
        r#""action":"inbound","from":1"#,
        r#""from":1,"dtmf":"1""#,
        r#""from":1,"to":2,"time":3"#,
    ] {
        for word in ["none", "UNDEFINED", " unknown"] {
            for name in ["cmiuuid", "cmiuid", "cmuuid"] {
                let json = format!(r#"{{{rest},"{name}":"{word}"}}"#);
                let unrecognized = unrecognized(&json);
                assert_eq!(unrecognized.reason, Reason::NoId, "{json}");
                assert_eq!(unrecognized.cmiuuid, None, "{json}");
                assert_eq!(unrecognized.fields.get(name), Some(word), "{json}");
                let event = from_json(&json);
                assert!(Piopiy.key(&event).is_err(), "{json}");
                assert_eq!(from_json(&normalised(&event)), event, "{json}");
            }
        }
    }
    for (kind, json) in [
        (
            "live",
            r#"{"type":"none","status":"in_answered","cmiuuid":"i"}"#,
        ),
        (
            "cdr",
            r#"{"type":"Undefined","status":"missed","cmiuuid":"i"}"#,
        ),
        ("answer", r#"{"type":"N/A","from":1,"cmiuuid":"i"}"#),
    ] {
        let event = from_json(json);
        assert_eq!(event.kind(), kind, "{json}");
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
    }
}

#[test]
fn a_request_that_waits_for_an_answer_has_no_identity_whatever_else_it_has() {
    for (kind, json) in [
        (
            "answer",
            r#"{"action":"inbound","from":"1","to":"2","time":1,"cmiuuid":"i"}"#,
        ),
        ("answer", r#"{"from":1,"to":2,"time":1,"cmiuuid":"i"}"#),
        ("dtmf", r#"{"from":1,"to":2,"dtmf":"1","cmuuid":"i"}"#),
        (
            "dtmf",
            r#"{"type":"dtmf","from":1,"dtmf":"1","cmuuid":"i"}"#,
        ),
        (
            "dtmf",
            r#"{"type":"event","from":1,"dtmf":"1","cmuuid":"i"}"#,
        ),
        ("unrecognized", r#"{"from":1,"dtmf":"1"}"#),
        ("unrecognized", r#"{"action":"inbound","from":1}"#),
        ("dtmf", r#"{"from":1,"to":2,"cmiuuid":"i","speech":"yes"}"#),
        ("unrecognized", r#"{"digits":"1"}"#),
    ] {
        let event = from_json(json);
        assert_eq!(event.kind(), kind, "{json}");
        assert_eq!(
            Piopiy.key(&event).err(),
            Some(UncheckedReason::AwaitsAnswer),
            "{json}"
        );
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
    }
}

#[test]
fn what_is_of_no_known_kind_is_unrecognized_with_its_reason_and_all_fields() {
    for (json, reason) in [
        (r#"{"digits":"1"}"#, Reason::NoId),
        (r#"{"count":1,"cdr":[{"a":1}],"code":200}"#, Reason::NoType),
        (r#"{"status":"queued","cmiuuid":"i"}"#, Reason::NoType),
        (r#"{"cmiuuid":"i","extra_params":"{}"}"#, Reason::NoType),
        (r#"{"from":1,"to":2,"time":3}"#, Reason::NoId),
        (r#"{"dtmf":{"key":1},"cmuuid":"i"}"#, Reason::NoType),
        (
            r#"{"type":"sms","cmiuuid":"i","status":"sent"}"#,
            Reason::UnknownType,
        ),
        (
            r#"{"type":"sms","cmiuuid":"i","status":"in_sent"}"#,
            Reason::UnknownType,
        ),
        (r#"{"type":"cdr","status":"answered"}"#, Reason::NoId),
        (r#"{"status":"out_started"}"#, Reason::NoId),
        (r#"{"type":"event","cmiuuid":"i"}"#, Reason::NoStatus),
        (r#"{"duration":1,"cmiuuid":"i"}"#, Reason::NoStatus),
        (r#"{"ws_status":"x","cmiuuid":"i"}"#, Reason::NoStatus),
        (r#"[{"type":"cdr"}]"#, Reason::Array),
        (r#"{}"#, Reason::NoType),
    ] {
        assert_eq!(unrecognized(json).reason, reason, "{json}");
        let event = from_json(json);
        assert_eq!(from_json(&normalised(&event)), event, "{json}");
    }
    let batch = unrecognized(r#"{"count":1,"cdr":[{"a": 1}],"code":123456789012345678901}"#);
    assert_eq!(
        batch.fields.iter().collect::<Vec<_>>(),
        [
            ("cdr", r#"[{"a":1}]"#),
            ("code", "123456789012345678901"),
            ("count", "1"),
        ]
    );
}

#[test]
fn a_field_of_another_kind_stays_among_the_extra_fields() {
    let live = live(
        r#"{"type":"event","status":"hangup","cmiuuid":"i","duration":3,"balance":"1.0","action":"x","dtmf":"1"}"#,
    );
    assert_eq!(
        live.extra.iter().collect::<Vec<_>>(),
        [
            ("action", "x"),
            ("balance", "1.0"),
            ("dtmf", "1"),
            ("duration", "3"),
        ]
    );
    let dtmf = dtmf(r#"{"type":"dtmf","cmuuid":"i","dtmf":"1","time":5,"leg":"a"}"#);
    assert_eq!(
        dtmf.extra.iter().collect::<Vec<_>>(),
        [("leg", "a"), ("time", "5"), ("type", "dtmf")]
    );
}

#[test]
fn of_two_spellings_with_different_values_the_documented_one_counts_and_none_is_lost() {
    for json in [
        r#"{"dtmf":"1","cmuuid":"old","cmiuuid":"new","app_id":1,"appid":2}"#,
        r#"{"dtmf":"1","cmiuuid":"new","cmuuid":"old","appid":2,"app_id":1}"#,
    ] {
        let event = from_json(json);
        let dtmf = dtmf(json);
        assert_eq!(dtmf.cmiuuid, "new");
        assert_eq!(dtmf.app_id.as_deref(), Some("2"));
        assert_eq!(
            dtmf.extra.iter().collect::<Vec<_>>(),
            [("app_id", "1"), ("cmuuid", "old")]
        );
        assert_eq!(from_json(&normalised(&event)), event);
    }
}

#[test]
fn a_spelling_that_says_the_same_as_the_one_that_counts_is_no_news_in_whichever_order_they_came() {
    let spellings = [r#""cmiuuid":"a""#, r#""cmiuid":"b""#, r#""cmuuid":"a""#];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let fields = order.map(|at| spellings[at]).join(",");
        let event = from_json(&format!(r#"{{"dtmf":"1",{fields}}}"#));
        let Event::Dtmf(dtmf) = &event else {
            panic!("{event:?}")
        };
        assert_eq!(dtmf.cmiuuid, "a", "{fields}");
        assert_eq!(dtmf.extra.iter().collect::<Vec<_>>(), [("cmiuid", "b")]);
        assert_eq!(from_json(&normalised(&event)), event, "{fields}");
    }
}

#[test]
fn of_spellings_none_of_which_is_the_documented_one_the_order_they_came_in_decides_nothing() {
    let one = from_json(r#"{"dtmf":"1","cmiuid":"x","cmuuid":"y"}"#);
    let two = from_json(r#"{"cmuuid":"y","cmiuid":"x","dtmf":"1"}"#);
    assert_eq!(one, two);
    assert_eq!(one.leg_id(), Some(&"x".into()));
    assert_eq!(from_json(&normalised(&one)), one);
}

#[test]
fn a_known_field_that_is_given_twice_is_refused_with_two_values_and_read_with_one() {
    let read = |json: &str| decode(Payload::from_body(json.as_bytes()).expect("readable"));
    let twice = read(r#"{"status":"in_answered","cmiuuid":"a","time":1,"time":2}"#);
    assert_eq!(
        twice.map_err(|unreadable| unreadable.kind()),
        Err(UnreadableKind::DuplicateField)
    );
    assert!(read(r#"{"status":"in_answered","cmiuuid":"a","time":1,"time":"1"}"#).is_ok());
}

#[test]
fn null_and_empty_fields_are_absent() {
    let full = cdr(
        r#"{"type":null,"status":"missed","cmiuuid":"i","duration":0,"answer_time":null,"call_rate":"","out":"null","extra_params":null,"x":""}"#,
    );
    assert_eq!(
        *full,
        *cdr(r#"{"status":"missed","cmiuuid":"i","duration":0}"#)
    );
    assert!(full.extra.is_empty());
}

#[test]
fn the_legs_of_a_missed_inbound_call_are_two_messages_though_they_share_an_id() {
    let leg = |leg: &str, direction: &str| {
        from_json(&format!(
            r#"{{"type":"cdr","status":"missed","cmiuuid":"33079756","conversation_uuid":"33079756","leg":"{leg}","direction":"{direction}","appid":2222222}}"#
        ))
    };
    let (a, b) = (leg("a", "inbound"), leg("b", "outbound"));
    assert!(identity(&a).is_some());
    assert_ne!(identity(&a), identity(&b));
    assert_eq!(identity(&a), identity(&leg("A", "Inbound")));
}

#[test]
fn the_kinds_of_messages_about_one_leg_are_told_apart() {
    let of = |rest: &str| {
        identity(&from_json(&format!(
            r#"{{"cmiuuid":"i","leg":"a","direction":"inbound",{rest}}}"#
        )))
    };
    let identities = [
        of(r#""type":"event","status":"answered""#),
        of(r#""type":"cdr","status":"answered""#),
        of(r#""type":"event","status":"answered","ws_status":"x""#),
        of(r#""status":"in_answered""#),
        of(r#""status":"hangup""#),
        of(r#""status":"stream_connected""#),
        of(r#""status":"STREAM_DISCONNECTED""#),
    ];
    let distinct: std::collections::HashSet<_> = identities.iter().flatten().collect();
    assert_eq!(distinct.len(), identities.len());
}

#[test]
fn a_cdr_that_comes_again_with_another_balance_has_the_same_content() {
    let content = |json: &str| {
        let payload = Payload::from_body(json.as_bytes()).expect("readable");
        crate::replay::fingerprint(&payload, |name| Piopiy.volatile_fields().contains(&name))
    };
    let first =
        r#"{"type":"cdr","status":"answered","cmiuuid":"i","duration":13,"balance":"878.900000"}"#;
    let again =
        r#"{"type":"cdr","status":"answered","cmiuuid":"i","duration":13,"balance":"12.000000"}"#;
    let other =
        r#"{"type":"cdr","status":"answered","cmiuuid":"i","duration":14,"balance":"878.900000"}"#;
    assert_eq!(identity(&from_json(first)), identity(&from_json(again)));
    assert_eq!(content(first), content(again));
    assert_ne!(content(first), content(other));
}

#[test]
fn the_app_id_is_read_in_either_spelling_and_from_every_kind() {
    for json in [
        r#"{"type":"cdr","status":"answered","cmiuuid":"a","app_id":"7"}"#,
        r#"{"status":"out_answered","cmiuuid":"a","appid":7}"#,
        r#"{"status":"stream_error","cmiuuid":"a","appid":7}"#,
        r#"{"action":"inbound","cmiuuid":"a","appid":7}"#,
        r#"{"dtmf":"1","cmiuuid":"a","app_id":7}"#,
        r#"{"appid":"7"}"#,
        r#"{"type":"cdr","app_id":7}"#,
    ] {
        assert_eq!(Piopiy.app_id(&from_json(json)), Some("7"), "{json}");
    }
}

#[test]
fn debug_shows_no_number_no_name_and_no_text_of_a_message() {
    let event = from_json(
        r#"{"type":"cdr","status":"answered","cmiuuid":"leg","to":440000000001,"vn":440000000002,"user":"204_2222223",
        "extra_params":"top secret","x":"unknown text","balance":"1.5"}"#,
    );
    let shown = format!("{event:?}");
    assert!(shown.contains("leg"), "{shown}");
    for hidden in ["44000", "204_", "top secret", "unknown text"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}

#[test]
fn the_normalised_form_has_the_documented_names_and_exact_values() {
    for (json, expected) in [
        (
            r#"{"cmuuid":"i","status":"MISSED","app_id":7,"end_time":"2","start_time":1,"call_rate":0,"balance":"899.000000","to":"044","out":"true","extra_params":{"a": 1},"x":5}"#,
            r#"{"type":"cdr","appid":"7","cmiuuid":"i","status":"missed","to":"044","start_time":1,"end_time":2,"call_rate":"0","balance":"899.000000","out":true,"extra_params":"{\"a\":1}","x":"5"}"#,
        ),
        (
            r#"{"status":"STREAM_DISCONNECTED","cmiuuid":"i","ws_status":{"code": 1}}"#,
            r#"{"type":"event","cmiuuid":"i","status":"stream_disconnected","ws_status":"{\"code\":1}"}"#,
        ),
        (
            r#"{"dtmf":12,"cmuuid":"i","from":1}"#,
            r#"{"cmiuuid":"i","dtmf":"12","from":"1"}"#,
        ),
    ] {
        let event = from_json(json);
        assert_eq!(normalised(&event), expected);
        assert_eq!(from_json(expected), event);
    }
}

/// Direction, party, phase, missed, talk seconds, finality.
type Row = (
    Option<CallDirection>,
    Option<Party>,
    Option<Phase>,
    Option<Missed>,
    Option<u64>,
    Finality,
);

fn row(json: &str) -> Row {
    let summary = from_json(json).summary();
    (
        summary.direction,
        summary.party,
        summary.phase,
        summary.missed,
        summary.talk_seconds.map(Seconds::get),
        summary.finality,
    )
}

#[test]
fn a_summary_tells_of_the_call_and_not_of_the_leg() {
    use CallDirection::{Inbound, Outbound};
    use Party::{Agent, Customer};
    use Phase::{Answered, Ended, Reported, Ringing};

    let event = |rest: &str| format!(r#"{{"cmiuuid":"a","from":1,{rest}}}"#);
    let record = |rest: &str| format!(r#"{{"type":"cdr","cmiuuid":"a","duration":13,{rest}}}"#);
    let (no, leg, call) = (Finality::No, Finality::Leg, Finality::Call);
    #[rustfmt::skip]
    let cases: [(String, Row); 31] = [
        (event(r#""status":"in_answered","direction":"inbound","leg":"a""#),
            (Some(Inbound), Some(Customer), Some(Answered), None, None, no)),
        (event(r#""status":"IN_HANGUP","leg":"a""#),
            (Some(Inbound), Some(Customer), Some(Ended), None, None, no)),
        // An inbound call's leg b, which goes out.
        (event(r#""status":"in_started","direction":"outbound","leg":"b","callerid":2"#),
            (Some(Inbound), Some(Agent), Some(Ringing), None, None, no)),
        (event(r#""status":"started","direction":"outbound","leg":"b","conversation_uuid":"c""#),
            (Some(Inbound), Some(Agent), Some(Ringing), None, None, no)),
        (event(r#""status":"answered","direction":"inbound","leg":"b""#),
            (Some(Inbound), Some(Agent), Some(Answered), None, None, no)),
        // An outbound call's legs.
        (event(r#""status":"out_started","direction":"outbound","leg":"a","callerid":2,"vn":2,"request_id":"r""#),
            (Some(Outbound), None, Some(Ringing), None, None, no)),
        (event(r#""status":"out_answered","leg":"a""#),
            (Some(Outbound), None, Some(Answered), None, None, no)),
        (event(r#""status":"out_bridged","direction":"outbound","leg":"b","callerid":2,"request_id":"r""#),
            (Some(Outbound), None, Some(Answered), None, None, no)),
        (event(r#""status":"ringing","direction":"outbound","leg":"b","callerid":"04471000000","vn":4471000000"#),
            (Some(Outbound), None, Some(Ringing), None, None, no)),
        // Nothing tells whose leg b it is.
        (event(r#""status":"hangup","direction":"outbound","leg":"b","callerid":2,"conversation_uuid":"c""#),
            (None, None, Some(Ended), None, None, no)),
        (event(r#""status":"out_parked","direction":"outbound","leg":"a""#),
            (Some(Outbound), None, None, None, None, no)),
        (event(r#""status":"started","leg":"a""#),
            (None, None, Some(Ringing), None, None, no)),
        // The stream's status, not the leg's.
        (event(r#""status":"stream_connected","direction":"inbound","leg":"b""#),
            (Some(Inbound), None, None, None, None, no)),
        (event(r#""status":"STREAM_DISCONNECTED","direction":"inbound","leg":"a""#),
            (Some(Inbound), Some(Customer), None, None, None, no)),

        (record(r#""status":"answered","direction":"inbound","leg":"a""#),
            (Some(Inbound), Some(Customer), Some(Reported), None, Some(13), call)),
        (record(r#""status":"answered","direction":"inbound","leg":"b""#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, leg)),
        (record(r#""status":"answered","direction":"inbound""#),
            (Some(Inbound), Some(Customer), Some(Reported), None, Some(13), call)),
        (record(r#""status":"missed","direction":"inbound","leg":"a""#),
            (Some(Inbound), Some(Customer), Some(Reported), Some(Missed::Call), None, call)),
        // An agent's leg is still one when another word is sent.
        (record(r#""status":"user_missed","direction":"inbound","leg":"b""#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, leg)),
        (record(r#""status":"busy","direction":"inbound","leg":"b","conversation_uuid":"a""#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, leg)),
        // Leg a is the caller's, whatever the call's id: it is not the leg's in a documented sample.
        (record(r#""status":"answered","direction":"inbound","leg":"a","conversation_uuid":"c""#),
            (Some(Inbound), Some(Customer), Some(Reported), None, Some(13), call)),
        // One id for both legs, as the documentation prints it.
        (record(r#""status":"missed","direction":"outbound","leg":"b","callerid":2,"conversation_uuid":"a""#),
            (Some(Inbound), Some(Agent), Some(Reported), Some(Missed::Leg), None, leg)),
        (record(r#""status":"missed","direction":"outbound","leg":"b","callerid":2,"conversation_uuid":"c""#),
            (None, None, Some(Reported), Some(Missed::Leg), None, leg)),
        (record(r#""status":"answered","direction":"outbound","leg":"a","request_id":"r""#),
            (Some(Outbound), None, Some(Reported), None, None, leg)),
        (record(r#""status":"answered","direction":"outbound","leg":"b","api_init":"true","callerid":2"#),
            (Some(Outbound), None, Some(Reported), None, Some(13), call)),
        (record(r#""status":"missed","direction":"outbound","leg":"a","api_init":true,"request_id":"r""#),
            (Some(Outbound), None, Some(Reported), Some(Missed::Call), None, call)),
        (record(r#""status":"missed","direction":"outbound","leg":"b","request_id":"r""#),
            (Some(Outbound), None, Some(Reported), Some(Missed::Leg), None, leg)),
        (record(r#""status":"answered","direction":"outbound""#),
            (Some(Outbound), None, Some(Reported), None, None, leg)),
        (record(r#""status":"answered""#),
            (None, None, Some(Reported), None, None, leg)),
        (r#"{"action":"inbound","from":1,"to":2,"time":3,"cmiuuid":"a"}"#.to_owned(),
            (Some(Inbound), Some(Customer), None, None, None, no)),
        (r#"{"from":1,"to":2,"time":3,"cmiuuid":"a"}"#.to_owned(),
            (None, None, None, None, None, no)),
    ];
    for (json, expected) in cases {
        assert_eq!(row(&json), expected, "{json}");
    }
}

#[test]
fn the_legs_of_an_inbound_call_agree_on_one_direction_and_one_talk_time() {
    let call = [
        r#"{"status":"in_answered","direction":"inbound","leg":"a","cmiuuid":"A","conversation_uuid":"A","from":1,"to":2}"#,
        r#"{"status":"started","direction":"outbound","leg":"b","cmiuuid":"B","conversation_uuid":"A","from":1,"to":3}"#,
        r#"{"status":"hangup","direction":"outbound","leg":"b","cmiuuid":"B","conversation_uuid":"A","from":1,"to":3}"#,
        r#"{"status":"answered","direction":"inbound","leg":"a","cmiuuid":"A","conversation_uuid":"A","from":1,"to":2,"duration":13}"#,
        r#"{"status":"answered","direction":"outbound","leg":"b","cmiuuid":"B","conversation_uuid":"A","from":1,"to":3,"duration":12}"#,
    ];
    let summaries = call.map(|json| from_json(json).summary());
    for summary in &summaries {
        assert_eq!(summary.direction, Some(CallDirection::Inbound));
        assert_eq!(summary.call_id, Some("A".into()));
        assert_eq!(summary.customer, Some("1".into()));
    }
    let talk = summaries.iter().filter_map(|summary| summary.talk_seconds);
    assert_eq!(talk.collect::<Vec<_>>(), [Seconds::new(13)]);
    let last = summaries
        .iter()
        .filter(|summary| summary.finality == Finality::Call);
    assert_eq!(last.count(), 1);
}

#[test]
fn a_summary_names_the_numbers_and_the_start() {
    /// Customer, own number, start in milliseconds.
    fn names(json: &str) -> (Option<String>, Option<String>, Option<u64>) {
        let summary = from_json(json).summary();
        assert_eq!(
            (summary.provider.as_str(), summary.recording),
            ("piopiy", None)
        );
        (
            summary.customer.map(|number| number.as_str().to_owned()),
            summary.own_number.map(|number| number.as_str().to_owned()),
            summary.started_at.map(Timestamp::as_millis),
        )
    }
    let text = |text: &str| Some(text.to_owned());
    #[rustfmt::skip]
    let cases = [
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"inbound","leg":"a","from":1,"to":2,"time":5000,"start_time":4}"#,
            (text("1"), text("2"), Some(4000))),
        // India has no start time.
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"inbound","leg":"a","from":1,"to":2,"time":5000}"#,
            (text("1"), text("2"), Some(5_000_000))),
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"inbound","leg":"b","from":1,"to":3,"callerid":2}"#,
            (text("1"), text("2"), None)),
        // The agent is shown the account's own number.
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"inbound","leg":"b","from":2,"to":3,"callerid":2}"#,
            (None, text("2"), None)),
        (r#"{"status":"out_started","cmiuuid":"a","direction":"outbound","leg":"a","from":"02","to":1,"callerid":"02","vn":2,"time":7}"#,
            (text("1"), text("2"), Some(7000))),
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"outbound","leg":"a","from":2,"to":1,"callerid":2}"#,
            (text("1"), text("2"), None)),
        (r#"{"status":"stream_connected","cmiuuid":"a","direction":"inbound","leg":"b","from":1,"time":7}"#,
            (text("1"), None, Some(7000))),
        (r#"{"action":"inbound","cmiuuid":"a","from":1,"to":2,"time":7}"#, (text("1"), text("2"), Some(7000))),
        (r#"{"action":"outbound","cmiuuid":"a","from":2,"to":1}"#, (text("1"), text("2"), None)),
        (r#"{"cmiuuid":"a","from":1,"to":2,"time":7}"#, (None, None, Some(7000))),
        (r#"{"cmuuid":"a","from":1,"to":2,"dtmf":"1"}"#, (None, None, None)),
    ];
    for (json, expected) in cases {
        assert_eq!(names(json), expected, "{json}");
    }
}

#[cfg(feature = "testing")]
mod corpus {
    use super::*;
    use crate::testing::{Sample, corpus};

    fn samples() -> Vec<Sample> {
        corpus()
            .into_iter()
            .filter(|sample| sample.provider() == "piopiy")
            .collect()
    }

    #[test]
    fn every_sample_decodes_to_its_kind_with_every_field_and_nothing_unknown() {
        assert_eq!(samples().len(), 16);
        for sample in samples() {
            let event = from_json(&sample.json());
            let (kind, extra) = match &event {
                Event::Cdr(cdr) => ("cdr", &cdr.extra),
                Event::Live(live) => ("event", &live.extra),
                Event::Stream(stream) => ("event", &stream.extra),
                Event::Answer(answer) => ("answer-request", &answer.extra),
                Event::Dtmf(dtmf) => ("dtmf", &dtmf.extra),
                Event::Unrecognized(unrecognized) => ("unrecognized", &unrecognized.fields),
            };
            assert_eq!(kind, sample.kind(), "{}", sample.name());
            let is_stream = matches!(event, Event::Stream(_));
            assert_eq!(
                is_stream,
                sample.name().contains("stream"),
                "{}",
                sample.name()
            );
            assert!(extra.is_empty(), "{}: {extra:?}", sample.name());
            keeps_every_text(&sample, &event);
        }
    }

    /// Each value that was sent is in the normalised form, as often as it was sent; beside them the type, where the
    /// edition has none.
    fn keeps_every_text(sample: &Sample, event: &Event) {
        let texts = |json: &str| {
            let payload = Payload::from_body(json.as_bytes()).expect("readable");
            let fields = payload.fields().iter();
            let mut texts: Vec<String> = fields
                .filter(|field| field.name() != "type")
                .map(|field| field.value().text().to_owned())
                .collect();
            texts.sort();
            texts
        };
        assert_eq!(
            texts(&normalised(event)),
            texts(&sample.json()),
            "{}",
            sample.name()
        );
    }

    #[test]
    fn every_sample_decodes_from_a_query_and_from_its_normalised_form_to_the_same_value() {
        for sample in samples() {
            let event = from_json(&sample.json());
            assert_eq!(from_query(&sample.query()), event, "{}", sample.name());
            assert_eq!(from_json(&normalised(&event)), event, "{}", sample.name());
        }
    }

    #[test]
    fn every_sample_of_a_notification_tells_the_direction_of_its_call() {
        for sample in samples() {
            let event = from_json(&sample.json());
            let direction = match sample.name() {
                name if name.contains("dtmf") || name.contains("india-answer") => None,
                name if name.contains("-out-") => Some(CallDirection::Outbound),
                _ => Some(CallDirection::Inbound),
            };
            assert_eq!(event.summary().direction, direction, "{}", sample.name());
        }
    }

    #[test]
    fn no_two_distinct_samples_are_one_message() {
        let mut seen = std::collections::HashMap::new();
        let mut same = Vec::new();
        for sample in samples() {
            if let Some(identity) = identity(&from_json(&sample.json()))
                && let Some(before) = seen.insert(identity, sample.name().to_owned())
            {
                same.push((before, sample.name().to_owned()));
            }
        }
        let same: Vec<(&str, &str)> = same
            .iter()
            .map(|(one, two)| (one.as_str(), two.as_str()))
            .collect();
        // Two editions of the documentation print the same calls, the newer one without the type, India's without the
        // amounts.
        assert_eq!(
            same,
            [
                (
                    "piopiy-cdr-out-missed-leg-a-2022",
                    "piopiy-cdr-out-missed-leg-a"
                ),
                (
                    "piopiy-cdr-in-answered-leg-a",
                    "piopiy-india-cdr-in-answered-leg-a"
                ),
            ]
        );
    }
}
