//! An endpoint over the store, with handlers that mark their message.

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use callhook::replay::ReplayStore;
use callhook::request::Head;
use callhook::telecmi::{Event, Telecmi};
use callhook::{Claimed, Delivery, Endpoint, HandlerOutcome, ReplayStatus, Reply, UncheckedReason};
use callhook_sqlx::sqlx::{self, PgPool};
use callhook_sqlx::{CommitError, Marked, SqlxStoreErrorKind, StoreDatabase};
use callhook_test_support::Logs;

use crate::support::{File, Fixture, PATIENT, SHORT, database_of, pool, postgres, sqlite, within};

const TOKEN: &str = "a-token-of-some-length";

#[tokio::test]
async fn in_postgres_the_transaction_decides() {
    the_transaction_decides(postgres().await).await;
}

#[tokio::test]
async fn in_sqlite_the_transaction_decides() {
    the_transaction_decides(sqlite().await).await;
}

async fn the_transaction_decides<DB: StoreDatabase>(f: Fixture<DB>) {
    let logs = Logs::keep();
    let lease = Duration::from_secs(3);
    let endpoint = endpoint(f.store.clone(), lease);

    // Committed, and then the handler fails.
    let (delivery, claimed) = post(&endpoint, CDR).await.expect("the first copy");
    let mut transaction = f.begin().await;
    let marked = f.store.commit_in(&mut transaction, &delivery).await;
    assert_eq!(marked.expect("a mark"), Marked::Protected);
    transaction.commit().await.expect("a commit");
    claimed.settle(HandlerOutcome::Status(500)).await;
    let answer = post(&endpoint, CDR).await.expect_err("a copy");
    assert_eq!(answer.status(), 200);

    // Forgotten to be committed, and then the handler succeeds: it is not lost.
    let (delivery, claimed) = post(&endpoint, REVISED).await.expect("another content");
    assert_eq!(delivery.replay_status(), ReplayStatus::Revision);
    let mut transaction = f.begin().await;
    let marked = f.store.commit_in(&mut transaction, &delivery).await;
    assert_eq!(marked.expect("a mark"), Marked::Protected);
    drop(transaction);
    claimed.settle(HandlerOutcome::Status(200)).await;
    within(endpoint.idle()).await;
    within(async {
        loop {
            match post(&endpoint, REVISED).await {
                Ok((_, claimed)) => return claimed.settle(HandlerOutcome::Status(200)).await,
                Err(answer) => assert_eq!(answer.status(), 503),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let answer = post(&endpoint, REVISED).await.expect_err("a copy");
    assert_eq!(answer.status(), 200);
    let text = logs.text();
    assert!(!text.contains("outlived"), "{text}");
}

#[tokio::test]
async fn a_message_that_was_handled_while_its_store_was_away_is_marked_all_the_same() {
    let f = sqlite().await;
    let hasty = f.store.clone().timeout(SHORT);
    let endpoint = endpoint(hasty.clone(), Duration::from_secs(60));
    // Another transaction has the file.
    let other = f.begin().await;
    let (delivery, claimed) = post(&endpoint, CDR).await.expect("handled unchecked");
    let unchecked = ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable);
    assert_eq!(delivery.replay_status(), unchecked);
    let (copy, copy_claimed) = post(&endpoint, CDR).await.expect("handled unchecked");
    other.rollback().await.expect("a rollback");

    let mut transaction = f.begin().await;
    let marked = hasty.commit_in(&mut transaction, &delivery).await;
    assert_eq!(marked.expect("a mark"), Marked::Protected);
    transaction.commit().await.expect("a commit");
    claimed.settle(HandlerOutcome::Status(204)).await;
    let mut transaction = f.begin().await;
    let marked = hasty.commit_in(&mut transaction, &copy).await;
    let expected = CommitError::Handled {
        by_this_delivery: false,
    };
    let error = marked.expect_err("handled");
    assert_eq!(error.to_string(), expected.to_string());
    drop(transaction);
    copy_claimed.settle(HandlerOutcome::Status(200)).await;
    within(endpoint.idle()).await;
    let answer = post(&endpoint, CDR).await.expect_err("a copy");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_replay_protection_does_not_cover_is_no_error() {
    let f = postgres().await;
    let on = endpoint(f.store.clone(), Duration::from_secs(60));
    let off = Endpoint::builder(Telecmi).query_token("token", TOKEN);
    let off = off.insecure_no_replay_protection();
    let off = off.build().expect("an endpoint");
    for (endpoint, body, reason) in [
        (&on, WITHOUT_ID, UncheckedReason::NoId),
        (&on, FLOW, UncheckedReason::AwaitsAnswer),
        (&off, CDR, UncheckedReason::Off),
    ] {
        let (delivery, _claimed) = post(endpoint, body).await.expect("a message");
        let mut transaction = f.begin().await;
        let marked = f.store.commit_in(&mut transaction, &delivery).await;
        assert_eq!(marked.expect("no error"), Marked::Unprotected(reason));
    }
    // An endpoint that remembers elsewhere is a mistake.
    let other = Endpoint::builder(Telecmi).query_token("token", TOKEN);
    let other = other.build().expect("an endpoint");
    let (delivery, _claimed) = post(&other, CDR).await.expect("a message");
    let mut transaction = f.begin().await;
    let marked = f.store.commit_in(&mut transaction, &delivery).await;
    assert!(
        matches!(marked, Err(CommitError::AnotherStore)),
        "{marked:?}"
    );
}

#[tokio::test]
async fn tables_that_are_missing_are_logged_once_and_messages_are_handled() {
    let file = File::new();
    let logs = Logs::keep();
    let store = callhook_sqlx::SqlxStore::new(file.pool()).timeout(PATIENT);
    let endpoint = endpoint(store.clone(), Duration::from_secs(60));
    let mut transaction = file.pool().begin().await.expect("a transaction");
    for _ in 0..3 {
        let (delivery, claimed) = post(&endpoint, CDR).await.expect("handled unchecked");
        let marked = store.commit_in(&mut transaction, &delivery).await;
        let Err(CommitError::Database(error)) = marked else {
            panic!("{marked:?}");
        };
        assert_eq!(error.kind(), SqlxStoreErrorKind::NotMigrated);
        claimed.settle(HandlerOutcome::Status(500)).await;
    }
    let text = logs.text();
    let told = "the replay store could not answer";
    assert_eq!(text.matches(told).count(), 1, "{text}");
    assert!(text.contains("call migrate()"), "{text}");
    assert!(!text.contains("919000000001"), "{text}");
}

#[tokio::test]
async fn nothing_is_asked_after_the_mark() {
    let f = postgres().await;
    let endpoint = endpoint(f.store.clone(), Duration::from_secs(60));
    let (delivery, claimed) = post(&endpoint, CDR).await.expect("the first copy");
    let mut transaction = f.begin().await;
    let marked = f.store.commit_in(&mut transaction, &delivery).await;
    assert_eq!(marked.expect("a mark"), Marked::Protected);
    transaction.commit().await.expect("a commit");
    let watcher = pool(&database_of(&f.pool).await, 1);
    let before = last_statements(&watcher).await;
    claimed.settle(HandlerOutcome::Status(200)).await;
    within(endpoint.idle()).await;
    assert_eq!(last_statements(&watcher).await, before);
}

/// When each of the database's connections but the one that asks was last asked for something.
async fn last_statements(pool: &PgPool) -> Vec<(i32, String)> {
    let statements = sqlx::query_as(
        "select pid, query_start::text from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
         order by pid",
    );
    statements.fetch_all(pool).await.expect("statements")
}

pub(crate) fn endpoint(store: impl ReplayStore, lease: Duration) -> Endpoint<Event> {
    Endpoint::builder(Telecmi)
        .name("calls")
        .query_token("token", TOKEN)
        .replay_store(store)
        .lease(lease)
        .build()
        .expect("an endpoint")
}

/// How a message is delivered, or what its sender is answered.
pub(crate) async fn post(
    endpoint: &Endpoint<Event>,
    body: &'static str,
) -> Result<(Delivery<Event>, Claimed), Reply> {
    let query = format!("token={TOKEN}");
    let head = Head::new("POST", "/hook", Some(&query), &());
    let admitted = within(endpoint.admit(&head, tokio::time::sleep)).await?;
    let mut body = Some(Ok(Bytes::from_static(body.as_bytes())));
    let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
    let verified = within(admitted.receive(poll_chunk, tokio::time::sleep)).await?;
    Ok(within(verified.claim()).await?.into_parts())
}

pub(crate) const CDR: &str =
    r#"{"type":"cdr","appid":7,"cmiuuid":"a","status":"answered","to":919000000001}"#;
const REVISED: &str = r#"{"type":"cdr","appid":7,"cmiuuid":"a","status":"answered","to":919000000001,"filename":"f"}"#;
const WITHOUT_ID: &str = r#"{"type":"cdr","appid":7,"status":"answered"}"#;
const FLOW: &str = r#"{"appid":7,"from":919000000001,"to":919000000002,"cmiuuid":"a"}"#;
