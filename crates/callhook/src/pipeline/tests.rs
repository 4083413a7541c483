//! The order of steps, step by step.

mod contents;
mod fallback;
mod guards;
mod heard;
mod log;
mod logs;
#[cfg(feature = "metrics")]
mod metrics;
mod notices;
mod observed;
mod receipts;
mod resends;
mod search;
mod tenants;
mod trouble;
mod windows;

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::*;
use crate::auth::{HmacScheme, Secrets, Signed};
use crate::clock::ManualClock;
use crate::error::{
    ConfigError, LocationUse, NetworkProblem, SecretProblem, SettingProblem, TenantsProblem,
};
use crate::observe::Outcome;
use crate::payload::{Unreadable, UnreadableKind};
use crate::provider::{Message, Provider};
use crate::rejection::{Rejection, RejectionKind};
use crate::replay::{
    Claim, MemoryStore, OnStoreFailure, ReplayStatus, ReplayStore, Settled, Settlement,
    UncheckedReason,
};
use crate::reply::Reply;
use crate::request::{Head, HeaderLines, Location};
use crate::source::{AllowList, Forwarding};
use crate::telecmi::flow::Reply as Route;
use crate::telecmi::{Event, Telecmi};
use crate::{Endpoint, EndpointBuilder};

const TOKEN: &str = "a-token-of-some-length";

/// What clocks that are set show.
const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn builder() -> EndpointBuilder<Event> {
    Endpoint::builder(Telecmi)
}

fn guarded() -> EndpointBuilder<Event> {
    builder().query_token("token", TOKEN)
}

fn endpoint() -> Endpoint<Event> {
    guarded().build().expect("a valid endpoint")
}

