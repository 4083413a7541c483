//! What the store costs: requests a second of a handler that marks its message with it, compared with the same written by
//! hand, which has `insert .. on conflict do nothing` in its transaction and no claim. Both take turns, and each figure is
//! the median of the rounds' ratios.
//!
//! `cargo run --release -p callhook-effects --bin callhook-effects-cost`

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
use callhook_test_support::{Postgres as Server, read, request, try_connect};
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{Endpoint, Webhook, WebhookLayer};
use serde_json::Value;
use tokio::net::TcpListener;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| database | connections | claims in the database | claims in the process |\n|---|---|---|---|"
    );
    for (name, connections, settings) in [
        ("as it is", 16, &[][..]),
        (
            "commits take 3 ms",
            1,
            &["commit_delay = 3000", "commit_siblings = 0"][..],
        ),
    ] {
        let server = Server::start(settings);
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .test_before_acquire(false)
            .connect(&server.database())
            .await?;
        let address = start(pool).await?;
        let ratios = tokio::task::spawn_blocking(move || compare(address, connections)).await?;
        println!(
            "| {name} | {connections} | {:.2} | {:.2} |",
            ratios[0], ratios[1]
        );
    }
    Ok(())
}

/// The same handler three times, on one pool.
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

fn trouble<E>(_: E) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// Of claims in the database, and in the process, by the rounds' medians.
fn compare(address: SocketAddr, connections: usize) -> [f64; 2] {
    let mut ratios = [Vec::new(), Vec::new()];
    for path in ["/by-hand", "/database", "/process"] {
        requests(address, path, connections);
    }
    for _ in 0..ROUNDS {
        let by_hand = requests(address, "/by-hand", connections);
        for (ratios, path) in ratios.iter_mut().zip(["/database", "/process"]) {
            ratios.push(requests(address, path, connections) / by_hand);
        }
    }
    ratios.map(|mut ratios| {
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    })
}

/// How many messages, each of them new, are answered in one round.
fn requests(address: SocketAddr, path: &str, connections: usize) -> f64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let end = Instant::now() + ROUND;
    let count = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let stream = try_connect(address).expect("a server");
                let mut stream = BufReader::new(stream);
                let target = format!("{path}?token={TOKEN}");
                while Instant::now() < end {
                    let id = NEXT.fetch_add(1, Ordering::Relaxed);
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
    count.into_inner() as f64
}
