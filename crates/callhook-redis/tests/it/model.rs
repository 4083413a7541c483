//! The store does what the memory store does, step by step.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callhook::replay::{
    Claim, Fingerprint, Identity, Lease, MemoryStore, ReplayStore, Settled, Settlement, Token,
};
use callhook_redis::RedisStore;
use proptest::prelude::*;

use crate::support::{DAY, MINUTE, Server, store};

#[derive(Clone, Copy, Debug)]
enum Step {
    Claim,
    Settle(Settlement),
    SettleLater(Settlement),
}

/// A step, by this owner of this content of this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Who {
    message: u8,
    content: u8,
    owner: u8,
}

fn step() -> impl Strategy<Value = Step> {
    let settlement = prop_oneof![Just(Settlement::Commit), Just(Settlement::Release)];
    prop_oneof![
        4 => Just(Step::Claim),
        3 => settlement.clone().prop_map(Step::Settle),
        1 => settlement.prop_map(Step::SettleLater),
    ]
}

fn who() -> impl Strategy<Value = Who> {
    (0..3u8, 0..3u8, 0..3u8).prop_map(|(message, content, owner)| Who {
        message,
        content,
        owner,
    })
}

#[test]
fn it_behaves_like_the_memory_store_where_no_time_passes() {
    let server = Server::start();
    let store = store(&server);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(100)
    };
    let steps = prop::collection::vec((step(), who()), 1..80);
    proptest!(config, |(steps in steps, has_window in prop::bool::weighted(0.9))| {
        let window = if has_window { DAY } else { Duration::ZERO };
        runtime.block_on(compare(&store, steps, window))?;
    });
}

async fn compare(
    store: &RedisStore,
    steps: Vec<(Step, Who)>,
    window: Duration,
) -> Result<(), TestCaseError> {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let run = RUN.fetch_add(1, Ordering::Relaxed);
    let model = MemoryStore::new();
    let mut given_up = HashSet::new();
    let mut committed = HashSet::new();
    let mut granted = HashSet::new();
    for (step, who) in steps {
        let lease = lease(run, who, window);
        match step {
            // A token that was given up is not used again; this store then says so.
            Step::Claim if given_up.contains(&who) => {}
            Step::Claim => {
                let found = store.claim(&lease).await.expect("a server that answers");
                let wanted = model.claim(&lease).await.expect("room");
                // An owner that was the first stays it when it asks again; the memory store counts who has come since.
                let is_still_first =
                    !granted.insert(who) && (&found, &wanted) == (&Claim::First, &Claim::Revision);
                prop_assert!(
                    is_still_first || is_alike(&found, &wanted),
                    "{who:?}: {found:?}, not {wanted:?}"
                );
            }
            Step::Settle(settlement) => {
                let found = settle(store, &lease, settlement).await;
                let wanted = settle(&model, &lease, settlement).await;
                // This store knows a second try of a commit; the memory store keeps no owner of what is handled.
                let is_repeated = settlement == Settlement::Commit
                    && committed.contains(&who)
                    && found == Settled::Done;
                prop_assert!(
                    found == wanted || is_repeated,
                    "{who:?}: {found:?}, not {wanted:?}"
                );
            }
            Step::SettleLater(settlement) => {
                store.settle_later(lease.clone(), settlement);
                model.settle_later(lease, settlement);
                store.flush().await;
            }
        }
        if let Step::Settle(Settlement::Commit) | Step::SettleLater(Settlement::Commit) = step {
            committed.insert(who);
        }
        if let Step::Settle(Settlement::Release) | Step::SettleLater(Settlement::Release) = step {
            given_up.insert(who);
        }
    }
    Ok(())
}

async fn settle<S: ReplayStore>(store: &S, lease: &Lease, settlement: Settlement) -> Settled {
    let settled = match settlement {
        Settlement::Commit => store.commit(lease).await,
        _ => store.release(lease).await,
    };
    settled.unwrap_or_else(|error| panic!("{error}"))
}

fn lease(run: u64, who: Who, window: Duration) -> Lease {
    // No two leases share a token.
    let token = [who.message, who.content, who.owner, 1]
        .into_iter()
        .fold(0, |token, part| token << 8 | u128::from(part));
    Lease::new(
        Identity::for_test("cdr", &format!("{run}/{}", who.message)),
        Fingerprint::from_bits(who.content.into()),
        Token::from_bits(token),
        MINUTE,
        window,
    )
}

fn is_alike(found: &Claim, wanted: &Claim) -> bool {
    match (found, wanted) {
        (Claim::InFlight { lease_left: found }, Claim::InFlight { lease_left: wanted }) => {
            // Two clocks, a little apart.
            found.abs_diff(*wanted) < MINUTE / 2
        }
        (found, wanted) => found == wanted,
    }
}