/// Headers by name, each with its lines.
#[derive(Default)]
struct Headers(HashMap<&'static str, Vec<String>>);

impl Headers {
    fn of<const N: usize>(lines: [(&'static str, &str); N]) -> Self {
        let mut headers = Self::default();
        for (name, line) in lines {
            headers.0.entry(name).or_default().push(line.to_owned());
        }
        headers
    }
}

impl HeaderLines for Headers {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        Some(self.0.get(name)?.get(index)?.as_bytes())
    }
}

/// Runs a future that has nothing to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}

/// For endpoints that have nothing to wait for.
fn no_sleep(_: Duration) -> std::future::Pending<()> {
    std::future::pending()
}

fn admit(
    endpoint: &Endpoint<Event>,
    method: &str,
    query: &str,
    headers: &Headers,
) -> Result<Admitted<Event>, Reply> {
    let query = (!query.is_empty()).then_some(query);
    now(endpoint.admit(&Head::new(method, "/hook", query, headers), no_sleep))
}

/// A body that comes in these chunks.
fn chunks<C: Into<Bytes>>(
    chunks: impl IntoIterator<Item = C>,
) -> impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, BrokenBody>>> {
    let mut chunks = chunks.into_iter();
    move |_| Poll::Ready(chunks.next().map(|chunk| Ok(chunk.into())))
}

/// Reads a body that comes in one chunk.
fn receive<E: 'static>(
    admitted: Admitted<E>,
    body: impl Into<Bytes>,
) -> Result<Verified<E>, Reply> {
    now(admitted.receive(chunks([body.into()]), no_sleep))
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Reply>) -> Rejection {
    let reply = result.expect_err("not refused");
    reply.rejection().expect("a refusal").clone()
}

/// A request up to its claim, or the answer it got before.
fn verify(
    endpoint: &Endpoint<Event>,
    method: &str,
    query: &str,
    body: &str,
) -> Result<Verified<Event>, Reply> {
    let admitted = admit(endpoint, method, query, &Headers::default())?;
    receive(admitted, body.to_owned())
}

fn send(
    endpoint: &Endpoint<Event>,
    method: &str,
    query: &str,
    body: &str,
) -> Result<(Delivery<Event>, Claimed), Reply> {
    let verified = verify(endpoint, method, query, body)?;
    Ok(now(verified.claim())?.into_parts())
}

fn post(endpoint: &Endpoint<Event>, body: &str) -> Result<(Delivery<Event>, Claimed), Reply> {
    send(endpoint, "POST", &format!("token={TOKEN}"), body)
}

fn outcome<T>(result: Result<T, Reply>) -> (u16, Option<String>) {
    match result {
        Ok(_) => (0, None),
        Err(answer) => {
            let outcome = answer
                .headers()
                .find_map(|(name, value)| (name == "callhook-outcome").then(|| value.into_owned()));
            (answer.status(), outcome)
        }
    }
}

fn told(status: u16, code: &str) -> (u16, Option<String>) {
    (status, Some(code.to_owned()))
}

const CDR: &str = r#"{"type":"cdr","appid":7,"cmiuuid":"a","status":"answered","to":44}"#;
const REVISED: &str =
    r#"{"type":"cdr","appid":7,"cmiuuid":"a","status":"answered","to":44,"filename":"f"}"#;

#[test]
fn a_mistake_in_the_configuration_does_not_build_and_is_named() {
    let query = |name: &str| format!("query parameter {name:?}");
    let setting = |setting: &str, problem| ConfigError::Setting {
        setting: setting.to_owned(),
        problem,
    };
    let short = |guard: String, secret_name: Option<&str>, length| ConfigError::Secret {
        guard: Some(guard),
        secret_name: secret_name.map(str::to_owned),
        problem: SecretProblem::Short { length },
    };
    let no_secrets: [&str; 0] = [];
    let no_names: [&str; 0] = [];
    let cases: Vec<(EndpointBuilder<Event>, ConfigError)> = vec![
        (builder(), ConfigError::NoAuthentication),
        (
            builder().allow(["10.0.0.0/8"]).app_ids(["7"]),
            ConfigError::NoAuthentication,
        ),
        (
            builder().query_token("token", no_secrets),
            ConfigError::Secret {
                guard: Some(query("token")),
                secret_name: None,
                problem: SecretProblem::Missing,
            },
        ),
        (
            builder().query_token("token", ["long enough, surely", ""]),
            short(query("token"), Some("#2"), 0),
        ),
        (
            builder().header_token("X-Token", Secrets::new().secret("new", "fifteen bytes..")),
            short("header \"x-token\"".to_owned(), Some("new"), 15),
        ),
        (
            builder().hmac(HmacScheme::sha256("X-Signature", "short")),
            short("signature header \"x-signature\"".to_owned(), None, 5),
        ),
        (
            builder().query_token("", TOKEN),
            ConfigError::Name {
                what: "query parameter",
                name: String::new(),
            },
        ),
        (
            builder().header_token("x token", TOKEN),
            ConfigError::Name {
                what: "header",
                name: "x…".to_owned(),
            },
        ),
        (
            guarded().query_token("token", "another-token-of-some-length"),
            ConfigError::Conflict {
                location: query("token"),
                uses: [LocationUse::Token; 2],
            },
        ),
        (
            builder()
                .hmac(HmacScheme::sha256("x-signature", TOKEN))
                .hmac(HmacScheme::sha256("X-Signature", TOKEN)),
            ConfigError::Conflict {
                location: "header \"x-signature\"".to_owned(),
                uses: [LocationUse::Signature; 2],
            },
        ),
        (
            guarded().name(""),
            ConfigError::Name {
                what: "endpoint",
                name: String::new(),
            },
        ),
        (
            guarded().max_body_bytes(0),
            setting("max_body_bytes", SettingProblem::Zero),
        ),
        (
            guarded().read_timeout(Duration::ZERO),
            setting("read_timeout", SettingProblem::Zero),
        ),
        (
            guarded().lease(Duration::ZERO),
            setting("lease", SettingProblem::Zero),
        ),
        (
            guarded().replay_window(Duration::ZERO),
            setting("replay_window", SettingProblem::Zero),
        ),
        (
            guarded().live_replay_window(Duration::ZERO),
            setting("live_replay_window", SettingProblem::Zero),
        ),
        (
            guarded()
                .replay_window(Duration::from_secs(60))
                .live_replay_window(Duration::from_secs(61)),
            setting(
                "live_replay_window",
                SettingProblem::TooLong {
                    duration: Duration::from_secs(61),
                    most: Duration::from_secs(60),
                    most_setting: "replay_window",
                },
            ),
        ),
        (
            guarded().app_ids(no_names),
            setting("app_ids", SettingProblem::Empty),
        ),
        (
            guarded()
                .fallback(Route::ivr("sorry"))
                .answer_within(Duration::ZERO),
            setting("answer_within", SettingProblem::Zero),
        ),
        (
            guarded().answer_within(Duration::from_secs(1)),
            setting(
                "answer_within",
                SettingProblem::Without {
                    setting: "fallback",
                },
            ),
        ),
        (
            guarded().allow(["10.0.0.1/8"]),
            ConfigError::Network {
                list: "allowlist",
                problem: NetworkProblem::HostBits {
                    entry: "10.0.0.1/8".to_owned(),
                },
            },
        ),
        (
            guarded().trusted_proxies(no_names, Forwarding::XForwardedFor),
            ConfigError::Network {
                list: "list of trusted proxies",
                problem: NetworkProblem::Empty,
            },
        ),
        (
            guarded().replay_store(Gate::default()),
            ConfigError::UnnamedStore,
        ),
    ];
    for (builder, expected) in cases {
        let text = expected.to_string();
        assert!(!text.contains(TOKEN), "{text}");
        assert_eq!(builder.build().err(), Some(expected));
    }
    assert!(builder().insecure_no_authentication().build().is_ok());
    assert!(
        guarded()
            .name("calls")
            .replay_store(Gate::default())
            .build()
            .is_ok()
    );
    // Clones of one memory store are one store: two endpoints without names would swallow each other's messages.
    let unnamed = guarded().replay_store(MemoryStore::new()).build();
    assert_eq!(unnamed.err(), Some(ConfigError::UnnamedStore));
}

#[test]
fn each_step_refuses_before_the_steps_behind_it() {
    let endpoint = guarded()
        .allow(["192.0.2.0/24"])
        .app_ids(["8"])
        .build()
        .expect("a valid tenant");
    let headers = Headers::of([("content-length", "300000"), ("content-encoding", "gzip")]);
    let refused = |method, query, headers: &Headers, peer: Option<&str>| {
        let head = Head::new(method, "/hook", Some(query), headers);
        let head = match peer {
            Some(peer) => head.peer(peer.parse().expect(peer)),
            None => head,
        };
        let rejection = refusal(now(endpoint.admit(&head, no_sleep)));
        (rejection.kind(), rejection.is_authenticated())
    };
    let allowed = Some("::ffff:192.0.2.9");
    let encoded = Headers::of([("content-encoding", "GZIP")]);
    let multipart = Headers::of([("content-type", "Multipart/form-data; boundary=x")]);
    let none = Headers::default();
    assert_eq!(
        refused("PUT", "", &headers, None),
        (RejectionKind::Method, false)
    );
    assert_eq!(
        refused("POST", "", &headers, None),
        (RejectionKind::Source, false)
    );
    assert_eq!(
        refused("POST", "", &headers, Some("198.51.100.1")),
        (RejectionKind::Source, false)
    );
    assert_eq!(
        refused("POST", "", &headers, allowed),
        (RejectionKind::TooLarge, false)
    );
    assert_eq!(
        refused("POST", "", &encoded, allowed),
        (RejectionKind::Unsupported, false)
    );
    assert_eq!(
        refused("POST", "", &multipart, allowed),
        (RejectionKind::Unsupported, false)
    );
    assert_eq!(
        refused("POST", "", &none, allowed),
        (RejectionKind::Unauthenticated, false)
    );
}

#[test]
fn a_token_has_to_stand_once_and_be_one_of_the_accepted() {
    let endpoint = builder()
        .query_token("token", ["old-old-old-old-old", TOKEN])
        .build()
        .expect("a valid endpoint");
    let cases = [
        (format!("token={TOKEN}&type=cdr"), true),
        (
            format!("type=cdr&%74oken={}", TOKEN.replace('-', "%2D")),
            true,
        ),
        ("token=old-old-old-old-old&x=1".to_owned(), true),
        (String::new(), false),
        ("token=".to_owned(), false),
        ("token".to_owned(), false),
        ("token=%ff".to_owned(), false),
        (format!("Token={TOKEN}"), false),
        (format!("token={TOKEN}x"), false),
        (format!("token={}", &TOKEN[1..]), false),
        (format!("token={TOKEN}&token={TOKEN}"), false),
        (format!("token={TOKEN}&%74oken={TOKEN}"), false),
        (format!("token={TOKEN}&token="), false),
    ];
    for (query, passes) in cases {
        for method in ["POST", "GET", "HEAD"] {
            let result = admit(&endpoint, method, &query, &Headers::default());
            let expected = (!passes).then_some((RejectionKind::Unauthenticated, false));
            let reply = result.err();
            let refused = reply
                .as_ref()
                .and_then(Reply::rejection)
                .map(|rejection| (rejection.kind(), rejection.is_authenticated()));
            assert_eq!(refused, expected, "{method} {query}");
        }
    }
}

#[test]
fn several_guards_all_have_to_pass() {
    let endpoint = guarded()
        .header_token("x-token", "second-second-second")
        .build()
        .expect("a valid endpoint");
    let admits = |query: &str, headers: Headers| admit(&endpoint, "POST", query, &headers).is_ok();
    let query = format!("token={TOKEN}");
    assert!(admits(
        &query,
        Headers::of([("x-token", "second-second-second")])
    ));
    assert!(!admits(&query, Headers::default()));
    assert!(!admits(
        "",
        Headers::of([("x-token", "second-second-second")])
    ));
    assert!(!admits(
        &query,
        Headers::of([
            ("x-token", "second-second-second"),
            ("x-token", "second-second-second")
        ])
    ));
}

#[test]
fn what_served_as_authentication_is_no_part_of_the_message_or_of_the_url_passed_on() {
    let query = format!("type=event&token={TOKEN}&cmiuuid=a&status=hangup&x=%20y");
    let admitted = admit(&endpoint(), "GET", &query, &Headers::default()).expect("admitted");
    let never = |_: &mut Context<'_>| panic!("the body of a GET is not read");
    let verified = now(admitted.receive(never, no_sleep)).expect("readable");
    let stripped = "type=event&cmiuuid=a&status=hangup&x=%20y";
    assert_eq!(
        verified.strip("/hook", Some(&query)).as_deref(),
        Some(&*format!("/hook?{stripped}"))
    );
    assert_eq!(verified.strip("/hook", Some(stripped)), None);
    assert_eq!(verified.body(), InnerBody::Empty);
    let (delivery, claimed) = now(verified.claim()).expect("delivered").into_parts();
    assert_eq!(&delivery.raw()[..], stripped.as_bytes());
    assert_eq!(delivery.secret_names().collect::<Vec<_>>(), ["#1"]);
    assert_eq!(delivery.replay_status(), ReplayStatus::First);
    drop(claimed);
}

#[test]
fn a_head_and_a_get_with_nothing_but_a_token_are_probes() {
    let token = format!("token={TOKEN}");
    let endpoint = endpoint();
    for (method, query) in [
        ("HEAD", token.clone()),
        ("HEAD", format!("{token}&type=cdr")),
        ("GET", token.clone()),
        ("GET", format!("&{token}&")),
    ] {
        let probe = send(&endpoint, method, &query, "");
        assert_eq!(outcome(probe), told(204, "probe"), "{method} {query}");
    }
    assert_eq!(outcome(send(&endpoint, "HEAD", "", "")), (401, None));
    let post_only = guarded().post_only().build().expect("a valid endpoint");
    for method in ["GET", "HEAD"] {
        let answer = send(&post_only, method, &token, "").expect_err("refused");
        assert_eq!(answer.status(), 405);
        assert!(
            answer
                .headers()
                .any(|header| header == ("allow", "POST".into()))
        );
    }
}

#[test]
fn what_cannot_be_read_is_told_to_the_authenticated_and_offered_with_its_bytes() {
    let offered = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&offered);
    let endpoint = guarded()
        .on_unreadable(move |raw, why| {
            sink.lock()
                .expect("no panic")
                .push((raw.to_vec(), why.kind()));
        })
        .build()
        .expect("a valid endpoint");
    assert_eq!(outcome(post(&endpoint, "")), told(400, "empty"));
    assert_eq!(outcome(post(&endpoint, "{\"a\"")), told(400, "malformed"));
    let twice = r#"{"type":"cdr","cmiuuid":"a","status":"x","status":"y"}"#;
    assert_eq!(
        outcome(post(&endpoint, twice)),
        told(400, "duplicate_field")
    );
    let query = format!("token={TOKEN}&a=%ff");
    assert_eq!(
        outcome(send(&endpoint, "GET", &query, "")),
        told(400, "malformed")
    );
    assert_eq!(outcome(send(&endpoint, "POST", "", "{\"a\"")), (401, None));
    assert_eq!(
        *offered.lock().expect("no panic"),
        [
            (b"".to_vec(), UnreadableKind::Empty),
            (b"{\"a\"".to_vec(), UnreadableKind::Malformed),
            (twice.as_bytes().to_vec(), UnreadableKind::DuplicateField),
            (b"a=%ff".to_vec(), UnreadableKind::Malformed),
        ]
    );
}

