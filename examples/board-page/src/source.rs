//! Where the board's calls come from: [`Source`].

use std::collections::HashSet;
use std::task::{Context, Poll, Waker};

use callhook::call::book::{Change, Subscription};
use callhook::call::{Answers, CallBook};

/// Calls that change.
///
/// A [`CallBook`] is one, with the calls of this process. Of calls that several processes write to a database, write one
/// that asks the database for what changed since it last asked, and waits in between.
pub trait Source: Send {
    /// Waits for changes. The first batch has all calls that there are. `None` once there will be no more.
    fn next(&mut self) -> impl Future<Output = Option<Batch>> + Send;
}

/// Changes that came together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The calls that are new or changed.
    pub changed: Vec<Shown>,
    /// The keys of calls that are gone: forgotten, or part of another by now.
    pub gone: Vec<u64>,
    /// Whether the source can't be read right now. The page says so, and goes on to show what it knows.
    pub is_stale: bool,
}

impl Batch {
    /// Whether it has no call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty()
    }
}

/// A call to show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The same as long as the call is shown, and no other call's.
    pub key: u64,
    /// What is known of it.
    pub answers: Answers,
    /// When it last changed, in milliseconds since 1970. `None` is now.
    pub changed_at: Option<u64>,
}

/// The calls of a [`CallBook`].
#[derive(Debug)]
pub struct BookSource {
    book: CallBook,
    changes: Subscription,
    /// The keys that were told.
    told: HashSet<u64>,
    has_begun: bool,
}

impl From<CallBook> for BookSource {
    fn from(book: CallBook) -> Self {
        Self {
            changes: book.subscribe(),
            book,
            told: HashSet::new(),
            has_begun: false,
        }
    }
}

impl Source for BookSource {
    async fn next(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        if !self.has_begun {
            self.has_begun = true;
            self.compare(&mut batch);
            return Some(batch);
        }
        let mut change = self.changes.next().await?;
        loop {
            self.tell(change, &mut batch);
            // What comes meanwhile is the next batch's.
            if batch.changed.len() >= AT_ONCE {
                break;
            }
            match self
                .changes
                .poll_next(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(Some(next)) => change = next,
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        // Calls are forgotten without a change of their own.
        if self.told.len() != self.book.len() {
            self.compare(&mut batch);
        }
        Some(batch)
    }
}

impl BookSource {
    fn tell(&mut self, change: Change, batch: &mut Batch) {
        for absorbed in change.absorbed {
            if self.told.remove(&absorbed.get()) {
                batch.gone.push(absorbed.get());
            }
        }
        let key = change.key.get();
        self.told.insert(key);
        batch.changed.push(Shown {
            key,
            answers: change.call.answers(),
            changed_at: None,
        });
    }

    /// Tells what the book has and was not told, and what was told and the book has no more.
    fn compare(&mut self, batch: &mut Batch) {
        let calls = self.book.calls();
        let keys: HashSet<u64> = calls.iter().map(|kept| kept.key.get()).collect();
        batch.gone.extend(self.told.difference(&keys));
        // The first to change first.
        for kept in calls.iter().rev() {
            if !self.told.contains(&kept.key.get()) {
                batch.changed.push(Shown {
                    key: kept.key.get(),
                    answers: kept.call.answers(),
                    changed_at: None,
                });
            }
        }
        self.told = keys;
    }
}

const AT_ONCE: usize = 1_000;
