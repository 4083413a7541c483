//! What lines of logs have of a request: a request line, a URL, or JSON after other text.

use serde::de::IgnoredAny;

const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The method and the target of a request line, which may be anywhere in a line, with or without `HTTP/1.1`; and what
/// comes after them.
pub(super) fn request_line(text: &str) -> Option<(&'static str, &str, &str)> {
    METHODS.into_iter().find_map(|method| {
        text.match_indices(method).find_map(|(at, _)| {
            let before = text.get(..at)?.chars().next_back();
            let is_start = before.is_none_or(|before| !before.is_alphanumeric());
            let rest = text.get(at + method.len()..)?.strip_prefix(' ')?;
            let end = rest.find(|char: char| char.is_whitespace() || char == '"');
            let (target, rest) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
            (is_start && is_target(target)).then_some((method, target, rest))
        })
    })
}

fn is_target(text: &str) -> bool {
    ["/", "http://", "https://"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// A URL or a path with a query, after other text.
pub(super) fn url(text: &str) -> Option<&str> {
    let mut words = text.split(|char: char| char.is_whitespace() || char == '"');
    let found = words.find(|word| {
        let has_field = |(_, query): (&str, &str)| query.contains('=');
        is_target(word) && word.split_once('?').is_some_and(has_field)
    })?;
    let at = text.find(found)?;
    // A form may have one in a value.
    (!text.get(..at)?.contains('&')).then_some(found)
}

/// An object of JSON after the text of a line of a log, such as `12:00 got webhook: {"type":"cdr"}`. What comes after it
/// doesn't count.
pub(super) fn json_after_text(text: &str) -> Option<Vec<u8>> {
    let starts = text.match_indices('{').take(STARTS);
    starts.map(|(at, _)| at).find_map(|at| {
        let (before, rest) = text.split_at_checked(at)?;
        // A form may have JSON in a value.
        let is_text = before.contains(char::is_whitespace) && !before.contains('&');
        if !is_text {
            return None;
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        if let Some(Ok(_)) = values.next() {
            let object = rest.get(..values.byte_offset())?;
            return object.contains(':').then(|| object.as_bytes().to_vec());
        }
        let escaped = rest.get(..=rest.rfind('}')?)?;
        escaped_json(escaped).or_else(|| escaped_json(&format!("\"{escaped}\"")))
    })
}

/// A log may have braces before.
const STARTS: usize = 8;

pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// JSON as logs escape it: `{\x22type\x22:..`, or a JSON string that has JSON in it.
pub(super) fn escaped_json(text: &str) -> Option<Vec<u8>> {
    let inside = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    if let Some(inside) = inside {
        if let Ok(unescaped) = serde_json::from_str::<String>(text) {
            let is_json = unescaped.trim_start().starts_with(['{', '[']);
            return is_json.then(|| unescaped.into_bytes());
        }
        return escaped_json(inside);
    }
    let is_escaped = text.starts_with(['{', '[']) && text.contains("\\x22") && !text.contains('"');
    is_escaped.then(|| unescape(text))
}

/// Without nginx's escapes: `\x22` is a byte.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        let (before, escape) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let digits = escape.get(2..4);
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let length = match byte {
            Some(byte) => {
                bytes.push(byte);
                4
            }
            None => {
                bytes.extend_from_slice(b"\\x");
                2
            }
        };
        rest = escape.get(length..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
