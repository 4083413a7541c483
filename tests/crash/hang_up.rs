//! A sender that hangs up while the handler is at work.

use std::collections::HashMap;
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use callhook_test_support::connect;
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

/// How long a handler takes, and after how much of that its sender hangs up.
const HANDLER: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_millis(50);

/// Sends some messages, and hangs up on all of them at once.
fn hang_up_on_each(fleet: &Fleet) -> Vec<Message> {
    let address = fleet.addresses()[0];
    let delay_ms = u64::try_from(HANDLER.as_millis()).expect("short");
    let messages: Vec<Message> = (0..12)
        .map(|n| Message::new(format!("{}-{n}", HANG_UPS[n % 3].0), delay_ms))
        .collect();
    for (n, message) in messages.iter().enumerate() {
        let (_, hang_up) = HANG_UPS[n % 3];
        // The rest is on its way while the half-closed ones are kept.
        let stream = send(address, message);
        thread::spawn(move || {
            thread::sleep(PATIENCE);
            hang_up(stream);
        });
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
