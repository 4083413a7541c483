//! What is read where strict JSON fails, by recursive descent.

use callhook::payload::UnreadableKind;

use super::{Grammar, MAX_DEPTH, MAX_FIELDS, Read, is_space, json, trim};

/// Reads an object or array once more.
pub fn read(text: &str, grammar: Grammar) -> Read {
    let json = as_json(text, grammar)?;
    let json = trim(&json);
    if json.starts_with('[') {
        json::array(json)
    } else {
        json::object(json)
    }
}

fn as_json(text: &str, grammar: Grammar) -> Result<String, UnreadableKind> {
    let mut reader = Reader {
        rest: text,
        is_template: grammar == Grammar::Template,
        json: String::new(),
        depth: 0,
        fields: 0,
    };
    reader.space();
    if !reader.rest.starts_with(['{', '[']) {
        return MALFORMED;
    }
    reader.container()?;
    reader.space();
    if reader.rest.is_empty() {
        Ok(reader.json)
    } else {
        MALFORMED
    }
}

const MALFORMED: Result<String, UnreadableKind> = Err(UnreadableKind::Malformed);

type Step = Result<(), UnreadableKind>;

struct Reader<'t> {
    rest: &'t str,
    is_template: bool,
    json: String,
    depth: usize,
    fields: usize,
}

impl<'t> Reader<'t> {
    fn space(&mut self) {
        loop {
            let after = self.rest.trim_start_matches(is_space);
            self.json
                .push_str(&self.rest[..self.rest.len() - after.len()]);
            self.rest = after;
            if !self.is_template || !after.starts_with("//") {
                return;
            }
            let end = after.find(['\r', '\n']).unwrap_or(after.len());
            self.rest = &after[end..];
            self.json.push(' ');
        }
    }

    fn skip(&mut self, char: char) -> bool {
        match self.rest.strip_prefix(char) {
            Some(after) => {
                self.rest = after;
                self.json.push(char);
                true
            }
            None => false,
        }
    }

