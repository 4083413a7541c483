//! Senders that try until they get a 2xx.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::ops::{AddAssign, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError::Timeout, channel};
use std::sync::{Barrier, Condvar, Mutex};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use callhook_test_support::Reply;
use callhook_tests::{Log, What};

use crate::client::Connections;
use crate::fleet::Fleet;
use crate::messages::Message;
use callhook_test_support::Random;

pub(crate) struct Senders {
    addresses: Vec<SocketAddr>,
    log: Log,
    seed: u64,
}

/// What the senders were answered, and how often.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    answers: BTreeMap<String, usize>,
    /// Messages of which a copy got no 2xx in all the time it had.
    unanswered: Vec<String>,
}

/// One copy of a message, until it has got its 2xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Letter {
    /// When it is to be sent.
    due: Instant,
    /// Its number among the messages.
    message: usize,
    tries: u32,
}

impl Letter {
    fn new(message: usize, due: Instant) -> Self {
        Self {
            due,
            message,
            tries: 0,
        }
    }

    /// Two of each of so many messages, at times of their own: one may come while the other is at work, or long after.
    pub(crate) fn two_of_each(messages: usize, within_ms: u64, random: &mut Random) -> Vec<Self> {
        let start = Instant::now();
        let letters = (0..2 * messages).map(|n| {
            let due = start + random.millis(0..within_ms);
            Self::new(n % messages, due)
        });
        letters.collect()
    }

    /// One of each of so many messages, now.
    pub(crate) fn of_each(messages: usize) -> Vec<Self> {
        let now = Instant::now();
        (0..messages)
            .map(|message| Self::new(message, now))
            .collect()
    }
}

impl Senders {
    pub(crate) fn new(fleet: &Fleet, seed: u64) -> Self {
        Self {
            addresses: fleet.addresses(),
            log: fleet.log().clone(),
            seed,
        }
    }

    /// Sends each letter, to any of the processes, until it has got its 2xx.
    pub(crate) fn deliver(&self, messages: &[Message], letters: Vec<Letter>) -> Tally {
        let mail = Mail::new(letters);
        let mut total = thread::scope(|scope| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|sender| {
                    let mail = &mail;
                    scope.spawn(move || self.send(messages, mail, Random::new(self.seed + sender)))
                })
                .collect();
            let mut total = Tally::default();
            for sender in senders {
                total += sender.join().expect("a sender ends");
            }
            total
        });
        for letter in mail.unanswered() {
            total.unanswered.push(messages[letter.message].id.clone());
        }
        total
    }

    /// Sends one more of each, each of which has to be a replay: nobody is at work any more, and all is settled.
    pub(crate) fn deliver_again(&self, messages: &[Message]) -> Tally {
        self.log
            .write(What::AllKnown, "-")
            .expect("the log can be written");
        self.deliver(messages, Letter::of_each(messages.len()))
    }

    /// As `deliver`, while there is trouble, again and again after pauses of so many milliseconds. And how often there was.
    pub(crate) fn deliver_despite(
        &self,
        mut trouble: impl FnMut() + Send,
        pauses: Range<u64>,
        messages: &[Message],
        letters: Vec<Letter>,
    ) -> (usize, Tally) {
        let mut random = Random::new(!self.seed);
        thread::scope(|scope| {
            let (working, done) = channel::<()>();
            let trouble = scope.spawn(move || {
                let mut times = 0;
                // It is dropped when there is nothing left to send, or when a sender has failed.
                while done.recv_timeout(random.millis(pauses.clone())) == Err(Timeout) {
                    trouble();
                    times += 1;
                }
                times
            });
            let tally = self.deliver(messages, letters);
            drop(working);
            (trouble.join().expect("the trouble ends"), tally)
        })
    }

    fn send(&self, messages: &[Message], mail: &Mail, mut random: Random) -> Tally {
        let mut tally = Tally::default();
        let mut connections = Connections::new(&self.addresses);
        while let Some(mut letter) = mail.next() {
            let process = random.index(self.addresses.len());
            let message = &messages[letter.message];
            if self.try_once(&mut connections, process, message, &mut tally) {
                mail.is_answered();
            } else {
                // Sooner than `Retry-After` asks for, to meet more of what may go wrong.
                let backoff = FIRST_BACKOFF << letter.tries.min(3);
                letter.tries += 1;
                letter.due = Instant::now() + random.millis(backoff..2 * backoff);
                mail.put(letter);
            }
        }
        tally
    }

    /// Sends this many copies of a message at the same moment, spread over all processes, each until it has got its 2xx.
    pub(crate) fn deliver_at_once(&self, message: &Message, copies: usize) -> Tally {
        let start = Barrier::new(copies);
        thread::scope(|scope| {
            let copies: Vec<_> = (0..copies)
                .map(|copy| {
                    let start = &start;
                    scope.spawn(move || {
                        let mut tally = Tally::default();
                        let mut connections = Connections::new(&self.addresses);
                        let process = copy % self.addresses.len();
                        let is_open = connections.open(process).is_ok();
                        start.wait();
                        assert!(is_open, "the server accepts connections");
                        let end = Instant::now() + LIMIT;
                        while !self.try_once(&mut connections, process, message, &mut tally) {
                            assert!(Instant::now() < end, "no 2xx for {}", message.id);
                            thread::sleep(Duration::from_millis(FIRST_BACKOFF));
                        }
                        tally
                    })
                })
                .collect();
            let mut total = Tally::default();
            for copy in copies {
                total += copy.join().expect("a copy is answered");
            }
            total
        })
    }

    /// Whether the message was answered with a 2xx, which goes into the log before anything else is sent.
    fn try_once(
        &self,
        connections: &mut Connections,
        process: usize,
        message: &Message,
        tally: &mut Tally,
    ) -> bool {
        let answer = connections.post(process, &message.body);
        tally.count(&answer);
        let Ok(answer) = answer else { return false };
        if answer.status / 100 != 2 {
            return false;
        }
        let what = if answer.outcome() == Some("replay") {
            What::Replayed
        } else {
            What::Answered
        };
        self.log
            .write(what, &message.id)
            .expect("the log can be written");
        true
    }
}

