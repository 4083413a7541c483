//! Claims, releases and pruning beside a transaction that has marked a message and is still open.

use std::num::NonZeroU32;
use std::time::Duration;

use callhook::replay::{Claim, ReplayStore, Settled, Settlement};
use callhook_sqlx::SqlxStoreErrorKind;

use crate::support::{
    DAY, MINUTE, claim, commit, is_in_flight, lease, lease_of, postgres, receipt, sqlite, within,
};

#[tokio::test]
async fn in_postgres_claims_and_releases_beside_it_end_soon_and_others_are_not_held_up() {
    let f = postgres().await;
    // One that was never claimed, so that there is no row to read.
    let marking = receipt(&f.store, &lease("a", 1));
    let mut transaction = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut transaction, &marking);
    marked.await.expect("a mark");

    assert!(is_in_flight(&claim(&f.store, &lease("a", 1)).await));
    let error = within(f.store.release(&lease("a", 1))).await;
    let error = error.expect_err("the row is locked");
    assert_eq!(error.kind(), SqlxStoreErrorKind::Locked);
    let error = within(f.store.commit(&lease("a", 1))).await;
    let error = error.expect_err("the row is locked");
    assert_eq!(error.kind(), SqlxStoreErrorKind::Locked);
    // Another message, and another content of this one.
    assert_eq!(claim(&f.store, &lease("b", 1)).await, Claim::First);
    assert_eq!(claim(&f.store, &lease("a", 2)).await, Claim::First);

    let late = lease("a", 1);
    f.store.settle_later(late, Settlement::Release);
    transaction.commit().await.expect("a commit");
    within(f.store.flush()).await;
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn in_postgres_a_claim_that_waited_for_a_rollback_is_granted_later() {
    let f = postgres().await;
    let marking = receipt(&f.store, &lease("a", 1));
    let mut transaction = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut transaction, &marking);
    marked.await.expect("a mark");
    let next = lease("a", 1);
    assert!(is_in_flight(&claim(&f.store, &next).await));
    transaction.rollback().await.expect("a rollback");
    assert_eq!(claim(&f.store, &next).await, Claim::First);
}

#[tokio::test]
async fn in_postgres_pruning_passes_by_what_is_being_marked() {
    let f = postgres().await;
    let moment = Duration::from_millis(1);
    for id in ["a", "b"] {
        let over = lease_of(id, 1, MINUTE, moment);
        assert_eq!(commit(&f.store, &over).await, Settled::Done);
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let marking = receipt(&f.store, &lease_of("a", 1, MINUTE, DAY));
    let mut transaction = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut transaction, &marking);
    marked.await.expect("a mark");
    let batch = NonZeroU32::new(100).expect("a number");
    let count = within(f.store.prune(batch)).await;
    assert_eq!(count.expect("a count"), 1, "b");
    transaction.commit().await.expect("a commit");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn in_sqlite_copies_are_answered_beside_it_and_what_has_to_write_ends_within_the_limit() {
    let f = sqlite().await;
    let store = f.store.clone().timeout(Duration::from_millis(300));
    assert_eq!(commit(&f.store, &lease("handled", 1)).await, Settled::Done);
    assert_eq!(claim(&f.store, &lease("held", 1)).await, Claim::First);

    let marking = receipt(&f.store, &lease("a", 1));
    let mut transaction = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut transaction, &marking);
    marked.await.expect("a mark");
    assert_eq!(claim(&store, &lease("handled", 1)).await, Claim::Replay);
    assert!(is_in_flight(&claim(&store, &lease("held", 1)).await));
    let late = lease("b", 1);
    let error = within(store.claim(&late)).await;
    let error = error.expect_err("there is one writer");
    assert_eq!(error.kind(), SqlxStoreErrorKind::Locked);
    let error = within(store.release(&late)).await;
    assert!(error.is_err(), "there is one writer");

    transaction.commit().await.expect("a commit");
    // The claim that failed was not granted later, for nobody.
    assert_eq!(claim(&f.store, &lease("b", 1)).await, Claim::First);
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}
