//! What is answered, and what a row expects of it.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

use serde_json::Value;

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The 100 before it, where one came.
    pub(super) told_to_go_on: bool,
    pub(super) status: u16,
    /// Without `date`, sorted.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Reply {
    /// Reads one answer, interim ones apart. `None` where the connection is closed instead.
    pub(super) fn read(stream: &mut BufReader<TcpStream>, is_head: bool) -> Option<Self> {
        let mut status_line = String::new();
        // A connection that was broken off is closed too.
        if !matches!(stream.read_line(&mut status_line), Ok(1..)) {
            return None;
        }
        let status = status_line
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5)?.parse().ok())
            .unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).expect("a line of the head");
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').expect("a header");
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        headers.retain(|header| header.0 != "date");
        headers.sort();
        let mut reply = Self {
            told_to_go_on: false,
            status,
            headers,
            body: String::new(),
        };
        assert_eq!(reply.header("transfer-encoding"), None, "{reply:?}");
        let length = match reply.header("content-length") {
            Some(length) if !is_head => length.parse().expect("a length"),
            _ => 0,
        };
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("the whole body");
        reply.body = String::from_utf8(body).expect("UTF-8");
        Some(reply)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|header| header.0 == name);
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} stands twice in {self:?}");
        Some(&value.1)
    }

    /// Whether it has no body, and no header but these and what any answer needs.
    fn is_bare(&self, headers: &[(String, String)]) -> bool {
        let is_known = |name: &str| {
            let mut known = headers.iter().map(|header| &*header.0);
            matches!(name, "content-length" | "connection") || known.any(|known| known == name)
        };
        self.body.is_empty() && self.headers.iter().all(|header| is_known(&header.0))
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

    /// In what a reply is another than this, if it is. What the other framework answers tells what to look at, too.
    pub(super) fn differs(&self, reply: Option<&Reply>, other: &Self) -> Option<String> {
        let (Some(status), Some(reply)) = (self.status, reply) else {
            let is_closed = self.status.is_none() && reply.is_none();
            return (!is_closed).then(|| "the end".to_owned());
        };
        if reply.status != status || reply.told_to_go_on != self.told_to_go_on {
            return Some("the status".to_owned());
        }
        if matches!(status, 401 | 403) && !reply.is_bare(&self.headers) {
            return Some("what tells its sender why".to_owned());
        }
        let named = self.headers.iter().chain(&other.headers);
        let named = named.map(|header| &*header.0);
        let mut names = named.chain(OURS);
        let wrong = names.find(|name| {
            let mut expected = self.headers.iter().filter(|header| header.0 == *name);
            reply.header(name) != expected.next().map(|header| &*header.1)
        });
        wrong.map(|name| format!("the header {name}"))
    }

    /// What of a message under `/calls` is not as this says.
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
