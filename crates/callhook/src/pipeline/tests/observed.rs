//! What outcomes tell besides their code.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::logs::logged;
use super::*;
use crate::auth::{Tenant, Tenants};
use crate::replay::Lease;

/// What an [`Outcome`] tells, owned.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    code: &'static str,
    is_authenticated: bool,
    tenant: Option<String>,
    guard: Option<String>,
    event: Option<&'static str>,
    message: Option<String>,
    body_bytes: u64,
    /// Seconds of the steps, in their order, and of all of them.
    seconds: [Option<u64>; 6],
}

type Sink = Arc<Mutex<Vec<Seen>>>;

fn seen_by(sink: &Sink) -> impl Fn(&Outcome<'_>) + use<> {
    let sink = Arc::clone(sink);
    move |outcome| {
        let durations = outcome.durations;
        let steps = [
            durations.lookup(),
            durations.read(),
            durations.claim(),
            durations.handler(),
            durations.commit(),
            durations.total(),
        ];
        sink.lock().expect("no panic").push(Seen {
            code: outcome.code,
            is_authenticated: outcome.is_authenticated,
            tenant: outcome.tenant.map(str::to_owned),
            guard: outcome.guard.map(str::to_owned),
            event: outcome.event,
            message: outcome.message.map(ToString::to_string),
            body_bytes: outcome.body_bytes,
            seconds: steps.map(|step| step.map(|step| step.as_secs())),
        });
    }
}

fn last(sink: &Sink) -> Seen {
    sink.lock().expect("no panic").pop().expect("an outcome")
}

/// A store for which one waits: 3 s for a claim, and 5 s for a commit.
struct Slow(ManualClock);

impl Slow {
    async fn answer<T>(&self, seconds: u64, answer: T) -> Result<T, std::io::Error> {
        let mut has_waited = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            self.0.advance(Duration::from_secs(seconds));
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        Ok(answer)
    }
}

impl ReplayStore for Slow {
    type Error = std::io::Error;

    async fn claim(&self, _: &Lease) -> Result<Claim, std::io::Error> {
        self.answer(3, Claim::First).await
    }

    async fn commit(&self, _: &Lease) -> Result<Settled, std::io::Error> {
        self.answer(5, Settled::Done).await
    }

    async fn release(&self, _: &Lease) -> Result<Settled, std::io::Error> {
        self.answer(5, Settled::Done).await
    }

    fn settle_later(&self, _: Lease, _: Settlement) {}

    async fn flush(&self) {}
}

/// Polls a future that wakes itself to its end.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

#[test]
fn an_outcome_tells_whose_message_it_was_and_how_long_each_step_took() {
    let (clock, sink) = (ManualClock::default(), Sink::default());
    let lookup_clock = clock.clone();
    let tenants = Tenants::query_parameter("tenant", move |_: String| {
        lookup_clock.advance(Duration::from_secs(1));
        std::future::ready(Tenant::new("7", TOKEN).map(Some))
    });
    let endpoint = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .name("calls")
        .replay_store(Slow(clock.clone()))
        .clock(clock.clone())
        .observer(seen_by(&sink))
        .build()
        .expect("valid");
    let claim = |outcome: &str| {
        let query = format!("tenant=acme&token={TOKEN}");
        let admitted = admit(&endpoint, "POST", &query, &Headers::default());
        // The body comes in two halves, two seconds apart.
        let (body_clock, halves) = (clock.clone(), CDR.split_at(9));
        let mut halves = [halves.0.to_owned(), halves.1.to_owned()].into_iter();
        let poll_chunk = move |_: &mut Context<'_>| {
            let half = halves.next();
            if half.is_some() {
                body_clock.advance(Duration::from_secs(1));
            }
            Poll::Ready(half.map(|half| Ok(half.into())))
        };
        let verified = now(admitted.expect(outcome).receive(poll_chunk, no_sleep));
        finish(verified.expect(outcome).claim())
            .expect(outcome)
            .into_parts()
    };

    let (delivery, claimed) = claim("handled");
    clock.advance(Duration::from_secs(4));
    let key = delivery.message_key().expect("an id");
    let key = key.map(|byte| format!("{byte:02x}")).concat();
    finish(claimed.settle(HandlerOutcome::Status(204)));
    let handled = Seen {
        code: "handled",
        is_authenticated: true,
        tenant: Some("7".to_owned()),
        guard: None,
        event: Some("cdr"),
        message: Some(key),
        body_bytes: u64::try_from(CDR.len()).expect("short"),
        seconds: [Some(1), Some(2), Some(3), Some(4), Some(5), Some(15)],
    };
    assert_eq!(last(&sink), handled);

    // A future that is dropped before the store is asked, or while it works, has the outcome all the same.
    for polls in 0..2 {
        let (_, claimed) = claim("handled");
        let mut settle = Box::pin(claimed.settle(HandlerOutcome::Status(204)));
        for _ in 0..polls {
            let mut context = Context::from_waker(Waker::noop());
            assert!(settle.as_mut().poll(&mut context).is_pending());
        }
        drop(settle);
        let dropped = last(&sink);
        assert_eq!(dropped.code, "handled");
        let (commit, total) = [(None, Some(6)), (Some(5), Some(11))][polls];
        assert_eq!(
            dropped.seconds,
            [Some(1), Some(2), Some(3), Some(0), commit, total]
        );
    }

    // Of a request that is dropped, the last step is the one during which it was.
    let (_, claimed) = claim("dropped");
    clock.advance(Duration::from_secs(9));
    drop(claimed);
    let cancelled = last(&sink);
    assert_eq!(cancelled.code, "cancelled");
    assert_eq!(
        cancelled.seconds,
        [Some(1), Some(2), Some(3), Some(9), None, Some(15)]
    );
    assert!(sink.lock().expect("no panic").is_empty());
}

