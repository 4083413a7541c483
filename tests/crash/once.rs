//! Nothing goes wrong but that there are many of everything.

use std::time::Instant;

use crate::fleet::{Fleet, Settings, turn};
use crate::messages::Message;
use crate::redis_commits::commit_times;
use crate::redis_server::Server;
use crate::senders::{Letter, Senders, Tally};
use crate::timeline::Timeline;
use callhook_test_support::seed;

#[test]
fn two_processes_handle_each_of_10_000_messages_and_of_50_copies_at_once_exactly_once() {
    each_is_handled_exactly_once(2);
}

#[test]
fn four_processes_handle_each_of_10_000_messages_and_of_50_copies_at_once_exactly_once() {
    each_is_handled_exactly_once(4);
}

fn each_is_handled_exactly_once(processes: usize) {
    let _turn = turn();
    let begin = Instant::now();
    let seed = seed("CALLHOOK_CRASH_SEED");
    let redis = Server::start();
    let fleet = Fleet::start(processes, &redis.url(), &Settings::default());
    let senders = Senders::new(&fleet, seed);

    // Long enough for the copies to find the first of them at work, and some its end.
    let crowded: Vec<Message> = (0..CROWDED)
        .map(|n| Message::new(format!("crowded-{n}"), n % 4 * 10))
        .collect();
    let mut at_once = Tally::default();
    for message in &crowded {
        at_once += senders.deliver_at_once(message, COPIES);
    }

    let different: Vec<Message> = (0..DIFFERENT)
        .map(|n| Message::new(format!("different-{n}"), 0))
        .collect();
    let all = senders.deliver(&different, Letter::of_each(DIFFERENT));

    let sent = crowded.iter().chain(&different);
    let timeline = Timeline::read(
        &fleet.read_log(),
        sent.clone().map(|message| &*message.id),
        &commit_times(&redis.url(), sent),
    )
    .with_unanswered(&[&all]);
    let counts = timeline.counts();
    println!(
        "{processes} processes, seed {seed}, {:.1?}\n  copies at once: {at_once}\n  different messages: {all}\n{counts}",
        begin.elapsed()
    );
    timeline.assert_sound(&[]);
    let messages = crowded.len() + DIFFERENT;
    assert_eq!(
        [counts.begun, counts.handled, counts.committed],
        [messages; 3],
        "{counts}"
    );
    assert_eq!(counts.begun_unchecked, 0, "{counts}");
    // Each of the copies has its 2xx, and one of them from the handler.
    assert_eq!(at_once.of("200"), crowded.len(), "{at_once}");
    assert_eq!(
        at_once.of("200 replay"),
        crowded.len() * (COPIES - 1),
        "{at_once}"
    );
    assert_eq!(all.of("200"), DIFFERENT, "{all}");
    assert_eq!(all.sent(), DIFFERENT, "{all}");
}

const CROWDED: u64 = 20;
const COPIES: usize = 50;
const DIFFERENT: usize = 10_000;
