//! Senders that hang up, and handlers that panic.

use std::sync::{Arc, Mutex};

use callhook::ReplayStatus;
use callhook::replay::{Claim, Settled, Settlement};

use super::{Adapter, App, Mount, Running, told};
use crate::{
    Gate, HangUp, Planned, Step, TestStore, Wire, cdr, cdr_with_recording, endpoint, poll, post,
    remember, remembering, within,
};

/// A sender whose message is being handled, and will be until the gate opens.
async fn held(app: &Running) -> Wire {
    let runs = app.handler.runs();
    app.handler.gate().close();
    let sender = app.begin(post(cdr("1"))).await;
    app.handler.reach_runs(runs + 1).await;
    sender
}

pub(super) async fn a_sender_that_breaks_off_while_the_handler_runs_has_its_next_copy_handled(
    adapter: &impl Adapter,
) {
    for hang_up in HangUp::that_drop(adapter) {
        let (app, codes) = App::observed(adapter, Mount::Layered).await;
        let sender = held(&app).await;

        let _left = hang_up.hang_up(sender).await;
        app.handler.dropped().reach(1).await;
        assert_eq!(app.handler.ended().get(), 0, "{hang_up:?}");
        within("no claim", app.endpoint.idle()).await;
        app.handler.gate().open();

        app.is_handled(post(cdr("1")), 204).await;
        assert_eq!(
            app.handler.replay_status(),
            [ReplayStatus::First, ReplayStatus::First],
            "{hang_up:?}"
        );
        assert_eq!(codes.seen(), ["cancelled", "handled"], "{hang_up:?}");
        app.is_replay(post(cdr("1"))).await;
    }
}

pub(super) async fn a_sender_that_breaks_off_takes_no_other_content_with_it(
    adapter: &impl Adapter,
) {
    let app = App::new(endpoint()).start(adapter).await;
    let hanging_up = held(&app).await;
    let mut staying = app.begin(post(cdr_with_recording("1"))).await;
    app.handler.reach_runs(2).await;

    hanging_up.reset();
    app.handler.dropped().reach(1).await;
    app.is_in_flight(post(cdr_with_recording("1"))).await;
    app.handler.gate().open();

    assert_eq!(staying.reply().await.expect("a reply").status, 204);
    assert_eq!(
        app.handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
}

type Place = fn(&TestStore) -> &Gate;

pub(super) async fn a_sender_that_breaks_off_while_the_claim_is_on_its_way_leaves_nothing_locked(
    adapter: &impl Adapter,
) {
    let places: [(&str, Place); 2] = [
        ("to the store", |store| &store.gates().before_claim),
        ("back from the store", |store| &store.gates().after_claim),
    ];
    for (name, place) in places {
        for hang_up in HangUp::that_drop(adapter) {
            let case = format!("{name}, {hang_up:?}");
            let store = TestStore::default();
            let app = App::new(remember(&store)).start(adapter).await;
            place(&store).close();
            let sender = app.begin(post(cdr("1"))).await;
            place(&store).arrived().reach(1).await;

            let _left = hang_up.hang_up(sender).await;
            store.later().reach(1).await;
            assert_eq!(store.claimed(), 0, "{case}");
            let released = Step::Later(Settlement::Release, Settled::Done);
            assert_eq!(store.steps().pop(), Some(released), "{case}");
            assert_eq!(app.handler.runs(), 0, "{case}");

            place(&store).open();
            app.is_handled(post(cdr("1")), 204).await;
            assert_eq!(app.handler.replay_status(), [ReplayStatus::First], "{case}");
        }
    }
}

pub(super) async fn a_sender_that_breaks_off_while_its_success_is_settled_does_not_undo_it(
    adapter: &impl Adapter,
) {
    for app in break_off_while_settling(adapter, 204, Settlement::Commit).await {
        app.is_replay(post(cdr("1"))).await;
        assert_eq!(app.handler.runs(), 1);
    }
}

pub(super) async fn a_sender_that_breaks_off_while_its_failure_is_settled_has_its_next_copy_handled(
    adapter: &impl Adapter,
) {
    for app in break_off_while_settling(adapter, 500, Settlement::Release).await {
        app.is_handled(post(cdr("1")), 204).await;
        assert_eq!(app.handler.runs(), 2);
    }
}

/// An app for each place and each way.
async fn break_off_while_settling(
    adapter: &impl Adapter,
    status: u16,
    settlement: Settlement,
) -> Vec<Running> {
    let places: [Place; 2] = [
        |store| &store.gates().before_settle,
        |store| &store.gates().after_settle,
    ];
    let mut apps = Vec::new();
    for place in places {
        for hang_up in HangUp::that_drop(adapter) {
            let store = TestStore::default();
            let app = App::new(remember(&store)).start(adapter).await;
            place(&store).close();
            app.handler.plan_status(status);
            let sender = app.begin(post(cdr("1"))).await;
            place(&store).arrived().reach(1).await;
            assert_eq!(app.handler.ended().get(), 1);

            let _left = hang_up.hang_up(sender).await;
            store.later().reach(1).await;
            let settled = store.steps().pop();
            let Some(Step::Later(found, Settled::Done | Settled::AlreadyHandled)) = settled else {
                panic!("not settled later: {settled:?}");
            };
            assert_eq!(found, settlement);
            assert_eq!(store.claimed(), 0);
            place(&store).open();
            apps.push(app);
        }
    }
    apps
}

pub(super) async fn a_copy_that_comes_before_the_hang_up_is_noticed_waits_for_its_turn(
    adapter: &impl Adapter,
) {
    let app = App::new(endpoint()).start(adapter).await;
    let sender = held(&app).await;

    app.is_in_flight(post(cdr("1"))).await;
    sender.reset();
    app.handler.dropped().reach(1).await;
    app.handler.gate().open();

    app.is_handled(post(cdr("1")), 204).await;
    assert_eq!(app.handler.runs(), 2);
}

pub(super) async fn a_message_is_released_only_after_its_handler_was_dropped(
    adapter: &impl Adapter,
) {
    let store = TestStore::default();
    let app = App::new(remember(&store)).start(adapter).await;
    let at_drop = Arc::<Mutex<Vec<usize>>>::default();
    let (kept, claims) = (Arc::clone(&at_drop), store.clone());
    app.handler.when_dropped(move || {
        let claimed = claims.claimed();
        kept.lock().expect("not poisoned").push(claimed);
    });
    let sender = held(&app).await;

    sender.reset();
    store.later().reach(1).await;

    assert_eq!(*at_drop.lock().expect("not poisoned"), [1]);
    assert_eq!(store.claimed(), 0);
}

pub(super) async fn a_sender_that_hangs_up_within_its_body_has_claimed_nothing(
    adapter: &impl Adapter,
) {
    for hang_up in HangUp::ALL {
        let store = TestStore::default();
        let app = App::new(remembering(&store).build().expect("a valid endpoint"));
        let app = app.start(adapter).await;
        let whole = post(cdr("1"));
        let sender = app.begin(&whole[..whole.len() - 1]).await;

        if let Some(mut left) = hang_up.hang_up(sender).await {
            // Some frameworks answer, and some just close.
            let reply = left.reply().await;
            assert!(reply.is_none_or(|reply| reply.status == 400));
        }
        app.is_handled(whole, 204).await;
        assert_eq!(
            app.handler.replay_status(),
            [ReplayStatus::First],
            "{hang_up:?}"
        );
        let claims = store.steps();
        let claims = claims.iter().filter(|step| matches!(step, Step::Claim(_)));
        let claims: Vec<_> = claims.collect();
        assert_eq!(claims, [&Step::Claim(Claim::First)], "{hang_up:?}");
    }
}

pub(super) async fn a_handler_that_panics_releases_its_message_and_the_server_goes_on(
    adapter: &impl Adapter,
) {
    let (app, codes) = App::observed(adapter, Mount::Layered).await;
    app.handler.plan([Planned::Panic]);
    let mut sender = app.begin(post(cdr("1"))).await;
    assert!(sender.reply().await.is_none(), "the connection is closed");
    assert_eq!(app.handler.dropped().get(), 1);
    app.is_handled(post(cdr("1")), 204).await;
    assert_eq!(
        app.handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::First]
    );
    assert_eq!(codes.seen(), ["panicked", "handled"]);
}

