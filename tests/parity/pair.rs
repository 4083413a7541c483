//! Both examples, sent the same.
//!
//! Of each answer the status, the body and all headers but `date` have to be equal; then all of `/messages`, to the byte.

use std::io::BufReader;
use std::net::SocketAddr;

use callhook_test_support::{Reply, connect, exchange, request, write};
use serde_json::Value;

use super::reply::Answer;
use super::server::Server;
use super::table::{Row, Section, TOKEN, parse};
use crate::example::Example;

pub(super) const NAMES: [&str; 2] = ["example-axum", "example-actix"];

/// The URL of the Redis that each remembers in, where it isn't its memory.
pub(super) type Stores = [Option<String>; 2];

/// Plays a whole table, each section with servers of its own, and tells of every row that isn't as it says.
pub(super) fn play(table: &str, mut stores: impl FnMut() -> Stores) {
    let mut wrong = Vec::new();
    for section in &mut parse(table) {
        wrong.extend(if section.is_inside() {
            Pair::inside(&section.variables).play_all(section)
        } else {
            Pair::start(&section.variables, &stores()).play_all(section)
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Both examples, or a server inside the tests with each framework, started alike.
pub(super) struct Pair<S = Example> {
    /// They end when this is dropped.
    pub(super) examples: [S; 2],
    addresses: [SocketAddr; 2],
    /// Where they show what came.
    private: [SocketAddr; 2],
    seen: [usize; 2],
    /// What the last row was answered.
    last: [Vec<Option<Answer>>; 2],
}

impl Pair {
    pub(super) fn start(variables: &[(String, String)], stores: &Stores) -> Self {
        let examples = [0, 1].map(|index| {
            // Else each would have an answer of its own, with its port.
            let public_url = ("CALLHOOK_PUBLIC_URL", "https://calls.example");
            let mut all = vec![("CALLHOOK_TOKEN", TOKEN), public_url];
            all.extend(variables.iter().map(|(name, value)| (&**name, &**value)));
            all.extend(
                stores[index]
                    .as_deref()
                    .map(|url| ("CALLHOOK_REDIS_URL", url)),
            );
            Example::start_named(NAMES[index], &all)
        });
        let addresses = [0, 1].map(|index: usize| examples[index].address);
        let private = [0, 1].map(|index: usize| examples[index].private);
        let private = private.map(|address| address.expect("a private listener"));
        Self::of(examples, addresses, private)
    }
}

impl Pair<Server> {
    fn inside(settings: &[(String, String)]) -> Self {
        let servers = [Server::axum(settings), Server::actix(settings)];
        let addresses = [0, 1].map(|index: usize| servers[index].address);
        Self::of(servers, addresses, addresses)
    }
}

impl<S> Pair<S> {
    fn of(examples: [S; 2], addresses: [SocketAddr; 2], private: [SocketAddr; 2]) -> Self {
        Self {
            examples,
            addresses,
            private,
            seen: [0, 0],
            last: [Vec::new(), Vec::new()],
        }
    }

    /// What isn't as the rows say.
    fn play_all(&mut self, section: &mut Section) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut are_alike = true;
        let scheme = section.scheme();
        for row in &mut section.rows {
            row.write(scheme.as_deref());
            are_alike &= row.is_alike();
            if let Err(how) = self.play(row) {
                wrong.push(format!("{}: {}: {how}", section.heading, row.what));
            }
        }
        if are_alike && wrong.is_empty() {
            self.messages_alike();
        }
        wrong
    }

    /// Sends one request to both, and returns what both answer.
    pub(super) fn send_alike(&mut self, what: &str, request: &[u8]) -> Reply {
        let [axum, actix] = [0, 1].map(|index| {
            let mut stream = connect(self.addresses[index]);
            write(&mut stream, request);
            Answer::read(&mut BufReader::new(stream), request.starts_with(b"HEAD "))
        });
        let [axum, actix] = [axum, actix].map(|answer| answer.expect("an answer"));
        assert_eq!(axum, actix, "{what}");
        axum.reply
    }

    /// What `/messages` shows at both.
    pub(super) fn messages_alike(&mut self) -> Vec<Value> {
        let messages = [0, 1].map(|index| self.messages(index));
        assert!(
            messages[0] == messages[1],
            "/messages differ:\n{}\n{}",
            messages[0],
            messages[1]
        );
        serde_json::from_str(&messages[0]).expect("a JSON array")
    }

    fn messages(&self, index: usize) -> String {
        let answer = exchange(self.private[index], &request("GET", "/messages", &[], b""));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text().to_owned()
    }

    /// Sends a row's requests to both. How what came is not what the row says, if it isn't.
    fn play(&mut self, row: &Row) -> Result<(), String> {
        let mut all = Vec::new();
        for (index, name) in NAMES.into_iter().enumerate() {
            let replies = self.replies(index, row);
            let messages: Vec<Value> =
                serde_json::from_str(&self.messages(index)).expect("a JSON array");
            let messages = messages.into_iter().skip(self.seen[index]).collect();
            self.seen[index] += Vec::len(&messages);
            check(row, index, &replies, &messages).map_err(|how| format!("{name}: {how}"))?;
            all.push((replies, messages));
        }
        for (number, exchange) in row.exchanges.iter().enumerate() {
            let [axum, actix] = [0, 1].map(|index: usize| all[index].0[number].as_ref());
            if exchange.is_alike() && axum != actix {
                return Err(format!("request {number}: {axum:?} differs from {actix:?}"));
            }
        }
        if row.is_alike() && all[0].1 != all[1].1 {
            return Err(format!("{:?} differs from {:?}", all[0].1, all[1].1));
        }
        for (name, (last, (replies, _))) in NAMES.into_iter().zip(self.last.iter_mut().zip(all)) {
            if row.is_as_before && bytes(last) != bytes(&replies) {
                return Err(format!("{name}: {replies:?} differs from {last:?}"));
            }
            *last = replies;
        }
        Ok(())
    }

    /// What one example answers to a row, on one connection.
    fn replies(&self, index: usize, row: &Row) -> Vec<Option<Answer>> {
        let mut stream = connect(if row.is_private {
            self.private[index]
        } else {
            self.addresses[index]
        });
        let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
        let mut replies = Vec::new();
        for exchange in &row.exchanges {
            let mut told_to_go_on = false;
            if exchange.asks_first() {
                write(&mut stream, &exchange.head);
                let reply = Answer::read(&mut answers, false);
                told_to_go_on = reply
                    .as_ref()
                    .is_some_and(|answer| answer.reply.status == 100);
                if !told_to_go_on {
                    replies.push(reply);
                    continue;
                }
                write(&mut stream, &exchange.body);
            } else {
                // At once: hyper keeps a connection whose body is there with its head.
                write(&mut stream, &[&*exchange.head, &*exchange.body].concat());
            }
            let mut reply = Answer::read(&mut answers, exchange.is_head());
            if let Some(reply) = &mut reply {
                reply.told_to_go_on = told_to_go_on;
            }
            replies.push(reply);
        }
        replies
    }
}

/// Every byte that was answered, but for the date.
fn bytes(answers: &[Option<Answer>]) -> Vec<Option<(bool, String)>> {
    let bytes = |answer: &Answer| (answer.told_to_go_on, answer.reply.without_date());
    answers
        .iter()
        .map(|answer| answer.as_ref().map(bytes))
        .collect()
}

/// Whether one example's answers, and the messages they added, are as a row says.
fn check(
    row: &Row,
    index: usize,
    replies: &[Option<Answer>],
    messages: &[Value],
) -> Result<(), String> {
    let expected = row
        .exchanges
        .iter()
        .map(|exchange| exchange.expected(index));
    for (number, (exchange, reply)) in row.exchanges.iter().zip(replies).enumerate() {
        let [expected, other] = [index, 1 - index].map(|index| exchange.expected(index));
        if let Some(what) = expected.differs(reply.as_ref(), other) {
            return Err(format!("request {number}: {what} of {reply:?}"));
        }
    }
    let handled: Vec<_> = expected
        .filter(|expected| expected.call.is_some())
        .collect();
    if handled.len() != messages.len() {
        return Err(format!("it handles {messages:?}"));
    }
    for (call, expected) in messages.iter().zip(handled) {
        if let Some(what) = expected.is_not_shown(call) {
            return Err(format!("{what} of {call}"));
        }
    }
    Ok(())
}
