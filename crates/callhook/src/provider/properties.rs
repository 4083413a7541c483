//! What has to hold for any message of any provider, over generated ones.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::recipe::Recipe;
use super::{Message, Provider};
use crate::error::LocationUse;
use crate::payload::{Field, Payload};
use crate::piopiy::Piopiy;
use crate::replay::UncheckedReason;
use crate::replay::{Identity, Scope};
use crate::telecmi::Telecmi;
use crate::testing::{Sample, corpus};
use crate::voipappz::Voipappz;
use crate::{CallEvent, ConfigError, Endpoint};

/// The names of every field that is documented of any provider, so that each provider also meets the others' fields.
fn known_name() -> impl Strategy<Value = String> {
    let mut names: Vec<String> = corpus()
        .iter()
        .flat_map(|sample| {
            let json = sample.json();
            let payload = Payload::from_body(json.as_bytes()).expect("readable");
            let names = payload.fields().iter().map(|field| field.name().to_owned());
            names.collect::<Vec<_>>()
        })
        .collect();
    let others = [
        "event",
        "parent_uid",
        "cmiuid",
        "cmuuid",
        "app_id",
        "dtmf",
        "digits",
        "digit",
        "speech",
        "action",
    ];
    names.extend(others.map(str::to_owned));
    names.sort();
    names.dedup();
    prop::sample::select(names)
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let texts = prop::sample::select(vec![
        "",
        "null",
        "none",
        "Undefined",
        " N/A ",
        "unknown",
        "not available",
        "true",
        "False",
        "0",
        "007",
        "+440001",
        " 44 1",
        "98xx",
        "1634720920615",
        "1634720920615.0",
        "1634720920",
        "99999999999",
        "100000000000",
        "12.0",
        "1.2e1",
        "1.5",
        "0.450000",
        "-3",
        "1e9",
        "cdr",
        "event",
        "answered",
        "MISSED",
        "in_answered",
        "stream_error",
        "inbound",
        "outbound",
        "a",
        "B",
        "call-answer",
        "Ivr:End",
        "2024-12-02T21:04:40.701+00:00",
        "23:04:40",
        "00:06:57",
        "anser",
        "{key: value}",
        "{\"a\": 1}",
        "{\"{}\":null}",
        "[1, 2]",
        "[Sales]",
    ]);
    prop_oneof![
        4 => texts.prop_map(serde_json::Value::from),
        2 => any::<String>().prop_map(serde_json::Value::from),
        2 => any::<u64>().prop_map(serde_json::Value::from),
        1 => any::<i64>().prop_map(serde_json::Value::from),
        1 => any::<bool>().prop_map(serde_json::Value::from),
        1 => Just(serde_json::Value::Null),
        1 => Just(serde_json::json!({"a": [1, "x y", null]})),
        1 => Just(serde_json::json!([])),
    ]
}

fn message() -> impl Strategy<Value = Sample> {
    let name = prop_oneof![6 => known_name(), 1 => any::<String>()];
    let fields = prop::collection::vec((name, value()), 0..24);
    // Two fields at least, and a kind most times: one field alone may be a whole message.
    let kind = prop::sample::select(vec!["cdr", "event", "EVENT", "sms"]);
    (kind, fields).prop_map(|(kind, fields)| {
        let start = Sample::default()
            .with("type", kind)
            .with("cmiuuid", "leg")
            .with("uuid", "u");
        fields
            .into_iter()
            .fold(start, |sample, (name, value)| sample.with(&name, value))
    })
}

