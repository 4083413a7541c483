//! Senders that push 256 MiB, or as much of it as the server lets them.
//!
//! What memory they cost is the growth of the server's peak over what it had before. Before that it has had requests of
//! the same kind: threads get their stacks and their part of the heap when they first have something to do, and what the
//! allocator has once got from the kernel it keeps.

use std::io::BufReader;
use std::net::TcpStream;
use std::thread;

use callhook_test_support::{Reply, chunk, chunked, connect, read, request, write};

use crate::example::{Example, is_actix};
use crate::wire::ALL_PROVIDERS;

const FLOOD: usize = 256 * 1024 * 1024;

/// Of a body, by default.
const LIMIT: usize = 256 * 1024;

/// How long a body claims to be.
#[derive(Clone, Copy, Debug)]
enum Length {
    Declared(usize),
    /// In chunks.
    Unsaid,
}

/// With `Expect: 100-continue`, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    First,
    Never,
}

/// What a stranger may say of a body, and what it is told: the length is looked at before the token.
const STRANGERS: [(Length, Ask, u16); 6] = [
    (Length::Declared(FLOOD), Ask::Never, 413),
    (Length::Declared(FLOOD), Ask::First, 413),
    (Length::Declared(LIMIT), Ask::Never, 401),
    (Length::Declared(LIMIT), Ask::First, 401),
    (Length::Unsaid, Ask::Never, 401),
    (Length::Unsaid, Ask::First, 401),
];

/// Behind the path. None has the right token.
const NO_TOKENS: [&str; 3] = ["", "?token=wrong", "?token="];

#[test]
fn a_stranger_is_refused_before_the_first_byte_of_the_body() {
    let example = Example::start();
    for path in ALL_PROVIDERS {
        for query in NO_TOKENS {
            for (length, ask, status) in STRANGERS {
                let mut stream = connect(example.address);
                write(
                    &mut stream,
                    &head(&format!("{path}{query}"), length, ask, &[]),
                );
                let answer = first_answer(stream, ask);
                let what = format!("{path}{query}, {length:?}, {ask:?}");
                assert_eq!((answer.status, answer.outcome()), (status, None), "{what}");
                assert_eq!(answer.text(), "", "{what}");
            }
        }
    }
    still_serves(&example);
}

#[test]
fn strangers_who_push_256_mib_all_the_same_cost_less_than_a_mebibyte() {
    let example = Example::start();
    // Where the server reads all of it, each push is 256 MiB indeed: a few of them have to do, and one at a time, for
    // what eight connections are read into at once is eight buffers that come and go.
    let (paths, queries, rounds) = match is_actix() {
        true => (&ALL_PROVIDERS[..1], &NO_TOKENS[1..2], 2),
        false => (&ALL_PROVIDERS[..], &NO_TOKENS[..], 3),
    };
    let push_all = || {
        for path in paths {
            for query in queries {
                for (length, ask, status) in STRANGERS {
                    let head = head(&format!("{path}{query}"), length, ask, &[]);
                    let (answer, taken) = push(&example, &head, length);
                    let what = format!("{path}{query}, {length:?}, {ask:?}");
                    assert_eq!(answer.status, status, "{what}");
                    assert!(is_left_unread(taken), "{taken} bytes were taken: {what}");
                }
            }
        }
    };
    let push_at_once = || match is_actix() {
        true => push_all(),
        false => in_parallel(push_all),
    };
    (0..rounds).for_each(|_| push_at_once());

    let before = example.resident();
    example.forget_peak();
    (0..rounds).for_each(|_| push_at_once());
    let growth = example.peak() - before;
    println!("{growth} KiB for strangers who push 256 MiB");
    assert!(growth < 1024, "{growth} KiB");
    still_serves(&example);
}

#[test]
fn with_a_wrong_signature_a_declared_flood_is_refused_before_its_first_byte() {
    let example = Example::start_with(&SIGNED);
    for path in ALL_PROVIDERS {
        for ask in [Ask::Never, Ask::First] {
            let declared = Length::Declared(FLOOD);
            let head = head(path, declared, ask, &[WRONG_SIGNATURE]);
            let mut stream = connect(example.address);
            write(&mut stream, &head);
            let answer = first_answer(stream, ask);
            assert_eq!((answer.status, answer.outcome()), (413, None), "{path}");
            let (answer, taken) = push(&example, &head, declared);
            assert_eq!(answer.status, 413, "{path}");
            assert!(is_left_unread(taken), "{taken} bytes were taken at {path}");
        }
    }
}

#[test]
fn with_a_wrong_signature_a_body_is_read_up_to_the_limit_and_no_further() {
    let example = Example::start_with(&SIGNED);
    for path in ALL_PROVIDERS {
        let send = |length: Length, body: &[u8]| {
            let mut stream = connect(example.address);
            write(
                &mut stream,
                &head(path, length, Ask::Never, &[WRONG_SIGNATURE]),
            );
            write(&mut stream, body);
            let answer = read(&mut BufReader::new(stream));
            assert_eq!(answer.outcome(), None, "{path}, {length:?}");
            answer.status
        };
        let body = vec![b' '; LIMIT + 1];
        for within in [LIMIT - 1, LIMIT] {
            let body = &body[..within];
            assert_eq!(
                send(Length::Declared(within), body),
                401,
                "{path}, {within}"
            );
            assert_eq!(
                send(Length::Unsaid, &chunked(body, 5000)),
                401,
                "{path}, {within}"
            );
        }
        // Refused at the first byte too many: the end is not waited for.
        assert_eq!(
            send(Length::Unsaid, &[chunk(&body[1..]), chunk(b" ")].concat()),
            413,
            "{path}"
        );
    }
}

