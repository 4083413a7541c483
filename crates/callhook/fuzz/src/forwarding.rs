//! The client behind trusted proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use callhook::Endpoint;
use callhook::request::Head;
use callhook::source::{ClientSource, Forwarding};

use crate::fields::Fields;
use crate::model::Content;
use crate::request::{Got, Lines, ready, send};

/// The first byte chooses the header, the second the peer and what a stranger sends; the rest is the header's lines,
/// one to a line.
///
/// The client is the one that the model finds, and a request passes the allowlist only where the allowlist contains it.
/// What a stranger sends to the left of what trusted proxies say changes nothing.
pub fn forwarding(input: &[u8]) {
    let [kind, peer, lines @ ..] = input else {
        return;
    };
    let kind = Kind::ALL[usize::from(*kind) % Kind::ALL.len()];
    let stranger = STRANGERS[usize::from(*peer) / PEERS.len() % STRANGERS.len()];
    let peer = PEERS[usize::from(*peer) % PEERS.len()];
    let peer = peer.map(|peer| peer.parse().expect("an address"));
    let lines: Vec<&[u8]> = match lines {
        [] => Vec::new(),
        lines => lines.split(|byte| *byte == b'\n').collect(),
    };

    let client = found(kind, peer, &lines);
    assert_eq!(client, expected(kind, peer, &lines));
    let Client::Forwarded(_) = client else {
        return;
    };
    if kind == Kind::RealIp {
        return;
    }
    // The last line alone is what the nearest proxy says, unless it names proxies alone.
    let (last, before) = lines.split_last().expect("the header is there");
    let nearest = found(kind, peer, &[last]);
    if let Client::Forwarded(_) = nearest {
        check_prefix(kind, peer, last, &before.join(&b", "[..]));
    }
    check_prefix(kind, peer, &lines.join(&b", "[..]), stranger);
}

/// Whatever a stranger sends, as a line of its own or before what a proxy appends to it.
fn check_prefix(kind: Kind, peer: Option<IpAddr>, chain: &[u8], stranger: &[u8]) {
    let client = found(kind, peer, &[chain]);
    let Client::Forwarded(_) = client else {
        return;
    };
    let appended = [stranger, b", ", chain].concat();
    for lines in [&[stranger, chain][..], &[&*appended]] {
        let with_stranger = found(kind, peer, lines);
        // A quotation where none may be makes a whole `Forwarded` unreadable.
        let is_refused = kind == Kind::Forwarded && with_stranger == Client::Unknown;
        let may_be_refused = stranger.contains(&b'"');
        assert!(
            with_stranger == client || (is_refused && may_be_refused),
            "{with_stranger:?} instead of {client:?}"
        );
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    XForwardedFor,
    Forwarded,
    RealIp,
}

impl Kind {
    const ALL: [Self; 3] = [Self::XForwardedFor, Self::Forwarded, Self::RealIp];

    fn header(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
            Self::RealIp => "x-real-ip",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Peer(IpAddr),
    Forwarded(IpAddr),
    Unknown,
}

/// What callhook finds.
fn found(kind: Kind, peer: Option<IpAddr>, lines: &[&[u8]]) -> Client {
    let line = |line: &&[u8]| (kind.header().to_owned(), line.to_vec());
    // The other headers are a stranger's to write.
    let others = Kind::ALL.into_iter().filter(|other| *other != kind);
    let others = others.map(|other| (other.header().to_owned(), b"192.0.2.99".to_vec()));
    let lines = Lines(lines.iter().map(line).chain(others).collect());
    let mut head = Head::new("POST", "/hook", None, &lines);
    if let Some(peer) = peer {
        head = head.peer(peer);
    }
    let endpoint = ENDPOINTS.with(|endpoints| endpoints[kind as usize].clone());

    let client = match endpoint.explain(&head).client {
        ClientSource::Peer(address) => Client::Peer(address),
        ClientSource::Forwarded(address) => Client::Forwarded(address),
        _ => Client::Unknown,
    };
    let is_allowed = match client {
        Client::Unknown => false,
        Client::Peer(address) | Client::Forwarded(address) => is_on_the_list(address),
    };
    let got = send(&endpoint, &head, b"{}");
    assert_eq!(matches!(got, Got::Verified(_)), is_allowed);
    match got {
        Got::Probe => panic!("a POST is not a probe"),
        Got::Refused(rejection) => assert_eq!(rejection.status(), 403),
        Got::Verified(verified) => {
            let (delivery, _claimed) = ready(verified.claim()).expect("new").into_parts();
            let address = delivery.client_addr().expect("who passes is known");
            assert!(client == Client::Peer(address) || client == Client::Forwarded(address));
        }
    }
    client
}

/// What the model finds.
pub(crate) fn expected(kind: Kind, peer: Option<IpAddr>, lines: &[&[u8]]) -> Client {
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
        return Client::Unknown;
    };
    if !is_trusted(peer) {
        return Client::Peer(peer);
    }
    let entries: Vec<Option<IpAddr>> = match kind {
        Kind::RealIp => {
            let [only] = lines else {
                return Client::Unknown;
            };
            return address(only).map_or(Client::Unknown, Client::Forwarded);
        }
        Kind::XForwardedFor => {
            let joined = lines.join(&b","[..]);
            if lines.is_empty() {
                return Client::Unknown;
            }
            joined.split(|byte| *byte == b',').map(address).collect()
        }
        Kind::Forwarded => {
            let mut entries = Vec::new();
            for line in lines {
                let Some(elements) = pieces(line, b',') else {
                    return Client::Unknown;
                };
                entries.extend(elements.iter().map(|element| for_of(element)));
            }
            entries
        }
    };
    for entry in entries.into_iter().rev() {
        match entry {
            Some(address) if is_trusted(address) => {}
            Some(address) => return Client::Forwarded(address),
            None => return Client::Unknown,
        }
    }
    Client::Unknown
}

fn for_of(element: &[u8]) -> Option<IpAddr> {
    let mut values = Vec::new();
    for pair in pieces(element, b';')? {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        if pair[..at].trim_ascii().eq_ignore_ascii_case(b"for") {
            values.push(address(&pair[at + 1..])?);
        }
    }
    match *values {
        [only] => Some(only),
        _ => None,
    }
}

/// The pieces between separators that are in no quotation. `None` where quotation is not RFC 7239's: a quotation is the
/// whole value of a parameter.
fn pieces(text: &[u8], separator: u8) -> Option<Vec<Vec<u8>>> {
    let mut pieces = vec![Vec::new()];
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        if *byte == separator {
            pieces.push(Vec::new());
            rest = after;
            continue;
        }
        let piece = pieces.last_mut().expect("there is one always");
        let length = if *byte == b'"' {
            let length = quotation(rest)?;
            let behind = rest[length..].trim_ascii_start();
            let is_whole = piece.trim_ascii_end().ends_with(b"=")
                && (behind.is_empty() || behind.starts_with(b",") || behind.starts_with(b";"));
            is_whole.then_some(length)?
        } else {
            1
        };
        piece.extend_from_slice(&rest[..length]);
        rest = &rest[length..];
    }
    Some(pieces)
}

