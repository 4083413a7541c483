//! Whole requests.

use std::fmt::Debug;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callhook::piopiy::Piopiy;
use callhook::request::Head;
use callhook::source::Forwarding;
use callhook::telecmi::Telecmi;
use callhook::voipappz::Voipappz;
use callhook::{
    Endpoint, EndpointBuilder, HandlerOutcome, InnerBody, OUTCOME_HEADER, Provider, Rejection,
    RejectionKind, ReplayStatus, Reply, Unsettled,
};

use crate::forwarding::{self, ALLOWED, Client, Kind, TRUSTED};
use crate::request::{Got, Lines, SECRET, ready, send, with_secret};
use crate::strip::Place;

/// The input is `0xff` between: which endpoint and peer, the method, the target, the body, and header lines as
/// `name:value`, with `@` for the secret.
///
/// No request passes that a guard of the model refuses, and the first of them says why. What passes and was handled is
/// answered as a replay when it comes again, and 503 while it is being handled; what failed is handled again. A refusal
/// tells an unauthenticated sender nothing.
pub fn endpoint(input: &[u8]) {
    let input = with_secret(input);
    let mut parts = input.split(|byte| *byte == 0xff);
    let choice = parts.next().unwrap_or_default();
    let texts: Vec<_> = parts.by_ref().take(2).map(std::str::from_utf8).collect();
    let [Ok(method), Ok(target)] = *texts else {
        return;
    };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let peer = choice
        .get(1)
        .map(|peer| PEERS[usize::from(*peer) % PEERS.len()]);
    let request = Request {
        method,
        path,
        query,
        peer: peer.map(|peer| peer.parse().expect("an address")),
        body: parts.next().unwrap_or_default(),
        lines: Lines(parts.filter_map(line).collect()),
        is_plain: is_plain(&input),
    };
    match choice.first().map_or(0, |choice| choice % 6) {
        0 => check(Telecmi, Token::Place(Place::Query("token")), &request),
        1 => check(Piopiy, Token::Header, &request),
        2 => check(Telecmi, Token::Place(Place::Path { after: 0 }), &request),
        3 => check(Telecmi, Token::Body, &request),
        4 => check(Voipappz::body_field("event"), Token::Bearer, &request),
        _ => check(Piopiy, Token::Basic, &request),
    }
}

struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    peer: Option<IpAddr>,
    body: &'a [u8],
    lines: Lines,
    /// Whether the secret is in it once, and written plainly.
    is_plain: bool,
}

fn line(part: &[u8]) -> Option<(String, Vec<u8>)> {
    let at = part.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(&part[..at]).ok()?;
    Some((name.to_ascii_lowercase(), part[at + 1..].to_vec()))
}

fn is_plain(input: &[u8]) -> bool {
    let secrets = input
        .windows(SECRET.len())
        .filter(|window| *window == SECRET.as_bytes());
    secrets.count() == 1 && !input.contains(&b'%') && !input.contains(&b'\\')
}

/// Where the token is.
#[derive(Clone, Copy)]
enum Token {
    Place(Place),
    Header,
    Bearer,
    Basic,
    Body,
}

impl Token {
    fn guard<E: 'static>(self, builder: EndpointBuilder<E>) -> EndpointBuilder<E> {
        match self {
            Self::Place(Place::Query(name)) => builder.query_token(name, SECRET),
            Self::Place(Place::Path { after }) => builder.path_token_nth_back(after, SECRET),
            Self::Header => builder.header_token("x-token", SECRET),
            Self::Bearer => builder.bearer_token(SECRET),
            Self::Basic => builder.basic_auth("user", SECRET),
            Self::Body => builder.body_token("custom", SECRET),
        }
    }

    /// Whether the head contains it. `None` where it is not in the head.
    fn is_in(self, request: &Request<'_>) -> Option<bool> {
        let only = |name: &str| {
            let mut lines = request.lines.0.iter().filter(|(other, _)| other == name);
            match (lines.next(), lines.next()) {
                (Some((_, value)), None) => Some(&**value),
                _ => None,
            }
        };
        let credentials = |scheme: &str| {
            let (name, rest) = only("authorization")?.split_at_checked(scheme.len())?;
            let is_scheme = name.eq_ignore_ascii_case(scheme.as_bytes());
            is_scheme
                .then(|| rest.strip_prefix(b" "))
                .flatten()
                .map(<[u8]>::trim_ascii_start)
        };
        let basic = format!("user:{SECRET}");
        Some(match self {
            Self::Place(place) => place.has_token(request.path, request.query),
            Self::Header => only("x-token") == Some(SECRET.as_bytes()),
            Self::Bearer => credentials("bearer") == Some(SECRET.as_bytes()),
            Self::Basic => {
                let decoded =
                    credentials("basic").and_then(|encoded| STANDARD.decode(encoded).ok());
                decoded.as_deref() == Some(basic.as_bytes())
            }
            Self::Body => return None,
        })
    }
}

