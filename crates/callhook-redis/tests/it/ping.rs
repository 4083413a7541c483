//! What `ping` finds, each told by a text of its own.

use callhook_redis::{RedisStore, RedisStoreErrorKind};

use crate::support::{Cluster, RIGHTS, Server, claim, lease, store, until, with_rights, within};

#[tokio::test]
async fn a_ping_leaves_nothing() {
    let server = Server::start();
    let store = store(&server);
    for _ in 0..2 {
        within(store.ping()).await.expect("a server that answers");
    }
    assert_eq!(server.keys(), [""; 0]);
}

#[tokio::test]
async fn each_right_that_is_missing_is_named() {
    let server = Server::start();
    for missing in RIGHTS {
        let rights: Vec<_> = RIGHTS
            .iter()
            .copied()
            .filter(|right| *right != missing)
            .collect();
        let store = with_rights(&server, &rights);
        let error = within(store.ping()).await.expect_err(missing);
        assert_eq!(error.kind(), RedisStoreErrorKind::Permission, "{missing}");
        let told = match missing {
            "~callhook:*" => "the Redis user has no rights on the store's keys: give it those that begin with the \
                              store's prefix, which is ~callhook:* unless another was set"
                .to_owned(),
            _ => format!("the Redis user lacks rights that the store needs: give it {missing}"),
        };
        assert_eq!(error.to_string(), told);
        assert_eq!(server.keys(), [""; 0], "{missing}");
    }
}

#[tokio::test]
async fn all_rights_that_are_missing_are_named_at_once() {
    let server = Server::start();
    let store = with_rights(
        &server,
        &["~callhook:*", "+evalsha", "+eval", "+time", "+del"],
    );
    let error = within(store.ping()).await.expect_err("rights are missing");
    assert_eq!(
        error.to_string(),
        "the Redis user lacks rights that the store needs: give it +get +pttl +set"
    );
}

#[tokio::test]
async fn a_message_that_meets_a_missing_right_is_told_so() {
    let server = Server::start();
    let store = with_rights(&server, &["~callhook:*", "+evalsha", "+eval", "+time"]);
    let claimed = within(callhook::replay::ReplayStore::claim(&store, &lease("a", 1))).await;
    let error = claimed.expect_err("rights are missing");
    assert_eq!(error.kind(), RedisStoreErrorKind::Permission);
    assert_eq!(
        error.to_string(),
        "the Redis user lacks a right that the store needs"
    );
}

#[tokio::test]
async fn a_single_node_of_a_cluster_is_found_at_each_node() {
    let cluster = Cluster::start();
    let told = "the Redis server is one node of a cluster, and the store was made for a single server: make it \
                with RedisStore::connect_cluster (feature `cluster` of callhook-redis)";
    for node in &cluster.nodes {
        let error = within(store(node).ping()).await.expect_err("a node");
        assert_eq!(error.kind(), RedisStoreErrorKind::ClusterNode);
        assert_eq!(error.to_string(), told);
    }
    // So is it by its messages: of these, a node has some and refuses the others.
    let alone = store(&cluster.nodes[0]);
    let mut refused = Vec::new();
    for n in 0..32 {
        let lease = lease(&format!("{n}"), 1);
        let claimed = within(callhook::replay::ReplayStore::claim(&alone, &lease)).await;
        refused.extend(claimed.err().map(|error| error.to_string()));
    }
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|error| error == told), "{refused:?}");

    let whole = RedisStore::connect_cluster(cluster.urls()).expect("URLs of servers");
    let whole = whole.timeout(crate::support::PATIENT);
    within(whole.ping()).await.expect("a cluster that answers");
}

#[tokio::test]
async fn a_replica_is_found() {
    let (master, replica) = (Server::start(), Server::start());
    claim(&store(&master), &lease("a", 1)).await;
    let _: () = replica.query(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    until("it has what its master has", async || {
        !replica.keys().is_empty()
    })
    .await;
    let error = within(store(&replica).ping()).await.expect_err("a replica");
    assert_eq!(error.kind(), RedisStoreErrorKind::Server);
    assert_eq!(
        error.to_string(),
        "the Redis server answered with the error READONLY"
    );
}
