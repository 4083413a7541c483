//! Databases, leases and short words for what tests say often.

mod fixture;
mod postgres;
mod sqlite;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callhook::replay::{Claim, Fingerprint, Identity, Lease, Receipt, ReplayStore, Settled, Token};
use callhook_sqlx::{SqlxStore, StoreDatabase};

pub(crate) use self::fixture::{Fixture, postgres, postgres_at, sqlite};
pub(crate) use self::postgres::{Level, database, database_of, pool, pool_at};
pub(crate) use self::sqlite::File;

/// One test of this name for each database.
macro_rules! in_both {
    ($($name:ident)*) => {
        mod in_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::postgres().await).await;
            })*
        }

        mod in_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::sqlite().await).await;
            })*
        }
    };
}

pub(crate) use in_both;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const DAY: Duration = Duration::from_secs(86400);

/// For stores that are to be answered, on machines that are busy.
pub(crate) const PATIENT: Duration = Duration::from_secs(20);

/// For stores that are not.
pub(crate) const SHORT: Duration = Duration::from_millis(500);

/// A lease of its own token: a minute to handle a message, a day to remember it.
pub(crate) fn lease(id: &str, content: u128) -> Lease {
    lease_of(id, content, MINUTE, DAY)
}

pub(crate) fn lease_of(id: &str, content: u128, duration: Duration, window: Duration) -> Lease {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let token = Token::from_bits(NEXT.fetch_add(1, Ordering::Relaxed).into());
    let identity = Identity::for_test("cdr", id);
    let fingerprint = Fingerprint::from_bits(content);
    Lease::new(identity, fingerprint, token, duration, window)
}

/// As an endpoint with this store has it.
pub(crate) fn receipt<DB: StoreDatabase>(store: &SqlxStore<DB>, lease: &Lease) -> Receipt {
    Receipt::for_test(lease.clone(), store.store_id())
}

pub(crate) async fn claim(store: &impl ReplayStore, lease: &Lease) -> Claim {
    let claim = within(store.claim(lease)).await;
    claim.unwrap_or_else(|error| panic!("a claim is answered: {error}"))
}

pub(crate) async fn commit(store: &impl ReplayStore, lease: &Lease) -> Settled {
    let settled = within(store.commit(lease)).await;
    settled.unwrap_or_else(|error| panic!("a commit is answered: {error}"))
}

pub(crate) async fn release(store: &impl ReplayStore, lease: &Lease) -> Settled {
    let settled = within(store.release(lease)).await;
    settled.unwrap_or_else(|error| panic!("a release is answered: {error}"))
}

/// What is in another one's hands.
pub(crate) fn is_in_flight(claim: &Claim) -> bool {
    matches!(claim, Claim::InFlight { .. })
}

pub(crate) fn is_granted(claim: &Claim) -> bool {
    matches!(claim, Claim::First | Claim::Revision)
}

/// Fails a test that would otherwise hang. Nothing here is that slow.
pub(crate) async fn within<F: Future>(work: F) -> F::Output {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, work)
        .await
        .expect("it ends within its limit")
}
