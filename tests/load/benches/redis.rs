//! What callhook promises of its Redis store: a route of axum's beside the same by hand, which has `SET NX EX` before the
//! handler and `SET` after it. Both talk to one `redis-server` that this starts, each over one connection.
//!
//! `cargo bench -p callhook-load --bench redis`. They take turns of some milliseconds. The router is called directly, in
//! one thread.
//!
//! | row | what is compared |
//! |---|---|
//! | Requests/s | the promise: time on the wall for a request while sixteen are made at a time |
//! | Latency | the same where each waits for the one before it. Both processes sleep in between, so their caches are cold |
//! | CPU | this process's time on a core |
//! | Redis | the server's |
//! | Both | the two together, which bounds the requests/s of a machine that does nothing else, and depends less on what else it does |
//! | Store | claim and commit beside the two commands, without a request around them |

#[allow(dead_code)]
#[path = "../../../crates/callhook/benches/common/paired.rs"]
mod paired;
#[allow(dead_code)]
#[path = "../../../crates/callhook/benches/common/promise.rs"]
mod promise;
#[path = "../../parity/redis.rs"]
mod server;

use std::error::Error;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use callhook::replay::{Claim, Fingerprint, Identity, Lease, ReplayStore, Settled, Token};
use callhook_by_hand::{MAX_BODY_BYTES, Receiver, TOKEN};
use callhook_load::app::{self, Hook, endpoint, receiver, use_value};
use callhook_load::kind::Variant;
use callhook_load::message::{Requests, SECRET};
use callhook_redis::RedisStore;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use redis::{ExistenceCheck, RedisResult, SetExpiry, SetOptions};
use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinSet;
use tower::ServiceExt;

use self::paired::Ratio;
use self::promise::{is_asked, print, print_head};

const ROUNDS: usize = 201;

/// Requests in a turn.
const TURN: usize = 160;

