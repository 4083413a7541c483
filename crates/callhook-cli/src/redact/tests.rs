//! What a redacted message still is, and what is no longer in it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use callhook::payload::Payload;
use callhook::testing::calls::{Edition, Scenario, SimulatedCall};
use clap::ValueEnum;

use super::*;
use crate::decode::decoder::{Decoded, Decoder, Options, Request};
use crate::saved::Saved;

fn platform(name: &str) -> Platform {
    Platform::from_str(name, false).expect("a platform")
}

/// Made once: there are thousands of messages.
static TOOLS: LazyLock<Vec<(Decoder, Redactor)>> = LazyLock::new(|| {
    let tools = |platform: &Platform| {
        let decoder = Decoder::new(*platform, &Options::default());
        let redactor = Redactor::new(*platform, Some(21));
        (decoder.expect("a decoder"), redactor.expect("a key"))
    };
    Platform::value_variants().iter().map(tools).collect()
});

fn redactor(platform: Platform) -> &'static Redactor {
    &TOOLS[platform as usize].1
}

fn decode(platform: Platform, request: &Request) -> Decoded {
    let decoded = TOOLS[platform as usize].0.decode(request);
    decoded.unwrap_or_else(|refused| panic!("{}", refused.text))
}

/// A message as the platform would send it in each form.
fn forms(json: &str, query: &str, path: &str) -> [Request; 3] {
    let request = |method: &'static str, query: Option<&str>, body: &str| Request {
        method,
        path: path.to_owned(),
        query: query.map(str::to_owned),
        content_type: None,
        body: body.as_bytes().to_vec(),
    };
    [
        request("POST", None, json),
        request("POST", None, query),
        request("GET", Some(query), ""),
    ]
}

fn redact(platform: Platform, request: &Request) -> Request {
    let redactor = redactor(platform);
    let mut redacted = request.clone();
    match &request.query {
        Some(query) => redacted.query = Some(redactor.query(query).expect("a query")),
        None => redacted.body = redactor.body(&request.body).expect("a body").into_bytes(),
    }
    redacted
}

/// What has to stay as it was.
fn nature(decoded: &Decoded) -> impl PartialEq + std::fmt::Debug + use<> {
    let names = |json: &str| -> BTreeSet<String> {
        match Nested::read(json) {
            Some(Nested::Object(entries)) => entries.into_iter().map(|(name, _)| name).collect(),
            _ => BTreeSet::new(),
        }
    };
    (
        decoded.kind.clone(),
        decoded.status.clone(),
        decoded.unrecognized,
        decoded.message_key.map(|_| ()),
        names(&decoded.event),
        decoded
            .extra
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>(),
    )
}

fn all_messages() -> Vec<(Platform, String, Request)> {
    let mut messages = Vec::new();
    for sample in callhook::testing::corpus() {
        let path = "/webhooks/call-answer";
        for form in forms(&sample.json(), &sample.query(), path) {
            messages.push((platform(sample.provider()), sample.name().to_owned(), form));
        }
    }
    for scenario in Scenario::ALL {
        for edition in scenario.editions() {
            let call = SimulatedCall::of_edition(*scenario, *edition, 3).expect("a call");
            for message in call.messages() {
                let path = format!("/webhooks/{}", message.event_name().unwrap_or("x"));
                let name = format!("{scenario} of {edition}: {}", message.name());
                let platform = platform(&edition.platform().to_string());
                for form in forms(&message.json(), &message.query(), &path) {
                    messages.push((platform, name.clone(), form));
                }
            }
        }
    }
    messages
}

#[test]
fn a_redacted_message_is_of_the_same_kind_with_the_same_fields() {
    for (platform, name, request) in all_messages() {
        let redacted = redact(platform, &request);
        let (before, after) = (decode(platform, &request), decode(platform, &redacted));
        assert_eq!(nature(&after), nature(&before), "{name}");
    }
}

/// Runs of six digits and more, but for zeros alone, and of four letters and more.
fn traces(text: &str, is_letters: bool) -> BTreeSet<String> {
    let is_of_run = |char: char| match is_letters {
        true => char.is_alphabetic(),
        false => char.is_ascii_digit(),
    };
    let least = if is_letters { 4 } else { 6 };
    text.split(|char: char| !is_of_run(char))
        .filter(|run| run.len() >= least && run.bytes().any(|byte| byte != b'0'))
        .map(str::to_owned)
        .collect()
}

/// The texts that something private could be in: of fields that are not documented, too.
fn private_texts(platform: Platform, request: &Request) -> Vec<String> {
    let payload = match &request.query {
        Some(query) => Payload::from_query(query),
        None => Payload::from_body(&request.body),
    };
    let payload = payload.expect("a payload");
    let array = payload.array().map(str::to_owned);
    let is_private = |field: &&Field<'_>| {
        !matches!(
            platform.role(field.name()),
            Some(Role::Term | Role::Flag | Role::Figure | Role::Clock | Role::Time)
        )
    };
    let fields = payload.fields().iter().filter(is_private);
    let texts = fields.map(|field| field.value().text().to_owned());
    texts.chain(array).collect()
}

