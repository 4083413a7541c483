//! Senders that are slow, or send nothing: a thousand at once, and more than the server has descriptors for.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use callhook_test_support::{chunked, connect, read, request, write};
use rlimit::Resource;

use crate::example::Example;
use crate::wire::{ALL_PROVIDERS, Encoding};

/// Half of them are slow with a body, and half with a head.
const CROWD: usize = 1000;

/// A server may open a few descriptors of its own, or close some, between two counts.
const SPARE: usize = 8;

#[test]
fn a_thousand_senders_that_send_a_byte_a_second_do_not_stop_a_good_one() {
    allow_connections();
    let example = Example::start();
    let mut messages = 0;
    let mut send = || {
        let json = format!(r#"{{"type":"event","status":"started","cmiuuid":"{messages}"}}"#);
        let answer = example.send(Encoding::ALL[messages % 4], &json);
        assert_eq!((answer.status, answer.outcome()), (200, None), "{messages}");
        messages += 1;
    };
    let idle = descriptors_when_idle(&example);
    // The first crowds get the process most of the memory that it needs for a crowd, and it keeps it.
    for _ in 0..5 {
        let mut first = Crowd::gather(&example);
        first.send_a_byte_each();
        // The server ends the heads after five seconds, and the bodies later.
        reach(&example, |now| now >= idle + CROWD / 2);
        drop(first);
        reach(&example, |now| now <= idle + SPARE);
    }
    let before = example.resident();
    example.forget_peak();

    let start = Instant::now();
    let mut crowd = Crowd::gather(&example);
    let mut waited = Duration::ZERO;
    for _ in 0..5 {
        let begin = Instant::now();
        crowd.send_a_byte_each();
        let sending = Instant::now();
        (0..10).for_each(|_| send());
        waited += sending.elapsed();
        thread::sleep(SECOND.saturating_sub(begin.elapsed()));
    }
    println!("{waited:?} for 50 messages");
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    let are_connected = crowd.bodies().all(|slow| slow.is_connected);
    assert!(are_connected, "the bodies were there meanwhile");

    while crowd.bodies().any(|slow| slow.is_connected) {
        assert!(start.elapsed() < PATIENCE, "{} are left", crowd.connected());
        let begin = Instant::now();
        crowd.send_a_byte_each();
        thread::sleep(SECOND.saturating_sub(begin.elapsed()));
    }
    println!("all bodies refused after {:?}", start.elapsed());
    assert!(start.elapsed() > Duration::from_secs(9), "10 s for a body");
    for body in crowd.bodies() {
        let answer = String::from_utf8_lossy(&body.answer);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("callhook-outcome: too_slow"), "{answer}");
    }
    // The heads had five seconds.
    while crowd.connected() > 0 {
        assert!(start.elapsed() < PATIENCE, "{} are left", crowd.connected());
        crowd.send_a_byte_each();
        thread::sleep(Duration::from_millis(100));
    }
    reach(&example, |now| now <= idle + SPARE);

    let [peak, after] = [example.peak(), example.resident()].map(|kib| kib - before);
    println!("{peak} KiB more at most, {after} KiB more after");
    // The allocator packs no crowd as it packed the last one. A crowd that stayed would take more than 16 MiB.
    assert!(peak < 12 * 1024, "{peak} KiB");
    send();
    assert_eq!(example.messages().len(), messages);
}

