//! When an endpoint last heard anything.

use super::*;

#[test]
fn an_endpoint_knows_when_it_last_received_and_handled_anything_and_so_do_its_clones() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let clock = ManualClock::new(start);
    let endpoint = guarded().clock(clock.clone()).build().expect("valid");
    let clone = endpoint.clone();
    let last = || {
        assert_eq!(endpoint.last_received(), clone.last_received());
        let after = |at: Option<SystemTime>| {
            at.map(|at| at.duration_since(start).expect("after the start").as_secs())
        };
        (after(clone.last_received()), after(clone.last_handled()))
    };
    let tick = || clock.advance(Duration::from_secs(1));
    assert_eq!(last(), (None, None));

    tick();
    let (_, claimed) = post(&endpoint, CDR).expect("the first");
    // However long its handler takes.
    assert_eq!(last(), (Some(1), None));
    // When it arrived counts, not when its handler was done.
    tick();
    now(claimed.settle(HandlerOutcome::Status(200)));
    assert_eq!(last(), (Some(1), Some(1)));

    // Neither a stranger nor a probe is a platform that sends.
    tick();
    drop(send(&endpoint, "POST", "token=wrong", CDR));
    drop(send(&endpoint, "HEAD", &format!("token={TOKEN}"), ""));
    assert_eq!(last(), (Some(1), Some(1)));

    drop(post(&clone, "{"));
    assert_eq!(last(), (Some(3), Some(1)));
    tick();
    let (_, claimed) = post(&endpoint, REVISED).expect("another content");
    now(claimed.settle(HandlerOutcome::Status(500)));
    assert_eq!(last(), (Some(4), Some(1)));
    tick();
    assert_eq!(outcome(post(&endpoint, CDR)), told(200, "replay"));
    assert_eq!(last(), (Some(5), Some(1)));
}