#[test]
fn only_the_expected_accounts_pass() {
    let endpoint = guarded()
        .app_ids(["7", "8"])
        .build()
        .expect("a valid tenant");
    assert!(post(&endpoint, CDR).is_ok());
    assert!(post(&endpoint, &CDR.replace(":7", ":\" 8 \"")).is_ok());
    let refused = told(403, "app_id_not_expected");
    assert_eq!(outcome(post(&endpoint, &CDR.replace(":7", ":9"))), refused);
    assert_eq!(outcome(post(&endpoint, r#"{"type":"cdr"}"#)), refused);
}

#[test]
fn a_body_is_cut_at_its_limit_and_at_its_deadline() {
    let clock = ManualClock::default();
    let endpoint = guarded()
        .max_body_bytes(10)
        .read_timeout(Duration::from_secs(3))
        .clock(clock.clone())
        .build()
        .expect("a valid endpoint");
    let admitted = || {
        let query = format!("token={TOKEN}");
        admit(&endpoint, "POST", &query, &Headers::default()).expect("admitted")
    };
    let whole = now(admitted().receive(chunks(["a=1&", "", "b", "=234"]), no_sleep));
    let whole = whole.expect("within limits");
    assert_eq!(whole.body(), InnerBody::Unchanged("a=1&b=234".into()));

    let large = now(admitted().receive(chunks(["0123456789", "x"]), no_sleep));
    let refused = refusal(large);
    assert_eq!(
        (refused.kind(), refused.status()),
        (RejectionKind::TooLarge, 413)
    );

    // A chunk a second, and each of them at once.
    let passing = clock.clone();
    let slow = (0..).map(|_| {
        passing.advance(Duration::from_secs(1));
        "0"
    });
    let refused = refusal(now(admitted().receive(chunks(slow), no_sleep)));
    assert_eq!(
        (refused.kind(), refused.status()),
        (RejectionKind::TooSlow, 408)
    );
    assert!(refused.is_authenticated());

    // One after two seconds, and then none: the timer is for what is left.
    let passing = clock.clone();
    let mut first = true;
    let stops = move |_: &mut Context<'_>| {
        if !std::mem::take(&mut first) {
            return Poll::Pending;
        }
        passing.advance(Duration::from_secs(2));
        Poll::Ready(Some(Ok(Bytes::from_static(b"0"))))
    };
    let slept = Mutex::new(None);
    let sleep = |time| {
        *slept.lock().expect("unpoisoned") = Some(time);
        std::future::ready(())
    };
    let refused = refusal(now(admitted().receive(stops, sleep)));
    assert_eq!(refused.kind(), RejectionKind::TooSlow);
    assert_eq!(
        *slept.lock().expect("unpoisoned"),
        Some(Duration::from_secs(1))
    );

    let breaks = |_: &mut Context<'_>| Poll::Ready(Some(Err(BrokenBody)));
    let broken = refusal(now(admitted().receive(breaks, no_sleep)));
    assert_eq!((broken.status(), broken.code()), (400, "incomplete"));
    let unknown = builder()
        .hmac(HmacScheme::sha256("x-signature", TOKEN))
        .build()
        .expect("a valid endpoint");
    let headers = Headers::of([("x-signature", &"00".repeat(32))]);
    let admitted = admit(&unknown, "POST", "", &headers).expect("admitted");
    let broken = refusal(now(admitted.receive(breaks, no_sleep)));
    assert_eq!((broken.status(), broken.code()), (401, "unauthenticated"));
}

#[test]
fn a_signature_is_checked_before_anything_is_read_and_before_a_probe_is_answered() {
    let endpoint = builder()
        .hmac(HmacScheme::sha256("x-signature", "It's a Secret to Everybody").prefix("sha256="))
        .build()
        .expect("a valid endpoint");
    // GitHub's documented example.
    let known = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let open = |signature: &str, body: &'static str| {
        let headers = Headers::of([("x-signature", signature)]);
        receive(admit(&endpoint, "POST", "", &headers)?, body)
    };
    let code = |result: Result<Verified<Event>, Reply>| {
        let rejection = refusal(result);
        (
            rejection.status(),
            rejection.code(),
            rejection.is_authenticated(),
        )
    };
    // The right signature lets the reader say what is wrong; any other is told nothing.
    assert_eq!(code(open(known, "Hello, World!")), (400, "malformed", true));
    assert_eq!(
        code(open(known, "Hello, World?")),
        (401, "unauthenticated", false)
    );
    let flipped = known.replace("757107", "757106");
    assert_eq!(
        code(open(&flipped, "Hello, World!")),
        (401, "unauthenticated", false)
    );

    let none = Headers::default();
    for method in ["GET", "HEAD"] {
        let unsigned = refusal(admit(&endpoint, method, "", &none));
        assert_eq!(unsigned.kind(), RejectionKind::Unauthenticated);
        let signed_over_other_bytes = Headers::of([("x-signature", known)]);
        let refused = refusal(admit(&endpoint, method, "", &signed_over_other_bytes));
        assert_eq!(refused.kind(), RejectionKind::Unauthenticated);
    }
    // The same signature over the query of a GET.
    let signed = Headers::of([("x-signature", known)]);
    assert!(admit(&endpoint, "GET", "Hello, World!", &signed).is_ok());
}

#[test]
fn a_signature_over_the_target_is_for_this_path_query_and_body_alone() {
    let endpoint = builder()
        .hmac(
            HmacScheme::sha256("x-signature", "It's a Secret to Everybody")
                .signed(Signed::TargetAndBody),
        )
        .build()
        .expect("a valid endpoint");
    // printf '/hook?a=1\n{}' | openssl dgst -sha256 -hmac "It's a Secret to Everybody"
    let known = "eb456ec15a4ec865fc40f217de9a90892737386a380e5ef4762bb209ac4c84a4";
    let headers = Headers::of([("x-signature", known)]);
    let passes = |path: &str, query: Option<&str>, body: &'static str| {
        let head = Head::new("POST", path, query, &headers);
        let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
        receive(admitted, body).is_ok()
    };
    assert!(passes("/hook", Some("a=1"), "{}"));
    assert!(!passes("/hook2", Some("a=1"), "{}"));
    assert!(!passes("/hook", Some("a=2"), "{}"));
    assert!(!passes("/hook", None, "{}"));
    assert!(!passes("/hook", Some("a=1"), "{ }"));
}

