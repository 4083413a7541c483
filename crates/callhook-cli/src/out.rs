//! Standard output and standard error, a write to which may fail: a disk is full, a reader has gone.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::Error;
use crate::style::is_hidden;

/// Prints a line for people. A reader that has gone has seen enough: that is not an error.
///
/// # Errors
///
/// When it can't be written.
pub(crate) fn line(text: impl Display) -> Result<(), Error> {
    told(write_line(text))
}

/// Prints a value for programs, as JSON on a line of its own.
///
/// # Errors
///
/// As [`line()`].
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    told(write_json(value))
}

/// What comes of a write for the command: nothing, where a reader has gone.
pub(crate) fn told(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format_args!("can't write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A line for people, in colours where they are wanted.
pub(crate) fn write_line(text: impl Display) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Not through `anstream`, which leaves out what could be part of a colour: a value would not be what was sent.
pub(crate) fn write_json(value: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string(value)?;
    write_raw(&escaped(&json))
}

/// A line as it is.
pub(crate) fn write_raw(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// JSON whose text a terminal shows as it is. Characters beyond ASCII, and DEL, are in its strings only.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for char in json.chars() {
        if char >= '\u{7f}' && is_hidden(char) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(char)));
        } else {
            escaped.push(char);
        }
    }
    escaped
}

/// Tells on standard error. Where that can't be written, nobody is left to be told.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_is_escaped_says_the_same() {
        let text = "a\u{7f}\u{85}\u{9b}\u{61c}\u{200b}\u{202e}\u{2028}\u{2066}\u{feff}é\u{1b}\"";
        let json = serde_json::to_string(text).expect("JSON");
        let shown = escaped(&json);
        assert!(!shown.chars().any(is_hidden), "{shown:?}");
        assert!(shown.contains("\\u007f") && shown.contains('é'), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), text);
    }
}