#[test]
fn nothing_private_is_left_in_a_redacted_message() {
    // Names of keys within JSON stay, words for "no value", schemes and masks.
    let kept = [
        "none", "null", "false", "true", "https", "http", "key", "value", "click", "call", "status",
    ];
    for (platform, name, request) in all_messages() {
        let redacted = redact(platform, &request);
        let shown = |request: &Request| {
            let query = request.query.clone().unwrap_or_default();
            query + &String::from_utf8_lossy(&request.body)
        };
        let before = shown(&request);
        let after = shown(&redacted);
        for digits in traces(&before, false) {
            assert!(!after.contains(&digits), "{name}: {digits} in {after}");
        }
        let after: BTreeSet<String> = private_texts(platform, &redacted)
            .iter()
            .flat_map(|text| traces(text, true))
            .collect();
        for text in private_texts(platform, &request) {
            let keys = keys_of(&text);
            for word in traces(&text, true) {
                let is_mask = word.bytes().all(|byte| matches!(byte, b'x' | b'X'));
                let is_kept =
                    is_mask || kept.contains(&&*word.to_lowercase()) || keys.contains(&word);
                assert!(is_kept || !after.contains(&word), "{name}: {word}");
            }
        }
    }
}

/// The words of the keys of nested JSON.
fn keys_of(text: &str) -> BTreeSet<String> {
    match Nested::read(text) {
        Some(Nested::Object(entries)) => entries
            .iter()
            .flat_map(|(name, value)| {
                let mut words = traces(name, true);
                words.extend(keys_of(value.get()));
                words
            })
            .collect(),
        Some(Nested::Array(items)) => items.iter().flat_map(|item| keys_of(item.get())).collect(),
        None => BTreeSet::new(),
    }
}

#[test]
fn the_legs_of_a_redacted_call_still_join() {
    use callhook::call::{Call, CallBook};
    use std::time::SystemTime;

    for edition in [Edition::Chub, Edition::Piopiy2024] {
        let call = SimulatedCall::of_edition(Scenario::InboundTwoAgents, edition, 5);
        let call = call.expect("a call");
        let platform = platform(&edition.platform().to_string());
        let book = CallBook::new();
        for message in call.messages() {
            let [request, ..] = forms(&message.json(), &message.query(), "/");
            let decoded = decode(platform, &redact(platform, &request));
            let summary = serde_json::from_str(&decoded.summary).expect("a summary");
            book.join(&Call::of_summary(&summary, None, SystemTime::UNIX_EPOCH));
        }
        assert_eq!(book.len(), 1, "{edition}");
    }
}

#[test]
fn a_saved_request_is_redacted_with_its_path_and_its_query() {
    let request = callhook::testing::telecmi::cdr_inbound_answered();
    let saved = Saved {
        at: Some("2026-11-28T00:09:49.123456789Z".to_owned()),
        method: "POST".to_owned(),
        path: "/webhooks/hunter2hunter2/telecmi".to_owned(),
        query: Some("token=hunter2-of-the-relay&event=call-answer".to_owned()),
        content_type: Some("application/json; boundary=hunter2".to_owned()),
        body: Some(request.json()),
        body_base64: None,
    };
    let redacted = redactor(Platform::Telecmi)
        .saved(&saved)
        .expect("a request");
    let shown = serde_json::to_string(&redacted).expect("JSON");
    for private in [
        "hunter2",
        "relay",
        "2222223",
        "16132200",
        "Sales",
        "123456789",
    ] {
        assert!(!shown.contains(private), "{private} in {shown}");
    }
    assert!(redacted.path.starts_with("/webhooks/") && redacted.path.ends_with("/telecmi"));
    assert_eq!(redacted.content_type.as_deref(), Some("application/json"));
    let [request, ..] = forms(redacted.body.as_deref().unwrap_or_default(), "", "/");
    assert_eq!(decode(Platform::Telecmi, &request).kind, "cdr");
}

#[test]
fn hostile_values_are_redacted_too() {
    let redactor = redactor(Platform::Telecmi);
    for (body, private) in [
        (
            r#"{"type":"cdr","status":"442079460958","cmiuuid":"x"}"#,
            "442079460958",
        ),
        (r#"{"type":"cdr","Zoe Quinn":"1"}"#, "Quinn"),
        (
            r#"{"type":"cdr","user":{"Zoe Quinn":[{"a":"Quinn"}]}}"#,
            "Quinn",
        ),
        (r#"{"custom":"{'name': 'Quinn'}"}"#, "Quinn"),
        (r#"{"custom":"{\"name\": \"Quinn\"}"}"#, "Quinn"),
        (r#"{"to":"sip:quinn@example.org"}"#, "quinn"),
        (r#"{"user":"קווין"}"#, "קווין"),
        (r#"[{"cdr":[{"user":"Quinn"}]}]"#, "Quinn"),
        ("user=Quinn&type=cdr", "Quinn"),
        (r#"payload={"user":"Quinn"}"#, "Quinn"),
        (r#"{"user":"{{Quinn of 442079460958}}"}"#, "442079460958"),
    ] {
        let redacted = redactor.body(body.as_bytes()).expect("a body");
        assert!(!redacted.contains(private), "{redacted}");
        Payload::from_body(redacted.as_bytes()).expect("a payload");
    }
}

#[test]
fn the_same_seed_gives_the_same_and_no_seed_another_each_time() {
    let body = br#"{"from":442079460958}"#;
    let redacted = |seed| {
        let redactor = Redactor::new(Platform::Telecmi, seed).expect("a key");
        redactor.body(body).expect("a body")
    };
    assert_eq!(redacted(Some(1)), redacted(Some(1)));
    assert_ne!(redacted(Some(1)), redacted(Some(2)));
    assert_ne!(redacted(None), redacted(None));
}
