//! Reads a file of saved requests, line by line.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::Error;
use crate::saved::Saved;

/// What a file has, all of whose lines can be read.
pub(super) struct Contents {
    pub(super) requests: usize,
    pub(super) platforms: BTreeSet<&'static str>,
}

impl Contents {
    pub(super) fn read(requests: &mut Requests) -> Result<Self, Error> {
        let mut contents = Self {
            requests: 0,
            platforms: BTreeSet::new(),
        };
        for request in requests.by_ref() {
            let request = request?;
            contents.requests += 1;
            contents.platforms.extend(request.route().0);
        }
        if contents.requests == 0 {
            return Err(Error::new(format!(
                "{} has no message",
                requests.path.display()
            )));
        }
        Ok(contents)
    }
}

/// A request, and what of it had to be read.
pub(super) struct Request {
    pub(super) saved: Saved,
    /// The first one's, where a line has none.
    pub(super) at: Option<Timestamp>,
    pub(super) body: Vec<u8>,
}

impl Request {
    fn read(line: &[u8]) -> Result<Self, String> {
        let saved: Saved = serde_json::from_slice(line)
            .map_err(|error| format!("not a saved request: {error}"))?;
        if saved.body.is_some() && saved.body_base64.is_some() {
            return Err("`body` and `body_base64` are both given".to_owned());
        }
        let body = saved.bytes();
        let body = body.ok_or("`body_base64` is not base64 with padding")?;
        let at = saved.at.as_deref().map(str::parse).transpose();
        let at = at.map_err(|error| format!("`at` is not a time of RFC 3339: {error}"))?;
        if !saved.path.starts_with('/') {
            return Err("`path` does not begin with a slash".to_owned());
        }
        Ok(Self { saved, at, body })
    }

    /// The platform whose route it came to, and Voipappz's name of the event.
    pub(super) fn route(&self) -> (Option<&'static str>, Option<&str>) {
        let mut segments = self.saved.path.trim_matches('/').rsplit('/');
        let (last, before) = (segments.next().unwrap_or_default(), segments.next());
        match (last, before) {
            ("telecmi", _) => (Some("telecmi"), None),
            ("piopiy", _) => (Some("piopiy"), None),
            ("voipappz", _) => (Some("voipappz"), None),
            (name, Some("voipappz")) => (Some("voipappz"), Some(name)),
            _ => (None, None),
        }
    }
}

/// The file's requests. Blank lines are skipped.
pub(super) struct Requests {
    path: PathBuf,
    lines: BufReader<File>,
    number: usize,
}

impl Requests {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let opened = File::open(path);
        let file = opened.map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
        let mut requests = Self {
            path: path.to_owned(),
            lines: BufReader::new(file),
            number: 0,
        };
        // Before all of a pipe is read in vain.
        requests.rewind()?;
        Ok(requests)
    }

    /// Goes back to the first one.
    pub(super) fn rewind(&mut self) -> Result<(), Error> {
        self.number = 0;
        self.lines.rewind().map_err(|error| {
            Error::new(format!(
                "{}: a file was expected, and not a pipe, since it is read twice: first to check it, then to send it ({error})",
                self.path.display()
            ))
        })
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut line = Vec::new();
        let mut limited = (&mut self.lines).take(MAX_LINE);
        let read = limited.read_until(b'\n', &mut line);
        match read.map_err(|error| error.to_string())? {
            0 => Ok(None),
            _ if limited.limit() == 0 && line.last() != Some(&b'\n') => {
                Err(format!("longer than {MAX_LINE} bytes"))
            }
            _ => Ok(Some(line)),
        }
    }
}

impl Iterator for Requests {
    type Item = Result<Request, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.number += 1;
            let line = match self.line() {
                Ok(line) => line?,
                Err(why) => return Some(Err(self.wrong(&why))),
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Some(Request::read(&line).map_err(|why| self.wrong(&why)));
        }
    }
}

impl Requests {
    fn wrong(&self, why: &str) -> Error {
        Error::new(format!(
            "{}, line {}: {why}",
            self.path.display(),
            self.number
        ))
    }
}

/// A body of 256 KiB, each byte of which takes six in JSON, and as much again.
const MAX_LINE: u64 = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_the_platform_and_the_event() {
        for (path, route) in [
            ("/webhooks/telecmi", (Some("telecmi"), None)),
            ("/piopiy/", (Some("piopiy"), None)),
            (
                "/voipappz/call-answer",
                (Some("voipappz"), Some("call-answer")),
            ),
            ("/voipappz", (Some("voipappz"), None)),
            ("/other", (None, None)),
        ] {
            let line = format!(r#"{{"method":"POST","path":"{path}"}}"#);
            let request = Request::read(line.as_bytes()).expect("a request");
            assert_eq!(request.route(), route, "{path}");
        }
    }
}
