//! Senders that hang up, and handlers that panic, over real sockets.

use std::time::Duration;

use actix_web::rt::time::sleep;
use actix_web::web::{self, ServiceConfig};
use callhook_actix::callhook::replay::{Claim, Settled, Settlement};
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, ReplayStatus, WebhookMiddleware};

use crate::support::{
    Codes, Desk, Gate, Server, Step, TOKEN, TestStore, Turn, Wire, answer, app, builder, cdr,
    cdr_query, cdr_with_recording, endpoint, poll, post, remember, within,
};

fn observed(codes: &Codes) -> Endpoint<Event> {
    let endpoint = builder().observer(codes.observer()).build();
    endpoint.expect("a sound configuration")
}

/// The desk behind a detached middleware.
fn detached(
    endpoint: Endpoint<Event>,
    desk: &Desk,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (desk, middleware) = (desk.clone(), WebhookMiddleware::new(endpoint).detached());
    move |app| {
        app.app_data(web::Data::new(desk.clone()))
            .service(web::resource("/hook").wrap(middleware.clone()).to(answer));
    }
}

#[actix_web::test]
async fn a_sender_that_breaks_off_while_the_handler_runs_has_its_next_copy_handled() {
    let (desk, codes) = (Desk::default(), Codes::default());
    let endpoint = observed(&codes);
    let server = Server::start(app(endpoint.clone(), &desk));
    desk.gate().close();
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    desk.reach_runs(1).await;

    sender.reset();
    desk.dropped().reach(1).await;
    assert_eq!(desk.ended().get(), 0);
    within("no claim", endpoint.idle()).await;
    desk.gate().open();
    let again = server.ask(post(cdr("1"))).await;

    assert_eq!(again.status, 204);
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::First]
    );
    assert_eq!(codes.seen(), ["cancelled", "handled"]);
}

#[actix_web::test]
async fn a_sender_that_closes_in_good_order_is_handled_to_the_end_and_its_next_copy_is_a_replay() {
    for hang_up in [HangUp::Finish, HangUp::Close] {
        let (desk, codes) = (Desk::default(), Codes::default());
        let endpoint = observed(&codes);
        let server = Server::start(app(endpoint.clone(), &desk));
        desk.gate().close();
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        desk.reach_runs(1).await;

        let left = hang_up.hang_up(sender).await;
        // Time for the server to see it.
        sleep(Duration::from_millis(100)).await;
        let early = server.ask(post(cdr("1"))).await;
        assert_eq!((early.status, early.outcome()), (503, Some("in_flight")));
        desk.gate().open();
        within("the handler's end", endpoint.idle()).await;

        assert_eq!(desk.dropped().get(), 0, "{hang_up:?}");
        if let Some(mut left) = left {
            assert_eq!(left.reply().await.expect("a reply").status, 204);
        }
        let again = server.ask(post(cdr("1"))).await;
        assert_eq!((again.status, again.outcome()), (200, Some("replay")));
        assert_eq!(codes.seen(), ["in_flight", "handled", "replay"]);
    }
}

#[actix_web::test]
async fn where_half_closed_connections_are_not_allowed_a_sender_that_closes_is_one_that_breaks_off()
{
    for hang_up in HangUp::ALL {
        let (desk, codes) = (Desk::default(), Codes::default());
        let server = Server::without_half_closed(app(observed(&codes), &desk));
        desk.gate().close();
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        desk.reach_runs(1).await;

        let _left = hang_up.hang_up(sender).await;
        desk.dropped().reach(1).await;
        desk.gate().open();

        assert_eq!(server.ask(post(cdr("1"))).await.status, 204, "{hang_up:?}");
        assert_eq!(codes.seen(), ["cancelled", "handled"], "{hang_up:?}");
    }
}

#[actix_web::test]
async fn a_detached_handler_ends_though_the_sender_hangs_up_and_its_message_is_handled() {
    for hang_up in HangUp::ALL {
        let (desk, codes) = (Desk::default(), Codes::default());
        let endpoint = observed(&codes);
        let server = Server::start(detached(endpoint.clone(), &desk));
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
        assert_eq!((desk.runs(), desk.dropped().get()), (1, 0), "{hang_up:?}");
        assert_eq!(codes.seen(), ["in_flight", "handled", "replay"]);
    }
}