#[test]
fn each_refusal_tells_its_guard_and_what_was_known_by_then() {
    let sink = Sink::default();
    let look_up = async |name: String| {
        let is_known = name == "acme";
        let tenant = is_known.then(|| Tenant::new("7", TOKEN).and_then(|it| it.app_ids(["7"])));
        tenant.transpose()
    };
    let endpoint = || {
        builder()
            .query_token("token", Secrets::of_tenant())
            .tenants(Tenants::query_parameter("tenant", look_up))
            .clock(ManualClock::default())
            .observer(seen_by(&sink))
    };
    let bytes = |body: &str| u64::try_from(body.len()).expect("short");
    let open = endpoint().build().expect("valid");
    let guarded = |query: &str, body: &str| {
        drop(send(&open, "POST", query, body));
        last(&sink)
    };

    let wrong = guarded("tenant=acme&token=wrong", CDR);
    let refused = |guard: &str, tenant: Option<&str>| Seen {
        code: "unauthenticated",
        guard: Some(guard.to_owned()),
        tenant: tenant.map(str::to_owned),
        // The lookup.
        seconds: [Some(0), None, None, None, None, Some(0)],
        ..Seen::default()
    };
    assert_eq!(wrong, refused("query_token:token", Some("7")));
    // Nothing that a stranger makes up is repeated.
    let unknown = guarded(&format!("tenant=made-up&token={TOKEN}"), CDR);
    assert_eq!(unknown, refused("tenants", None));

    let right = format!("tenant=acme&token={TOKEN}");
    let read = [Some(0), Some(0), None, None, None, Some(0)];
    let unreadable = guarded(&right, "{\"a\":");
    assert_eq!(
        unreadable,
        Seen {
            code: "malformed",
            is_authenticated: true,
            tenant: Some("7".to_owned()),
            body_bytes: 5,
            seconds: read,
            ..Seen::default()
        }
    );
    let other = CDR.replace(r#""appid":7"#, r#""appid":8"#);
    let mut foreign = guarded(&right, &other);
    assert!(foreign.message.take().is_some_and(|key| key.len() == 64));
    assert_eq!(
        foreign,
        Seen {
            code: "app_id_not_expected",
            is_authenticated: true,
            tenant: Some("7".to_owned()),
            guard: Some("app_ids".to_owned()),
            event: Some("cdr"),
            message: None,
            body_bytes: bytes(&other),
            seconds: read,
        }
    );

    let listed = endpoint().allow(["192.0.2.0/24"]).build().expect("valid");
    drop(send(&listed, "POST", &right, CDR));
    assert_eq!(
        last(&sink),
        Seen {
            code: "source_not_allowed",
            guard: Some("allow_list".to_owned()),
            ..Seen::default()
        }
    );
}

#[test]
fn observers_that_are_added_each_see_every_outcome() {
    let (first, second) = (Sink::default(), Sink::default());
    let endpoint = guarded()
        .observer(seen_by(&first))
        .observer(seen_by(&second))
        .build()
        .expect("valid");
    drop(send(&endpoint, "POST", "", CDR));
    assert_eq!(last(&first).code, "unauthenticated");
    assert_eq!(last(&second).code, "unauthenticated");
}

#[test]
fn each_field_of_the_log_is_documented() {
    let documented: BTreeSet<&str> = include_str!("../../observe/mod.rs")
        .lines()
        .skip_while(|line| !line.contains("| field | value |"))
        .take_while(|line| line.starts_with("//! |"))
        .filter_map(|line| line.strip_prefix("//! | `")?.split(" | ").next())
        .flat_map(|names| names.trim_end_matches('`').split("`, `"))
        .collect();
    let clock = ManualClock::default();
    let look_up = async |_| Tenant::new("7", TOKEN).map(Some);
    let endpoint = builder()
        .name("calls")
        .query_token("token", Secrets::of_tenant())
        .tenants(Tenants::query_parameter("tenant", look_up))
        .replay_store(Slow(clock.clone()))
        .clock(clock)
        .build()
        .expect("valid");
    let lines = logged(|| {
        for (token, body) in [(TOKEN, CDR), ("wrong", CDR)] {
            let query = format!("tenant=acme&token={token}");
            let head = Head::new("POST", "/hook", Some(&query), &());
            let head = head.peer(Ipv4Addr::LOCALHOST.into());
            let verified =
                now(endpoint.admit(&head, no_sleep)).and_then(|admitted| receive(admitted, body));
            if let Ok(unsettled) = verified.and_then(|verified| finish(verified.claim())) {
                let (_, claimed) = unsettled.into_parts();
                finish(claimed.settle(HandlerOutcome::Status(500)));
            }
        }
    });
    let logged: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| line.split(' '))
        .filter_map(|word| Some(word.split_once('=')?.0))
        .collect();
    assert_eq!(logged, documented);
}
