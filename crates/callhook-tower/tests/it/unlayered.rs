//! The extractor that works without a layer.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::any;
use callhook_tower::callhook::Handled;
use callhook_tower::telecmi::Event;
use callhook_tower::{Endpoint, RejectionKind, ReplayStatus, Unlayered};

use crate::support::{
    Desk, Logs, Server, TOKEN, bare_builder, builder, call, cdr, cdr_query, endpoint, get, outcome,
    post, post_request, rejection, router, within,
};

/// A state of which the endpoint is a part.
#[derive(Clone)]
struct App {
    endpoint: Endpoint<Event>,
    desk: Desk,
}

impl FromRef<App> for Endpoint<Event> {
    fn from_ref(app: &App) -> Self {
        app.endpoint.clone()
    }
}

impl FromRef<App> for Desk {
    fn from_ref(app: &App) -> Self {
        app.desk.clone()
    }
}

/// The desk's status, where it is below 400 as an answer and else as an error.
async fn processed(
    State(desk): State<Desk>,
    message: Unlayered<Event>,
) -> Result<Response, StatusCode> {
    message
        .process(async |delivery| match desk.handle(&delivery).await {
            status if status.as_u16() < 400 => Ok(status),
            status => Err(status),
        })
        .await
}

async fn looked_at(State(desk): State<Desk>, message: Unlayered<Event>) -> StatusCode {
    desk.handle(&message).await
}

fn app(endpoint: Endpoint<Event>, desk: &Desk) -> Router {
    Router::new()
        .route("/hook", any(processed))
        .route("/looked-at", any(looked_at))
        .with_state(App {
            endpoint,
            desk: desk.clone(),
        })
}

#[tokio::test]
async fn what_is_processed_with_a_2xx_is_settled_and_all_else_is_handled_again() {
    let desk = Desk::default();
    let server = Server::start(app(endpoint(), &desk)).await;
    for status in [500, 302, 404, 202] {
        desk.plan_status(status);
        assert_eq!(server.ask(post(cdr("1"))).await.status, status);
    }
    let replay = server.ask(post(cdr("1"))).await;
    assert_eq!((replay.status, replay.outcome()), (200, Some("replay")));
    let replay = server
        .ask(get(&format!("token={TOKEN}&{}", cdr_query("1"))))
        .await;
    assert_eq!((replay.status, replay.outcome()), (200, Some("replay")));
    assert_eq!(desk.replay_status(), [ReplayStatus::First; 4]);
}

#[tokio::test]
async fn an_error_releases_the_message_whatever_status_it_makes() {
    async fn fails(message: Unlayered<Event>) -> Result<Response, StatusCode> {
        let failed = async |_| Err::<(), _>(StatusCode::OK);
        message.process(failed).await
    }
    let app = Router::new()
        .route("/hook", any(fails))
        .with_state(endpoint());
    for _ in 0..2 {
        let response = call(&app, post_request(cdr("1"))).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(outcome(&response), None);
    }
}

