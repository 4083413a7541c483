//! A server that answers, and says no.

use callhook::replay::{Claim, ReplayStore, Settled};
use callhook_redis::{RedisStore, RedisStoreErrorKind};

use crate::support::{Server, Start, claim, commit, handle, lease, release, store, until, within};

#[tokio::test]
async fn a_replica_takes_no_message_and_the_store_looks_for_the_master() {
    let master = Server::start();
    let replica = Server::start();
    handle(&store(&master), &lease("handled", 1)).await;
    let _: () = replica.query(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    until("it has what its master has", async || {
        !replica.keys().is_empty()
    })
    .await;
    let store = store(&replica);

    let connections = connections(&replica);
    for n in 0..3 {
        let lease = lease(&format!("{n}"), 1);
        refused(store.claim(&lease).await, "READONLY");
        refused(store.commit(&lease).await, "READONLY");
    }
    // The name may lead elsewhere by now: a new connection for each, and some of this test's own.
    assert!(self::connections(&replica) >= connections + 6);
    // What has been handled stays so.
    assert_eq!(claim(&store, &lease("handled", 1)).await, Claim::Replay);

    let _: () = replica.query(&["REPLICAOF", "NO", "ONE"]);
    handle(&store, &lease("a", 1)).await;
}

#[tokio::test]
async fn a_master_without_its_replicas_refuses_until_it_has_them() {
    let server = Server::start();
    let store = store(&server);
    let _: () = server.query(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let claimed = store.claim(&lease("a", 1)).await;
    if server.is_redis_6() {
        // It doesn't look at this within a script, as the documentation says.
        assert_eq!(claimed.ok(), Some(Claim::First));
        return;
    }
    refused(claimed, "NOREPLICAS");
    let _: () = server.query(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    handle(&store, &lease("a", 1)).await;
}

#[tokio::test]
async fn a_server_without_memory_refuses_and_releases_all_the_same() {
    let server = Server::start();
    let store = store(&server);
    let (first, second) = (lease("a", 1), lease("b", 1));
    assert_eq!(claim(&store, &first).await, Claim::First);
    assert_eq!(claim(&store, &second).await, Claim::First);
    handle(&store, &lease("handled", 1)).await;

    let _: () = server.query(&["CONFIG", "SET", "maxmemory", "1"]);
    refused(store.claim(&lease("c", 1)).await, "OOM");
    refused(store.claim(&lease("a", 2)).await, "OOM");
    refused(store.commit(&first).await, "OOM");
    assert_eq!(release(&store, &lease("a", 1)).await, Settled::Lost);
    assert_eq!(release(&store, &second).await, Settled::Done);
    assert_eq!(claim(&store, &lease("handled", 1)).await, Claim::Replay);

    let _: () = server.query(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(commit(&store, &first).await, Settled::Done);
    assert_eq!(claim(&store, &lease("b", 1)).await, Claim::First);
    assert_eq!(claim(&store, &lease("c", 1)).await, Claim::First);
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_repeated() {
    let server = Start::default().password("correct horse").start();
    let url = format!("redis://:hunter2@127.0.0.1:{}", server.port());
    let store = RedisStore::connect(&url).expect("a valid URL");
    for _ in 0..3 {
        let error = within(store.claim(&lease("a", 1)))
            .await
            .expect_err("wrong");
        assert_eq!(error.kind(), RedisStoreErrorKind::Credentials);
        let told = format!("{error} {error:?}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let _: () = server.query(&["CONFIG", "SET", "requirepass", "hunter2"]);
    handle(&store, &lease("a", 1)).await;
}

#[tokio::test]
async fn a_missing_password_is_told() {
    let server = Start::default().password("hunter2").start();
    let url = format!("redis://127.0.0.1:{}", server.port());
    let store = RedisStore::connect(&url).expect("a valid URL");
    refused(store.claim(&lease("a", 1)).await, "NOAUTH");
}

#[tokio::test]
async fn an_error_never_repeats_the_key() {
    let server = Server::start();
    let store = store(&server);
    handle(&store, &lease("447700900123", 1)).await;
    let key = server.keys().remove(0);
    let _: () = server.query(&["DEL", &key]);
    let _: () = server.query(&["HSET", &key, "of", "another program"]);
    refused(store.claim(&lease("447700900123", 1)).await, "WRONGTYPE");
}

fn refused<T: std::fmt::Debug>(answer: Result<T, callhook_redis::RedisStoreError>, code: &str) {
    let error = answer.expect_err(code);
    assert_eq!(error.kind(), RedisStoreErrorKind::Server);
    assert_eq!(
        error.to_string(),
        format!("the Redis server answered with the error {code}")
    );
    let source = std::error::Error::source(&error).map(ToString::to_string);
    let told = format!("{error:?} {source:?}");
    assert!(!told.contains("447700900123"), "{told}");
}

fn connections(server: &Server) -> u64 {
    let connections = server.info("total_connections_received");
    connections
        .and_then(|count| count.parse().ok())
        .expect("a count")
}
