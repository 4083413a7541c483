//! What a message changes.

use callhook::call::Call;
use callhook_sqlx::sqlx::{self, Executor, Postgres};
use callhook_sqlx::{CallsError, SqlxCalls, SqlxStoreErrorKind, StoreDatabase};

use super::{ALL, count, hung_up, join, live, message, message_of, record};
use crate::support::{File, Fixture, database, in_both, pool, within};

in_both! {
    parts_become_one_call_under_the_oldest_key
    a_copy_changes_nothing
    each_edge_is_told_once
    several_messages_in_one_transaction_are_told_one_by_one
    what_is_part_of_no_call_is_told_as_that
    no_id_leads_into_another_tenants_calls
    what_is_rolled_back_never_was
    an_application_goes_on_in_its_transaction_after_an_error
    texts_that_databases_dislike_are_kept
    what_another_version_stored_is_written_back
    a_call_has_256_ids_and_256_absorbed_keys_at_most
    a_delivery_is_applied
}

async fn parts_become_one_call_under_the_oldest_key<DB: StoreDatabase>(f: Fixture<DB>) {
    let one = join(&f, &live(&["1"])).await;
    let two = join(&f, &live(&["2"])).await;
    let three = join(&f, &live(&["3"])).await;
    assert!(one.is_new && two.is_new && three.is_new);
    assert!(one.key < two.key && two.key < three.key);

    let tied = join(&f, &live(&["3", "2"])).await;
    assert_eq!((tied.key, &*tied.absorbed), (two.key, &[three.key][..]));
    assert!(!tied.is_new && tied.is_news && tied.has_changed);
    assert_eq!(tied.before.as_ref(), Some(&two.answers));
    let all = join(&f, &live(&["1", "3"])).await;
    assert_eq!((all.key, &*all.absorbed), (one.key, &[two.key][..]));
    assert_eq!(all.call.ids(), ["1", "2", "3"]);

    let calls = f.store.calls();
    assert_eq!(count(&calls).await, 1);
    for update in [&one, &two, &three] {
        let resolved = within(calls.resolve(update.key)).await;
        assert_eq!(resolved.expect("an answer"), Some(one.key));
        let found = within(calls.call(update.key)).await.expect("an answer");
        let found = found.expect("the call");
        assert_eq!(found.key, one.key);
        assert_eq!(found.absorbed, [two.key, three.key]);
        assert_eq!(found.call, *all.call);
    }
    for id in ["1", "2", "3"] {
        let found = within(calls.find("pbx", None, id))
            .await
            .expect("an answer");
        assert_eq!(found.map(|found| found.key), Some(one.key), "{id}");
    }
    let none = within(calls.find("pbx", None, "4")).await;
    assert!(none.expect("an answer").is_none());
    let none = within(calls.resolve(1_000_000)).await;
    assert_eq!(none.expect("an answer"), None);
}

async fn a_copy_changes_nothing<DB: StoreDatabase>(f: Fixture<DB>) {
    let first = join(&f, &live(&["1"])).await;
    let calls = f.store.calls();
    let stored = within(calls.call(first.key)).await.expect("an answer");
    let copy = join(&f, &live(&["1"])).await;
    assert!(!copy.is_new && !copy.is_news && !copy.has_changed);
    assert_eq!(copy.key, first.key);
    let again = within(calls.call(first.key)).await.expect("an answer");
    let changed_at = |stored: Option<callhook_sqlx::StoredCall>| stored.map(|it| it.changed_at);
    assert_eq!(changed_at(again), changed_at(stored));
}

async fn each_edge_is_told_once<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    let open = async || {
        let open = within(calls.open(ALL)).await.expect("an answer");
        let keys = open.calls.iter().map(|stored| stored.key);
        keys.collect::<Vec<_>>()
    };
    let part = join(&f, &live(&["1", "a"])).await;
    assert!(!part.is_now_over && !part.is_now_ended);
    let other = join(&f, &live(&["2", "b"])).await;
    assert_eq!(open().await, [other.key, part.key]);
    let over = join(&f, &record(&["2"])).await;
    assert!(over.is_now_over && over.is_now_ended, "{over:?}");
    assert_eq!(open().await, [part.key]);
    // The part that it takes in was not over, and this is no edge of the other.
    let tied = join(&f, &hung_up(&["1", "b"])).await;
    assert_eq!((tied.key, &*tied.absorbed), (part.key, &[over.key][..]));
    assert!(!tied.is_now_over && !tied.is_now_ended, "{tied:?}");
    assert!(tied.answers.is_over && !tied.is_reopened);
    assert_eq!(open().await, [0; 0]);
}

