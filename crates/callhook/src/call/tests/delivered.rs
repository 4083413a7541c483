//! From a delivery to its call.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::Endpoint;
use crate::call::{Call, CallBook, Outcome};
use crate::clock::ManualClock;
use crate::pipeline::Delivery;
use crate::request::Head;
use crate::telecmi::{Event, Telecmi};

const TOKEN: &str = "a-token-of-some-length";

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn delivery(endpoint: &Endpoint<Event>, json: &'static str) -> Delivery<Event> {
    let head = Head::new("POST", "/", Some("token=a-token-of-some-length"), &());
    let admitted = ready(endpoint.admit(&head, |_| std::future::pending())).expect("admitted");
    let mut body = Some(Ok::<_, crate::BrokenBody>(Bytes::from_static(
        json.as_bytes(),
    )));
    let poll_chunk = |_: &mut Context<'_>| Poll::Ready(body.take());
    let verified = admitted.receive(poll_chunk, |_| std::future::pending());
    let verified = ready(verified).expect("readable");
    ready(verified.claim()).expect("claimed").into_parts().0
}

#[test]
fn a_delivery_is_applied_to_its_call_at_the_time_it_was_received() {
    let endpoint = Endpoint::builder(Telecmi)
        .query_token("token", TOKEN)
        .clock(ManualClock::default())
        .build()
        .expect("a valid endpoint");
    let ringing = delivery(
        &endpoint,
        r#"{"type":"event","status":"started","cmiuuid":"b","conversation_uuid":"c","leg":"b","direction":"outbound","team":"t","user":"u","from":"+44 1"}"#,
    );
    let record = delivery(
        &endpoint,
        r#"{"type":"cdr","status":"answered","cmiuuid":"b","conversation_uuid":"c","direction":"inbound","user":"u","answeredsec":9}"#,
    );
    let book = CallBook::new();
    assert!(book.apply(&ringing).is_new);
    let update = book.apply(&record);
    assert!(update.is_now_over && !update.is_new);
    assert_eq!(update.call.outcome(), Some(Outcome::Answered));
    assert_eq!(update.answers.customer, Some("441".into()));
    assert_eq!(
        update.answers.talk_seconds.map(|seconds| seconds.get()),
        Some(9)
    );
    let seen = update.answers.answer_seen_at.map(|at| at.to_system_time());
    assert_eq!(seen, Some(record.received_at()));

    let mut rebuilt = Call::of(&record);
    rebuilt.join(&Call::of(&ringing)).expect("of one scope");
    assert!(rebuilt == *update.call);
}
