//! What both examples remember together, in one Redis.

use std::sync::Barrier;
use std::thread;

use super::pair::{NAMES, Pair, play};
use super::redis::Redis;
use super::table::TOKEN;
use crate::wire::{ALL_PROVIDERS, Encoding, corpus};

#[test]
fn copies_and_revisions_are_told_apart_alike_where_redis_remembers() {
    let redis = Redis::start();
    // Each section's servers begin with nothing.
    let mut databases = 0..;
    play(include_str!("tables/replay.txt"), || {
        [(); 2].map(|()| databases.next().map(|database| redis.url(database)))
    });
}

#[test]
fn what_one_example_has_handled_is_a_replay_at_the_other() {
    let redis = Redis::start();
    let url = redis.url(0);
    let pair = Pair::start(&[], &[Some(url.clone()), Some(url)]);
    let mut handled = [0, 0];
    for (index, sample) in corpus().iter().enumerate() {
        let [one, other] = [index % 2, 1 - index % 2];
        let send = |example: usize, encoding: Encoding| {
            let answer = pair.examples[example].send_to(sample.path, encoding, &sample.json);
            assert_eq!(answer.status, 200, "{}", sample.name);
            answer.outcome().map(str::to_owned)
        };
        // What waits for an answer is handled each time it comes.
        let waits = matches!(&*sample.kind, "routing-request" | "answer-request" | "dtmf");
        let copy = (!waits).then(|| "replay".to_owned());
        assert_eq!(send(one, Encoding::Json), None, "{}", sample.name);
        assert_eq!(send(other, Encoding::Query), copy, "{}", sample.name);
        assert_eq!(send(one, Encoding::Form), copy, "{}", sample.name);
        handled[one] += if waits { 2 } else { 1 };
        handled[other] += usize::from(waits);
    }
    for (example, handled) in pair.examples.iter().zip(handled) {
        assert_eq!(example.messages().len(), handled);
    }
}

#[test]
fn one_example_knows_a_revision_of_what_the_other_has_handled() {
    let redis = Redis::start();
    let url = redis.url(0);
    let pair = Pair::start(&[], &[Some(url.clone()), Some(url)]);
    let [axum, actix] = &pair.examples;
    for (index, path) in ALL_PROVIDERS.into_iter().enumerate() {
        let [a, b] = ["", r#","filename":"a.mp3""#].map(|rest| {
            format!(r#"{{"type":"cdr","status":"answered","cmiuuid":"a","uuid":"a"{rest}}}"#)
        });
        assert_eq!(axum.post_to(path, &a).outcome(), None, "{path}");
        assert_eq!(actix.post_to(path, &b).outcome(), None, "{path}");
        for copy in [&a, &b] {
            assert_eq!(axum.post_to(path, copy).outcome(), Some("replay"), "{path}");
            assert_eq!(
                actix.post_to(path, copy).outcome(),
                Some("replay"),
                "{path}"
            );
        }
        assert_eq!(axum.shown("delivery")[index..], ["first"]);
        assert_eq!(actix.shown("delivery")[index..], ["revision"]);
    }
}

#[test]
fn of_50_copies_at_once_to_both_examples_one_is_handled_and_none_is_lost() {
    let redis = Redis::start();
    let url = redis.url(0);
    let pair = Pair::start(&[], &[Some(url.clone()), Some(url)]);
    assert_eq!(pair.examples[0].token, TOKEN);
    for round in 1..=4 {
        let json = format!(r#"{{"type":"cdr","status":"answered","cmiuuid":"round {round}"}}"#);
        let start = Barrier::new(50);
        let answers: Vec<_> = thread::scope(|scope| {
            let senders: Vec<_> = (0..50)
                .map(|copy| {
                    let (example, json, start) = (&pair.examples[copy % 2], &json, &start);
                    scope.spawn(move || {
                        start.wait();
                        example.send(Encoding::ALL[copy / 2 % 4], json)
                    })
                })
                .collect();
            let answers = senders.into_iter().map(|sender| sender.join());
            answers.map(|answer| answer.expect("an answer")).collect()
        });
        let mut handled = 0;
        for answer in &answers {
            match (answer.status, answer.outcome()) {
                (200, None) => handled += 1,
                (200, Some("replay")) => {}
                (503, Some("in_flight")) => {
                    let wait = answer.header("retry-after").map(str::parse::<u64>);
                    assert!(matches!(wait, Some(Ok(1..=5))), "{answer:?}");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(handled, 1, "round {round}");
        let shown = pair.examples.iter().map(|example| example.messages().len());
        assert_eq!(shown.sum::<usize>(), round);
    }
}

#[test]
fn where_redis_is_down_both_examples_handle_every_copy_as_unchecked() {
    let redis = Redis::start();
    let url = redis.url(0);
    drop(redis);
    let mut pair = Pair::start(&[], &[Some(url.clone()), Some(url)]);
    for path in ALL_PROVIDERS {
        let json = r#"{"type":"event","status":"started","cmiuuid":"a","uuid":"a"}"#;
        for _ in 0..2 {
            let target = format!("{path}?token={TOKEN}");
            let reply = pair.send_alike(path, &Encoding::Json.request(&target, json));
            assert_eq!(
                (reply.status, reply.header("callhook-outcome")),
                (200, None)
            );
        }
    }
    let messages = pair.messages_alike();
    assert_eq!(messages.len(), 2 * ALL_PROVIDERS.len());
    assert!(
        messages.iter().all(|call| call["delivery"] == "unchecked"),
        "{NAMES:?}: {messages:?}"
    );
}