    /// An object or array.
    fn container(&mut self) -> Step {
        let (is_object, close) = match self.rest.chars().next() {
            Some('{') => (true, '}'),
            _ => (false, ']'),
        };
        self.json.push_str(&self.rest[..1]);
        self.rest = &self.rest[1..];
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(UnreadableKind::TooDeep);
        }
        self.space();
        if !self.skip(close) {
            loop {
                if is_object {
                    self.name()?;
                    self.space();
                    if !self.skip(':') {
                        return Err(UnreadableKind::Malformed);
                    }
                    self.space();
                }
                self.value(is_object, close)?;
                self.space();
                if self.skip(close) {
                    break;
                }
                let before_comma = self.json.len();
                if !self.skip(',') {
                    return Err(UnreadableKind::Malformed);
                }
                self.space();
                if self.is_template && self.rest.starts_with(close) {
                    self.json.truncate(before_comma);
                    self.skip(close);
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn name(&mut self) -> Step {
        let name = self.string()?;
        let is_field = self.depth == 1;
        if is_field && self.fields == MAX_FIELDS {
            return Err(UnreadableKind::TooManyFields);
        }
        self.fields += usize::from(is_field);
        let before = self.json.len();
        self.push_string(name)?;
        if is_field && serde_json::from_str::<String>(&self.json[before..]).is_err() {
            return Err(UnreadableKind::Malformed);
        }
        Ok(())
    }

    fn value(&mut self, is_member: bool, close: char) -> Step {
        match self.rest.chars().next() {
            Some('{') if self.is_template && self.rest.starts_with("{{") => self.unquoted(close),
            Some('{' | '[') => self.container(),
            Some('"') => {
                let string = self.string()?;
                self.push_string(string)
            }
            Some(',' | '}') if is_member && self.is_template => {
                self.json.push_str("null");
                Ok(())
            }
            Some(_) if self.is_template => self.unquoted(close),
            _ => {
                let ends = |char| is_space(char) || "{}[]:,\"".contains(char);
                let end = self.rest.find(ends).unwrap_or(self.rest.len());
                let (scalar, after) = self.rest.split_at(end);
                if !is_scalar(scalar) {
                    return Err(UnreadableKind::Malformed);
                }
                self.json.push_str(scalar);
                self.rest = after;
                Ok(())
            }
        }
    }

    /// A string's literal, with its quotes.
    fn string(&mut self) -> Result<&'t str, UnreadableKind> {
        if !self.rest.starts_with('"') {
            return Err(UnreadableKind::Malformed);
        }
        let mut is_escaped = false;
        for (at, char) in self.rest.char_indices().skip(1) {
            match char {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => {
                    let (string, after) = self.rest.split_at(at + 1);
                    self.rest = after;
                    return Ok(string);
                }
                _ => {}
            }
        }
        Err(UnreadableKind::Malformed)
    }

    fn push_string(&mut self, literal: &str) -> Step {
        let before = self.json.len();
        let mut is_escaped = false;
        for char in literal.chars() {
            match char {
                ..' ' if is_escaped => return Err(UnreadableKind::Malformed),
                ..' ' => {
                    let quoted = serde_json::json!(char.to_string()).to_string();
                    self.json.push_str(quoted.trim_matches('"'));
                }
                _ => self.json.push(char),
            }
            is_escaped = char == '\\' && !is_escaped;
        }
        // As a value, half of a character is nothing that is wrong.
        match serde_json::from_str::<&serde_json::value::RawValue>(&self.json[before..]) {
            Ok(_) => Ok(()),
            Err(_) => Err(UnreadableKind::Malformed),
        }
    }

    fn unquoted(&mut self, close: char) -> Step {
        let text = self.rest;
        let mut end = 0;
        let mut open = 0_usize;
        // Without its end the text is broken, which is found out behind the value.
        while let Some(next) = text[end..].chars().next() {
            let (before, after) = text.split_at(end);
            let is_after_space = before.ends_with(is_space);
            match next {
                ',' | '}' => break,
                ']' if open == 0 && close == ']' => break,
                '/' if after.starts_with("//") && (is_after_space || is_whole(before)) => break,
                '/' if after.starts_with("/*") && is_after_space => {
                    return Err(UnreadableKind::Malformed);
                }
                '"' | '\\' => return Err(UnreadableKind::Malformed),
                '[' => open += 1,
                ']' => open = open.checked_sub(1).ok_or(UnreadableKind::Malformed)?,
                '{' => {
                    end += placeholder(after).ok_or(UnreadableKind::Malformed)?;
                    continue;
                }
                _ => {}
            }
            end += next.len_utf8();
        }
        if open > 0 {
            return Err(UnreadableKind::Malformed);
        }
        let value = text[..end].trim_end_matches(is_space);
        if value.is_empty() {
            return Err(UnreadableKind::Malformed);
        }
        if is_scalar(value) {
            self.json.push_str(value);
        } else {
            self.json.push_str(&serde_json::json!(value).to_string());
        }
        self.rest = &text[value.len()..];
        Ok(())
    }
}

fn is_scalar(text: &str) -> bool {
    let is_json = serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    is_json && !text.starts_with(['"', '{', '[']) && text.trim_matches(is_space) == text
}

/// Whether a comment may come right behind it.
fn is_whole(text: &str) -> bool {
    is_scalar(text) || (!text.is_empty() && text.chars().all(|char| char.is_ascii_digit()))
}

/// The length of a placeholder, in two or three braces.
fn placeholder(text: &str) -> Option<usize> {
    let (open, close) = if text.starts_with("{{{") {
        ("{{{", "}}}")
    } else {
        ("{{", "}}")
    };
    let inside = text.strip_prefix(open)?;
    let name = inside.find(close)?;
    let is_name = !inside[..name].contains(['{', '}', '"', '\\']);
    is_name.then_some(name + 2 * close.len())
}
