//! Standard input and files, in pieces of a bounded size: [`Pieces`].
//!
//! An input is one piece, or one for each line that is not blank. Where nobody says which, the beginning decides, as much
//! of it as one piece may have: it is lines where it has several, and the first one is a message by itself, or another one
//! that begins with `{` is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::out;

/// How an input is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// By what it begins with.
    ByItself,
    /// All of it is one piece.
    Whole,
    /// Each line is one.
    Lines,
}

/// A piece of an input.
pub(crate) struct Piece {
    /// Where it begins, from 1.
    pub(crate) line: u64,
    /// `None` where it is longer than a piece may be.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// The pieces of an input.
pub(crate) struct Pieces {
    reader: Box<dyn BufRead>,
    name: String,
    is_whole: bool,
    line: u64,
    max_bytes: usize,
}

/// A file, or standard input.
pub(crate) fn open(file: Option<&Path>) -> Result<(Box<dyn Read>, String), Error> {
    match file.filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let name = file.display().to_string();
            let opened = File::open(file)
                .map_err(|error| Error::new(format_args!("can't open {name}: {error}")))?;
            Ok((Box::new(opened), name))
        }
        None => {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                out::note("callhook: reading from this terminal, up to Ctrl-D");
            }
            Ok((Box::new(stdin), "standard input".to_owned()))
        }
    }
}

/// All of a file, or of standard input, up to a limit.
pub(crate) fn read_all(file: Option<&PathBuf>, max_bytes: usize) -> Result<Vec<u8>, Error> {
    let (reader, name) = open(file.map(PathBuf::as_path))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(format_args!("can't read {name}: {error}")))?;
    if bytes.len() > max_bytes {
        return Err(Error::new(format_args!(
            "{name} has more than {max_bytes} bytes"
        )));
    }
    Ok(bytes)
}

impl Pieces {
    /// The pieces of an input, each of this many bytes at most. `is_message` tells whether a line is one by itself.
    pub(crate) fn of(
        input: (Box<dyn Read>, String),
        cut: Cut,
        max_bytes: usize,
        is_message: impl Fn(&[u8]) -> bool,
    ) -> Result<Self, Error> {
        let (mut reader, name) = input;
        let mut start = Vec::new();
        if cut == Cut::ByItself {
            let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
            let read = reader.by_ref().take(limit).read_to_end(&mut start);
            read.map_err(|error| cant_read(&name, &error))?;
        }
        let is_whole = match cut {
            Cut::ByItself => !is_lines(&start, start.len() < max_bytes, is_message),
            Cut::Whole => true,
            Cut::Lines => false,
        };
        let reader = BufReader::new(io::Cursor::new(start).chain(reader));
        Ok(Self {
            reader: Box::new(reader),
            name,
            is_whole,
            line: 0,
            max_bytes,
        })
    }

    /// Whether each line is a piece.
    pub(crate) fn is_lines(&self) -> bool {
        !self.is_whole
    }

    /// The next piece that is not blank.
    ///
    /// # Errors
    ///
    /// When the input can't be read.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, Error> {
        loop {
            let line = self.line + 1;
            self.line = line;
            let end = (!self.is_whole).then_some(b'\n');
            let read = read_piece(&mut self.reader, end, self.max_bytes);
            match read.map_err(|error| cant_read(&self.name, &error))? {
                Part::End => return Ok(None),
                Part::TooLong => return Ok(Some(Piece { line, bytes: None })),
                Part::Bytes(bytes) if bytes.trim_ascii().is_empty() => {}
                Part::Bytes(bytes) => {
                    return Ok(Some(Piece {
                        line,
                        bytes: Some(bytes),
                    }));
                }
            }
        }
    }
}

fn cant_read(name: &str, error: &io::Error) -> Error {
    Error::new(format_args!("can't read {name}: {error}"))
}

/// What was read up to an end.
enum Part {
    Bytes(Vec<u8>),
    TooLong,
    End,
}

