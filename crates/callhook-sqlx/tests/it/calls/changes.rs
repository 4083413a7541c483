//! Following changes.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use callhook_sqlx::sqlx;
use callhook_sqlx::statements::postgres::calls::HORIZON;
use callhook_sqlx::{CallsError, ChangeCursor, StoreDatabase};

use super::{ALL, hung_up, join, live, record};
use crate::support::{Fixture, in_both, postgres, sqlite, within};

in_both! {
    a_reader_sees_every_change_once_in_batches
    a_reader_begins_at_a_moment
    a_cursor_goes_on_after_a_restart
    calls_without_news_are_quiet_until_they_are_over
}

async fn a_reader_sees_every_change_once_in_batches<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    let mut keys = Vec::new();
    for id in ["1", "2", "3", "4", "5"] {
        keys.push(join(&f, &live(&[id])).await.key);
    }
    let two = NonZeroU32::new(2).expect("a number");
    let mut cursor = ChangeCursor::from(SystemTime::UNIX_EPOCH);
    let mut seen = Vec::new();
    for has_more in [true, true, false] {
        let changes = within(calls.changed_since(cursor, two)).await;
        let changes = changes.expect("an answer");
        assert_eq!(changes.has_more, has_more);
        seen.extend(changes.calls.iter().map(|stored| stored.key));
        cursor = changes.next;
    }
    assert_eq!(seen, keys);
    // A copy is no change.
    join(&f, &live(&["1"])).await;
    let changes = within(calls.changed_since(cursor, ALL))
        .await
        .expect("an answer");
    assert_eq!(changes.calls.len(), 0);
    join(&f, &hung_up(&["4"])).await;
    join(&f, &record(&["2", "3"])).await;
    let changes = within(calls.changed_since(changes.next, ALL)).await;
    let changes = changes.expect("an answer");
    let seen: Vec<i64> = changes.calls.iter().map(|stored| stored.key).collect();
    assert_eq!(seen, [keys[3], keys[1]]);
    assert_eq!(changes.calls[1].absorbed, [keys[2]]);
    let changes = within(calls.changed_since(changes.next, ALL)).await;
    assert_eq!(changes.expect("an answer").calls.len(), 0);
}

async fn a_reader_begins_at_a_moment<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    let first = join(&f, &live(&["1"])).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = join(&f, &live(&["2"])).await;
    let changed_at = async |key| {
        let stored = within(calls.call(key)).await.expect("an answer");
        stored.expect("the call").changed_at
    };
    let (one, two) = (changed_at(first.key).await, changed_at(second.key).await);
    let keys = async |moment: SystemTime| {
        let changes = within(calls.changed_since(moment, ALL)).await;
        let changes = changes.expect("an answer").calls;
        changes.iter().map(|stored| stored.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(one).await, [first.key, second.key]);
    assert_eq!(keys(two).await, [second.key]);
    assert_eq!(keys(two + Duration::from_secs(1)).await, [0; 0]);
}

async fn a_cursor_goes_on_after_a_restart<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    join(&f, &live(&["1"])).await;
    let changes = within(calls.changed_since(SystemTime::UNIX_EPOCH, ALL)).await;
    let kept = changes.expect("an answer").next.to_string();
    let second = join(&f, &live(&["2"])).await;
    let cursor: ChangeCursor = kept.parse().expect("a cursor");
    let changes = within(calls.changed_since(cursor, ALL))
        .await
        .expect("an answer");
    let keys: Vec<i64> = changes.calls.iter().map(|stored| stored.key).collect();
    assert_eq!(keys, [second.key]);
}

async fn calls_without_news_are_quiet_until_they_are_over<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    let first = join(&f, &live(&["1"])).await;
    let second = join(&f, &live(&["2"])).await;
    join(&f, &record(&["3"])).await;
    let quiet = async |duration| {
        let quiet = within(calls.quiet_for(duration, ALL)).await;
        let quiet = quiet.expect("an answer").calls;
        quiet.iter().map(|stored| stored.key).collect::<Vec<_>>()
    };
    assert_eq!(quiet(Duration::ZERO).await, [first.key, second.key]);
    assert_eq!(quiet(Duration::from_secs(3600)).await, [0; 0]);
    assert_eq!(quiet(Duration::MAX).await, [0; 0]);
    join(&f, &record(&["1"])).await;
    assert_eq!(quiet(Duration::ZERO).await, [second.key]);
}

