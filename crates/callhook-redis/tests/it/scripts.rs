//! How often the server is asked, and what it has to allow.

use callhook::replay::{Claim, Settled};
use callhook_redis::RedisStore;

use crate::support::{
    RIGHTS, Server, claim, commit, is_in_flight, lease, release, store, with_rights,
};

#[tokio::test]
async fn each_transition_is_one_round_trip() {
    let server = Server::start();
    let store = store(&server);
    every_transition(&store, "before").await;

    let _: () = server.query(&["CONFIG", "RESETSTAT"]);
    for n in 0..20 {
        every_transition(&store, &format!("{n}")).await;
    }

    let calls = server.info("cmdstat_evalsha").expect("statistics");
    assert!(
        calls.starts_with(&format!("calls={},", 20 * TRANSITIONS)),
        "{calls}"
    );
    // The second is the one that asks.
    let connections = server.info("total_connections_received");
    assert_eq!(connections.as_deref(), Some("2"));
    for other in ["cmdstat_eval", "cmdstat_script|load", "cmdstat_ping"] {
        assert_eq!(server.info(other), None, "{other}");
    }
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_scripts_is_told_them_again() {
    let server = Server::start();
    let store = store(&server);
    every_transition(&store, "before").await;

    let _: () = server.query(&["SCRIPT", "FLUSH"]);
    let _: () = server.query(&["CONFIG", "RESETSTAT"]);
    every_transition(&store, "after").await;
    every_transition(&store, "later").await;

    let told = server.info("cmdstat_eval").expect("statistics");
    assert!(told.starts_with("calls=3,"), "each script once: {told}");
}

#[tokio::test]
async fn the_rights_in_the_documentation_are_enough() {
    let server = Server::start();
    let store = with_rights(&server, &RIGHTS);
    store.ping().await.expect("a server that answers");
    every_transition(&store, "by rights").await;
    store.forget([0; 32]).await.expect("a count");
}

const TRANSITIONS: usize = 8;

async fn every_transition(store: &RedisStore, id: &str) {
    let (owner, copy) = (lease(id, 1), lease(id, 1));
    assert_eq!(claim(store, &owner).await, Claim::First);
    assert!(is_in_flight(&claim(store, &copy).await));
    assert_eq!(release(store, &owner).await, Settled::Done);
    assert_eq!(claim(store, &copy).await, Claim::First);
    assert_eq!(commit(store, &copy).await, Settled::Done);
    assert_eq!(claim(store, &lease(id, 1)).await, Claim::Replay);
    assert_eq!(claim(store, &lease(id, 2)).await, Claim::Revision);
    assert_eq!(commit(store, &lease(id, 1)).await, Settled::Lost);
}