/// How long a quotation is, with its quotes.
fn quotation(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// `ip`, `ip:port`, `[v6]`, `[v6]:port`, each in quotes or not.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?;
    let mut entry = entry.trim_matches(|char: char| char.is_ascii_whitespace());
    if entry.starts_with('"') {
        entry = entry[1..].strip_suffix('"')?;
    }
    let address = if let Some(bracketed) = entry.strip_prefix('[') {
        let (inside, behind) = bracketed.split_once(']')?;
        let (inside, scope) = match inside.split_once('%') {
            // Rust reads a scope where a port comes after it.
            Some((inside, scope)) => (inside, Some(scope)),
            None => (inside, None),
        };
        match behind.strip_prefix(':') {
            Some(port) if is_number(port, u16::MAX.into()) => {}
            None if behind.is_empty() && scope.is_none() => {}
            _ => return None,
        }
        if !scope.is_none_or(|scope| is_number(scope, u32::MAX.into())) {
            return None;
        }
        IpAddr::V6(inside.parse::<Ipv6Addr>().ok()?)
    } else if let Ok(v6) = entry.parse::<Ipv6Addr>() {
        IpAddr::V6(v6)
    } else {
        let (v4, port) = entry.split_once(':').unwrap_or((entry, "0"));
        if !is_number(port, u16::MAX.into()) {
            return None;
        }
        IpAddr::V4(v4.parse::<Ipv4Addr>().ok()?)
    };
    Some(address.to_canonical())
}

fn is_number(text: &str, max: u64) -> bool {
    let digits = text.trim_start_matches('0');
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits && digits.len() < 12 && digits.parse::<u64>().unwrap_or(0) <= max
}

/// As in [`TRUSTED`].
fn is_trusted(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] == 10,
        IpAddr::V6(v6) => v6.octets()[0] == 0xfd,
    }
}

/// As in [`ALLOWED`].
pub(crate) fn is_on_the_list(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[..3] == [198, 51, 100],
        IpAddr::V6(v6) => v6.segments()[..2] == [0x2001, 0xdb8],
    }
}

pub(crate) const TRUSTED: [&str; 2] = ["10.0.0.0/8", "fd00::/8"];
pub(crate) const ALLOWED: [&str; 2] = ["198.51.100.0/24", "2001:db8::/32"];

const PEERS: [Option<&str>; 6] = [
    Some("10.0.0.1"),
    Some("fd00::1"),
    Some("::ffff:10.0.0.2"),
    Some("198.51.100.9"),
    Some("203.0.113.9"),
    None,
];

const STRANGERS: [&[u8]; 8] = [
    b"198.51.100.66",
    b"for=198.51.100.66",
    b"",
    b"for=198.51.100.66;x=\"",
    b"for=198.51.100.66;x=\"\\",
    b"for=\"198.51.100.66\", for=\"",
    b"\\",
    b"10.0.0.1, 10.0.0.2,,for=10.0.0.3;for=fd00::1,\xff",
];

thread_local! {
    static ENDPOINTS: [Endpoint<Content>; 3] = Kind::ALL.map(|kind| {
        let header = match kind {
            Kind::XForwardedFor => Forwarding::XForwardedFor,
            Kind::Forwarded => Forwarding::Forwarded,
            Kind::RealIp => Forwarding::Header("X-Real-IP".to_owned()),
        };
        Endpoint::builder(Fields { reads_templates: false })
            .trusted_proxies(TRUSTED, header)
            .allow(ALLOWED)
            .insecure_no_authentication()
            .insecure_no_replay_protection()
            .build()
            .expect("a valid endpoint")
    });
}
