//! actix-web's `Logger`.

use std::sync::{Mutex, Once};

use actix_web::middleware::Logger;
use actix_web::{App, HttpServer, web};
use callhook_actix::telecmi::{Event, Telecmi};
use callhook_actix::{Endpoint, Webhook, WebhookMiddleware};

use super::{IN_PATH, IN_QUERY, has, requests, send_all};

mod recipe {
    include!("../snippets/actix_logger.rs");

    pub(super) fn without_token() -> Logger {
        logger()
    }
}

#[actix_web::test]
async fn the_recipe_logs_the_resources_pattern_and_no_token() {
    const TOKEN: &str = "a-token-for-actix-and-the-recipe";
    serve(TOKEN, recipe::without_token).await;
    let lines = [
        format!("127.0.0.1 POST {IN_QUERY} 200 "),
        format!("127.0.0.1 GET {IN_QUERY} 200 "),
        format!("127.0.0.1 POST {IN_PATH} 200 "),
        format!("127.0.0.1 POST {IN_QUERY} 400 "),
        format!("127.0.0.1 POST {IN_QUERY} 401 "),
        format!("127.0.0.1 PUT {IN_PATH} 405 "),
        "127.0.0.1 POST - 404 ".to_owned(),
    ];
    let text = has(logged, &lines).await;
    assert!(!text.contains(TOKEN), "{text}");
}

#[actix_web::test]
async fn the_default_logs_the_token() {
    const TOKEN: &str = "a-token-for-actix-and-the-default";
    serve(TOKEN, Logger::default).await;
    let line = |method, target| format!("\"{method} {target} HTTP/1.1\"");
    let lines = requests(TOKEN).into_iter();
    let lines: Vec<_> = lines.map(|sent| line(sent.method, sent.target)).collect();
    has(logged, &lines).await;
}

/// Sends all requests to an app with this logger.
async fn serve(token: &'static str, logger: fn() -> Logger) {
    keep_log();
    let middleware = |builder: callhook_actix::EndpointBuilder<Event>| {
        WebhookMiddleware::new(builder.build().expect("a valid configuration"))
    };
    let in_query = middleware(Endpoint::builder(Telecmi).query_token("token", token));
    let in_path = middleware(Endpoint::builder(Telecmi).path_token(token));
    let server = HttpServer::new(move || {
        App::new()
            .wrap(logger())
            .service(web::resource(IN_QUERY).wrap(in_query.clone()).to(on_call))
            .service(web::resource(IN_PATH).wrap(in_path.clone()).to(on_call))
    });
    let server = server.workers(1).disable_signals();
    let server = server.bind("127.0.0.1:0").expect("a free port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    send_all(address, token).await;
    handle.stop(true).await;
}

async fn on_call(_: Webhook<Event>) -> &'static str {
    ""
}

/// What the `log` crate was given by all tests of this process, at the level that `Logger` has. Their tokens differ.
static LOG: Mutex<String> = Mutex::new(String::new());

fn logged() -> String {
    LOG.lock().expect("not poisoned").clone()
}

fn keep_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Keep).expect("the only logger");
        log::set_max_level(log::LevelFilter::Info);
    });
}

struct Keep;

impl log::Log for Keep {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut log = LOG.lock().expect("not poisoned");
        log.push_str(&format!("{}\n", record.args()));
    }

    fn flush(&self) {}
}