#[tokio::test]
async fn what_is_not_processed_is_released_and_warned_about() {
    let logs = Logs::keep();
    let desk = Desk::default();
    let server = Server::start(app(endpoint(), &desk)).await;
    let request = String::from_utf8(post(cdr("1"))).expect("text");
    let request = request.replace("/hook", "/looked-at");
    for runs in 1..3 {
        assert_eq!(server.ask(&request).await.status, 204);
        assert_eq!(desk.runs(), runs);
    }
    assert_eq!(
        logs.text().matches("before process(..) was called").count(),
        2
    );
    assert_eq!(desk.replay_status(), [ReplayStatus::First; 2]);
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_it_is_processed_has_its_next_copy_handled() {
    let logs = Logs::keep();
    let desk = Desk::default();
    let endpoint = endpoint();
    let server = Server::start(app(endpoint.clone(), &desk)).await;
    desk.gate().close();
    let mut sender = server.connect().await;
    sender.send(post(cdr("1"))).await;
    desk.reach_runs(1).await;
    drop(sender);
    desk.dropped().reach(1).await;
    within("no claim", endpoint.idle()).await;
    desk.gate().open();
    assert_eq!(server.ask(post(cdr("1"))).await.status, 204);
    assert_eq!(desk.replay_status(), [ReplayStatus::First; 2]);
    let log = logs.text();
    assert!(log.contains("outcome=\"cancelled\""), "{log}");
    assert!(!log.contains("before process"), "{log}");
}

#[tokio::test]
async fn of_200_copies_at_once_one_is_handled() {
    let desk = Desk::default();
    let server = Arc::new(Server::start(app(endpoint(), &desk)).await);
    desk.gate().close();
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let server = Arc::clone(&server);
        copies.spawn(async move { server.ask(post(cdr("1"))).await.status });
    }
    desk.reach_runs(1).await;
    desk.gate().open();
    let statuses = within("the answers", copies.join_all()).await;
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1);
    assert_eq!(desk.runs(), 1);
}

#[tokio::test]
async fn it_answers_as_the_layer_does() {
    let limited = || {
        builder()
            .max_body_bytes(100)
            .app_ids(["7"])
            .build()
            .expect("sound")
    };
    let layered = Server::start(router(limited(), &Desk::default())).await;
    let unlayered = Server::start(app(limited(), &Desk::default())).await;
    let not_allowed = || {
        bare_builder()
            .query_token("token", TOKEN)
            .allow(["192.0.2.7"])
    };
    let layered_list = router(not_allowed().build().expect("sound"), &Desk::default());
    let layered_list = Server::start(layered_list).await;
    let unlayered_list = app(not_allowed().build().expect("sound"), &Desk::default());
    let unlayered_list = Server::start(unlayered_list).await;
    let put = format!("PUT /hook?token={TOKEN} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    let head = format!("HEAD /hook?token={TOKEN} HTTP/1.1\r\nhost: a\r\n\r\n");
    for (layered, unlayered) in [(layered, unlayered), (layered_list, unlayered_list)] {
        for request in [
            post("{}"),
            post(r#"{"type":"cdr","appid":7,"cmiuuid":"1","status":"answered"}"#),
            post(r#"{"type":"cdr","appid":7,"cmiuuid":"1","status":"answered"}"#),
            post("{"),
            post(""),
            post("x".repeat(101)),
            get(&format!("token={TOKEN}")),
            get("token=wrong"),
            put.clone().into_bytes(),
            head.clone().into_bytes(),
        ] {
            let text = String::from_utf8_lossy(&request).into_owned();
            let one = layered.ask(&request).await.without_date();
            let other = unlayered.ask(&request).await.without_date();
            assert_eq!(one, other, "{text}");
        }
    }
}

#[tokio::test]
async fn outer_layers_see_why_a_request_was_refused() {
    let app = app(endpoint(), &Desk::default());
    let response = call(&app, post_request("{")).await;
    let expected = Some((RejectionKind::Unreadable, "malformed"));
    assert_eq!(rejection(&response), expected);
}

#[tokio::test]
async fn a_message_can_be_settled_by_hand() {
    async fn by_hand(message: Unlayered<Event>) -> StatusCode {
        let message = message.into_inner();
        let handled = match message.event().kind() {
            "cdr" => Handled::Status(200),
            _ => Handled::Error,
        };
        message.settle(handled).await;
        StatusCode::NO_CONTENT
    }
    let app = Router::new()
        .route("/hook", any(by_hand))
        .with_state(endpoint());
    let live = r#"{"type":"event","cmiuuid":"1","status":"started"}"#;
    for (body, status) in [
        (cdr("1"), 204),
        (cdr("1"), 200),
        (live.into(), 204),
        (live.into(), 204),
    ] {
        assert_eq!(call(&app, post_request(body)).await.status(), status);
    }
}
