//! The layer in front of `tower::limit::ConcurrencyLimit`.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use callhook_tower::telecmi::Event;
use callhook_tower::{Delivery, Endpoint, RejectionKind, ReplayStatus, WebhookLayer};
use http_body_util::channel::Channel;
use tokio::task::JoinSet;
use tower::limit::{ConcurrencyLimitLayer, GlobalConcurrencyLimitLayer};
use tower::util::BoxCloneService;
use tower::{Service, ServiceBuilder, ServiceExt};

use crate::support::{
    Count, Server, TOKEN, TestHandler, TestStore, builder, cdr, cdr_with_recording, endpoint, hook,
    outcome, poll, post, post_request, rejection, remember, within,
};

#[tokio::test]
async fn a_body_that_trickles_in_holds_no_place_in_an_inner_limit() {
    let handler = TestHandler::default();
    let mut service = limited(endpoint(), &handler, 1);
    let message = cdr("slow");
    let (first, second) = message.split_at(20);
    let (mut sender, body) = Channel::<Bytes>::new(4);
    let mut slow = service.call(post_request(Body::new(body)));
    sender
        .send_data(first.to_owned().into())
        .await
        .expect("sent");
    assert!(poll(&mut slow).is_pending());

    let quick = ask(&service, cdr("quick")).await;

    assert_eq!(quick.status(), StatusCode::NO_CONTENT);
    sender
        .send_data(second.to_owned().into())
        .await
        .expect("sent");
    drop(sender);
    let slow = answered(within("the slow one", slow).await);
    assert_eq!(slow.status(), StatusCode::NO_CONTENT);
    assert_eq!(handler.runs(), 2);
}

#[tokio::test]
async fn a_thousand_bodies_that_trickle_in_over_sockets_hold_no_place_in_an_inner_limit() {
    allow_connections(2 * CROWD);
    let handler = TestHandler::default();
    let admitted = Arc::new(Count::default());
    let server = Arc::new(Server::start(crowded(&handler, &admitted)).await);
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let mut slow = server.connect().await;
        crowd.spawn(async move {
            let head = format!(
                "POST /hook?token={TOKEN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n"
            );
            slow.send(head).await;
            let byte = || Some(b" ".to_vec());
            slow.send_while_reading(byte, Duration::from_secs(1)).await
        });
    }
    admitted.reach(CROWD).await;

    handler.gate().close();
    let good: JoinSet<_> = (0..50)
        .map(|n| {
            let server = Arc::clone(&server);
            async move { server.ask(post(cdr(&format!("good {n}")))).await }
        })
        .collect();
    handler.reach_runs(2).await;
    handler.gate().open();
    for reply in within("the good ones", good.join_all()).await {
        assert_eq!((reply.status, reply.outcome()), (204, None));
    }
    assert!(crowd.try_join_next().is_none(), "all were there meanwhile");

    for reply in within("the slow ones", crowd.join_all()).await {
        assert_eq!((reply.status, reply.outcome()), (408, Some("too_slow")));
    }
    assert_eq!((handler.runs(), handler.most_at_once()), (50, 2));
    let reply = server.ask(post(cdr("after them"))).await;
    assert_eq!(reply.status, 204);
}

const CROWD: usize = 1000;

/// The layer with some patience before a limit of 2, counting who gets as far as the layer.
fn crowded(handler: &TestHandler, admitted: &Arc<Count>) -> Router {
    let endpoint = builder().read_timeout(Duration::from_secs(8)).build();
    let layer = WebhookLayer::new(endpoint.expect("a valid endpoint"));
    let limited: MethodRouter<TestHandler> = hook().layer(GlobalConcurrencyLimitLayer::new(2));
    let admitted = Arc::clone(admitted);
    Router::new()
        .route("/hook", limited.layer(layer))
        .layer(map_request(move |request: Request| {
            admitted.add();
            async { request }
        }))
        .with_state(handler.clone())
}

/// A shell often allows a process 1024 files, and both ends of each connection are here.
fn allow_connections(ends: usize) {
    let wanted = ends as u64 + 500;
    let allowed = rlimit::increase_nofile_limit(wanted).expect("the limit is known");
    assert!(
        allowed >= wanted,
        "only {allowed} files may be open: see `ulimit -Hn`"
    );
}

#[tokio::test]
async fn two_messages_are_handled_one_after_another_behind_a_limit_of_one() {
    let handler = TestHandler::default();
    handler.gate().close();
    let mut service = limited(endpoint(), &handler, 1);
    let mut one = service.call(post_request(cdr("1")));
    let mut two = service.call(post_request(cdr("2")));

    assert!(poll(&mut one).is_pending());
    assert!(poll(&mut two).is_pending());
    assert_eq!(handler.runs(), 1, "the second waits for the place");
    handler.gate().open();
    let (one, two) = within("both", async { tokio::join!(one, two) }).await;

    assert_eq!(answered(one).status(), StatusCode::NO_CONTENT);
    assert_eq!(answered(two).status(), StatusCode::NO_CONTENT);
    assert_eq!((handler.runs(), handler.most_at_once()), (2, 1));
}

