//! Messages that were not understood: what the log says of them, and who is offered their bytes.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::logs::{field, logged};
use super::*;

#[test]
fn what_is_not_understood_is_logged_once_an_hour_for_each_kind() {
    let clock = ManualClock::default();
    let builder = || guarded().name("calls").clock(clock.clone());
    let endpoint = builder().build().expect("valid");
    let notices = |bodies: &[&str]| {
        let lines = logged(|| {
            for body in bodies {
                drop(post(&endpoint, body));
            }
            // A stranger's are nobody's.
            drop(send(&endpoint, "POST", "", "{"));
        });
        let notices = lines.into_iter().filter(|line| line.contains(" count="));
        let notices = notices.map(|line| {
            assert!(line.starts_with("WARN callhook: "), "{line}");
            let kind = field(&line, "event").or(field(&line, "code"));
            let count = field(&line, "count").expect("a count");
            format!("{} {count}", kind.expect("a kind"))
        });
        notices.collect::<Vec<_>>()
    };
    let new = r#"{"type":"fax","pages":"2"}"#;
    assert_eq!(notices(&[CDR]), [""; 0]);
    assert_eq!(
        notices(&[new, new, "{", "", "{"]),
        ["unrecognized 1", "malformed 1", "empty 1"]
    );
    clock.advance(Duration::from_secs(3_599));
    assert_eq!(notices(&[new, "{"]), [""; 0]);
    clock.advance(Duration::from_secs(1));
    assert_eq!(notices(&["{", new, "{"]), ["malformed 3", "unrecognized 3"]);

    // What the handler doesn't get: another account's.
    let lines = logged(|| {
        let expected = endpoint_of(builder().app_ids(["7"]));
        assert!(post(&expected, new).is_err());
    });
    assert!(
        lines
            .iter()
            .any(|line| line.contains("app_id_not_expected"))
    );
    assert!(
        lines.iter().all(|line| !line.contains(" count=")),
        "{lines:?}"
    );
    // A body that breaks off is the network's doing.
    let lines = logged(|| {
        let admitted = admit(
            &endpoint,
            "POST",
            &format!("token={TOKEN}"),
            &Headers::default(),
        );
        let broken = |_: &mut Context<'_>| Poll::Ready(Some(Err(BrokenBody)));
        let received = now(admitted.expect("admitted").receive(broken, no_sleep));
        assert_eq!(refusal(received).code(), "incomplete");
    });
    assert!(
        lines.iter().all(|line| !line.contains(" count=")),
        "{lines:?}"
    );

    let lost = logged(|| drop(post(&endpoint_of(builder()), "{")));
    assert!(lost.iter().any(|line| line.contains("set on_unreadable")));
    let kept = builder().on_unreadable(|_, _| {});
    let kept = logged(|| drop(post(&endpoint_of(kept), "{")));
    assert!(
        kept.iter()
            .any(|line| line.contains("was given their bytes"))
    );
}

fn endpoint_of(builder: EndpointBuilder<Event>) -> Endpoint<Event> {
    builder.build().expect("valid")
}

#[test]
fn unrecognized_messages_are_offered_with_their_bytes_and_handled_all_the_same() {
    let offered = Arc::new(Mutex::new(Vec::new()));
    let count = Arc::new(AtomicUsize::new(0));
    let (sink, counted) = (Arc::clone(&offered), Arc::clone(&count));
    let endpoint = guarded()
        .app_ids(["7"])
        .on_unrecognized(move |bytes: &[u8], event: &Event| {
            assert!(matches!(event, Event::Unrecognized(_)), "{event:?}");
            sink.lock().expect("no panic").push(bytes.to_vec());
        })
        .on_unreadable(move |_, _| {
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .expect("valid");
    let fax = r#"{"type":"fax","appid":7}"#;
    assert!(post(&endpoint, fax).is_ok());
    assert!(post(&endpoint, CDR).is_ok());
    drop(post(&endpoint, "{"));
    // Another account's, and a stranger's.
    assert!(post(&endpoint, r#"{"type":"fax","appid":8}"#).is_err());
    assert!(send(&endpoint, "POST", "", fax).is_err());
    assert_eq!(*offered.lock().expect("no panic"), [fax.as_bytes()]);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}
