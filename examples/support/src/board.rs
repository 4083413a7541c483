//! What the board shows, and until when.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use callhook_sqlx::{ChangeCursor, StoredCall};
use example_board_page::{Batch, Board, KEPT, Shown, Source};
use tokio::time::sleep;

use super::database::{Database, DatabaseError};
use super::signal::signalled;

/// Shows the calls of a source on a board until the process is told to end. Then the board's readers are let go, whom the
/// server would wait for.
pub(crate) fn shown_on(
    board: &Board,
    source: impl Source + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let (board, signalled) = (board.clone(), signalled());
    async move {
        let mut signalled = pin!(signalled);
        tokio::select! {
            () = board.follow(source) => signalled.await,
            () = &mut signalled => {}
        }
        board.close();
    }
}

/// The calls of a database, whichever process wrote them: it is asked once a second for what changed.
pub(crate) struct DatabaseSource {
    database: Database,
    /// Where it goes on. `None` where everything is to be read.
    cursor: Option<ChangeCursor>,
    /// The calls that were told, and when each had last changed.
    told: HashMap<i64, SystemTime>,
    /// How often it was asked since everything was read.
    asked: u32,
    has_begun: bool,
    is_stale: bool,
}

impl From<Database> for DatabaseSource {
    fn from(database: Database) -> Self {
        Self {
            database,
            cursor: None,
            told: HashMap::new(),
            asked: 0,
            has_begun: false,
            is_stale: false,
        }
    }
}

impl Source for DatabaseSource {
    async fn next(&mut self) -> Option<Batch> {
        loop {
            if self.has_begun {
                sleep(EVERY).await;
            }
            self.has_begun = true;
            match self.read().await {
                Ok(batch) => {
                    let was_stale = std::mem::take(&mut self.is_stale);
                    if was_stale || !batch.changed.is_empty() || !batch.gone.is_empty() {
                        return Some(batch);
                    }
                }
                Err(_) if self.is_stale => {}
                Err(error) => {
                    tracing::warn!("the board can't read the calls: {error}");
                    self.is_stale = true;
                    return Some(Batch {
                        is_stale: true,
                        ..Batch::default()
                    });
                }
            }
        }
    }
}

impl DatabaseSource {
    async fn read(&mut self) -> Result<Batch, DatabaseError> {
        let mut batch = Batch::default();
        // What is erased is no change, so now and then everything is read.
        let cursor = self.cursor.filter(|_| self.asked < ASKED);
        let Some(mut cursor) = cursor else {
            let calls = self.database.shown_calls(ALL).await?;
            let last = calls.iter().map(|call| call.changed_at).max();
            let last = last.and_then(|last| last.checked_sub(UNCOMMITTED));
            self.cursor = Some(last.unwrap_or(SystemTime::UNIX_EPOCH).into());
            self.asked = 0;
            let before = self.told.clone();
            self.told.clear();
            // The first to change first.
            for call in calls.into_iter().rev() {
                let is_known = before.get(&call.key) == Some(&call.changed_at);
                self.told.insert(call.key, call.changed_at);
                if !is_known {
                    batch.changed.push(shown(&call));
                }
            }
            let gone = before.keys().filter(|key| !self.told.contains_key(key));
            batch.gone = gone.map(|key| key.cast_unsigned()).collect();
            return Ok(batch);
        };
        self.asked += 1;
        loop {
            let changes = self.database.changed_since(cursor, ALL).await?;
            for call in changes.calls {
                self.tell(call, &mut batch);
            }
            cursor = changes.next;
            self.cursor = Some(cursor);
            // The rest is told with the next batch.
            if !changes.has_more || batch.changed.len() > KEPT {
                return Ok(batch);
            }
        }
    }

    fn tell(&mut self, call: StoredCall, batch: &mut Batch) {
        for absorbed in &call.absorbed {
            if self.told.remove(absorbed).is_some() {
                batch.gone.push(absorbed.cast_unsigned());
            }
        }
        if self.told.insert(call.key, call.changed_at) != Some(call.changed_at) {
            batch.changed.push(shown(&call));
        }
    }
}

fn shown(call: &StoredCall) -> Shown {
    let since = call.changed_at.duration_since(SystemTime::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Shown {
        key: call.key.cast_unsigned(),
        answers: call.call.answers(),
        changed_at: u64::try_from(millis).ok(),
    }
}

const EVERY: Duration = Duration::from_secs(1);

/// Everything is read once in so many times.
const ASKED: u32 = 60;

/// A transaction that was open while everything was read may commit a change with a time before the last that was read.
const UNCOMMITTED: Duration = Duration::from_secs(60);

/// As many as the board keeps.
const ALL: NonZeroU32 = NonZeroU32::new(2_000).unwrap();
