//! A cluster of which a slot is being moved to another node.

use callhook::replay::{Claim, Lease, Settled};
use callhook_redis::RedisStore;

use crate::support::{Cluster, PATIENT, claim, commit, handle, is_in_flight, lease};

#[tokio::test]
async fn new_messages_of_a_slot_that_is_moved_are_handled_once() {
    let cluster = Cluster::start();
    let store = connect(&cluster);
    let new = lease("new", 1);
    let (from, to) = cluster.begin_move(&key(&new));
    assert_eq!(claim(&store, &new).await, Claim::First);
    assert_eq!(commit(&store, &new).await, Settled::Done);
    assert_eq!(claim(&store, &lease("new", 1)).await, Claim::Replay);
    assert_eq!(from.keys(), [""; 0]);
    assert_eq!(to.keys(), [key(&new), claim_key(&new)]);
}

#[tokio::test]
async fn copies_of_handled_messages_of_a_slot_that_is_moved_are_replays() {
    let cluster = Cluster::start();
    let store = connect(&cluster);
    let (within_lease, after_lease) = (lease("within", 1), lease("after", 1));
    handle(&store, &within_lease).await;
    handle(&store, &after_lease).await;

    cluster.begin_move(&key(&within_lease));
    assert_eq!(claim(&store, &lease("within", 1)).await, Claim::Replay);

    // The claim's key is made on the other node, and taken back from there.
    let (from, to) = cluster.begin_move(&key(&after_lease));
    let ended: u64 = from.query(&["DEL", &claim_key(&after_lease)]);
    assert_eq!(ended, 1);
    for _ in 0..2 {
        assert_eq!(claim(&store, &lease("after", 1)).await, Claim::Replay);
        for node in [from, to] {
            assert!(!node.keys().contains(&claim_key(&after_lease)));
        }
    }
}

/// And is moved, by the commands that move it.
#[tokio::test]
async fn a_message_whose_keys_were_moved_during_its_lease_is_committed() {
    let cluster = Cluster::start();
    let store = connect(&cluster);
    let first = lease("first", 1);
    assert_eq!(claim(&store, &first).await, Claim::First);
    let (from, to) = cluster.begin_move(&key(&first));
    let port = to.port().to_string();
    let migrate = [
        "MIGRATE",
        "127.0.0.1",
        &port,
        &claim_key(&first),
        "0",
        "5000",
    ];
    let _: () = from.query(&migrate);
    assert_eq!(commit(&store, &first).await, Settled::Done);
    assert_eq!(claim(&store, &lease("first", 1)).await, Claim::Replay);
    // Both keys are on one node, so scripts are answered.
    assert_eq!(claim(&store, &lease("first", 2)).await, Claim::Revision);
    assert!(is_in_flight(&claim(&store, &lease("first", 2)).await));
}

fn connect(cluster: &Cluster) -> RedisStore {
    let store = RedisStore::connect_cluster(cluster.urls()).expect("valid URLs");
    store.timeout(PATIENT)
}

fn key(lease: &Lease) -> String {
    let key = lease.identity().message_key();
    let digits = key.map(|byte| format!("{byte:02x}")).concat();
    format!("callhook:{{{digits}}}")
}

fn claim_key(lease: &Lease) -> String {
    format!("{}:claim", key(lease))
}
