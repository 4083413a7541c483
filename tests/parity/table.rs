//! The tables' format.
//!
//! ```text
//! = Heading: what follows is sent to servers that were started for it
//! CALLHOOK_ALLOW=192.0.2.0/24        their environment, beside the token
//! LISTENER=private                   the rows are sent to the listener for what is private
//! bearer_token=TOKEN                 or, in lower case, what their endpoint is built with: see `endpoint.rs`
//! hmac=content | everything          the rows are played with each of several values
//!
//! what this row shows                one row
//! > POST /webhooks/telecmi           the request line
//! > content-type: text/plain         its headers; host, a body's length and `connection` are added
//! >> {"type":"event"}                its body; the next such line goes on where this one ends
//! < 200 replay                       what is answered: the status and the `callhook-outcome`
//! < 405 | allow: POST, GET, HEAD     and the other headers that callhook sets, of which no other may be there
//! < 200 + live first                 one more message is under `/messages`: its `event` and `delivery`
//! = leg_id "a"                       and what else it has there; a dot goes into an object
//! ```
//!
//! A row may have several requests, each with its answer: they share a connection. A request that `expect`s to be told
//! to go on sends its body after the first answer, and `< 100 401` lists both. `< none` is a connection that is closed
//! without an answer.
//!
//! A request that is `>>` alone sends nothing: what was sent before it held two.
//!
//! `<<either a|b>>` makes a row of each: all are answered alike, to the byte. `FORGED` is each of what isn't the token.
//!
//! `! bytes` instead of `>` is a line of a head that nothing is added to, not even the empty line at its end.
//! `<axum` and `<actix` instead of `<` tell the two apart.
//!
//! In requests `\r`, `\n`, `\\` and `\xff` are those bytes, `TOKEN` is the token and `OTHERS` another tenant's,
//! `<<repeat 3 ab>>` is `ababab`, `<<cut ab>>` is `a`, `<<chunk ab>>` is `ab` as a chunk, and `<<sign ab>>` is the
//! signature of `ab`. `NOW` is the time in seconds, and `<<now -9>>` is nine seconds before it.
//! `<<signature NOW POST /hook ab>>` is the signature of that request by the scheme of the endpoint, and
//! `<<forgery NOW POST /hook ab>>` is the same with another's secret. A `#` begins a line of comment.

use std::mem;
use std::time::{SystemTime, UNIX_EPOCH};

use callhook_test_support::{chunk, request};
use serde_json::Value;

use super::endpoint::{ANOTHERS, OURS, signature};
use super::reply::Expected;
use crate::signatures::{SECRET, sign};

/// The servers' token.
pub(super) const TOKEN: &str = "0123456789abcdef";

/// Another tenant's.
pub(super) const OTHERS: &str = "fedcba9876543210";

/// What is presented instead of the token.
const FORGED: &str = "<<either 0123456789abcdeg|0123456789abcde|123456789abcdef|TOKENx|0123456789ABCDEF|OTHERS|TOKEN,TOKEN\
                      |TOKENTOKEN|\"TOKEN\">>";

/// Rows for servers that are started alike.
#[derive(Clone)]
pub(super) struct Section {
    pub(super) heading: String,
    /// The requests are for the listener for what is private.
    is_private: bool,
    pub(super) variables: Vec<(String, String)>,
    pub(super) rows: Vec<Row>,
}

/// Requests on one connection.
#[derive(Clone, Default)]
pub(super) struct Row {
    pub(super) what: String,
    /// What is answered is what the row before it was answered.
    pub(super) is_as_before: bool,
    /// The requests are for the listener for what is private.
    pub(super) is_private: bool,
    pub(super) exchanges: Vec<Exchange>,
}

/// A request, and what axum and actix answer.
#[derive(Clone, Default)]
pub(super) struct Exchange {
    /// The request's lines, until its answer shows that they are all.
    lines: Vec<String>,
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
    expected: [Option<Expected>; 2],
}

impl Section {
    /// Whether the servers are inside the tests. The examples' variables are in upper case.
    pub(super) fn is_inside(&self) -> bool {
        let mut names = self.variables.iter().map(|(name, _)| name);
        names.any(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
    }

    /// The name of the scheme that its requests are signed with.
    pub(super) fn scheme(&self) -> Option<String> {
        let mut variables = self.variables.iter();
        let scheme = variables.find(|(name, _)| name == "hmac");
        scheme.map(|(_, scheme)| scheme.clone())
    }

    /// One for each value of a variable that has several.
    fn each(self) -> Vec<Self> {
        let mut variables = self.variables.iter();
        let Some(index) = variables.position(|(_, value)| value.contains(" | ")) else {
            return vec![self];
        };
        let with = |value: &str| {
            let mut section = self.clone();
            section.heading = format!("{}, {value}", self.heading);
            section.variables[index].1 = value.to_owned();
            section
        };
        let values = self.variables[index].1.split(" | ");
        values.map(with).flat_map(Self::each).collect()
    }
}

impl Row {
    /// One for each of what `<<either a|b>>` lists.
    fn variants(self) -> Vec<Self> {
        let mut count = 1;
        for line in self.exchanges.iter().flat_map(|exchange| &exchange.lines) {
            if let Some((_, list, _)) = either(line) {
                count = list.split('|').count();
            }
        }
        let variant = |index| {
            let mut row = self.clone();
            row.is_as_before = index > 0;
            for exchange in &mut row.exchanges {
                for line in &mut exchange.lines {
                    if let Some((before, list, after)) = either(line) {
                        let one = list.split('|').nth(index).expect("lists of one length");
                        row.what = format!("{}: {one}", self.what);
                        *line = format!("{before}{one}{after}");
                    }
                }
            }
            row
        };
        (0..count).map(variant).collect()
    }

