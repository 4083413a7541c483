//! Messages that are forgotten, in each store, as an endpoint handled them.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use callhook::replay::ReplayStore;
use callhook::request::Head;
use callhook::telecmi::Telecmi;
use callhook::{Endpoint, HandlerOutcome, ReplayStatus, testing};
use callhook_redis::RedisStore;
use callhook_sqlx::SqlxStore;
use callhook_sqlx::sqlx::sqlite::SqliteConnectOptions;
use callhook_sqlx::sqlx::{PgPool, SqlitePool};
use callhook_test_support::Postgres;

use crate::help::{examples, run_script};
use crate::support::{Directory, callhook};

const PATIENT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn in_redis_the_next_copy_is_handled_again() {
    let server = Redis::start();
    let store = || {
        RedisStore::connect(&server.url())
            .expect("a URL")
            .timeout(PATIENT)
    };
    is_forgotten(store, &["--store", &server.url()]).await;
    let other = || store().prefix("shop");
    is_forgotten(other, &["--store", &server.url(), "--prefix", "shop"]).await;
}

#[tokio::test]
async fn in_postgres_the_next_copy_is_handled_again() {
    let postgres = Postgres::start(&["fsync=off"]);
    let url = postgres.database();
    let pool = PgPool::connect(&url).await.expect("a database");
    callhook_sqlx::sqlx::query("create schema shop")
        .execute(&pool)
        .await
        .expect("a schema");
    let store = || {
        let store = SqlxStore::new(pool.clone()).timeout(PATIENT);
        store
            .schema("shop")
            .expect("a name")
            .prefix("hooks")
            .expect("a name")
    };
    store().migrate().await.expect("tables");
    is_forgotten(
        store,
        &["--store", &url, "--schema", "shop", "--prefix", "hooks"],
    )
    .await;
    let run = callhook(&["forget", &"0".repeat(64), "--store", &url], "");
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.starts_with("callhook: the store: "), "{run:?}");
}

#[tokio::test]
async fn in_sqlite_the_next_copy_is_handled_again() {
    let directory = Directory::new();
    let file = directory.path().join("calls.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.expect("a file");
    let store = || SqlxStore::new(pool.clone()).timeout(PATIENT);
    store().migrate().await.expect("tables");
    is_forgotten(store, &["--store", &format!("sqlite:{}", file.display())]).await;

    let missing = format!("sqlite:{}", directory.path().join("none.db").display());
    let run = callhook(&["forget", &"0".repeat(64), "--store", &missing], "");
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(!directory.path().join("none.db").exists());
}

/// Handles a message, forgets it with these arguments, and handles its copy.
async fn is_forgotten<S: ReplayStore>(store: impl Fn() -> S, arguments: &[&str]) {
    let endpoint = Endpoint::builder(Telecmi)
        .name("calls")
        .insecure_no_authentication()
        .replay_store(store())
        .build()
        .expect("an endpoint");
    let body = testing::telecmi::cdr_inbound_answered().json();
    assert_eq!(handle(&endpoint, &body).await, Some(ReplayStatus::First));
    assert_eq!(handle(&endpoint, &body).await, None);

    let decode = ["decode", "telecmi", "--json", "--endpoint", "calls"];
    let decoded = callhook(&decode, &body).json();
    let key = decoded["message_key"].as_str().expect("a key").to_owned();
    let forget = [&["forget", &*key], arguments].concat();
    let run = callhook(&forget, "");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout, format!("{key}: forgotten, 1 content\n"));
    let again = callhook(&forget, "");
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(handle(&endpoint, &body).await, Some(ReplayStatus::First));
}

