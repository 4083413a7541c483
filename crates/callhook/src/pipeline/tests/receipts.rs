//! Receipts, and messages that a transaction of the application has marked.

use super::*;
use crate::replay::{Lease, Receipt, StoreId};

/// What a transaction has told a delivery's receipt.
type Told = fn(&Receipt);

const NOTHING: Told = |_| {};
const MARKED: Told = |receipt| assert!(receipt.mark_in_transaction());
const FOUND_HANDLED: Told = Receipt::mark_found_handled;

#[test]
fn what_a_transaction_has_told_decides_what_is_settled() {
    let answers: [(&str, Option<HandlerOutcome>); 4] = [
        ("2xx", Some(HandlerOutcome::Status(204))),
        ("500", Some(HandlerOutcome::Status(500))),
        ("an error", Some(HandlerOutcome::Error)),
        ("dropped", None),
    ];
    type Settles = [Option<&'static str>; 4];
    let rows: [(&str, Told, bool, Settles); 6] = [
        (
            "nothing told",
            NOTHING,
            false,
            [Some("commit"), Some("release"), Some("release"), LATER],
        ),
        (
            "marked",
            MARKED,
            false,
            [None, Some("release"), Some("release"), LATER],
        ),
        ("found handled", FOUND_HANDLED, false, [None; 4]),
        (
            "nothing told, the store away",
            NOTHING,
            true,
            [Some("commit later"), LATER, LATER, LATER],
        ),
        (
            "marked, the store away",
            MARKED,
            true,
            [None, LATER, LATER, LATER],
        ),
        (
            "found handled, the store away",
            FOUND_HANDLED,
            true,
            [None; 4],
        ),
    ];
    for (case, told, is_away, settles) in rows {
        for ((answer, outcome), expected) in answers.into_iter().zip(settles) {
            let (gate, builder) = with_gate();
            let endpoint = builder.build().expect("a valid endpoint");
            gate.state().fails = is_away;
            let (delivery, claimed) = post(&endpoint, CDR).expect("handled");
            gate.state().fails = false;
            told(delivery.receipt().expect("a receipt"));
            match outcome {
                Some(outcome) => now(claimed.settle(outcome)),
                None => drop(claimed),
            }
            let asked = gate.state().asked.clone();
            let expected: Vec<_> = Some("claim").into_iter().chain(expected).collect();
            assert_eq!(asked, expected, "{case}, {answer}");
        }
    }
}

const LATER: Option<&str> = Some("release later");

#[test]
fn a_marked_message_whose_handler_panics_is_released() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    let panicked = std::thread::spawn(move || {
        let (delivery, _claimed) = post(&endpoint, CDR).expect("first");
        delivery.receipt().expect("a receipt").mark_in_transaction();
        panic!("a handler panics");
    });
    assert!(panicked.join().is_err());
    assert_eq!(gate.state().asked, ["claim", "release later"]);
}

#[test]
fn a_release_that_the_store_does_not_answer_is_tried_once_more_though_marked() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    let (delivery, claimed) = post(&endpoint, CDR).expect("first");
    delivery.receipt().expect("a receipt").mark_in_transaction();
    gate.state().holds = true;
    start_and_drop(claimed.settle(HandlerOutcome::Status(500)));
    assert_eq!(gate.state().asked, ["claim", "release", "release later"]);
}

#[test]
fn what_one_clone_was_told_all_know() {
    let (gate, builder) = with_gate();
    let endpoint = builder.build().expect("a valid endpoint");
    let (delivery, claimed) = post(&endpoint, CDR).expect("first");
    let clone = delivery.clone();
    let receipt = clone.receipt().expect("a receipt");
    assert!(!receipt.is_marked_in_transaction());
    assert!(receipt.clone().mark_in_transaction());
    let receipt = delivery.receipt().expect("a receipt");
    assert!(receipt.is_marked_in_transaction());
    assert!(!receipt.mark_in_transaction(), "the second time");
    receipt.mark_found_handled();
    assert!(!receipt.is_marked_in_transaction());
    now(claimed.settle(HandlerOutcome::Status(500)));
    assert_eq!(gate.state().asked, ["claim"]);
}

#[test]
fn a_receipt_is_of_the_claim_the_store_and_the_windows_of_its_endpoint() {
    let store = Named(StoreId::unique());
    let build = |builder: EndpointBuilder<Event>| builder.build().expect("a valid endpoint");
    let named = build(
        guarded()
            .name("calls")
            .replay_store(Arc::new(store))
            .lease(Duration::from_secs(7))
            .replay_window(Duration::from_secs(700))
            .live_replay_window(Duration::from_secs(70)),
    );
    let live = r#"{"type":"event","status":"hangup","cmiuuid":"a"}"#;
    for (body, window) in [(CDR, 700), (live, 70)] {
        let (delivery, _claimed) = post(&named, body).expect("handled");
        let receipt = delivery.receipt().expect("a receipt");
        assert_eq!(receipt.store_id(), Some(store.0));
        assert_eq!(receipt.window(), Duration::from_secs(window));
        let lease = receipt.lease();
        assert_eq!(lease.duration(), Duration::from_secs(7));
        assert_eq!(lease.window(), receipt.window());
        assert_eq!(receipt.message_key(), lease.identity().message_key());
        assert_eq!(
            u128::from_be_bytes(receipt.token()),
            lease.token().to_bits()
        );
        assert_eq!(
            u128::from_be_bytes(receipt.content()),
            lease.fingerprint().to_bits()
        );
    }
    assert_ne!(StoreId::unique(), StoreId::unique());
    let (delivery, _claimed) = post(&endpoint(), CDR).expect("handled");
    assert_eq!(delivery.receipt().expect("a receipt").store_id(), None);
}

