//! A message for people.

use std::fmt::Display;
use std::io::{self, Write};

use callhook::UncheckedReason;
use callhook::value::Timestamp;

use super::Place;
use super::decoder::{Decoded, Refused};
use crate::hex::hex;
use crate::nested::Nested;
use crate::platform::Platform;
use crate::style::{BAD, HEAD, NAME, NOTE, in_style, plain};

pub(super) fn decoded(
    out: &mut impl Write,
    platform: Platform,
    place: &Place,
    decoded: &Decoded,
) -> io::Result<()> {
    let name = platform.name();
    let status = decoded.status.as_deref().map(plain).unwrap_or_default();
    let head = format!("{name} {} {status}", decoded.kind);
    writeln!(out, "{}{}", at(place), in_style(HEAD, head.trim_end()))?;
    if let Some(reason) = decoded.unrecognized {
        let why = format!("not recognised: {reason}");
        writeln!(out, "  {}", in_style(NOTE, why))?;
    }
    match (decoded.message_key, decoded.content_key) {
        (Ok(message), Ok(content)) => {
            line(out, "message key", hex(&message))?;
            line(out, "content key", hex(&content))?;
        }
        (Err(reason), _) | (_, Err(reason)) => line(out, "message key", no_key(reason))?,
    }

    let is_extra = |name: &str| decoded.extra.iter().any(|(extra, _)| extra == name);
    let fields = entries(&decoded.event);
    let fields: Vec<_> = fields.iter().filter(|(name, _)| !is_extra(name)).collect();
    block(
        out,
        "event",
        fields
            .into_iter()
            .map(|(name, json)| (&**name, value(json))),
    )?;
    let summary = entries(&decoded.summary);
    let told: Vec<_> = summary
        .iter()
        .filter(|(name, json)| json != "null" && name != "provider" && name != "status")
        .collect();
    let told = told.into_iter().map(|(name, json)| match &**name {
        "started_at" | "answered_at" | "ended_at" => (&**name, moment(json)),
        _ => (&**name, value(json)),
    });
    block(out, "of its call", told)?;

    if decoded.extra.is_empty() || decoded.unrecognized.is_some() {
        let fields = decoded.extra.iter();
        let fields = fields.map(|(name, text)| (&**name, plain(text)));
        return block(out, "fields", fields);
    }
    let extra = decoded.extra.iter().map(|(name, text)| {
        let why = match platform.role(name) {
            Some(_) => "can't be read as what this field is, or means \"no value\"",
            None => "a field that is not documented",
        };
        (
            &**name,
            format!("{}   {}", plain(text), in_style(NOTE, why)),
        )
    });
    block(out, "not understood", extra)
}

pub(super) fn refused(out: &mut impl Write, place: &Place, refused: &Refused) -> io::Result<()> {
    let code = in_style(BAD, format_args!("can't be read ({})", refused.code));
    writeln!(out, "{}{code}: {}", at(place), refused.text)
}

/// Where the output has other messages.
pub(super) fn refused_aside(place: &Place, what: &Refused) -> io::Result<()> {
    // Where that can't be written, nobody is left to be told, and the other messages are printed all the same.
    let _ = refused(&mut anstream::stderr().lock(), place, what);
    Ok(())
}

fn at(place: &Place) -> String {
    let file = place.file.iter().map(|file| format!("{}: ", plain(file)));
    let line = place.line.iter().map(|line| format!("line {line}: "));
    file.chain(line).collect()
}

fn line(out: &mut impl Write, name: &str, value: impl Display) -> io::Result<()> {
    writeln!(
        out,
        "  {} {value}",
        in_style(NAME, format_args!("{name:<WIDTH$}"))
    )
}

fn block<'n>(
    out: &mut impl Write,
    title: &str,
    lines: impl Iterator<Item = (&'n str, String)>,
) -> io::Result<()> {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        writeln!(out, "  {}", in_style(HEAD, title))?;
    }
    for (name, value) in lines {
        let name = if name.is_empty() { "(array)" } else { name };
        let name = format!("{:<1$}", plain(name), WIDTH - 2);
        writeln!(out, "    {} {value}", in_style(NAME, name))?;
    }
    Ok(())
}

/// The longest documented name has 21.
const WIDTH: usize = 24;

/// An object's names and values, as JSON.
fn entries(json: &str) -> Vec<(String, String)> {
    match Nested::read(json) {
        Some(Nested::Object(entries)) => entries
            .into_iter()
            .map(|(name, value)| (name, value.get().to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

/// A text without its quotes, and other JSON as it is.
fn value(json: &str) -> String {
    match serde_json::from_str::<String>(json) {
        Ok(text) => plain(&text),
        Err(_) => plain(json),
    }
}

/// With the date that it is.
fn moment(json: &str) -> String {
    let millis: Option<u64> = json.parse().ok();
    match millis.and_then(Timestamp::from_millis) {
        Some(moment) => format!("{json}   {}", jiff::Timestamp::from(moment)),
        None => value(json),
    }
}

fn no_key(reason: UncheckedReason) -> String {
    let why = match reason {
        UncheckedReason::AwaitsAnswer => {
            "none: its sender waits for the answer, or may, so it is handled each time it comes"
        }
        _ => "none: it has no id, so it is handled each time it comes",
    };
    in_style(NOTE, why)
}
