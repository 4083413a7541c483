//! What callhook promises of its speed, without a web framework: each figure against its peer, turn by turn, in CPU time.
//!
//! `cargo bench -p callhook --features testing --bench ratios`, and behind `--` a part of the names of those to measure.
//! A promise that lies within the quartiles of the rounds counts as met.
//!
//! The allocations of a message are counted by `tests/memory`: an allocator that counts would slow down what is measured
//! here.

mod common;

use std::hint::black_box;
use std::time::SystemTime;

use bytes::Bytes;
use callhook::auth::HmacScheme;
use callhook::call::{Call, CallBook};
use callhook::payload::Payload;
use callhook::piopiy::Piopiy;
use callhook::provider::{Message, Provider};
use callhook::replay::MemoryStore;
use callhook::request::Head;
use callhook::telecmi::{Event, Telecmi};
use callhook::testing::calls::{Edition, Scenario, SimulatedCall};
use callhook::testing::{self, Sample};
use callhook::voipappz::Voipappz;
use callhook::{Endpoint, EndpointBuilder};
use callhook_by_hand::{Claim, Receiver, SIGNATURE};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use self::common::paired::{Ratio, Step, step};
use self::common::promise::{self, measure};
use self::common::{Cdrs, TOKEN, cdr, claim_and_commit, filled, full_cache, handle};

fn main() {
    // `cargo test` calls benches too: there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    promise::print_head();
    decode("TeleCMI", &Telecmi, &cdr());
    decode("PIOPIY", &Piopiy, &testing::piopiy::cdr_inbound_answered());
    decode(
        "Voipappz",
        &Voipappz::path_segment(),
        &testing::voipappz::report(),
    );
    pipeline();
    full_stores();
    claims();
    calls();
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
    measure(&format!("decode {name} of Value"), Some(0.5), || {
        Ratio::of(step(from_json), step(value))
    });
    measure(
        &format!("decode {name}'s query of Value"),
        Some(0.9),
        || Ratio::of(step(from_query), step(value)),
    );
}

/// From the head to the settled claim. Each message is another one, and signed before the clock starts.
fn pipeline() {
    let token = || built(builder().query_token("token", TOKEN));
    let signed = || built(builder().hmac(scheme()));

    let endpoint = token();
    let wrong = format!("token={}", TOKEN.replace("24", "25"));
    let forge = Step {
        make: messages(),
        take: |sent| assert!(!ask(&endpoint, &wrong, sent)),
    };
    measure("forged token of accepted", Some(0.1), || {
        Ratio::of(forge, accepted(token()))
    });

    let endpoint = signed();
    let mut next = messages();
    let forge = Step {
        make: || Sent {
            signature: "0".repeat(64),
            ..next()
        },
        take: |sent| assert!(!ask(&endpoint, RIGHT, sent)),
    };
    let (name, promise) = match has_sha_instructions() {
        true => ("forged signature of accepted (SHA instructions)", 0.25),
        false => ("forged signature of accepted (SHA in software)", 0.5),
    };
    measure(name, Some(promise), || Ratio::of(forge, accepted(signed())));
    measure("- the HMAC alone of accepted", None, || {
        Ratio::of(hmac_alone(), accepted(signed()))
    });

    let hand = by_hand(Receiver::with_token(&NETWORKS, TOKEN));
    measure("token of the same by hand", Some(0.7), || {
        Ratio::of(accepted(token()), hand)
    });

    let hand = by_hand(Receiver::with_signature(&NETWORKS, TOKEN));
    measure("signature of the same by hand", Some(0.75), || {
        Ratio::of(accepted(signed()), hand)
    });
}

/// What no verification can do without.
fn hmac_alone() -> Step<impl FnMut() -> Sent, impl FnMut(Sent)> {
    let key = Hmac::<Sha256>::new_from_slice(TOKEN.as_bytes()).expect("a key of any length");
    Step {
        make: messages(),
        take: move |sent: Sent| {
            let mut mac = key.clone();
            mac.update(&sent.body);
            black_box(mac.finalize());
        },
    }
}

/// The same where a million messages are remembered, which is the default capacity: the oldest goes with each new one.
fn full_stores() {
    let accepted_beside = |messages| {
        let endpoint = builder().query_token("token", TOKEN);
        accepted(built(
            endpoint
                .name("bench")
                .replay_store(filled(messages, messages)),
        ))
    };
    let full = || accepted_beside(MILLION);
    measure("token, 1 M stored, of 10 k stored", Some(1.15), || {
        Ratio::of(full(), accepted_beside(10_000))
    });
    measure("token, 1 M stored, of by hand, 1 M cached", None, || {
        Ratio::of(
            full(),
            by_hand(full_cache(Receiver::with_token(&NETWORKS, TOKEN))),
        )
    });
}

