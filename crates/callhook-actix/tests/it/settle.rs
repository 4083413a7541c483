//! What the handler's answer does to the message, and what the next copy of it is answered.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, error};
use callhook_actix::callhook::clock::ManualClock;
use callhook_actix::telecmi::Event;
use callhook_actix::{RejectionKind, ReplayStatus, Webhook, WebhookMiddleware};

use crate::support::{
    Desk, Logs, TestStore, app, ask, builder, call, cdr, cdr_query, cdr_with_recording, endpoint,
    get_request, header, outcome, poll, post_request, read, rejection, remember, within,
};

#[actix_web::test]
async fn an_answer_of_2xx_settles_the_message_and_its_copies_are_replays() {
    for status in [200, 201, 202, 204, 299] {
        let desk = Desk::default();
        let app = app(endpoint(), &desk);
        desk.plan_status(status);

        let first = call(&app, post_request(cdr("1"))).await;
        assert_eq!((first.status().as_u16(), outcome(&first)), (status, None));
        for _ in 0..3 {
            is_replay(call(&app, post_request(cdr("1"))).await).await;
        }
        assert_eq!(desk.runs(), 1, "{status}");
    }
}

#[actix_web::test]
async fn any_other_answer_releases_the_message_and_its_next_copy_is_handled() {
    for status in [301, 302, 304, 400, 401, 404, 409, 413, 429, 500, 503] {
        let desk = Desk::default();
        let app = app(endpoint(), &desk);
        desk.plan_status(status);
        desk.plan_status(status);

        for _ in 0..2 {
            let failed = call(&app, post_request(cdr("1"))).await;
            assert_eq!((failed.status().as_u16(), outcome(&failed)), (status, None));
            assert_eq!(rejection(&failed), None, "the handler refused");
        }
        assert_eq!(call(&app, post_request(cdr("1"))).await.status(), 204);
        is_replay(call(&app, post_request(cdr("1"))).await).await;
        assert_eq!(desk.replay_status(), [ReplayStatus::First; 3], "{status}");
    }
}

#[actix_web::test]
async fn an_error_that_a_handler_returns_releases_and_its_answer_passes() {
    async fn on_call(_: Webhook<Event>) -> Result<HttpResponse, error::Error> {
        Err(error::ErrorConflict("not now"))
    }
    let middleware = WebhookMiddleware::new(endpoint());
    let app = move |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(middleware.clone()).to(on_call));
    };
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(
            (response.status().as_u16(), outcome(&response)),
            (409, None)
        );
        let error = response.response().error().expect("the handler's");
        assert_eq!(error.to_string(), "not now");
        assert_eq!(read(response).await, "not now");
    }
}

#[actix_web::test]
async fn what_counts_as_success_can_be_replaced() {
    let desk = Desk::default();
    let endpoint = builder().success_when(|status| status == 404).build();
    let app = app(endpoint.expect("sound"), &desk);
    desk.plan_status(200);
    desk.plan_status(404);
    for status in [200, 404] {
        assert_eq!(call(&app, post_request(cdr("1"))).await.status(), status);
    }
    is_replay(call(&app, post_request(cdr("1"))).await).await;
    assert_eq!(desk.runs(), 2);
}

#[actix_web::test]
async fn the_handlers_answer_passes_unchanged() {
    async fn on_call(_: Webhook<Event>) -> HttpResponse {
        HttpResponse::ImATeapot()
            .insert_header(("x-mine", "1"))
            .insert_header(("callhook-outcome", "mine"))
            .body("short and stout")
    }
    let middleware = WebhookMiddleware::new(endpoint());
    let app = move |app: &mut ServiceConfig| {
        app.service(web::resource("/hook").wrap(middleware.clone()).to(on_call));
    };
    let response = call(&app, post_request(cdr("1"))).await;
    assert_eq!(response.status(), 418);
    assert_eq!(header(&response, "x-mine"), Some("1"));
    assert_eq!(outcome(&response), Some("mine"));
    assert_eq!(read(response).await, "short and stout");
}