fn check<P: Provider>(provider: P, token: Token, request: &Request<'_>)
where
    P::Event: Debug,
{
    let builder = Endpoint::builder(provider)
        .allow(ALLOWED)
        .trusted_proxies(TRUSTED, Forwarding::XForwardedFor)
        .max_body_bytes(MAX_BODY_BYTES);
    let endpoint = token.guard(builder).build().expect("a valid endpoint");

    let (first, stripped) = answer(&endpoint, request);
    let expected = refusal(token, request);
    let (delivery, claimed) = match first {
        Outcome::Refused(rejection) => {
            check_refusal(&rejection, request);
            match expected {
                Some(kind) => assert_eq!(rejection.kind(), kind, "{rejection}"),
                None => assert!(may_refuse(token, rejection.kind()), "{rejection}"),
            }
            return;
        }
        Outcome::Probe => {
            assert_eq!(expected, None);
            assert_ne!(request.method, "POST");
            return;
        }
        Outcome::Claimed(Err(reply)) => panic!("{reply} the first time"),
        Outcome::Claimed(Ok(unsettled)) => unsettled.into_parts(),
    };
    assert_eq!(expected, None);
    if matches!(token, Token::Body) {
        // Of either method, the message is in the one or in the other.
        let query = request.query.unwrap_or_default().as_bytes();
        assert!(is_perhaps_in(request.body) || is_perhaps_in(query));
    }
    // Whoever writes the token into the message too has put it there.
    if request.is_plain && !matches!(token, Token::Basic) {
        assert!(!contains(delivery.raw(), SECRET));
        let inwards = stripped
            .unwrap_or_else(|| format!("{}?{}", request.path, request.query.unwrap_or_default()));
        assert!(!inwards.contains(SECRET), "{inwards}");
        assert!(!format!("{delivery:?}").contains(SECRET));
    }

    let status = delivery.replay_status();
    let is_checked = status == ReplayStatus::First;
    assert!(
        is_checked || matches!(status, ReplayStatus::Unchecked(_)),
        "{status:?}"
    );
    let again = || match answer(&endpoint, request).0 {
        Outcome::Claimed(claimed) => claimed,
        Outcome::Probe | Outcome::Refused(_) => panic!("it has passed before"),
    };
    let expect_handled = |claimed: Result<Unsettled<P::Event>, Reply>| {
        let (delivery, claimed) = claimed.expect("handled").into_parts();
        assert_eq!(delivery.replay_status(), status);
        claimed
    };
    if !is_checked {
        drop(expect_handled(again()));
        return;
    }
    expect_reply(again(), 503, "in_flight");
    ready(claimed.settle(HandlerOutcome::Status(500)));
    drop(expect_handled(again()));
    let claimed = expect_handled(again());
    ready(claimed.settle(HandlerOutcome::Status(204)));
    expect_reply(again(), 200, "replay");
    ready(endpoint.idle());
}

enum Outcome<E> {
    Probe,
    Refused(Rejection),
    Claimed(Result<Unsettled<E>, Reply>),
}

/// What becomes of a request, and the target that is passed inwards where it is another.
fn answer<E: 'static>(
    endpoint: &Endpoint<E>,
    request: &Request<'_>,
) -> (Outcome<E>, Option<String>) {
    let head = Head::new(request.method, request.path, request.query, &request.lines);
    let mut head = head.body_follows(!request.body.is_empty());
    if let Some(peer) = request.peer {
        head = head.peer(peer);
    }
    let mut stripped = None;
    let outcome = match send(endpoint, &head, request.body) {
        Got::Probe => Outcome::Probe,
        Got::Refused(rejection) => Outcome::Refused(rejection),
        Got::Verified(verified) => {
            stripped = verified.strip(request.path, request.query);
            let body = verified.body();
            if request.method == "POST" {
                assert_ne!(body, InnerBody::Empty);
            }
            if let InnerBody::Unchanged(body) = body
                && request.is_plain
            {
                assert_eq!(body, request.body);
            }
            Outcome::Claimed(ready(verified.claim()))
        }
    };
    (outcome, stripped)
}

