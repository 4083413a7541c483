use super::*;
use crate::call::{CallDirection, Finality, Missed, Party, Phase};
use crate::payload::{Payload, UnreadableKind};

fn decode(payload: Payload<'_>) -> Result<Event, Unreadable> {
    Telecmi.decode(&Message::new(payload))
}

fn from_json(json: &str) -> Event {
    let payload = Payload::from_body(json.as_bytes()).expect("readable");
    decode(payload).expect("an event")
}

fn from_query(query: &str) -> Event {
    decode(Payload::from_query(query).expect("readable")).expect("an event")
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

fn unrecognized(json: &str) -> Unrecognized {
    match from_json(json) {
        Event::Unrecognized(unrecognized) => unrecognized,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cdr_keeps_every_field() {
    let cdr = cdr(
        r#"{"virtual_number":440000000000,"custom":"{\"key\":\"value\"}","appid":2222223,"type":"cdr",
        "direction":"inbound","cmiuuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","user":"204_2222223",
        "status":"answered","to":440000000001,"from":"+440000000002","time":1634720920615,"answeredsec":"11",
        "team":"Sales_2222223","hangup_reason":"recv_bye","record":"true","filename":"a.mp3",
        "conversation_uuid":"16132200-57fa-47b5-888d-4ab5b7e631ee","ivr_name":"salesivr","click_to_call":"false",
        "new_field":{"a":[1, 2]}}"#,
    );
    assert_eq!(cdr.app_id.as_deref(), Some("2222223"));
    assert_eq!(cdr.cmiuuid, "16132200-57fa-47b5-888d-4ab5b7e631ee");
    assert_eq!(cdr.direction, Some(Direction::Inbound));
    assert_eq!(cdr.status, Status::Answered);
    assert_eq!(cdr.user.as_deref(), Some("204_2222223"));
    assert_eq!(cdr.to, Some("440000000001".into()));
    assert_eq!(
        cdr.from.as_ref().map(PhoneNumber::as_str),
        Some("+440000000002")
    );
    assert_eq!(cdr.virtual_number, Some("440000000000".into()));
    assert_eq!(cdr.time.map(Timestamp::as_millis), Some(1_634_720_920_615));
    assert_eq!(cdr.answeredsec, Some(Seconds::new(11)));
    assert_eq!(cdr.hangup_reason, Some(HangupReason::RecvBye));
    assert_eq!(cdr.record, Some(true));
    assert_eq!(cdr.click_to_call, Some(false));
    assert_eq!(cdr.filename.as_deref(), Some("a.mp3"));
    assert_eq!(cdr.ivr_name.as_deref(), Some("salesivr"));
    assert_eq!(cdr.custom, Some(r#"{"key":"value"}"#.into()));
    assert_eq!(
        cdr.extra.iter().collect::<Vec<_>>(),
        [("new_field", r#"{"a":[1,2]}"#)]
    );
}

#[test]
fn post_and_get_of_the_same_fields_are_equal_events() {
    for (json, query) in [
        (
            r#"{"type":"event","status":"started","cmiuuid":"i","callerid":"+44001","record":true,"x":{"a": 1},"n":null}"#,
            "type=event&status=started&cmiuuid=i&callerid=+44001&record=true&x=%7B%22a%22:%201%7D&n=",
        ),
        (
            r#"{"type":"CDR","status":"Missed","cmiuid":"i","from":" 044989889899","answeredsec":null,"time":1}"#,
            "type=CDR&status=Missed&cmiuid=i&from=%20044989889899&answeredsec=null&time=1",
        ),
        (
            r#"{"from":9191000000000,"to":911203000000,"cmiuuid":"i","appid":1111112}"#,
            "to=911203000000&from=9191000000000&appid=1111112&cmiuuid=i",
        ),
    ] {
        assert_eq!(from_json(json), from_query(query), "{query}");
    }
}

#[test]
fn the_spellings_of_2019_and_of_dtmf_samples_are_read() {
    let live = live(
        r#"{"cmiuid":"127c1480","status":"ringing","type":"event","parent_uid":"p","to":"942xxxxxxx","app_id":"1"}"#,
    );
    assert_eq!(live.cmiuuid, "127c1480");
    assert_eq!(live.conversation_uuid, Some("p".into()));
    assert_eq!(live.status, Status::Ringing);
    assert!(live.to.as_ref().is_some_and(PhoneNumber::is_masked));
    assert!(live.extra.is_empty());
    assert_eq!(
        cdr(r#"{"type":"cdr","cmuuid":"i","status":"missed"}"#).cmiuuid,
        "i"
    );
}

#[test]
fn of_two_spellings_with_different_values_the_documented_one_counts_and_none_is_lost() {
    for json in [
        r#"{"type":"cdr","status":"missed","cmiuid":"old","cmiuuid":"new"}"#,
        r#"{"type":"cdr","status":"missed","cmiuuid":"new","cmiuid":"old"}"#,
    ] {
        let cdr = cdr(json);
        assert_eq!(cdr.cmiuuid, "new");
        assert_eq!(cdr.extra.get("cmiuid"), Some("old"));
    }
}

#[test]
fn one_spelling_with_two_values_is_refused_in_any_position() {
    for query in [
        "appid=1&app_id=2&app_id=3",
        "app_id=2&appid=1&app_id=3",
        "app_id=2&app_id=3&appid=1",
        "appid=1&app_id=1&app_id=3",
        "app_id=1&appid=1&app_id=3",
        "app_id=3&appid=1&app_id=1",
        "cmuuid=b++&cmuuid=b",
    ] {
        let read = decode(Payload::from_query(query).expect("readable"));
        let kind = read.map_err(|unreadable| unreadable.kind());
        assert_eq!(kind, Err(UnreadableKind::DuplicateField), "{query}");
    }
}

#[test]
fn two_spellings_that_differ_in_space_alone_are_both_kept() {
    for query in [
        "type=cdr&cmiuuid=a&status=missed&appid=7+&app_id=7",
        "cmuuid=a+&cmiuid=a&leg=a",
        "cmuuid=a&cmiuuid=a&cmiuid=b",
    ] {
        let event = from_query(query);
        let normalised = serde_json::to_string(&event).expect("text keys");
        assert_eq!(from_json(&normalised), event, "{query}");
    }
}

#[test]
fn a_copy_of_a_spelling_that_does_not_count_is_one_with_it() {
    let query = "type=event&cmiuuid=a&status=hangup&app_id=2&appid=1&app_id=2&appid=1";
    let event = from_query(query);
    assert_eq!(Telecmi.app_id(&event), Some("2"));
    let normalised = serde_json::to_string(&event).expect("text keys");
    assert_eq!(from_json(&normalised), event);
    let Event::Live(live) = event else {
        panic!("{event:?}")
    };
    assert_eq!(live.extra.iter().collect::<Vec<_>>(), [("appid", "1")]);
}

#[test]
fn the_normalised_form_of_an_array_is_told_from_a_field_without_a_name() {
    for query in [
        "=[1]&x=",
        "=[x&y=null",
        "=[1]&x=1",
        "=[1]",
        "=[1]&=[1]",
        "=[1]&=2",
    ] {
        let event = from_query(query);
        let normalised = serde_json::to_string(&event).expect("text keys");
        assert_eq!(from_json(&normalised), event, "{query}");
    }
}

#[test]
fn a_known_field_that_is_given_twice_is_refused_with_two_values_and_read_with_one() {
    let read = |json: &str| decode(Payload::from_body(json.as_bytes()).expect("readable"));
    let twice = read(r#"{"type":"cdr","status":"missed","cmiuuid":"a","status":"answered"}"#);
    let twice = twice.expect_err("two values");
    assert_eq!(twice.kind(), UnreadableKind::DuplicateField);
    assert_eq!(
        twice.to_string(),
        "the field \"status\" is given more than once: expected one value, found different ones"
    );
    assert!(read(r#"{"type":"cdr","status":"missed","cmiuuid":"a","status":"missed"}"#).is_ok());
    // Nothing known can be mistaken here, and nothing is lost.
    let cdr = cdr(r#"{"type":"cdr","status":"missed","cmiuuid":"a","x":1,"x":2}"#);
    assert_eq!(
        cdr.extra.iter().collect::<Vec<_>>(),
        [("x", "1"), ("x", "2")]
    );
}

#[test]
fn an_optional_value_that_cannot_be_read_stays_among_the_extra_fields() {
    let cdr = cdr(
        r#"{"type":"cdr","status":"missed","cmiuuid":"a","time":"yesterday","to":{"a":1},"answeredsec":-1,"record":"perhaps"}"#,
    );
    assert_eq!(
        (cdr.time, &cdr.to, cdr.answeredsec, cdr.record),
        (None, &None, None, None)
    );
    assert_eq!(
        cdr.extra.iter().collect::<Vec<_>>(),
        [
            ("answeredsec", "-1"),
            ("record", "perhaps"),
            ("time", "yesterday"),
            ("to", r#"{"a":1}"#),
        ]
    );
}

#[test]
fn a_field_of_another_kind_stays_among_the_extra_fields() {
    let live =
        live(r#"{"type":"event","status":"hangup","cmiuuid":"a","answeredsec":3,"filename":"f"}"#);
    assert_eq!(
        live.extra.iter().collect::<Vec<_>>(),
        [("answeredsec", "3"), ("filename", "f")]
    );
}

#[test]
fn a_word_for_no_value_in_custom_and_extra_params_is_absent_and_text_is_kept() {
    let cdr = cdr(
        r#"{"type":"cdr","status":"missed","cmiuuid":"a","custom":"false","extra_params":{"{}":null}}"#,
    );
    assert_eq!((&cdr.custom, &cdr.extra_params), (&None, &None));
    assert!(cdr.extra.is_empty());
    let live = live(
        r#"{"type":"event","status":"started","cmiuuid":"a","custom":"none","extra_params":"{ 'Name': 'Akil' }"}"#,
    );
    assert_eq!(live.custom, None);
    assert_eq!(
        live.extra_params.as_ref().map(ExtraParams::as_str),
        Some("{ 'Name': 'Akil' }")
    );
}

#[test]
fn a_word_for_nothing_is_absent_from_every_optional_text_id_phone_and_term_and_stays_as_sent() {
    let words = [
        "none",
        "None",
        "FALSE",
        "NULL",
        "undefined",
        " unknown ",
        "Not Available",
        "nil",
        "N/A",
    ];
    let texts = [
        "conversation_uuid",
        "call_id",
        "request_id",
        "direction",
        "leg",
        "user",
        "team",
        "to",
        "from",
        "callerid",
    ];
    let of_cdrs = [
        "appid",
        "virtual_number",
        "filename",
        "voicename",
        "hangup_reason",
        "ivr_name",
    ];
    let cdr = r#""type":"cdr","status":"missed","cmiuuid":"a""#;
    let live = r#""type":"event","status":"started","cmiuuid":"a""#;
    let flow = r#""from":1,"to":2,"cmiuuid":"a","appid":3"#;
    let table = texts.iter().map(|field| (cdr, field));
    let table = table.chain(of_cdrs.iter().map(|field| (cdr, field)));
    let table = table.chain(texts.iter().map(|field| (live, field)));
    let table = table.chain([(live, &"app_id")]);
    for (rest, field) in table {
        let without = from_json(&format!("{{{rest}}}"));
        for word in words {
            let event = from_json(&format!(r#"{{{rest},"{field}":"{word}"}}"#));
            let shown = format!("{event:?}");
            assert_eq!(
                event.summary(),
                without.summary(),
                "{field}: {word}: {shown}"
            );
            assert_eq!(Telecmi.app_id(&event), None, "{field}: {word}");
            let extra = match &event {
                Event::Cdr(cdr) => &cdr.extra,
                Event::Live(live) => &live.extra,
                other => panic!("{other:?}"),
            };
            assert_eq!(extra.iter().collect::<Vec<_>>(), [(*field, word)]);
            let normalised = serde_json::to_string(&event).expect("text keys");
            assert_eq!(from_json(&normalised), event, "{normalised}");
        }
    }
    for (field, word) in [("from", "unknown"), ("to", "none"), ("appid", "undefined")] {
        let json = format!("{{{flow}}}").replace(
            &format!(r#""{field}":"#),
            &format!(r#""{field}":"{word}","was":"#),
        );
        let Event::Flow(flow) = from_json(&json) else {
            panic!("{json}")
        };
        assert_eq!(flow.extra.get(field), Some(word), "{json}");
    }
}

#[test]
fn a_figure_and_a_flag_have_no_words_for_nothing_and_a_hidden_number_is_a_number() {
    let cdr = cdr(
        r#"{"type":"cdr","status":"missed","cmiuuid":"a","record":"false","click_to_call":" FALSE ","voicemail":"none",
        "waitedsec":0,"answeredsec":"unknown","from":"anonymous","to":"*72","callerid":"0","user":"0","custom":"0"}"#,
    );
    assert_eq!(
        (cdr.record, cdr.click_to_call, cdr.voicemail),
        (Some(false), Some(false), None)
    );
    assert_eq!(
        (cdr.waitedsec, cdr.answeredsec),
        (Some(Seconds::new(0)), None)
    );
    assert_eq!(cdr.from, Some("anonymous".into()));
    assert_eq!(cdr.to, Some("*72".into()));
    assert_eq!(cdr.callerid, Some("0".into()));
    assert_eq!(cdr.user.as_deref(), Some("0"));
    assert_eq!(cdr.custom, Some("0".into()));
    assert_eq!(
        cdr.extra.iter().collect::<Vec<_>>(),
        [("answeredsec", "unknown"), ("voicemail", "none")]
    );
    // A required term is kept too: the message is still of its kind.
    let live = live(r#"{"type":"event","status":"Unknown","cmiuuid":"a"}"#);
    assert_eq!(live.status, Status::Other("Unknown".into()));
}

#[test]
fn a_word_for_nothing_is_no_id_of_a_leg() {
    for word in ["none", " NONE ", "false", "undefined", "Unknown", "N/A"] {
        for (rest, reason, key) in [
            (
                r#""type":"cdr","status":"missed""#,
                Reason::NoId,
                UncheckedReason::NoId,
            ),
            (
                r#""type":"event","status":"started""#,
                Reason::NoId,
                UncheckedReason::NoId,
            ),
            (
                r#""from":1,"to":2,"appid":3"#,
                Reason::NoId,
                UncheckedReason::AwaitsAnswer,
            ),
            (
                r#""from":1,"appid":3"#,
                Reason::NoId,
                UncheckedReason::AwaitsAnswer,
            ),
        ] {
            for name in ["cmiuuid", "cmiuid"] {
                let json = format!(r#"{{{rest},"{name}":"{word}"}}"#);
                let event = from_json(&json);
                assert_eq!(event.leg_id(), None, "{json}");
                assert_eq!(Telecmi.key(&event).err(), Some(key), "{json}");
                let unrecognized = unrecognized(&json);
                assert_eq!(unrecognized.reason, reason, "{json}");
                assert_eq!(unrecognized.fields.get(name), Some(word), "{json}");
            }
        }
    }
}

#[test]
fn a_spelling_that_says_something_counts_before_a_word_for_nothing_in_another() {
    for (json, leg, account) in [
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"none","cmiuid":"a"}"#,
            "a",
            None,
        ),
        (
            r#"{"type":"cdr","status":"missed","cmuuid":"a","cmiuid":"nil","cmiuuid":"none"}"#,
            "a",
            None,
        ),
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"a","cmiuid":"none"}"#,
            "a",
            None,
        ),
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"a","appid":"none","app_id":7}"#,
            "a",
            Some("7"),
        ),
        (
            r#"{"type":"cdr","status":"missed","cmiuuid":"a","appid":7,"app_id":"none"}"#,
            "a",
            Some("7"),
        ),
        (
            r#"{"type":"event","status":"hangup","cmiuuid":"a","appid":7,"app_id":"none"}"#,
            "a",
            Some("7"),
        ),
        (
            r#"{"type":"event","status":"hangup","cmiuuid":"a","app_id":7,"appid":"none"}"#,
            "a",
            Some("7"),
        ),
        (
            r#"{"type":"sms","cmiuuid":"a","app_id":7,"appid":"none"}"#,
            "a",
            Some("7"),
        ),
    ] {
        let event = from_json(json);
        assert_eq!(event.leg_id(), Some(&leg.into()), "{json}");
        assert_eq!(Telecmi.app_id(&event), account, "{json}");
        let normalised = serde_json::to_string(&event).expect("text keys");
        assert_eq!(from_json(&normalised), event, "{json}: {normalised}");
    }
    let live = live(
        r#"{"type":"event","status":"hangup","cmiuuid":"a","parent_uid":"p","conversation_uuid":"none"}"#,
    );
    assert_eq!(live.conversation_uuid, Some("p".into()));
    // What is refused stays so: one spelling with two values.
    let read = decode(Payload::from_query("cmiuuid=none&cmiuuid=a").expect("readable"));
    assert_eq!(
        read.map_err(|unreadable| unreadable.kind()),
        Err(UnreadableKind::DuplicateField)
    );
}

#[test]
fn a_whole_number_is_a_figure_however_it_is_written_and_a_fraction_is_not_bent() {
    for (figure, seconds) in [
        ("12", Some(12)),
        ("12.0", Some(12)),
        ("\"12.0\"", Some(12)),
        ("12.00", Some(12)),
        ("1.2e1", Some(12)),
        ("\" 12.0 \"", Some(12)),
        ("0.0", Some(0)),
        ("12.5", None),
        ("\"12.01\"", None),
        ("-12.0", None),
        ("\"12,0\"", None),
    ] {
        let cdr = cdr(&format!(
            r#"{{"type":"cdr","status":"answered","cmiuuid":"a","answeredsec":{figure},"waitedsec":{figure}}}"#
        ));
        let read = seconds.map(Seconds::new);
        assert_eq!((cdr.answeredsec, cdr.waitedsec), (read, read), "{figure}");
        let text = figure.trim_matches('"');
        let kept = seconds.is_none().then_some(text);
        assert_eq!(cdr.extra.get("answeredsec"), kept, "{figure}");
    }
}

#[test]
fn a_time_is_in_seconds_or_milliseconds_by_its_size() {
    for kind in ["cdr", "event"] {
        for (time, millis) in [
            ("1634720920615", Some(1_634_720_920_615)),
            ("1634720920", Some(1_634_720_920_000)),
            ("\"1634720920\"", Some(1_634_720_920_000)),
            ("1634720920.0", Some(1_634_720_920_000)),
            ("\"1634720920615.00\"", Some(1_634_720_920_615)),
            ("99999999999", Some(99_999_999_999_000)),
            ("100000000000", Some(100_000_000_000)),
            ("1634720920.615", None),
            ("1634720920615000", None),
        ] {
            let json =
                format!(r#"{{"type":"{kind}","status":"hangup","cmiuuid":"a","time":{time}}}"#);
            let event = from_json(&json);
            let started_at = event.summary().started_at;
            assert_eq!(started_at.map(Timestamp::as_millis), millis, "{json}");
            let normalised = serde_json::to_string(&event).expect("text keys");
            assert_eq!(from_json(&normalised), event, "{normalised}");
        }
    }
    let event = from_json(r#"{"type":"cdr","status":"missed","cmiuuid":"a","time":1634720920}"#);
    assert_eq!(
        serde_json::to_string(&event).expect("text keys"),
        r#"{"type":"cdr","cmiuuid":"a","status":"missed","time":1634720920000}"#
    );
}

#[test]
fn what_asks_for_a_routing_answer_is_a_flow_in_both_editions() {
    for (json, query) in [
        (
            r#"{"from":"19170000001","appid":"3333334"}"#,
            "from=19170000001&appid=3333334",
        ),
        (
            r#"{"from":19170000001,"appid":3333334}"#,
            "appid=3333334&from=19170000001",
        ),
        (
            r#"{"from":"19170000001","app_id":3333334}"#,
            "from=19170000001&app_id=3333334",
        ),
        (
            r#"{"appid":1,"app_id":"1","from":"anonymous"}"#,
            "appid=1&app_id=1&from=anonymous",
        ),
        (
            r#"{"from":1,"appid":2,"to":null,"cmiuuid":"","custom":null}"#,
            "from=1&appid=2&to=&cmiuuid=null",
        ),
        (
            r#"{"from":1,"to":2,"cmiuuid":"a","appid":3}"#,
            "from=1&to=2&cmiuuid=a&appid=3",
        ),
        (
            r#"{"from":1,"cmiuuid":"a","new":"x","type":"none"}"#,
            "from=1&cmiuuid=a&new=x&type=none",
        ),
        (
            r#"{"to":1,"cmiuid":"a","status":"undefined","action":"none"}"#,
            "to=1&cmiuid=a&status=undefined&action=none",
        ),
    ] {
        let event = from_json(json);
        assert_eq!(event, from_query(query), "{json}");
        assert_eq!(event.kind(), "flow", "{json}");
        assert!(event.awaits_answer(), "{json}");
        assert_eq!(
            event.summary().direction,
            Some(CallDirection::Inbound),
            "{json}"
        );
        let normalised = serde_json::to_string(&event).expect("text keys");
        assert_eq!(from_json(&normalised), event, "{json}");
    }
}

#[test]
fn what_asks_for_something_else_is_no_flow_and_is_handled_each_time_too() {
    for json in [
        // Neither edition.
        r#"{"from":1,"to":2}"#,
        r#"{"from":1,"to":2,"appid":3}"#,
        r#"{"from":1,"appid":3,"new":1}"#,
        r#"{"from":1,"appid":3,"app_id":4}"#,
        r#"{"from":{"a":1},"appid":3}"#,
        r#"{"to":1,"appid":3}"#,
        r#"{"appid":3}"#,
        // An answer request of PIOPIY's.
        r#"{"action":"inbound","from":1,"to":2,"cmiuuid":"a"}"#,
        r#"{"action":"inbound","from":1,"appid":3}"#,
        r#"{"from":1,"to":2,"cmiuuid":"a","time":1}"#,
        // A callback of PIOPIY's, with and without keys.
        r#"{"from":1,"to":2,"cmuuid":"a","dtmf":"1"}"#,
        r#"{"from":1,"to":2,"cmiuuid":"a","dtmf":null}"#,
        r#"{"from":1,"to":2,"cmiuuid":"a","digits":"1"}"#,
        r#"{"from":1,"to":2,"cmiuuid":"a","digit":""}"#,
        r#"{"from":1,"to":2,"cmiuuid":"a","speech":"yes"}"#,
        r#"{"from":1,"to":2,"cmuuid":"a"}"#,
        r#"{"from":1,"appid":2,"dtmf":null}"#,
    ] {
        let event = from_json(json);
        assert_eq!(event.kind(), "unrecognized", "{json}");
        assert_eq!(
            Telecmi.key(&event).err(),
            Some(UncheckedReason::AwaitsAnswer),
            "{json}"
        );
    }
}

#[test]
fn a_new_status_reaches_the_handler_as_sent() {
    let live = live(r#"{"type":"event","status":"On_Hold","cmiuuid":"a"}"#);
    assert_eq!(live.status, Status::Other("On_Hold".into()));
    assert_eq!(live.status.to_string(), "On_Hold");
}

#[test]
fn what_is_of_no_known_kind_is_unrecognized_with_its_reason_and_all_fields() {
    for (json, reason) in [
        (r#"{"digits":"1"}"#, Reason::NoType),
        (
            r#"{"from":1,"to":2,"appid":3,"cmuuid":"a","dtmf":"1"}"#,
            Reason::NoType,
        ),
        (r#"{"count":1,"cdr":[{"a":1}],"code":200}"#, Reason::NoType),
        (
            r#"{"type":"sms","cmiuuid":"a","status":"sent"}"#,
            Reason::UnknownType,
        ),
        (r#"{"type":"cdr","status":"answered"}"#, Reason::NoId),
        (r#"{"type":"event","cmiuuid":"a"}"#, Reason::NoStatus),
        (r#"[{"type":"cdr"}]"#, Reason::Array),
        (r#"{}"#, Reason::NoType),
        (
            r#"{"action":"inbound","from":"1","to":"2","time":1,"cmiuuid":"a"}"#,
            Reason::NoType,
        ),
    ] {
        assert_eq!(unrecognized(json).reason, reason, "{json}");
    }
    let batch = unrecognized(r#"{"count":1,"cdr":[{"a":1}],"code":123456789012345678901}"#);
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
fn a_request_that_waits_for_an_answer_has_no_identity() {
    for json in [
        r#"{"from":1,"to":2,"cmiuuid":"a","appid":3}"#,
        r#"{"from":1,"to":2,"cmuuid":"a","dtmf":"1"}"#,
        r#"{"from":1,"to":2,"cmiuuid":"a","time":1}"#,
        r#"{"digits":"1"}"#,
    ] {
        let event = from_json(json);
        assert_eq!(
            Telecmi.key(&event).err(),
            Some(UncheckedReason::AwaitsAnswer),
            "{json}"
        );
    }
    let no_id = from_json(r#"{"type":"cdr","status":"answered"}"#);
    assert_eq!(Telecmi.key(&no_id).err(), Some(UncheckedReason::NoId));
    let new_kind = from_json(r#"{"type":"sms","cmiuuid":"a","status":"sent"}"#);
    assert!(Telecmi.key(&new_kind).is_ok());
}

#[test]
fn the_app_id_is_read_in_either_spelling_and_from_the_unrecognized() {
    for json in [
        r#"{"type":"cdr","status":"answered","cmiuuid":"a","app_id":"7"}"#,
        r#"{"type":"event","status":"answered","cmiuuid":"a","appid":7}"#,
        r#"{"appid":"7"}"#,
        r#"{"type":"cdr","app_id":7}"#,
    ] {
        assert_eq!(Telecmi.app_id(&from_json(json)), Some("7"), "{json}");
    }
}

#[test]
fn debug_shows_no_number_no_name_and_no_text_of_a_message() {
    let event = from_json(
        r#"{"type":"cdr","status":"answered","cmiuuid":"leg","to":440000000001,"user":"204_2222223",
        "custom":"top secret","filename":"recording.mp3","x":"unknown text","team":"Sales","hangup_reason":"odd reason"}"#,
    );
    let shown = format!("{event:?}");
    assert!(shown.contains("leg"), "{shown}");
    for hidden in [
        "440000000001",
        "204_",
        "top secret",
        "recording",
        "unknown text",
        "Sales",
        "odd reason",
    ] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}

#[test]
fn the_normalised_form_has_the_documented_names_and_exact_values() {
    let event = from_json(
        r#"{"cmiuid":"i","type":"CDR","status":"ANSWERED","app_id":7,"time":"1553758498059","record":"true","to":"044","extra_params":{"a": 1},"x":5}"#,
    );
    let normalised = serde_json::to_string(&event).expect("text keys");
    assert_eq!(
        normalised,
        r#"{"type":"cdr","appid":"7","cmiuuid":"i","status":"answered","to":"044","time":1553758498059,"record":true,"extra_params":"{\"a\":1}","x":"5"}"#
    );
    assert_eq!(from_json(&normalised), event);
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
    use Phase::{Answered, Ended, Reported, Ringing, Waiting};

    let event = |rest: &str| format!(r#"{{"type":"event","cmiuuid":"a",{rest}}}"#);
    let record = |rest: &str| format!(r#"{{"type":"cdr","cmiuuid":"a",{rest}}}"#);
    let no = Finality::No;
    #[rustfmt::skip]
    let cases: [(String, Row); 29] = [
        (event(r#""status":"waiting","direction":"inbound","from":1,"to":2"#),
            (Some(Inbound), Some(Customer), Some(Waiting), None, None, no)),
        (event(r#""status":"started","direction":"outbound","leg":"b","team":"S","user":"u","from":1"#),
            (Some(Inbound), Some(Agent), Some(Ringing), None, None, no)),
        (event(r#""status":"answered","direction":"outbound","leg":"b","user":"u","from":1"#),
            (Some(Inbound), Some(Agent), Some(Answered), None, None, no)),
        // 2019: the agent's leg has no `leg`.
        (event(r#""status":"answered","direction":"outbound","user":"u","from":1,"to":2,"parent_uid":"a""#),
            (Some(Inbound), Some(Agent), Some(Answered), None, None, no)),
        (event(r#""status":"started","direction":"outbound","leg":"a","user":"u","to":2,"callerid":3"#),
            (Some(Outbound), Some(Agent), Some(Ringing), None, None, no)),
        (event(r#""status":"hangup","direction":"outbound","leg":"b","user":"u","to":2,"callerid":3"#),
            (Some(Outbound), Some(Customer), Some(Ended), None, None, no)),
        (event(r#""status":"hangup","direction":"outbound","leg":"b","user":"u""#),
            (None, None, Some(Ended), None, None, no)),
        (record(r#""status":"answered","direction":"inbound","answeredsec":11,"user":"u""#),
            (Some(Inbound), Some(Customer), Some(Reported), None, Some(11), Finality::Call)),
        (record(r#""status":"missed","direction":"inbound","leg":"b","user":"u""#),
            (Some(Inbound), Some(Agent), Some(Reported), Some(Missed::Leg), None, Finality::Leg)),
        (record(r#""status":"missed","direction":"inbound","waitedsec":9"#),
            (Some(Inbound), Some(Customer), Some(Reported), Some(Missed::Call), None, Finality::Call)),
        (record(r#""status":"answered","direction":"outbound","leg":"a","answeredsec":15"#),
            (Some(Outbound), Some(Agent), Some(Reported), None, None, Finality::Leg)),
        (record(r#""status":"answered","direction":"outbound","leg":"b","answeredsec":9"#),
            (Some(Outbound), Some(Customer), Some(Reported), None, Some(9), Finality::Call)),
        (record(r#""status":"missed","direction":"outbound","leg":"a""#),
            (Some(Outbound), Some(Agent), Some(Reported), Some(Missed::Call), None, Finality::Call)),
        (record(r#""status":"answered","direction":"outbound","answeredsec":13"#),
            (Some(Outbound), None, Some(Reported), None, Some(13), Finality::Call)),
        (record(r#""status":"answered","answeredsec":13"#),
            (None, None, Some(Reported), None, None, Finality::Leg)),
        // An agent's leg of an inbound call is still one when another word is sent, or an answer.
        (record(r#""status":"answered","direction":"inbound","leg":"b","answeredsec":11"#),
            (Some(Inbound), Some(Agent), Some(Reported), None, Some(11), Finality::Leg)),
        (record(r#""status":"user_missed","direction":"inbound","leg":"b","answeredsec":0"#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, Finality::Leg)),
        (record(r#""status":"no-answer","direction":"inbound","leg":" B ""#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, Finality::Leg)),
        (record(r#""status":"busy","direction":"inbound","leg":"b","conversation_uuid":"a""#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, Finality::Leg)),
        // The id tells it where the letter doesn't.
        (record(r#""status":"answered","direction":"inbound","conversation_uuid":"c","answeredsec":11"#),
            (Some(Inbound), Some(Agent), Some(Reported), None, Some(11), Finality::Call)),
        (record(r#""status":"missed","direction":"inbound","conversation_uuid":"c""#),
            (Some(Inbound), Some(Agent), Some(Reported), Some(Missed::Leg), None, Finality::Leg)),
        (record(r#""status":"no-answer","direction":"inbound","conversation_uuid":"c""#),
            (Some(Inbound), Some(Agent), Some(Reported), None, None, Finality::Leg)),
        (record(r#""status":"missed","direction":"inbound","conversation_uuid":"a""#),
            (Some(Inbound), Some(Customer), Some(Reported), Some(Missed::Call), None, Finality::Call)),
        // A word for "no value" is not an agent, a leg or a call.
        (record(r#""status":"missed","direction":"inbound","user":"none","leg":"null","conversation_uuid":"Undefined","team":"n/a""#),
            (Some(Inbound), Some(Customer), Some(Reported), Some(Missed::Call), None, Finality::Call)),
        (record(r#""status":"missed","direction":"inbound","conversation_uuid":"0""#),
            (Some(Inbound), Some(Customer), Some(Reported), Some(Missed::Call), None, Finality::Call)),
        (record(r#""status":"missed","direction":"inbound","conversation_uuid":"true""#),
            (Some(Inbound), Some(Customer), Some(Reported), Some(Missed::Call), None, Finality::Call)),
        (event(r#""status":"started","direction":"outbound","leg":"b","team":"none","callerid":"3""#),
            (Some(Outbound), Some(Customer), Some(Ringing), None, None, no)),
        (record(r#""status":"busy","direction":"outbound","leg":"a""#),
            (Some(Outbound), Some(Agent), Some(Reported), None, None, Finality::Leg)),
        (record(r#""status":"answered","direction":"outbound","leg":"none","answeredsec":"13.0""#),
            (Some(Outbound), None, Some(Reported), None, Some(13), Finality::Call)),
    ];
    for (json, expected) in cases {
        assert_eq!(row(&json), expected, "{json}");
    }
}

#[test]
fn a_summary_names_the_customer_where_the_message_tells() {
    #[rustfmt::skip]
    let cases = [
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"inbound","from":1,"to":2}"#, Some("1")),
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"inbound","leg":"b","from":1,"to":2}"#, Some("1")),
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"inbound","from":"Unknown","to":2}"#, None),
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"inbound","from":"anonymous","to":2}"#, Some("anonymous")),
        // Whose number leg a's record has can't be told.
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"outbound","leg":"a","from":1,"to":2}"#, None),
        (r#"{"type":"cdr","cmiuuid":"a","status":"missed","direction":"outbound","leg":"A","to":2}"#, None),
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"outbound","leg":"b","from":1,"to":2}"#, Some("2")),
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"outbound","to":2}"#, Some("2")),
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","from":1,"to":2}"#, None),
        (r#"{"type":"event","cmiuuid":"a","status":"started","direction":"outbound","leg":"a","to":2,"callerid":3}"#, Some("2")),
        (r#"{"type":"event","cmiuuid":"a","status":"started","direction":"outbound","leg":"b","to":2,"callerid":3}"#, Some("2")),
        (r#"{"type":"event","cmiuuid":"a","status":"waiting","direction":"inbound","from":1,"to":2}"#, Some("1")),
        (r#"{"from":1,"appid":2}"#, Some("1")),
    ];
    for (json, customer) in cases {
        let told = from_json(json).summary().customer;
        assert_eq!(told, customer.map(PhoneNumber::from), "{json}");
    }
}

#[test]
fn a_summary_names_the_call_the_agent_and_the_accounts_number() {
    /// Call id, agent, own number, recording.
    type Names<'t> = [Option<&'t str>; 4];
    #[rustfmt::skip]
    let cases: [(&str, Names<'_>); 12] = [
        (r#"{"type":"cdr","cmiuuid":"a","conversation_uuid":"c","status":"answered","direction":"inbound","user":"u","to":2,"virtual_number":3,"filename":"f"}"#,
            [Some("c"), Some("u"), Some("3"), Some("f")]),
        // An inbound record's `to` is the agent's.
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"inbound","to":2,"callerid":3,"record":true,"filename":"f"}"#,
            [None, None, None, Some("f")]),
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"outbound","leg":"a","callerid":3,"record":"false","filename":"f"}"#,
            [Some("a"), None, Some("3"), None]),
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"outbound","leg":"b","callerid":3,"virtual_number":4}"#,
            [None, None, Some("4"), None]),
        (r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"outbound","virtual_number":"none","callerid":3,"filename":"null "}"#,
            [None, None, Some("3"), None]),
        (r#"{"type":"cdr","cmiuuid":"a","conversation_uuid":"none","status":"missed","direction":"outbound","leg":"a","user":"n/a"}"#,
            [Some("a"), None, None, None]),
        (r#"{"type":"event","cmiuuid":"a","conversation_uuid":"c","status":"waiting","direction":"inbound","to":2}"#,
            [Some("c"), None, Some("2"), None]),
        (r#"{"type":"event","cmiuuid":"a","conversation_uuid":"c","status":"started","direction":"outbound","leg":"b","team":"t","user":"u","to":2}"#,
            [Some("c"), Some("u"), None, None]),
        (r#"{"type":"event","cmiuuid":"a","status":"started","direction":"outbound","leg":"a","user":"u","callerid":3,"to":2}"#,
            [Some("a"), Some("u"), Some("3"), None]),
        (r#"{"type":"event","cmiuuid":"a","status":"started","direction":"outbound","leg":"b","callerid":3}"#,
            [None, None, Some("3"), None]),
        (r#"{"from":1,"to":2,"cmiuuid":"a","appid":3}"#, [None, None, Some("2"), None]),
        (r#"{"from":1,"appid":3}"#, [None, None, None, None]),
    ];
    for (json, names) in cases {
        let summary = from_json(json).summary();
        let told: Names<'_> = [
            summary.call_id.as_deref(),
            summary.agent.as_deref(),
            summary.own_number.as_ref().map(PhoneNumber::as_str),
            summary.recording.as_deref(),
        ];
        assert_eq!(told, names, "{json}");
    }
}

#[test]
fn a_live_event_tells_the_calls_direction_by_its_leg_its_team_and_its_ids() {
    use CallDirection::{Inbound, Outbound};
    for (rest, direction) in [
        (r#""direction":"inbound","leg":"a""#, Some(Inbound)),
        (
            r#""direction":"outbound","leg":"a","team":"t","from":1"#,
            Some(Outbound),
        ),
        (
            r#""direction":"outbound","team":"t","callerid":3"#,
            Some(Inbound),
        ),
        (
            r#""direction":"outbound","leg":"b","callerid":3,"from":1"#,
            Some(Outbound),
        ),
        (
            r#""direction":"outbound","leg":"b","call_id":"i","from":1"#,
            Some(Outbound),
        ),
        (
            r#""direction":"outbound","leg":"b","request_id":"r""#,
            Some(Outbound),
        ),
        (
            r#""direction":"outbound","leg":"b","click_to_call":false"#,
            Some(Outbound),
        ),
        (
            r#""direction":"outbound","leg":"b","from":1"#,
            Some(Inbound),
        ),
        (r#""direction":"outbound","leg":"b""#, None),
        (r#""direction":"sideways","leg":"a""#, None),
        (r#""leg":"a","from":1"#, None),
        // A word for "no value" tells nothing.
        (
            r#""direction":"outbound","leg":"b","team":"none","request_id":"None","from":1"#,
            Some(Inbound),
        ),
        (
            r#""direction":"outbound","leg":"b","callerid":"unknown","from":"n/a""#,
            None,
        ),
    ] {
        let json = format!(r#"{{"type":"event","status":"started","cmiuuid":"a",{rest}}}"#);
        assert_eq!(from_json(&json).summary().direction, direction, "{json}");
    }
}

#[test]
fn a_summary_names_the_numbers_and_the_recording() {
    let summary = from_json(
        r#"{"type":"cdr","cmiuuid":"a","status":"answered","direction":"inbound","from":1,"to":2,"virtual_number":3,
        "user":"u","record":true,"filename":"f.mp3","time":5}"#,
    )
    .summary();
    assert_eq!(summary.customer, Some("1".into()));
    assert_eq!(summary.own_number, Some("3".into()));
    assert_eq!(summary.agent.as_deref(), Some("u"));
    assert_eq!(summary.recording.as_deref(), Some("f.mp3"));
    assert_eq!(summary.started_at.map(Timestamp::as_millis), Some(5000));
    let not_recorded =
        r#"{"type":"cdr","cmiuuid":"a","status":"answered","record":"false","filename":"f"}"#;
    assert_eq!(from_json(not_recorded).summary().recording, None);
}

#[cfg(feature = "testing")]
mod corpus {
    use super::*;
    use crate::testing::{Sample, corpus};

    fn samples() -> Vec<Sample> {
        corpus()
            .into_iter()
            .filter(|sample| sample.provider() == "telecmi")
            .collect()
    }

    #[test]
    fn every_sample_decodes_to_its_kind_with_every_field_and_nothing_unknown() {
        assert_eq!(samples().len(), 29);
        for sample in samples() {
            let event = from_json(&sample.json());
            let (kind, extra) = match &event {
                Event::Cdr(cdr) => ("cdr", &cdr.extra),
                Event::Live(live) => ("event", &live.extra),
                Event::Flow(flow) => ("routing-request", &flow.extra),
                Event::Unrecognized(unrecognized) => ("unrecognized", &unrecognized.fields),
            };
            assert_eq!(kind, sample.kind(), "{}", sample.name());
            assert!(extra.is_empty(), "{}: {extra:?}", sample.name());
            keeps_every_text(&sample, &event);
        }
    }

    /// Each value that was sent is in the normalised form, as often as it was sent.
    fn keeps_every_text(sample: &Sample, event: &Event) {
        let normalised = serde_json::to_string(event).expect("text keys");
        let texts = |json: &str| {
            let payload = Payload::from_body(json.as_bytes()).expect("readable");
            let mut texts: Vec<String> = payload
                .fields()
                .iter()
                .map(|field| field.value().text().to_owned())
                .filter(|text| !matches!(text.as_str(), "none" | "false" | r#"{"{}":null}"#))
                .collect();
            texts.sort();
            texts
        };
        assert_eq!(
            texts(&normalised),
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
            let normalised = serde_json::to_string(&event).expect("text keys");
            assert_eq!(from_json(&normalised), event, "{}", sample.name());
        }
    }

    #[test]
    fn no_two_distinct_samples_are_one_message() {
        let events: Vec<(Sample, Event)> = samples()
            .into_iter()
            .map(|sample| (sample.clone(), from_json(&sample.json())))
            .collect();
        let identity = |event: &Event| {
            let scope = crate::replay::Scope {
                provider: "telecmi",
                endpoint: "telecmi",
                tenant: "",
                app_id: Telecmi.app_id(event).unwrap_or_default(),
            };
            Telecmi
                .key(event)
                .ok()
                .map(|key| crate::replay::Identity::new(scope, key))
        };
        let mut seen = std::collections::HashMap::new();
        let mut same = Vec::new();
        for (sample, event) in &events {
            if let Some(identity) = identity(event)
                && let Some(before) = seen.insert(identity, sample.name())
            {
                same.push((before, sample.name()));
            }
        }
        // Two editions of the documentation print the same call, the newer one with more fields.
        assert_eq!(same, [("chub-cdr-in-missed", "chub-cdr-in-missed-2022")]);
    }
}
