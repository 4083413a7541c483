//! What a message allocates on its way, from the head to the settled claim.

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use callhook::request::Head;
use callhook::telecmi::Telecmi;
use callhook::{Endpoint, HandlerOutcome, testing};
use stats_alloc::Region;

use crate::{ALLOCATOR, alone, ready};

/// Four are texts of the event that are longer than 15 bytes.
const MOST_ALLOCATIONS: usize = 10;
const MOST_BYTES: usize = 2560;

#[test]
fn a_record_takes_10_allocations_of_two_and_a_half_kilobytes_at_most() {
    let _alone = alone();
    let endpoint = Endpoint::builder(Telecmi)
        .query_token("token", "a-token-of-24-characters")
        .allow(["192.0.2.0/24"])
        .build()
        .expect("a valid configuration");
    let record = |id: &str| {
        let record = testing::telecmi::cdr_inbound_answered().with("cmiuuid", id);
        Bytes::from(record.json())
    };
    // The first message lets the store allocate its first pieces. The test harness allocates too, when another test has
    // just ended: not three times.
    let counts = ["1", "2", "3", "4"].map(|id| count(&endpoint, record(id)));
    let (allocations, bytes) = counts.into_iter().min().expect("four");
    println!("{allocations} allocations of {bytes} bytes for a message");
    assert!(allocations <= MOST_ALLOCATIONS, "{counts:?}");
    assert!(bytes <= MOST_BYTES, "{counts:?}");
}

/// How often and how many bytes are allocated for a message that is handled.
fn count(endpoint: &Endpoint<callhook::telecmi::Event>, body: Bytes) -> (usize, usize) {
    let mut body = Some(Ok(body));
    let no_sleep = |_: Duration| std::future::pending();
    let head = Head::new("POST", "/", Some("token=a-token-of-24-characters"), &());
    let head = head.peer([192, 0, 2, 7].into());

    let region = Region::new(ALLOCATOR);
    let admitted = ready(endpoint.admit(&head, no_sleep)).expect("the token is right");
    let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
    let verified = ready(admitted.receive(poll_chunk, no_sleep)).expect("readable");
    let unsettled = ready(verified.claim()).expect("another message");
    let (delivery, claimed) = unsettled.into_parts();
    drop(delivery);
    ready(claimed.settle(HandlerOutcome::Status(200)));
    let stats = region.change();
    let grown = usize::try_from(stats.bytes_reallocated).unwrap_or_default();
    let allocations = stats.allocations + stats.reallocations;
    (allocations, stats.bytes_allocated + grown)
}
