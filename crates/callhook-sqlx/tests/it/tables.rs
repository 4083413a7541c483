//! Migrations, pruning, forgetting.

use std::num::NonZeroU32;
use std::time::Duration;

use callhook::replay::{Claim, Lease, ReplayStore, Settled};
use callhook_sqlx::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use callhook_sqlx::sqlx::{self, PgPool, SqlitePool};
use callhook_sqlx::{SqlxStore, SqlxStoreErrorKind, StoreDatabase};
use tokio::task::JoinSet;

use crate::support::{
    File, Fixture, Level, MINUTE, claim, commit, database, database_of, is_in_flight, lease,
    lease_of, pool, pool_at, postgres, release, sqlite, within,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_migrate_postgres_at_once_at_every_level() {
    for level in Level::ALL {
        let url = database();
        migrate_at_once(|| pool_at(&url, 1, level)).await;
        let pool = pool_at(&url, 1, level);
        let versions = sqlx::query_scalar::<_, i64>("select version from callhook_versions");
        assert_eq!(versions.fetch_all(&pool).await.expect("versions"), [1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_migrate_sqlite_at_once() {
    let file = File::new();
    migrate_at_once(|| file.pool()).await;
    let versions = sqlx::query_scalar::<_, i64>("select version from callhook_versions");
    let versions = versions.fetch_all(&file.pool()).await.expect("versions");
    assert_eq!(versions, [1, 2]);
}

async fn migrate_at_once<DB: StoreDatabase>(pool: impl Fn() -> sqlx::Pool<DB>) {
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = SqlxStore::new(pool());
        tasks.spawn(async move { store.migrate().await });
    }
    for migrated in within(tasks.join_all()).await {
        migrated.expect("tables");
    }
    let store = SqlxStore::new(pool());
    store.migrate().await.expect("nothing to do");
}

#[tokio::test]
async fn a_newer_release_has_migrated_and_this_one_goes_on() {
    let f = postgres().await;
    let newer = "insert into callhook_versions (version) values (1000)";
    sqlx::query(newer).execute(&f.pool).await.expect("a row");
    f.store.migrate().await.expect("nothing to do");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn nothing_to_migrate_needs_no_right_to_make_tables() {
    let f = postgres().await;
    sqlx::raw_sql("create role reader; grant select on callhook_versions to reader")
        .execute(&f.pool)
        .await
        .expect("a role");
    let reader = pool(&database_of(&f.pool).await, 1);
    sqlx::raw_sql("set session authorization reader")
        .execute(&reader)
        .await
        .expect("another user");
    let store = SqlxStore::new(reader);
    store.migrate().await.expect("nothing to do");
    let error = within(store.claim(&lease("a", 1))).await;
    assert_eq!(
        error.expect_err("no right").kind(),
        SqlxStoreErrorKind::Denied
    );
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    let options = SqliteConnectOptions::new().in_memory(true);
    let pool = SqlitePool::connect_lazy_with(options.shared_cache(true));
    let error = SqlxStore::new(pool).migrate().await.expect_err("no file");
    assert_eq!(error.kind(), SqlxStoreErrorKind::NotWal);
}

#[tokio::test]
async fn a_pool_that_sets_another_journal_is_refused() {
    let file = File::new();
    let options = file.options().journal_mode(SqliteJournalMode::Delete);
    let pool = SqlitePoolOptions::new().connect_lazy_with(options);
    let error = SqlxStore::new(pool).migrate().await.expect_err("no WAL");
    assert_eq!(error.kind(), SqlxStoreErrorKind::NotWal);
}

#[tokio::test]
async fn without_tables_each_call_says_so() {
    let file = File::new();
    says_that_tables_are_missing(&SqlxStore::new(file.pool())).await;
    says_that_tables_are_missing(&SqlxStore::new(pool(&database(), 2))).await;
}

async fn says_that_tables_are_missing<DB: StoreDatabase>(store: &SqlxStore<DB>) {
    let lease = lease("a", 1);
    let errors = [
        within(store.claim(&lease)).await.expect_err("a claim"),
        within(store.commit(&lease)).await.expect_err("a commit"),
        within(store.release(&lease)).await.expect_err("a release"),
        within(store.forget([0; 32])).await.expect_err("forgetting"),
    ];
    for error in errors {
        assert_eq!(error.kind(), SqlxStoreErrorKind::NotMigrated, "{error}");
        assert!(error.to_string().contains("migrate()"), "{error}");
    }
}

#[tokio::test]
async fn in_postgres_what_is_over_is_pruned_in_batches() {
    what_is_over_is_pruned_in_batches(postgres().await).await;
}

#[tokio::test]
async fn in_sqlite_what_is_over_is_pruned_in_batches() {
    what_is_over_is_pruned_in_batches(sqlite().await).await;
}

async fn what_is_over_is_pruned_in_batches<DB: StoreDatabase>(f: Fixture<DB>) {
    let over: Vec<Lease> = (0..5).map(brief).collect();
    for lease in &over {
        assert_eq!(commit(&f.store, lease).await, Settled::Done);
    }
    assert_eq!(commit(&f.store, &lease("kept", 1)).await, Settled::Done);
    assert_eq!(claim(&f.store, &lease("held", 1)).await, Claim::First);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let batch = NonZeroU32::new(3).expect("a number");
    for expected in [3, 2, 0] {
        let count = within(f.store.prune(batch)).await;
        assert_eq!(count.expect("a count"), expected);
    }
    assert_eq!(claim(&f.store, &lease("kept", 1)).await, Claim::Replay);
    assert!(is_in_flight(&claim(&f.store, &lease("held", 1)).await));
    // Late: whoever was at it had taken longer than its lease, and its row is gone.
    f.mark(&lease("0", 1)).await.expect("a mark");
    assert_eq!(claim(&f.store, &lease("0", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_task_prunes_until_it_is_dropped() {
    let f = postgres().await;
    let batch = NonZeroU32::new(2).expect("a number");
    let pruning = f.store.prune_every(Duration::from_millis(20), batch);
    for n in 0..5 {
        assert_eq!(commit(&f.store, &brief(n)).await, Settled::Done);
    }
    within(async {
        while rows(&f.pool).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    drop(pruning);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(commit(&f.store, &brief(9)).await, Settled::Done);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(rows(&f.pool).await, 1);
}

async fn rows(pool: &PgPool) -> i64 {
    let rows = sqlx::query_scalar::<_, i64>("select count(*) from callhook_replay");
    rows.fetch_one(pool).await.expect("a count")
}

/// Handled, it is remembered for a moment.
fn brief(n: usize) -> Lease {
    lease_of(&n.to_string(), 1, MINUTE, Duration::from_millis(1))
}

#[tokio::test]
async fn in_postgres_a_forgotten_message_is_handled_again() {
    a_forgotten_message_is_handled_again(postgres().await).await;
}

#[tokio::test]
async fn in_sqlite_a_forgotten_message_is_handled_again() {
    a_forgotten_message_is_handled_again(sqlite().await).await;
}

async fn a_forgotten_message_is_handled_again<DB: StoreDatabase>(f: Fixture<DB>) {
    let store = &f.store;
    for content in [1, 2] {
        f.mark(&lease("a", content)).await.expect("a mark");
    }
    let running = lease("a", 3);
    let given_up = lease("a", 4);
    assert_eq!(claim(store, &running).await, Claim::Revision);
    assert_eq!(release(store, &given_up).await, Settled::Done);
    f.mark(&lease("b", 1)).await.expect("a mark");
    // Its window is over.
    let past = lease_of("a", 5, MINUTE, Duration::ZERO);
    f.mark(&past).await.expect("a mark");

    let key = lease("a", 1).identity().message_key();
    assert_eq!(within(store.forget(key)).await.expect("a count"), 2);
    assert_eq!(within(store.forget(key)).await.expect("a count"), 0);
    // Another content is still being handled.
    assert_eq!(claim(store, &lease("a", 1)).await, Claim::Revision);
    assert!(is_in_flight(&claim(store, &lease("a", 3)).await));
    let error = within(store.claim(&given_up)).await.expect_err("given up");
    assert_eq!(error.kind(), SqlxStoreErrorKind::GivenUp);
    assert_eq!(commit(store, &running).await, Settled::Done);
    assert_eq!(claim(store, &lease("b", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_claim_in_the_process_writes_nothing() {
    let f = postgres().await;
    let store = f.store.clone().claims_in_process();
    let lease = lease("a", 1);
    assert_eq!(claim(&store, &lease).await, Claim::First);
    assert_eq!(rows(&f.pool).await, 0);
    assert_eq!(release(&store, &lease).await, Settled::Done);
    assert_eq!(rows(&f.pool).await, 0);
    assert_eq!(claim(&store, &lease).await, Claim::First);
    assert_eq!(commit(&store, &lease).await, Settled::Done);
    assert_eq!(rows(&f.pool).await, 1);
}

/// `julianday` is a floating-point number, at times a little below the millisecond that it stands for.
#[tokio::test]
async fn in_sqlite_times_are_rounded_to_their_millisecond() {
    use callhook_sqlx::statements::sqlite::{self as statements, calls};
    let file = File::new();
    let pool = file.pool();
    for text in [
        statements::LOOK,
        statements::CLAIM,
        statements::MARK,
        statements::WHOSE,
        statements::RELEASE,
        statements::MARKS,
        statements::PRUNE,
        statements::FORGET,
        calls::INSERT,
        calls::UPDATE,
        calls::QUIET,
        calls::PRUNE,
    ] {
        let begin = text.find("cast(").expect("a time");
        let end = text[begin..].find(" as integer)").expect("its end");
        let time = &text[begin..][..end + " as integer)".len()];
        assert!(time.contains("julianday('now')"), "{text}");
        let time = time.replace("'now'", "moment");
        let wrong = format!(
            "with recursive millis (n) as (select 0 union all select n + 1 from millis where n < 999), \
             moments (n, moment) as (select n, printf('2026-07-01 12:34:56.%03d', n) from millis) \
             select count(*) from moments where {time} <> unixepoch('2026-07-01 12:34:56') * 1000 + n"
        );
        let wrong = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(wrong));
        let wrong = wrong.fetch_one(&pool).await.expect("a count");
        assert_eq!(wrong, 0, "{text}");
    }
}
