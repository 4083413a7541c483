//! JSON as people write templates of it: three additions, taken out token by token.

use callhook::payload::UnreadableKind;

use super::{Read, json, trim};

/// Reads a template. `None` where the text is none at all.
#[must_use]
pub fn read(text: &str) -> Option<Read> {
    if !text.starts_with(['{', '[', '/']) {
        return None;
    }
    let json: String = without_additions(tokens(text)).concat();
    let json = trim(&json);
    match json.chars().next() {
        Some('{') => Some(json::object(json)),
        Some('[') => Some(json::array(json)),
        _ if json.is_empty() || !json.starts_with(['{', '[']) => None,
        _ => Some(Err(UnreadableKind::Malformed)),
    }
}

/// Strings, brackets, commas and colons, white space, and all else in runs. Comments are white space.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
            rest = &rest[length..];
            tokens.push(" ".to_owned());
            continue;
        } else if first == '"' {
            string_length(rest)
        } else if "{}[],:".contains(first) || super::is_space(first) {
            1
        } else {
            let ends = |(at, char): (usize, char)| {
                "{}[],:\"".contains(char) || super::is_space(char) || rest[at..].starts_with("//")
            };
            let end = rest.char_indices().find(|found| ends(*found));
            end.map_or(rest.len(), |(at, _)| at)
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn without_additions(tokens: Vec<String>) -> Vec<String> {
    let is_space = |token: &String| token.chars().all(super::is_space);
    let mut open: Vec<String> = Vec::new();
    let mut before: Option<String> = None;
    let mut kept = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let after = tokens[index + 1..].iter().find(|token| !is_space(token));
        let is_before = |any: &[&str]| match &before {
            None => any.contains(&""),
            Some(before) => any.contains(&&**before),
        };
        match &**token {
            "{" | "[" => open.push(token.clone()),
            "}" | "]" => drop(open.pop()),
            _ => {}
        }
        let closes = matches!(after.map(|after| &**after), Some("}" | "]"));
        let is_trailing = token == "," && closes && !is_before(&["", "{", "[", ",", ":"]);
        let is_in_array = open.last().is_some_and(|open| open == "[");
        let is_value = is_before(&[":", "["]) || (is_before(&[","]) && is_in_array);
        let is_number = token.len() > 1
            && token.starts_with('0')
            && token.bytes().all(|byte| byte.is_ascii_digit());
        kept.push(match token {
            _ if is_trailing => " ".to_owned(),
            number if is_number && is_value => format!("\"{number}\""),
            other => other.clone(),
        });
        if !is_space(token) {
            before = Some(token.clone());
        }
    }
    kept
}