#[test]
fn the_first_is_handled_its_copies_are_not_and_its_revision_is() {
    let endpoint = endpoint();
    let (first, claimed) = post(&endpoint, CDR).expect("first");
    assert_eq!(first.replay_status(), ReplayStatus::First);
    let in_flight = post(&endpoint, CDR).expect_err("in flight");
    assert!(
        in_flight
            .headers()
            .any(|header| header == ("retry-after", "5".into()))
    );
    assert_eq!(outcome::<()>(Err(in_flight)), told(503, "in_flight"));

    let (revision, revising) = post(&endpoint, REVISED).expect("another content");
    assert_eq!(revision.replay_status(), ReplayStatus::Revision);
    now(claimed.settle(HandlerOutcome::Status(204)));
    assert_eq!(outcome(post(&endpoint, CDR)), told(200, "replay"));
    now(revising.settle(HandlerOutcome::Status(200)));
    assert_eq!(outcome(post(&endpoint, REVISED)), told(200, "replay"));
    assert_eq!(outcome(post(&endpoint, CDR)), told(200, "replay"));
    let query = format!("status=answered&token={TOKEN}&to=44&cmiuuid=a&appid=7&type=cdr");
    assert_eq!(
        outcome(send(&endpoint, "GET", &query, "")),
        told(200, "replay")
    );
}