/// `None` where it was taken for a replay.
async fn handle(endpoint: &Endpoint<callhook::telecmi::Event>, body: &str) -> Option<ReplayStatus> {
    let head = Head::new("POST", "/", None, &());
    let mut body = Some(Bytes::copy_from_slice(body.as_bytes()));
    let admitted = endpoint
        .admit(&head, tokio::time::sleep)
        .await
        .expect("a request");
    let chunk = |_: &mut std::task::Context<'_>| Poll::Ready(body.take().map(Ok));
    let verified = admitted
        .receive(chunk, tokio::time::sleep)
        .await
        .expect("a message");
    let unsettled = match verified.claim().await {
        Ok(unsettled) => unsettled,
        Err(reply) => {
            assert_eq!(reply.status(), 200, "{reply}");
            return None;
        }
    };
    let (delivery, claimed) = unsettled.into_parts();
    claimed.settle(HandlerOutcome::Status(200)).await;
    Some(delivery.replay_status())
}

#[tokio::test]
async fn the_examples_do_what_they_say() {
    let server = Redis::start();
    let postgres = Postgres::start(&["fsync=off"]);
    let directory = Directory::new();
    let url = postgres.database();
    let pool = PgPool::connect(&url).await.expect("a database");
    callhook_sqlx::sqlx::query("create schema calls")
        .execute(&pool)
        .await
        .expect("a schema");
    let in_postgres = SqlxStore::new(pool)
        .timeout(PATIENT)
        .schema("calls")
        .expect("a name");
    in_postgres.migrate().await.expect("tables");
    let file = directory.path().join("calls.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let in_sqlite = SqlxStore::new(SqlitePool::connect_with(options).await.expect("a file"));
    let in_sqlite = in_sqlite.timeout(PATIENT);
    in_sqlite.migrate().await.expect("tables");
    let in_redis = RedisStore::connect(&server.url())
        .expect("a URL")
        .timeout(PATIENT);

    let body = testing::telecmi::cdr_inbound_answered().json();
    handle_in(in_redis, &body).await;
    handle_in(in_postgres, &body).await;
    handle_in(in_sqlite, &body).await;
    let script = examples("forget")
        .replace("redis://127.0.0.1:6379", &server.url())
        .replace("postgres://app@127.0.0.1/app", &url);
    let said = run_script(&directory, &script);
    assert_eq!(said.matches("forgotten, 1 content").count(), 3, "{said}");
}

async fn handle_in(store: impl ReplayStore, body: &str) {
    let endpoint = Endpoint::builder(Telecmi)
        .name("calls")
        .insecure_no_authentication()
        .replay_store(store)
        .build()
        .expect("an endpoint");
    assert_eq!(handle(&endpoint, body).await, Some(ReplayStatus::First));
}

#[test]
fn what_is_no_key_or_no_store_is_told_without_a_password() {
    let key = "0".repeat(64);
    for (arguments, told) in [
        (
            ["forget", "abc", "--store", "redis://127.0.0.1"],
            "expected 64 hexadecimal digits",
        ),
        (
            ["forget", &*key, "--store", "mysql://app:hunter2@127.0.0.1"],
            "expected redis://",
        ),
        (
            [
                "forget",
                &*key,
                "--store",
                "redis://app:hunter2@127.0.0.1:1",
            ],
            "the store: ",
        ),
        (
            [
                "forget",
                &*key,
                "--store",
                "postgres://app:hunter2@127.0.0.1:1/app",
            ],
            "the store: ",
        ),
        (
            [
                "forget",
                &*key,
                "--store",
                "postgres://app:hunter2@127.0.0.1:x/app",
            ],
            "not one of a database",
        ),
    ] {
        let run = callhook(&arguments, "");
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(told), "{run:?}");
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
}

/// A `redis-server` of one test.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start() -> Self {
        // Somebody else may take the port between the look and the start.
        for _ in 0..20 {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("an address").port();
            drop(listener);
            let mut child = Command::new("redis-server")
                .args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                ])
                .stdout(Stdio::null())
                .spawn()
                .expect("these tests need redis-server");
            for _ in 0..600 {
                if child.try_wait().expect("a process").is_some() {
                    break;
                }
                if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Self { child, port };
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("redis-server does not start");
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
