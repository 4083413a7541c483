//! The mark in a transaction: in both databases alike.

use callhook::replay::{Claim, Receipt, ReplayStore, Settled, Settlement, StoreId};
use callhook_sqlx::{CommitError, SqlxStore, SqlxStoreErrorKind, StoreDatabase};

use crate::support::{
    Fixture, Level, claim, in_both, is_granted, is_in_flight, lease, postgres_at, receipt, release,
    sqlite, within,
};

in_both! {
    a_mark_counts_once_its_transaction_is_committed
    a_mark_that_is_rolled_back_leaves_the_message_open
    one_receipt_marks_in_one_transaction
    of_two_copies_the_second_to_mark_is_told
    a_mark_counts_whoever_has_the_lease
    a_mark_needs_no_claim
    a_receipt_of_another_store_is_refused
    a_failure_after_the_mark_undoes_nothing
    a_store_of_the_same_database_with_claims_in_its_process_knows_the_mark
}

async fn a_mark_counts_once_its_transaction_is_committed<DB: StoreDatabase>(f: Fixture<DB>) {
    let owner = lease("a", 1);
    assert_eq!(claim(&f.store, &owner).await, Claim::First);
    let receipt = receipt(&f.store, &owner);
    let mut transaction = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut transaction, &receipt);
    marked.await.expect("a mark");
    assert!(receipt.is_marked_in_transaction());
    // Answered without waiting for the transaction.
    assert!(is_in_flight(&claim(&f.store, &lease("a", 1)).await));
    transaction.commit().await.expect("a commit");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
    assert_eq!(claim(&f.store, &lease("a", 2)).await, Claim::Revision);
}

async fn a_mark_that_is_rolled_back_leaves_the_message_open<DB: StoreDatabase>(f: Fixture<DB>) {
    let owner = lease("a", 1);
    assert_eq!(claim(&f.store, &owner).await, Claim::First);
    let mut transaction = f.begin().await;
    let receipt = receipt(&f.store, &owner);
    let marked = f.store.commit_receipt_in(&mut transaction, &receipt);
    marked.await.expect("a mark");
    transaction.rollback().await.expect("a rollback");
    assert!(is_in_flight(&claim(&f.store, &lease("a", 1)).await));
    assert_eq!(release(&f.store, &owner).await, Settled::Done);
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::First);
}

async fn one_receipt_marks_in_one_transaction<DB: StoreDatabase>(f: Fixture<DB>) {
    let owner = lease("a", 1);
    assert_eq!(claim(&f.store, &owner).await, Claim::First);
    let receipt = receipt(&f.store, &owner);
    let mut first = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut first, &receipt);
    marked.await.expect("a mark");
    let again = f.store.commit_receipt_in(&mut first, &receipt).await;
    assert!(is_handled(&again, true), "{again:?}");
    assert!(receipt.is_marked_in_transaction());
    first.commit().await.expect("a commit");

    let mut second = f.begin().await;
    let again = f.store.commit_receipt_in(&mut second, &receipt).await;
    assert!(is_handled(&again, true), "{again:?}");
    second.rollback().await.expect("a rollback");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}

async fn of_two_copies_the_second_to_mark_is_told<DB: StoreDatabase>(f: Fixture<DB>) {
    let (one, two) = (lease("a", 1), lease("a", 1));
    f.mark(&one).await.expect("a mark");
    let receipt = receipt(&f.store, &two);
    let mut transaction = f.begin().await;
    let marked = f.store.commit_receipt_in(&mut transaction, &receipt).await;
    assert!(is_handled(&marked, false), "{marked:?}");
    assert!(!receipt.is_marked_in_transaction());
    transaction.rollback().await.expect("a rollback");
    // Another content is another matter.
    f.mark(&lease("a", 2)).await.expect("a mark");
}

async fn a_mark_counts_whoever_has_the_lease<DB: StoreDatabase>(f: Fixture<DB>) {
    let (late, owner) = (lease("a", 1), lease("a", 1));
    assert_eq!(claim(&f.store, &owner).await, Claim::First);
    f.mark(&late).await.expect("a mark");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
    assert_eq!(release(&f.store, &owner).await, Settled::Lost);
    let marked = f.mark(&owner).await;
    assert!(is_handled(&marked, false), "{marked:?}");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}

async fn a_mark_needs_no_claim<DB: StoreDatabase>(f: Fixture<DB>) {
    // The store could not answer when the message came.
    f.mark(&lease("a", 1)).await.expect("a mark");
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}

