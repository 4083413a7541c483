//! What the store costs: a handler that marks its message with it, compared with the same written by hand, which has
//! `insert .. on conflict do nothing` in its transaction and no claim. Each message is new, and its id is random, as
//! those of the platforms are.
//!
//! `/mark` is the handler by hand with the store's mark in place of its insert: what is left where a claim costs nothing.
//!
//! Two figures: requests a second, with the senders on the same machine, and processor time a message, of this server
//! and of Postgres, without the senders. Other work on the machine disturbs the second less. The handlers take turns by
//! short rounds, and each figure is the median of the rounds' ratios, between their quartiles.
//!
//! `cargo run --release -p callhook-effects --bin callhook-effects-cost`, with the number of rounds if another is wanted.

mod cpu;

use std::env;
use std::io::{BufReader, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use callhook_effects::{Effects, TABLE, TOKEN};
use callhook_sqlx::SqlxStore;
use callhook_sqlx::sqlx::postgres::PgPoolOptions;
use callhook_sqlx::sqlx::{self, PgPool, Postgres};
use callhook_sqlx::statements::postgres as statements;
use callhook_test_support::{Postgres as Server, Random, read, request, try_connect};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, Webhook, WebhookLayer};
use serde_json::Value;
use tokio::net::TcpListener;

use self::cpu::Cpu;

const ROUNDS: usize = 30;
const ROUND: Duration = Duration::from_millis(500);

const BY_HAND: usize = 0;
const PATHS: [&str; 4] = ["/by-hand", "/mark", "/database", "/process"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = env::args()
        .nth(1)
        .map_or(Ok(ROUNDS), |count| count.parse())?;
    for (name, connections, settings) in [
        ("processors are the limit", 16, &[][..]),
        (
            "commits take 3 ms",
            1,
            &["commit_delay = 3000", "commit_siblings = 0"][..],
        ),
    ] {
        let server = Server::start(&[&["shared_buffers = 128MB"], settings].concat());
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .test_before_acquire(false)
            .connect(&server.database())
            .await?;
        let address = start(pool).await?;
        let postgres = server.process_id();
        let compare = move || compare(address, connections, postgres, rounds);
        let rounds = tokio::task::spawn_blocking(compare).await?;
        println!("{name}, {connections} connections");
        print(&rounds);
    }
    Ok(())
}

/// The same handler in each way, on one pool.
async fn start(pool: PgPool) -> Result<SocketAddr, Box<dyn std::error::Error>> {
    let store = SqlxStore::new(pool.clone());
    store.migrate().await?;
    let local = store.clone().claims_in_process();
    sqlx::raw_sql("create table handled (message text primary key)")
        .execute(&pool)
        .await?;
    sqlx::query(TABLE).execute(&pool).await?;
    let by_hand = Router::new()
        .route("/by-hand", post(by_hand))
        .route("/mark", post(mark_by_hand))
        .with_state(pool.clone());
    let app = by_hand
        .merge(with("/database", store, pool.clone())?)
        .merge(with("/process", local, pool)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { serve(listener, app).await });
    Ok(address)
}

type App = (PgPool, SqlxStore<Postgres>);

fn with(
    path: &str,
    store: SqlxStore<Postgres>,
    pool: PgPool,
) -> Result<Router, callhook_tower::ConfigError> {
    let endpoint = Endpoint::builder(Telecmi)
        .name(path)
        .query_token("token", TOKEN)
        .replay_store(store.clone())
        .build()?;
    let layer = WebhookLayer::new(endpoint);
    Ok(Router::new()
        .route(path, post(on_call).layer(layer))
        .with_state((pool, store)))
}

