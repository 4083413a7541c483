//! One step, many times over, for a tool that counts instructions. `benches/instructions.sh` runs it.
//!
//! `instructions <step> <times>`

use std::hint::black_box;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use callhook::auth::Hmac;
use callhook::payload::Payload;
use callhook::provider::{Message, Provider};
use callhook::request::Head;
use callhook::telecmi::{Event, Telecmi};
use callhook::{Admission, Endpoint, Handled, Verdict, testing};
use serde::Deserialize;

const TOKEN: &str = "a-token-of-24-characters";

/// An answered inbound call, with a recording, as JSON of this id.
fn body(id: u64) -> Bytes {
    let id = format!("16132200-57fa-47b5-888d-{id:012}");
    let cdr = testing::telecmi::cdr_inbound_answered().with("cmiuuid", id);
    Bytes::from(cdr.json())
}

/// What a program without callhook would write for the same message.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Plain {
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
    time: u64,
    answeredsec: Option<u64>,
    record: Option<bool>,
    filename: Option<String>,
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let (Some(step), Some(times)) = (arguments.next(), arguments.next()) else {
        // As `cargo bench` and `cargo test` call it: there is nothing to time here.
        return;
    };
    let times: u64 = times.parse().expect("a number of times");
    let one = body(0);
    let query = testing::telecmi::cdr_inbound_answered().query();
    let token = Endpoint::builder(Telecmi)
        .query_token("token", TOKEN)
        .allow(["192.0.2.0/24"]);
    let token = token.build().expect("sound");
    let scheme = || Hmac::sha256("x-signature", TOKEN);
    let signed = Endpoint::builder(Telecmi)
        .hmac(scheme())
        .build()
        .expect("sound");
    let signer = scheme().signer().expect("sound");
    let sign = |body: &[u8]| {
        let head = Head::new("POST", "/", None, &());
        let signed = signer.sign(&head, body, std::time::SystemTime::UNIX_EPOCH);
        signed.expect("signable").remove(0).1
    };
    let signature = sign(&one);
    match &*step {
        "nothing" => {}
        "value" => repeat(times, || {
            serde_json::from_slice::<serde_json::Value>(&one).is_ok()
        }),
        "plain" => repeat(times, || serde_json::from_slice::<Plain>(&one).is_ok()),
        "fields" => repeat(times, || Payload::from_body(&one).is_ok()),
        "decode" => repeat(times, || {
            let payload = Payload::from_body(&one).expect("readable");
            Telecmi.decode(&Message::new(payload)).is_ok()
        }),
        "decode query" => repeat(times, || {
            let payload = Payload::from_query(&query).expect("readable");
            Telecmi.decode(&Message::new(payload)).is_ok()
        }),
        "forged token" => repeat(times, || {
            let head = Head::new("POST", "/hook", Some("token=a-token-of-24-characterz"), &());
            let head = head.peer([192, 0, 2, 7].into());
            now(token.admit(&head, |_| std::future::pending())).is_err()
        }),
        "forged signature" => repeat(times, || {
            let wrong = [("x-signature", &*"0".repeat(64))];
            let head = Head::new("POST", "/hook", None, &wrong);
            !handle(&signed, &head, one.clone())
        }),
        "accepted token" => {
            let mut id = 0;
            repeat(times, || {
                id += 1;
                let head = Head::new("POST", "/hook", Some("token=a-token-of-24-characters"), &());
                handle(&token, &head.peer([192, 0, 2, 7].into()), body(id))
            });
        }
        "accepted signature" => {
            repeat(times, || {
                let right = [("x-signature", &*signature)];
                let head = Head::new("POST", "/hook", None, &right);
                handle(&signed, &head, one.clone())
            });
        }
        "body" => {
            let mut id = 0;
            repeat(times, || {
                id += 1;
                !body(id).is_empty()
            });
        }
        other => panic!("no step {other:?}"),
    }
}

fn repeat(times: u64, mut step: impl FnMut() -> bool) {
    for _ in 0..times {
        assert!(black_box(step()));
    }
}

/// A message from its head to its settled claim. Whether it was accepted.
fn handle(endpoint: &Endpoint<Event>, head: &Head<'_>, body: Bytes) -> bool {
    let admitted = match now(endpoint.admit(head, |_| std::future::pending())) {
        Ok(Admission::Body(admitted)) => admitted,
        Ok(Admission::Probe(_)) | Err(_) => return false,
    };
    let Ok(opened) = admitted
        .read()
        .push(body)
        .and_then(callhook::BodyBuffer::open)
    else {
        return false;
    };
    if let Verdict::Handle(delivery, claimed) = now(opened.claim()) {
        black_box(delivery);
        now(claimed.settle(Handled::Status(200)));
    }
    true
}

/// Runs a future that has nothing to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}
