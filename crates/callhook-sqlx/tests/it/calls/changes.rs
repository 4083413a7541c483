//! Following changes.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use callhook_sqlx::{ChangeCursor, StoreDatabase};

use super::{ALL, hung_up, join, live, record};
use crate::support::{Fixture, in_both, postgres, within};

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