#[test]
fn what_was_not_handled_is_handled_when_it_comes_again() {
    let endpoint = endpoint();
    for handled in [
        Some(HandlerOutcome::Status(302)),
        Some(HandlerOutcome::Status(404)),
        Some(HandlerOutcome::Status(500)),
        Some(HandlerOutcome::Error),
        None,
    ] {
        let (delivery, claimed) = post(&endpoint, CDR).expect("not handled yet");
        assert_eq!(delivery.replay_status(), ReplayStatus::First);
        match handled {
            Some(handled) => now(claimed.settle(handled)),
            None => drop(claimed),
        }
    }
    let panicked = std::thread::spawn({
        let endpoint = endpoint.clone();
        move || {
            let _claimed = post(&endpoint, CDR).expect("not handled yet");
            panic!("a handler panics");
        }
    });
    assert!(panicked.join().is_err());
    assert!(post(&endpoint, CDR).is_ok());
}

#[test]
fn a_replay_is_remembered_for_its_window_and_a_lease_for_its_time() {
    let clock = ManualClock::default();
    let endpoint = guarded()
        .clock(clock.clone())
        .build()
        .expect("a valid endpoint");
    // A handler that never comes back.
    std::mem::forget(post(&endpoint, CDR).expect("first"));
    clock.advance(Duration::from_secs(59));
    assert_eq!(outcome(post(&endpoint, CDR)), told(503, "in_flight"));
    clock.advance(Duration::from_secs(1));
    let (_, claimed) = post(&endpoint, CDR).expect("the lease is over");
    now(claimed.settle(HandlerOutcome::Status(200)));
    clock.advance(Duration::from_secs(24 * 3600 - 1));
    assert_eq!(outcome(post(&endpoint, CDR)), told(200, "replay"));
    clock.advance(Duration::from_secs(2));
    assert!(post(&endpoint, CDR).is_ok());
}

