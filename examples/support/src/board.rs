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
                    if was_stale || !batch.is_empty() {
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
        // An erased call is not told as a change, so now and then everything is read.
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
            let changes = match self.database.changed_since(cursor, ALL).await {
                Ok(changes) => changes,
                Err(error) if batch.is_empty() => return Err(error),
                // What was read before is told: the cursor is behind it. The next read goes on from there, and tells the
                // error if there is still one.
                Err(_) => return Ok(batch),
            };
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
        // The cursor tells each change once. By their times changes can't be told apart: SQLite has milliseconds.
        self.told.insert(call.key, call.changed_at);
        batch.changed.push(shown(&call));
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

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use callhook::call::{Call, CallSummary, MessageKind};
    use callhook_sqlx::sqlx::{Executor, Sqlite, SqliteConnection, Transaction};

    use super::super::database::{DatabaseUrl, Tables};
    use super::*;

    /// A database in a folder of its own, of which nothing stays.
    struct Folder(std::path::PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    async fn source(name: &str) -> (Folder, std::sync::Arc<Tables<Sqlite>>, DatabaseSource) {
        let folder = env::temp_dir().join(format!("callhook-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let url = format!("sqlite:{}", folder.join("calls.db").display());
        let url = DatabaseUrl::parse(&url).expect("a URL");
        let database = url.open().await.expect("a database");
        let Database::Sqlite(tables) = &database else {
            panic!("{database:?}");
        };
        let tables = std::sync::Arc::clone(tables);
        (Folder(folder), tables, DatabaseSource::from(database))
    }

    async fn join(tables: &Tables<Sqlite>, change: impl FnOnce(&mut CallSummary)) -> u64 {
        let mut summary = CallSummary::new("pbx");
        summary.kind = MessageKind::Live;
        summary.leg_id = Some("1".into());
        change(&mut summary);
        let call = Call::of_summary(&summary, None, SystemTime::UNIX_EPOCH);
        let mut transaction: Transaction<'_, Sqlite> = tables.begin().await;
        let update = tables.calls().join(&mut transaction, &call).await;
        transaction.commit().await.expect("a commit");
        update.expect("joined").expect("a call").key.cast_unsigned()
    }

    async fn run(connection: &mut SqliteConnection, statement: &'static str) {
        connection.execute(statement).await.expect(statement);
    }

    fn keys(batch: &Batch) -> Vec<u64> {
        batch.changed.iter().map(|shown| shown.key).collect()
    }

    #[tokio::test]
    async fn a_read_that_fails_half_way_loses_nothing() {
        let (_folder, tables, mut source) = source("half-way").await;
        let first = join(&tables, |_| ()).await;
        assert_eq!(keys(&source.read().await.expect("everything")), [first]);
        // The second page has a row that can't be read.
        let mut connection = tables.pool().acquire().await.expect("a connection");
        run(&mut connection, LOOSE).await;
        run(&mut connection, MANY).await;
        run(&mut connection, SPOILED).await;
        let batch = source.read().await.expect("the first page");
        let mut told = keys(&batch);
        assert!((2_000..3_000).contains(&told.len()), "{}", told.len());
        source.read().await.expect_err("the second page");
        run(&mut connection, REPAIRED).await;
        told.extend(keys(&source.read().await.expect("the second page")));
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), 3_000);
    }

    #[tokio::test]
    async fn two_changes_of_a_call_in_one_millisecond_are_both_told() {
        let (_folder, tables, mut source) = source("millisecond").await;
        let key = join(&tables, |_| ()).await;
        source.read().await.expect("everything");
        source
            .read()
            .await
            .expect("what changed in the last minute");
        // As if the clock stood still.
        let mut connection = tables.pool().acquire().await.expect("a connection");
        run(&mut connection, STOPPED).await;
        drop(connection);
        for status in ["ringing", "answered"] {
            join(&tables, |summary| summary.status = Some(status.into())).await;
            let batch = source.read().await.expect("what changed");
            assert_eq!(keys(&batch), [key], "{status}");
        }
    }

    /// A table that takes whatever it is given.
    const LOOSE: &str = "create table loose as select * from callhook_calls; \
        drop table callhook_calls; alter table loose rename to callhook_calls";

    const MANY: &str = "insert into callhook_calls \
        select n, scope, call, direction, outcome, customer, agent, started_at, is_over, changed_at, n \
        from callhook_calls, \
        (with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < 3000) select n from numbers) \
        where id = 1";

    const SPOILED: &str = "update callhook_calls set version = 'not a number' where id = 2500";

    const REPAIRED: &str = "update callhook_calls set version = id where id = 2500";

    const STOPPED: &str = "create trigger stopped after update of version on callhook_calls begin \
        update callhook_calls set changed_at = 1700000000000 where id = new.id; end; \
        update callhook_calls set changed_at = 1700000000000";
}
