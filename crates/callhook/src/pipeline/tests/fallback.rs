//! What is answered in the place of a handler whose sender waits.

use std::future::{pending, ready};
use std::sync::Mutex;

use super::*;
use crate::observe::{FallbackCause, OutcomeKind};

const FLOW: &str = r#"{"from":919000000001,"to":911203000000,"cmiuuid":"a","appid":7}"#;

/// Kinds and statuses of the outcomes.
type Seen = Arc<Mutex<Vec<(OutcomeKind, Option<u16>)>>>;

fn endpoint(clock: &ManualClock) -> (Endpoint<Event>, Seen) {
    let seen = Seen::default();
    let observed = Arc::clone(&seen);
    let observer = move |outcome: &Outcome<'_>| {
        let outcome = (outcome.kind, outcome.status);
        observed.lock().expect("not poisoned").push(outcome);
    };
    let endpoint = guarded()
        .clock(clock.clone())
        .observer(observer)
        .fallback(Route::ivr("sorry"))
        .build();
    (endpoint.expect("a valid configuration"), seen)
}

type Answer = Result<u16, &'static str>;

/// Sends a message to a handler, and gives the answer and the one outcome.
fn handle(
    body: &str,
    handler: impl Future<Output = Answer>,
    sleep: impl FnOnce(Duration) -> std::future::Ready<()>,
) -> (Result<Answer, Reply>, (OutcomeKind, Option<u16>)) {
    let (endpoint, seen) = endpoint(&ManualClock::default());
    let (_, claimed) = post(&endpoint, body).expect("claimed");
    let answer = now(claimed.answer(handler, |status| *status, sleep));
    now(endpoint.idle());
    let seen = seen.lock().expect("not poisoned");
    let [outcome] = seen[..] else {
        panic!("{seen:?}");
    };
    (answer, outcome)
}

fn no_timer(_: Duration) -> std::future::Ready<()> {
    panic!("a timer was made")
}

#[test]
fn what_a_waiting_sender_is_answered_is_reported_with_its_cause() {
    let panics = async || -> Answer { panic!("as planned") };
    type Handling = std::pin::Pin<Box<dyn Future<Output = Answer>>>;
    let cases: [(&str, Handling, _); 4] = [
        (
            "a status",
            Box::pin(ready(Ok(503))),
            FallbackCause::Status(503),
        ),
        ("an error", Box::pin(ready(Err("no"))), FallbackCause::Error),
        ("a panic", Box::pin(panics()), FallbackCause::Panicked),
        ("time", Box::pin(pending()), FallbackCause::TooSlow),
    ];
    for (name, handler, cause) in cases {
        let (answer, outcome) = handle(FLOW, handler, |_| ready(()));
        let reply = answer.expect_err(name);
        assert_eq!(outcome, (OutcomeKind::Fallback(cause), Some(200)), "{name}");
        assert_eq!(reply.status(), 200, "{name}");
        let body = reply.body().expect(name);
        assert_eq!(
            &body.bytes()[..],
            br#"{"action":"ivr","name":"sorry"}"#,
            "{name}"
        );
        let headers: Vec<_> = reply.headers().collect();
        let expected = [
            ("callhook-outcome", "fallback"),
            ("content-type", "application/json"),
        ];
        assert_eq!(
            headers,
            expected.map(|(name, value)| (name, value.into())),
            "{name}"
        );
        assert!(reply.rejection().is_none(), "{name}");
    }
}

#[test]
fn a_handler_that_panics_before_it_returns_a_future_is_replaced_too() {
    let (endpoint, _) = endpoint(&ManualClock::default());
    let verified = verify(&endpoint, "POST", &format!("token={TOKEN}"), FLOW).expect("verified");
    let unsettled = now(verified.claim()).expect("claimed");
    let handler = |_: Delivery<Event>| -> std::future::Ready<Answer> { panic!("as planned") };
    let answer = now(unsettled.answer(handler, |status| *status, no_timer));
    assert_eq!(answer.expect_err("the fallback").status(), 200);
}

#[test]
fn what_needs_no_fallback_passes_and_is_settled() {
    for (body, answer, outcome) in [
        (FLOW, Ok(200), (OutcomeKind::Handled, Some(200))),
        (FLOW, Ok(299), (OutcomeKind::Handled, Some(299))),
        (CDR, Ok(204), (OutcomeKind::Handled, Some(204))),
        (CDR, Ok(500), (OutcomeKind::Failed, Some(500))),
        (CDR, Err("no"), (OutcomeKind::Failed, None)),
    ] {
        let (answered, seen) = handle(body, ready(answer), no_timer);
        assert_eq!(answered.expect("no fallback"), answer);
        assert_eq!(seen, outcome);
    }
}

#[test]
fn a_handler_has_the_time_that_is_left_since_it_was_called() {
    let clock = ManualClock::default();
    let (endpoint, _) = endpoint(&clock);
    let (_, claimed) = post(&endpoint, FLOW).expect("claimed");
    // Works for two seconds, and then waits.
    let handler = async {
        clock.advance(Duration::from_secs(2));
        pending::<Answer>().await
    };
    let slept = std::cell::Cell::new(None);
    let sleep = |time| {
        slept.set(Some(time));
        ready(())
    };
    assert!(now(claimed.answer(handler, |status| *status, sleep)).is_err());
    assert_eq!(slept.get(), Some(Duration::from_secs(3)));
}

#[test]
fn a_handler_that_is_counted_keeps_the_endpoint_busy_after_its_guard_is_gone() {
    let (endpoint, _) = endpoint(&ManualClock::default());
    let (_, claimed) = post(&endpoint, FLOW).expect("claimed");
    assert!(claimed.has_fallback());
    let handler = claimed.counted(ready(()));
    now(claimed.settle(HandlerOutcome::Status(200)));
    let mut idle = Box::pin(endpoint.idle());
    let mut context = Context::from_waker(Waker::noop());
    assert!(idle.as_mut().poll(&mut context).is_pending());
    now(handler);
    assert!(idle.as_mut().poll(&mut context).is_ready());
}

#[test]
fn a_sender_that_hangs_up_is_reported_as_that() {
    let (endpoint, seen) = endpoint(&ManualClock::default());
    let (_, claimed) = post(&endpoint, FLOW).expect("claimed");
    let mut answer = Box::pin(claimed.answer(pending::<Answer>(), |status| *status, no_sleep));
    let mut context = Context::from_waker(Waker::noop());
    assert!(answer.as_mut().poll(&mut context).is_pending());
    drop(answer);
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(*seen, [(OutcomeKind::Cancelled, None)]);
}
