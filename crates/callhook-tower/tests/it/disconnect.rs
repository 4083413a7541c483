//! Senders that hang up, and handlers that panic, over real sockets.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use callhook_tower::callhook::observe::Outcome;
use callhook_tower::callhook::replay::{Claim, Settled, Settlement};
use callhook_tower::telecmi::Event;
use callhook_tower::{Endpoint, ReplayStatus, Webhook, WebhookLayer};
use tokio::task::JoinSet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::support::{
    Desk, Gate, Server, Step, TOKEN, TestStore, Turn, Wire, builder, cdr, cdr_with_recording,
    endpoint, hook, poll, post, remember, router, within,
};

#[tokio::test]
async fn a_sender_that_hangs_up_while_the_handler_runs_has_its_next_copy_handled() {
    for hang_up in HangUp::ALL {
        let desk = Desk::default();
        let codes = Codes::default();
        let endpoint = builder()
            .observer(codes.observer())
            .build()
            .expect("a sound configuration");
        let server = Server::start(router(endpoint.clone(), &desk)).await;
        desk.gate().close();
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        desk.reach_runs(1).await;

        let _left = hang_up.hang_up(sender).await;
        desk.dropped().reach(1).await;
        assert_eq!(desk.ended().get(), 0, "{hang_up:?}");
        within("no claim", endpoint.idle()).await;
        desk.gate().open();
        let again = server.ask(post(cdr("1"))).await;

        assert_eq!(again.status, 204, "{hang_up:?}");
        assert_eq!(
            desk.replay_status(),
            [ReplayStatus::First, ReplayStatus::First],
            "{hang_up:?}"
        );
        assert_eq!(codes.seen(), ["cancelled", "handled"], "{hang_up:?}");
        let replay = server.ask(post(cdr("1"))).await;
        assert_eq!((replay.status, replay.outcome()), (200, Some("replay")));
    }
}

/// The desk behind a detached layer.
fn detached(endpoint: Endpoint<Event>, desk: &Desk) -> Router {
    let layer = WebhookLayer::new(endpoint).detached();
    Router::new()
        .route("/hook", hook().layer(layer))
        .with_state(desk.clone())
}

#[tokio::test]
async fn a_detached_handler_ends_though_the_sender_hangs_up_and_its_message_is_handled() {
    for hang_up in HangUp::ALL {
        let desk = Desk::default();
        let codes = Codes::default();
        let endpoint = builder().observer(codes.observer()).build();
        let endpoint = endpoint.expect("a sound configuration");
        let server = Server::start(detached(endpoint.clone(), &desk)).await;
        desk.gate().close();
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        desk.reach_runs(1).await;

        let _left = hang_up.hang_up(sender).await;
        // A retry while it runs has to wait, and takes nothing from it.
        let early = server.ask(post(cdr("1"))).await;
        assert_eq!((early.status, early.outcome()), (503, Some("in_flight")));
        desk.gate().open();
        within("the handler's end", endpoint.idle()).await;
        assert_eq!(desk.ended().get(), 1, "{hang_up:?}");
        let retry = server.ask(post(cdr("1"))).await;

        assert_eq!((retry.status, retry.outcome()), (200, Some("replay")));
        assert_eq!(desk.runs(), 1, "{hang_up:?}");
        assert_eq!(desk.dropped().get(), 0, "{hang_up:?}");
        assert_eq!(
            codes.seen(),
            ["in_flight", "handled", "replay"],
            "{hang_up:?}"
        );
    }
}

#[tokio::test]
async fn a_detached_handler_that_fails_or_panics_releases_its_message_though_nobody_waits() {
    for turn in [Turn::Answer(StatusCode::INTERNAL_SERVER_ERROR), Turn::Panic] {
        let desk = Desk::default();
        let codes = Codes::default();
        let endpoint = builder().observer(codes.observer()).build();
        let endpoint = endpoint.expect("a sound configuration");
        let server = Server::start(detached(endpoint.clone(), &desk)).await;
        desk.gate().close();
        desk.plan([turn]);
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        desk.reach_runs(1).await;
        let _left = HangUp::ALL[0].hang_up(sender).await;
        desk.gate().open();
        within("the handler's end", endpoint.idle()).await;

        assert_eq!(server.ask(post(cdr("1"))).await.status, 204, "{turn:?}");
        let ended = match turn {
            Turn::Panic => "panicked",
            Turn::Answer(_) => "failed",
        };
        assert_eq!(codes.seen(), [ended, "handled"]);
    }
}

