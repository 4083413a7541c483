//! A server that receives webhooks from cloud-telephony platforms.
//!
//! `cargo run -p example-actix` prints a `curl` line to try it with; `curl http://127.0.0.1:3000/calls` shows what came.

use std::error::Error;
use std::process::ExitCode;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::rt::time::timeout;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Responder, web};
use callhook_actix::piopiy::{self, Piopiy};
use callhook_actix::telecmi::{self, Telecmi};
use callhook_actix::voipappz::{self, Voipappz};
use callhook_actix::{CallEvent, Webhook, WebhookMiddleware};
use example_support::{Calls, Config, GRACE, signalled};
use serde::Serialize;

#[actix_web::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-actix: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;

    // Once for all workers, which share what they remember.
    let telecmi = config.endpoint(Telecmi)?;
    let piopiy = config.endpoint(Piopiy)?;
    let voipappz = config.endpoint(Voipappz::path_segment())?;
    let calls = web::Data::new(Calls::default());

    let endpoints = (telecmi.clone(), piopiy.clone(), voipappz.clone());
    let server = HttpServer::new(move || {
        let (telecmi, piopiy, voipappz) = endpoints.clone();
        App::new()
            .app_data(calls.clone())
            .service(
                web::resource("/webhooks/telecmi")
                    .wrap(WebhookMiddleware::new(telecmi))
                    .to(on_call::<telecmi::Event>),
            )
            .service(
                web::resource("/webhooks/piopiy")
                    .wrap(WebhookMiddleware::new(piopiy))
                    .to(on_call::<piopiy::Event>),
            )
            .service(
                web::resource("/webhooks/voipappz/{event}")
                    .wrap(WebhookMiddleware::new(voipappz))
                    .to(on_call::<voipappz::Event>),
            )
            .service(
                web::resource("/calls")
                    .route(web::get().to(list))
                    .route(web::head().to(list)),
            )
    })
    .workers(WORKERS)
    .shutdown_signal(signalled())
    .shutdown_timeout(GRACE.as_secs())
    .bind(config.listen)?;
    if let Some(address) = server.addrs().first() {
        println!("{}", config.greeting(*address));
    }
    server.run().await?;

    // What is still being handled is finished or released, not left to its lease.
    let idle = async {
        telecmi.idle().await;
        piopiy.idle().await;
        voipappz.idle().await;
    };
    // A handler that hangs is left to its lease.
    let _ = timeout(GRACE, idle).await;
    Ok(())
}

/// Each has an endpoint's clones and a thread of its own.
const WORKERS: usize = 2;

/// The handler of all platforms: what it needs of an event, they all have.
async fn on_call<E>(calls: web::Data<Calls>, call: Webhook<E>) -> impl Responder
where
    E: CallEvent + Serialize + Send + Sync + 'static,
{
    calls.keep(&call);
    HttpResponse::Ok()
}

async fn list(calls: web::Data<Calls>, request: HttpRequest) -> impl Responder {
    let headers = request.headers();
    let may_read = request
        .peer_addr()
        .is_some_and(|peer| Calls::may_read(peer.ip(), |name| headers.contains_key(name)));
    if !may_read {
        return HttpResponse::new(StatusCode::FORBIDDEN);
    }
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(calls.json())
}
