//! Processes that are killed while they handle messages, and started again.

use std::time::{Duration, Instant};

use crate::fleet::{Fleet, Settings, turn};
use crate::messages::Message;
use crate::redis_commits::commit_times;
use crate::redis_server::Server;
use crate::senders::{BROKEN, Letter, Senders};
use crate::timeline::Timeline;
use callhook_test_support::{Random, seed};

/// A process is killed at any moment: before its handler's end, between that and the commit, between the commit and the
/// answer. Only in the first two cases is the message handled again, once its lease is over.
#[test]
fn killed_processes_lose_no_message_and_none_is_handled_again_after_its_commit() {
    let _turn = turn();
    let begin = Instant::now();
    let seed = seed("CALLHOOK_CRASH_SEED");
    let mut random = Random::new(seed);
    let redis = Server::start();
    let settings = Settings {
        // What a killed process had is free after this time. No handler takes a tenth of it.
        lease: Duration::from_secs(3),
        commit_pause: Duration::from_millis(4),
        ..Settings::default()
    };
    let mut fleet = Fleet::start(PROCESSES, &redis.url(), &settings);
    let senders = Senders::new(&fleet, seed);
    let messages: Vec<Message> = (0..MESSAGES)
        .map(|n| Message::unruly(format!("{n}"), &mut random))
        .collect();
    let letters = Letter::two_of_each(MESSAGES, SENDING_MS, &mut random);
    let crash = || fleet.crash(random.index(PROCESSES));
    let (killed, tally) = senders.deliver_despite(crash, 150..350, &messages, letters);
    let again = senders.deliver_again(&messages);

    let timeline = Timeline::read(
        &fleet.read_log(),
        messages.iter().map(|message| &*message.id),
        &commit_times(&redis.url(), &messages),
    )
    .with_unanswered(&[&tally, &again]);
    let counts = timeline.counts();
    println!(
        "{PROCESSES} processes, {killed} times killed, seed {seed}, {:.1?}\n  while they are killed: {tally}\n  \
         afterwards: {again}\n{counts}",
        begin.elapsed()
    );
    timeline.assert_sound(&[]);
    assert_eq!(
        again.of("200 replay"),
        MESSAGES,
        "all are known: {again}\n{counts}"
    );
    assert_eq!(again.sent(), MESSAGES, "{again}\n{counts}");
    assert_eq!(counts.killed, killed, "{counts}");
    // A run in which nothing is hit proves nothing.
    let hits = [
        killed,
        tally.of(BROKEN),
        counts.killed_at_work,
        counts.killed_before_commit,
        counts.killed_before_answer,
        counts.failed,
        counts.panicked,
        counts.handled_again,
        counts.saved_by_replay,
    ];
    assert!(hits.iter().all(|hits| *hits > 0), "{tally}\n{counts}");
}

const PROCESSES: usize = 4;
const MESSAGES: usize = 4000;
const SENDING_MS: u64 = 10_000;
