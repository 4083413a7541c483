//! From a piece of input to a request: [`read`].
//!
//! A piece is, in this order:
//!
//! 1. a request as `listen --save` writes it;
//! 2. with `--query` a query or a URL, with `--form` a form;
//! 3. JSON, as an endpoint reads it; escaped as nginx does in a log (`\x22`) or as a JSON string, too;
//! 4. a line of a log with a request line in it, such as `"GET /webhooks/telecmi?type=cdr HTTP/1.1"`;
//! 5. a URL, or a path, with a query; a query that begins with `?`;
//! 6. a line of a log that has a JSON object after other text, or a URL with a query;
//! 7. anything else: a body, which is then a form.
//!
//! The token's parameter in a query is left out: a server takes it out before it reads the message.

use super::decoder::{Refused, Request};
use super::log;
use crate::platform::Platform;
use crate::query::without;
use crate::saved::Saved;

/// What the user says of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Anything,
    Query,
    Form,
}

/// How the input is read.
pub(super) struct How {
    pub(super) given: Given,
    pub(super) platform: Platform,
    /// The name of the token's parameter in a query.
    pub(super) token_parameter: String,
}

/// A request, and what it was read from.
pub(super) struct Reading {
    pub(super) request: Request,
    pub(super) written: Written,
    pub(super) is_token_left_out: bool,
}

/// How it was written, so that it can be written so again.
pub(super) enum Written {
    Saved(Saved),
    /// A path and a query.
    Target,
    Query,
    Body,
}

pub(super) fn read(piece: &[u8], how: &How) -> Result<Reading, Refused> {
    let piece = piece.strip_prefix(b"\xef\xbb\xbf").unwrap_or(piece);
    let piece = piece.trim_ascii();
    if piece.starts_with(b"{")
        && let Some(saved) = Saved::read(piece)
    {
        let mut reading = of_saved(saved)?;
        reading.leave_out(&how.token_parameter);
        return Ok(reading);
    }
    let Ok(text) = std::str::from_utf8(piece) else {
        // The endpoint says where.
        return Ok(of_body(piece.to_vec()));
    };
    let mut reading = match how.given {
        Given::Query => of_url(text).unwrap_or_else(|| of_query(text)),
        Given::Form => return Ok(of_body(piece.to_vec())),
        Given::Anything => of_anything(text, how)?,
    };
    reading.leave_out(&how.token_parameter);
    Ok(reading)
}

impl Reading {
    /// Leaves the parameters of this name out of the query, and out of what may have been one.
    fn leave_out(&mut self, parameter: &str) {
        let request = &mut self.request;
        if let Some(query) = &mut request.query {
            let kept = without(query, parameter);
            self.is_token_left_out |= kept != *query;
            *query = kept;
        }
        match &mut self.written {
            Written::Saved(saved) => saved.query.clone_from(&request.query),
            Written::Body if !request.body.starts_with(b"{") && !request.body.starts_with(b"[") => {
                let Ok(form) = std::str::from_utf8(&request.body) else {
                    return;
                };
                let kept = without(form, parameter);
                if kept != form {
                    request.body = kept.into_bytes();
                    self.is_token_left_out = true;
                }
            }
            _ => {}
        }
    }
}

fn of_anything(text: &str, how: &How) -> Result<Reading, Refused> {
    if let Some(body) = log::escaped_json(text) {
        return Ok(of_body(body));
    }
    if text.starts_with('{') {
        return Ok(of_body(text.as_bytes().to_vec()));
    }
    if text.starts_with('[') {
        // An array, or the time at the beginning of a line of a log.
        let body = log::json_after_text(text).filter(|_| !log::is_json(text));
        return Ok(of_body(body.unwrap_or_else(|| text.as_bytes().to_vec())));
    }
    if let Some((method, target, rest)) = log::request_line(text) {
        return of_request_line(method, target, rest, how.platform);
    }
    if !text.contains(char::is_whitespace)
        && let Some(reading) = of_url(text)
    {
        return Ok(reading);
    }
    if text.starts_with('?') {
        return Ok(of_query(text));
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Err(no_message("the URL has no query"));
    }
    if let Some(body) = log::json_after_text(text) {
        return Ok(of_body(body));
    }
    if let Some(reading) = log::url(text).and_then(of_url) {
        return Ok(reading);
    }
    Ok(of_body(text.as_bytes().to_vec()))
}

/// A line of a log that has a request line.
fn of_request_line(
    method: &str,
    target: &str,
    rest: &str,
    platform: Platform,
) -> Result<Reading, Refused> {
    let known_fields = |reading: &Reading| {
        let query = reading.request.query.as_deref().unwrap_or_default();
        let mut fields = form_urlencoded::parse(query.as_bytes());
        // The event may be beside a body too.
        fields.any(|(name, _)| name != "event" && platform.role(&name).is_some())
    };
    match method {
        "GET" => of_target("GET", target)
            .ok_or_else(|| no_message("the line is of a GET without a query")),
        "POST" => {
            let in_query = of_target("POST", target);
            if let Some(reading) = in_query.filter(known_fields) {
                return Ok(reading);
            }
            match log::json_after_text(rest) {
                Some(body) => Ok(of_body(body)),
                None => Err(no_message(
                    "the line is of a POST: the message was in the body, which an access log doesn't have",
                )),
            }
        }
        _ => Err(no_message(
            "the line is of a request that is neither GET nor POST",
        )),
    }
}

fn no_message(why: &str) -> Refused {
    Refused {
        code: "no_message",
        text: format!("there is no message: {why}"),
    }
}

/// A URL, or a path, with a query.
fn of_url(text: &str) -> Option<Reading> {
    let mut starts = ["http://", "https://", "/"].iter();
    let is_url = starts.any(|start| text.starts_with(start));
    is_url.then(|| of_target("GET", text)).flatten()
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
        is_token_left_out: false,
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
        is_token_left_out: false,
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
        is_token_left_out: false,
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
        is_token_left_out: false,
    })
}