async fn several_messages_in_one_transaction_are_told_one_by_one<DB: StoreDatabase>(
    f: Fixture<DB>,
) {
    let calls = f.store.calls();
    let before = join(&f, &live(&["root"])).await;
    let mut transaction = f.begin().await;
    let messages = [
        live(&["1"]),
        live(&["2"]),
        Call::of_summary(
            &callhook::call::CallSummary::new("pbx"),
            None,
            super::moment(0),
        ),
        live(&["2", "1"]),
        live(&["2", "1"]),
        live(&["3", "2"]),
        record(&["root", "3"]),
    ];
    let updates = calls.join_all(&mut transaction, &messages);
    let updates = within(updates).await.expect("joined");
    transaction.commit().await.expect("a commit");
    let [one, two, none, tied, copy, more, all] = &updates[..] else {
        panic!("an update for each: {updates:?}");
    };
    assert!(none.is_none());
    let keys = [one, two, tied, copy, more, all];
    let [one, two, tied, copy, more, all] =
        keys.map(|update| update.as_ref().expect("part of a call"));
    assert!(one.is_new && two.is_new && one.key != two.key);
    assert_eq!((tied.key, &*tied.absorbed), (one.key, &[two.key][..]));
    assert!(copy.key == one.key && !copy.is_news);
    assert!(more.key == one.key && more.is_news && !more.is_new);
    assert_eq!((all.key, &*all.absorbed), (before.key, &[one.key][..]));
    assert!(all.is_now_over);
    assert_eq!(count(&calls).await, 1);
    let found = within(calls.call(two.key)).await.expect("an answer");
    assert_eq!(found.expect("the call").call, *all.call);
}

async fn what_is_part_of_no_call_is_told_as_that<DB: StoreDatabase>(f: Fixture<DB>) {
    let unrecognised = callhook::call::CallSummary::new("pbx");
    let unrecognised = Call::of_summary(&unrecognised, None, super::moment(0));
    let mut transaction = f.begin().await;
    for call in [unrecognised, live(&["none"])] {
        let update = f.store.calls().join(&mut transaction, &call).await;
        assert!(update.expect("nothing to do").is_none());
    }
    transaction.commit().await.expect("a commit");
    assert_eq!(count(&f.store.calls()).await, 0);
}

async fn no_id_leads_into_another_tenants_calls<DB: StoreDatabase>(f: Fixture<DB>) {
    let tenants = [None, Some("acme"), Some("other"), Some("")];
    for tenant in tenants {
        let update = join(&f, &message_of(tenant, &["1"], |_| ())).await;
        assert!(update.is_new, "{tenant:?}");
    }
    let calls = f.store.calls();
    assert_eq!(count(&calls).await, 4);
    for tenant in tenants {
        let found = within(calls.find("pbx", tenant, "1")).await;
        let found = found.expect("an answer").expect("the call");
        assert_eq!(found.call.tenant(), tenant);
    }
}

async fn what_is_rolled_back_never_was<DB: StoreDatabase>(f: Fixture<DB>) {
    let calls = f.store.calls();
    let one = join(&f, &live(&["1"])).await;
    let two = join(&f, &live(&["2"])).await;
    let mut transaction = f.begin().await;
    let update = within(calls.join(&mut transaction, &live(&["1", "2"]))).await;
    assert_eq!(update.expect("joined").expect("a call").absorbed, [two.key]);
    transaction.rollback().await.expect("a rollback");
    assert_eq!(count(&calls).await, 2);
    let resolved = within(calls.resolve(two.key)).await.expect("an answer");
    assert_eq!(resolved, Some(two.key));
    assert_ne!(one.key, two.key);
}

