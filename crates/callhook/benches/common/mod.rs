//! What the benches share.

#![allow(dead_code)] // Each bench takes its part.

pub(crate) mod paired;
pub(crate) mod promise;

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use callhook::replay::{
    Claim, Fingerprint, Identity, Lease, MemoryStore, ReplayStore, Settled, Token,
};
use callhook::request::Head;
use callhook::telecmi::Event;
use callhook::{Endpoint, HandlerOutcome, Verified};
use callhook_by_hand::Receiver;
use serde::Deserialize;

pub(crate) const TOKEN: &str = "a-token-of-24-characters";

/// The CDR of an answered inbound call, with a recording.
pub(crate) fn cdr() -> callhook::testing::Sample {
    callhook::testing::telecmi::cdr_inbound_answered().with("cmiuuid", ID)
}

/// That CDR as JSON, each with an id of its own. Written as cheaply as can be: what leaves the heap in disorder is paid for
/// by what is measured next.
pub(crate) struct Cdrs {
    template: Vec<u8>,
    /// Where the id's digits end.
    end: usize,
    count: u64,
}

impl Cdrs {
    pub(crate) fn new() -> Self {
        let template = cdr().json();
        let start = template.find(ID).expect("the id is in it");
        Self {
            end: start + ID.len(),
            template: template.into_bytes(),
            count: 0,
        }
    }

    pub(crate) fn next(&mut self) -> Bytes {
        self.count += 1;
        let mut left = self.count;
        for digit in self.template[..self.end].iter_mut().rev().take(DIGITS) {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
        }
        Bytes::copy_from_slice(&self.template)
    }
}

const ID: &str = "16132200-57fa-47b5-888d-000000000000";
const DIGITS: usize = 12;

/// What a program without callhook would write for the same message.
#[derive(Debug, Deserialize)]
pub(crate) struct Plain {
    #[serde(rename = "type")]
    kind: String,
    appid: u64,
    cmiuuid: String,
    conversation_uuid: Option<String>,
    direction: String,
    status: String,
    user: Option<String>,
    team: Option<String>,
    from: u64,
    to: u64,
    virtual_number: Option<u64>,
    time: u64,
    answeredsec: Option<u64>,
    record: Option<bool>,
    filename: Option<String>,
    hangup_reason: Option<String>,
    ivr_name: Option<String>,
    custom: Option<String>,
}

/// A message from its head to its event and its fingerprint. `None` where it is refused.
pub(crate) fn open(
    endpoint: &Endpoint<Event>,
    head: &Head<'_>,
    body: Bytes,
) -> Option<Verified<Event>> {
    now(async {
        let admitted = endpoint
            .admit(head, |_| std::future::pending())
            .await
            .ok()?;
        let mut body = Some(Ok(body));
        let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
        let verified = admitted.receive(poll_chunk, |_| std::future::pending());
        verified.await.ok()
    })
}

/// A message from its head to its settled claim: whether it was handed to a handler.
pub(crate) fn handle(endpoint: &Endpoint<Event>, head: &Head<'_>, body: Bytes) -> bool {
    let Some(verified) = open(endpoint, head, body) else {
        return false;
    };
    let Ok(unsettled) = now(verified.claim()) else {
        return false;
    };
    let (delivery, claimed) = unsettled.into_parts();
    std::hint::black_box(delivery);
    now(claimed.settle(HandlerOutcome::Status(200)));
    true
}

/// A store that so many messages were claimed and committed in, with room for as many as `capacity`.
pub(crate) fn filled(messages: u64, capacity: u64) -> MemoryStore {
    let capacity = usize::try_from(capacity).expect("64 bits");
    let store = MemoryStore::builder().capacity(capacity).build();
    for id in 0..messages {
        claim_and_commit(&store, id);
    }
    store
}

/// The same program by hand, with a million messages in its cache, which is its capacity too.
pub(crate) fn full_cache(receiver: Receiver) -> Receiver {
    for id in 0..1_000_000 {
        let message = serde_json::json!({ "type": "cdr", "cmiuuid": id.to_string() });
        let callhook_by_hand::Claim::First(handling) = receiver.claim(&message, b"") else {
            panic!("each message is another");
        };
        handling.succeeded();
    }
    receiver
}

/// A message that the store has not seen.
pub(crate) fn claim_and_commit(store: &MemoryStore, id: u64) {
    let lease = Lease::new(
        Identity::for_test("cdr", &id.to_string()),
        Fingerprint::from_bits(id.into()),
        Token::from_bits(id.into()),
        Duration::from_secs(60),
        Duration::from_secs(86_400),
    );
    assert_eq!(now(store.claim(&lease)).ok(), Some(Claim::First));
    assert_eq!(now(store.commit(&lease)).ok(), Some(Settled::Done));
}

/// Runs a future that has nothing to wait for.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}
