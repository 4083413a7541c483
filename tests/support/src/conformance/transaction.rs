//! Handlers whose transaction marks the message together with its effect.

use callhook::replay::{Claim, Settled, Settlement};
use callhook::{ReplayStatus, UncheckedReason};

use super::{Adapter, App, Mount, Running};
use crate::{
    Failing, HangUp, Logs, Planned, Step, TestStore, Transaction, cdr, post, remember, within,
};

/// An app whose handler has its effects in transactions on its replay store.
async fn start(
    adapter: &impl Adapter,
    mount: Mount,
    transaction: Transaction,
) -> (Running, TestStore) {
    let store = TestStore::default();
    let app = App::new(remember(&store)).mount(mount);
    app.handler.transact(&store, transaction);
    (app.start(adapter).await, store)
}

const CLAIM: Step = Step::Claim(Claim::First);

const NOT_UNDONE: &str = "the message stays handled";

/// What is logged of a handler that outlived its lease.
const OUTLIVED: &str = "outlived its lease";

pub(super) async fn a_2xx_after_a_transaction_has_marked_the_message_settles_nothing_more(
    adapter: &impl Adapter,
) {
    for mount in [Mount::Layered, Mount::Detached, Mount::GuardedWebhook] {
        let logs = Logs::keep();
        let (app, store) = start(adapter, mount, Transaction::Committed).await;
        app.is_handled(post(cdr("1")), 204).await;
        within("the endpoint to be idle", app.endpoint.idle()).await;
        assert_eq!(store.steps(), [CLAIM], "{mount:?}");
        app.is_replay(post(cdr("1"))).await;
        assert_eq!(store.effects().get(), 1, "{mount:?}");
        let log = logs.text();
        assert!(
            !log.contains(OUTLIVED) && !log.contains(NOT_UNDONE),
            "{log}"
        );
    }
}

pub(super) async fn a_transaction_that_was_not_committed_leaves_the_message_to_a_later_copy_though_answered_2xx(
    adapter: &impl Adapter,
) {
    let (app, store) = start(adapter, Mount::Layered, Transaction::RolledBack).await;
    app.is_handled(post(cdr("1")), 204).await;
    assert_eq!(store.steps(), [CLAIM]);
    // Nothing says that it failed, so it is this handler's until the lease is over.
    app.is_in_flight(post(cdr("1"))).await;
    store.end_leases();

    app.handler.transact(&store, Transaction::Committed);
    app.is_handled(post(cdr("1")), 204).await;
    app.is_replay(post(cdr("1"))).await;
    assert_eq!(store.effects().get(), 1);
}

pub(super) async fn a_failure_after_a_transaction_releases_the_message_and_undoes_no_mark(
    adapter: &impl Adapter,
) {
    for mount in [Mount::Layered, Mount::Detached, Mount::GuardedWebhook] {
        for transaction in [Transaction::Committed, Transaction::RolledBack] {
            let case = format!("{mount:?}, {transaction:?}");
            let logs = Logs::keep();
            let (app, store) = start(adapter, mount, transaction).await;
            app.handler.plan_status(500);
            app.is_handled(post(cdr("1")), 500).await;
            within("the endpoint to be idle", app.endpoint.idle()).await;
            let released = Step::Settle(Settlement::Release, released(transaction));
            assert_eq!(store.steps(), [CLAIM, released], "{case}");
            let log = logs.text();
            assert!(!log.contains(OUTLIVED), "{case}: {log}");
            let is_committed = transaction == Transaction::Committed;
            assert_eq!(log.contains(NOT_UNDONE), is_committed, "{case}: {log}");
            has_its_effect_once(&app, &store).await;
        }
    }
}

pub(super) async fn a_panic_or_a_hang_up_after_a_transaction_releases_the_message_and_undoes_no_mark(
    adapter: &impl Adapter,
) {
    let hang_ups = HangUp::that_drop(adapter).iter().copied().map(Some);
    for hang_up in hang_ups.chain([None]) {
        for transaction in [Transaction::Committed, Transaction::RolledBack] {
            let case = format!("{hang_up:?}, {transaction:?}");
            let (app, store) = start(adapter, Mount::Layered, transaction).await;
            let waits = app.handler.after_transaction();
            waits.close();
            if hang_up.is_none() {
                app.handler.plan([Planned::Panic]);
            }
            let mut sender = app.begin(post(cdr("1"))).await;
            waits.arrived().reach(1).await;
            if let Some(hang_up) = hang_up {
                let _left = hang_up.hang_up(sender).await;
                app.handler.dropped().reach(1).await;
                waits.open();
            } else {
                waits.open();
                assert!(sender.reply().await.is_none(), "{case}");
            }
            store.later().reach(1).await;
            let released = Step::Later(Settlement::Release, released(transaction));
            assert_eq!(store.steps(), [CLAIM, released], "{case}");
            has_its_effect_once(&app, &store).await;
        }
    }
}

/// What a release after the transaction is answered.
fn released(transaction: Transaction) -> Settled {
    match transaction {
        Transaction::Committed => Settled::AlreadyHandled,
        Transaction::RolledBack => Settled::Done,
    }
}

/// The next copy is a replay where the effect is there, and is handled where it is not.
async fn has_its_effect_once(app: &Running, store: &TestStore) {
    app.handler.transact(store, Transaction::Committed);
    if store.effects().get() == 0 {
        app.is_handled(post(cdr("1")), 204).await;
    }
    app.is_replay(post(cdr("1"))).await;
    assert_eq!(store.effects().get(), 1);
}

pub(super) async fn a_handler_whose_transaction_finds_the_message_handled_settles_nothing(
    adapter: &impl Adapter,
) {
    let logs = Logs::keep();
    let (app, store) = start(adapter, Mount::Layered, Transaction::Committed).await;
    app.handler.gate().close();
    let first = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(1).await;
    store.end_leases();
    let second = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(2).await;
    app.handler.gate().open();

    let mut answers = Vec::new();
    for mut sender in [first, second] {
        answers.push(sender.reply().await.expect("a reply").status);
    }
    answers.sort();
    assert_eq!(answers, [200, 204]);
    within("the endpoint to be idle", app.endpoint.idle()).await;
    assert_eq!(store.steps(), [CLAIM, CLAIM]);
    assert_eq!(store.effects().get(), 1);
    let log = logs.text();
    assert!(!log.contains(OUTLIVED), "{log}");
    app.is_replay(post(cdr("1"))).await;
}

pub(super) async fn a_message_that_the_store_could_not_claim_has_its_effect_once(
    adapter: &impl Adapter,
) {
    for failing in [Failing::Before, Failing::After] {
        let (app, store) = start(adapter, Mount::Layered, Transaction::Committed).await;
        store.fail_claims(failing);
        app.is_handled(post(cdr("1")), 204).await;
        app.is_handled(post(cdr("1")), 200).await;
        let unchecked = ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable);
        assert_eq!(app.handler.replay_status(), [unchecked; 2]);
        let steps = store.steps();
        let settled = steps.iter().find(|step| !matches!(step, Step::Claim(_)));
        assert_eq!(settled, None, "{failing:?}");
        store.fail_claims(Failing::No);
        app.is_replay(post(cdr("1"))).await;
        assert_eq!(store.effects().get(), 1, "{failing:?}");
    }
}