/// Reads up to an end, which doesn't count, or up to the end of the input. Keeps no more than a piece may have.
fn read_piece(reader: &mut impl BufRead, end: Option<u8>, max_bytes: usize) -> io::Result<Part> {
    let mut bytes = Vec::new();
    let mut is_too_long = false;
    let mut is_empty = true;
    loop {
        let available = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            available => available?,
        };
        if available.is_empty() {
            break;
        }
        is_empty = false;
        let at = end.and_then(|end| available.iter().position(|byte| *byte == end));
        let piece = available.get(..at.unwrap_or(available.len()));
        let piece = piece.unwrap_or_default();
        if bytes.len() + piece.len() > max_bytes {
            is_too_long = true;
            bytes = Vec::new();
        } else if !is_too_long {
            bytes.extend_from_slice(piece);
        }
        let consumed = at.map_or(available.len(), |at| at + 1);
        reader.consume(consumed);
        if at.is_some() {
            break;
        }
    }
    Ok(match (is_empty, is_too_long) {
        (true, _) => Part::End,
        (false, true) => Part::TooLong,
        (false, false) => Part::Bytes(bytes),
    })
}

/// Whether the beginning of an input, or all of it, is of lines that are messages.
fn is_lines(start: &[u8], is_all: bool, is_message: impl Fn(&[u8]) -> bool) -> bool {
    let mut lines = start
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .filter(|line| !line.is_empty())
        .peekable();
    let Some(first) = lines.next() else {
        return true;
    };
    if is_all && lines.peek().is_none() {
        return false;
    }
    // A piece of JSON over several lines begins with a bracket. Nothing else goes on in the next line.
    if !first.trim_ascii_start().starts_with(b"{") && !first.trim_ascii_start().starts_with(b"[") {
        return true;
    }
    is_message(first) || lines.any(|line| line.starts_with(b"{") && is_message(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, cut: Cut, max_bytes: usize) -> Vec<(u64, Option<String>)> {
        let input: Box<dyn Read> = Box::new(io::Cursor::new(text.to_owned()));
        let is_message =
            |line: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
        let pieces = Pieces::of((input, "test".to_owned()), cut, max_bytes, is_message);
        let mut pieces = pieces.expect("an input");
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().expect("a piece") {
            let text = piece
                .bytes
                .map(|bytes| String::from_utf8(bytes).expect("text"));
            all.push((piece.line, text));
        }
        all
    }

    fn some(line: u64, text: &str) -> (u64, Option<String>) {
        (line, Some(text.to_owned()))
    }

    #[test]
    fn the_beginning_tells_one_body_from_lines() {
        let cut = |text: &str| pieces(text, Cut::ByItself, 100);
        assert_eq!(cut("{\"a\":1}"), [some(1, "{\"a\":1}")]);
        assert_eq!(cut("\na=1"), [some(1, "\na=1")]);
        assert_eq!(
            cut("{\"a\":1}\n\n{\"b\":2}"),
            [some(1, "{\"a\":1}"), some(3, "{\"b\":2}")]
        );
        assert_eq!(cut("{\n \"a\":1\n}\n"), [some(1, "{\n \"a\":1\n}\n")]);
        assert_eq!(cut("a=1\nb=2\n"), [some(1, "a=1"), some(2, "b=2")]);
        // The first line is broken, and the second one is not.
        assert_eq!(cut("{\"a\n{\"b\":2}\n").len(), 2);
        assert_eq!(cut(" \n\n"), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_and_the_next_one_read() {
        let long = "x".repeat(100_000);
        let text = format!("a=1\n{long}\nb=2");
        assert_eq!(
            pieces(&text, Cut::Lines, 10),
            [some(1, "a=1"), (2, None), some(3, "b=2")]
        );
        assert_eq!(pieces(&long, Cut::Whole, 10), [(1, None)]);
    }
}
