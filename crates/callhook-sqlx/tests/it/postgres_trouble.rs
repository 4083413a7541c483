//! A Postgres that is away, stops, is busy with somebody else, or refuses.

use std::str::FromStr;
use std::time::Duration;

use callhook::replay::{Claim, ReplayStore, Settled, Settlement};
use callhook_sqlx::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use callhook_sqlx::sqlx::{self, PgPool};
use callhook_sqlx::{CommitError, SqlxStore, SqlxStoreErrorKind};
use callhook_test_support::Postgres;

use crate::support::{
    PATIENT, SHORT, claim, commit, database, is_in_flight, lease, pool, postgres, receipt, within,
};

#[tokio::test]
async fn a_pool_that_handlers_have_in_use_is_told_apart_from_a_slow_database() {
    let pool = pool(&database(), 1);
    let store = SqlxStore::new(pool.clone());
    store.migrate().await.expect("tables");
    let store = store.timeout(SHORT);
    let handler = pool.begin().await.expect("a transaction");
    let error = within(store.claim(&lease("a", 1))).await;
    let error = error.expect_err("no connection");
    assert_eq!(error.kind(), SqlxStoreErrorKind::NoConnection);
    assert!(error.to_string().contains("all of the pool's"), "{error}");
    drop(handler);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn a_pool_of_one_is_enough() {
    let pool = pool(&database(), 1);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    for n in 0..20 {
        let lease = lease(&n.to_string(), 1);
        assert_eq!(claim(&store, &lease).await, Claim::First);
        let mut transaction = within(pool.begin()).await.expect("a transaction");
        let receipt = receipt(&store, &lease);
        let marked = store.commit_receipt_in(&mut transaction, &receipt);
        within(marked).await.expect("a mark");
        within(transaction.commit()).await.expect("a commit");
        assert_eq!(claim(&store, &lease).await, Claim::Replay);
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_within_the_limit() {
    let url = "postgres://postgres@127.0.0.1:1/postgres";
    let store = SqlxStore::new(pool(url, 2)).timeout(SHORT);
    for _ in 0..2 {
        let error = within(store.claim(&lease("a", 1))).await;
        let error = error.expect_err("nobody there");
        let kinds = [
            SqlxStoreErrorKind::Unreachable,
            SqlxStoreErrorKind::NoConnection,
        ];
        assert!(kinds.contains(&error.kind()), "{error:?}");
    }
}

#[tokio::test]
async fn migrating_and_forgetting_say_why_there_is_no_connection() {
    let of = |url: &str| {
        let pool = PgPoolOptions::new().acquire_timeout(SHORT);
        SqlxStore::new(pool.connect_lazy(url).expect("a URL")).timeout(PATIENT)
    };
    let away = of("postgres://postgres@127.0.0.1:1/postgres");
    let url = database();
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    let missing = of(&format!("{server}/there_is_none"));
    for (store, kind, text) in [
        (
            away,
            SqlxStoreErrorKind::Unreachable,
            "the database can't be reached: connection refused",
        ),
        (
            missing,
            SqlxStoreErrorKind::NoDatabase,
            "the server has no database of this name (3D000)",
        ),
    ] {
        let errors = [
            within(store.migrate()).await.expect_err(text),
            within(store.forget([0; 32])).await.expect_err(text),
        ];
        for error in errors {
            assert_eq!((error.kind(), &*error.to_string()), (kind, text));
        }
    }
}

#[tokio::test]
async fn what_is_marked_outlives_a_crash_and_the_first_call_after_it_is_answered() {
    let server = Postgres::start(&[]);
    let pool = pool(&server.database(), 4);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    for round in 0..2 {
        let (own, layer) = (format!("own {round}"), format!("layer {round}"));
        let marked = lease(&own, 1);
        assert_eq!(claim(&store, &marked).await, Claim::First);
        let mut transaction = pool.begin().await.expect("a transaction");
        let receipt = receipt(&store, &marked);
        let mark = store.commit_receipt_in(&mut transaction, &receipt);
        mark.await.expect("a mark");
        transaction.commit().await.expect("a commit");
        assert_eq!(commit(&store, &lease(&layer, 1)).await, Settled::Done);

        server.stop_immediately();
        let late = lease(&format!("late {round}"), 1);
        let hasty = store.clone().timeout(SHORT);
        let error = within(hasty.claim(&late)).await;
        assert!(error.is_err(), "it is away: {error:?}");
        store.settle_later(late, Settlement::Commit);
        server.start_again();

        assert_eq!(claim(&store, &lease(&own, 1)).await, Claim::Replay);
        assert_eq!(claim(&store, &lease(&layer, 1)).await, Claim::Replay);
        within(store.flush()).await;
        let late = lease(&format!("late {round}"), 1);
        assert_eq!(claim(&store, &late).await, Claim::Replay);
    }
}

#[tokio::test]
async fn a_claim_that_was_carried_out_after_it_was_given_up_holds_nothing() {
    let f = postgres().await;
    let hasty = f.store.clone().timeout(SHORT);
    let mut locking = f.pool.begin().await.expect("a transaction");
    // A lock on the table is waited for before a statement can set its own limit.
    sqlx::query("lock table callhook_replay in access exclusive mode")
        .execute(&mut *locking)
        .await
        .expect("a lock");
    let late = lease("a", 1);
    let error = within(hasty.claim(&late)).await.expect_err("locked");
    assert_eq!(error.kind(), SqlxStoreErrorKind::Timeout);
    // As an endpoint does with a claim whose answer it doesn't have.
    f.store.settle_later(late, Settlement::Release);
    locking.rollback().await.expect("a rollback");
    within(f.store.flush()).await;
    let next = lease("a", 1);
    within(async {
        while claim(&f.store, &next).await != Claim::First {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_comes_after_its_own_release_is_refused() {
    let f = postgres().await;
    let late = lease("a", 1);
    let released = within(f.store.release(&late)).await;
    assert_eq!(released.expect("an answer"), Settled::Done);
    let error = within(f.store.claim(&late)).await.expect_err("given up");
    assert_eq!(error.kind(), SqlxStoreErrorKind::GivenUp);
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::First);
    let error = within(f.store.claim(&late)).await;
    assert!(error.is_ok_and(|claim| is_in_flight(&claim)), "another's");
}

#[tokio::test]
async fn each_refusal_of_the_server_is_named() {
    let url = database();
    let store = SqlxStore::new(pool(&url, 1));
    store.migrate().await.expect("tables");
    let read_only = PgConnectOptions::from_str(&url).expect("a URL");
    let read_only = read_only.options([("default_transaction_read_only", "on")]);
    let read_only = PgPoolOptions::new().connect_lazy_with(read_only);
    is_refused(&read_only, SqlxStoreErrorKind::ReadOnly, "25006").await;

    // As a full disk says it, a table without room to grow.
    let pool = pool(&url, 2);
    for (code, kind) in [
        ("53100", SqlxStoreErrorKind::Full),
        ("53300", SqlxStoreErrorKind::NoConnection),
        ("42501", SqlxStoreErrorKind::Denied),
        ("XX000", SqlxStoreErrorKind::Other),
    ] {
        let refuse = format!(
            "create or replace function refuse() returns trigger language plpgsql as
             $$begin raise exception 'the secret' using errcode = '{code}'; end$$;
             create or replace trigger refuse before insert on callhook_replay execute function refuse()"
        );
        let refuse = sqlx::raw_sql(sqlx::AssertSqlSafe(refuse));
        refuse.execute(&pool).await.expect("a trigger");
        is_refused(&pool, kind, code).await;
    }
}

/// Whatever is asked, with the same words.
async fn is_refused(pool: &PgPool, kind: SqlxStoreErrorKind, code: &str) {
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    let lease = lease("a", 1);
    let mut transaction = pool.begin().await.expect("a transaction");
    let receipt = receipt(&store, &lease);
    let marked = store.commit_receipt_in(&mut transaction, &receipt).await;
    transaction.rollback().await.expect("a rollback");
    let Err(CommitError::Database(marked)) = marked else {
        panic!("{code}: {marked:?}");
    };
    let errors = [
        marked,
        within(store.claim(&lease)).await.expect_err(code),
        within(store.commit(&lease)).await.expect_err(code),
        within(store.release(&lease)).await.expect_err(code),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.code()), (kind, Some(code)));
        assert!(error.to_string().ends_with(&format!("({code})")), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_handled_message_costs_one_flush_of_the_log_and_claims_none() {
    const MESSAGES: u64 = 200;
    // What is not flushed for a commit is flushed by the log's own writer, later than this test takes.
    let server = Postgres::start(&["wal_writer_delay = 10s", "autovacuum = off"]);
    let url = server.database();
    let pool = pool(&url, 2);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    pool.close().await;

    let before = flushes(&url).await;
    let pool = self::pool(&url, 2);
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    for n in 0..MESSAGES {
        let lease = lease(&n.to_string(), 1);
        assert_eq!(claim(&store, &lease).await, Claim::First);
        let mut transaction = pool.begin().await.expect("a transaction");
        let receipt = receipt(&store, &lease);
        let marked = store.commit_receipt_in(&mut transaction, &receipt);
        marked.await.expect("a mark");
        transaction.commit().await.expect("a commit");
    }
    pool.close().await;
    let count = flushes(&url).await - before;
    println!("{count} flushes for {MESSAGES} messages");
    // A durable claim would make it twice as many. A checkpoint, and the log's writer at its end, flush too.
    assert!(
        (MESSAGES..MESSAGES * 5 / 4).contains(&count),
        "{count} flushes for {MESSAGES} messages"
    );
}

/// Counted for connections that have ended.
async fn flushes(url: &str) -> u64 {
    let pool = pool(url, 1);
    let version = sqlx::query_scalar::<_, i32>("select current_setting('server_version_num')::int");
    let version = version.fetch_one(&pool).await.expect("a version");
    let count = if version >= 180_000 {
        "select sum(fsyncs)::bigint from pg_stat_io where object = 'wal'"
    } else {
        "select wal_sync from pg_stat_wal"
    };
    let mut last = None;
    loop {
        let count = sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await;
        let count = u64::try_from(count.expect("a count")).expect("a count");
        if last == Some(count) {
            return count;
        }
        last = Some(count);
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
}
