//! Counts of one server's requests, and what was not as it had to be.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::Answer;

/// Shared by all senders to one server.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) handled: u64,
    pub(crate) replayed: u64,
    pub(crate) probed: u64,
    /// By status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// By the sender, who waited for no answer.
    pub(crate) cut_off: u64,
    /// By the server, without an answer.
    pub(crate) unanswered: u64,
    /// Of those that were cut off: handled nevertheless, as the retry was told.
    pub(crate) handled_unseen: u64,
    pub(crate) mismatches: u64,
}

impl Tally {
    pub(crate) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    pub(crate) fn sent(&self) {
        self.lock().sent += 1;
    }

    pub(crate) fn cut_off(&self) {
        self.lock().cut_off += 1;
    }

    pub(crate) fn handled_unseen(&self) {
        self.lock().handled_unseen += 1;
    }

    pub(crate) fn answered(&self, answer: &Answer) {
        let mut counts = self.lock();
        let count = match answer {
            Answer::Handled => &mut counts.handled,
            Answer::Replayed => &mut counts.replayed,
            Answer::Probed => &mut counts.probed,
            Answer::Refused(status, _) => counts.refused.entry(*status).or_default(),
            Answer::Nothing => &mut counts.unanswered,
        };
        *count += 1;
    }

    /// Counts something that had to be otherwise, and prints it unless there were many.
    pub(crate) fn mismatch(&self, server: &str, what: &str) {
        let mut counts = self.lock();
        counts.mismatches += 1;
        if counts.mismatches <= PRINTED {
            println!("MISMATCH at {server}: {what}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// What became of all that was sent.
    pub(crate) fn accounted_for(&self) -> u64 {
        let refused: u64 = self.refused.values().sum();
        self.handled + self.replayed + self.probed + refused + self.cut_off + self.unanswered
    }
}

/// One fault makes thousands.
const PRINTED: u64 = 20;
