//! What a body costs while it is read.

use std::alloc::System;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use callhook::auth::HmacScheme;
use callhook::request::{Head, HeaderLines};
use callhook::telecmi::{Event, Telecmi};
use callhook::{BrokenBody, Endpoint, InnerBody, RejectionKind};
use stats_alloc::{Region, Stats};

use crate::{ALLOCATOR, alone, ready};

/// The default.
const LIMIT: usize = 256 * 1024;

/// What a body is moved out of once, on its way to the limit, and a page for the guards, their answer and the log.
const SLACK: usize = 16 * 1024 + 4096;

/// In bytes: a sender that trickles, network packets, what servers read at once, and sizes that fit into nothing.
const CHUNKS: [usize; 10] = [
    1, 1460, 8192, 16_384, 20_000, 65_536, 100_000, 131_000, 200_000, LIMIT,
];

#[test]
fn of_a_body_with_a_wrong_signature_no_more_than_the_limit_and_one_chunk_is_held() {
    let _alone = alone();
    let endpoint = Endpoint::builder(Telecmi)
        .hmac(HmacScheme::sha256(
            "signature",
            "It's a Secret to Everybody",
        ))
        .build()
        .expect("a valid configuration");
    for chunk in CHUNKS {
        for (length, refused) in [
            (LIMIT / 100, RejectionKind::Unauthenticated),
            (LIMIT / 3, RejectionKind::Unauthenticated),
            (LIMIT, RejectionKind::Unauthenticated),
            (10 * LIMIT, RejectionKind::TooLarge),
        ] {
            // The test harness allocates too, when another test has just ended: not three times.
            let peaks = [(); 3].map(|()| peak(&endpoint, length, chunk, refused));
            let peak = peaks.into_iter().min().expect("three");
            println!("chunks of {chunk}, {length} bytes: {peak} bytes held at most");
            assert!(
                peak <= LIMIT + chunk + SLACK,
                "{peak} bytes are held of {length} in chunks of {chunk}"
            );
        }
    }
}

#[test]
fn a_small_body_in_one_chunk_is_not_copied() {
    let _alone = alone();
    let message = Bytes::from(format!("[\"{}\"]", "x".repeat(16 * 1024 - 4)));

    let read = read([message.clone()]);

    assert_eq!(read.as_ptr(), message.as_ptr());
}

#[test]
fn a_message_that_is_kept_takes_no_more_than_its_length_though_it_came_in_chunks() {
    let _alone = alone();
    let message = format!("[{}]", "1,".repeat(10_000) + "1");
    let kept = [(); 3].map(|()| {
        let region = Region::new(ALLOCATOR);
        let read = read(message.as_bytes().chunks(1460).map(Bytes::copy_from_slice));
        assert_eq!(read, message);
        let kept = region.change();
        drop(read);
        kept.bytes_allocated.saturating_sub(kept.bytes_deallocated)
    });
    let kept = kept.into_iter().min().expect("three");
    assert!(kept < message.len() + 1024, "{kept} bytes are kept");
}

/// What the handler gets of an array in these chunks.
fn read(chunks: impl IntoIterator<Item = Bytes>) -> Bytes {
    let endpoint = Endpoint::builder(Telecmi)
        .insecure_no_authentication()
        .build()
        .expect("a valid configuration");
    let head = Head::new("POST", "/", None, &());
    let admitted = ready(endpoint.admit(&head, no_sleep)).expect("nothing is guarded");
    let mut chunks = chunks.into_iter();
    let poll_chunk = |_: &mut Context<'_>| Poll::Ready(chunks.next().map(Ok));
    match ready(admitted.receive(poll_chunk, no_sleep))
        .expect("JSON")
        .body()
    {
        InnerBody::Unchanged(body) => body,
        other => panic!("{other:?}"),
    }
}

fn no_sleep(_: Duration) -> std::future::Pending<()> {
    std::future::pending()
}

/// The most bytes that were in use at once while a body came in chunks and was refused.
fn peak(endpoint: &Endpoint<Event>, length: usize, chunk: usize, refused: RejectionKind) -> usize {
    let region = Region::new(ALLOCATOR);
    let head = Head::new("POST", "/", None, &WrongSignature);
    let admitted = ready(endpoint.admit(&head, no_sleep)).expect("it can be read");
    let mut left = length;
    let mut peak = 0;
    let mut step = Step::begin(&region, 0);
    let poll_chunk = |_: &mut Context<'_>| {
        peak = peak.max(step.end(&region));
        let bytes = chunk.min(left);
        left -= bytes;
        let next = (bytes > 0).then(|| Ok::<_, BrokenBody>(Bytes::from(vec![b' '; bytes])));
        step = Step::begin(&region, bytes);
        Poll::Ready(next)
    };
    let reply = ready(admitted.receive(poll_chunk, no_sleep)).expect_err("refused");
    let rejection = reply.rejection().expect("a refusal");
    assert_eq!(rejection.kind(), refused);
    peak.max(step.end(&region))
}

/// What is done with one chunk, until the next one is asked for.
struct Step {
    before: Stats,
    chunk: usize,
}

impl Step {
    fn begin(region: &Region<'_, System>, chunk: usize) -> Self {
        Self {
            before: region.change(),
            chunk,
        }
    }

    /// The most that can have been in use at once. What the step frees counts until its end, and what it lets grow as a
    /// copy beside all that was there: no allocator does worse.
    fn end(&self, region: &Region<'_, System>) -> usize {
        let (before, after) = (self.before, region.change());
        let in_use = before
            .bytes_allocated
            .saturating_sub(before.bytes_deallocated);
        let allocated = after.bytes_allocated - before.bytes_allocated;
        let has_grown = after.bytes_reallocated > before.bytes_reallocated;
        let copied = if has_grown {
            in_use.saturating_sub(self.chunk)
        } else {
            0
        };
        in_use + allocated + copied
    }
}

/// One that can be read, in the only header there is.
struct WrongSignature;

impl HeaderLines for WrongSignature {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        (name == "signature" && index == 0).then_some(&[b'0'; 64])
    }
}
