//! Reads a file of saved requests, line by line.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::saved::SavedRequest;

/// What a file has, all of whose lines can be read.
pub(super) struct Contents {
    pub(super) requests: usize,
    pub(super) platforms: BTreeSet<&'static str>,
}

impl Contents {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let mut contents = Self {
            requests: 0,
            platforms: BTreeSet::new(),
        };
        for saved in Requests::open(path)? {
            let saved = saved?;
            contents.requests += 1;
            contents.platforms.extend(saved.route().0);
        }
        if contents.requests == 0 {
            return Err(Error::new(format!("{} has no message", path.display())));
        }
        Ok(contents)
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
        Ok(Self {
            path: path.to_owned(),
            lines: BufReader::new(file),
            number: 0,
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
    type Item = Result<SavedRequest, Error>;

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
            let read = serde_json::from_slice::<SavedRequest>(&line);
            let read = read.map_err(|error| format!("not a saved request: {error}"));
            let read = read.and_then(|saved| saved.body().map(|_| saved));
            return Some(read.map_err(|why| self.wrong(&why)));
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
