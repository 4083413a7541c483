//! A server that receives webhooks from cloud-telephony platforms.
//!
//! `cargo run -p example-actix` prints a `curl` line to try it with; `curl http://127.0.0.1:3001/messages` shows what came,
//! `/calls` there the calls that it was of, and `/unreadable` what was not understood. A browser shows the calls as they go
//! on, at `http://127.0.0.1:3001`.

mod board;

use std::error::Error;
use std::process::ExitCode;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{ContentType, HOST};
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::net::TcpListener;
use actix_web::rt::time::timeout;
use actix_web::{App, Either, HttpResponse, HttpServer, Responder, rt, web};
use callhook_actix::answer::ReplyBody;
use callhook_actix::piopiy::{self, Piopiy};
use callhook_actix::telecmi::{self, Telecmi};
use callhook_actix::voipappz::{self, Voipappz};
use callhook_actix::{Webhook, WebhookMiddleware};
use example_support::{Config, GRACE, Handler, HandlerError, IvrEvent, Private, bind, signalled};

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
    let database = config.database().await?;

    // Once for all workers, which share what they remember.
    let telecmi = config.endpoint(Telecmi, database.as_ref())?;
    let piopiy = config.endpoint(Piopiy, database.as_ref())?;
    let voipappz = config.endpoint(Voipappz::path_segment(), database.as_ref())?;

    let listener = bind("LISTEN", config.listen).await?;
    let private_listener = match config.listen_private {
        Some(address) => Some(bind("LISTEN_PRIVATE", address).await?),
        None => None,
    };
    let address = listener.local_addr()?;
    let private_address = private_listener.as_ref().map(TcpListener::local_addr);

    let handler = Handler::new(
        config.ivr(address)?,
        config.not_understood.clone(),
        database,
    );
    // Where nobody can see the board, it asks for nothing.
    let following = private_listener
        .as_ref()
        .map(|_| rt::spawn(handler.show_calls(&config.board)));
    let handler = web::Data::new(handler);
    let board = config.board.clone();
    let private = web::Data::new(config.private.clone());
    let kept = handler.clone();
    let endpoints = (telecmi.clone(), piopiy.clone(), voipappz.clone());
    let server = HttpServer::new(move || {
        let (telecmi, piopiy, voipappz) = endpoints.clone();
        App::new()
            .app_data(kept.clone())
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
    })
    .workers(WORKERS)
    .shutdown_signal(signalled())
    .shutdown_timeout(GRACE.as_secs())
    .listen(listener.into_std()?)?;

    let private_server = HttpServer::new(move || {
        App::new()
            .app_data(handler.clone())
            .app_data(private.clone())
            .wrap(from_fn(guard))
            // Around the guard: on its refusals too.
            .wrap(board::headers())
            .configure(board::routes(board.clone()))
            .service(
                web::resource("/messages")
                    .route(web::get().to(messages))
                    .route(web::head().to(messages)),
            )
            .service(
                web::resource("/calls")
                    .route(web::get().to(calls))
                    .route(web::head().to(calls)),
            )
            .service(
                web::resource("/unreadable")
                    .route(web::get().to(unreadable))
                    .route(web::head().to(unreadable)),
            )
    })
    .workers(1)
    .shutdown_signal(signalled())
    .shutdown_timeout(GRACE.as_secs());
    let private_server = match private_listener {
        Some(listener) => Some(private_server.listen(listener.into_std()?)?),
        None => None,
    };

    config.check_redis();
    println!("{}", config.greeting(address, private_address.transpose()?));
    // The same signal ends both.
    let private_server = private_server.map(|server| rt::spawn(server.run()));
    server.run().await?;
    if let Some(server) = private_server {
        server.await??;
    }

    if let Some(following) = following {
        following.abort();
    }

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
async fn on_call<E>(
    handler: web::Data<Handler>,
    call: Webhook<E>,
) -> Result<Either<ReplyBody, HttpResponse>, actix_web::Error>
where
    E: IvrEvent + Send + Sync + 'static,
{
    Ok(match handler.handle(&call).await.map_err(failed)? {
        Some(reply) => Either::Left(reply),
        None => Either::Right(HttpResponse::Ok().finish()),
    })
}

async fn messages(handler: web::Data<Handler>) -> impl Responder {
    json(handler.messages())
}

async fn calls(handler: web::Data<Handler>) -> Result<impl Responder, actix_web::Error> {
    Ok(json(handler.calls().await.map_err(failed)?))
}

/// 500 with an empty body.
fn failed(error: HandlerError) -> actix_web::Error {
    tracing::error!("{error}");
    InternalError::from_response(error, HttpResponse::InternalServerError().finish()).into()
}

async fn unreadable(handler: web::Data<Handler>) -> impl Responder {
    json(handler.unreadable())
}

fn json(body: String) -> impl Responder {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(body)
}

/// Lets nobody read who may not, whatever the path.
async fn guard(
    private: web::Data<Private>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let authority = request.uri().authority();
    let headers = request.headers();
    let may_read = private.may_read(
        authority.map(|authority| authority.as_str()),
        headers.get_all(HOST).map(|host| host.as_bytes()),
        |name| headers.contains_key(name),
    );
    if !may_read {
        let refusal = HttpResponse::Forbidden().finish();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
