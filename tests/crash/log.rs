//! What the crash server and its tests share: the log, and the names of the server's settings.
//!
//! All servers of a run and its senders append to one file, each record with one write. So the file's order is an order
//! of what happened, whatever the clocks say: who writes B after having learnt of A writes it behind A.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The variables that the server is configured with.
pub mod settings {
    /// The address to listen on.
    pub const LISTEN: &str = "CRASH_LISTEN";
    /// The URL of the Redis server.
    pub const REDIS: &str = "CRASH_REDIS";
    /// The path of the log.
    pub const LOG: &str = "CRASH_LOG";
    /// What becomes of messages while Redis is down: `handle` or `refuse`.
    pub const POLICY: &str = "CRASH_POLICY";
    /// For how long a message is one process's.
    pub const LEASE_MS: &str = "CRASH_LEASE_MS";
    /// How long Redis has to answer.
    pub const TIMEOUT_MS: &str = "CRASH_TIMEOUT_MS";
    /// How long the server waits before each commit, and after it: moments in which to be killed.
    pub const COMMIT_PAUSE_MS: &str = "CRASH_COMMIT_PAUSE_MS";
    /// Whether handlers run to their end though their sender has hung up: `yes` or `no`.
    pub const DETACHED: &str = "CRASH_DETACHED";
}

/// The token in the webhook's URL.
pub const TOKEN: &str = "a-token-of-24-characters";

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A handler has the message, and its claim.
    Began,
    /// A handler has the message, and nobody knows whether it came before: Redis has not answered.
    BeganUnchecked,
    /// The handler has done its work, and is about to answer 200.
    Ended,
    /// The handler is about to answer 500.
    Failed,
    /// The handler panics.
    Panicked,
    /// The handler was dropped before its end.
    Dropped,
    /// Redis has confirmed that it remembers the message.
    Committed,
    /// Redis has said that another owner has handled the message.
    Lost,
    /// Redis has not confirmed anything. The store tries again.
    Unsettled,
    /// The sender has got the handler's 200.
    Answered,
    /// The sender has got 200 for a copy, without the handler.
    Replayed,
    /// The process of this record was killed, and is dead.
    Killed,
    /// From here on every message has to be known.
    AllKnown,
}

impl What {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Began, "began"),
        (Self::BeganUnchecked, "began-unchecked"),
        (Self::Ended, "ended"),
        (Self::Failed, "failed"),
        (Self::Panicked, "panicked"),
        (Self::Dropped, "dropped"),
        (Self::Committed, "committed"),
        (Self::Lost, "lost"),
        (Self::Unsettled, "unsettled"),
        (Self::Answered, "answered"),
        (Self::Replayed, "replayed"),
        (Self::Killed, "killed"),
        (Self::AllKnown, "all-known"),
    ];

    fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Record {
    /// Since 1970.
    pub nanos: u128,
    /// The process that wrote it, or that was killed.
    pub process: u32,
    /// What happened.
    pub what: What,
    /// To which message.
    pub id: String,
}

impl FromStr for Record {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let words: Vec<&str> = line.split(' ').collect();
        let [nanos, process, what, id] = words[..] else {
            return Err(());
        };
        let mut all = What::ALL.iter();
        Ok(Self {
            nanos: nanos.parse().map_err(drop)?,
            process: process.parse().map_err(drop)?,
            what: all.find(|(_, word)| *word == what).ok_or(())?.0,
            id: id.to_owned(),
        })
    }
}

/// The log of a run. Clones write to one file.
#[derive(Clone, Debug)]
pub struct Log(Arc<File>);

impl Log {
    /// Opens the log for appending, and makes it where it is missing.
    ///
    /// # Errors
    ///
    /// When the file can't be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self(Arc::new(file)))
    }

    /// Appends a record of this process. A process that is killed afterwards doesn't take it back.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub fn write(&self, what: What, id: &str) -> io::Result<()> {
        self.write_of(process::id(), what, id)
    }

    /// Appends a record of another process.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub fn write_of(&self, process: u32, what: What, id: &str) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = now.map_or(0, |now| now.as_nanos());
        let line = format!("{nanos} {process} {} {id}\n", what.word());
        // A line this short is one write, and the kernel appends each at the end that the file then has.
        (&*self.0).write_all(line.as_bytes())
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for (index, (what, word)) in What::ALL.into_iter().enumerate() {
            assert_eq!(what as usize, index);
            let record: Record = format!("5 7 {word} a").parse().expect(word);
            assert_eq!((record.nanos, record.process, record.what), (5, 7, what));
        }
        assert!("5 7 began".parse::<Record>().is_err());
    }
}
