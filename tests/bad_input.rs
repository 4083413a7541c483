//! What no platform sends: each has its refusal, and the server goes on.

pub(crate) mod rows;

use std::io::BufReader;
use std::thread;
use std::time::{Duration, Instant};

use callhook_test_support::{Reply, chunked, connect, exchange, read, request, write};

use self::rows::{MAX_BYTES, fields, nested, padded, rows};
use crate::example::Example;
use crate::wire::{ALL_PROVIDERS, TELECMI, provider_of};

#[test]
fn bad_input_gets_its_documented_refusal_and_the_server_goes_on() {
    let example = Example::start();
    for path in ALL_PROVIDERS {
        for (name, request, status, outcome) in rows(path, &example.target_at(path)) {
            let what = format!("{name} at {path}");
            let answer = example.exchange(&request);
            assert_eq!(
                (answer.status, answer.outcome()),
                (status, outcome),
                "{what}"
            );
            assert_eq!(answer.text(), "", "{what}");
            let allow = (status == 405).then_some("POST, GET, HEAD");
            assert_eq!(answer.header("allow"), allow, "{what}");
        }
    }
    assert!(example.messages().is_empty());
    still_serves(&example);
}

#[test]
fn a_whole_body_of_what_is_hard_to_read_gets_its_answer_soon() {
    let example = Example::start();
    for path in ALL_PROVIDERS {
        let is_template = provider_of(path) == "voipappz";
        for (name, body, code) in hard_to_read(if is_template { "uuid" } else { "status" }) {
            let what = format!("{name} at {path}");
            assert!(body.len() <= MAX_BYTES, "{what}");
            let start = Instant::now();
            let answer = example.post_to(path, &body);
            let took = start.elapsed();
            let status = if code.is_some() { 400 } else { 200 };
            assert_eq!((answer.status, answer.outcome()), (status, code), "{what}");
            // Far more than it takes, and far less than a body costs that is read again for each of its bytes.
            assert!(took < Duration::from_secs(5), "{what}: {took:?}");
        }
    }
    assert_eq!(example.messages().len(), ALL_PROVIDERS.len());
    still_serves(&example);
}

/// Name, body, outcome: `None` for what is not a reason to refuse a message. `known` is a field of the provider's.
fn hard_to_read(known: &str) -> Vec<(&'static str, String, Option<&'static str>)> {
    let full_of = |text: &str| text.repeat(MAX_BYTES / text.len());
    let form_of = |escape: &str| format!("a={}", full_of(escape).split_at(MAX_BYTES - 4).0);
    let string_of = |text: &str| format!("{{\"a\":\"{}\"}}", text.repeat(40_000));
    let escaped: String = known.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let object_of = |key: &str| {
        let fields = (0..512).map(|value| format!("\"{key}\":{value}"));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    };
    vec![
        ("arrays", full_of("["), Some("too_deep")),
        ("objects", full_of("{\"a\":"), Some("too_deep")),
        (
            "commas",
            format!("[{}", ",".repeat(200_000)),
            Some("malformed"),
        ),
        ("digits", full_of("1"), Some("malformed")),
        ("quotes", full_of("\""), Some("malformed")),
        (
            "backslashes",
            format!("{{\"a\":\"{}", "\\".repeat(200_000)),
            Some("malformed"),
        ),
        ("comments", full_of("/**/"), Some("malformed")),
        ("halves of characters", string_of("\\ud800"), None),
        ("one field", object_of(known), Some("duplicate_field")),
        (
            "one field in escapes",
            object_of(&escaped),
            Some("duplicate_field"),
        ),
        ("no pairs", full_of("&"), Some("malformed")),
        ("empty pairs", "=&".repeat(100_000), Some("malformed")),
        ("pairs", full_of("a=b&"), Some("too_many_fields")),
        ("escapes of no text", form_of("%FF"), Some("malformed")),
        ("escapes of half a text", form_of("%C3"), Some("malformed")),
    ]
}

#[test]
fn what_is_just_within_a_limit_is_read() {
    let example = Example::start();
    let head = r#""type":"event","status":"started","cmiuuid":"#;
    for (name, body) in [
        ("bytes", padded(MAX_BYTES)),
        ("depth", format!("{{{head}\"depth\",\"x\":{}}}", nested(63))),
        ("fields", format!("{{{head}\"fields\"{}}}", fields(509))),
        (
            "one value twice",
            format!("{{{head}\"twice\",\"status\":\"started\"}}"),
        ),
        ("depth of an array", nested(64)),
    ] {
        let answer = example.post(&body);
        assert_eq!((answer.status, answer.outcome()), (200, None), "{name}");
    }
    let chunks = chunked(padded(MAX_BYTES).as_bytes(), 5000);
    let chunks = request(
        "POST",
        &example.target(),
        &[("transfer-encoding", "chunked")],
        &chunks,
    );
    assert_eq!(example.exchange(&chunks).outcome(), Some("replay"));
    assert_eq!(example.messages().len(), 5);
}

