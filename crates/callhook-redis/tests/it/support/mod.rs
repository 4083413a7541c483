//! Servers, leases and short words for what tests say often.

#[cfg(any(feature = "tls-rustls", feature = "tls-native-tls"))]
mod certificates;
mod cluster;
#[cfg_attr(
    not(any(feature = "tls-rustls", feature = "tls-native-tls")),
    expect(dead_code, reason = "the tests of TLS have uses for more of it")
)]
mod server;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callhook::replay::{Claim, Fingerprint, Identity, Lease, ReplayStore, Settled, Token};
use callhook_redis::RedisStore;

pub(crate) use callhook_test_support::Logs;

#[cfg(any(feature = "tls-rustls", feature = "tls-native-tls"))]
pub(crate) use self::certificates::Authority;
pub(crate) use self::cluster::Cluster;
pub(crate) use self::server::{Server, Start};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const DAY: Duration = Duration::from_secs(86400);

/// For stores that are to be answered, on machines that are busy.
pub(crate) const PATIENT: Duration = Duration::from_secs(20);

/// For stores that are not.
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// A lease of its own token: a minute to handle a message, a day to remember it.
pub(crate) fn lease(id: &str, content: u128) -> Lease {
    lease_of(Identity::for_test("cdr", id), content)
}

pub(crate) fn lease_of(identity: Identity, content: u128) -> Lease {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let token = Token::from_bits(NEXT.fetch_add(1, Ordering::Relaxed).into());
    Lease::new(
        identity,
        Fingerprint::from_bits(content),
        token,
        MINUTE,
        DAY,
    )
}

pub(crate) fn store(server: &Server) -> RedisStore {
    let store = RedisStore::connect(&server.url()).expect("a valid URL");
    store.timeout(PATIENT)
}

/// What a user needs, according to the documentation.
pub(crate) const RIGHTS: [&str; 8] = [
    "~callhook:*",
    "+evalsha",
    "+eval",
    "+time",
    "+get",
    "+pttl",
    "+set",
    "+del",
];

/// A store whose user has these rights and no others.
pub(crate) fn with_rights(server: &Server, rights: &[&str]) -> RedisStore {
    let mut user = vec!["ACL", "SETUSER", "callhook", "reset", "on", ">hunter2"];
    user.extend(rights);
    let _: () = server.query(&user);
    let url = format!("redis://callhook:hunter2@127.0.0.1:{}", server.port());
    let store = RedisStore::connect(&url).expect("a URL of a server");
    store.timeout(PATIENT)
}

/// One that gives up soon, on the connection of this one.
pub(crate) fn hasty(store: &RedisStore) -> RedisStore {
    store.clone().timeout(SHORT)
}

pub(crate) async fn claim(store: &RedisStore, lease: &Lease) -> Claim {
    within(store.claim(lease))
        .await
        .expect("a claim is answered")
}

pub(crate) async fn commit(store: &RedisStore, lease: &Lease) -> Settled {
    within(store.commit(lease))
        .await
        .expect("a commit is answered")
}

pub(crate) async fn release(store: &RedisStore, lease: &Lease) -> Settled {
    within(store.release(lease))
        .await
        .expect("a release is answered")
}

pub(crate) async fn handle(store: &RedisStore, lease: &Lease) {
    let claim = claim(store, lease).await;
    assert!(matches!(claim, Claim::First | Claim::Revision), "{claim:?}");
    assert_eq!(commit(store, lease).await, Settled::Done);
}

/// What is in another one's hands.
pub(crate) fn is_in_flight(claim: &Claim) -> bool {
    matches!(claim, Claim::InFlight { .. })
}

/// Fails a test that would otherwise hang. Nothing here is that slow.
pub(crate) async fn within<F: Future>(work: F) -> F::Output {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, work)
        .await
        .expect("it ends within its timeout")
}

/// Waits until it is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}
