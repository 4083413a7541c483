//! What a memory store costs.

use std::alloc::System;
use std::time::Duration;

use callhook::replay::{Claim, Fingerprint, Identity, Lease, MemoryStore, ReplayStore, Token};
use stats_alloc::Region;

use crate::{ALLOCATOR, alone, ready};

const MESSAGES: u32 = 1_000_000;
const PROMISED_BYTES: f64 = 64.0;

#[test]
fn a_memory_store_needs_no_more_than_64_bytes_for_each_of_a_million_messages() {
    let _alone = alone();
    let region = Region::new(ALLOCATOR);
    let store = MemoryStore::new();
    for n in 0..MESSAGES {
        handle(&store, n);
    }
    // A quarter more: the oldest are forgotten, and the store does not grow any more.
    let full = bytes_in_use(&region);
    for n in MESSAGES..MESSAGES + MESSAGES / 4 {
        handle(&store, n);
    }
    let overfull = bytes_in_use(&region);
    assert_eq!(store.len(), MESSAGES as usize);

    let each = full / f64::from(MESSAGES);
    println!(
        "{each:.2} bytes for each of {MESSAGES} handled messages, {overfull} in all after a quarter more"
    );
    assert!(each <= PROMISED_BYTES, "{each:.2} bytes for each message");
    assert!(overfull / f64::from(MESSAGES) <= PROMISED_BYTES);
    drop(store);
}

fn handle(store: &MemoryStore, n: u32) {
    let lease = Lease::new(
        Identity::for_test("cdr", &format!("5202a928-07c3-4d32-a1a4-{n:012x}")),
        Fingerprint::from_bits(u128::from(n)),
        Token::from_bits(u128::from(n)),
        Duration::from_secs(60),
        Duration::from_secs(86400),
    );
    assert_eq!(ready(store.claim(&lease)).ok(), Some(Claim::First));
    assert!(ready(store.commit(&lease)).is_ok());
}

fn bytes_in_use(region: &Region<'_, System>) -> f64 {
    let change = region.change();
    // Far below 2⁵³.
    change.bytes_allocated as f64 - change.bytes_deallocated as f64
}