#[actix_web::test]
async fn a_detached_handler_that_fails_or_panics_releases_its_message_though_nobody_waits() {
    for (turn, ended) in [
        (Turn::Answer(status(500)), "failed"),
        (Turn::Panic, "panicked"),
    ] {
        let (desk, codes) = (Desk::default(), Codes::default());
        let endpoint = observed(&codes);
        let server = Server::start(detached(endpoint.clone(), &desk));
        desk.gate().close();
        desk.plan([turn]);
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        desk.reach_runs(1).await;
        sender.reset();
        desk.gate().open();
        within("the handler's end", endpoint.idle()).await;

        assert_eq!(server.ask(post(cdr("1"))).await.status, 204, "{turn:?}");
        assert_eq!(codes.seen(), [ended, "handled"]);
    }
}

#[actix_web::test]
async fn a_detached_handlers_answer_and_panic_reach_who_waits_for_them() {
    let desk = Desk::default();
    let server = Server::start(detached(endpoint(), &desk));
    desk.plan([Turn::Panic, Turn::Answer(status(418))]);
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    assert!(
        sender.reply().await.is_none(),
        "the connection's task panicked too"
    );
    for status in [418, 204] {
        assert_eq!(server.ask(post(cdr("1"))).await.status, status);
    }
}

#[actix_web::test]
async fn a_detached_handler_is_dropped_with_its_worker_and_its_message_released() {
    let (desk, codes) = (Desk::default(), Codes::default());
    let endpoint = observed(&codes);
    let server = Server::start(detached(endpoint.clone(), &desk));
    desk.gate().close();
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    desk.reach_runs(1).await;
    sender.reset();
    // Nobody but the task has it then.
    sleep(Duration::from_millis(100)).await;

    server.stop().await;
    desk.dropped().reach(1).await;
    within("no claim", endpoint.idle()).await;
    assert_eq!(codes.seen(), ["cancelled"]);
}

#[actix_web::test]
async fn a_server_that_is_told_to_end_ends_what_it_handles_first() {
    let (desk, codes) = (Desk::default(), Codes::default());
    let endpoint = observed(&codes);
    let server = Server::start(app(endpoint.clone(), &desk));
    desk.gate().close();
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    desk.reach_runs(1).await;
    let stop = actix_web::rt::spawn(server.stop());
    sleep(Duration::from_millis(100)).await;
    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());
    desk.gate().open();
    assert_eq!(sender.reply().await.expect("a reply").status, 204);
    within("idle", idle).await;
    stop.await.expect("no panic");
    assert_eq!(codes.seen(), ["handled"]);
}

#[actix_web::test]
async fn a_sender_that_breaks_off_takes_no_other_content_with_it() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Server::start(app(endpoint(), &desk));
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

#[actix_web::test]
async fn a_sender_that_breaks_off_while_the_claim_is_on_its_way_leaves_nothing_locked() {
    type Place = fn(&TestStore) -> &Gate;
    let places: [(&str, Place); 2] = [
        ("to the store", |store| &store.gates().before_claim),
        ("back from the store", |store| &store.gates().after_claim),
    ];
    for (name, place) in places {
        let (desk, store) = (Desk::default(), TestStore::default());
        let server = Server::start(app(remember(&store), &desk));
        place(&store).close();
        let mut sender = server.connect().await;
        sender.send(post(cdr("1"))).await;
        place(&store).arrived().reach(1).await;

        sender.reset();
        store.later().reach(1).await;
        assert_eq!(store.claimed(), 0, "{name}");
        let released = Step::Later(Settlement::Release, Settled::Done);
        assert_eq!(store.steps().pop(), Some(released), "{name}");
        assert_eq!(desk.runs(), 0, "{name}");

        place(&store).open();
        assert_eq!(server.ask(post(cdr("1"))).await.status, 204, "{name}");
        assert_eq!(desk.replay_status(), [ReplayStatus::First], "{name}");
    }
}