#[tokio::test]
async fn a_detached_handlers_answer_and_panic_reach_who_waits_for_them() {
    let desk = Desk::default();
    let app = detached(endpoint(), &desk).layer(CatchPanicLayer::new());
    let server = Server::start(app).await;
    desk.plan([Turn::Panic, Turn::Answer(StatusCode::IM_A_TEAPOT)]);
    for status in [500, 418, 204] {
        assert_eq!(server.ask(post(cdr("1"))).await.status, status);
    }
}

#[tokio::test]
async fn of_200_copies_at_a_detached_layer_one_is_handled() {
    let desk = Desk::default();
    let server = Arc::new(Server::start(detached(endpoint(), &desk)).await);
    desk.gate().close();
    let mut copies = JoinSet::new();
    for _ in 0..200 {
        let server = Arc::clone(&server);
        copies.spawn(async move { server.ask(post(cdr("1"))).await.status });
    }
    desk.reach_runs(1).await;
    desk.gate().open();
    let statuses = within("the answers", copies.join_all()).await;
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1);
    assert!(
        statuses
            .iter()
            .all(|status| matches!(status, 204 | 200 | 503))
    );
    assert_eq!(desk.runs(), 1);
}

#[tokio::test]
async fn a_sender_that_hangs_up_takes_no_other_content_with_it() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Server::start(router(endpoint(), &desk)).await;
    let mut hanging_up = server.connect().await;
    hanging_up.send(post(cdr("1"))).await;
    desk.reach_runs(1).await;
    let mut staying = server.connect().await;
    staying.send(post(cdr_with_recording("1"))).await;
    desk.reach_runs(2).await;

    hanging_up.reset();
    desk.dropped().reach(1).await;
    let copy = server.ask(post(cdr_with_recording("1"))).await;
    assert_eq!((copy.status, copy.outcome()), (503, Some("in_flight")));
    desk.gate().open();

    assert_eq!(staying.reply().await.expect("a reply").status, 204);
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_the_claim_is_on_its_way_leaves_nothing_locked() {
    type Place = fn(&TestStore) -> &Gate;
    let places: [(&str, Place); 2] = [
        ("to the store", |store| &store.gates().before_claim),
        ("back from the store", |store| &store.gates().after_claim),
    ];
    for (name, place) in places {
        for hang_up in HangUp::ALL {
            let case = format!("{name}, {hang_up:?}");
            let desk = Desk::default();
            let store = TestStore::default();
            let server = Server::start(router(remember(&store), &desk)).await;
            place(&store).close();
            let mut sender = server.connect().await;
            sender.send(post(cdr("1"))).await;
            place(&store).arrived().reach(1).await;

            let _left = hang_up.hang_up(sender).await;
            store.later().reach(1).await;
            assert_eq!(store.claimed(), 0, "{case}");
            let last = store.steps().pop();
            let released = Step::Later(Settlement::Release, Settled::Done);
            assert_eq!(last, Some(released), "{case}");
            assert_eq!(desk.runs(), 0, "{case}");

            place(&store).open();
            let again = server.ask(post(cdr("1"))).await;
            assert_eq!(again.status, 204, "{case}");
            assert_eq!(desk.replay_status(), [ReplayStatus::First], "{case}");
        }
    }
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_its_success_is_settled_does_not_undo_it() {
    hang_up_while_settling(204, Settlement::Commit, |again, runs| {
        assert_eq!((again, runs), ((200, Some("replay".to_owned())), 1));
    })
    .await;
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_its_failure_is_settled_has_its_next_copy_handled() {
    hang_up_while_settling(500, Settlement::Release, |again, runs| {
        assert_eq!((again, runs), ((204, None), 2));
    })
    .await;
}

async fn hang_up_while_settling(
    status: u16,
    settlement: Settlement,
    check: impl Fn((u16, Option<String>), usize),
) {
    type Place = fn(&TestStore) -> &Gate;
    let places: [Place; 2] = [
        |store| &store.gates().before_settle,
        |store| &store.gates().after_settle,
    ];
    for place in places {
        for hang_up in HangUp::ALL {
            let desk = Desk::default();
            let store = TestStore::default();
            let server = Server::start(router(remember(&store), &desk)).await;
            place(&store).close();
            desk.plan_status(status);
            let mut sender = server.connect().await;
            sender.send(post(cdr("1"))).await;
            place(&store).arrived().reach(1).await;
            assert_eq!(desk.ended().get(), 1);

            let _left = hang_up.hang_up(sender).await;
            store.later().reach(1).await;
            assert_eq!(
                store.steps().pop(),
                Some(Step::Later(settlement, Settled::Done))
            );
            assert_eq!(store.claimed(), 0);

            place(&store).open();
            let again = server.ask(post(cdr("1"))).await;
            let outcome = again.outcome().map(str::to_owned);
            check((again.status, outcome), desk.runs());
        }
    }
}

#[tokio::test]
async fn a_copy_that_comes_before_the_hang_up_is_noticed_waits_for_its_turn() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Server::start(router(endpoint(), &desk)).await;
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    desk.reach_runs(1).await;

    let copy = server.ask(post(cdr("1"))).await;
    assert_eq!((copy.status, copy.outcome()), (503, Some("in_flight")));
    assert!(copy.header("retry-after").is_some());
    sender.reset();
    desk.dropped().reach(1).await;
    desk.gate().open();

    let again = server.ask(post(cdr("1"))).await;
    assert_eq!(again.status, 204);
    assert_eq!(desk.runs(), 2);
}

#[tokio::test]
async fn a_message_is_released_only_after_its_handler_was_dropped() {
    struct Bystander(TestStore, Arc<Mutex<Vec<usize>>>);
    impl Drop for Bystander {
        fn drop(&mut self) {
            let claimed = self.0.claimed();
            self.1.lock().expect("not poisoned").push(claimed);
        }
    }

    let store = TestStore::default();
    let at_drop = Arc::<Mutex<Vec<usize>>>::default();
    let handler = {
        let (store, at_drop) = (store.clone(), Arc::clone(&at_drop));
        move |_: Webhook<Event>| {
            let bystander = Bystander(store.clone(), Arc::clone(&at_drop));
            async move {
                let _held = bystander;
                std::future::pending::<()>().await;
            }
        }
    };
    let app = Router::new().route(
        "/hook",
        any(handler).layer(WebhookLayer::new(remember(&store))),
    );
    let server = Server::start(app).await;
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    store.gates().after_claim.arrived().reach(1).await;

    sender.reset();
    store.later().reach(1).await;

    assert_eq!(*at_drop.lock().expect("not poisoned"), [1]);
    assert_eq!(store.claimed(), 0);
}

#[tokio::test]
async fn a_sender_that_hangs_up_within_its_body_has_claimed_nothing() {
    for hang_up in HangUp::ALL {
        let desk = Desk::default();
        let store = TestStore::default();
        let codes = Codes::default();
        let endpoint = builder()
            .name("calls")
            .replay_store(store.clone())
            .observer(codes.observer())
            .build()
            .expect("a sound configuration");
        let server = Server::start(router(endpoint, &desk)).await;
        let whole = post(cdr("1"));
        let mut sender = server.connect().await;
        sender.send(&whole[..whole.len() - 1]).await;

        let mut left = hang_up.hang_up(sender).await;
        if let Some(left) = &mut left {
            // Whether the server says so or just closes is hyper's part.
            let _ = left.reply().await;
        }
        let again = server.ask(whole).await;

        assert_eq!(again.status, 204, "{hang_up:?}");
        assert_eq!(desk.replay_status(), [ReplayStatus::First], "{hang_up:?}");
        let claims = store.steps();
        let claims = claims.iter().filter(|step| matches!(step, Step::Claim(_)));
        assert_eq!(
            claims.collect::<Vec<_>>(),
            [&Step::Claim(Claim::First)],
            "{hang_up:?}"
        );
    }
}

#[tokio::test]
async fn a_handler_that_panics_releases_its_message() {
    let codes = Codes::default();
    let layer = |codes: &Codes| {
        let endpoint = builder().observer(codes.observer()).build();
        WebhookLayer::new(endpoint.expect("a sound configuration"))
    };
    let bare = hook().layer(layer(&codes));
    let caught_inside = hook().layer(
        ServiceBuilder::new()
            .layer(layer(&codes))
            .layer(CatchPanicLayer::new()),
    );
    let caught_outside = hook().layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::new())
            .layer(layer(&codes)),
    );

    for (name, route, status, code) in [
        ("not caught", bare, None, "panicked"),
        (
            "caught inside the layer",
            caught_inside,
            Some(500),
            "failed",
        ),
        (
            "caught outside the layer",
            caught_outside,
            Some(500),
            "panicked",
        ),
    ] {
        codes.forget();
        let desk = Desk::default();
        desk.plan([Turn::Panic]);
        let app = Router::new().route("/hook", route).with_state(desk.clone());
        let server = Server::start(app).await;
        let mut sender = server.connect().await;

        sender.send(post(cdr("1"))).await;
        let reply = sender.reply().await;
        assert_eq!(reply.map(|reply| reply.status), status, "{name}");
        assert_eq!(desk.dropped().get(), 1, "{name}");
        let again = server.ask(post(cdr("1"))).await;

        assert_eq!(again.status, 204, "{name}");
        assert_eq!(
            desk.replay_status(),
            [ReplayStatus::First, ReplayStatus::First],
            "{name}"
        );
        assert_eq!(codes.seen(), [code, "handled"], "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_is_kept_alive_carries_one_message_after_another() {
    let desk = Desk::default();
    desk.plan([Turn::Answer(StatusCode::INTERNAL_SERVER_ERROR)]);
    let server = Server::start(router(endpoint(), &desk)).await;
    let mut sender = server.connect().await;

    let mut replies = Vec::new();
    for body in [cdr("1"), cdr("1"), cdr("1"), cdr("2")] {
        sender.send(post(body)).await;
        let reply = sender.reply().await.expect("a reply");
        replies.push((reply.status, reply.outcome().map(str::to_owned)));
    }

    assert_eq!(
        replies,
        [
            (500, None),
            (204, None),
            (200, Some("replay".to_owned())),
            (204, None)
        ]
    );
}

#[tokio::test]
async fn a_body_of_a_get_is_not_taken_for_the_next_request() {
    let desk = Desk::default();
    let server = Server::start(router(endpoint(), &desk)).await;
    let hidden = post(cdr("hidden"));
    let query = crate::support::cdr_query("1");
    let head = format!(
        "GET /hook?token={TOKEN}&{query} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
        hidden.len()
    );
    let mut sender = server.connect().await;

    sender.send([head.into_bytes(), hidden].concat()).await;
    let reply = sender.reply().await.expect("a reply");
    sender.finish().await;
    let next = sender.reply().await;

    assert_eq!(reply.status, 204);
    assert_eq!(next.map(|next| next.status), None);
    assert_eq!(desk.runs(), 1);
}

#[tokio::test]
async fn an_endpoint_is_idle_once_the_last_of_its_handlers_has_ended() {
    let desk = Desk::default();
    desk.gate().close();
    let endpoint = endpoint();
    let server = Server::start(router(endpoint.clone(), &desk)).await;
    let mut staying = server.connect().await;
    staying.send(post(cdr("1"))).await;
    let mut hanging_up = server.connect().await;
    hanging_up.send(post(cdr("2"))).await;
    desk.reach_runs(2).await;

    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());
    hanging_up.reset();
    desk.dropped().reach(1).await;
    assert!(poll(&mut idle).is_pending());
    desk.gate().open();
    within("the endpoint to be idle", idle).await;

    assert_eq!(desk.ended().get(), 1);
    assert_eq!(staying.reply().await.expect("a reply").status, 204);
}

