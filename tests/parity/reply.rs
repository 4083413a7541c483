//! What is answered, and what a row expects of it.

use std::io::BufReader;
use std::net::TcpStream;

use callhook_test_support::{Reply, try_read};
use serde_json::Value;

/// A reply, and the 100 before it, where one came.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) told_to_go_on: bool,
    pub(super) reply: Reply,
}

impl Answer {
    /// Reads one, interim ones apart. `None` where the connection is closed instead.
    pub(super) fn read(stream: &mut BufReader<TcpStream>, is_to_head: bool) -> Option<Self> {
        let reply = try_read(stream, is_to_head).expect("a whole reply")?;
        Some(Self {
            told_to_go_on: false,
            reply,
        })
    }

    /// Without the date, sorted.
    fn headers(&self) -> Vec<(String, &str)> {
        let headers = self.reply.head().headers();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value));
        let mut headers: Vec<_> = headers.filter(|header| header.0 != "date").collect();
        headers.sort();
        headers
    }

    /// Whether it has no body, and no header but these, what any answer needs, and what every private answer has.
    fn is_bare(&self, headers: &[(String, String)]) -> bool {
        let is_known = |name: &str| {
            let known = headers.iter().map(|header| &*header.0);
            matches!(name, "content-length" | "connection")
                || known.chain(PRIVATE).any(|known| known == name)
        };
        let is_empty = self.reply.body.is_empty();
        is_empty && self.headers().iter().all(|header| is_known(&header.0))
    }
}

/// What the private listener's answers tell a browser, whatever was asked.
const PRIVATE: [&str; 6] = [
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-resource-policy",
    "cross-origin-opener-policy",
    "cache-control",
];

/// Frameworks may write names and order of headers as they like.
impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.told_to_go_on == other.told_to_go_on
            && self.reply.status == other.reply.status
            && self.headers() == other.headers()
            && self.reply.body == other.reply.body
    }
}

/// What a row says of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    told_to_go_on: bool,
    /// `None`: the connection is closed.
    status: Option<u16>,
    headers: Vec<(String, String)>,
    /// The `event` and the `delivery` of the message that it adds.
    pub(super) call: Option<(String, String)>,
    pub(super) properties: Vec<(String, Value)>,
}

impl Expected {
    /// Such as `200 replay`, `200 + live first`, `400 malformed` or `405 | allow: GET`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(" | ");
        let answer = parts.next()?;
        let (answer, call) = match answer.split_once(" + ") {
            Some((answer, call)) => (answer, Some(call.split_once(' ')?)),
            None => (answer, None),
        };
        let mut headers = Vec::new();
        for header in parts {
            let (name, value) = header.split_once(": ")?;
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut words = answer.split(' ').peekable();
        let told_to_go_on = words.next_if_eq(&"100").is_some();
        let status = match words.next()? {
            "none" => None,
            status => Some(status.parse().ok()?),
        };
        if let Some(outcome) = words.next() {
            headers.push(("callhook-outcome".to_owned(), outcome.to_owned()));
        }
        let rest = words.next();
        rest.is_none().then_some(Self {
            told_to_go_on,
            status,
            headers,
            call: call.map(|(event, delivery)| (event.to_owned(), delivery.to_owned())),
            properties: Vec::new(),
        })
    }

    /// In what an answer is another than this, if it is. What the other framework answers tells what to look at, too.
    pub(super) fn differs(&self, answer: Option<&Answer>, other: &Self) -> Option<String> {
        let (Some(status), Some(answer)) = (self.status, answer) else {
            let is_closed = self.status.is_none() && answer.is_none();
            return (!is_closed).then(|| "the end".to_owned());
        };
        if answer.reply.status != status || answer.told_to_go_on != self.told_to_go_on {
            return Some("the status".to_owned());
        }
        if matches!(status, 401 | 403) && !answer.is_bare(&self.headers) {
            return Some("what tells its sender why".to_owned());
        }
        let named = self.headers.iter().chain(&other.headers);
        let named = named.map(|header| &*header.0);
        let mut names = named.chain(OURS);
        let wrong = names.find(|name| {
            let mut expected = self.headers.iter().filter(|header| header.0 == *name);
            answer.reply.header(name) != expected.next().map(|header| &*header.1)
        });
        wrong.map(|name| format!("the header {name}"))
    }

    /// What of a message under `/messages` is not as this says.
    pub(super) fn is_not_shown(&self, call: &Value) -> Option<String> {
        let (event, delivery) = self.call.as_ref()?;
        let [event, delivery] = [("event", event), ("delivery", delivery)]
            .map(|(name, text)| (name.to_owned(), Value::from(&**text)));
        let mut all = [event, delivery].into_iter().chain(self.properties.clone());
        let other = all.find(|(path, value)| {
            let shown = path.split('.').fold(call, |shown, name| &shown[name]);
            shown != value
        });
        other.map(|(path, _)| path)
    }
}

/// The headers that callhook sets: they are there where a row says so, and nowhere else.
const OURS: [&str; 3] = ["callhook-outcome", "allow", "retry-after"];