#[test]
fn a_message_has_one_key_and_each_of_its_contents_has_one() {
    let endpoint = endpoint();
    let deliver = |body| {
        let (delivery, claimed) = post(&endpoint, body).expect("handled");
        drop(claimed);
        delivery
    };
    let (first, copy, revision) = (deliver(CDR), deliver(CDR), deliver(REVISED));
    let other = deliver(&CDR.replace(r#""a""#, r#""b""#));
    for same in [&copy, &revision] {
        assert_eq!(same.message_key(), first.message_key());
    }
    assert_ne!(other.message_key(), first.message_key());
    assert_eq!(copy.content_key(), first.content_key());
    assert_ne!(revision.content_key(), first.content_key());
    assert_ne!(other.content_key(), first.content_key());
    let receipts = [&first, &copy].map(|delivery| delivery.receipt().expect("a receipt"));
    assert_ne!(receipts[0].token(), receipts[1].token());
    for (delivery, receipt) in [&first, &copy].into_iter().zip(receipts) {
        assert_eq!(delivery.message_key(), Ok(receipt.message_key()));
        assert_eq!(delivery.content_key(), Ok(receipt.content_key()));
    }
}

#[test]
fn a_content_key_is_the_same_in_every_release_of_one_fingerprint_version() {
    // A known answer, of `sha256sum` over the message's key and the content.
    let identity = crate::replay::Identity::for_test("cdr", "1");
    let second = Duration::from_secs(1);
    let content = crate::replay::Fingerprint::from_bits(0x0102_0304);
    let token = crate::replay::Token::from_bits(7);
    let receipt = Receipt::for_test(Lease::new(identity, content, token, second, second), None);
    let hex = |key: [u8; 32]| key.map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(
        hex(receipt.message_key()),
        "cb224a3783ce84547530ef9793a3bdc2dc39a24dc39c2feb7818643603b76a34"
    );
    assert_eq!(
        hex(receipt.content_key()),
        "00493bc83857bea91905295f704693d6023178b101da1bd66107ba716a2543e7"
    );
}

#[test]
fn what_replay_protection_does_not_cover_has_no_receipt_and_a_key_where_it_has_an_id() {
    let off = guarded().insecure_no_replay_protection();
    let off = off.build().expect("a valid endpoint");
    let flow = r#"{"from":1,"to":2,"cmiuuid":"a"}"#;
    let no_id = r#"{"type":"cdr","status":"missed"}"#;
    let (awaits, no_key) = (UncheckedReason::AwaitsAnswer, UncheckedReason::NoId);
    for (endpoint, body, receipt, key) in [
        (endpoint(), flow, awaits, Some(awaits)),
        (endpoint(), no_id, no_key, Some(no_key)),
        (off.clone(), flow, UncheckedReason::Off, Some(awaits)),
        (off.clone(), no_id, UncheckedReason::Off, Some(no_key)),
        (off, CDR, UncheckedReason::Off, None),
    ] {
        let (delivery, claimed) = post(&endpoint, body).expect("handled");
        assert_eq!(delivery.receipt().err(), Some(receipt), "{body}");
        assert_eq!(delivery.replay_status(), ReplayStatus::Unchecked(receipt));
        assert_eq!(delivery.message_key().err(), key, "{body}");
        assert_eq!(delivery.content_key().err(), key, "{body}");
        now(claimed.settle(HandlerOutcome::Status(200)));
    }
}

#[test]
fn what_is_printed_of_a_receipt_shows_no_part_of_the_message() {
    let body = CDR.replace(r#""a""#, r#""the-id-of-the-call""#);
    let (delivery, _claimed) = post(&endpoint(), &body).expect("handled");
    let receipt = delivery.receipt().expect("a receipt");
    let shown = format!("{receipt:?} {receipt:#?}");
    assert!(shown.contains("telecmi"), "{shown}");
    assert!(!shown.contains("the-id-of-the-call"), "{shown}");
    assert!(!shown.contains("answered"), "{shown}");
}

/// A store with an id.
#[derive(Clone, Copy)]
struct Named(StoreId);

impl ReplayStore for Named {
    type Error = std::io::Error;

    async fn claim(&self, _: &Lease) -> Result<Claim, std::io::Error> {
        Ok(Claim::First)
    }

    async fn commit(&self, _: &Lease) -> Result<Settled, std::io::Error> {
        Ok(Settled::Done)
    }

    async fn release(&self, _: &Lease) -> Result<Settled, std::io::Error> {
        Ok(Settled::Done)
    }

    fn settle_later(&self, _: Lease, _: Settlement) {}

    async fn flush(&self) {}

    fn store_id(&self) -> Option<StoreId> {
        Some(self.0)
    }
}