#[test]
fn with_a_wrong_signature_an_endless_body_costs_no_more_than_the_limit_and_what_the_server_reads_at_once()
 {
    let example = Example::start_with(&SIGNED);
    let heads =
        ALL_PROVIDERS.map(|path| head(path, Length::Unsaid, Ask::Never, &[WRONG_SIGNATURE]));
    let push = |head: &[u8]| {
        let (answer, taken) = push(&example, head, Length::Unsaid);
        assert_eq!((answer.status, answer.outcome()), (413, None));
        assert!(
            taken >= LIMIT && is_left_unread(taken),
            "{taken} bytes were taken"
        );
    };
    let push_each = || heads.iter().for_each(|head| push(head));
    // Threads get their heaps, and no body gets room.
    let small = head(
        ALL_PROVIDERS[0],
        Length::Declared(2),
        Ask::Never,
        &[WRONG_SIGNATURE],
    );
    in_parallel(|| {
        for _ in 0..20 {
            let answer = example.exchange(&[&*small, b"{}"].concat());
            assert_eq!(answer.status, 401);
        }
    });

    let start = example.resident();
    let peak = |during: &dyn Fn()| {
        example.forget_peak();
        during();
        example.peak() - start
    };
    let one = peak(&push_each);
    let eight = peak(&|| in_parallel(push_each));
    let again = peak(&|| (0..20).for_each(|_| in_parallel(push_each)));
    let rest = example.resident() - start;
    println!(
        "{one} KiB for one, {eight} KiB for {PARALLEL} at once, {again} KiB for 20 times that, {rest} KiB after"
    );
    assert!(one < 2 * EACH, "{one} KiB for one");
    let bound = PARALLEL * EACH;
    assert!(eight < bound, "{eight} KiB for {PARALLEL} at once");
    assert!(
        again < bound,
        "{again} KiB for {PARALLEL} at once, 20 times"
    );
}

/// In KiB: the limit of 256, and twice what hyper has read at most before it is asked for it, 408, because a chunk of the
/// old buffer is still in use when there is a new one. One body alone may touch the heaps of two threads.
const EACH: i64 = 1024 + 48;

fn in_parallel(run: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(&run);
        }
    });
}

const PARALLEL: i64 = 8;

const SIGNED: [(&str, &str); 1] = [("CALLHOOK_HMAC_SECRET", "It's a Secret to Everybody")];

/// One that can be read.
const WRONG_SIGNATURE: (&str, &str) = (
    "callhook-signature",
    "sha256=0000000000000000000000000000000000000000000000000000000000000000",
);

/// Whether nobody has read more of a body than was needed to refuse it. Actix-web reads on for up to a second after its
/// answer, so that it gets through, and keeps nothing of what it reads.
fn is_left_unread(taken: usize) -> bool {
    taken < IN_BUFFERS || is_actix()
}

/// What the kernel may take of a body that nobody reads, into the buffers of both ends.
const IN_BUFFERS: usize = 64 * 1024 * 1024;

/// The answer before any of the body was sent. Actix-web tells whoever asks first to go on before any middleware sees the
/// request; what it says next is the answer.
fn first_answer(stream: TcpStream, ask: Ask) -> Reply {
    let mut answers = BufReader::new(stream);
    let first = read(&mut answers);
    if first.status == 100 && ask == Ask::First && is_actix() {
        return read(&mut answers);
    }
    first
}

fn head(target: &str, length: Length, ask: Ask, headers: &[(&str, &str)]) -> Vec<u8> {
    let declared;
    let mut lines = vec![("connection", "keep-alive")];
    lines.push(match length {
        Length::Declared(length) => {
            declared = length.to_string();
            ("content-length", &*declared)
        }
        Length::Unsaid => ("transfer-encoding", "chunked"),
    });
    if ask == Ask::First {
        lines.push(("expect", "100-continue"));
    }
    lines.extend_from_slice(headers);
    request("POST", target, &lines, b"")
}

/// Sends the head, and then 256 MiB without a look at the answer, until the server wants no more of it. Its answer, and
/// how much it has taken, or the kernel for it.
fn push(example: &Example, head: &[u8], length: Length) -> (Reply, usize) {
    let body = [b' '; 64 * 1024];
    let piece = match length {
        Length::Declared(_) => body.to_vec(),
        Length::Unsaid => chunk(&body),
    };
    let mut stream = connect(example.address);
    let mut taken = 0;
    if write(&mut stream, head) {
        while taken < FLOOD && write(&mut stream, &piece) {
            taken += body.len();
        }
    }
    // It came before the connection broke, and is kept for whoever reads it.
    let mut answers = BufReader::new(stream);
    let mut answer = read(&mut answers);
    if answer.status == 100 && is_actix() {
        answer = read(&mut answers);
    }
    (answer, taken)
}

fn still_serves(example: &Example) {
    let answer = example.post(r#"{"type":"event","status":"started","cmiuuid":"still serves"}"#);
    assert_eq!((answer.status, answer.outcome()), (200, None));
}