#[actix_web::test]
async fn another_content_of_a_message_is_a_revision_even_while_the_first_is_handled() {
    let desk = Desk::default();
    desk.gate().close();
    let app = app(endpoint(), &desk);
    let first = ask(&app, post_request(cdr("1")));
    desk.reach_runs(1).await;
    let revision = ask(&app, post_request(cdr_with_recording("1")));
    desk.reach_runs(2).await;
    for copy in [cdr("1"), cdr_with_recording("1")] {
        let refused = call(&app, post_request(copy)).await;
        let in_flight = Some((RejectionKind::InFlight, "in_flight"));
        assert_eq!(rejection(&refused), in_flight);
    }
    desk.gate().open();
    for response in [first, revision] {
        let response = within("an answer", response).await.expect("no panic");
        assert_eq!(response.status(), 204);
    }
    assert_eq!(
        desk.replay_status(),
        [ReplayStatus::First, ReplayStatus::Revision]
    );
}

#[actix_web::test]
async fn a_get_of_what_was_posted_is_a_replay_and_the_other_way_round() {
    let desk = Desk::default();
    let app = app(endpoint(), &desk);
    assert_eq!(call(&app, post_request(cdr("1"))).await.status(), 204);
    is_replay(call(&app, get_request(&cdr_query("1"))).await).await;
    assert_eq!(call(&app, get_request(&cdr_query("2"))).await.status(), 204);
    is_replay(call(&app, post_request(cdr("2"))).await).await;
    assert_eq!(desk.runs(), 2);
}

#[actix_web::test]
async fn a_handler_that_outlives_its_lease_is_not_waited_for_and_settles_nothing() {
    let logs = Logs::keep();
    let clock = ManualClock::default();
    let desk = Desk::default();
    desk.gate().close();
    let endpoint = builder()
        .clock(clock.clone())
        .lease(Duration::from_secs(3))
        .build();
    let app = app(endpoint.expect("sound"), &desk);
    let slow = ask(&app, post_request(cdr("1")));
    desk.reach_runs(1).await;
    let refused = call(&app, post_request(cdr("1"))).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(header(&refused, "retry-after"), Some("3"));

    clock.advance(Duration::from_secs(4));
    let beside = ask(&app, post_request(cdr("1")));
    desk.reach_runs(2).await;
    desk.gate().open();
    for response in [slow, beside] {
        within("an answer", response).await.expect("no panic");
    }
    let log = logs.text();
    assert_eq!(log.matches("outlived its lease").count(), 1, "{log}");
    is_replay(call(&app, post_request(cdr("1"))).await).await;
}

#[actix_web::test]
async fn a_message_is_settled_before_its_answer_is_given() {
    let desk = Desk::default();
    let store = TestStore::default();
    store.gates().before_settle.close();
    let app = app(remember(&store), &desk);
    let first = ask(&app, post_request(cdr("1")));
    store.gates().before_settle.arrived().reach(1).await;
    assert!(!first.is_finished(), "a copy could still be handled");
    let copy = call(&app, post_request(cdr("1"))).await;
    assert_eq!(copy.status(), 503);
    store.gates().before_settle.open();
    let first = within("an answer", first).await.expect("no panic");
    assert_eq!(first.status(), 204);
    is_replay(call(&app, post_request(cdr("1"))).await).await;
}

#[actix_web::test]
async fn a_future_that_is_dropped_while_the_handler_runs_releases_the_message() {
    let desk = Desk::default();
    desk.gate().close();
    let endpoint = endpoint();
    let app = app(endpoint.clone(), &desk);
    let first = ask(&app, post_request(cdr("1")));
    desk.reach_runs(1).await;
    let mut idle = Box::pin(endpoint.idle());
    assert!(poll(&mut idle).is_pending());
    first.abort();
    within("idle", idle).await;
    assert_eq!(desk.dropped().get(), 1);
}

#[actix_web::test]
async fn a_delivery_that_is_kept_holds_no_claim() {
    let endpoint = endpoint();
    let app = app(endpoint.clone(), &Desk::default());
    call(&app, post_request(cdr("1"))).await;
    // The desk keeps every delivery.
    within("the endpoint to be idle", endpoint.idle()).await;
    is_replay(call(&app, post_request(cdr("1"))).await).await;
}

/// 200 without a body, and without the handler.
async fn is_replay<B: MessageBody>(response: ServiceResponse<B>) {
    assert_eq!(response.status(), 200);
    assert_eq!(outcome(&response), Some("replay"));
    assert_eq!(rejection(&response), None);
    assert_eq!(read(response).await, "");
}
