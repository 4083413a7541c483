//! A message for programs: an object on a line of its own.

use std::io;

use callhook::UncheckedReason;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::Place;
use super::decoder::{Decoded, Refused};
use crate::hex::hex;
use crate::out;
use crate::platform::Platform;

#[derive(Serialize)]
struct Line<'a, C> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    provider: &'static str,
    #[serde(flatten)]
    content: C,
}

#[derive(Serialize)]
struct Message<'a> {
    kind: &'a str,
    status: Option<&'a str>,
    /// Why it was not recognised.
    unrecognized: Option<&'static str>,
    message_key: Option<String>,
    content_key: Option<String>,
    /// Why there is no key.
    unchecked: Option<&'static str>,
    event: Box<RawValue>,
    summary: Box<RawValue>,
    not_understood: Texts<'a>,
}

#[derive(Serialize)]
struct Failure<'a> {
    error: Refusal<'a>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    code: &'static str,
    text: &'a str,
}

/// Names and texts, in their order.
struct Texts<'a>(&'a [(String, String)]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

pub(super) fn write(
    platform: Platform,
    place: &Place,
    decoded: &Result<Decoded, Refused>,
) -> io::Result<()> {
    match decoded {
        Ok(decoded) => {
            let raw = |json: &str| RawValue::from_string(json.to_owned());
            let message = Message {
                kind: &decoded.kind,
                status: decoded.status.as_deref(),
                unrecognized: decoded.unrecognized,
                message_key: decoded.message_key.ok().map(|key| hex(&key)),
                content_key: decoded.content_key.ok().map(|key| hex(&key)),
                unchecked: decoded.message_key.err().map(|reason| match reason {
                    UncheckedReason::AwaitsAnswer => "awaits_answer",
                    _ => "no_id",
                }),
                event: raw(&decoded.event)?,
                summary: raw(&decoded.summary)?,
                not_understood: Texts(&decoded.extra),
            };
            line(platform, place, message)
        }
        Err(refused) => {
            let error = Refusal {
                code: refused.code,
                text: &refused.text,
            };
            line(platform, place, Failure { error })
        }
    }
}

fn line(platform: Platform, place: &Place, content: impl Serialize) -> io::Result<()> {
    out::write_json(&Line {
        file: place.file.as_deref(),
        line: place.line,
        provider: platform.name(),
        content,
    })
}
