//! What calls take in a book.

use std::time::SystemTime;

use callhook::CallEvent;
use callhook::call::{Call, CallBook};
use callhook::payload::Payload;
use callhook::provider::{Message, Provider};
use callhook::telecmi::Telecmi;
use callhook::testing::calls::{Edition, Scenario, SimulatedCall};
use stats_alloc::Region;

use crate::{ALLOCATOR, alone};

const CALLS: u64 = 1_000;
const PROMISED_BYTES: u64 = 3_200;
const PROMISED_ALLOCATIONS: u64 = 20;

/// A call of ten messages, from two agents' phones.
fn parts(seed: u64) -> Vec<Call> {
    let call = SimulatedCall::of_edition(Scenario::InboundTwoAgents, Edition::ChubLive, seed);
    let part = |json: &str| {
        let message = Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
        let event = Telecmi.decode(&message).expect("an event");
        Call::of_summary(&CallEvent::summary(&event), None, SystemTime::UNIX_EPOCH)
    };
    let messages = call.expect("an edition that reports it");
    messages
        .messages()
        .iter()
        .map(|message| part(&message.json()))
        .collect()
}

#[test]
fn a_book_needs_no_more_than_3200_bytes_for_a_call_of_ten_messages() {
    let _alone = alone();
    let region = Region::new(ALLOCATOR);
    let book = CallBook::new();
    let mut messages = 0;
    for seed in 0..CALLS {
        for part in parts(seed) {
            messages += 1;
            book.join(&part);
        }
    }
    let change = region.change();
    let each = (change.bytes_allocated - change.bytes_deallocated) as u64 / CALLS;
    println!(
        "{each} bytes for each of {CALLS} calls of {} messages",
        messages / CALLS
    );
    assert_eq!(book.len() as u64, CALLS);
    assert!(messages >= 10 * CALLS);
    assert!(each <= PROMISED_BYTES, "{each} bytes for each call");
    drop(book);
}

#[test]
fn a_message_joined_to_its_call_takes_no_more_than_20_allocations() {
    let _alone = alone();
    let calls: Vec<Vec<Call>> = (0..100).map(parts).collect();
    let messages = calls.iter().flatten().count() as u64;
    let book = CallBook::new();
    let region = Region::new(ALLOCATOR);
    for part in calls.iter().flatten() {
        book.join(part);
    }
    let change = region.change();
    let each = (change.allocations + change.reallocations) as u64 / messages;
    let bytes = change.bytes_allocated as u64 / messages;
    println!("{each} allocations, {bytes} bytes for each of {messages} messages");
    assert!(each <= PROMISED_ALLOCATIONS, "{each} for each message");
}
