//! The suite that every store has to pass, over each kind of connection.

use std::time::Duration;

use callhook::testing::store_acceptance;
use callhook_redis::RedisStore;
use redis::aio::ConnectionManager;
use redis::cluster::ClusterClient;

use crate::support::{Cluster, Server, Start, store};

/// The suite waits for less than thirty of these.
const UNIT: Duration = Duration::from_millis(300);

/// With this its long leases are short enough for claims without a script.
const PLAIN_UNIT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_store_on_one_server_passes() {
    let server = Server::start();
    store_acceptance(&store(&server), "single", PLAIN_UNIT, tokio::time::sleep).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_on_a_runtime_of_several_threads_passes() {
    let server = Start::durable().start();
    store_acceptance(&store(&server), "threads", UNIT, tokio::time::sleep).await;
}

#[tokio::test]
async fn a_store_on_the_newer_protocol_passes() {
    let server = Server::start();
    let url = format!("{}/?protocol=resp3", server.url());
    let store = RedisStore::connect(&url).expect("a valid URL");
    store_acceptance(&store, "resp3", UNIT, tokio::time::sleep).await;
}

#[tokio::test]
async fn a_store_on_a_connection_of_the_applications_passes() {
    let server = Server::start();
    let client = redis::Client::open(server.url()).expect("a valid URL");
    let manager = ConnectionManager::new(client).await.expect("a connection");
    let store = RedisStore::new(manager);
    store_acceptance(&store, "manager", UNIT, tokio::time::sleep).await;
}

#[tokio::test]
async fn a_store_on_a_cluster_passes() {
    let cluster = Cluster::start();
    let store = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    store_acceptance(&store, "cluster", UNIT, tokio::time::sleep).await;
    for node in &cluster.nodes {
        let count = node.keys().len();
        assert!(
            count > 100,
            "a node has {count} keys of more than a thousand"
        );
    }
}

#[tokio::test]
async fn a_store_on_a_cluster_connection_of_the_applications_passes() {
    let cluster = Cluster::start();
    let client = ClusterClient::new(cluster.urls()).expect("valid URLs");
    let connection = client.get_async_connection().await.expect("a connection");
    let store = RedisStore::from_cluster(connection);
    store_acceptance(&store, "given cluster", PLAIN_UNIT, tokio::time::sleep).await;
}