fn accepted(endpoint: Endpoint<Event>) -> Step<impl FnMut() -> Sent, impl FnMut(Sent)> {
    Step {
        make: messages(),
        take: move |sent| assert!(ask(&endpoint, RIGHT, sent)),
    }
}

fn ask(endpoint: &Endpoint<Event>, query: &str, sent: Sent) -> bool {
    let headers = [(SIGNATURE, &*sent.signature)];
    let head = Head::new("POST", "/hook", Some(query), &headers);
    handle(endpoint, &head.peer(PEER.into()), sent.body)
}

fn by_hand(receiver: Receiver) -> Step<impl FnMut() -> Sent, impl FnMut(Sent)> {
    Step {
        make: messages(),
        take: move |sent| receive(&receiver, RIGHT, &sent),
    }
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

/// A claim and its commit, in a store of this size and up to a fifth more.
fn claims() {
    let claim = |messages: u64| {
        let fill = move || filled(messages, 2 * messages);
        let (mut stores, mut id) = (vec![fill()], messages);
        Step {
            make: move || {
                if stores[0].len() as u64 > messages + messages / 5 {
                    // The one before is kept, so that its end is not measured.
                    stores.insert(0, fill());
                    stores.truncate(2);
                }
                id += 1;
                (stores[0].clone(), id)
            },
            take: |(store, id): (MemoryStore, u64)| claim_and_commit(&store, id),
        }
    };
    measure("claim and commit, 1 M of 10 k stored", None, || {
        Ratio::of(claim(MILLION), claim(10_000))
    });
    measure("claim and commit, 10 M of 10 k stored", Some(1.5), || {
        Ratio::of(claim(10 * MILLION), claim(10_000))
    });
    measure("- one read in tables of these sizes", None, || {
        Ratio::of(random_read(10 * MILLION), random_read(10_000))
    });
}

/// What no table can do without: a look at a place that nobody has looked at lately. Of 8 bytes for each message, and a third
/// more places than messages at least.
fn random_read(messages: u64) -> Step<fn(), impl FnMut(()) -> u64> {
    let places = usize::try_from(messages * 4 / 3).expect("64 bits");
    let table: Vec<u64> = (0..places.next_power_of_two() as u64).collect();
    let mut last = 1_u64;
    step(move || {
        // Each place follows from what is in the one before, so that no two are waited for at once.
        last = last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = (last >> 32) as usize & (table.len() - 1);
        last ^= table.get(at).copied().unwrap_or_default();
        last
    })
}

/// The ten messages of a call, from two agents' phones: each joined to its call, with what that answers before and after,
/// of decoding them.
fn calls() {
    let mut seed = 0;
    let mut sent = move || {
        seed += 1;
        let call = SimulatedCall::of_edition(Scenario::InboundTwoAgents, Edition::ChubLive, seed);
        let call = call.expect("an edition that reports it");
        let messages = call.messages().iter();
        messages.map(|message| message.json()).collect::<Vec<_>>()
    };
    let mut again = sent;
    let event = |json: &String| {
        let message = Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
        Telecmi.decode(&message).expect("an event")
    };
    let book = CallBook::new();
    let join = Step {
        make: move || sent().iter().map(event).collect::<Vec<_>>(),
        take: |events: Vec<Event>| {
            for event in &events {
                let part = Call::of_summary(&event.summary(), None, SystemTime::UNIX_EPOCH);
                black_box(book.join(&part));
            }
            // Their end is not measured.
            events
        },
    };
    let values = Step {
        make: move || again(),
        take: |sent: Vec<String>| {
            let read = |json: &String| serde_json::from_str::<Value>(json).expect("JSON");
            sent.iter().map(read).collect::<Vec<_>>()
        },
    };
    measure("a call's messages joined, of Value", None, || {
        Ratio::of(join, values)
    });
}

/// Whether the machine has instructions for SHA-256, which the `sha2` crate then uses.
fn has_sha_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("sha");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
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

/// The query with the right token.
const RIGHT: &str = "token=a-token-of-24-characters";

const MILLION: u64 = 1_000_000;
