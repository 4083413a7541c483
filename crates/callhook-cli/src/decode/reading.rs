//! From a piece of input to a request: [`read`].
//!
//! A piece is, in this order:
//!
//! 1. a request as `listen --save` writes it;
//! 2. with `--query` a query, with `--form` a form;
//! 3. JSON, as an endpoint reads it; escaped as nginx does in a log (`\x22`) or as a JSON string, too;
//! 4. a line of an access log with a request line in it, such as `"GET /webhooks/telecmi?type=cdr HTTP/1.1"`;
//! 5. a URL, or a path, with a query; a query that begins with `?`;
//! 6. anything else: a body, which is then a form.

use super::decoder::{Refused, Request};
use crate::saved::Saved;

/// What the user says of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Anything,
    Query,
    Form,
}

/// A request, and what it was read from.
pub(super) struct Reading {
    pub(super) request: Request,
    pub(super) written: Written,
}

/// How it was written, so that it can be written so again.
pub(super) enum Written {
    Saved(Saved),
    /// A path and a query.
    Target,
    Query,
    Body,
}

pub(super) fn read(piece: &[u8], given: Given) -> Result<Reading, Refused> {
    let piece = piece.strip_prefix(b"\xef\xbb\xbf").unwrap_or(piece);
    let piece = piece.trim_ascii();
    if piece.starts_with(b"{")
        && let Some(saved) = Saved::read(piece)
    {
        return of_saved(saved);
    }
    let Ok(text) = std::str::from_utf8(piece) else {
        // The endpoint says where.
        return Ok(of_body(piece.to_vec()));
    };
    Ok(match given {
        Given::Query => of_query(text),
        Given::Form => of_body(piece.to_vec()),
        Given::Anything => of_anything(text),
    })
}

fn of_anything(text: &str) -> Reading {
    if let Some(body) = escaped_json(text) {
        return of_body(body);
    }
    if text.starts_with(['{', '[']) {
        return of_body(text.as_bytes().to_vec());
    }
    if let Some((method, target)) = request_line(text)
        && let Some(reading) = of_target(method, target)
    {
        return reading;
    }
    let is_target = ["http://", "https://", "/"]
        .iter()
        .any(|start| text.starts_with(start));
    if is_target
        && !text.contains(char::is_whitespace)
        && let Some(reading) = of_target("GET", text)
    {
        return reading;
    }
    if text.starts_with('?') {
        return of_query(text);
    }
    of_body(text.as_bytes().to_vec())
}

fn of_saved(saved: Saved) -> Result<Reading, Refused> {
    let refused = |text: String| Refused {
        code: "saved_request",
        text,
    };
    let body = saved
        .bytes()
        .ok_or_else(|| refused("`body_base64` is not base64 with padding".to_owned()))?;
    let method = match &*saved.method {
        "GET" => "GET",
        "POST" => "POST",
        _ => {
            let text = "`method` is neither GET nor POST: such a request has no message";
            return Err(refused(text.to_owned()));
        }
    };
    Ok(Reading {
        request: Request {
            method,
            path: saved.path.clone(),
            query: saved.query.clone(),
            content_type: saved.content_type.clone(),
            body,
        },
        written: Written::Saved(saved),
    })
}

fn of_body(body: Vec<u8>) -> Reading {
    Reading {
        request: Request {
            method: "POST",
            path: "/".to_owned(),
            query: None,
            content_type: None,
            body,
        },
        written: Written::Body,
    }
}

fn of_query(text: &str) -> Reading {
    let query = text.strip_prefix('?').unwrap_or(text);
    Reading {
        request: Request {
            method: "GET",
            path: "/".to_owned(),
            query: Some(query.to_owned()),
            content_type: None,
            body: Vec::new(),
        },
        written: Written::Query,
    }
}

/// A URL, or what a request line has of it. `None` without a query.
fn of_target(method: &'static str, target: &str) -> Option<Reading> {
    let target = target.split('#').next().unwrap_or(target);
    let (before, query) = target.split_once('?')?;
    let path = match before.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => before,
    };
    Some(Reading {
        request: Request {
            method,
            path: path.to_owned(),
            query: Some(query.to_owned()),
            content_type: None,
            body: Vec::new(),
        },
        written: Written::Target,
    })
}

/// The method and the target of a request line that is somewhere in a line of a log.
fn request_line(text: &str) -> Option<(&'static str, &str)> {
    ["GET", "POST"].into_iter().find_map(|method| {
        text.match_indices(method).find_map(|(at, _)| {
            let before = text.get(..at)?.chars().next_back();
            let is_start = before.is_none_or(|before| !before.is_alphanumeric());
            let rest = text.get(at + method.len()..)?.strip_prefix(' ')?;
            let (target, rest) = rest.split_once(' ')?;
            (is_start && rest.starts_with("HTTP/")).then_some((method, target))
        })
    })
}

/// JSON as logs escape it: `{\x22type\x22:..`, or a JSON string that has JSON in it.
fn escaped_json(text: &str) -> Option<Vec<u8>> {
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
