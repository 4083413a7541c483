//! Servers of several workers.

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use callhook_actix::WebhookMiddleware;
use tokio::task::JoinSet;

use crate::support::{Logs, Server, TestHandler, answer, builder, cdr, post, within};

const WORKERS: usize = 4;

#[actix_web::test]
async fn an_endpoint_for_each_worker_is_the_mistake_that_the_docs_and_the_log_warn_of() {
    let logs = Logs::keep();
    let handler = TestHandler::default();
    let kept = handler.clone();
    let server = Arc::new(Server::with_workers(
        WORKERS,
        move |app: &mut ServiceConfig| {
            // A name of its own: other tests build endpoints too, and the warning comes once for each name.
            let endpoint = builder().name("for each worker").build().expect("valid");
            app.app_data(web::Data::new(kept.clone())).service(
                web::resource("/hook")
                    .wrap(WebhookMiddleware::new(endpoint))
                    .to(answer),
            );
        },
    ));
    handler.gate().close();
    let mut replies = JoinSet::new();
    for _ in 0..200 {
        let server = Arc::clone(&server);
        replies.spawn_local(async move { server.ask(post(cdr("1"))).await });
    }
    handler.reach_runs(2).await;
    handler.gate().open();
    within("the replies", replies.join_all()).await;
    assert!(handler.runs() <= WORKERS);
    let log = logs.text();
    let warnings: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("a second endpoint of this name"))
        .collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(
        warnings[0].contains(r#"endpoint="for each worker""#),
        "{log}"
    );
}
