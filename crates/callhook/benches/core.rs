//! Times of the core's steps, each beside a peer in the same run: `cargo bench -p callhook --features testing`.
//!
//! The table at the end has the ratios, which is what can be compared between machines.

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use callhook::auth::{HmacScheme, Secrets};
use callhook::payload::Payload;
use callhook::provider::{Message, Provider};
use callhook::request::Head;
use callhook::source::Forwarding;
use callhook::telecmi::{Event, Telecmi};
use callhook::testing::{self, Sample};
use callhook::{Endpoint, EndpointBuilder, piopiy::Piopiy, voipappz::Voipappz};
use callhook_by_hand::{Claim as ByHand, Receiver, SIGNATURE};
use criterion::{BatchSize, Criterion};
use serde_json::Value;

use self::common::{Cdrs, Plain, TOKEN, cdr, claim_and_commit, filled, handle, now};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(60)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    decode(&mut criterion, "telecmi", &Telecmi, &cdr());
    let piopiy = testing::piopiy::cdr_inbound_answered();
    decode(&mut criterion, "piopiy", &Piopiy, &piopiy);
    let voipappz = testing::voipappz::report();
    decode(
        &mut criterion,
        "voipappz",
        &Voipappz::path_segment(),
        &voipappz,
    );
    guards(&mut criterion);
    memory_store(&mut criterion);
    pipeline(&mut criterion);
    beside_by_hand(&mut criterion);
    criterion.final_summary();
    print_ratios();
}

/// A message into an event, from JSON and from a query.
fn decode<P: Provider>(criterion: &mut Criterion, name: &str, provider: &P, sample: &Sample) {
    let mut group = criterion.benchmark_group(format!("decode {name}"));
    let json = sample.json();
    let query = sample.query();
    group.bench_function("value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(json.as_bytes()).expect("JSON"));
    });
    if serde_json::from_str::<Plain>(&json).is_ok() {
        group.bench_function("derived struct", |bencher| {
            bencher.iter(|| serde_json::from_slice::<Plain>(json.as_bytes()).expect("JSON"));
        });
    }
    group.bench_function("json", |bencher| {
        bencher.iter(|| {
            let payload = Payload::from_body(json.as_bytes()).expect("readable");
            provider.decode(&message(payload)).expect("an event")
        });
    });
    group.bench_function("query", |bencher| {
        bencher.iter(|| {
            let payload = Payload::from_query(&query).expect("readable");
            provider.decode(&message(payload)).expect("an event")
        });
    });
    group.finish();
}

/// With the event that a Voipappz URL names; the others name none there.
fn message(payload: Payload<'_>) -> Message<'_> {
    Message::new(payload).with_event_name("call-reporting")
}

/// What a request's head costs, guard by guard: beside `value`, the decoding that a forged request is spared.
fn guards(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("guards");
    let body = cdr().json();
    group.bench_function("value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(body.as_bytes()).expect("JSON"));
    });
    let builder = || Endpoint::builder(Telecmi);
    let basic = "Basic dGVsZWNtaTphLXRva2VuLW9mLTI0LWNoYXJhY3RlcnM=";
    let bearer = format!("Bearer {TOKEN}");
    let headers = [
        ("x-token", TOKEN),
        ("authorization", basic),
        ("x-bearer", &*bearer),
        ("x-forwarded-for", "203.0.113.9, 192.0.2.7, 10.0.0.2"),
    ];
    let networks: Vec<String> = (0..1000)
        .map(|at| format!("10.{}.{}.0/24", at / 250, at % 250))
        .collect();
    let hashed = Secrets::new()
        .sha256(
            "1",
            "4d1b1ae1ef1c9df7ba0ebaa3bd1a1b9cb5b3ef8b6b4d7f3b2a51ea5ed5b6a9f1",
        )
        .expect("a digest");
    let path = format!("/hook/{TOKEN}");
    let query = format!("token={TOKEN}");
    for (name, endpoint, is_accepted) in [
        ("nothing", builder().insecure_no_authentication(), true),
        ("query token", builder().query_token("token", TOKEN), true),
        (
            "query token, hashed, wrong",
            builder().query_token("token", hashed),
            false,
        ),
        (
            "header token",
            builder().header_token("x-token", TOKEN),
            true,
        ),
        ("basic", builder().basic_auth("telecmi", TOKEN), true),
        ("path token", builder().path_token(TOKEN), true),
        (
            "1000 networks",
            builder()
                .query_token("token", TOKEN)
                .allow(networks.iter().chain([&"192.0.2.7".to_owned()])),
            true,
        ),
        (
            "behind a proxy",
            builder()
                .query_token("token", TOKEN)
                .allow(["192.0.2.7"])
                .trusted_proxies(["10.0.0.0/8", "192.0.2.9"], Forwarding::XForwardedFor),
            true,
        ),
    ] {
        let endpoint = built(endpoint);
        let peer = if name == "behind a proxy" {
            [10, 0, 0, 1]
        } else {
            [192, 0, 2, 7]
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let head = Head::new("POST", &path, Some(&query), &headers);
                let admission =
                    now(endpoint.admit(&head.peer(peer.into()), |_| std::future::pending()));
                assert_eq!(admission.is_ok(), is_accepted);
                admission
            });
        });
    }
    group.finish();
}

