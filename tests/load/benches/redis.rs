//! What callhook promises of its Redis store: a route of axum's beside the same by hand, which has `SET NX EX` before the
//! handler and `SET` after it. Both talk to one `redis-server` that this starts, each over one connection.
//!
//! `cargo bench -p callhook-load --bench redis`. They take turns of some milliseconds. Requests are made one after the
//! other, or sixteen at a time; the router is called directly, in one thread. "Requests" compares how long they take by
//! the clock on the wall, "CPU" this process's time on a core, "Redis" the server's.

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
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use callhook_by_hand::{MAX_BODY_BYTES, Receiver, TOKEN};
use callhook_load::app::{self, Hook, endpoint, receiver, use_value};
use callhook_load::kind::Variant;
use callhook_load::message::{Requests, SECRET};
use callhook_redis::RedisStore;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use redis::{ExistenceCheck, SetExpiry, SetOptions};
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
            let name = |figure: &str| format!("{figure} of by hand, {concurrent} at a time");
            if !is_asked(&name("Requests")) {
                continue;
            }
            let mut step = Side::new(callhook(&server).await?, server.id());
            let mut peer = Side::new(by_hand(&server).await?, server.id());
            let mut rounds = Vec::with_capacity(ROUNDS);
            // The first one warms up.
            for round in 0..=ROUNDS {
                // Who goes first has the colder caches: they take turns in that too.
                let (step, peer) = if round % 2 == 0 {
                    let step = step.turn(concurrent).await?;
                    (step, peer.turn(concurrent).await?)
                } else {
                    let peer = peer.turn(concurrent).await?;
                    (step.turn(concurrent).await?, peer)
                };
                rounds.push((step, peer));
            }
            let rounds = &rounds[1..];
            let of = |figure: fn(&Taken) -> f64| {
                let both = |(step, peer): &(Taken, Taken)| (figure(step), figure(peer));
                Ratio::of_rounds(rounds.iter().map(both).collect())
            };
            print(&name("Requests"), Some(PROMISE), &of(|taken| taken.wall));
            print(&name("CPU"), None, &of(|taken| taken.cpu));
            print(&name("Redis"), None, &of(|taken| taken.redis));
        }
        Ok(())
    })
}

/// What a request took, in nanoseconds.
#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
    redis: f64,
}

/// A router and the messages for it.
struct Side {
    router: Router,
    requests: Requests,
    redis: u32,
}

impl Side {
    fn new(router: Router, redis: u32) -> Self {
        Self {
            router,
            requests: Requests::genuine(Variant::Token),
            redis,
        }
    }

    async fn turn(&mut self, concurrent: usize) -> Result<Taken, Box<dyn Error>> {
        let mut tasks: Vec<Vec<Request>> = Vec::new();
        for _ in 0..concurrent {
            tasks.push((0..TURN / concurrent).map(|_| self.request()).collect());
        }
        let (wall, cpu, redis) = (Instant::now(), cpu(), server_cpu(self.redis)?);
        let mut running = JoinSet::new();
        for requests in tasks {
            let router = self.router.clone();
            running.spawn(async move {
                for request in requests {
                    let response = router.clone().oneshot(request).await;
                    let response = response.expect("infallible");
                    assert_eq!(response.status(), 200);
                }
            });
        }
        while let Some(task) = running.join_next().await {
            task?;
        }
        let each = |nanoseconds: f64| nanoseconds / TURN as f64;
        Ok(Taken {
            wall: each(wall.elapsed().as_nanos() as f64),
            cpu: each(self::cpu() - cpu),
            redis: each(server_cpu(self.redis)? - redis),
        })
    }

    fn request(&mut self) -> Request {
        self.requests.next_request().expect("without a signature");
        let body = Bytes::copy_from_slice(self.requests.body());
        Request::post(format!("/hook?{TOKEN}={SECRET}"))
            .extension(ConnectInfo(PEER))
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("content-length", body.len())
            .body(Body::from(body))
            .expect("a request")
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
    let claim = SetOptions::default()
        .conditional_set(ExistenceCheck::NX)
        .with_expiration(SetExpiry::EX(60));
    let claimed: Option<String> = redis
        .set_options(&key, "claimed", claim)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    if claimed.is_none() {
        return Ok(StatusCode::ALREADY_REPORTED);
    }
    use_value(&message);
    redis
        .set_ex::<_, _, ()>(&key, "handled", 24 * 60 * 60)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(StatusCode::OK)
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