async fn on_call(
    State((pool, store)): State<App>,
    call: Webhook<Event>,
) -> Result<StatusCode, StatusCode> {
    let id = call.event().leg_id().ok_or(StatusCode::BAD_REQUEST)?;
    let mut transaction = pool.begin().await.map_err(trouble)?;
    Postgres::insert(&mut transaction, id)
        .await
        .map_err(trouble)?;
    let marked = store.commit_in(&mut transaction, &call).await;
    marked.map_err(trouble)?;
    transaction.commit().await.map_err(trouble)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn by_hand(State(pool): State<PgPool>, body: Bytes) -> Result<StatusCode, StatusCode> {
    let message: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let id = message["cmiuuid"].as_str().ok_or(StatusCode::BAD_REQUEST)?;
    let mut transaction = pool.begin().await.map_err(trouble)?;
    let new = sqlx::query("insert into handled (message) values ($1) on conflict do nothing")
        .bind(id)
        .execute(&mut *transaction)
        .await
        .map_err(trouble)?;
    if new.rows_affected() == 0 {
        return Ok(StatusCode::OK);
    }
    Postgres::insert(&mut transaction, id)
        .await
        .map_err(trouble)?;
    transaction.commit().await.map_err(trouble)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The handler by hand with the store's mark in place of its insert: what no kind of claim can go below.
async fn mark_by_hand(State(pool): State<PgPool>, body: Bytes) -> Result<StatusCode, StatusCode> {
    let message: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let id = message["cmiuuid"].as_str().ok_or(StatusCode::BAD_REQUEST)?;
    let mut transaction = pool.begin().await.map_err(trouble)?;
    Postgres::insert(&mut transaction, id)
        .await
        .map_err(trouble)?;
    // As long as a key, and as random: the id is.
    let key = id.as_bytes().get(..32).ok_or(StatusCode::BAD_REQUEST)?;
    sqlx::query(statements::MARK)
        .bind(key)
        .bind(&key[..16])
        .bind(&key[16..])
        .bind(86_400_000_i64)
        .execute(&mut *transaction)
        .await
        .map_err(trouble)?;
    transaction.commit().await.map_err(trouble)?;
    Ok(StatusCode::NO_CONTENT)
}

fn trouble<E>(_: E) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// What a handler did in one round.
#[derive(Clone, Copy)]
struct Round {
    /// Messages a second.
    rate: f64,
    /// Processor time a message, in microseconds.
    server: f64,
    postgres: f64,
}

impl Round {
    fn cpu(&self) -> f64 {
        self.server + self.postgres
    }
}

/// The rounds, each with all handlers in the order of their paths.
fn compare(
    address: SocketAddr,
    connections: usize,
    postgres: u32,
    rounds: usize,
) -> Vec<[Round; PATHS.len()]> {
    let run = |which: usize| round(address, PATHS[which], connections, postgres);
    // Connections are made, and statements prepared.
    let first = [0, 1, 2, 3].map(run);
    let mut compared = Vec::new();
    for number in 0..rounds {
        let mut turns = first;
        for turn in 0..PATHS.len() {
            let which = (number + turn) % PATHS.len();
            turns[which] = run(which);
        }
        compared.push(turns);
    }
    compared
}

fn print(rounds: &[[Round; PATHS.len()]]) {
    println!(
        "| | of the requests/s by hand | of the processor time by hand | us a message: server | Postgres |"
    );
    println!("|---|---|---|---|---|");
    for (which, path) in PATHS.iter().enumerate() {
        let of = |figure: fn(&Round) -> f64| {
            let ratio =
                move |round: &[Round; PATHS.len()]| figure(&round[which]) / figure(&round[BY_HAND]);
            quartiles(rounds.iter().map(ratio))
        };
        let median = |figure: fn(&Round) -> f64| {
            quartiles(rounds.iter().map(|round| figure(&round[which])))[1]
        };
        let [low, rate, high] = of(|round| round.rate);
        println!(
            "| {path} | {rate:.2} ({low:.2} to {high:.2}) | {:.2} ({:.2} to {:.2}) | {:.0} | {:.0} |",
            of(Round::cpu)[1],
            of(Round::cpu)[0],
            of(Round::cpu)[2],
            median(|round| round.server),
            median(|round| round.postgres),
        );
    }
}

/// With the median between them.
fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

/// How many messages are answered in one round, and what they cost.
fn round(address: SocketAddr, path: &str, connections: usize, postgres: u32) -> Round {
    static SEED: AtomicU64 = AtomicU64::new(0);
    let cpu = Cpu::now(postgres);
    let start = Instant::now();
    let count = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let mut ids = Random::new(SEED.fetch_add(1, Ordering::Relaxed) << 32);
                let stream = try_connect(address).expect("a server");
                let mut stream = BufReader::new(stream);
                let target = format!("{path}?token={TOKEN}");
                while start.elapsed() < ROUND {
                    let [high, low] = [ids.of(0..u64::MAX), ids.of(0..u64::MAX)];
                    let id = format!("{high:016x}-{low:016x}");
                    let body = format!(r#"{{"type":"cdr","status":"answered","cmiuuid":"{id}"}}"#);
                    let kept = [("connection", "keep-alive")];
                    let request = request("POST", &target, &kept, body.as_bytes());
                    stream.get_mut().write_all(&request).expect("a server");
                    assert_eq!(read(&mut stream).status, 204, "{path}");
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let spent = Cpu::now(postgres).since(&cpu);
    let count = count.into_inner() as f64;
    Round {
        rate: count / seconds,
        server: spent.server.as_secs_f64() * 1e6 / count,
        postgres: spent.postgres.as_secs_f64() * 1e6 / count,
    }
}
