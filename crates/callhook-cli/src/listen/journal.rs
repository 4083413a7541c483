//! What is shown, saved and counted.

use std::collections::BTreeMap;
#[cfg(unix)]
use std::fs::Permissions;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::line::Seen;
use crate::error::Error;
use crate::out;
use crate::saved::Saved;
use crate::style::plain;

pub(super) struct Journal {
    is_json: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    file: Option<File>,
    saved: u64,
    not_saved: u64,
    /// Whether the file ends within a line.
    is_torn: bool,
    not_shown: u64,
    came: BTreeMap<String, u64>,
}

impl Journal {
    pub(super) fn open(save: Option<&Path>, is_json: bool) -> Result<Self, Error> {
        let file = save.map(open).transpose()?;
        let kept = Kept {
            is_torn: save.is_some_and(ends_within_a_line),
            file,
            ..Kept::default()
        };
        Ok(Self {
            is_json,
            kept: Mutex::new(kept),
        })
    }

    /// Adds a request to the file, where there is one.
    pub(super) fn save(&self, request: impl FnOnce() -> Saved) {
        let mut kept = self.lock();
        let is_torn = kept.is_torn;
        let Some(file) = &mut kept.file else {
            return;
        };
        let written = serde_json::to_vec(&request()).map_err(io::Error::from);
        let written = written.and_then(|json| {
            // What was written in part must not take this one with it.
            let mut line = if is_torn { vec![b'\n'] } else { Vec::new() };
            line.extend(json);
            line.push(b'\n');
            file.write_all(&line)
        });
        kept.is_torn = written.is_err();
        match written {
            Ok(()) => kept.saved += 1,
            Err(error) => {
                kept.not_saved += 1;
                out::note(format_args!("not saved: {error}"));
            }
        }
    }

    /// A message that passed the guards, and what it was answered.
    pub(super) fn came(
        &self,
        at: jiff::Timestamp,
        platform: &str,
        seen: Option<Seen>,
        (status, outcome): (u16, Option<&str>),
        is_forwarded: bool,
        note: Option<&str>,
    ) {
        let kind = seen.as_ref().map_or("no message", Seen::kind);
        self.count(format!("{platform} {kind}"));
        if self.is_json {
            let mut object = json!({
                "at": at.to_string(),
                "provider": platform,
                "answered": status,
                "outcome": outcome,
                "is_forwarded": is_forwarded,
                "note": note,
            });
            if let (Some(Value::Object(seen)), Some(object)) =
                (seen.map(|seen| seen.json()), object.as_object_mut())
            {
                object.extend(seen);
            }
            self.show(out::write_json(&object));
            return;
        }
        let what = seen.map_or_else(
            || "no message that can be read".to_owned(),
            |seen| seen.text(),
        );
        let outcome = outcome.map_or_else(String::new, |outcome| format!(" {}", plain(outcome)));
        let note = note.map_or_else(String::new, |note| format!(": {}", plain(note)));
        let time = time(at);
        self.show(out::write_line(format_args!(
            "{time}  {platform:8}  {what}  -> {status}{outcome}{note}"
        )));
    }

    /// A request that was not let in.
    pub(super) fn refused(&self, platform: &str, status: u16, why: &str) {
        self.count(format!("refused {status}"));
        let at = jiff::Timestamp::now();
        if self.is_json {
            let object = json!({
                "at": at.to_string(),
                "provider": platform,
                "refused": status,
                "note": why,
            });
            self.show(out::write_json(&object));
        } else {
            let (time, why) = (time(at), plain(why));
            self.show(out::write_line(format_args!(
                "{time}  {platform:8}  refused -> {status}: {why}"
            )));
        }
    }

    /// What came, in numbers.
    pub(super) fn summary(&self) -> String {
        let kept = self.lock();
        let mut summary = match kept.came.values().sum::<u64>() {
            0 => "nothing came".to_owned(),
            total => format!("{total} came:"),
        };
        for (what, count) in &kept.came {
            summary.push_str(&format!("\n  {count:7} {what}"));
        }
        if kept.file.is_some() {
            summary.push_str(&format!("\n{} saved", kept.saved));
        }
        if kept.not_saved > 0 {
            summary.push_str(&format!(", {} not saved", kept.not_saved));
        }
        if kept.not_shown > 0 {
            summary.push_str(&format!(
                "\n{} not shown: stdout could not be written",
                kept.not_shown
            ));
        }
        summary
    }

    /// Counts what could not be shown: it was answered and saved all the same.
    fn show(&self, written: io::Result<()>) {
        if written.is_err() {
            self.lock().not_shown += 1;
        }
    }

    /// What a sender names is counted under a bounded number of names.
    fn count(&self, what: String) {
        let mut kept = self.lock();
        let what = plain(&what);
        let is_known = kept.came.contains_key(&what);
        let what = if is_known || kept.came.len() < NAMES {
            what
        } else {
            "others".to_owned()
        };
        *kept.came.entry(what).or_default() += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For its owner only: it holds phone numbers.
fn open(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    let file = opened.map_err(|error| Error::new(format!("--save {}: {error}", path.display())))?;
    #[cfg(unix)]
    tighten(&file, path);
    Ok(file)
}

/// The mode above is a new file's. One that others can read is made its owner's, as far as this user may.
#[cfg(unix)]
fn tighten(file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let is_open = |file: &File| {
        let metadata = file.metadata();
        metadata.is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o077 != 0)
    };
    if !is_open(file) {
        return;
    }
    // What is not allowed is told below.
    let _ = file.set_permissions(Permissions::from_mode(0o600));
    let path = path.display();
    match is_open(file) {
        true => out::note(format_args!(
            "warning: other users of this machine can read {path}, in which personal data is saved"
        )),
        false => out::note(format_args!(
            "other users of this machine could read {path}: now only its owner can"
        )),
    }
}

/// Whether a file that is there was left within a line, by a run that could not finish it.
fn ends_within_a_line(path: &Path) -> bool {
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    let last = || -> io::Result<u8> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    // An empty one has no last byte.
    is_file && last().is_ok_and(|last| last != b'\n')
}

/// The time of day here.
fn time(at: jiff::Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

const NAMES: usize = 100;
