//! Senders that close in good order, half-closed connections, and servers that end.

use std::time::Duration;

use actix_web::rt::time::sleep;
use actix_web::web::{self, ServiceConfig};
use callhook_actix::telecmi::Event;
use callhook_actix::{Endpoint, WebhookMiddleware};

use crate::support::{
    Codes, HangUp, Server, TestHandler, answer, app, builder, cdr, endpoint, poll, post, within,
};

fn observed(codes: &Codes) -> Endpoint<Event> {
    let endpoint = builder().observer(codes.observer()).build();
    endpoint.expect("a valid configuration")
}

/// The handler behind a detached middleware.
fn detached(
    endpoint: Endpoint<Event>,
    handler: &TestHandler,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (handler, middleware) = (handler.clone(), WebhookMiddleware::new(endpoint).detached());
    move |app| {
        app.app_data(web::Data::new(handler.clone()))
            .service(web::resource("/hook").wrap(middleware.clone()).to(answer));
    }
}

#[actix_web::test]
async fn a_sender_that_closes_in_good_order_is_handled_to_the_end_and_its_next_copy_is_a_replay() {
    for hang_up in [HangUp::Finish, HangUp::Close] {
        let (handler, codes) = (TestHandler::default(), Codes::default());
        let endpoint = observed(&codes);
        let server = Server::start(app(endpoint.clone(), &handler));
        handler.gate().close();
        let sender = server.begin(post(cdr("1"))).await;
        handler.reach_runs(1).await;

        let left = hang_up.hang_up(sender).await;
        // Time for the server to see it.
        sleep(Duration::from_millis(100)).await;
        let early = server.ask(post(cdr("1"))).await;
        assert_eq!((early.status, early.outcome()), (503, Some("in_flight")));
        handler.gate().open();
        within("the handler's end", endpoint.idle()).await;

        assert_eq!(handler.dropped().get(), 0, "{hang_up:?}");
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
        let (handler, codes) = (TestHandler::default(), Codes::default());
        let server = Server::without_half_closed(app(observed(&codes), &handler));
        handler.gate().close();
        let sender = server.begin(post(cdr("1"))).await;
        handler.reach_runs(1).await;

        let _left = hang_up.hang_up(sender).await;
        handler.dropped().reach(1).await;
        handler.gate().open();

        assert_eq!(server.ask(post(cdr("1"))).await.status, 204, "{hang_up:?}");
        assert_eq!(codes.seen(), ["cancelled", "handled"], "{hang_up:?}");
    }
}

#[actix_web::test]
async fn a_detached_handler_is_dropped_with_its_worker_and_its_message_released() {
    let (handler, codes) = (TestHandler::default(), Codes::default());
    let endpoint = observed(&codes);
    let server = Server::start(detached(endpoint.clone(), &handler));
    handler.gate().close();
    let sender = server.begin(post(cdr("1"))).await;
    handler.reach_runs(1).await;
    sender.reset();
    // Only the task holds it then.
    sleep(Duration::from_millis(100)).await;

    server.stop().await;
    handler.dropped().reach(1).await;
    within("no claim", endpoint.idle()).await;
    assert_eq!(codes.seen(), ["cancelled"]);
}

#[actix_web::test]
async fn a_server_that_is_told_to_end_ends_what_it_handles_first() {
    let (handler, codes) = (TestHandler::default(), Codes::default());
    let endpoint = observed(&codes);
    let server = Server::start(app(endpoint.clone(), &handler));
    handler.gate().close();
    let mut sender = server.begin(post(cdr("1"))).await;
    handler.reach_runs(1).await;
    // Actix counts a connection only after a worker has it, and accepts the next one after that. That has something to
    // do, too: if it could be closed as idle, its end might be counted before its beginning.
    let mut second = server.begin(post(cdr("2"))).await;
    handler.reach_runs(2).await;
    let stop = actix_web::rt::spawn(server.stop());
    sleep(Duration::from_millis(100)).await;
    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());
    handler.gate().open();
    for sender in [&mut sender, &mut second] {
        assert_eq!(sender.reply().await.expect("a reply").status, 204);
    }
    within("idle", idle).await;
    stop.await.expect("no panic");
    assert_eq!(codes.seen(), ["handled", "handled"]);
}

#[actix_web::test]
async fn a_sender_that_finishes_within_its_body_is_told_so() {
    let server = Server::start(app(endpoint(), &TestHandler::default()));
    let whole = post(cdr("1"));
    let mut sender = server.begin(&whole[..whole.len() - 1]).await;
    sender.finish().await;
    let reply = sender.reply().await.expect("a reply");
    assert_eq!((reply.status, reply.outcome()), (400, Some("incomplete")));
}
