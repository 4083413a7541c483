//! How often the server is asked, and what it has to allow.

use callhook::replay::{Claim, Settled};
use callhook_redis::RedisStore;

use crate::support::{
    RIGHTS, Server, claim, commit, handle, is_in_flight, lease, release, store, with_rights,
};

#[tokio::test]
async fn a_new_message_and_its_copy_take_no_script() {
    let server = Server::start();
    let store = store(&server);
    handle(&store, &lease("before", 1)).await;

    let _: () = server.query(&["CONFIG", "RESETSTAT"]);
    for n in 0..20 {
        let id = format!("{n}");
        handle(&store, &lease(&id, 1)).await;
        assert_eq!(claim(&store, &lease(&id, 1)).await, Claim::Replay);
    }

    asked_nothing_else(&server, &["evalsha"]);
    // To claim, to commit, to claim.
    for (command, calls) in [("set", 20 * 3), ("get", 20 * 2)] {
        let told = server.info(&format!("cmdstat_{command}"));
        let told = told.expect("statistics");
        assert!(
            told.starts_with(&format!("calls={calls},")),
            "{command}: {told}"
        );
    }
}

#[tokio::test]
async fn what_is_known_takes_one_script_for_each_transition() {
    let server = Server::start();
    let store = store(&server);
    every_transition(&store, "before").await;

    let _: () = server.query(&["CONFIG", "RESETSTAT"]);
    for n in 0..20 {
        every_transition(&store, &format!("{n}")).await;
    }

    asked_nothing_else(&server, &[]);
    let calls = server.info("cmdstat_evalsha").expect("statistics");
    assert!(
        calls.starts_with(&format!("calls={},", 20 * SCRIPTS)),
        "{calls}"
    );
}

fn asked_nothing_else(server: &Server, others: &[&str]) {
    // That of the one that asks.
    let connections = server.info("total_connections_received");
    assert_eq!(connections.as_deref(), Some("1"));
    for other in ["eval", "script|load", "ping"].iter().chain(others) {
        assert_eq!(server.info(&format!("cmdstat_{other}")), None, "{other}");
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

/// All but the first.
const SCRIPTS: usize = 7;

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