    /// Makes the requests' bytes of their lines.
    pub(super) fn write(&mut self, scheme: Option<&str>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a time after 1970").as_secs();
        let macros = Macros { scheme, now };
        let last = self.exchanges.len() - 1;
        for (index, exchange) in self.exchanges.iter_mut().enumerate() {
            write(exchange, index == last, &macros);
        }
    }

    /// Whether both frameworks answer alike.
    pub(super) fn is_alike(&self) -> bool {
        self.exchanges.iter().all(Exchange::is_alike)
    }
}

impl Exchange {
    pub(super) fn is_alike(&self) -> bool {
        self.expected[0] == self.expected[1]
    }

    /// What axum, 0, or actix, 1, answers.
    pub(super) fn expected(&self, index: usize) -> &Expected {
        let expected = self.expected[index].as_ref();
        expected.expect("a row that was read whole")
    }

    fn is_answered(&self) -> bool {
        self.expected.iter().any(Option::is_some)
    }

    /// Its sender waits with the body until it is told to go on.
    pub(super) fn asks_first(&self) -> bool {
        let head = String::from_utf8_lossy(&self.head).to_ascii_lowercase();
        head.contains("\r\nexpect: 100-continue\r\n")
    }

    pub(super) fn is_head(&self) -> bool {
        self.head.starts_with(b"HEAD ")
    }
}

/// Reads a table. Panics with the line that can't be read.
pub(super) fn parse(table: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (index, line) in table.lines().enumerate() {
        let known = add(&mut sections, line);
        assert!(
            known.is_some(),
            "line {} can't be read: {line:?}",
            index + 1
        );
    }
    for section in &mut sections {
        section.rows.retain(|row| !row.what.is_empty());
        for row in &mut section.rows {
            row.is_private = section.is_private;
            assert!(!row.exchanges.is_empty(), "no request: {}", row.what);
            for exchange in &row.exchanges {
                let is_answered = exchange.expected.iter().all(Option::is_some);
                assert!(is_answered, "an answer is missing: {}", row.what);
            }
        }
        let rows = mem::take(&mut section.rows).into_iter();
        section.rows = rows.flat_map(Row::variants).collect();
    }
    sections.into_iter().flat_map(Section::each).collect()
}

/// Adds a line to what it belongs to.
fn add(sections: &mut Vec<Section>, line: &str) -> Option<()> {
    if let Some(heading) = line.strip_prefix("= ")
        && !is_property(sections)
    {
        sections.push(Section {
            heading: heading.to_owned(),
            is_private: false,
            variables: Vec::new(),
            rows: Vec::new(),
        });
        return Some(());
    }
    if line.starts_with('#') || line.is_empty() {
        // The next line begins something new.
        if line.is_empty()
            && let Some(section) = sections.last_mut()
            && section.rows.last().is_none_or(|row| !row.what.is_empty())
        {
            section.rows.push(Row::default());
        }
        return Some(());
    }
    let section = sections.last_mut()?;
    let Some(row) = section.rows.last_mut() else {
        let (name, value) = line.split_once('=')?;
        if name == "LISTENER" {
            section.is_private = value == "private";
            return section.is_private.then_some(());
        }
        let value = value.replace("TOKEN", TOKEN).replace("OTHERS", OTHERS);
        section.variables.push((name.to_owned(), value));
        return Some(());
    };
    if row.what.is_empty() {
        row.what = line.to_owned();
        return Some(());
    }
    if line.starts_with(['>', '!']) {
        let is_new = row.exchanges.last().is_none_or(Exchange::is_answered);
        if is_new {
            row.exchanges.push(Exchange::default());
        }
        let lines = &mut row.exchanges.last_mut()?.lines;
        // Where a quotation mark can't be left unescaped.
        let quote = if line.starts_with(">>") {
            r#"\\""#
        } else if lines.is_empty() {
            "%22"
        } else {
            "\""
        };
        lines.push(line.replace("FORGED", &FORGED.replace('"', quote)));
        return Some(());
    }
    let exchange = row.exchanges.last_mut()?;
    if let Some(property) = line.strip_prefix("= ") {
        let (path, value) = property.split_once(' ')?;
        let value: Value = serde_json::from_str(value).ok()?;
        for expected in exchange.expected.iter_mut().flatten() {
            expected.properties.push((path.to_owned(), value.clone()));
        }
        return Some(());
    }
    let (whose, answer) = line.split_once(' ')?;
    let answer = Expected::parse(answer)?;
    match whose {
        "<" => exchange.expected = [Some(answer.clone()), Some(answer)],
        "<axum" => exchange.expected[0] = Some(answer),
        "<actix" => exchange.expected[1] = Some(answer),
        _ => return None,
    }
    Some(())
}

/// Whether a line that begins with `=` belongs to an answer.
fn is_property(sections: &[Section]) -> bool {
    let row = sections.last().and_then(|section| section.rows.last());
    row.is_some_and(|row| !row.exchanges.is_empty())
}

/// What is before a list of alternatives, the list, and what is after it.
fn either(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once("<<either ")?;
    let (list, after) = rest.split_once(">>")?;
    Some((before, list, after))
}

/// Makes the request's bytes of its lines.
fn write(exchange: &mut Exchange, is_last: bool, macros: &Macros<'_>) {
    let mut raw = Vec::new();
    let mut head = Vec::new();
    for line in &exchange.lines {
        let line = line.replace("TOKEN", TOKEN).replace("OTHERS", OTHERS);
        let line = line.replace("NOW", &macros.now.to_string());
        if let Some(body) = line.strip_prefix(">>") {
            exchange
                .body
                .extend(macros.bytes(body.strip_prefix(' ').unwrap_or(body)));
        } else if let Some(line) = line.strip_prefix("> ") {
            head.push(macros.bytes(line));
        } else {
            raw.extend(macros.bytes(line.trim_start_matches('!').trim_start()));
            raw.extend(b"\r\n");
        }
    }
    if head.is_empty() {
        exchange.head = raw;
        return;
    }
    let head: Vec<String> = head
        .into_iter()
        .map(|line| String::from_utf8(line).expect("bytes of no text need lines with `!`"))
        .collect();
    let (method, target) = head[0].split_once(' ').expect("a method and a target");
    let mut headers: Vec<_> = head[1..]
        .iter()
        .map(|line| line.split_once(": ").expect("a header"))
        .collect();
    if !is_last {
        headers.push(("connection", "keep-alive"));
    }
    let whole = request(method, target, &headers, &exchange.body);
    exchange.head = whole[..whole.len() - exchange.body.len()].to_vec();
}

/// What the requests of a row are made with.
struct Macros<'a> {
    scheme: Option<&'a str>,
    /// In seconds since 1970.
    now: u64,
}

