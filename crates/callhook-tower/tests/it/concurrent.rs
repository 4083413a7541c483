//! Many copies of one message at once, over real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::any;
use axum::{Extension, Router};
use callhook_tower::telecmi::Event;
use callhook_tower::{Webhook, WebhookLayer};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{Desk, Reply, Server, Turn, cdr, endpoint, post, router, within};

const COPIES: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_one_copy_is_handled_every_other_is_told_to_come_back() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Arc::new(Server::start(router(endpoint(), &desk)).await);
    let mut replies = all_at_once(
        &server,
        |server| async move { server.ask(post(cdr("1"))).await },
    );

    // The handler doesn't end before all the others are answered, so none of them can be a success.
    for _ in 1..COPIES {
        let reply = within("a refusal", replies.join_next()).await;
        let reply = reply.expect("a copy").expect("no panic");
        assert_eq!((reply.status, reply.outcome()), (503, Some("in_flight")));
        let retry_after: u32 = reply
            .header("retry-after")
            .and_then(|seconds| seconds.parse().ok())
            .expect("whole seconds");
        assert!((1..=5).contains(&retry_after), "{retry_after}");
        assert_eq!(reply.body, b"");
    }
    assert_eq!((desk.runs(), desk.ended().get()), (1, 0));
    desk.gate().open();
    let last = within("the handled copy", replies.join_next()).await;

    let last = last.expect("a copy").expect("no panic");
    assert_eq!((last.status, last.outcome()), (204, None));
    let after = server.ask(post(cdr("1"))).await;
    assert_eq!((after.status, after.outcome()), (200, Some("replay")));
    assert_eq!(desk.runs(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_copy_is_answered_2xx_before_the_handler_has_succeeded() {
    let desk = Desk::default();
    let succeeded = Arc::<AtomicBool>::default();
    let server = Server::start(taking_200_ms(&desk, &succeeded)).await;
    let mut replies = all_at_once(&Arc::new(server), move |server| {
        let succeeded = Arc::clone(&succeeded);
        async move {
            let reply = server.ask(post(cdr("1"))).await;
            (reply, succeeded.load(Ordering::SeqCst))
        }
    });

    let mut handled = 0;
    while let Some(reply) = within("a reply", replies.join_next()).await {
        let (reply, had_succeeded) = reply.expect("no panic");
        match (reply.status, reply.outcome()) {
            (204, None) => {
                handled += 1;
                assert!(had_succeeded);
            }
            (200, Some("replay")) => assert!(had_succeeded, "a replay of what was not handled"),
            (503, Some("in_flight")) => assert!(reply.header("retry-after").is_some()),
            other => panic!("{other:?}"),
        }
    }

    assert_eq!((handled, desk.runs()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_that_come_back_after_a_failure_have_exactly_one_more_handled() {
    let desk = Desk::default();
    desk.plan([Turn::Answer(StatusCode::INTERNAL_SERVER_ERROR)]);
    let succeeded = Arc::<AtomicBool>::default();
    let server = Server::start(taking_200_ms(&desk, &succeeded)).await;
    let mut senders = all_at_once(&Arc::new(server), move |server| {
        let succeeded = Arc::clone(&succeeded);
        async move {
            let mut failures = 0;
            // As a platform does: again until it is taken.
            loop {
                let reply: Reply = server.ask(post(cdr("1"))).await;
                match (reply.status, reply.outcome()) {
                    (500, None) => failures += 1,
                    (503, Some("in_flight")) => {}
                    (204, None) | (200, Some("replay")) => {
                        assert!(succeeded.load(Ordering::SeqCst), "2xx before a success");
                        return (reply.status, failures);
                    }
                    other => panic!("{other:?}"),
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });

    let (mut handled, mut failed) = (0, 0);
    while let Some(taken) = within("a sender to be done", senders.join_next()).await {
        let (status, failures) = taken.expect("no panic");
        handled += usize::from(status == 204);
        failed += failures;
    }

    assert_eq!((handled, failed, desk.runs()), (1, 1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn different_messages_are_handled_beside_each_other() {
    let desk = Desk::default();
    desk.gate().close();
    let server = Arc::new(Server::start(router(endpoint(), &desk)).await);
    let mut replies = JoinSet::new();
    for leg in 0..50 {
        let server = Arc::clone(&server);
        replies.spawn(async move { server.ask(post(cdr(&format!("leg-{leg}")))).await.status });
    }

    desk.reach_runs(50).await;
    assert_eq!(desk.most_at_once(), 50);
    desk.gate().open();
    while let Some(status) = within("a reply", replies.join_next()).await {
        assert_eq!(status.expect("no panic"), 204);
    }
}

/// Starts [`COPIES`] tasks, none before all are there.
fn all_at_once<T, F>(server: &Arc<Server>, task: impl Fn(Arc<Server>) -> F) -> JoinSet<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(COPIES));
    let mut tasks = JoinSet::new();
    for _ in 0..COPIES {
        let start = Arc::clone(&start);
        let task = task(Arc::clone(server));
        tasks.spawn(async move {
            start.wait().await;
            task.await
        });
    }
    tasks
}

/// A handler that says when it has succeeded, before anybody can be told.
fn taking_200_ms(desk: &Desk, succeeded: &Arc<AtomicBool>) -> Router {
    async fn on_call(
        State(desk): State<Desk>,
        Extension(succeeded): Extension<Arc<AtomicBool>>,
        call: Webhook<Event>,
    ) -> StatusCode {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let status = desk.handle(&call).await;
        if status.is_success() {
            succeeded.store(true, Ordering::SeqCst);
        }
        status
    }
    Router::new()
        .route("/hook", any(on_call).layer(WebhookLayer::new(endpoint())))
        .layer(Extension(Arc::clone(succeeded)))
        .with_state(desk.clone())
}