async fn an_application_goes_on_in_its_transaction_after_an_error<DB>(f: Fixture<DB>)
where
    DB: StoreDatabase,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let calls = f.store.calls();
    let good = join(&f, &live(&["1"])).await;
    let bad = join(&f, &live(&["2"])).await;
    let mut transaction = f.begin().await;
    let spoil = format!(
        "update callhook_calls set call = '{{\"v\":9}}' where id = {}",
        bad.key
    );
    let spoil = sqlx::raw_sql(sqlx::AssertSqlSafe(spoil));
    (&mut *transaction).execute(spoil).await.expect("a row");
    let error = within(calls.join(&mut transaction, &live(&["1", "2"]))).await;
    let error = error.expect_err("unreadable");
    assert!(
        matches!(error, CallsError::Unreadable { key, .. } if key == bad.key),
        "{error}"
    );
    assert!(error.to_string().contains(&format!("key {}", bad.key)));
    let messages = [live(&["3"]), live(&["2", "3"])];
    let all = calls.join_all(&mut transaction, &messages);
    within(all).await.expect_err("unreadable");
    // Somebody has let another tenant's id lead to a call of none.
    let stray = format!(
        "insert into callhook_call_ids (scope, id, call) values ('pbx/acme', '9', {})",
        good.key
    );
    let stray = sqlx::raw_sql(sqlx::AssertSqlSafe(stray));
    (&mut *transaction).execute(stray).await.expect("a row");
    let acmes = message_of(Some("acme"), &["9"], |_| ());
    let error = within(calls.join(&mut transaction, &acmes))
        .await
        .expect_err("of another tenant");
    assert!(
        matches!(error, CallsError::OtherScope { key, .. } if key == good.key),
        "{error}"
    );
    assert!(error.to_string().contains(&format!("key {}", good.key)));
    let update = within(calls.join(&mut transaction, &hung_up(&["1"]))).await;
    assert_eq!(update.expect("joined").expect("a call").key, good.key);
    transaction.commit().await.expect("a commit");
    // The one that can't be read stays as it is, and keeps nobody from the others.
    let changes = calls.changed_since(std::time::SystemTime::UNIX_EPOCH, ALL);
    let changes = within(changes).await.expect("an answer");
    assert_eq!(
        (changes.calls.len(), changes.unreadable),
        (1, vec![bad.key])
    );
    let open = within(calls.open(ALL)).await.expect("an answer");
    assert_eq!((open.calls.len(), open.unreadable), (1, vec![bad.key]));
    within(calls.call(bad.key)).await.expect_err("unreadable");
}

async fn texts_that_databases_dislike_are_kept<DB: StoreDatabase>(f: Fixture<DB>) {
    let odd = |id: &str| {
        message_of(Some("a\0b%"), &[id], |summary| {
            summary.status = Some("\0".into());
            summary.customer = Some("+44\0".into());
            summary.agent = Some("An\0n".into());
            summary.outcome = Some("\0".into());
        })
    };
    let ids = [
        "i\0d",
        "i%00d",
        "i%2500d",
        "i\u{fffd}d",
        "'; drop table callhook_calls",
    ];
    let calls = f.store.calls();
    for id in ids {
        let update = join(&f, &odd(id)).await;
        assert!(update.is_new, "{id:?}");
        let found = within(calls.find("pbx", Some("a\0b%"), id)).await;
        let found = found.expect("an answer").expect("the call");
        assert_eq!((found.key, &found.call), (update.key, &*update.call));
    }
    assert_eq!(count(&calls).await, ids.len());
}

async fn what_another_version_stored_is_written_back<DB: StoreDatabase>(f: Fixture<DB>) {
    let json = r#"{"v":1,"provider":"pbx","messages":[{"at":1,"kind":"hologram","id":"1","mood":{"x":[1.50]}}]}"#;
    let stored = Call::from_json(json).expect("a call");
    let first = join(&f, &stored).await;
    let update = join(&f, &live(&["1"])).await;
    assert_eq!(update.key, first.key);
    let found = within(f.store.calls().call(first.key)).await;
    let json = found.expect("an answer").expect("the call").call.to_json();
    assert!(
        json.contains(r#""kind":"hologram""#) && json.contains(r#""mood":{"x":[1.50]}"#),
        "{json}"
    );
}

async fn a_call_has_256_ids_and_256_absorbed_keys_at_most<DB>(f: Fixture<DB>)
where
    DB: StoreDatabase,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> DB::Arguments: sqlx::IntoArguments<DB>,
    i64: sqlx::Type<DB> + for<'r> sqlx::Decode<'r, DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    let calls = f.store.calls();
    let mut transaction = f.begin().await;
    let one = calls.join(&mut transaction, &live(&["root"])).await;
    let one = one.expect("joined").expect("a call");
    let mut messages = Vec::new();
    for number in 0..300 {
        let [last, next] = [number, number + 1].map(|number| number.to_string());
        messages.push(live(&[&next]));
        messages.push(message(&[&last, &next, "root"], |summary| {
            summary.status = Some(next.as_str().into());
        }));
    }
    let updates = within(calls.join_all(&mut transaction, &messages)).await;
    let updates = updates.expect("joined");
    assert!(updates.iter().flatten().any(|update| update.key == one.key));
    for table in ["callhook_call_ids", "callhook_call_keys"] {
        let most = format!(
            "select coalesce(max(n), 0) from (select count(*) n from {table} group by call) c"
        );
        let most = sqlx::query_scalar(sqlx::AssertSqlSafe(most));
        let most: i64 = most.fetch_one(&mut *transaction).await.expect("a count");
        assert!((200..=256).contains(&most), "{most} in {table}");
    }
    transaction.commit().await.expect("a commit");
}