fn expect_reply<E: Debug>(claimed: Result<Unsettled<E>, Reply>, status: u16, code: &str) {
    let reply = claimed.expect_err(code);
    assert_eq!(reply.status(), status);
    let header = |wanted: &str| {
        let mut headers = reply.headers();
        headers
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(header(OUTCOME_HEADER).as_deref(), Some(code));
    let retry_after = header("retry-after").map(|seconds| seconds.parse::<u64>().expect("seconds"));
    assert_eq!(retry_after.is_some(), status == 503);
    assert!(retry_after.is_none_or(|seconds| (1..=5).contains(&seconds)));
}

/// The first guard that refuses, of those that can be told without reading the message.
fn refusal(token: Token, request: &Request<'_>) -> Option<RejectionKind> {
    if !matches!(request.method, "POST" | "GET" | "HEAD") {
        return Some(RejectionKind::Method);
    }
    let lines = |wanted: &'static str| {
        let lines = request
            .lines
            .0
            .iter()
            .filter(move |(name, _)| name == wanted);
        lines.map(|(_, value)| value.trim_ascii().to_ascii_lowercase())
    };
    let forwarded: Vec<&[u8]> = request
        .lines
        .0
        .iter()
        .filter(|(name, _)| name == "x-forwarded-for")
        .map(|(_, value)| &**value)
        .collect();
    let is_allowed = match forwarding::expected(Kind::XForwardedFor, request.peer, &forwarded) {
        Client::Unknown => false,
        Client::Peer(address) | Client::Forwarded(address) => forwarding::is_on_the_list(address),
    };
    if !is_allowed {
        return Some(RejectionKind::Source);
    }
    let has_body = match request.method {
        "POST" => true,
        "GET" => !request.body.is_empty(),
        _ => false,
    };
    if has_body {
        let length = lines("content-length").next();
        let length = length.and_then(|length| String::from_utf8(length).ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
            return Some(RejectionKind::TooLarge);
        }
        let is_compressed =
            lines("content-encoding").any(|encoding| !matches!(&*encoding, b"" | b"identity"));
        let is_multipart = lines("content-type").any(|kind| kind.starts_with(b"multipart/"));
        if is_compressed || is_multipart {
            return Some(RejectionKind::Unsupported);
        }
    }
    if token.is_in(request) == Some(false) {
        return Some(RejectionKind::Unauthenticated);
    }
    (has_body && request.body.len() > MAX_BODY_BYTES).then_some(RejectionKind::TooLarge)
}

/// What may be wrong with the message itself.
fn may_refuse(token: Token, kind: RejectionKind) -> bool {
    match kind {
        RejectionKind::Unreadable => true,
        RejectionKind::Unauthenticated => matches!(token, Token::Body),
        _ => false,
    }
}

/// Whether the secret is there, or may be in escapes.
fn is_perhaps_in(content: &[u8]) -> bool {
    contains(content, SECRET) || content.contains(&b'%') || content.contains(&b'\\')
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|window| window == part.as_bytes())
}

fn check_refusal(rejection: &Rejection, request: &Request<'_>) {
    let documented = match rejection.code() {
        "method_not_allowed" => (RejectionKind::Method, 405),
        "source_not_allowed" => (RejectionKind::Source, 403),
        "unauthenticated" => (RejectionKind::Unauthenticated, 401),
        "too_large" => (RejectionKind::TooLarge, 413),
        "content_encoding" | "multipart" => (RejectionKind::Unsupported, 415),
        "empty" | "malformed" | "too_many_fields" | "too_deep" | "duplicate_field" => {
            (RejectionKind::Unreadable, 400)
        }
        other => panic!("{other} is not a code of these endpoints"),
    };
    assert_eq!((rejection.kind(), rejection.status()), documented);
    if rejection.kind() == RejectionKind::Unreadable {
        assert!(rejection.is_authenticated());
    }
    let shown = format!("{rejection} {rejection:?}");
    assert!(!shown.contains(SECRET), "{shown}");

    let is_authenticated = rejection.is_authenticated();
    let answer = Reply::from(rejection.clone());
    let names: Vec<&str> = answer.headers().map(|(name, _)| name).collect();
    assert_eq!(names.contains(&OUTCOME_HEADER), is_authenticated);
    assert_eq!(
        names.contains(&"allow"),
        rejection.kind() == RejectionKind::Method
    );
    assert!(request.method != "HEAD" || rejection.kind() != RejectionKind::Unreadable);
}

const MAX_BODY_BYTES: usize = 2048;

const PEERS: [&str; 4] = ["198.51.100.7", "10.0.0.1", "203.0.113.1", "2001:db8::1"];