fn built(builder: EndpointBuilder<Event>) -> Endpoint<Event> {
    builder.build().expect("a valid endpoint")
}

/// A claim and its commit, in a store of so many messages. The peer is the smallest store.
fn memory_store(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory store");
    for (name, size) in [
        ("10 thousand", 10_000_u64),
        ("1 million", 1_000_000),
        ("10 million", 10_000_000),
    ] {
        let store = filled(size, size + 10_000_000);
        let mut id = size;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                id += 1;
                claim_and_commit(&store, id);
            });
        });
    }
    group.finish();
}

/// From the head to the settled claim, without a framework and without a handler.
fn pipeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pipeline");
    let token = Endpoint::builder(Telecmi)
        .query_token("token", TOKEN)
        .allow(["192.0.2.0/24"]);
    let token = built(token);
    let scheme = || HmacScheme::sha256("x-signature", TOKEN);
    let signed = built(Endpoint::builder(Telecmi).hmac(scheme()));
    let signer = scheme().signer().expect("a valid scheme");
    let sign = |body: &[u8]| {
        let signed = signer.sign(
            &Head::new("POST", "/", None, &()),
            body,
            SystemTime::UNIX_EPOCH,
        );
        signed.expect("signable").remove(0).1
    };
    let mut cdrs = Cdrs::new();
    let mut next = || cdrs.next();
    let ask = |query: &str, body| {
        let head = Head::new("POST", "/hook", Some(query), &());
        handle(&token, &head.peer([192, 0, 2, 7].into()), body)
    };
    let right = format!("token={TOKEN}");
    group.bench_function("accepted token", |bencher| {
        bencher.iter_batched(
            &mut next,
            |body| assert!(ask(&right, body)),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("forged token", |bencher| {
        let wrong = right.replace("24", "25");
        bencher.iter_batched(
            &mut next,
            |body| assert!(!ask(&wrong, body)),
            BatchSize::SmallInput,
        );
    });
    let ask = |(body, signature): (Bytes, String)| {
        let headers = [("x-signature", &*signature)];
        handle(&signed, &Head::new("POST", "/hook", None, &headers), body)
    };
    group.bench_function("accepted signature", |bencher| {
        let next = || {
            let body = next();
            let signature = sign(&body);
            (body, signature)
        };
        bencher.iter_batched(next, |sent| assert!(ask(sent)), BatchSize::SmallInput);
    });
    group.bench_function("forged signature", |bencher| {
        let next = || (next(), "0".repeat(64));
        bencher.iter_batched(next, |sent| assert!(!ask(sent)), BatchSize::SmallInput);
    });
    group.bench_function("value", |bencher| {
        let read = |body: Bytes| serde_json::from_slice::<Value>(&body).expect("JSON");
        bencher.iter_batched(&mut next, read, BatchSize::SmallInput);
    });
    group.finish();
}

/// The pipeline, and the same features as a program without callhook would have them.
fn beside_by_hand(criterion: &mut Criterion) {
    let networks = ["198.51.100.0/24", "192.0.2.0/24"];
    let scheme = || HmacScheme::sha256(SIGNATURE, TOKEN);
    let signer = scheme().signer().expect("a valid scheme");
    let mut cdrs = Cdrs::new();
    let mut next = || {
        let body = cdrs.next();
        let head = Head::new("POST", "/hook", None, &());
        let signed = signer.sign(&head, &body, SystemTime::UNIX_EPOCH);
        (body, signed.expect("signable").remove(0).1)
    };
    let query = format!("token={TOKEN}");
    let builder = || Endpoint::builder(Telecmi).allow(networks);
    for (name, endpoint, receiver) in [
        (
            "token by hand",
            builder().query_token("token", TOKEN),
            Receiver::with_token(&networks, TOKEN),
        ),
        (
            "signature by hand",
            builder().hmac(scheme()),
            Receiver::with_signature(&networks, TOKEN),
        ),
    ] {
        let endpoint = built(endpoint);
        let peer = [192, 0, 2, 7].into();
        let mut group = criterion.benchmark_group(name);
        group.bench_function("callhook", |bencher| {
            let take = |(body, signature): (Bytes, String)| {
                let headers = [(SIGNATURE, &*signature)];
                let head = Head::new("POST", "/hook", Some(&query), &headers);
                assert!(handle(&endpoint, &head.peer(peer), body));
            };
            bencher.iter_batched(&mut next, take, BatchSize::SmallInput);
        });
        group.bench_function("by hand", |bencher| {
            let take = |(body, signature): (Bytes, String)| {
                let signature = receiver.admit(peer, Some(&query), Some(signature.as_bytes()));
                let signature = signature.expect("admitted");
                let message = receiver.read(signature, &body).expect("readable");
                let ByHand::First(handling) = receiver.claim(&message, &body) else {
                    panic!("each message is another");
                };
                std::hint::black_box(message);
                handling.succeeded();
            };
            bencher.iter_batched(&mut next, take, BatchSize::SmallInput);
        });
        group.finish();
    }
}

/// Each step's median, and its ratio to its group's peer.
fn print_ratios() {
    let measured = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .map(|target| target.join("criterion"));
    let Some(measured) = measured else { return };
    for (group, peer, steps) in [
        (
            "decode telecmi",
            "value",
            &["value", "derived struct", "json", "query"][..],
        ),
        ("decode piopiy", "value", &["value", "json", "query"]),
        ("decode voipappz", "value", &["value", "json", "query"]),
        (
            "guards",
            "value",
            &[
                "nothing",
                "query token",
                "query token, hashed, wrong",
                "header token",
                "basic",
                "path token",
                "1000 networks",
                "behind a proxy",
            ],
        ),
        (
            "memory store",
            "10 thousand",
            &["10 thousand", "1 million", "10 million"],
        ),
        (
            "pipeline",
            "accepted token",
            &[
                "value",
                "accepted token",
                "forged token",
                "accepted signature",
                "forged signature",
            ],
        ),
        ("token by hand", "by hand", &["by hand", "callhook"]),
        ("signature by hand", "by hand", &["by hand", "callhook"]),
    ] {
        let median = |step: &str| median_of(&measured.join(group).join(step));
        let Some(peer_median) = median(peer) else {
            continue;
        };
        println!("\n{group:<32} {:>10}  of {peer}", "ns");
        for step in steps {
            if let Some(median) = median(step) {
                println!("  {step:<30} {median:>10.0}  {:.2}", median / peer_median);
            }
        }
    }
}

fn median_of(step: &Path) -> Option<f64> {
    let estimates = fs::read(step.join("new/estimates.json")).ok()?;
    let estimates: Value = serde_json::from_slice(&estimates).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
