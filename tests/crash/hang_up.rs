//! A sender that hangs up while the handler is at work.

use std::collections::HashMap;
use std::io::{BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use callhook_test_support::{connect, try_read};
use callhook_tests::{Record, What};
use socket2::SockRef;

use crate::client::request;
use crate::fleet::{Fleet, Settings, turn};
use crate::messages::Message;
use crate::redis_server::Server;
use crate::senders::{Letter, Senders, Tally};
use crate::timeline::Timeline;

#[test]
fn a_message_whose_sender_hung_up_is_handled_when_it_comes_again() {
    let _turn = turn();
    let redis = Server::start();
    let fleet = Fleet::start(1, &redis.url(), &Settings::default());
    let senders = Senders::new(&fleet, SEED);
    let messages = hang_up_on_each(&fleet);
    let tally = senders.deliver(&messages, Letter::of_each(messages.len()));

    let timeline = read(&fleet, &messages, &tally);
    let counts = timeline.counts();
    println!("hung up: {tally}\n{counts}");
    timeline.assert_sound(&[]);
    assert_eq!(tally.of("200"), messages.len(), "{tally}\n{counts}");
    assert_eq!(tally.of("200 replay"), 0, "{tally}\n{counts}");
    for message in &messages {
        assert_eq!(
            story(&fleet, message),
            [
                What::Began,
                What::Dropped,
                What::Began,
                What::Ended,
                What::Committed,
                What::Answered
            ],
            "{}",
            message.id
        );
    }
}

#[test]
fn with_a_detached_layer_it_is_handled_once_and_what_comes_again_is_a_replay() {
    let _turn = turn();
    let redis = Server::start();
    let settings = Settings {
        is_detached: true,
        ..Settings::default()
    };
    let fleet = Fleet::start(1, &redis.url(), &settings);
    let senders = Senders::new(&fleet, SEED);
    let messages = hang_up_on_each(&fleet);
    let tally = senders.deliver(&messages, Letter::of_each(messages.len()));

    let timeline = read(&fleet, &messages, &tally);
    let counts = timeline.counts();
    println!("hung up on a detached layer: {tally}\n{counts}");
    timeline.assert_sound(&[]);
    assert_eq!(tally.of("200 replay"), messages.len(), "{tally}\n{counts}");
    assert_eq!(tally.of("200"), 0, "{tally}\n{counts}");
    for message in &messages {
        // A commit is written down when its answer is there, and a copy may get its own before that.
        let mut story = story(&fleet, message);
        if let [.., last @ What::Replayed, commit @ What::Committed] = &mut *story {
            std::mem::swap(last, commit);
        }
        assert_eq!(
            story,
            [What::Began, What::Ended, What::Committed, What::Replayed],
            "{}",
            message.id
        );
    }
}

/// The handler of the first copy takes longer than its lease. A second copy is given to another process, the first handler
/// succeeds, and the second sender hangs up, which ends the second handler without a success.
#[test]
fn a_message_whose_handler_outlived_its_lease_and_succeeded_is_not_handled_a_third_time() {
    let _turn = turn();
    let redis = Server::start();
    let settings = Settings {
        lease: Duration::from_secs(2),
        ..Settings::default()
    };
    let fleet = Fleet::start(2, &redis.url(), &settings);
    let message = Message::new("outlived", 6000);
    let [slow, other] = fleet.addresses()[..] else {
        panic!("two processes");
    };

    let mut first = send(slow, &message);
    wait_for(&fleet, &message, "the first handler's begin", |story| {
        story == [What::Began]
    });
    // Refused until the lease is over.
    let second = loop {
        let mut stream = send(other, &message);
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time to wait");
        match try_read(&mut BufReader::new(&mut stream), false) {
            Ok(Some(refused)) => assert_eq!(refused.status, 503, "{:?}", story(&fleet, &message)),
            // It is at work.
            _ => break stream,
        }
        thread::sleep(PATIENCE);
    };
    wait_for(&fleet, &message, "the second handler's begin", |story| {
        story == [What::Began, What::Began]
    });
    let answer = try_read(&mut BufReader::new(&mut first), false);
    let answer = answer.expect("an answer").expect("an answer");
    assert_eq!((answer.status, answer.outcome()), (200, None));

    // A 2xx exists, and so copies are replays, though the second handler is still at work.
    let is_replay = |address| {
        let mut stream = BufReader::new(send(address, &message));
        let answer = try_read(&mut stream, false);
        let answer = answer.expect("an answer").expect("an answer");
        assert_eq!((answer.status, answer.outcome()), (200, Some("replay")));
    };
    is_replay(slow);
    is_replay(other);
    drop(second);
    wait_for(&fleet, &message, "the second handler's end", |story| {
        story.contains(&What::Dropped)
    });
    // What the second handler has left to settle is settled, and its lease is over.
    thread::sleep(settings.lease + PATIENCE);
    is_replay(slow);
    is_replay(other);
    assert_eq!(
        story(&fleet, &message),
        [
            What::Began,
            What::Began,
            What::Ended,
            What::Committed,
            What::Dropped
        ]
    );
}

fn wait_for(fleet: &Fleet, message: &Message, what: &str, is_so: impl Fn(&[What]) -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so(&story(fleet, message)) {
        assert!(
            Instant::now() < end,
            "never: {what}: {:?}",
            story(fleet, message)
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Nothing is left to chance here but when a message is tried again.
const SEED: u64 = 1;

type HangUp = fn(TcpStream);

/// The ways to hang up.
const HANG_UPS: [(&str, HangUp); 3] = [
    ("fin", drop),
    ("half-fin", |stream| {
        // Could still read an answer, which the server doesn't know to want.
        stream.shutdown(Shutdown::Write).expect("half a connection");
        thread::sleep(HANDLER);
    }),
    ("rst", |stream| {
        let linger = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        linger.expect("a connection that is reset when it is closed");
    }),
];

/// How long a handler takes, and how long the server is given to notice that its sender hung up.
const HANDLER: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_millis(50);

/// Sends some messages, and hangs up on each once its handler is at work.
fn hang_up_on_each(fleet: &Fleet) -> Vec<Message> {
    let address = fleet.addresses()[0];
    let delay_ms = u64::try_from(HANDLER.as_millis()).expect("short");
    let messages: Vec<Message> = (0..12)
        .map(|n| Message::new(format!("{}-{n}", HANG_UPS[n % 3].0), delay_ms))
        .collect();
    for (n, message) in messages.iter().enumerate() {
        let (_, hang_up) = HANG_UPS[n % 3];
        let stream = send(address, message);
        // On a busy machine that may take a while, and a server reads nothing of a connection that was closed before.
        wait_for(fleet, message, "the handler's begin", |story| {
            !story.is_empty()
        });
        thread::spawn(move || hang_up(stream));
    }
    thread::sleep(2 * PATIENCE);
    messages
}

fn send(address: SocketAddr, message: &Message) -> TcpStream {
    let mut stream = connect(address);
    stream
        .write_all(&request(&message.body))
        .expect("the server reads");
    stream
}

fn read(fleet: &Fleet, messages: &[Message], tally: &Tally) -> Timeline {
    let ids = messages.iter().map(|message| &*message.id);
    Timeline::read(&fleet.read_log(), ids, &HashMap::new()).with_unanswered(&[tally])
}

/// What the log says of one message.
fn story(fleet: &Fleet, message: &Message) -> Vec<What> {
    let log = fleet.read_log();
    let records = log.lines().filter_map(|line| line.parse::<Record>().ok());
    records
        .filter(|record| record.id == message.id)
        .map(|record| record.what)
        .collect()
}
