//! What assembling calls costs: `cargo bench -p callhook --features testing --bench calls`.
//!
//! Times are of whole calls, message by message, each with its summary, its join and the answers before and after. What a
//! call takes in memory is tested in `tests/memory`.

use std::time::{Duration, SystemTime};

use callhook::call::{Call, CallBook, CallDirection, CallSummary, MessageKind, Party};
use callhook::payload::Payload;
use callhook::provider::{Message, Provider};
use callhook::telecmi::{Event, Telecmi};
use callhook::testing::calls::{Edition, Scenario, SimulatedCall};
use criterion::{BatchSize, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    whole_calls(&mut criterion);
    stored(&mut criterion);
    hostile(&mut criterion);
    criterion.final_summary();
}

/// Calls of ten messages: two agents' phones ring, and the second agent answers.
fn calls(count: u64) -> Vec<Vec<Event>> {
    let decode = |json: &str| {
        let message = Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
        Telecmi.decode(&message).expect("an event")
    };
    let call = |seed| {
        let call = SimulatedCall::of_edition(Scenario::InboundTwoAgents, Edition::ChubLive, seed);
        let call = call.expect("an edition that reports it");
        let events = call
            .messages()
            .iter()
            .map(|message| decode(&message.json()));
        events.collect()
    };
    (0..count).map(call).collect()
}

fn part(event: &Event) -> Call {
    Call::of_summary(&event.summary(), None, SystemTime::UNIX_EPOCH)
}

fn whole_calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calls");
    let calls = calls(200);
    println!("messages a call: {}", calls[0].len());
    group.throughput(Throughput::Elements(calls.len() as u64));
    group.bench_function("200 calls, what each message tells", |bencher| {
        bencher.iter(|| {
            calls
                .iter()
                .flatten()
                .map(part)
                .filter(Call::is_empty)
                .count()
        });
    });
    group.bench_function("200 calls, applied to a book", |bencher| {
        let apply = |book: CallBook| {
            for event in calls.iter().flatten() {
                book.join(&part(event));
            }
            book
        };
        bencher.iter_batched(CallBook::new, apply, BatchSize::LargeInput);
    });
    group.bench_function("200 calls, joined and asked once", |bencher| {
        bencher.iter(|| {
            let call = |events: &Vec<Event>| {
                let mut parts = events.iter().map(part);
                let mut call = parts.next().expect("a message");
                for part in parts {
                    call.join(&part).expect("of one scope");
                }
                call.answers().is_over
            };
            calls.iter().map(call).filter(|is_over| *is_over).count()
        });
    });
    group.finish();
}

/// Read, join, write: what a store in a database does for the last message of a call.
fn stored(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stored calls");
    let events = calls(1).remove(0);
    let (last, before) = events.split_last().expect("messages");
    let mut call = part(last);
    for event in before {
        call.join(&part(event)).expect("of one scope");
    }
    let json = call.to_json();
    println!("bytes of a stored call: {}", json.len());
    group.bench_function("read", |bencher| {
        bencher.iter(|| Call::from_json(&json).expect("stored"));
    });
    group.bench_function("join, answer and write", |bencher| {
        let join = |mut call: Call| {
            call.join(&part(last)).expect("of one scope");
            (call.answers(), call.to_json())
        };
        bencher.iter_batched(|| call.clone(), join, BatchSize::SmallInput);
    });
    group.finish();
}

/// Messages that tie everything together: each is of the same call, whose messages and ids are at their limits.
fn hostile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hostile senders");
    for (name, kind) in [
        ("a leg for each message", MessageKind::Live),
        ("a record for each message", MessageKind::Record),
    ] {
        let message = |number: u64| {
            let id = |number: u64| format!("{number:0>36}");
            let mut summary = CallSummary::new("telecmi");
            summary.kind = kind;
            summary.leg_id = Some(id(number).as_str().into());
            summary.call_id = Some(id(number + 1).as_str().into());
            summary.agent = Some(format!("agent {number}").into());
            summary.direction = Some(CallDirection::Inbound);
            summary.party = Some(Party::Agent);
            summary.status = Some("answered".into());
            Call::of_summary(&summary, None, SystemTime::UNIX_EPOCH)
        };
        let book = CallBook::new();
        for number in 0..1_000 {
            book.join(&message(number));
        }
        let mut number = 1_000;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                number += 1;
                book.join(&message(number))
            });
        });
    }
    group.finish();
}