/// The transaction that changes a call first is committed last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgres_no_change_is_missed_that_is_committed_late() {
    let f = postgres().await;
    let calls = f.store.calls();
    let mut late = f.begin().await;
    let first = within(calls.join(&mut late, &live(&["1"]))).await;
    let first = first.expect("joined").expect("a call");
    let second = join(&f, &live(&["2"])).await;
    let changes = within(calls.changed_since(SystemTime::UNIX_EPOCH, ALL)).await;
    let changes = changes.expect("an answer");
    assert_eq!(changes.calls.len(), 0, "an earlier change may come");
    late.commit().await.expect("a commit");
    let changes = within(calls.changed_since(changes.next, ALL)).await;
    let changes = changes.expect("an answer").calls;
    let keys: Vec<i64> = changes.iter().map(|stored| stored.key).collect();
    assert_eq!(keys, [first.key, second.key]);
}

/// The clock is read before the locks: a transaction that takes its lock after they were read changes calls after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgres_a_transaction_that_begins_while_the_horizon_is_read_is_after_it() {
    let f = postgres().await;
    let calls = f.store.calls();
    let mut gate = within(f.pool.acquire()).await.expect("a connection");
    let close = sqlx::query("select pg_advisory_lock(77)").execute(&mut *gate);
    within(close).await.expect("a lock");
    // Its locks are read when it comes to the gate.
    let gated = "from (select l.*, pg_advisory_lock_shared(77)::text as passed from pg_locks l offset 0) pg_locks";
    let horizon = HORIZON.replace("from pg_locks", gated);
    assert_ne!(horizon, HORIZON);
    let pool = f.pool.clone();
    let reading = tokio::spawn(async move {
        let horizon = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(horizon));
        horizon.fetch_one(&pool).await
    });
    let waiting = "select count(*) from pg_locks where not granted and locktype = 'advisory' \
        and database = (select oid from pg_database where datname = current_database())";
    within(async {
        loop {
            let count = sqlx::query_scalar::<_, i64>(waiting).fetch_one(&f.pool);
            if count.await.expect("a count") > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let mut late = f.begin().await;
    let update = within(calls.join(&mut late, &live(&["1"]))).await;
    let key = update.expect("joined").expect("a call").key;
    let open = sqlx::query("select pg_advisory_unlock(77)").execute(&mut *gate);
    within(open).await.expect("an unlock");
    let horizon = within(reading).await.expect("no panic").expect("a horizon");
    late.commit().await.expect("a commit");
    let stored = within(calls.call(key)).await.expect("an answer");
    let changed_at = stored.expect("the call").changed_at;
    let changed_at = changed_at.duration_since(SystemTime::UNIX_EPOCH);
    let changed_at = changed_at.expect("after 1970").as_micros();
    // A reader that was told all before the horizon goes on from there.
    assert!(u128::try_from(horizon).expect("after 1970") <= changed_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_kind_of_database_is_refused() {
    async fn cursor<DB: StoreDatabase>(f: &Fixture<DB>) -> ChangeCursor {
        join(f, &live(&["1"])).await;
        let calls = f.store.calls();
        let changes = within(calls.changed_since(SystemTime::UNIX_EPOCH, ALL)).await;
        let next = changes.expect("an answer").next.to_string();
        next.parse().expect("a cursor")
    }
    async fn refuses<DB: StoreDatabase>(f: &Fixture<DB>, cursor: ChangeCursor) {
        let calls = f.store.calls();
        let changes = within(calls.changed_since(cursor, ALL)).await;
        let error = changes.expect_err("a cursor of another kind");
        assert!(matches!(error, CallsError::Cursor(_)), "{error}");
    }
    let (postgres, sqlite) = (postgres().await, sqlite().await);
    refuses(&postgres, cursor(&sqlite).await).await;
    refuses(&sqlite, cursor(&postgres).await).await;
}

/// Several changes have one time in SQLite, and are in an order all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_sqlite_open_calls_of_one_millisecond_are_in_the_order_of_their_changes() {
    let f = sqlite().await;
    let calls = f.store.calls();
    let mut keys = Vec::new();
    for id in ["1", "2", "3"] {
        keys.push(join(&f, &live(&[id])).await.key);
    }
    join(&f, &hung_up(&["1"])).await;
    let together = sqlx::query("update callhook_calls set changed_at = 1700000000000");
    together.execute(&f.pool).await.expect("rows");
    let open = within(calls.open(ALL)).await.expect("an answer").calls;
    let open: Vec<i64> = open.iter().map(|stored| stored.key).collect();
    assert_eq!(open, [keys[0], keys[2], keys[1]]);
    let quiet = within(calls.quiet_for(Duration::ZERO, ALL)).await;
    let quiet = quiet.expect("an answer").calls;
    let quiet: Vec<i64> = quiet.iter().map(|stored| stored.key).collect();
    assert_eq!(quiet, [keys[1], keys[2], keys[0]]);
}