#[actix_web::test]
async fn a_sender_that_breaks_off_while_its_outcome_is_settled_undoes_nothing() {
    type Place = fn(&TestStore) -> &Gate;
    let places: [Place; 2] = [
        |store| &store.gates().before_settle,
        |store| &store.gates().after_settle,
    ];
    for place in places {
        for (handled, settlement, again, runs) in [
            (204, Settlement::Commit, (200, Some("replay")), 1),
            (500, Settlement::Release, (204, None), 2),
        ] {
            let (desk, store) = (Desk::default(), TestStore::default());
            let server = Server::start(app(remember(&store), &desk));
            place(&store).close();
            desk.plan_status(handled);
            let mut sender = server.connect().await;
            sender.send(post(cdr("1"))).await;
            place(&store).arrived().reach(1).await;
            assert_eq!(desk.ended().get(), 1);

            sender.reset();
            store.later().reach(1).await;
            let settled = Step::Later(settlement, Settled::Done);
            assert_eq!(store.steps().pop(), Some(settled));
            assert_eq!(store.claimed(), 0);

            place(&store).open();
            let reply = server.ask(post(cdr("1"))).await;
            assert_eq!((reply.status, reply.outcome()), again);
            assert_eq!(desk.runs(), runs);
        }
    }
}

#[actix_web::test]
async fn a_sender_that_hangs_up_within_its_body_has_claimed_nothing() {
    for hang_up in HangUp::ALL {
        let (desk, store) = (Desk::default(), TestStore::default());
        let server = Server::start(app(remember(&store), &desk));
        let whole = post(cdr("1"));
        let mut sender = server.connect().await;
        sender.send(&whole[..whole.len() - 1]).await;

        if let Some(mut left) = hang_up.hang_up(sender).await {
            let reply = left.reply().await.expect("a reply");
            assert_eq!((reply.status, reply.outcome()), (400, Some("incomplete")));
        }
        assert_eq!(server.ask(whole).await.status, 204, "{hang_up:?}");
        assert_eq!(desk.replay_status(), [ReplayStatus::First], "{hang_up:?}");
        let claims = store.steps();
        let claims = claims.iter().filter(|step| matches!(step, Step::Claim(_)));
        assert_eq!(claims.collect::<Vec<_>>(), [&Step::Claim(Claim::First)]);
    }
}

#[actix_web::test]
async fn a_handler_that_panics_releases_its_message_and_the_worker_goes_on() {
    let (desk, codes) = (Desk::default(), Codes::default());
    let server = Server::start(app(observed(&codes), &desk));
    desk.plan([Turn::Panic]);
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    assert!(
        sender.reply().await.is_none(),
        "actix closes the connection"
    );
    assert_eq!(desk.dropped().get(), 1);
    assert_eq!(server.ask(post(cdr("1"))).await.status, 204);
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::First]
    );
    assert_eq!(codes.seen(), ["panicked", "handled"]);
}

#[actix_web::test]
async fn a_connection_that_is_kept_alive_carries_one_message_after_another() {
    let desk = Desk::default();
    desk.plan([Turn::Answer(status(500))]);
    let server = Server::start(app(endpoint(), &desk));
    let mut sender = server.connect().await;
    let mut replies = Vec::new();
    for body in [cdr("1"), cdr("1"), cdr("1"), cdr("2")] {
        sender.send(post(body)).await;
        let reply = sender.reply().await.expect("a reply");
        replies.push((reply.status, reply.outcome().map(str::to_owned)));
    }
    let replay = Some("replay".to_owned());
    assert_eq!(
        replies,
        [(500, None), (204, None), (200, replay), (204, None)]
    );
}

#[actix_web::test]
async fn a_body_of_a_get_is_not_taken_for_the_next_request() {
    let desk = Desk::default();
    let server = Server::start(app(endpoint(), &desk));
    let hidden = post(cdr("hidden"));
    let query = cdr_query("1");
    let head = format!(
        "GET /hook?token={TOKEN}&{query} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
        hidden.len()
    );
    let mut sender = server.connect().await;
    sender.send([head.into_bytes(), hidden].concat()).await;
    let reply = sender.reply().await.expect("a reply");
    sender.finish().await;

    assert_eq!(reply.status, 204);
    assert!(sender.reply().await.is_none());
    assert_eq!(desk.runs(), 1);
}

fn status(status: u16) -> callhook_test_support::StatusCode {
    callhook_test_support::StatusCode::from_u16(status).expect("a status")
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
