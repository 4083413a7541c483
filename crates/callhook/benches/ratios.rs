//! What callhook promises of its speed, without a web framework: each figure against its peer, turn by turn.
//!
//! `cargo bench -p callhook --features testing --bench ratios`. The figures over sockets are those of `callhook-load`.

mod common;

use std::hint::black_box;
use std::time::SystemTime;

use bytes::Bytes;
use callhook::auth::HmacScheme;
use callhook::payload::Payload;
use callhook::piopiy::Piopiy;
use callhook::provider::{Message, Provider};
use callhook::request::Head;
use callhook::telecmi::{Event, Telecmi};
use callhook::testing::{self, Sample};
use callhook::voipappz::Voipappz;
use callhook::{Endpoint, EndpointBuilder};
use callhook_by_hand::{Claim, Receiver, SIGNATURE};
use serde_json::Value;

use self::common::paired::{Ratio, Step, step};
use self::common::{Cdrs, TOKEN, cdr, claim_and_commit, filled, handle};

fn main() {
    // `cargo test` calls benches too: there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!(
        "{:<44} {:>11} {:>11}   ratio  quartiles     promise",
        "step of peer", "step", "peer"
    );
    decode("TeleCMI", &Telecmi, &cdr());
    decode("PIOPIY", &Piopiy, &testing::piopiy::cdr_inbound_answered());
    decode(
        "Voipappz",
        &Voipappz::path_segment(),
        &testing::voipappz::report(),
    );
    pipeline();
    memory_store();
}

/// A CDR into an event, of `serde_json`'s `Value` of it.
fn decode<P: Provider>(name: &str, provider: &P, sample: &Sample) {
    let json = sample.json().into_bytes();
    let query = sample.query();
    let value = || serde_json::from_slice::<Value>(&json).expect("JSON");
    let event = |payload| {
        // Only Voipappz reads the label.
        let message = Message::new(payload).with_event_name("call-reporting");
        provider.decode(&message).expect("an event")
    };
    let from_json = || event(Payload::from_body(&json).expect("readable"));
    let from_query = || event(Payload::from_query(&query).expect("readable"));
    let ratio = Ratio::of(step(from_json), step(value));
    print(&format!("decode {name} of Value"), &ratio, Some(0.5));
    let ratio = Ratio::of(step(from_query), step(value));
    print(&format!("decode {name}'s query of Value"), &ratio, None);
}

/// From the head to the settled claim. Each message is another one, and signed before the clock starts.
fn pipeline() {
    let token = || built(builder().query_token("token", TOKEN));
    let signed = || built(builder().hmac(scheme()));
    let right = format!("token={TOKEN}");
    let wrong = right.replace("24", "25");
    let ask = |endpoint: &Endpoint<Event>, query: &str, sent: Sent| {
        let headers = [(SIGNATURE, &*sent.signature)];
        let head = Head::new("POST", "/hook", Some(query), &headers);
        handle(endpoint, &head.peer(PEER.into()), sent.body)
    };
    let accept = |endpoint: Endpoint<Event>| {
        let right = right.clone();
        Step {
            make: messages(),
            take: move |sent| assert!(ask(&endpoint, &right, sent)),
        }
    };
    let by_hand = |receiver: Receiver| {
        let right = right.clone();
        Step {
            make: messages(),
            take: move |sent| receive(&receiver, &right, &sent),
        }
    };

    let endpoint = token();
    let forge = Step {
        make: messages(),
        take: |sent| assert!(!ask(&endpoint, &wrong, sent)),
    };
    let ratio = Ratio::of(forge, accept(token()));
    print("forged token of accepted", &ratio, Some(0.25));

    let endpoint = signed();
    let mut next = messages();
    let forge = Step {
        make: || Sent {
            signature: "0".repeat(64),
            ..next()
        },
        take: |sent| assert!(!ask(&endpoint, &right, sent)),
    };
    let ratio = Ratio::of(forge, accept(signed()));
    print("forged signature of accepted", &ratio, Some(1.0));

    let hand = by_hand(Receiver::with_token(&NETWORKS, TOKEN));
    let ratio = Ratio::of(accept(token()), hand);
    print("token of the same by hand", &ratio, Some(1.0 / 1.5));

    let hand = by_hand(Receiver::with_signature(&NETWORKS, TOKEN));
    let ratio = Ratio::of(accept(signed()), hand);
    print("signature of the same by hand", &ratio, Some(1.0 / 1.5));
}

/// A message, and its signature.
struct Sent {
    body: Bytes,
    signature: String,
}

/// Messages that are all different.
fn messages() -> impl FnMut() -> Sent {
    let signer = scheme().signer().expect("a valid scheme");
    let mut cdrs = Cdrs::new();
    move || {
        let body = cdrs.next();
        let head = Head::new("POST", "/hook", None, &());
        let signed = signer.sign(&head, &body, SystemTime::UNIX_EPOCH);
        let signature = signed.expect("signable").remove(0).1;
        Sent { body, signature }
    }
}

fn receive(receiver: &Receiver, query: &str, sent: &Sent) {
    let signature = Some(sent.signature.as_bytes());
    let signature = receiver.admit(PEER.into(), Some(query), signature);
    let signature = signature.expect("admitted");
    let message = receiver.read(signature, &sent.body).expect("readable");
    let Claim::First(handling) = receiver.claim(&message, &sent.body) else {
        panic!("each message is another");
    };
    black_box(message);
    handling.succeeded();
}

/// A claim and its commit. In instructions, which is what is promised, it is in the table of `instructions.sh`.
fn memory_store() {
    let claim = |messages: u64| {
        let (store, mut id) = (filled(messages), messages);
        step(move || {
            id += 1;
            claim_and_commit(&store, id);
        })
    };
    let ratio = Ratio::of(claim(10_000_000), claim(10_000));
    print("claim and commit after 10 M of after 10 k", &ratio, None);
}

fn builder() -> EndpointBuilder<Event> {
    Endpoint::builder(Telecmi).allow(NETWORKS)
}

fn built(builder: EndpointBuilder<Event>) -> Endpoint<Event> {
    builder.build().expect("a valid endpoint")
}

fn scheme() -> HmacScheme {
    HmacScheme::sha256(SIGNATURE, TOKEN)
}

const NETWORKS: [&str; 2] = ["198.51.100.0/24", "192.0.2.0/24"];

const PEER: [u8; 4] = [192, 0, 2, 7];

fn print(name: &str, ratio: &Ratio, promise: Option<f64>) {
    let promise = promise.map_or(String::new(), |most| {
        let (low, _) = ratio.quartiles();
        let verdict = match ratio.median() {
            median if median <= most => "met",
            _ if low <= most => "within the spread",
            _ => "not met",
        };
        format!("<= {most:.2}: {verdict}")
    });
    println!("{name:<44} {ratio}  {promise}");
}
