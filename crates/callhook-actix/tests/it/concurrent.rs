//! Many copies of one message at once, over real sockets, at a server of several workers.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use callhook_actix::WebhookMiddleware;
use tokio::task::JoinSet;

use crate::support::{Desk, Reply, Server, answer, app, cdr, endpoint, post, within};

const COPIES: usize = 200;
const WORKERS: usize = 4;

#[actix_web::test]
async fn while_one_copy_is_handled_every_other_is_told_to_come_back_by_every_worker() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Arc::new(Server::with_workers(WORKERS, app(endpoint(), &desk)));
    let mut replies = all_at_once(&server, COPIES, |_| cdr("1"));

    // The handler doesn't end before all the others are answered, so none of them can be a success.
    for _ in 1..COPIES {
        let reply = next(&mut replies).await;
        assert_eq!((reply.status, reply.outcome()), (503, Some("in_flight")));
        let retry_after = reply
            .header("retry-after")
            .and_then(|seconds| seconds.parse().ok());
        assert!(retry_after.is_some_and(|seconds: u32| (1..=5).contains(&seconds)));
        assert_eq!(reply.body, b"");
    }
    assert_eq!((desk.runs(), desk.ended().get()), (1, 0));
    desk.gate().open();

    let last = next(&mut replies).await;
    assert_eq!((last.status, last.outcome()), (204, None));
    let after = server.ask(post(cdr("1"))).await;
    assert_eq!((after.status, after.outcome()), (200, Some("replay")));
    assert_eq!(desk.runs(), 1);
}

#[actix_web::test]
async fn of_many_copies_at_a_detached_middleware_one_is_handled() {
    let desk = Desk::default();
    desk.gate().close();
    let app = {
        let (desk, middleware) = (desk.clone(), WebhookMiddleware::new(endpoint()).detached());
        move |app: &mut ServiceConfig| {
            app.app_data(web::Data::new(desk.clone()))
                .service(web::resource("/hook").wrap(middleware.clone()).to(answer));
        }
    };
    let server = Arc::new(Server::with_workers(WORKERS, app));
    let mut replies = all_at_once(&server, COPIES, |_| cdr("1"));
    for _ in 1..COPIES {
        assert_eq!(next(&mut replies).await.status, 503);
    }
    desk.gate().open();
    assert_eq!(next(&mut replies).await.status, 204);
    assert_eq!(desk.runs(), 1);
}

#[actix_web::test]
async fn different_messages_are_handled_beside_each_other() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Arc::new(Server::with_workers(WORKERS, app(endpoint(), &desk)));
    let mut replies = all_at_once(&server, 50, |leg| cdr(&format!("leg-{leg}")));
    desk.reach_runs(50).await;
    assert_eq!(desk.most_at_once(), 50);
    desk.gate().open();
    for _ in 0..50 {
        assert_eq!(next(&mut replies).await.status, 204);
    }
}

#[actix_web::test]
async fn an_endpoint_for_each_worker_is_the_mistake_that_the_docs_warn_of() {
    let desk = Desk::default();
    let kept = desk.clone();
    let server = Arc::new(Server::with_workers(
        WORKERS,
        move |app: &mut ServiceConfig| {
            app.app_data(web::Data::new(kept.clone())).service(
                web::resource("/hook")
                    .wrap(WebhookMiddleware::new(endpoint()))
                    .to(answer),
            );
        },
    ));
    desk.gate().close();
    let mut replies = all_at_once(&server, COPIES, |_| cdr("1"));
    desk.reach_runs(2).await;
    desk.gate().open();
    for _ in 0..COPIES {
        next(&mut replies).await;
    }
    assert!(desk.runs() <= WORKERS);
}

#[actix_web::test]
async fn a_slow_sender_keeps_nobody_else_of_its_worker_waiting() {
    let server = Server::start(|app: &mut ServiceConfig| {
        app.service(
            web::resource("/hook")
                .wrap(WebhookMiddleware::new(endpoint()))
                .to(HttpResponse::NoContent),
        );
    });
    let whole = post(cdr("slow"));
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut sender = server.connect().await;
        sender.send(&whole[..whole.len() - 1]).await;
        slow.push(sender);
    }
    assert_eq!(server.ask(post(cdr("1"))).await.status, 204);
    for sender in &mut slow[..1] {
        sender.send(&whole[whole.len() - 1..]).await;
        assert_eq!(sender.reply().await.expect("a reply").status, 204);
    }
}

/// Sends each on a connection of its own, none before all are there.
fn all_at_once(
    server: &Arc<Server>,
    count: usize,
    body: impl Fn(usize) -> String,
) -> JoinSet<Reply> {
    let start = Arc::new(tokio::sync::Barrier::new(count));
    let mut replies = JoinSet::new();
    for number in 0..count {
        let (server, start) = (Arc::clone(server), Arc::clone(&start));
        let request = post(body(number));
        replies.spawn_local(async move {
            let mut wire = server.connect().await;
            start.wait().await;
            wire.send(request).await;
            wire.reply().await.expect("a reply")
        });
    }
    replies
}

async fn next(replies: &mut JoinSet<Reply>) -> Reply {
    let reply = within("a reply", replies.join_next()).await;
    reply.expect("a copy").expect("no panic")
}