#[test]
fn messages_that_replay_protection_does_not_cover_are_handled_each_time() {
    let endpoint = endpoint();
    for (body, why) in [
        (
            r#"{"from":1,"to":2,"cmiuuid":"a"}"#,
            UncheckedReason::AwaitsAnswer,
        ),
        (r#"{"type":"cdr","status":"missed"}"#, UncheckedReason::NoId),
        (r#"{"digits":"1"}"#, UncheckedReason::AwaitsAnswer),
    ] {
        for _ in 0..2 {
            let (delivery, claimed) = post(&endpoint, body).expect("handled");
            assert_eq!(
                delivery.replay_status(),
                ReplayStatus::Unchecked(why),
                "{body}"
            );
            now(claimed.settle(HandlerOutcome::Status(200)));
        }
    }
    let off = guarded()
        .insecure_no_replay_protection()
        .build()
        .expect("a valid endpoint");
    for _ in 0..2 {
        let (delivery, claimed) = post(&off, CDR).expect("handled");
        assert_eq!(
            delivery.replay_status(),
            ReplayStatus::Unchecked(UncheckedReason::Off)
        );
        now(claimed.settle(HandlerOutcome::Status(200)));
    }
}

#[test]
fn lossy_per_leg_takes_the_first_content_for_all() {
    let endpoint = guarded().lossy_per_leg().build().expect("a valid endpoint");
    let (_, claimed) = post(&endpoint, CDR).expect("first");
    assert_eq!(outcome(post(&endpoint, REVISED)), told(503, "in_flight"));
    now(claimed.settle(HandlerOutcome::Status(200)));
    assert_eq!(outcome(post(&endpoint, REVISED)), told(200, "replay"));
    assert!(post(&endpoint, &CDR.replace("answered", "missed")).is_ok());
}

#[test]
fn two_endpoints_of_different_names_share_a_store_and_no_message() {
    let store = MemoryStore::new();
    let named = |name: &str| {
        let builder = guarded().name(name).replay_store(store.clone());
        builder.build().expect("a valid endpoint")
    };
    let (one, two) = (named("one"), named("two"));
    let (_, claimed) = post(&one, CDR).expect("first");
    now(claimed.settle(HandlerOutcome::Status(200)));
    assert_eq!(outcome(post(&one, CDR)), told(200, "replay"));
    assert_eq!(
        post(&two, CDR)
            .expect("another endpoint's")
            .0
            .replay_status(),
        ReplayStatus::First
    );
    assert_eq!(outcome(post(&named("one"), CDR)), told(200, "replay"));
}

#[test]
fn an_observer_sees_one_outcome_for_each_request() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let endpoint = guarded()
        .observer(move |outcome: &Outcome<'_>| {
            let how = outcome.replay_status.map(ReplayStatus::as_str);
            sink.lock()
                .expect("no panic")
                .push((outcome.code, outcome.status, how));
        })
        .build()
        .expect("a valid endpoint");
    drop(post(&endpoint, CDR).expect("first"));
    now(post(&endpoint, CDR)
        .expect("released")
        .1
        .settle(HandlerOutcome::Status(500)));
    now(post(&endpoint, CDR)
        .expect("released")
        .1
        .settle(HandlerOutcome::Error));
    now(post(&endpoint, CDR)
        .expect("released")
        .1
        .settle(HandlerOutcome::Status(204)));
    let _ = post(&endpoint, CDR);
    let _ = post(&endpoint, "{");
    let _ = send(&endpoint, "POST", "", CDR);
    let _ = send(&endpoint, "HEAD", &format!("token={TOKEN}"), "");
    let (_, revising) = post(&endpoint, REVISED).expect("another content");
    let _ = post(&endpoint, REVISED);
    drop(revising.settle(HandlerOutcome::Status(200)));
    assert_eq!(
        *seen.lock().expect("no panic"),
        [
            ("cancelled", None, Some("first")),
            ("failed", Some(500), Some("first")),
            ("failed", None, Some("first")),
            ("handled", Some(204), Some("first")),
            ("replay", Some(200), None),
            ("malformed", Some(400), None),
            ("unauthenticated", Some(401), None),
            ("probe", Some(204), None),
            ("in_flight", Some(503), None),
            ("handled", Some(200), Some("revision")),
        ]
    );
}

