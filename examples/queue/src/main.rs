//! A server that acknowledges webhooks at once and does their work later, on Postgres.
//!
//! The handler's transaction marks the message and enqueues its job: either both are in the database or neither is,
//! whatever crashes and whenever it does. A worker, in this process or in another, does the job, tries again where it
//! fails, and keeps what failed for good until somebody has it run again. `README.md` beside `Cargo.toml` has the rules.
//!
//! ```text
//! CALLHOOK_DATABASE_URL=postgres://localhost/crm CALLHOOK_TOKEN=a-token-of-24-characters cargo run -p example-queue
//! ```

mod failed;
mod job;
mod private;
mod receive;
mod settings;
mod work;

use std::error::Error;
use std::num::NonZeroU32;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any, get, post};
use callhook_sqlx::SqlxStore;
use callhook_sqlx::sqlx::postgres::PgPoolOptions;
use callhook_tower::callhook::Provider;
use callhook_tower::piopiy::{self, Piopiy};
use callhook_tower::telecmi::{self, Telecmi};
use callhook_tower::voipappz::{self, Voipappz};
use callhook_tower::{Endpoint, WebhookLayer};
use example_board::protected;
use example_support::{GRACE, bind, signalled};
use graphile_worker::WorkerUtils;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use self::receive::{Receiver, on_call};
use self::settings::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    work::log();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-queue: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    // Handlers or jobs that have all connections of theirs in use must not keep a webhook from being recognised.
    let pool = |most| {
        let options = PgPoolOptions::new().max_connections(most);
        let pool = options.connect_lazy(&settings.database);
        // Not what sqlx says, which may repeat a part of the URL.
        pool.map_err(|_| "CALLHOOK_DATABASE_URL: expected a URL such as postgres://host/database")
    };
    let (pool, store_pool, jobs_pool) = (pool(10)?, pool(5)?, pool(settings.jobs_at_once + 5)?);

    // The transaction that enqueues is what keeps a message from being handled twice, so a claim may be cheap.
    let store = SqlxStore::new(store_pool).claims_in_process();
    waited_for(store.migrate())
        .await
        .map_err(|error| format!("CALLHOOK_DATABASE_URL: {error}"))?;
    let queue = WorkerUtils::new(&pool, work::SCHEMA);
    work::migrate(&pool, &queue).await?;
    let _pruning = store.prune_every(Duration::from_secs(600), BATCH);

    let telecmi = endpoint(Telecmi, &settings, &store)?;
    let piopiy = endpoint(Piopiy, &settings, &store)?;
    let voipappz = endpoint(Voipappz::path_segment(), &settings, &store)?;
    let app = Router::new()
        .route(
            "/webhooks/telecmi",
            any(on_call::<telecmi::Event>).layer(WebhookLayer::new(telecmi.clone())),
        )
        .route(
            "/webhooks/piopiy",
            any(on_call::<piopiy::Event>).layer(WebhookLayer::new(piopiy.clone())),
        )
        .route(
            "/webhooks/voipappz/{event}",
            any(on_call::<voipappz::Event>).layer(WebhookLayer::new(voipappz.clone())),
        )
        .with_state(Receiver::new(&pool, &store, &queue, settings.attempts));
    let shown = Router::new()
        .route("/failed", get(failed::list))
        .route("/failed/retry", post(failed::retry_all))
        .route("/failed/{id}/retry", post(failed::retry))
        .with_state(pool.clone());
    // Around all of it: a router adds `Allow` to what its own layers answer.
    let shown = Router::new()
        .fallback_service(shown)
        .layer(from_fn(private::refuse_pages));
    let private_app = protected(shown, settings.private.clone());

    let listener = bind("LISTEN", settings.listen).await?;
    let private_listener = match settings.listen_private {
        Some(address) => Some(bind("LISTEN_PRIVATE", address).await?),
        None => None,
    };
    // From before anybody is told that this serves.
    let (stop, stop_private, stop_working, stop_waiting) =
        (signalled(), signalled(), signalled(), signalled());
    print!("listening on http://{}", listener.local_addr()?);
    if let Some(private) = private_listener.as_ref().map(TcpListener::local_addr) {
        print!(", showing failed jobs at http://{}/failed", private?);
    }
    println!();

    // `axum::serve` waits for a request's head for ever: example-axum has a server that doesn't.
    let serve = axum::serve(listener, app).with_graceful_shutdown(stop);
    let serve_private = async {
        match private_listener {
            Some(listener) => {
                axum::serve(listener, private_app)
                    .with_graceful_shutdown(stop_private)
                    .await
            }
            None => Ok(()),
        }
    };
    let work = work::work(&jobs_pool, &settings, stop_working);
    tokio::select! {
        ended = async { tokio::try_join!(serve, serve_private, async { work.await; Ok(()) }) } => {
            ended?;
        }
        // A handler that hangs, or a client that doesn't read, would hold up the end for ever.
        () = async { stop_waiting.await; sleep(GRACE).await } => {}
    }
    let idle = async {
        telecmi.idle().await;
        piopiy.idle().await;
        voipappz.idle().await;
    };
    let _ = timeout(GRACE, idle).await;
    Ok(())
}

/// Says what this waits for, where it has to: a database may start later than what needs it.
async fn waited_for<T>(database: impl Future<Output = T>) -> T {
    let mut database = pin!(database);
    match timeout(Duration::from_secs(1), &mut database).await {
        Ok(done) => done,
        Err(_) => {
            eprintln!("example-queue: waiting for the database of CALLHOOK_DATABASE_URL");
            database.await
        }
    }
}

fn endpoint<P: Provider>(
    provider: P,
    settings: &Settings,
    store: &SqlxStore<callhook_sqlx::sqlx::Postgres>,
) -> Result<Endpoint<P::Event>, String> {
    let name = provider.name().to_owned();
    Endpoint::builder(provider)
        .name(name)
        .query_token("token", settings.token.as_str())
        .replay_store(store.clone())
        .build()
        .map_err(|error| format!("CALLHOOK_TOKEN: {error}"))
}

/// How many rows one statement of the pruning deletes at most.
const BATCH: NonZeroU32 = NonZeroU32::new(1_000).unwrap();