#[test]
fn more_half_sent_heads_than_the_server_has_descriptors_do_not_keep_a_message_out() {
    allow_connections();
    let example = Example::start();
    limit_descriptors(&example, 256);
    let whole = request("POST", &example.target(), &[], b"{}");
    let heads: Vec<TcpStream> = (0..300)
        .map(|index| {
            let mut stream = connect(example.address);
            // Nothing, half of the first line, and all but the empty line.
            let sent = [0, 10, whole.len() - "\r\n{}".len()][index % 3];
            write(&mut stream, &whole[..sent]);
            stream
        })
        .collect();
    // It connects last: before it is accepted, others have to have been ended.
    let answer = example.post(r#"{"type":"event","status":"started","cmiuuid":"a"}"#);
    assert_eq!((answer.status, answer.outcome()), (200, None));
    assert_eq!(example.messages().len(), 1);
    // And in the end they all are.
    for mut head in heads {
        let mut answer = Vec::new();
        let ended = head.read_to_end(&mut answer).map_err(|error| error.kind());
        assert!(
            matches!(ended, Ok(_) | Err(ErrorKind::ConnectionReset)),
            "{ended:?}"
        );
    }
}

/// Both ends of each connection are processes that inherit what a shell allows: 1024 files, often.
fn allow_connections() {
    let wanted = 4096;
    let allowed = rlimit::increase_nofile_limit(wanted).expect("the limit is known");
    assert!(
        allowed >= wanted,
        "only {allowed} files may be open: see `ulimit -Hn`"
    );
}

/// From now on the server may have no more than this.
fn limit_descriptors(example: &Example, limit: u64) {
    let id = example.id().try_into().expect("a process's id");
    let limited = rlimit::prlimit(id, Resource::NOFILE, Some((limit, limit)), None);
    limited.expect("the limit is set");
}

/// What the server has open without a connection: all but the one that is there for certain, because it was answered.
fn descriptors_when_idle(example: &Example) -> usize {
    let mut stream = connect(example.address);
    let kept = [("connection", "keep-alive")];
    write(&mut stream, &request("GET", &example.target(), &kept, b""));
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    assert_eq!(read(&mut answers).status, 204);
    example.descriptors() - 1
}

/// Waits until the server has as many descriptors as it should.
fn reach(example: &Example, is_enough: impl Fn(usize) -> bool) {
    let start = Instant::now();
    while !is_enough(example.descriptors()) {
        assert!(
            start.elapsed() < PATIENCE,
            "{} descriptors",
            example.descriptors()
        );
        thread::sleep(Duration::from_millis(10));
    }
}

struct Crowd(Vec<Slow>);

/// One sender. It asks nothing of the kernel that it would have to wait for: one thread does for all.
struct Slow {
    stream: TcpStream,
    /// What it sends in one second after another, and then again.
    pieces: Vec<Vec<u8>>,
    sent: usize,
    has_sent_head: bool,
    answer: Vec<u8>,
    is_connected: bool,
}

impl Crowd {
    fn gather(example: &Example) -> Self {
        let slow = (0..CROWD).map(|index| {
            let target = example.target_at(ALL_PROVIDERS[index % 3]);
            let [declared, unsaid] = [("content-length", "1000"), ("transfer-encoding", "chunked")];
            let header = if index % 4 < 2 { declared } else { unsaid };
            let head = request("POST", &target, &[header], b"");
            let mut stream = connect(example.address);
            let has_sent_head = index % 2 == 0;
            let pieces = if !has_sent_head {
                head.chunks(1).map(<[u8]>::to_vec).collect()
            } else {
                write(&mut stream, &head);
                let chunk = chunked(b"x", 1);
                vec![if header == declared {
                    b"x".to_vec()
                } else {
                    chunk[..6].to_vec()
                }]
            };
            stream.set_nonblocking(true).expect("a socket option");
            Slow {
                stream,
                pieces,
                sent: 0,
                has_sent_head,
                answer: Vec::new(),
                is_connected: true,
            }
        });
        Self(slow.collect())
    }

    fn send_a_byte_each(&mut self) {
        let connected = self.0.iter_mut().filter(|slow| slow.is_connected);
        connected.for_each(Slow::send_a_byte);
    }

    fn connected(&self) -> usize {
        self.0.iter().filter(|slow| slow.is_connected).count()
    }

    /// Those who are slow with a body.
    fn bodies(&self) -> impl Iterator<Item = &Slow> {
        self.0.iter().filter(|slow| slow.has_sent_head)
    }
}

impl Slow {
    /// And looks for an answer, and for the end.
    fn send_a_byte(&mut self) {
        let piece = &self.pieces[self.sent % self.pieces.len()];
        self.sent += 1;
        // Where the server has closed, reading tells.
        let _ = self.stream.write(piece);
        let mut bytes = [0; 1024];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(read @ 1..) => self.answer.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => break,
            }
        }
        self.is_connected = false;
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// How long the server may take for what it does in its own time. It waits 10 seconds for a body.
const PATIENCE: Duration = Duration::from_secs(25);