#[test]
fn a_body_that_trickles_in_is_refused_when_its_time_is_over() {
    let example = Example::start();
    let target = example.target();
    let declared = request("POST", &target, &[("content-length", "1000")], b"");
    let endless = request("POST", &target, &[("transfer-encoding", "chunked")], b"");
    thread::scope(|scope| {
        for (head, piece) in [(&declared, "x"), (&endless, "1\r\nx\r\n"), (&declared, "")] {
            let example = &example;
            scope.spawn(move || {
                let start = Instant::now();
                let answer = trickle(example, head, piece);
                assert_eq!(
                    (answer.status, answer.outcome()),
                    (408, Some("too_slow")),
                    "{piece:?}"
                );
                assert!(
                    (8..15).contains(&start.elapsed().as_secs()),
                    "{piece:?}: {:?}",
                    start.elapsed()
                );
            });
        }
        scope.spawn(|| {
            // Others are served meanwhile.
            thread::sleep(Duration::from_secs(2));
            still_serves(&example);
        });
    });
    assert_eq!(example.messages().len(), 1);
}

/// Sends the head, then a piece each second until there is an answer.
fn trickle(example: &Example, head: &[u8], piece: &str) -> Reply {
    let mut stream = connect(example.address);
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    write(&mut stream, head);
    thread::scope(|scope| {
        let answer = scope.spawn(move || read(&mut answers));
        while !answer.is_finished() {
            write(&mut stream, piece.as_bytes());
            thread::sleep(Duration::from_secs(1));
        }
        answer.join().expect("an answer")
    })
}

#[test]
fn a_chunked_body_without_end_is_refused_at_the_limit() {
    let example = Example::start();
    let before = example.resident();
    let mut stream = connect(example.address);
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    let head = request(
        "POST",
        &example.target(),
        &[("transfer-encoding", "chunked")],
        b"",
    );
    write(&mut stream, &head);
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    // A server may read on for a moment before it closes, so that its answer isn't lost.
    let end = Instant::now() + Duration::from_secs(5);
    while write(&mut stream, chunk.as_bytes()) {
        assert!(Instant::now() < end, "it goes on reading");
    }
    let answer = read(&mut answers);
    assert_eq!((answer.status, answer.outcome()), (413, Some("too_large")));
    assert!(example.resident() - before < 10 * 1024);
    still_serves(&example);
}

#[test]
fn memory_stays_flat_under_2000_hostile_requests() {
    let example = Example::start();
    let mut requests: Vec<_> = rows(TELECMI, &example.target())
        .into_iter()
        .map(|row| row.1)
        .collect();
    requests.retain(|request| request.len() < 200 * 1024);
    let big = padded(300 * 1024);
    let big = [
        request("POST", &example.target(), &[], big.as_bytes()),
        request(
            "POST",
            &example.target(),
            &[("transfer-encoding", "chunked")],
            &chunked(big.as_bytes(), 9000),
        ),
        request("POST", "/webhooks/telecmi?token=wrong", &[], big.as_bytes()),
    ];
    let send = |request: &[u8]| {
        let status = exchange(example.address, request).status;
        assert!((400..500).contains(&status), "{status}");
    };
    // What a first request allocates, it may keep.
    requests
        .iter()
        .chain(&big)
        .for_each(|request| send(request));
    let before = example.resident();
    thread::scope(|scope| {
        for worker in 0..4 {
            let (requests, big, send) = (&requests, &big, &send);
            scope.spawn(move || {
                for index in (worker..2000).step_by(4) {
                    if index % 20 < 4 && index < 500 {
                        send(&big[index % big.len()]);
                    } else {
                        send(&requests[index % requests.len()]);
                    }
                }
            });
        }
    });
    let growth = example.resident() - before;
    assert!(growth < 20 * 1024, "{growth} KiB");
    assert!(example.messages().is_empty());
    still_serves(&example);
}

fn still_serves(example: &Example) {
    let answer = example.post(r#"{"type":"event","status":"started","cmiuuid":"still serves"}"#);
    assert_eq!((answer.status, answer.outcome()), (200, None));
}