/// Of requests/s, the promise is 0.95: that is of the time.
const PROMISE: f64 = 1.0 / 0.95;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test` calls benches too: there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    print_head();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let server = server::Redis::start();
    runtime.block_on(async {
        for concurrent in [1, 16] {
            let wall = if concurrent == 1 {
                ("Latency", None)
            } else {
                ("Requests/s, in time,", Some(PROMISE))
            };
            let step = Route::new(callhook(&server).await?);
            let peer = Route::new(by_hand(&server).await?);
            compare(wall, step, peer, concurrent, server.id()).await?;
            let step = Store::new(&server, concurrent)?;
            let peer = Commands::new(&server, concurrent).await?;
            compare(("Store", None), step, peer, concurrent, server.id()).await?;
        }
        Ok(())
    })
}

/// Lets the two take turns, and prints the rows of both.
async fn compare(
    (row, promise): (&str, Option<f64>),
    mut step: impl Side,
    mut peer: impl Side,
    concurrent: usize,
    redis: u32,
) -> Result<(), Box<dyn Error>> {
    let name = |figure: &str| format!("{figure} of by hand, {concurrent} at a time");
    if !is_asked(&name(row)) {
        return Ok(());
    }
    let mut rounds = Vec::with_capacity(ROUNDS);
    // The first one warms up.
    for round in 0..=ROUNDS {
        // Who goes first has the colder caches: they take turns in that too.
        let (step, peer) = if round % 2 == 0 {
            let step = turn(&mut step, concurrent, redis).await?;
            (step, turn(&mut peer, concurrent, redis).await?)
        } else {
            let peer = turn(&mut peer, concurrent, redis).await?;
            (turn(&mut step, concurrent, redis).await?, peer)
        };
        rounds.push((step, peer));
    }
    let rounds = &rounds[1..];
    let of = |figure: fn(&Taken) -> f64| {
        let both = |(step, peer): &(Taken, Taken)| (figure(step), figure(peer));
        Ratio::of_rounds(rounds.iter().map(both).collect())
    };
    print(&name(row), promise, &of(|taken| taken.wall));
    print(&name("- CPU"), None, &of(|taken| taken.cpu));
    print(&name("- Redis"), None, &of(|taken| taken.redis));
    print(&name("- Both"), None, &of(|taken| taken.cpu + taken.redis));
    Ok(())
}

/// What a request took, in nanoseconds.
#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
    redis: f64,
}

async fn turn(
    side: &mut impl Side,
    concurrent: usize,
    redis: u32,
) -> Result<Taken, Box<dyn Error>> {
    let mut tasks = Vec::new();
    for _ in 0..concurrent {
        tasks.push((0..TURN / concurrent).map(|_| side.next()).collect());
    }
    let (wall, cpu, server) = (Instant::now(), cpu(), server_cpu(redis)?);
    let mut running = JoinSet::new();
    for items in tasks {
        running.spawn(side.clone().handle(items));
    }
    while let Some(task) = running.join_next().await {
        task?;
    }
    let each = |nanoseconds: f64| nanoseconds / TURN as f64;
    Ok(Taken {
        wall: each(wall.elapsed().as_nanos() as f64),
        cpu: each(self::cpu() - cpu),
        redis: each(server_cpu(redis)? - server),
    })
}

trait Side: Clone + Send + 'static {
    type Item: Send + 'static;

    /// Something new to handle, made before time is taken.
    fn next(&mut self) -> Self::Item;

    fn handle(self, items: Vec<Self::Item>) -> impl Future<Output = ()> + Send;
}

/// A router and the messages for it.
#[derive(Clone)]
struct Route {
    router: Router,
    requests: Arc<Mutex<Requests>>,
}

impl Route {
    fn new(router: Router) -> Self {
        Self {
            router,
            requests: Arc::new(Mutex::new(Requests::genuine(Variant::Token))),
        }
    }
}

impl Side for Route {
    type Item = Request;

    fn next(&mut self) -> Request {
        let mut requests = self.requests.lock().expect("no panic");
        requests.next_request().expect("without a signature");
        let body = Bytes::copy_from_slice(requests.body());
        Request::post(format!("/hook?{TOKEN}={SECRET}"))
            .extension(ConnectInfo(PEER))
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("content-length", body.len())
            .body(Body::from(body))
            .expect("a request")
    }

    async fn handle(self, requests: Vec<Request>) {
        for request in requests {
            let response = self.router.clone().oneshot(request).await;
            let response = response.expect("infallible");
            assert_eq!(response.status(), 200);
        }
    }
}

/// The store without a route.
#[derive(Clone)]
struct Store {
    store: RedisStore,
    count: u128,
}

impl Store {
    fn new(server: &server::Redis, concurrent: usize) -> Result<Self, Box<dyn Error>> {
        let store = RedisStore::connect(&server.url(2))?;
        // Other messages than those of a run with another number at a time.
        let count = concurrent as u128 * 1_000_000;
        Ok(Self { store, count })
    }
}

impl Side for Store {
    type Item = Lease;

    fn next(&mut self) -> Lease {
        self.count += 1;
        Lease::new(
            Identity::for_test(
                "cdr",
                &format!("5202a928-07c3-4d32-a1a4-{:012}", self.count),
            ),
            Fingerprint::from_bits(1),
            Token::from_bits(self.count),
            Duration::from_secs(60),
            Duration::from_secs(24 * 60 * 60),
        )
    }

    async fn handle(self, leases: Vec<Lease>) {
        for lease in leases {
            let claim = self.store.claim(&lease).await;
            assert_eq!(claim.expect("a claim"), Claim::First);
            let settled = self.store.commit(&lease).await;
            assert_eq!(settled.expect("a commit"), Settled::Done);
        }
    }
}

/// The two commands without a route.
#[derive(Clone)]
struct Commands {
    redis: ConnectionManager,
    count: u64,
}

impl Commands {
    async fn new(server: &server::Redis, concurrent: usize) -> Result<Self, Box<dyn Error>> {
        let client = redis::Client::open(server.url(3))?;
        let redis = client.get_connection_manager().await?;
        let count = concurrent as u64 * 1_000_000;
        Ok(Self { redis, count })
    }
}

impl Side for Commands {
    type Item = String;

    fn next(&mut self) -> String {
        self.count += 1;
        let id = format!("5202a928-07c3-4d32-a1a4-{:012}", self.count);
        format!("hook:cdr:{id}:a:inbound:answered:{:016x}", self.count)
    }

    async fn handle(mut self, keys: Vec<String>) {
        for key in keys {
            let claimed = claim_key(&mut self.redis, &key).await;
            assert!(claimed.expect("an answer"));
            commit_key(&mut self.redis, &key).await.expect("an answer");
        }
    }
}

async fn callhook(server: &server::Redis) -> Result<Router, Box<dyn Error>> {
    let store = RedisStore::connect(&server.url(0))?;
    let endpoint = endpoint(Variant::Token).name("redis").replay_store(store);
    Ok(app::axum::app(&Hook::Callhook(endpoint.build()?)))
}

/// As a program without callhook would have it, but for the cache that [`Receiver`] has.
struct ByHand {
    receiver: Receiver,
    redis: ConnectionManager,
    content: RandomState,
}

async fn by_hand(server: &server::Redis) -> Result<Router, Box<dyn Error>> {
    let client = redis::Client::open(server.url(1))?;
    let hand = ByHand {
        receiver: receiver(Variant::HandToken),
        redis: client.get_connection_manager().await?,
        content: RandomState::new(),
    };
    let route = post(receive).with_state(Arc::new(hand));
    Ok(Router::new().route("/hook", route))
}

async fn receive(
    State(hand): State<Arc<ByHand>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<StatusCode, StatusCode> {
    let query = request.uri().query();
    let signature = hand.receiver.admit(peer.ip(), query, None);
    let signature = signature.map_err(|_| StatusCode::UNAUTHORIZED)?;
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let message = hand.receiver.read(signature, &body);
    let message = message.map_err(|_| StatusCode::BAD_REQUEST)?;

    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let parts = ["type", "cmiuuid", "leg", "direction", "status"].map(text);
    let content = hand.content.hash_one(&body);
    let key = format!("hook:{}:{content:x}", parts.join(":"));
    let mut redis = hand.redis.clone();
    let claimed = claim_key(&mut redis, &key).await;
    if !claimed.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)? {
        return Ok(StatusCode::ALREADY_REPORTED);
    }
    use_value(&message);
    let committed = commit_key(&mut redis, &key).await;
    committed.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(StatusCode::OK)
}

async fn claim_key(redis: &mut ConnectionManager, key: &str) -> RedisResult<bool> {
    let claim = SetOptions::default()
        .conditional_set(ExistenceCheck::NX)
        .with_expiration(SetExpiry::EX(60));
    let claimed: Option<String> = redis.set_options(key, "claimed", claim).await?;
    Ok(claimed.is_some())
}

async fn commit_key(redis: &mut ConnectionManager, key: &str) -> RedisResult<()> {
    redis.set_ex(key, "handled", 24 * 60 * 60).await
}

/// This process's time on a core.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// A server's, over all of its threads, as far as the kernel has counted it.
fn server_cpu(process: u32) -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let counts = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += counts
            .split(' ')
            .next()
            .unwrap_or_default()
            .parse::<f64>()?;
    }
    Ok(nanoseconds)
}

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 40_000);
