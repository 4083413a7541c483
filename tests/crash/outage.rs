//! A Redis server that is stopped and killed, and started again.

use std::thread;
use std::time::{Duration, Instant};

use crate::fleet::{Fleet, Settings, turn};
use crate::messages::Message;
use crate::redis_commits::commit_times;
use crate::redis_server::{Server, Start};
use crate::senders::{Letter, Senders, Tally};
use crate::timeline::{Counts, Timeline, Wrong};
use callhook_test_support::{Random, seed};

#[test]
fn while_redis_comes_and_goes_a_refusing_endpoint_handles_each_message_once_and_loses_none() {
    let (tally, counts) = run("refuse", &[]);
    assert_eq!(counts.begun_unchecked, 0, "{counts}");
    assert_eq!(counts.handled, MESSAGES, "{counts}");
    assert_eq!(counts.handled_again, 0, "{counts}");
    assert!(tally.of("503 store_unavailable") > 0, "{tally}\n{counts}");
    // Outages came between a handler's end and its commit too.
    assert!(counts.unsettled > 0, "{counts}");
}

#[test]
fn while_redis_comes_and_goes_an_endpoint_that_handles_anyway_loses_no_message() {
    // A copy that comes while nobody can tell is handled beside another, or after it. One that could be told is not.
    // These repeats are counted. None is forgotten: a commit that had to wait counts whoever has the message by then.
    let repeats = [Wrong::AfterAnswer, Wrong::BesideAnother];
    let (tally, counts) = run("handle", &repeats);
    assert_eq!(tally.of("503 store_unavailable"), 0, "{tally}\n{counts}");
    assert!(counts.begun_unchecked > 0, "{counts}");
    assert!(counts.handled >= MESSAGES, "{counts}");
}

/// Sends messages while Redis is killed and shut down, and fails if anything is wrong but what the policy allows.
fn run(policy: &'static str, allowed: &[Wrong]) -> (Tally, Counts) {
    let _turn = turn();
    let begin = Instant::now();
    let seed = seed("CALLHOOK_CRASH_SEED");
    let mut random = Random::new(seed);
    let mut redis = Start::durable().start();
    let settings = Settings {
        policy,
        // Nothing is settled while Redis is down. A lease that ended before it is up again would let a copy in, under
        // either policy.
        lease: Duration::from_secs(60),
        timeout: Duration::from_millis(300),
        ..Settings::default()
    };
    let mut fleet = Fleet::start(PROCESSES, &redis.url(), &settings);
    let senders = Senders::new(&fleet, seed);
    let messages: Vec<Message> = (0..MESSAGES)
        .map(|n| Message::unruly(format!("{n}"), &mut random))
        .collect();
    let letters = Letter::two_of_each(MESSAGES, SENDING_MS, &mut random);
    let mut is_killed = false;
    let stop = || {
        is_killed = !is_killed;
        if is_killed {
            redis.kill();
        } else {
            shut_down(&redis);
        }
        // Shorter than a server's call may take, and longer.
        thread::sleep(random.millis(0..600));
        redis.restart();
        wait_until_loaded(&redis);
    };
    let (stops, tally) = senders.deliver_despite(stop, 300..800, &messages, letters);

    // What could not be settled then is settled by now, or when its process ends in good order.
    fleet.restart_in_order();
    let again = senders.deliver_again(&messages);

    let timeline = Timeline::read(
        &fleet.read_log(),
        messages.iter().map(|message| &*message.id),
        &commit_times(&redis.url(), &messages),
    )
    .with_unanswered(&[&tally, &again]);
    let counts = timeline.counts();
    println!(
        "policy {policy}, {PROCESSES} processes, Redis {stops} times stopped, seed {seed}, {:.1?}\n  \
         while Redis comes and goes: {tally}\n  afterwards: {again}\n{counts}",
        begin.elapsed()
    );
    timeline.assert_sound(allowed);
    assert_eq!(
        again.of("200 replay"),
        MESSAGES,
        "all are known: {again}\n{counts}"
    );
    assert_eq!(again.sent(), MESSAGES, "{again}\n{counts}");
    assert!(stops >= 5, "{stops} stops\n{counts}");
    (tally, counts.clone())
}

/// Ends the server in good order, as it does when it is told to terminate.
fn shut_down(redis: &Server) {
    let client = redis::Client::open(redis.url()).expect("a valid URL");
    let mut connection = client.get_connection().expect("a server that answers");
    // The answer is the end of the connection.
    let _ = redis::cmd("SHUTDOWN").exec(&mut connection);
}

/// It accepts connections while it reads what it had written down, and answers nothing else: that is part of the
/// outage.
fn wait_until_loaded(redis: &Server) {
    let client = redis::Client::open(redis.url()).expect("a valid URL");
    let ping = || redis::cmd("PING").exec(&mut client.get_connection()?);
    let end = Instant::now() + Duration::from_secs(30);
    while let Err(error) = ping() {
        assert!(Instant::now() < end, "Redis doesn't come back: {error}");
        thread::sleep(Duration::from_millis(5));
    }
}

const PROCESSES: usize = 3;
const MESSAGES: usize = 3000;
const SENDING_MS: u64 = 9000;