impl Macros<'_> {
    /// The bytes that a text denotes.
    fn bytes(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some((before, escape)) = rest.split_once('\\') {
            bytes.extend(before.as_bytes());
            let length = if escape.starts_with('x') { 3 } else { 1 };
            let (escape, after) = escape.split_at(length);
            bytes.push(match escape {
                "r" => b'\r',
                "n" => b'\n',
                "\\" => b'\\',
                hex => u8::from_str_radix(&hex[1..], 16).expect("two digits"),
            });
            rest = after;
        }
        bytes.extend(rest.as_bytes());

        // The innermost first.
        while let Some(start) = find(&bytes, b"<<", true) {
            let Some(length) = find(&bytes[start..], b">>", false) else {
                break;
            };
            let call = &bytes[start + 2..start + length];
            let made = self.make(call);
            let made = made.unwrap_or_else(|| panic!("no such call: {}", call.escape_ascii()));
            bytes.splice(start..start + length + 2, made);
        }
        bytes
    }

    fn make(&self, call: &[u8]) -> Option<Vec<u8>> {
        let split = |text: &[u8]| {
            let space = text.iter().position(|byte| *byte == b' ')?;
            Some((text[..space].to_vec(), text[space + 1..].to_vec()))
        };
        let (name, text) = split(call)?;
        match &*name {
            b"repeat" => {
                let (count, text) = split(&text)?;
                let count: usize = std::str::from_utf8(&count).ok()?.parse().ok()?;
                Some(text.repeat(count))
            }
            b"chunk" => Some(chunk(&text)),
            b"cut" => Some(text.split_last()?.1.to_vec()),
            b"sign" => Some(sign(&text, SECRET).into_bytes()),
            b"now" => {
                let seconds = std::str::from_utf8(&text).ok()?.parse().ok()?;
                let then = self.now.checked_add_signed(seconds)?;
                Some(then.to_string().into_bytes())
            }
            b"signature" | b"forgery" => {
                let secret = if name == b"forgery" { ANOTHERS } else { OURS };
                let mut parts = std::str::from_utf8(&text).ok()?.splitn(4, ' ');
                let [time, method, target, body] = [(); 4].map(|()| parts.next());
                let (time, scheme) = (time?.parse().ok()?, self.scheme?);
                let signature = signature(scheme, secret, time, method?, target?, body?);
                Some(signature.into_bytes())
            }
            _ => None,
        }
    }
}

fn find(bytes: &[u8], pair: &[u8; 2], is_last: bool) -> Option<usize> {
    let mut pairs = bytes.windows(2);
    if is_last {
        pairs.rposition(|window| window == pair)
    } else {
        pairs.position(|window| window == pair)
    }
}