/// How a sender leaves.
#[derive(Clone, Copy, Debug)]
enum HangUp {
    /// Sends a FIN and keeps on reading.
    Finish,
    /// Closes.
    Close,
    /// Sends a RST.
    Reset,
}

impl HangUp {
    const ALL: [Self; 3] = [Self::Finish, Self::Close, Self::Reset];

    /// Gives back the connection, where it is still open.
    async fn hang_up(self, mut sender: Wire) -> Option<Wire> {
        match self {
            Self::Finish => {
                sender.finish().await;
                Some(sender)
            }
            Self::Close => None,
            Self::Reset => {
                sender.reset();
                None
            }
        }
    }
}

/// The outcomes that an endpoint has reported.
#[derive(Clone, Debug, Default)]
struct Codes(Arc<Mutex<Vec<&'static str>>>);

impl Codes {
    fn observer(&self) -> impl Fn(&Outcome<'_>) + Send + Sync + use<> {
        let codes = self.clone();
        move |outcome: &Outcome<'_>| {
            codes.0.lock().expect("not poisoned").push(outcome.code);
        }
    }

    fn seen(&self) -> Vec<&'static str> {
        self.0.lock().expect("not poisoned").clone()
    }

    fn forget(&self) {
        self.0.lock().expect("not poisoned").clear();
    }
}