#[test]
fn a_request_that_is_dropped_on_its_way_has_an_outcome_too() {
    let (gate, builder) = with_gate();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let endpoint = builder
        .observer(move |outcome: &Outcome<'_>| {
            sink.lock()
                .expect("no panic")
                .push((outcome.code, outcome.replay_status));
        })
        .build()
        .expect("a valid endpoint");
    let query = format!("token={TOKEN}");
    // While its body is read, while the inner service is waited for, while the store claims.
    drop(admit(&endpoint, "POST", &query, &Headers::default()));
    drop(verify(&endpoint, "POST", &query, CDR));
    gate.state().holds = true;
    start_and_drop(
        verify(&endpoint, "POST", &query, CDR)
            .expect("readable")
            .claim(),
    );
    assert_eq!(*seen.lock().expect("no panic"), [("cancelled", None); 3]);
}

#[test]
fn an_observer_that_panics_in_a_destructor_neither_ends_the_process_nor_holds_up_its_end() {
    let endpoint = guarded()
        .observer(|_: &Outcome<'_>| panic!("an observer panics"))
        .build()
        .expect("a valid endpoint");
    drop(post(&endpoint, CDR).expect("first"));
    let handler = std::thread::spawn({
        let endpoint = endpoint.clone();
        move || {
            let _message = post(&endpoint, CDR).expect("released");
            panic!("a handler panics");
        }
    });
    assert!(handler.join().is_err());
    now(endpoint.idle());
    assert!(post(&endpoint, CDR).is_ok());
}

/// Shows what was read at a location.
struct NamedOutside(Option<Location>);

impl Provider for NamedOutside {
    type Event = Option<String>;

    fn name(&self) -> &str {
        "named_outside"
    }

    fn decode(&self, message: &Message<'_>) -> Result<Self::Event, Unreadable> {
        Ok(message.event_name().map(str::to_owned))
    }

    fn key<'e>(
        &self,
        _: &'e Self::Event,
    ) -> Result<crate::replay::MessageKey<'e>, UncheckedReason> {
        Err(UncheckedReason::NoId)
    }

    fn event_location(&self) -> Option<&Location> {
        self.0.as_ref()
    }
}

#[test]
fn an_events_name_is_read_only_where_it_may_be_signed_and_never_from_a_token() {
    let parameter = || Some(Location::query("event"));
    let named_outside = |location| Endpoint::builder(NamedOutside(location));
    let hmac = || HmacScheme::sha256("x-signature", TOKEN);
    for location in [
        Location::query("event"),
        Location::header("x-event"),
        Location::PathSegment(1),
    ] {
        let unsigned = named_outside(Some(location)).hmac(hmac()).build();
        assert_eq!(
            unsigned.err(),
            Some(ConfigError::Unsigned(LocationUse::EventName))
        );
    }
    for valid in [
        named_outside(parameter())
            .hmac(hmac())
            .insecure_unsigned_event_name(),
        named_outside(parameter()).hmac(hmac().signed(Signed::TargetAndBody)),
        named_outside(None).hmac(hmac()),
    ] {
        assert!(valid.build().is_ok());
    }
    assert_eq!(
        named_outside(parameter())
            .query_token("event", TOKEN)
            .build()
            .err(),
        Some(ConfigError::Conflict {
            location: "query parameter \"event\"".to_owned(),
            uses: [LocationUse::Token, LocationUse::EventName]
        })
    );
    let path = format!("/started/{TOKEN}");
    let again = format!("/{TOKEN}/{TOKEN}");
    for (location, path, name) in [
        (parameter(), &path, Some("a")),
        (Some(Location::PathSegment(1)), &path, Some("started")),
        // A segment that equals the token is shown to nobody either.
        (Some(Location::PathSegment(1)), &again, Some("***")),
        (Some(Location::header("x-event")), &path, Some("h")),
        (None, &path, None),
    ] {
        let endpoint = named_outside(location)
            .query_token("token", TOKEN)
            .path_token(TOKEN)
            .build()
            .expect("a valid endpoint");
        let query = format!("token={TOKEN}&event=a");
        let headers = [("x-event", "h")];
        let head = Head::new("POST", path, Some(&query), &headers);
        let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
        let verified = receive(admitted, "a=1").expect("readable");
        let (delivery, _) = now(verified.claim()).expect("delivered").into_parts();
        assert_eq!(delivery.event().as_deref(), name);
    }
}

