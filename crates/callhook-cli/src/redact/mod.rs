//! Payloads that can be shown to strangers: [`Redactor`].
//!
//! 1. What stays: the names of fields, their order, how each value is written (text, number, flag, nothing), terms such as
//!    a status or a direction, flags, figures of six digits at most, and words for "no value".
//! 2. What is invented: phone numbers, ids, names, agents, teams, files, URLs, pressed keys, the application's own data,
//!    and every field that is not documented. The invented value has the length and the shape of the one that was sent.
//! 3. The same value becomes the same in all messages of one run, so the legs of a call still join, and different values
//!    stay different. The next run has another key, unless it is given the same seed: anyone who knows or guesses the
//!    seed can undo it.
//! 4. Moments from 2010 to 2099 are moved into the past by whole days, as many for all: time of day and distances stay.
//!    Other ones are invented: they could be phone numbers.
//! 5. A redacted message is read as the same kind of event as the one that was sent.
//! 6. A term is kept where it looks like one: letters, digits and `_ : . -`, fewer than four digits, without a space. So
//!    is the name of a field, and of a key in nested JSON.

mod invent;
mod permutation;
mod request;
mod time;
mod value;

use callhook::payload::{Field, Payload, Unreadable, ValueKind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use self::permutation::Permutation;
use self::time::Shift;
use crate::error::Error;
use crate::nested::{Nested, quoted};
use crate::platform::{Platform, Role};

/// Invents values in the place of private ones.
pub(crate) struct Redactor {
    platform: Platform,
    permutation: Permutation,
    shift: Shift,
}

/// How far back moments are moved.
const MIN_DAYS: u64 = 30;
const MAX_DAYS: u64 = 400;

impl Redactor {
    /// With the key that this seed gives, or else a random one.
    pub(crate) fn new(platform: Platform, seed: Option<u64>) -> Result<Self, Error> {
        let mut key = [0; 16];
        match seed {
            Some(seed) => {
                let (first, second) = key.split_at_mut(8);
                first.copy_from_slice(&seed.to_le_bytes());
                second.copy_from_slice(b"callhook");
            }
            None => getrandom::fill(&mut key)
                .map_err(|error| Error::new(format_args!("no random key: {error}")))?,
        }
        let permutation = Permutation::new(key);
        let days = MIN_DAYS + permutation.number_below(b"days", MAX_DAYS - MIN_DAYS);
        Ok(Self {
            platform,
            permutation,
            shift: Shift {
                days: u32::try_from(days).unwrap_or_default(),
            },
        })
    }

    /// A body: JSON for JSON, a form for a form.
    pub(crate) fn body(&self, body: &[u8]) -> Result<String, Unreadable> {
        let payload = match self.platform {
            Platform::Voipappz => Payload::from_template_body(body)?,
            Platform::Telecmi | Platform::Piopiy => Payload::from_body(body)?,
        };
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if let [b'{' | b'[' | b'/', ..] = body.trim_ascii_start() {
            return Ok(self.object(&payload));
        }
        self.pairs(body, &payload)
    }

    /// A query.
    pub(crate) fn query(&self, query: &str) -> Result<String, Unreadable> {
        let payload = Payload::from_query(query)?;
        self.pairs(query.as_bytes(), &payload)
    }

    /// A form or a query, and its payload.
    fn pairs(&self, form: &[u8], payload: &Payload<'_>) -> Result<String, Unreadable> {
        let Some((name, json)) = single_field(form) else {
            return Ok(self.form(payload));
        };
        let json = self.body(json.as_bytes())?;
        Ok(pair(&self.name(&name), &json))
    }

    fn object(&self, payload: &Payload<'_>) -> String {
        if let Some(array) = payload.array() {
            return self.nested_text(array, true);
        }
        let field = |field: &Field<'_>| {
            let value = match field.value().kind() {
                ValueKind::Text => quoted(field.value().text()),
                ValueKind::Null => "null".to_owned(),
                _ => field.value().text().to_owned(),
            };
            let role = self.platform.role(field.name());
            let value = self.json(&value, role.unwrap_or(Role::Private), true);
            format!("{}:{value}", quoted(&self.name(field.name())))
        };
        let fields: Vec<String> = payload.fields().iter().map(field).collect();
        format!("{{{}}}", fields.join(","))
    }

    fn form(&self, payload: &Payload<'_>) -> String {
        let written = |field: &Field<'_>| {
            let role = self.platform.role(field.name()).unwrap_or(Role::Private);
            let value = match role {
                Role::Phone => field.value().phone_text(),
                _ => field.value().text(),
            };
            pair(&self.name(field.name()), &self.text(value, role))
        };
        let pairs: Vec<String> = payload.fields().iter().map(written).collect();
        pairs.join("&")
    }

    /// A value of JSON. `is_platforms`: whether the keys of what is nested are the platform's, and not the application's.
    fn json(&self, json: &str, role: Role, is_platforms: bool) -> String {
        match json.as_bytes().first() {
            Some(b'{' | b'[') => self.nested_text(json, is_platforms && role != Role::Application),
            Some(b'"') => {
                let text: String = serde_json::from_str(json).unwrap_or_default();
                quoted(&self.text(&text, role))
            }
            Some(b'0'..=b'9' | b'-') => self.number(json, role),
            // `true`, `false`, `null`.
            _ => json.to_owned(),
        }
    }

    fn nested_text(&self, json: &str, is_platforms: bool) -> String {
        match Nested::read(json) {
            Some(nested) => self.nested(&nested, is_platforms),
            // It was read before; but nothing gets out that wasn't.
            None => quoted(&invent::text(&self.permutation, json)),
        }
    }

    fn nested(&self, nested: &Nested, is_platforms: bool) -> String {
        let role = |name: &str| {
            let role = self.platform.role(name).filter(|_| is_platforms);
            role.unwrap_or(Role::Private)
        };
        match nested {
            Nested::Object(entries) => {
                let entry = |(name, value): &(String, Box<RawValue>)| {
                    let value = self.json(value.get(), role(name), is_platforms);
                    format!("{}:{value}", quoted(&self.name(name)))
                };
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(","))
            }
            Nested::Array(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| self.json(item.get(), Role::Private, is_platforms))
                    .collect();
                format!("[{}]", items.join(","))
            }
        }
    }

    /// The name of a field, where it looks like one, and else an invented one.
    fn name(&self, name: &str) -> String {
        if value::looks_like_name(name) {
            name.to_owned()
        } else {
            invent::text(&self.permutation, name)
        }
    }
}

fn pair(name: &str, value: &str) -> String {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("{}={}", encoded(name), encoded(value))
}

/// A form of one field that is an object of JSON, which is then the message.
fn single_field(form: &[u8]) -> Option<(String, String)> {
    let mut pairs = form_urlencoded::parse(form.trim_ascii());
    let (name, value) = pairs.next()?;
    let is_object = pairs.next().is_none() && Nested::read(value.trim_start()).is_some();
    (is_object && value.trim_start().starts_with('{')).then(|| (name.into(), value.into()))
}

#[cfg(test)]
mod tests;