#[tokio::test]
async fn copies_of_one_message_are_handled_once_behind_a_limit_of_one() {
    let handler = TestHandler::default();
    let service = limited(endpoint(), &handler, 1);
    let copies: Vec<_> = (0..50)
        .map(|_| tokio::spawn(ask(&service, cdr("1"))))
        .collect();

    let mut handled = 0;
    for copy in copies {
        let response = copy.await.expect("no panic");
        match (response.status(), outcome(&response)) {
            (StatusCode::NO_CONTENT, None) => handled += 1,
            (StatusCode::OK, Some("replay")) => {}
            other => panic!("{other:?}"),
        }
    }

    assert_eq!((handled, handler.runs()), (1, 1));
    let other = ask(&service, cdr("2")).await;
    assert_eq!(
        other.status(),
        StatusCode::NO_CONTENT,
        "the replays gave their place back"
    );
}

#[tokio::test]
async fn a_copy_that_is_refused_gives_its_place_back() {
    let handler = TestHandler::default();
    handler.gate().close();
    let service = limited(endpoint(), &handler, 2);
    let first = tokio::spawn(ask(&service, cdr("1")));
    handler.reach_runs(1).await;

    let copy = ask(&service, cdr("1")).await;
    assert_eq!(
        rejection(&copy),
        Some((RejectionKind::InFlight, "in_flight"))
    );
    let revision = tokio::spawn(ask(&service, cdr_with_recording("1")));
    handler.reach_runs(2).await;
    handler.gate().open();

    for response in [first, revision] {
        let response = within("an answer", response).await.expect("no panic");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(
        handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
}

#[tokio::test]
async fn a_message_that_is_dropped_while_it_waits_for_a_place_leaves_nothing_behind() {
    let handler = TestHandler::default();
    handler.gate().close();
    let store = TestStore::default();
    let mut service = limited(remember(&store), &handler, 1);
    let mut first = service.call(post_request(cdr("1")));
    assert!(poll(&mut first).is_pending());
    let mut waiting = service.call(post_request(cdr("2")));
    assert!(poll(&mut waiting).is_pending());
    assert_eq!(store.claimed(), 1);

    drop(waiting);
    handler.gate().open();
    assert_eq!(
        answered(within("the first", first).await).status(),
        StatusCode::NO_CONTENT
    );

    assert_eq!(store.claimed(), 0);
    let again = ask(&service, cdr("2")).await;
    assert_eq!(again.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        handler.replay_status(),
        [ReplayStatus::First, ReplayStatus::First]
    );
}

#[tokio::test]
async fn a_message_gives_its_place_back_before_its_commit_is_waited_for() {
    let handler = TestHandler::default();
    let store = TestStore::default();
    store.gates().before_settle.close();
    let mut service = limited(remember(&store), &handler, 1);
    let mut first = service.call(post_request(cdr("1")));
    assert!(poll(&mut first).is_pending());
    assert_eq!(handler.ended().get(), 1);

    let mut second = service.call(post_request(cdr("2")));
    assert!(poll(&mut second).is_pending());
    assert_eq!(
        handler.runs(),
        2,
        "a slow store holds no place of the handler"
    );

    store.gates().before_settle.open();
    let (first, second) = within("both", async { tokio::join!(first, second) }).await;
    assert_eq!(answered(first).status(), StatusCode::NO_CONTENT);
    assert_eq!(answered(second).status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_layer_is_ready_while_an_inner_limit_is_full() {
    let handler = TestHandler::default();
    handler.gate().close();
    let mut service = limited(endpoint(), &handler, 1);
    let mut first = service.call(post_request(cdr("1")));
    assert!(poll(&mut first).is_pending());

    let ready = service.poll_ready(&mut std::task::Context::from_waker(std::task::Waker::noop()));

    assert!(matches!(ready, Poll::Ready(Ok(()))));
}

type Limited = BoxCloneService<Request, Response, Infallible>;

fn limited(endpoint: Endpoint<Event>, handler: &TestHandler, places: usize) -> Limited {
    let handler = handler.clone();
    let handler = tower::service_fn(move |request: Request| {
        let handler = handler.clone();
        async move {
            let delivery: &Delivery<Event> = request.extensions().get().expect("a delivery");
            Ok::<_, Infallible>(handler.handle(delivery).await.into_response())
        }
    });
    ServiceBuilder::new()
        .map_response(IntoResponse::into_response)
        .layer(WebhookLayer::new(endpoint))
        .layer(ConcurrencyLimitLayer::new(places))
        .service(handler)
        .boxed_clone()
}

fn ask(service: &Limited, body: String) -> impl Future<Output = Response> + Send + use<> {
    let asked = service.clone().oneshot(post_request(body));
    async { answered(within("an answer", asked).await) }
}

fn answered(answer: Result<Response, Infallible>) -> Response {
    answer.unwrap_or_else(|never| match never {})
}
