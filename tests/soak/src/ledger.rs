//! Which messages have to be handled, which must not be, and which were, according to the server's `/messages`.
//!
//! Each content that is sent has a serial number, among its fields. The server's list holds the last messages only, so
//! it is read again and again, and each time what is new begins after the last one of the time before.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

/// Of one server.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Entries>);

/// What has to become of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Handled once, as the first of its message.
    First,
    /// Handled once, as another content of a known message.
    Revision,
    /// Handled once, because it is sent once: it waits for an answer, or has no identity.
    Unchecked,
    /// Refused, or never whole.
    Never,
}

#[derive(Debug, Default)]
struct Entries {
    entries: Vec<Entry>,
    /// The last one of the list when it was read last.
    last: Option<usize>,
    shown: u64,
}

#[derive(Debug)]
struct Entry {
    fate: Fate,
    is_shown: bool,
}

#[derive(Deserialize)]
struct Call<'a> {
    delivery: &'a str,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    /// Named by [`SERIAL`].
    soak: Option<String>,
}

/// The field with the serial number.
pub(crate) const SERIAL: &str = "soak";

impl Ledger {
    /// A number for a content, before it is sent.
    pub(crate) fn enter(&self, fate: Fate) -> usize {
        let mut entries = self.lock();
        entries.entries.push(Entry {
            fate,
            is_shown: false,
        });
        entries.entries.len() - 1
    }

    /// Reads the list. What is wrong with it.
    pub(crate) fn read(&self, messages: &[u8]) -> Vec<String> {
        let messages: Vec<Call<'_>> = match serde_json::from_slice(messages) {
            Ok(messages) => messages,
            Err(error) => return vec![format!("/messages: {error}")],
        };
        let mut entries = self.lock();
        let mut faults = Vec::new();
        let serials: Vec<Option<usize>> = messages.iter().map(Call::serial).collect();
        let new = match entries.last {
            None => 0,
            last => match serials.iter().rposition(|serial| *serial == last) {
                Some(known) => known + 1,
                None => return vec!["/messages was read too late to tell".to_owned()],
            },
        };
        for (call, serial) in messages.iter().zip(&serials).skip(new) {
            entries.shown += 1;
            let entry = serial.and_then(|serial| Some((serial, entries.entries.get_mut(serial)?)));
            let Some((serial, entry)) = entry else {
                let how = call.delivery;
                faults.push(format!("a message without a number is handled as {how}"));
                continue;
            };
            let expected = entry.fate.delivery();
            if expected != Some(call.delivery) {
                faults.push(format!(
                    "message {serial} is handled as {}, not {expected:?}",
                    call.delivery
                ));
            }
            if entry.is_shown {
                faults.push(format!("message {serial} is handled twice"));
            }
            entry.is_shown = true;
        }
        if let Some(last) = serials.last() {
            entries.last = *last;
        }
        faults
    }

    /// How many the list has shown.
    pub(crate) fn shown(&self) -> u64 {
        self.lock().shown
    }

    /// What had to be handled, and never was.
    pub(crate) fn lost(&self) -> Vec<usize> {
        let entries = self.lock();
        let lost = entries.entries.iter().enumerate();
        lost.filter(|(_, entry)| entry.fate != Fate::Never && !entry.is_shown)
            .map(|(serial, _)| serial)
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fate {
    /// As in `/messages`.
    fn delivery(self) -> Option<&'static str> {
        match self {
            Self::First => Some("first"),
            Self::Revision => Some("revision"),
            Self::Unchecked => Some("unchecked"),
            Self::Never => None,
        }
    }
}

impl Call<'_> {
    fn serial(&self) -> Option<usize> {
        self.fields.soak.as_ref()?.parse().ok()
    }
}