/// Few fields, and no kind most times: what waits for an answer has no more, and some of it may be null.
fn request() -> impl Strategy<Value = Sample> {
    let names = [
        "type",
        "status",
        "from",
        "to",
        "time",
        "appid",
        "app_id",
        "cmiuuid",
        "cmiuid",
        "cmuuid",
        "dtmf",
        "digits",
        "digit",
        "speech",
        "action",
        "extra_params",
        "duration",
        "uuid",
        "x",
    ];
    let values = prop::sample::select(vec![
        "",
        "none",
        "UNKNOWN",
        "1",
        "12.0",
        "a",
        "event",
        "cdr",
        "dtmf",
        "inbound",
        "outbound",
        "hangup",
        "{\"a\":1}",
    ]);
    let value = prop_oneof![
        6 => values.prop_map(serde_json::Value::from),
        2 => Just(serde_json::Value::Null),
        1 => Just(serde_json::json!({"a": 1})),
    ];
    let fields = prop::collection::vec((prop::sample::select(names.to_vec()), value), 0..7);
    // One field alone may be a whole message.
    let is_not_alone = |sample: &Sample| sample.query().contains('&');
    let request = fields.prop_map(|fields| {
        let start = Sample::default();
        fields
            .into_iter()
            .fold(start, |sample, (name, value)| sample.with(name, value))
    });
    request.prop_filter("one field", is_not_alone)
}

fn check<P>(provider: &P, sample: &Sample) -> Result<(), TestCaseError>
where
    P: Provider,
    P::Event: CallEvent + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let decode = |payload: Payload<'_>| provider.decode(&Message::new(payload));
    let json = sample.json();
    let payload = Payload::from_body(json.as_bytes()).expect("JSON");
    // `query` leaves out what is null, but the name of a field for keys tells a callback also where it is empty.
    let is_no_key = |field: &&Field<'_>| {
        field.value().is_absent() && ["dtmf", "digits", "digit", "speech"].contains(&field.name())
    };
    let no_keys = payload.fields().iter().filter(is_no_key);
    let no_keys = no_keys.map(|field| format!("&{}=", field.name()));
    let query = sample.query() + &no_keys.collect::<String>();
    let event = decode(payload);
    let event = event.map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?;

    let got = decode(Payload::from_query(&query).expect("a query"));
    prop_assert_eq!(got.as_ref(), Ok(&event), "{}", query);

    let normalised = serde_json::to_string(&event).expect("names are text");
    let back: P::Event =
        serde_json::from_str(&normalised).expect("the normalised form is readable");
    prop_assert_eq!(&back, &event, "{}", normalised);
    let again = serde_json::to_string(&back).expect("names are text");
    prop_assert_eq!(again, normalised);
    let key = provider.key(&event);
    prop_assert_eq!(
        event.awaits_answer(),
        key.err() == Some(UncheckedReason::AwaitsAnswer)
    );
    let _ = (provider.app_id(&event), event.summary());
    Ok(())
}

/// Calls a function with each provider, and with the same arguments.
macro_rules! each_provider {
    ($check:ident($($argument:expr),*)) => {
        [
            $check(&Telecmi, $($argument),*),
            $check(&Piopiy, $($argument),*),
            $check(&Voipappz::body_field("event"), $($argument),*),
            $check(&Recipe, $($argument),*),
        ]
    };
}

