//! Senders that try again until they are answered 2xx.

use std::io::{self, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use callhook_test_support::{Random, request, try_connect, try_read};

const SENDERS: usize = 16;

/// How far all senders are.
#[derive(Debug, Default)]
pub struct Progress {
    next: AtomicUsize,
    done: AtomicUsize,
    tries: AtomicUsize,
}

impl Progress {
    /// How many letters have got their 2xx.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// How often any of them was sent.
    pub fn tries(&self) -> usize {
        self.tries.load(Ordering::Relaxed)
    }
}

/// Sends a quarter of the messages in two copies at once and the others in one to this path with its token, and returns
/// when all have their 2xx.
pub fn send(
    messages: &[String],
    target: &str,
    addresses: &[SocketAddr],
    progress: &Progress,
    random: &mut Random,
) {
    let letters = letters(messages, random);
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            let mut sender = Sender {
                target,
                addresses,
                open: addresses.iter().map(|_| None).collect(),
                random: Random::new(random.of(0..u64::MAX)),
            };
            let letters = &letters;
            scope.spawn(move || {
                while let Some(message) = letters.get(progress.next.fetch_add(1, Ordering::Relaxed))
                {
                    progress
                        .tries
                        .fetch_add(sender.deliver(message), Ordering::Relaxed);
                    progress.done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
}

/// In the order in which they are sent.
fn letters<'a>(messages: &'a [String], random: &mut Random) -> Vec<&'a String> {
    let mut letters = Vec::new();
    for message in messages {
        letters.push(message);
        if random.percent(25) {
            letters.push(message);
        }
    }
    letters
}

struct Sender<'a> {
    target: &'a str,
    addresses: &'a [SocketAddr],
    open: Vec<Option<BufReader<TcpStream>>>,
    random: Random,
}

impl Sender<'_> {
    /// Returns how often it was sent.
    fn deliver(&mut self, message: &str) -> usize {
        let begin = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let process = self.random.index(self.addresses.len());
            match self.post(process, message) {
                Ok(200..300) => return tries,
                Ok(_) => {}
                // It tells nothing of what became of the message.
                Err(_) => self.open[process] = None,
            }
            assert!(begin.elapsed() < PATIENCE, "no 2xx for {message}");
            thread::sleep(self.random.millis(20..100));
        }
    }

    fn post(&mut self, process: usize, body: &str) -> io::Result<u16> {
        let slot = &mut self.open[process];
        let stream = match slot.take() {
            Some(stream) => stream,
            None => BufReader::new(try_connect(self.addresses[process])?),
        };
        let stream = slot.insert(stream);
        let kept = [("connection", "keep-alive")];
        let request = request("POST", self.target, &kept, body.as_bytes());
        stream.get_mut().write_all(&request)?;
        let reply = try_read(stream, false)?.ok_or(ErrorKind::UnexpectedEof)?;
        Ok(reply.status)
    }
}

/// A machine that is busy, and a database that recovers.
const PATIENCE: Duration = Duration::from_secs(180);