pub(super) async fn an_endpoint_is_idle_once_the_last_of_its_handlers_has_ended(
    adapter: &impl Adapter,
) {
    let app = App::new(endpoint()).start(adapter).await;
    let mut staying = held(&app).await;
    let hanging_up = app.begin(post(cdr("2"))).await;
    app.handler.reach_runs(2).await;

    let mut idle = Box::pin(app.endpoint.idle());
    assert!(poll(&mut idle).is_pending());
    hanging_up.reset();
    app.handler.dropped().reach(1).await;
    assert!(poll(&mut idle).is_pending());
    app.handler.gate().open();
    within("the endpoint to be idle", idle).await;

    assert_eq!(app.handler.ended().get(), 1);
    assert_eq!(staying.reply().await.expect("a reply").status, 204);
}

pub(super) async fn a_detached_handler_ends_though_the_sender_hangs_up_and_its_message_is_handled(
    adapter: &impl Adapter,
) {
    for hang_up in HangUp::ALL {
        let (app, codes) = App::observed(adapter, Mount::Detached).await;
        let sender = held(&app).await;

        let _left = hang_up.hang_up(sender).await;
        // A retry while it runs has to wait, and takes nothing from it.
        app.is_in_flight(post(cdr("1"))).await;
        app.handler.gate().open();
        within("the handler's end", app.endpoint.idle()).await;
        assert_eq!(app.handler.ended().get(), 1, "{hang_up:?}");

        app.is_replay(post(cdr("1"))).await;
        assert_eq!(app.handler.runs(), 1, "{hang_up:?}");
        assert_eq!(app.handler.dropped().get(), 0, "{hang_up:?}");
        let expected = ["in_flight", "handled", "replay"];
        assert_eq!(codes.seen(), expected, "{hang_up:?}");
    }
}

pub(super) async fn a_detached_handler_that_fails_or_panics_releases_its_message_though_nobody_waits(
    adapter: &impl Adapter,
) {
    for (planned, ended) in [
        (Planned::status(500), "failed"),
        (Planned::Panic, "panicked"),
    ] {
        for hang_up in HangUp::ALL {
            let (app, codes) = App::observed(adapter, Mount::Detached).await;
            app.handler.plan([planned.clone()]);
            let sender = held(&app).await;
            let _left = hang_up.hang_up(sender).await;
            app.handler.gate().open();
            within("the handler's end", app.endpoint.idle()).await;

            app.is_handled(post(cdr("1")), 204).await;
            assert_eq!(codes.seen(), [ended, "handled"], "{hang_up:?}");
        }
    }
}

pub(super) async fn a_detached_handlers_answer_and_panic_reach_who_waits_for_them(
    adapter: &impl Adapter,
) {
    let (app, _) = App::observed(adapter, Mount::Detached).await;
    app.handler.plan([Planned::Panic, Planned::status(418)]);
    let mut sender = app.begin(post(cdr("1"))).await;
    let reply = sender.reply().await;
    let reply = reply.as_ref().map(told);
    assert_eq!(reply, None, "the connection's task panicked too");
    for status in [418, 204] {
        app.is_handled(post(cdr("1")), status).await;
    }
}
