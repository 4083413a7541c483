//! A server that is down, comes back, or hangs up.

use callhook::replay::{Claim, ReplayStore, Settled};
use callhook_redis::{RedisStore, RedisStoreErrorKind};
use redis::aio::ConnectionManager;

use crate::support::{
    Cluster, PATIENT, Server, Start, claim, commit, handle, hasty, is_in_flight, lease, release,
    store, until, within,
};

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_found_once_it_is_up() {
    let mut server = Server::start();
    server.kill();
    let store = store(&server);
    for _ in 0..3 {
        let error = within(store.claim(&lease("a", 1))).await.expect_err("down");
        assert_eq!(error.kind(), RedisStoreErrorKind::Unreachable);
        assert_eq!(
            error.to_string(),
            "the Redis server can't be reached: connection refused"
        );
    }
    server.restart();
    // The first call already.
    handle(&store, &lease("a", 1)).await;
}

#[tokio::test]
async fn what_was_handled_or_claimed_before_a_crash_is_so_after_it() {
    let mut server = Start::durable().start();
    let store = store(&server);
    let (handled, running) = (lease("handled", 1), lease("running", 1));
    handle(&store, &handled).await;
    assert_eq!(claim(&store, &running).await, Claim::First);
    server.restart();
    assert!(is_in_flight(&claim(&store, &lease("running", 1)).await));
    assert_eq!(commit(&store, &running).await, Settled::Done);
    assert_eq!(claim(&store, &lease("running", 1)).await, Claim::Replay);
    assert_eq!(claim(&store, &lease("handled", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn each_transition_can_be_the_first_after_a_crash() {
    let mut server = Start::durable().start();
    let store = store(&server);
    let (first, second) = (lease("a", 1), lease("b", 1));
    assert_eq!(claim(&store, &first).await, Claim::First);
    assert_eq!(claim(&store, &second).await, Claim::First);
    server.restart();
    assert_eq!(commit(&store, &first).await, Settled::Done);
    server.restart();
    assert_eq!(release(&store, &second).await, Settled::Done);
    server.restart();
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
    assert_eq!(claim(&store, &lease("b", 1)).await, Claim::First);
}

#[tokio::test]
async fn a_connection_that_the_server_closes_costs_no_message() {
    let server = Server::start();
    let store = store(&server);
    for n in 0..10 {
        let lease = lease(&format!("{n}"), 1);
        assert_eq!(claim(&store, &lease).await, Claim::First);
        hang_up(&server);
        assert_eq!(commit(&store, &lease).await, Settled::Done);
        hang_up(&server);
    }
}

#[tokio::test]
async fn a_connection_of_the_applications_is_used_again_after_it_was_closed() {
    let server = Server::start();
    let client = redis::Client::open(server.url()).expect("a valid URL");
    let manager = ConnectionManager::new(client).await.expect("a connection");
    let store = RedisStore::new(manager);
    handle(&store, &lease("a", 1)).await;
    hang_up(&server);
    handle(&store, &lease("b", 1)).await;
}

#[tokio::test]
async fn while_the_server_loads_calls_end_in_an_error() {
    let start = Start::durable().with(&["--rdbcompression", "no"]);
    let mut server = start.start();
    let store = store(&server);
    handle(&store, &lease("a", 1)).await;
    let _: () = server.query(&[
        "EVAL",
        "for n = 1, 3000 do redis.call('SET', n, string.rep('x', 2000)) end",
        "0",
    ]);
    let _: () = server.query(&["BGREWRITEAOF"]);
    until("the file is written", async || {
        let is_running = |name| server.info(name).is_some_and(|value| value != "0");
        !is_running("aof_rewrite_in_progress") && !is_running("aof_rewrite_scheduled")
    })
    .await;
    // A third of a millisecond for each key, and calls looked at now and then.
    let slowly = ["--key-load-delay", "300"];
    let politely = ["--loading-process-events-interval-bytes", "1024"];
    let options = [slowly, politely].concat();
    // Redis 6 has no such option, and looks every two megabytes.
    let options = if server.is_redis_6() {
        &options[..2]
    } else {
        &options
    };
    server.restart_with(options);
    let error = within(store.claim(&lease("a", 1)))
        .await
        .expect_err("loading");
    assert_eq!(
        error.to_string(),
        "the Redis server answered with the error LOADING"
    );
    until("it has loaded", async || {
        store.claim(&lease("b", 1)).await.is_ok()
    })
    .await;
    assert_eq!(claim(&store, &lease("a", 1)).await, Claim::Replay);
}

#[tokio::test]
async fn a_cluster_that_is_down_at_the_start_is_found_once_it_is_up() {
    let mut cluster = Cluster::start();
    cluster.nodes.iter_mut().for_each(Server::kill);
    let store = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    let error = within(store.claim(&lease("a", 1))).await.expect_err("down");
    assert_eq!(error.kind(), RedisStoreErrorKind::Unreachable);
    cluster.nodes.iter_mut().for_each(Server::restart);
    until("the cluster is whole", async || {
        store.claim(&lease("a", 1)).await.is_ok()
    })
    .await;
    until("each of its nodes answers", async || {
        for n in 0..30 {
            if store.commit(&lease(&format!("{n}"), 1)).await.is_err() {
                return false;
            }
        }
        true
    })
    .await;
}

#[tokio::test]
async fn a_cluster_whose_node_is_restarted_answers_again() {
    let mut cluster = Cluster::start();
    let store = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    for n in 0..30 {
        handle(&store, &lease(&format!("before {n}"), 1)).await;
    }
    cluster.nodes[1].restart();
    until("each of its nodes answers", async || {
        for n in 0..30 {
            if store
                .commit(&lease(&format!("after {n}"), 1))
                .await
                .is_err()
            {
                return false;
            }
        }
        true
    })
    .await;
}

#[tokio::test]
async fn a_cluster_with_a_node_that_hangs_answers_for_the_others() {
    let cluster = Cluster::start();
    let patient = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    let patient = patient.timeout(PATIENT);
    for n in 0..12 {
        handle(&patient, &lease(&format!("before {n}"), 1)).await;
    }
    let fresh = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    let paused = cluster.nodes[0].pause();
    for store in [hasty(&patient), hasty(&fresh)] {
        let mut answered = 0;
        for n in 0..12 {
            match within(store.claim(&lease(&format!("before {n}"), 1))).await {
                Ok(claim) => {
                    assert_eq!(claim, Claim::Replay);
                    answered += 1;
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        assert!(
            (1..12).contains(&answered),
            "{answered} of 12 were answered"
        );
    }
    drop(paused);
    until("all of its nodes answer", async || {
        for n in 0..12 {
            if patient
                .claim(&lease(&format!("before {n}"), 1))
                .await
                .is_err()
            {
                return false;
            }
        }
        true
    })
    .await;
}

fn hang_up(server: &Server) {
    let _: i64 = server.query(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
}
