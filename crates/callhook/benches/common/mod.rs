//! What the benches share.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use callhook::request::Head;
use callhook::telecmi::Event;
use callhook::{Admission, BodyBuffer, Endpoint, Handled, Verdict};
use serde::Deserialize;

pub(crate) const TOKEN: &str = "a-token-of-24-characters";

/// An answered inbound call, with a recording, of this id.
pub(crate) fn cdr(id: u64) -> callhook::testing::Sample {
    let id = format!("16132200-57fa-47b5-888d-{id:012}");
    callhook::testing::telecmi::cdr_inbound_answered().with("cmiuuid", id)
}

/// What a program without callhook would write for the same message.
#[derive(Debug, Deserialize)]
#[allow(dead_code)]
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

/// A message from its head to its settled claim: whether it was accepted.
pub(crate) fn handle(endpoint: &Endpoint<Event>, head: &Head<'_>, body: Bytes) -> bool {
    let admitted = match now(endpoint.admit(head, |_| std::future::pending())) {
        Ok(Admission::Body(admitted)) => admitted,
        Ok(Admission::Probe(_)) | Err(_) => return false,
    };
    let Ok(opened) = admitted.read().push(body).and_then(BodyBuffer::open) else {
        return false;
    };
    if let Verdict::Handle(delivery, claimed) = now(opened.claim()) {
        std::hint::black_box(delivery);
        now(claimed.settle(Handled::Status(200)));
    }
    true
}

/// Runs a future that has nothing to wait for.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}