proptest! {
    #[test]
    fn a_message_of_any_fields_is_one_event_as_json_as_a_query_and_read_back(sample in message()) {
        each_provider!(check(&sample)).into_iter().collect::<Result<(), _>>()?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_request_of_any_fields_is_one_event_as_json_as_a_query_and_read_back(sample in request()) {
        each_provider!(check(&sample)).into_iter().collect::<Result<(), _>>()?;
    }
}

/// Takes each field out of each documented message, as a token is taken out.
fn check_key_fields<P>(provider: &P)
where
    P: Provider,
    P::Event: CallEvent,
{
    let told = |sample: &Sample| {
        let json = sample.json();
        let payload = Payload::from_body(json.as_bytes()).expect("JSON");
        let event = provider.decode(&Message::new(payload)).expect("an event");
        let scope = Scope {
            provider: "",
            endpoint: "",
            tenant: "",
            app_id: provider.app_id(&event).unwrap_or_default(),
        };
        let identity = provider.key(&event).map(|key| Identity::new(scope, key));
        (event.kind().to_owned(), identity)
    };
    let key_fields = provider.key_fields();
    for sample in corpus() {
        let json = sample.json();
        let payload = Payload::from_body(json.as_bytes()).expect("JSON");
        for name in payload.fields().iter().map(Field::name) {
            let is_told_by = told(&sample) != told(&sample.clone().without(name));
            assert!(
                !is_told_by || key_fields.contains(&name),
                "{name} of {} is not among the key fields of {}",
                sample.name(),
                provider.name(),
            );
        }
    }
}

#[test]
fn a_field_that_tells_messages_or_their_kinds_apart_is_a_key_field() {
    each_provider!(check_key_fields());
}

fn check_tokens<P: Provider + Clone>(provider: &P) {
    const TOKEN: &str = "a token of 24 characters";
    let builder = || Endpoint::builder(provider.clone());
    for field in provider.key_fields() {
        let refused = |place: &str| {
            Some(ConfigError::Conflict {
                location: format!("{place} {field:?}"),
                uses: [LocationUse::Token, LocationUse::Identity],
            })
        };
        let in_body = builder().body_token(field, TOKEN).build();
        assert_eq!(in_body.err(), refused("body field"));
        let in_query = builder().query_token(field, TOKEN).build();
        assert_eq!(in_query.err(), refused("query parameter"));
        // A POST's fields may be in its query, too.
        let post_only = builder().post_only().query_token(field, TOKEN).build();
        assert_eq!(post_only.err(), refused("query parameter"));
    }
    for field in ["token", "custom"] {
        assert_eq!(builder().body_token(field, TOKEN).build().err(), None);
        assert_eq!(builder().query_token(field, TOKEN).build().err(), None);
    }
}

#[test]
fn no_token_is_read_from_a_key_field() {
    each_provider!(check_tokens());
    let of = |fields: Vec<&str>| fields.join(" ");
    assert_eq!(
        of(Telecmi.key_fields()),
        "dtmf digits digit speech action type appid app_id cmiuuid cmiuid cmuuid direction leg status to from time"
    );
    assert_eq!(
        of(Piopiy.key_fields()),
        "type appid app_id cmiuuid cmiuid cmuuid direction leg status to from start_time end_time duration \
         ws_status action dtmf digits digit speech"
    );
    assert_eq!(
        of(Voipappz::body_field("name").key_fields()),
        "event uuid direction user_name extension_username name"
    );
}

/// Whether a field of this name is an amount of money.
fn is_money(name: &str) -> bool {
    MONEY.iter().any(|word| name.contains(word))
}

const MONEY: [&str; 8] = [
    "balance", "rate", "cost", "price", "charge", "credit", "amount", "fare",
];

/// How many of the provider's documented messages have an amount.
fn check_money<P>(provider: &P) -> usize
where
    P: Provider,
    P::Event: Serialize + Debug,
{
    const AMOUNTS: [&str; 3] = ["918273.645546", "-918273", "918273645546 credits"];
    let mut documented = 0;
    for sample in corpus() {
        let json = sample.json();
        let payload = Payload::from_body(json.as_bytes()).expect("JSON");
        let names = payload.fields().iter().map(Field::name);
        let own: Vec<&str> = names.filter(|name| is_money(name)).collect();
        documented += usize::from(sample.provider() == provider.name() && !own.is_empty());
        for (name, amount) in own
            .iter()
            .chain(&MONEY)
            .flat_map(|name| AMOUNTS.map(|amount| (*name, amount)))
        {
            let json = sample.clone().with(name, amount).json();
            let payload = Payload::from_body(json.as_bytes()).expect("JSON");
            let event = provider.decode(&Message::new(payload)).expect("an event");
            let kept = serde_json::to_string(&event).expect("JSON");
            assert!(kept.contains(amount), "{name} of {}: {kept}", sample.name());
            let shown = format!("{event:?} {event:#?}");
            assert!(
                !shown.contains("918273"),
                "{name} of {}: {shown}",
                sample.name()
            );
        }
    }
    documented
}

#[test]
fn debug_shows_no_balance_and_no_rate() {
    assert_eq!(each_provider!(check_money()), [0, 4, 0, 0]);
}
