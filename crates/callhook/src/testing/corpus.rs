//! Payloads that the platforms' documentation prints, and some seen live with their identifiers replaced.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::payload::Payload;

/// One payload as a platform sends it.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Sample {
    /// `telecmi`, `piopiy` or `voipappz`.
    pub provider: String,
    /// What it is, such as `chub-cdr-in-answered`.
    pub name: String,
    /// `cdr`, `event`, `routing-request`, ...
    pub kind: String,
    payload: Box<RawValue>,
}

impl Sample {
    /// The body of a POST with this payload, as JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        self.payload.get()
    }

    /// The query string of a GET with this payload, which is also the body of a form. `null` is left out, nested values
    /// are JSON text.
    #[must_use]
    pub fn query(&self) -> String {
        // The samples are part of this crate and readable: a test holds them to it.
        let Ok(payload) = Payload::from_body(self.json().as_bytes()) else {
            return String::new();
        };
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let pairs: Vec<String> = payload
            .fields()
            .iter()
            .filter(|field| !field.value().is_absent())
            .map(|field| format!("{}={}", encode(field.name()), encode(field.value().text())))
            .collect();
        pairs.join("&")
    }
}

/// All samples.
#[must_use]
pub fn corpus() -> Vec<Sample> {
    include_str!("payloads.jsonl")
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_readable() {
        let lines = include_str!("payloads.jsonl").lines().count();
        assert_eq!(corpus().len(), lines);
        for sample in corpus() {
            assert!(!sample.query().is_empty(), "{}", sample.name);
        }
    }
}
