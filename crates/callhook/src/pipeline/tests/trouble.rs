//! A replay store that fails, or panics, wherever it is asked: the endpoint's policy decides, and nothing is lost.

use super::*;
use crate::replay::Lease;

/// How a store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Error,
    /// As its method is called, before there is a future.
    PanicAtOnce,
    /// In the future, after it has waited.
    PanicLater,
}

const TROUBLES: [Trouble; 3] = [Trouble::Error, Trouble::PanicAtOnce, Trouble::PanicLater];

/// Fails where it is told to, and remembers what it was asked.
#[derive(Clone, Default)]
struct Troubled(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    trouble: Option<Trouble>,
    asked: Vec<&'static str>,
}

impl Troubled {
    fn begin(&self, trouble: Trouble) {
        self.0.lock().expect("no panic under it").trouble = Some(trouble);
    }

    fn end(&self) {
        self.0.lock().expect("no panic under it").trouble = None;
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().expect("no panic under it").asked)
    }

    /// Outside a future: the panic of a method that isn't an `async fn`.
    fn ask(&self, what: &'static str) -> Option<Trouble> {
        let mut state = self.0.lock().expect("no panic under it");
        state.asked.push(what);
        let trouble = state.trouble;
        drop(state);
        assert_ne!(trouble, Some(Trouble::PanicAtOnce), "44770090 is planned");
        trouble
    }

    fn answer<T: Send>(
        &self,
        what: &'static str,
        answer: T,
    ) -> impl Future<Output = Result<T, std::io::Error>> + Send + use<T> {
        let trouble = self.ask(what);
        async move {
            once_more().await;
            match trouble {
                Some(Trouble::Error) => Err(std::io::Error::other("no connection")),
                Some(_) => panic!("44770090 is planned"),
                None => Ok(answer),
            }
        }
    }
}

impl ReplayStore for Troubled {
    type Error = std::io::Error;

    fn claim(&self, _: &Lease) -> impl Future<Output = Result<Claim, std::io::Error>> + Send {
        self.answer("claim", Claim::First)
    }

    fn commit(&self, _: &Lease) -> impl Future<Output = Result<Settled, std::io::Error>> + Send {
        self.answer("commit", Settled::Done)
    }

    fn release(&self, _: &Lease) -> impl Future<Output = Result<Settled, std::io::Error>> + Send {
        self.answer("release", Settled::Done)
    }

    fn settle_later(&self, _: Lease, settlement: Settlement) {
        self.ask(match settlement {
            Settlement::Commit => "commit later",
            Settlement::Release => "release later",
        });
    }

    fn flush(&self) -> impl Future<Output = ()> + Send {
        let answer = self.answer("flush", ());
        async move {
            let _ = answer.await;
        }
    }
}

async fn once_more() {
    let mut is_over = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut is_over, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Runs a future that waits for nothing but this store.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..10 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future waits for something else");
}

fn claim(endpoint: &Endpoint<Event>) -> Result<(Delivery<Event>, Claimed), Reply> {
    let query = format!("token={TOKEN}");
    let verified = verify(endpoint, "POST", &query, CDR).expect("readable");
    run(verified.claim()).map(Unsettled::into_parts)
}

fn with_policy(policy: OnStoreFailure) -> (Troubled, Endpoint<Event>) {
    let store = Troubled::default();
    let builder = guarded().name("calls").replay_store(store.clone());
    let endpoint = builder
        .on_store_failure(policy)
        .build()
        .expect("a valid endpoint");
    (store, endpoint)
}

#[test]
fn a_store_that_fails_to_claim_is_handled_by_the_policy_and_told_the_outcome_without_waiting() {
    for trouble in TROUBLES {
        let (store, endpoint) = with_policy(OnStoreFailure::Handle);
        store.begin(trouble);
        let (delivery, claimed) = claim(&endpoint).expect("handled anyway");
        assert_eq!(
            delivery.replay_status(),
            ReplayStatus::Unchecked(UncheckedReason::StoreUnavailable),
            "{trouble:?}"
        );
        run(claimed.settle(HandlerOutcome::Status(200)));
        assert_eq!(store.asked(), ["claim", "commit later"], "{trouble:?}");

        let (store, endpoint) = with_policy(OnStoreFailure::Refuse);
        store.begin(trouble);
        let refused = outcome(claim(&endpoint));
        assert_eq!(refused, told(503, "store_unavailable"), "{trouble:?}");
        assert_eq!(store.asked(), ["claim", "release later"], "{trouble:?}");

        // It is asked again for the next message.
        store.end();
        let (delivery, claimed) = claim(&endpoint).expect("first");
        assert_eq!(delivery.replay_status(), ReplayStatus::First, "{trouble:?}");
        run(claimed.settle(HandlerOutcome::Status(200)));
        assert_eq!(store.asked(), ["claim", "commit"], "{trouble:?}");
    }
}

#[test]
fn a_commit_or_release_that_fails_is_tried_once_more() {
    for trouble in TROUBLES {
        for policy in [OnStoreFailure::Handle, OnStoreFailure::Refuse] {
            for (answer, tried) in [
                (200, ["claim", "commit", "commit later"]),
                (500, ["claim", "release", "release later"]),
            ] {
                let (store, endpoint) = with_policy(policy);
                let (_, claimed) = claim(&endpoint).expect("first");
                store.begin(trouble);
                run(claimed.settle(HandlerOutcome::Status(answer)));
                assert_eq!(store.asked(), tried, "{trouble:?} {policy:?}");
            }
        }
    }
}

#[test]
fn an_endpoint_becomes_idle_whatever_its_store_does_meanwhile() {
    for trouble in TROUBLES {
        let (store, endpoint) = with_policy(OnStoreFailure::Handle);
        let (_, claimed) = claim(&endpoint).expect("first");
        store.begin(trouble);
        drop(claimed);
        run(endpoint.idle());
        assert_eq!(
            store.asked(),
            ["claim", "release later", "flush"],
            "{trouble:?}"
        );
    }
}

#[test]
fn the_cause_of_a_refusal_is_the_stores_error_and_never_the_message_of_its_panic() {
    for (trouble, cause) in [
        (Trouble::Error, "no connection"),
        (Trouble::PanicAtOnce, "the replay store panicked"),
        (Trouble::PanicLater, "the replay store panicked"),
    ] {
        let (store, endpoint) = with_policy(OnStoreFailure::Refuse);
        store.begin(trouble);
        let reply = claim(&endpoint).expect_err("refused");
        let told = reply.rejection().and_then(|rejection| rejection.source());
        assert_eq!(told.map(ToString::to_string).as_deref(), Some(cause));
    }
}
