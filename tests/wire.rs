//! Messages, and the four ways of sending the same fields.

use std::collections::BTreeMap;

use callhook_test_support::request;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) const TELECMI: &str = "/webhooks/telecmi";
pub(crate) const PIOPIY: &str = "/webhooks/piopiy";
pub(crate) const VOIPAPPZ: &str = VOIPAPPZ_EVENTS[3];

/// Voipappz's: each event has a URL of its own.
pub(crate) const VOIPAPPZ_EVENTS: [&str; 6] = [
    "/webhooks/voipappz/call-ringing",
    "/webhooks/voipappz/call-answer",
    "/webhooks/voipappz/call-hangup",
    "/webhooks/voipappz/call-reporting",
    "/webhooks/voipappz/ivr-start",
    "/webhooks/voipappz/ivr-end",
];

/// A URL of each provider's.
pub(crate) const ALL_PROVIDERS: [&str; 3] = [TELECMI, PIOPIY, VOIPAPPZ];

/// Whose URL it is.
pub(crate) fn provider_of(path: &str) -> &str {
    path.split('/').nth(2).expect("a provider")
}

/// How a message is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// POST with a JSON body.
    Json,
    /// POST with a form.
    Form,
    /// POST with a form whose only field is the JSON text.
    JsonInForm,
    /// GET.
    Query,
}

impl Encoding {
    pub(crate) const ALL: [Self; 4] = [Self::Json, Self::Form, Self::JsonInForm, Self::Query];

    /// The request that carries a JSON object's fields.
    pub(crate) fn request(self, target: &str, json: &str) -> Vec<u8> {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        match self {
            Self::Json => {
                let headers = [("content-type", "application/json")];
                request("POST", target, &headers, json.as_bytes())
            }
            Self::Form => request("POST", target, &form, pairs(json, true).as_bytes()),
            Self::JsonInForm => {
                let body = format!("payload={}", percent(json, true));
                request("POST", target, &form, body.as_bytes())
            }
            Self::Query => request("GET", &format!("{target}&{}", pairs(json, false)), &[], b""),
        }
    }
}

fn pairs(json: &str, is_form: bool) -> String {
    let pair = |(name, text): (String, String)| {
        format!("{}={}", percent(&name, is_form), percent(&text, is_form))
    };
    texts(json)
        .into_iter()
        .map(pair)
        .collect::<Vec<_>>()
        .join("&")
}

/// The fields of an object as a GET sender writes them: numbers with their digits, objects as compact JSON, `null` not
/// at all.
pub(crate) fn texts(json: &str) -> BTreeMap<String, String> {
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json).expect("an object");
    let text = |(name, raw): (String, Box<RawValue>)| {
        let text = match raw.get().as_bytes() {
            [b'n', ..] => return None,
            [b'"', ..] => serde_json::from_str(raw.get()).expect("a string"),
            [b'{' | b'[', ..] => {
                let nested: Value = serde_json::from_str(raw.get()).expect("an object");
                nested.to_string()
            }
            _ => raw.get().to_owned(),
        };
        Some((name, text))
    };
    fields.into_iter().filter_map(text).collect()
}

/// Percent-encodes. A form's space is a `+`, but not before a digit, where the server may take it for a phone number's.
pub(crate) fn percent(text: &str, is_form: bool) -> String {
    let bytes = text.as_bytes();
    let mut encoded = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(*byte));
            }
            b' ' if is_form && !bytes.get(index + 1).is_some_and(u8::is_ascii_digit) => {
                encoded.push('+')
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// One documented payload.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Where it is sent to.
    pub(crate) path: &'static str,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) status: Option<String>,
    pub(crate) json: String,
}

/// All documented payloads.
pub(crate) fn corpus() -> Vec<Sample> {
    let sample = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let provider = text("provider").expect("a provider");
        let mut paths = ALL_PROVIDERS.into_iter();
        Sample {
            path: paths
                .find(|path| provider_of(path) == provider)
                .expect("a route"),
            name: text("name").expect("a name"),
            kind: text("kind").expect("a kind"),
            status: text("status"),
            json: line["payload"].to_string(),
        }
    };
    let samples: Vec<_> = include_str!("../crates/callhook/src/testing/payloads.jsonl")
        .lines()
        .map(sample)
        .collect();
    for (path, count) in ALL_PROVIDERS.into_iter().zip([29, 16, 1]) {
        let samples = samples.iter().filter(|sample| sample.path == path);
        assert!(samples.count() >= count, "the corpus of {path} has shrunk");
    }
    samples
}

/// The documented payload of this name.
pub(crate) fn documented(name: &str) -> Sample {
    let mut samples = corpus().into_iter();
    samples
        .find(|sample| sample.name == name)
        .expect("a sample of this name")
}

/// What the `fields` of a message have to be, every value as text: what was sent under the documented names, without
/// what means "no value"; and what kind of message it is, where the body needn't say.
pub(crate) fn expected_fields(path: &str, event: &str, json: &str) -> BTreeMap<String, String> {
    let app_id = if path == TELECMI && event == "live" {
        "app_id"
    } else {
        "appid"
    };
    let is_voipappz = provider_of(path) == "voipappz";
    let mut fields: BTreeMap<_, _> = texts(json)
        .into_iter()
        .filter(|(name, text)| {
            let is_nothing = matches!(&**text, "none" | "false" | r#"{"{}":null}"#);
            let is_own = matches!(&**name, "custom" | "extra_params");
            !text.is_empty() && text != "null" && !(is_own && is_nothing)
        })
        .map(|(name, text)| match &*name {
            _ if is_voipappz => (name, text),
            "appid" | "app_id" => (app_id.to_owned(), text),
            "cmiuid" | "cmuuid" => ("cmiuuid".to_owned(), text),
            "parent_uid" => ("conversation_uuid".to_owned(), text),
            "type" | "status" => (name, text.to_ascii_lowercase()),
            _ => (name, text),
        })
        .collect();
    let mut say = |name: &str, text: &str| fields.insert(name.to_owned(), text.to_owned());
    match event {
        "cdr" => say("type", "cdr"),
        "live" | "stream" => say("type", "event"),
        "report" => say("event", &event_name(path)),
        _ => None,
    };
    fields
}

/// Voipappz's name for what a URL such as `/webhooks/voipappz/call-answer` is told: `Call:Answer`.
pub(crate) fn event_name(path: &str) -> String {
    let (_, segment) = path.rsplit_once('/').expect("a segment");
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    segment.split('-').map(word).collect::<Vec<_>>().join(":")
}

/// The `fields` that `/messages` shows, every value as text.
pub(crate) fn shown_fields(call: &Value) -> BTreeMap<String, String> {
    let fields: &Map<String, Value> = call["fields"].as_object().expect("an object");
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    fields
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}
