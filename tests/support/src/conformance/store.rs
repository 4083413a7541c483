//! When the replay store is asked, what becomes of its failures, and what it is told in the end.

use std::time::Duration;

use callhook::clock::ManualClock;
use callhook::replay::{Claim, Settled, Settlement};
use callhook::{OnStoreFailure, RejectionKind, ReplayStatus, UncheckedReason};

use super::{Adapter, App, told};
use crate::{
    Failing, Logs, Step, TestHandler, TestStore, builder, cdr, poll, post, remember, remembering,
    within,
};

pub(super) async fn a_store_that_is_down_has_messages_handled_unchecked_by_default(
    adapter: &impl Adapter,
) {
    let logs = Logs::keep();
    let (store, clock) = (TestStore::default(), ManualClock::default());
    let endpoint = remembering(&store).clock(clock.clone()).build();
    let app = App::new(endpoint.expect("a valid endpoint"))
        .start(adapter)
        .await;
    store.fail_claims(Failing::Before);

    for _ in 0..3 {
        app.is_handled(post(cdr("1")), 204).await;
    }
    let unchecked = ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable);
    assert_eq!(app.handler.replay_status(), [unchecked; 3]);
    let log = logs.text();
    let incidents = log.matches("the replay store could not answer").count();
    assert_eq!(incidents, 1, "once for each incident: {log}");

    // A single answer doesn't end an incident: one after a quiet time does.
    store.fail_claims(Failing::No);
    app.is_replay(post(cdr("1"))).await;
    assert!(!logs.text().contains("the replay store answers again"));
    clock.advance(Duration::from_secs(10));
    app.is_replay(post(cdr("1"))).await;
    assert!(logs.text().contains("the replay store answers again"));
    assert_eq!(store.claimed(), 0);
}

pub(super) async fn a_store_whose_answer_was_lost_is_told_the_outcome_all_the_same(
    adapter: &impl Adapter,
) {
    for (status, settlement) in OUTCOMES {
        let store = TestStore::default();
        let app = App::new(remember(&store)).start(adapter).await;
        store.fail_claims(Failing::After);
        app.handler.plan_status(status);
        app.is_handled(post(cdr("1")), status).await;
        assert_eq!(store.steps(), settled_later(settlement));
        assert_eq!(store.claimed(), 0);
    }
}

pub(super) async fn a_store_that_is_down_has_messages_refused_where_that_is_chosen(
    adapter: &impl Adapter,
) {
    for failing in [Failing::Before, Failing::After] {
        let store = TestStore::default();
        let endpoint = remembering(&store).on_store_failure(OnStoreFailure::Refuse);
        let app = App::new(endpoint.build().expect("a valid endpoint"));
        let app = app.start(adapter).await;
        store.fail_claims(failing);

        let refused = app.ask(post(cdr("1"))).await;
        assert_eq!(told(&refused), (503, Some("store_unavailable")));
        assert_eq!(refused.header("retry-after"), Some("5"));
        let expected = (RejectionKind::StoreUnavailable, "store_unavailable");
        assert_eq!(app.refused_as(), Some(expected));
        assert_eq!(app.handler.runs(), 0);
        assert_eq!(store.claimed(), 0, "nothing stays locked");

        store.fail_claims(Failing::No);
        app.is_handled(post(cdr("1")), 204).await;
        assert_eq!(app.handler.replay_status(), [ReplayStatus::First]);
    }
}

pub(super) async fn the_cause_of_a_store_failure_can_be_found_by_outer_layers(
    adapter: &impl Adapter,
) {
    let store = TestStore::default();
    store.fail_claims(Failing::Before);
    let endpoint = remembering(&store).on_store_failure(OnStoreFailure::Refuse);
    let app = App::new(endpoint.build().expect("a valid endpoint"));
    let app = app.start(adapter).await;
    app.ask(post(cdr("1"))).await;
    let refusal = app.refusal().expect("a rejection");
    assert_eq!(refusal.cause.as_deref(), Some("down, as planned"));
}

pub(super) async fn an_answer_passes_though_its_settling_fails_and_is_tried_once_more(
    adapter: &impl Adapter,
) {
    for (status, settlement) in OUTCOMES {
        let store = TestStore::default();
        let app = App::new(remember(&store)).start(adapter).await;
        store.fail_settling(true);
        app.handler.plan_status(status);
        app.is_handled(post(cdr("1")), status).await;
        assert_eq!(store.steps(), settled_later(settlement));
    }
}

pub(super) async fn a_message_is_settled_before_its_answer_is_given(adapter: &impl Adapter) {
    let store = TestStore::default();
    store.gates().before_settle.close();
    let app = App::new(remember(&store)).start(adapter).await;
    let mut first = app.begin(post(cdr("1"))).await;
    store.gates().before_settle.arrived().reach(1).await;

    app.is_in_flight(post(cdr("1"))).await;
    let early = poll(&mut Box::pin(first.reply()));
    assert!(early.is_pending(), "a copy could still be handled");
    store.gates().before_settle.open();

    assert_eq!(first.reply().await.expect("a reply").status, 204);
    app.is_replay(post(cdr("1"))).await;
}

pub(super) async fn an_endpoint_is_idle_once_no_claim_is_held_and_the_store_is_flushed(
    adapter: &impl Adapter,
) {
    let store = TestStore::default();
    let app = App::new(remember(&store)).start(adapter).await;
    within("a fresh endpoint to be idle", app.endpoint.idle()).await;
    assert_eq!(store.flushed().get(), 1);
    app.handler.gate().close();
    let mut running = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(1).await;
    store.gates().before_settle.close();
    store.gates().flush.close();

    let endpoint = app.endpoint.clone();
    let idle = tokio::spawn(async move { endpoint.idle().await });
    app.handler.gate().open();
    store.gates().before_settle.arrived().reach(1).await;
    assert!(!idle.is_finished(), "the commit has not ended");
    let flushes = store.gates().flush.arrived();
    assert_eq!(flushes.get(), 1, "not asked again yet");
    store.gates().before_settle.open();
    assert_eq!(running.reply().await.expect("a reply").status, 204);
    flushes.reach(2).await;
    assert!(!idle.is_finished(), "the store is not flushed");
    store.gates().flush.open();

    let idle = within("the endpoint to be idle", idle).await;
    idle.expect("no panic");
    assert_eq!(store.flushed().get(), 2);
}

pub(super) async fn endpoints_of_two_names_share_a_store_and_no_messages(adapter: &impl Adapter) {
    let (store, handler) = (TestStore::default(), TestHandler::default());
    let mut apps = Vec::new();
    for name in ["one", "two"] {
        let endpoint = builder().name(name).replay_store(store.clone());
        let app = App::new(endpoint.build().expect("a valid endpoint")).handler(&handler);
        let app = app.start(adapter).await;
        app.is_handled(post(cdr("1")), 204).await;
        apps.push(app);
    }
    apps[0].is_replay(post(cdr("1"))).await;
    assert_eq!(
        handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::First]
    );
}

/// A handler's status, and what it does to the message.
const OUTCOMES: [(u16, Settlement); 2] = [(201, Settlement::Commit), (500, Settlement::Release)];

fn settled_later(settlement: Settlement) -> [Step; 2] {
    let later = Step::Later(settlement, Settled::Done);
    [Step::Claim(Claim::First), later]
}
