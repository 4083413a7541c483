//! Many messages at once, at a server of several threads.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Adapter, App, Mount, Running, WORKERS, told};
use crate::{Planned, Reply, cdr, endpoint, post, within};

const COPIES: usize = 200;

async fn start(adapter: &impl Adapter, mount: Mount) -> Arc<Running> {
    let app = App::new(endpoint()).mount(mount).workers(WORKERS);
    Arc::new(app.start(adapter).await)
}

pub(super) async fn while_one_copy_is_handled_every_other_is_told_to_come_back(
    adapter: &impl Adapter,
) {
    one_of_many_copies_is_handled(adapter, Mount::Layered).await;
}

pub(super) async fn of_many_copies_at_a_detached_layer_one_is_handled(adapter: &impl Adapter) {
    one_of_many_copies_is_handled(adapter, Mount::Detached).await;
}

pub(super) async fn of_many_copies_without_a_layer_one_is_handled(adapter: &impl Adapter) {
    one_of_many_copies_is_handled(adapter, Mount::GuardedWebhook).await;
}

async fn one_of_many_copies_is_handled(adapter: &impl Adapter, mount: Mount) {
    let app = start(adapter, mount).await;
    app.handler.gate().close();
    let mut replies = all_at_once(&app, |app| async move { app.ask(post(cdr("1"))).await });

    // The handler doesn't end before all the others are answered, so none of them can be a success.
    for _ in 1..COPIES {
        let reply = next(&mut replies).await;
        assert_eq!(told(&reply), (503, Some("in_flight")));
        let retry_after = reply.header("retry-after").expect("a time to come back");
        let retry_after: u32 = retry_after.parse().expect("whole seconds");
        assert!((1..=5).contains(&retry_after), "{retry_after}");
        assert_eq!(reply.body, b"");
    }
    assert_eq!((app.handler.runs(), app.handler.ended().get()), (1, 0));
    app.handler.gate().open();

    let last = next(&mut replies).await;
    assert_eq!(told(&last), (204, None));
    app.is_replay(post(cdr("1"))).await;
    assert_eq!(app.handler.runs(), 1);
}

pub(super) async fn no_copy_is_answered_2xx_before_the_handler_has_succeeded(
    adapter: &impl Adapter,
) {
    let app = start(adapter, Mount::Layered).await;
    app.handler.take_at_least(Duration::from_millis(200));
    let mut replies = all_at_once(&app, |app| async move {
        let reply = app.ask(post(cdr("1"))).await;
        (reply, app.handler.succeeded().get())
    });

    let mut handled = 0;
    while let Some(reply) = within("a reply", replies.join_next()).await {
        let (reply, successes) = reply.expect("no panic");
        match told(&reply) {
            (204, None) => {
                handled += 1;
                assert_eq!(successes, 1);
            }
            (200, Some("replay")) => assert_eq!(successes, 1, "a replay of what was not handled"),
            (503, Some("in_flight")) => assert!(reply.header("retry-after").is_some()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((handled, app.handler.runs()), (1, 1));
}

pub(super) async fn copies_that_come_back_after_a_failure_have_exactly_one_more_handled(
    adapter: &impl Adapter,
) {
    let app = start(adapter, Mount::Layered).await;
    app.handler.take_at_least(Duration::from_millis(200));
    app.handler.plan([Planned::status(500)]);
    let mut senders = all_at_once(&app, |app| async move {
        let mut failures = 0;
        // As a platform does: again until it is taken.
        loop {
            let reply = app.ask(post(cdr("1"))).await;
            match told(&reply) {
                (500, None) => failures += 1,
                (503, Some("in_flight")) => {}
                (204, None) | (200, Some("replay")) => {
                    let successes = app.handler.succeeded().get();
                    assert_eq!(successes, 1, "2xx before a success");
                    return (reply.status, failures);
                }
                other => panic!("{other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });

    let (mut handled, mut failed) = (0, 0);
    while let Some(taken) = within("a sender to be done", senders.join_next()).await {
        let (status, failures) = taken.expect("no panic");
        handled += usize::from(status == 204);
        failed += failures;
    }
    assert_eq!((handled, failed, app.handler.runs()), (1, 1, 2));
}

pub(super) async fn different_messages_are_handled_beside_each_other(adapter: &impl Adapter) {
    let app = start(adapter, Mount::Layered).await;
    app.handler.gate().close();
    let mut replies = JoinSet::new();
    for leg in 0..50 {
        let app = Arc::clone(&app);
        replies.spawn(async move { app.ask(post(cdr(&format!("leg-{leg}")))).await });
    }
    app.handler.reach_runs(50).await;
    assert_eq!(app.handler.most_at_once(), 50);
    app.handler.gate().open();
    for _ in 0..50 {
        assert_eq!(next(&mut replies).await.status, 204);
    }
}

pub(super) async fn slow_senders_keep_nobody_else_waiting(adapter: &impl Adapter) {
    let app = App::new(endpoint()).start(adapter).await;
    let whole = post(cdr("slow"));
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(app.begin(&whole[..whole.len() - 1]).await);
    }
    app.is_handled(post(cdr("1")), 204).await;
    slow[0].send(&whole[whole.len() - 1..]).await;
    assert_eq!(slow[0].reply().await.expect("a reply").status, 204);
}

/// Starts [`COPIES`] senders, none before all are there.
fn all_at_once<T, F>(app: &Arc<Running>, send: impl Fn(Arc<Running>) -> F) -> JoinSet<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(COPIES));
    let mut senders = JoinSet::new();
    for _ in 0..COPIES {
        let start = Arc::clone(&start);
        let sender = send(Arc::clone(app));
        senders.spawn(async move {
            start.wait().await;
            sender.await
        });
    }
    senders
}

async fn next(replies: &mut JoinSet<Reply>) -> Reply {
    let reply = within("a reply", replies.join_next()).await;
    reply.expect("a copy").expect("no panic")
}
