//! A server to be killed: a webhook over Redis, whose handler writes down what it does.
//!
//! What a message is to meet is in the message: `delay_ms` is how long its handler takes, and the first `panic_times`
//! handlers of it panic, and the next `fail_times` answer 500. Each process counts for itself, from what the log has
//! when it starts.
//!
//! It prints the address it listens on, and ends in good order when its standard input does. So it ends too when
//! whoever started it is no more.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs, thread};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use callhook_redis::{RedisStore, RedisStoreError};
use callhook_tests::{Log, Record, TOKEN, What, settings};
use callhook_tower::callhook::replay::{Claim, Lease, ReplayStore, Settled, Settlement};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, OnStoreFailure, ReplayStatus, Webhook, WebhookLayer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let log_path = setting(settings::LOG)?;
    let log = Log::open(&log_path)?;
    let tries = failures(&fs::read_to_string(log_path)?);
    let timeout = millis(settings::TIMEOUT_MS)?;
    let store = RedisStore::connect(&setting(settings::REDIS)?)?.timeout(timeout);
    let policy = match &*setting(settings::POLICY)? {
        "handle" => OnStoreFailure::Handle,
        "refuse" => OnStoreFailure::Refuse,
        other => return Err(format!("no policy: {other}").into()),
    };
    let endpoint = Endpoint::builder(Telecmi)
        .name("crash")
        .query_token("token", TOKEN)
        .replay_store(Witness {
            store,
            log: log.clone(),
            pause: millis(settings::COMMIT_PAUSE_MS)?,
        })
        .on_store_failure(policy)
        .lease(millis(settings::LEASE_MS)?)
        .build()?;
    let mut layer = WebhookLayer::new(endpoint.clone());
    if setting(settings::DETACHED)? == "yes" {
        layer = layer.detached();
    }
    let app = Router::new()
        .route("/hook", post(on_call).layer(layer))
        .with_state(App {
            log,
            tries: Arc::new(Mutex::new(tries)),
        });

    let listener = TcpListener::bind(setting(settings::LISTEN)?).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(end_of_input())
        .await?;
    endpoint.idle().await;
    Ok(())
}

fn setting(name: &str) -> Result<String, Box<dyn Error>> {
    env::var(name).map_err(|error| format!("{name}: {error}").into())
}

/// How often each message has failed so far, whatever the process.
fn failures(log: &str) -> HashMap<String, u64> {
    let mut failures = HashMap::new();
    // The last line may still be on its way.
    for record in log.lines().filter_map(|line| line.parse::<Record>().ok()) {
        if matches!(record.what, What::Failed | What::Panicked) {
            *failures.entry(record.id).or_default() += 1;
        }
    }
    failures
}

fn millis(name: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::from_millis(setting(name)?.parse()?))
}

/// A thread, because tokio's standard input would keep the runtime from ending.
fn end_of_input() -> impl Future<Output = ()> {
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        // Whatever ends it.
        let _ = io::stdin().read(&mut [0]);
        let _ = sender.send(());
    });
    async {
        let _ = ended.await;
    }
}

#[derive(Clone)]
struct App {
    log: Log,
    /// How often each message was tried.
    tries: Arc<Mutex<HashMap<String, u64>>>,
}

async fn on_call(State(app): State<App>, call: Webhook<Event>) -> StatusCode {
    let (Some(id), Ok(message)) = (
        call.event().leg_id(),
        serde_json::from_slice::<Value>(call.raw()),
    ) else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    let number = |name| message[name].as_u64().unwrap_or(0);
    let tries = app.count(id);
    let handling = Handling::begin(&app.log, id, call.replay_status());
    sleep(Duration::from_millis(number("delay_ms"))).await;
    if tries <= number("panic_times") {
        // Without the hook that would print it: it is as it should be.
        resume_unwind(Box::new("the message asks for it"));
    }
    if tries <= number("panic_times") + number("fail_times") {
        handling.end(What::Failed);
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    handling.end(What::Ended);
    StatusCode::OK
}

impl App {
    fn count(&self, id: &str) -> u64 {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tries.entry(id.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// A handler at work. Leaves a record of how that ended.
struct Handling<'a> {
    log: &'a Log,
    id: &'a str,
    has_ended: bool,
}

impl<'a> Handling<'a> {
    fn begin(log: &'a Log, id: &'a str, how: ReplayStatus) -> Self {
        let what = match how {
            ReplayStatus::Unchecked(_) => What::BeganUnchecked,
            _ => What::Began,
        };
        log.write(what, id).expect(WRITABLE);
        Self {
            log,
            id,
            has_ended: false,
        }
    }

    /// On the disk before it is answered, as with a handler's own database.
    fn end(mut self, what: What) {
        self.log.write(what, self.id).expect(WRITABLE);
        self.log.sync().expect(WRITABLE);
        self.has_ended = true;
    }
}

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let what = if thread::panicking() {
            What::Panicked
        } else {
            What::Dropped
        };
        // A second panic would end the process.
        let _ = self.log.write(what, self.id);
    }
}

const WRITABLE: &str = "the log can be written";

/// The store, and a record of each commit that it has confirmed.
struct Witness {
    store: RedisStore,
    log: Log,
    pause: Duration,
}

impl ReplayStore for Witness {
    type Error = RedisStoreError;

    async fn claim(&self, lease: &Lease) -> Result<Claim, RedisStoreError> {
        self.store.claim(lease).await
    }

    async fn commit(&self, lease: &Lease) -> Result<Settled, RedisStoreError> {
        self.pause().await;
        let settled = self.store.commit(lease).await;
        let what = match settled {
            Ok(Settled::Done) => What::Committed,
            Ok(_) => What::Lost,
            Err(_) => What::Unsettled,
        };
        let mut parts = lease.identity().parts();
        let id = parts.find(|part| part.name == "id");
        let id = id.map_or("?", |part| part.text);
        self.log.write(what, id).expect(WRITABLE);
        self.pause().await;
        settled
    }

    async fn release(&self, lease: &Lease) -> Result<Settled, RedisStoreError> {
        self.store.release(lease).await
    }

    fn settle_later(&self, lease: Lease, settlement: Settlement) {
        self.store.settle_later(lease, settlement);
    }

    async fn flush(&self) {
        self.store.flush().await;
    }
}

impl Witness {
    async fn pause(&self) {
        if !self.pause.is_zero() {
            sleep(self.pause).await;
        }
    }
}