/// As many connections to each process.
const SENDERS: u64 = 32;

/// In milliseconds.
const FIRST_BACKOFF: u64 = 50;

/// After which a letter counts as lost.
const LIMIT: Duration = Duration::from_secs(120);

/// Letters that are still to be answered, by when they are due. No sender waits for a message that another owner has:
/// it puts it back, and sends others.
struct Mail {
    waiting: Mutex<BinaryHeap<Reverse<Letter>>>,
    has_changed: Condvar,
    left: AtomicUsize,
    end: Instant,
}

impl Mail {
    fn new(letters: Vec<Letter>) -> Self {
        Self {
            left: AtomicUsize::new(letters.len()),
            waiting: Mutex::new(letters.into_iter().map(Reverse).collect()),
            has_changed: Condvar::new(),
            end: Instant::now() + LIMIT,
        }
    }

    /// The next copy once it is due, or `None` when all were answered, or this takes too long.
    fn next(&self) -> Option<Letter> {
        let mut waiting = self.waiting.lock().expect("no sender panicked");
        loop {
            let now = Instant::now();
            if self.left.load(Ordering::SeqCst) == 0 || now >= self.end {
                return None;
            }
            let next = waiting.peek().map(|Reverse(letter)| letter.due);
            if next.is_some_and(|due| due <= now) {
                return waiting.pop().map(|Reverse(letter)| letter);
            }
            let wait = next.unwrap_or(self.end).min(self.end) - now;
            let woken = self.has_changed.wait_timeout(waiting, wait);
            waiting = woken.expect("no sender panicked").0;
        }
    }

    fn put(&self, letter: Letter) {
        let mut waiting = self.waiting.lock().expect("no sender panicked");
        waiting.push(Reverse(letter));
        self.has_changed.notify_one();
    }

    fn is_answered(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Under the lock, so that nobody is between the look and the wait.
            let _waiting = self.waiting.lock().expect("no sender panicked");
            self.has_changed.notify_all();
        }
    }

    fn unanswered(self) -> Vec<Letter> {
        let waiting = self.waiting.into_inner().expect("no sender panicked");
        waiting.into_iter().map(|Reverse(letter)| letter).collect()
    }
}

impl Tally {
    fn count(&mut self, answer: &io::Result<Reply>) {
        let name = match answer {
            Ok(answer) => match answer.outcome() {
                Some(outcome) => format!("{} {outcome}", answer.status),
                None => answer.status.to_string(),
            },
            Err(_) => BROKEN.to_owned(),
        };
        *self.answers.entry(name).or_default() += 1;
    }

    pub(crate) fn sent(&self) -> usize {
        self.answers.values().sum()
    }

    pub(crate) fn unanswered(&self) -> &[String] {
        &self.unanswered
    }

    /// How often this was the answer: its status and its outcome.
    pub(crate) fn of(&self, answer: &str) -> usize {
        self.answers.get(answer).copied().unwrap_or_default()
    }
}

/// No answer at all.
pub(crate) const BROKEN: &str = "no answer";

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.unanswered.extend(other.unanswered);
        for (name, count) in other.answers {
            *self.answers.entry(name).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sends", self.sent())?;
        for (name, count) in &self.answers {
            write!(f, ", {count} × {name}")?;
        }
        Ok(())
    }
}
