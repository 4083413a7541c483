//! Pruning and erasing.

use std::num::NonZeroU32;
use std::time::Duration;

use callhook_sqlx::StoreDatabase;
use callhook_sqlx::sqlx::{self, Executor};

use super::{count, join, live, record};
use crate::support::{Fixture, in_both, postgres, within};

in_both! {
    old_calls_are_pruned_in_batches_with_all_that_leads_to_them
    a_call_is_erased_by_any_key_that_leads_to_it
    a_call_is_erased_with_the_applications_rows_or_not_at_all
}

async fn old_calls_are_pruned_in_batches_with_all_that_leads_to_them<DB>(f: Fixture<DB>)
where
    DB: StoreDatabase,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> DB::Arguments: sqlx::IntoArguments<DB>,
    i64: sqlx::Type<DB> + for<'r> sqlx::Decode<'r, DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    let calls = f.store.calls();
    for number in 1..6 {
        let id = number.to_string();
        join(&f, &live(&[&id])).await;
    }
    join(&f, &record(&["1", "2"])).await;
    let batch = NonZeroU32::new(3).expect("a number");
    let hour = Duration::from_secs(3600);
    for age in [hour, Duration::MAX] {
        let pruned = within(calls.prune(age, batch)).await;
        assert_eq!(pruned.expect("a count"), 0, "{age:?}");
    }
    // Older than no time at all.
    tokio::time::sleep(Duration::from_millis(20)).await;
    for expected in [3, 1, 0] {
        let pruned = within(calls.prune(Duration::ZERO, batch)).await;
        assert_eq!(pruned.expect("a count"), expected);
    }
    assert_eq!(rows(&f).await, 0);
    assert!(join(&f, &live(&["1"])).await.is_new);
}

/// In all of the calls' tables.
async fn rows<DB>(f: &Fixture<DB>) -> i64
where
    DB: StoreDatabase,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> DB::Arguments: sqlx::IntoArguments<DB>,
    i64: sqlx::Type<DB> + for<'r> sqlx::Decode<'r, DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    let mut connection = f.pool.acquire().await.expect("a connection");
    let rows = sqlx::query_scalar(
        "select (select count(*) from callhook_calls) + (select count(*) from callhook_call_ids) \
         + (select count(*) from callhook_call_keys)",
    );
    rows.fetch_one(&mut *connection).await.expect("a count")
}

async fn a_call_is_erased_by_any_key_that_leads_to_it<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    let one = join(&f, &live(&["1"])).await;
    let two = join(&f, &live(&["2"])).await;
    let three = join(&f, &live(&["3"])).await;
    join(&f, &live(&["1", "2"])).await;
    assert!(within(calls.erase(two.key)).await.expect("an answer"));
    assert!(!within(calls.erase(one.key)).await.expect("an answer"));
    assert!(!within(calls.erase(two.key)).await.expect("an answer"));
    assert_eq!(count(&calls).await, 1);
    let found = within(calls.find("pbx", None, "2")).await;
    assert!(found.expect("an answer").is_none());
    // No key comes again.
    let next = join(&f, &live(&["1"])).await;
    assert!(next.is_new && next.key > three.key);
    assert!(within(calls.erase(next.key)).await.expect("an answer"));
    assert!(join(&f, &live(&["1"])).await.key > next.key);
}

async fn a_call_is_erased_with_the_applications_rows_or_not_at_all<DB: StoreDatabase>(
    f: Fixture<DB>,
) {
    let calls = f.store.calls();
    let call = join(&f, &live(&["1"])).await;
    let two = join(&f, &live(&["2"])).await;
    join(&f, &live(&["1", "2"])).await;
    let mut transaction = f.begin().await;
    let erased = within(calls.erase_in(&mut transaction, call.key)).await;
    assert_eq!(erased.expect("an answer"), Some(call.key));
    transaction.rollback().await.expect("a rollback");
    assert_eq!(count(&calls).await, 1);
    let mut transaction = f.begin().await;
    let erased = within(calls.erase_in(&mut transaction, two.key)).await;
    // The application's rows are of this key.
    assert_eq!(erased.expect("an answer"), Some(call.key));
    let erased = within(calls.erase_in(&mut transaction, two.key)).await;
    assert_eq!(erased.expect("an answer"), None);
    transaction.commit().await.expect("a commit");
    assert_eq!(count(&calls).await, 0);
}

/// Whoever erases waits for the transaction that takes the call in, and then finds where it has gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgres_a_call_is_erased_that_becomes_a_part_of_another_meanwhile() {
    let f = postgres().await;
    let calls = f.store.calls();
    join(&f, &live(&["1"])).await;
    let two = join(&f, &live(&["2"])).await;
    let mut transaction = f.begin().await;
    let tied = within(calls.join(&mut transaction, &live(&["1", "2"]))).await;
    assert_eq!(tied.expect("joined").expect("a call").absorbed, [two.key]);
    let erasing = tokio::spawn({
        let calls = calls.clone();
        async move { calls.erase(two.key).await }
    });
    let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%callhook_calls%'";
    within(async {
        loop {
            let count = sqlx::query_scalar::<_, i64>(waiting)
                .fetch_one(&f.pool)
                .await;
            if count.expect("a count") > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    transaction.commit().await.expect("a commit");
    let erased = within(erasing).await.expect("no panic");
    assert!(erased.expect("an answer"));
    assert_eq!(count(&calls).await, 0);
}
