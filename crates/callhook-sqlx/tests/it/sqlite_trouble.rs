//! A database file that another process has locked, that is full, or read-only.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use callhook::replay::{Claim, ReplayStore, Settled, Settlement};
use callhook_sqlx::sqlx::SqlitePool;
use callhook_sqlx::{SqlxStore, SqlxStoreErrorKind};

use crate::support::{File, PATIENT, SHORT, claim, commit, is_in_flight, lease, within};

#[tokio::test]
async fn while_another_process_has_the_file_locked_copies_are_answered_and_the_rest_is_an_error() {
    let file = File::new();
    let store = SqlxStore::new(file.pool()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    assert_eq!(commit(&store, &lease("handled", 1)).await, Settled::Done);
    assert_eq!(claim(&store, &lease("held", 1)).await, Claim::First);

    let locked = Locked::new(&file.path());
    let hasty = store.clone().timeout(SHORT);
    assert_eq!(claim(&hasty, &lease("handled", 1)).await, Claim::Replay);
    assert!(is_in_flight(&claim(&hasty, &lease("held", 1)).await));
    for _ in 0..2 {
        let error = within(hasty.claim(&lease("a", 1))).await;
        let error = error.expect_err("locked");
        assert_eq!(error.kind(), SqlxStoreErrorKind::Locked);
        assert_eq!(error.code(), Some("5"));
    }
    hasty.settle_later(lease("late", 1), Settlement::Commit);
    drop(locked);
    within(hasty.flush()).await;
    assert_eq!(claim(&store, &lease("late", 1)).await, Claim::Replay);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn migrating_a_file_that_another_process_has_locked_is_an_error() {
    let file = File::new();
    let other = SqlxStore::new(file.pool());
    other.migrate().await.expect("tables");
    let locked = Locked::new(&file.path());
    let store = SqlxStore::new(file.pool()).timeout(SHORT);
    // There is nothing to do, and nothing is written.
    store.migrate().await.expect("nothing to do");
    let named = store.prefix("other").expect("a name");
    let error = named.migrate().await.expect_err("locked");
    assert_eq!(error.kind(), SqlxStoreErrorKind::Locked);
    drop(locked);
    named.migrate().await.expect("tables");
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_copies_are_answered() {
    let file = File::new();
    let store = SqlxStore::new(file.pool());
    store.migrate().await.expect("tables");
    // As a full disk does, a limit refuses another page.
    let options = file.options().pragma("max_page_count", "12");
    let store = SqlxStore::new(SqlitePool::connect_lazy_with(options)).timeout(PATIENT);
    let mut committed = 0;
    let error = loop {
        match within(store.commit(&lease(&committed.to_string(), 1))).await {
            Ok(settled) => assert_eq!(settled, Settled::Done),
            Err(error) => break error,
        }
        committed += 1;
        assert!(committed < 10_000, "the file has no limit");
    };
    assert_eq!(error.kind(), SqlxStoreErrorKind::Full);
    assert_eq!(error.code(), Some("13"));
    assert!(committed > 10, "{committed}");
    for n in 0..committed {
        assert_eq!(
            claim(&store, &lease(&n.to_string(), 1)).await,
            Claim::Replay
        );
    }
    assert!(within(store.claim(&lease("a", 1))).await.is_err());
}

#[tokio::test]
async fn a_file_that_is_read_only_is_an_error_and_copies_are_answered() {
    let file = File::new();
    let store = SqlxStore::new(file.pool());
    store.migrate().await.expect("tables");
    assert_eq!(commit(&store, &lease("handled", 1)).await, Settled::Done);
    let options = file.options().create_if_missing(false).read_only(true);
    let reader = SqlxStore::new(SqlitePool::connect_lazy_with(options)).timeout(PATIENT);
    assert_eq!(claim(&reader, &lease("handled", 1)).await, Claim::Replay);
    let lease = lease("a", 1);
    let errors = [
        within(reader.claim(&lease)).await.expect_err("a claim"),
        within(reader.commit(&lease)).await.expect_err("a commit"),
        within(reader.release(&lease)).await.expect_err("a release"),
    ];
    for error in errors {
        assert_eq!(error.kind(), SqlxStoreErrorKind::ReadOnly, "{error:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_an_error() {
    let file = File::new();
    let options = file.options().create_if_missing(false);
    let store = SqlxStore::new(SqlitePool::connect_lazy_with(options)).timeout(SHORT);
    let error = within(store.claim(&lease("a", 1))).await;
    let error = error.expect_err("no file");
    assert_eq!(error.kind(), SqlxStoreErrorKind::CantOpen);
    assert_eq!(
        error.to_string(),
        "the database's file can't be opened: does its directory exist, and may this process write there? (14)"
    );
}

#[tokio::test]
async fn handlers_that_have_the_pool_in_use_keep_no_claim_waiting() {
    let file = File::new();
    let pool = file.pool();
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    let mut busy = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        busy.push(pool.acquire().await.expect("a connection"));
    }
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::First);
}

#[tokio::test]
async fn what_is_marked_and_claimed_outlives_the_process() {
    let file = File::new();
    let pool = file.pool();
    let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    assert_eq!(commit(&store, &lease("handled", 1)).await, Settled::Done);
    assert_eq!(claim(&store, &lease("held", 1)).await, Claim::First);
    pool.close().await;
    drop(store);
    let store = SqlxStore::new(file.pool()).timeout(PATIENT);
    store.migrate().await.expect("tables");
    assert_eq!(claim(&store, &lease("handled", 1)).await, Claim::Replay);
    assert!(is_in_flight(&claim(&store, &lease("held", 1)).await));
}

/// A process that has the file's lock for writing, until this is dropped.
struct Locked(Child);

impl Locked {
    fn new(path: &Path) -> Self {
        let mut child = Command::new("sqlite3")
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("these tests need sqlite3");
        let input = child.stdin.as_mut().expect("standard input");
        input
            .write_all(b".timeout 10000\nbegin immediate;\nselect 'locked';\n")
            .expect("a command");
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        assert_eq!(line.trim_end(), "locked");
        Self(child)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