async fn a_receipt_of_another_store_is_refused<DB: StoreDatabase>(f: Fixture<DB>) {
    let other = SqlxStore::new(f.pool.clone());
    let mut transaction = f.begin().await;
    for store in [None, Some(StoreId::unique()), other.store_id()] {
        let receipt = Receipt::for_test(lease("a", 1), store);
        let marked = f.store.commit_receipt_in(&mut transaction, &receipt).await;
        assert!(
            matches!(marked, Err(CommitError::AnotherStore)),
            "{marked:?}"
        );
        assert!(!receipt.is_marked_in_transaction());
    }
    // A clone is the same store.
    let receipt = receipt(&f.store, &lease("a", 1));
    let store = f.store.clone();
    let marked = store.commit_receipt_in(&mut transaction, &receipt);
    marked.await.expect("a mark");
}

async fn a_failure_after_the_mark_undoes_nothing<DB: StoreDatabase>(f: Fixture<DB>) {
    let owner = lease("a", 1);
    assert_eq!(claim(&f.store, &owner).await, Claim::First);
    f.mark(&owner).await.expect("a mark");
    assert_eq!(
        release(&f.store, &owner).await,
        Settled::AlreadyHandled,
        "it is this lease's own mark"
    );
    f.store.settle_later(owner, Settlement::Release);
    within(f.store.flush()).await;
    assert_eq!(claim(&f.store, &lease("a", 1)).await, Claim::Replay);
}

async fn a_store_of_the_same_database_with_claims_in_its_process_knows_the_mark<
    DB: StoreDatabase,
>(
    f: Fixture<DB>,
) {
    // Two processes: neither knows of the other's claim.
    let one = f.store.clone().claims_in_process();
    let two = f.store.clone().claims_in_process();
    let (first, second) = (lease("a", 1), lease("a", 1));
    assert_eq!(claim(&one, &first).await, Claim::First);
    assert!(is_in_flight(&claim(&one, &lease("a", 1)).await));
    assert_eq!(claim(&two, &second).await, Claim::First);

    let receipts = [receipt(&one, &first), receipt(&two, &second)];
    let mut transaction = f.begin().await;
    let marked = one.commit_receipt_in(&mut transaction, &receipts[0]);
    marked.await.expect("a mark");
    transaction.commit().await.expect("a commit");
    let mut transaction = f.begin().await;
    let marked = two.commit_receipt_in(&mut transaction, &receipts[1]).await;
    assert!(is_handled(&marked, false), "{marked:?}");
    drop(transaction);
    for store in [&one, &two] {
        // The claims still run: nobody has given them up.
        assert_eq!(claim(store, &lease("a", 1)).await, Claim::Replay);
        assert_eq!(claim(store, &lease("a", 2)).await, Claim::Revision);
    }
    assert_eq!(release(&two, &second).await, Settled::Lost);
    assert_eq!(release(&one, &first).await, Settled::AlreadyHandled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_transactions_that_mark_at_once_one_is_committed_at_every_level() {
    for level in Level::ALL {
        let f = postgres_at(level).await;
        one_of_many_is_committed(&f).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_transactions_that_mark_at_once_one_is_committed_in_sqlite() {
    let f = sqlite().await;
    one_of_many_is_committed(&f).await;
}

/// In rounds, each with copies that mark and copies that claim.
async fn one_of_many_is_committed<DB: StoreDatabase>(f: &Fixture<DB>) {
    for round in 0..20 {
        let id = format!("{round}");
        let copies: Vec<_> = (0..8).map(|_| lease(&id, 1)).collect();
        let marks = copies.iter().map(|copy| f.mark(copy));
        let others: Vec<_> = (0..4).map(|_| lease(&id, 1)).collect();
        let claims = others.iter().map(|other| claim(&f.store, other));
        let (marks, claims) = tokio::join!(join_all(marks), join_all(claims));
        let done = marks.iter().filter(|mark| mark.is_ok()).count();
        assert_eq!(done, 1, "round {round}: {marks:?}");
        for mark in marks.iter().filter(|mark| mark.is_err()) {
            let is_conflict = matches!(
                mark,
                Err(CommitError::Database(error)) if error.kind() == SqlxStoreErrorKind::Conflict
            );
            assert!(is_conflict || is_handled(mark, false), "{mark:?}");
        }
        let granted = claims.iter().filter(|claim| is_granted(claim)).count();
        assert!(granted <= 1, "round {round}: {claims:?}");
        assert_eq!(claim(&f.store, &lease(&id, 1)).await, Claim::Replay);
    }
}

async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut is_ready = true;
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *output = Some(done),
                    std::task::Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

fn is_handled(marked: &Result<(), CommitError>, by_this: bool) -> bool {
    matches!(marked, Err(CommitError::Handled { by_this_delivery }) if *by_this_delivery == by_this)
}