async fn a_delivery_is_applied<DB: StoreDatabase>(f: Fixture<DB>) {
    let endpoint = crate::endpoint::endpoint(f.store.clone(), std::time::Duration::from_secs(60));
    let (delivery, _) = crate::endpoint::post(&endpoint, crate::endpoint::CDR)
        .await
        .expect("the first copy");
    let calls = f.store.calls();
    let mut transaction = f.begin().await;
    let update = calls.apply(&mut transaction, &delivery).await;
    let update = update.expect("joined").expect("part of a call");
    assert_eq!(*update.call, Call::of(&delivery));
    let copies = [&delivery, &delivery];
    let copies = calls.apply_all(&mut transaction, &copies).await;
    let copies = copies.expect("joined");
    assert!(
        copies
            .iter()
            .flatten()
            .all(|copy| copy.key == update.key && !copy.is_news)
    );
    assert_eq!(copies.len(), 2);
    let marked = f.store.commit_in(&mut transaction, &delivery).await;
    marked.expect("a mark");
    transaction.commit().await.expect("a commit");
    assert_eq!(count(&calls).await, 1);
}

#[tokio::test]
async fn names_are_the_stores() {
    let pool = pool(&database(), 4);
    let schema = sqlx::raw_sql("create schema hooks");
    schema.execute(&pool).await.expect("a schema");
    let calls: SqlxCalls<Postgres> = SqlxCalls::new(pool.clone())
        .prefix("shop")
        .and_then(|calls| calls.schema("hooks"))
        .expect("names");
    calls.migrate().await.expect("tables");
    let store = callhook_sqlx::SqlxStore::new(pool.clone())
        .prefix("shop")
        .and_then(|store| store.schema("hooks"))
        .expect("names");
    store.migrate().await.expect("nothing to do");
    for calls in [calls, store.calls()] {
        let mut transaction = pool.begin().await.expect("a transaction");
        for message in [live(&["1"]), live(&["2"]), live(&["1", "2"])] {
            within(calls.join(&mut transaction, &message))
                .await
                .expect("joined");
        }
        transaction.commit().await.expect("a commit");
        assert_eq!(count(&calls).await, 1);
        within(calls.prune(std::time::Duration::from_secs(60), ALL))
            .await
            .expect("a count");
    }
    let error = SqlxCalls::new(pool).prefix("a b").expect_err("not a name");
    assert_eq!(error.kind(), SqlxStoreErrorKind::InvalidName);
}

#[tokio::test]
async fn without_tables_each_call_says_so() {
    let file = File::new();
    let options = sqlx::sqlite::SqlitePoolOptions::new();
    let pool = options.connect_lazy_with(file.options());
    says_that_tables_are_missing(&pool, &SqlxCalls::new(pool.clone())).await;
    let pool = crate::support::pool(&database(), 2);
    says_that_tables_are_missing(&pool, &SqlxCalls::new(pool.clone())).await;
}

async fn says_that_tables_are_missing<DB: StoreDatabase>(
    pool: &sqlx::Pool<DB>,
    calls: &SqlxCalls<DB>,
) {
    let mut transaction = pool.begin().await.expect("a transaction");
    let joined = within(calls.join(&mut transaction, &live(&["1"]))).await;
    drop(transaction);
    let errors = [
        joined.expect_err("joining"),
        within(calls.call(1)).await.expect_err("reading"),
        within(calls.erase(1)).await.expect_err("erasing"),
    ];
    for error in errors {
        assert!(!error.is_conflict());
        let CallsError::Database(error) = error else {
            panic!("the database's error was expected: {error}");
        };
        assert_eq!(error.kind(), SqlxStoreErrorKind::NotMigrated, "{error}");
    }
}