#[test]
fn an_observed_allowlist_lets_pass_and_explain_says_why() {
    let list = AllowList::new(["192.0.2.0/24"]).expect("networks");
    let endpoint = guarded()
        .insecure_observe_allow_list(list.clone())
        .trusted_proxies(["10.0.0.0/8"], Forwarding::XForwardedFor)
        .build()
        .expect("a valid endpoint");
    let headers = Headers::of([("x-forwarded-for", "198.51.100.1, 192.0.2.9")]);
    let query = format!("token={TOKEN}");
    let head = Head::new("POST", "/hook", Some(&query), &headers);
    assert!(now(endpoint.admit(&head, no_sleep)).is_ok());
    assert_eq!(
        endpoint.explain(&head).to_string(),
        "the client is unknown: the server does not tell the peer's address; it is not in any network of the allowlist"
    );
    let peer = head.peer("10.1.1.1".parse().expect("an address"));
    assert_eq!(
        endpoint.explain(&peer).to_string(),
        "the client is 192.0.2.9, from a trusted proxy's header; it is allowed by 192.0.2.0/24"
    );
    list.replace(["203.0.113.0/24"]).expect("networks");
    assert_eq!(
        endpoint.explain(&peer).to_string(),
        "the client is 192.0.2.9, from a trusted proxy's header; it is not in any network of the allowlist"
    );
}

#[test]
fn debug_shows_no_secret() {
    let builder = guarded().hmac(HmacScheme::sha256(
        "x-signature",
        "another-secret-of-length",
    ));
    let before = format!("{builder:?}");
    let shown = format!("{before} {:?}", builder.build().expect("a valid endpoint"));
    assert!(
        !shown.contains(TOKEN) && !shown.contains("another-secret"),
        "{shown}"
    );
}

/// A store whose answers are held back until they are let through, and which remembers what it was asked.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<GateState>>);

#[derive(Default)]
struct GateState {
    holds: bool,
    fails: bool,
    asked: Vec<&'static str>,
}

impl Gate {
    fn state(&self) -> std::sync::MutexGuard<'_, GateState> {
        self.0.lock().expect("no panic")
    }

    async fn answer<T>(&self, what: &'static str, answer: T) -> Result<T, std::io::Error> {
        self.state().asked.push(what);
        std::future::poll_fn(|_| {
            if self.state().holds {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        if self.state().fails {
            return Err(std::io::Error::other("no connection"));
        }
        Ok(answer)
    }
}

impl ReplayStore for Gate {
    type Error = std::io::Error;

    async fn claim(&self, _: &crate::replay::Lease) -> Result<Claim, std::io::Error> {
        self.answer("claim", Claim::First).await
    }

    async fn commit(&self, _: &crate::replay::Lease) -> Result<Settled, std::io::Error> {
        self.answer("commit", Settled::Done).await
    }

    async fn release(&self, _: &crate::replay::Lease) -> Result<Settled, std::io::Error> {
        self.answer("release", Settled::Done).await
    }

    fn settle_later(&self, _: crate::replay::Lease, settlement: Settlement) {
        self.state().asked.push(match settlement {
            Settlement::Commit => "commit later",
            Settlement::Release => "release later",
        });
    }

    async fn flush(&self) {
        self.state().asked.push("flush");
    }
}

fn with_gate() -> (Gate, EndpointBuilder<Event>) {
    let gate = Gate::default();
    let builder = guarded().name("calls").replay_store(gate.clone());
    (gate, builder)
}

/// Polls a future once and drops it.
fn start_and_drop(future: impl Future) {
    let mut future = std::pin::pin!(future);
    let poll = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
}

#[test]
fn dropped_while_the_store_claims_the_claim_is_abandoned() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    gate.state().holds = true;
    let query = format!("token={TOKEN}");
    start_and_drop(
        verify(&endpoint, "POST", &query, CDR)
            .expect("readable")
            .claim(),
    );
    assert_eq!(gate.state().asked, ["claim", "release later"]);
    now(endpoint.idle());
}

#[test]
fn dropped_while_the_store_commits_the_success_is_not_undone() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    let (_, claimed) = post(&endpoint, CDR).expect("first");
    gate.state().holds = true;
    start_and_drop(claimed.settle(HandlerOutcome::Status(200)));
    assert_eq!(gate.state().asked, ["claim", "commit", "commit later"]);
}

#[test]
fn the_outcome_counts_from_the_call_of_settle_on() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    let (_, claimed) = post(&endpoint, CDR).expect("first");
    drop(claimed.settle(HandlerOutcome::Status(200)));
    let (_, claimed) = post(&endpoint, CDR).expect("first");
    drop(claimed.settle(HandlerOutcome::Status(500)));
    assert_eq!(
        gate.state().asked,
        ["claim", "commit later", "claim", "release later"]
    );
}

#[test]
fn an_endpoint_is_idle_once_no_message_is_held_and_the_store_is_flushed() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    now(endpoint.idle());
    let (_, claimed) = post(&endpoint, CDR).expect("first");
    let mut idle = std::pin::pin!(endpoint.idle());
    let mut context = Context::from_waker(Waker::noop());
    assert!(idle.as_mut().poll(&mut context).is_pending());
    drop(claimed);
    assert!(idle.as_mut().poll(&mut context).is_ready());
    assert_eq!(
        gate.state().asked,
        ["flush", "claim", "release later", "flush"]
    );
}
