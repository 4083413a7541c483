//! What a book keeps, tells and forgets.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use super::{CallBook, CallKey, Change, Subscription, Update};
use crate::call::{Call, CallSummary, MessageKind, Phase};
use crate::clock::ManualClock;

fn message(ids: &[&str], change: impl Fn(&mut CallSummary)) -> Call {
    let mut ids = ids.iter().copied();
    let mut summary = CallSummary {
        kind: MessageKind::Live,
        leg_id: ids.next().map(Into::into),
        call_id: ids.next().map(Into::into),
        request_id: ids.next().map(Into::into),
        ..CallSummary::new("pbx")
    };
    change(&mut summary);
    Call::of_summary(&summary, None, SystemTime::UNIX_EPOCH)
}

fn live(ids: &[&str]) -> Call {
    message(ids, |_| ())
}

fn hung_up(ids: &[&str]) -> Call {
    message(ids, |summary| {
        summary.status = Some("hangup".into());
        summary.phase = Some(Phase::Ended);
    })
}

fn record(ids: &[&str]) -> Call {
    message(ids, |summary| {
        summary.kind = MessageKind::Record;
        summary.outcome = Some("answered".into());
        summary.finality = crate::call::Finality::Call;
    })
}

#[test]
fn parts_become_one_call_under_the_oldest_key_once_a_message_ties_them() {
    let book = CallBook::new();
    let one = book.join(&live(&["1"]));
    let two = book.join(&live(&["2"]));
    let three = book.join(&live(&["3"]));
    assert!(one.is_new && two.is_new && three.is_new && book.len() == 3);

    let tied = book.join(&live(&["3", "2"]));
    assert_eq!(tied.key, two.key);
    assert_eq!(tied.absorbed, [three.key.expect("a call's")]);
    assert!(!tied.is_new && tied.is_news && tied.has_changed);
    let all = book.join(&live(&["1", "3"]));
    assert_eq!(
        (all.key, all.call.ids(), book.len()),
        (one.key, vec!["1", "2", "3"], 1)
    );
    for update in [one, two, three] {
        let found = book.resolve(update.key.expect("a call's")).expect("kept");
        assert_eq!(Some(found.key), all.key);
        assert_eq!(found.absorbed.len(), 2);
    }
}

#[test]
fn no_id_leads_into_another_tenants_calls() {
    let of = |tenant, id: &str| {
        let summary = CallSummary {
            kind: MessageKind::Live,
            leg_id: Some(id.into()),
            ..CallSummary::new("pbx")
        };
        Call::of_summary(&summary, tenant, SystemTime::UNIX_EPOCH)
    };
    let book = CallBook::new();
    assert!(book.join(&of(Some(""), "1")).is_new);
    // The length of an empty tenant, and what divides it from an id.
    assert!(book.join(&of(None, "\0\0\0\0\0\0\0\u{0}1")).is_new);
    assert!(book.join(&of(Some("a"), "1")).is_new);
    assert!(book.join(&of(None, "1")).is_new);
}

#[test]
fn an_edge_is_told_once_whatever_part_had_it_before() {
    let book = CallBook::new();
    let edges = |update: &Update| [update.is_now_ended, update.is_now_over, update.is_reopened];
    assert_eq!(edges(&book.join(&live(&["1", "c"]))), [false; 3]);
    // Another part, which nothing ties to the first as yet.
    assert_eq!(edges(&book.join(&record(&["2"]))), [true, true, false]);
    let tied = book.join(&live(&["2", "c"]));
    assert_eq!((edges(&tied), tied.absorbed.len()), ([false; 3], 1));
    assert!(tied.answers.is_over && tied.before.is_some_and(|before| !before.is_over));
    assert_eq!(edges(&book.join(&hung_up(&["1", "c"]))), [false; 3]);
}

#[test]
fn a_copy_is_no_news_and_a_message_of_no_call_changes_nothing() {
    let book = CallBook::new();
    let first = book.join(&live(&["1"]));
    let copy = book.join(&live(&["1"]));
    assert!(!copy.is_news && !copy.has_changed && !copy.is_new);
    assert_eq!(copy.version, first.version);
    let none = book.join(&message(&["1"], |summary| {
        summary.kind = MessageKind::Unrecognized
    }));
    assert!(none.key.is_none() && none.call.is_empty() && !none.is_news);
    assert_eq!(book.len(), 1);
}

#[test]
fn the_ones_without_news_for_longest_are_forgotten_and_told() {
    let book = CallBook::builder().max_calls(2).build();
    let first = book.join(&live(&["1"]));
    book.join(&live(&["2", "call 2"]));
    book.join(&hung_up(&["1"]));
    let third = book.join(&live(&["3"]));
    let [evicted] = &*third.evicted else {
        panic!("{third:?}");
    };
    assert_eq!(evicted.call.ids(), ["2", "call 2"]);
    assert!(book.resolve(evicted.key).is_none());
    assert!(book.resolve(first.key.expect("a call's")).is_some());
    // Its ids lead nowhere.
    assert!(book.join(&live(&["4", "call 2"])).is_new);

    let small = CallBook::builder().max_bytes(1).build();
    small.join(&live(&["1"]));
    assert_eq!(small.join(&live(&["2"])).evicted.len(), 1);
    assert_eq!(small.len(), 1);
}

#[test]
fn a_call_is_forgotten_at_its_age_before_its_id_is_looked_for() {
    let clock = ManualClock::default();
    let book = CallBook::builder()
        .max_age(Duration::from_secs(60))
        .clock(clock.clone())
        .build();
    let first = book.join(&live(&["1"]));
    clock.advance(Duration::from_secs(59));
    // A copy is no sign of life.
    book.join(&live(&["1"]));
    clock.advance(Duration::from_secs(1));
    let second = book.join(&hung_up(&["1"]));
    assert!(second.is_new && second.key > first.key);
    assert_eq!(second.evicted.len(), 1);
    assert_eq!(second.call.messages(), 1);
}

#[test]
fn one_message_forgets_a_bounded_number_of_old_calls_and_joins_none_of_them() {
    let clock = ManualClock::default();
    let book = CallBook::builder()
        .max_age(Duration::from_secs(60))
        .clock(clock.clone())
        .build();
    let ids: Vec<String> = (0..200).map(|number| format!("call {number}")).collect();
    for id in &ids {
        book.join(&live(&[id]));
    }
    clock.advance(Duration::from_secs(60));
    // The last of them is not among the first 64, and is not joined all the same.
    let next = book.join(&live(&["call 199"]));
    assert!(next.is_new);
    assert_eq!((next.evicted.len(), book.len()), (65, 136));
    let update = book.join(&live(&["call 199"]));
    assert!(!update.is_new && update.key == next.key);
    let evicted = [update, book.join(&live(&["another"]))].map(|update| update.evicted.len());
    assert_eq!((evicted, book.len()), ([64, 64], 9));
}

#[test]
fn a_key_can_be_kept_as_its_number() {
    let book = CallBook::new();
    let key = book.join(&live(&["1"])).key.expect("a call's");
    let kept = book.resolve(CallKey::from(key.get()));
    assert_eq!(kept.expect("the call").key, key);
}

#[test]
fn what_a_full_call_has_no_room_for_is_no_news_either() {
    let book = CallBook::new();
    for number in 0..Call::MAX_MESSAGES {
        let status = format!("record {number}");
        book.join(&message(&["1"], |summary| {
            summary.kind = MessageKind::Record;
            summary.status = Some(status.as_str().into());
        }));
    }
    let version = book.calls()[0].version;
    let beyond = book.join(&live(&["1"]));
    assert!(!beyond.is_news && !beyond.has_changed);
    assert_eq!(beyond.version, version);
    // One that takes the place of another is news.
    let last = book.join(&message(&["1"], |summary| {
        summary.kind = MessageKind::Record;
        summary.status = Some("the last".into());
    }));
    assert!(last.is_news && last.version == version + 1);
}

#[test]
fn open_and_quiet_calls_are_those_that_are_not_over() {
    let clock = ManualClock::default();
    let book = CallBook::builder().clock(clock.clone()).build();
    book.join(&live(&["1"]));
    clock.advance(Duration::from_secs(10));
    book.join(&record(&["2"]));
    book.join(&live(&["3"]));
    clock.advance(Duration::from_secs(10));
    let ids = |calls: Vec<super::KeptCall>| -> Vec<String> {
        calls
            .iter()
            .map(|kept| kept.call.ids()[0].to_owned())
            .collect()
    };
    assert_eq!(ids(book.calls()), ["3", "2", "1"]);
    assert_eq!(ids(book.open()), ["3", "1"]);
    assert_eq!(ids(book.quiet_for(Duration::from_secs(10))), ["1", "3"]);
    assert_eq!(ids(book.quiet_for(Duration::from_secs(11))), ["1"]);
    assert_eq!(ids(book.quiet_for(Duration::from_secs(21))), [""; 0]);
    assert_eq!(ids(book.quiet_for(Duration::MAX)), [""; 0]);
}

struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll(changes: &mut Subscription, waker: &Waker) -> Poll<Option<Change>> {
    pin!(changes.next()).poll(&mut Context::from_waker(waker))
}

fn ready(changes: &mut Subscription) -> Change {
    match poll(changes, Waker::noop()) {
        Poll::Ready(Some(change)) => change,
        other => panic!("a change was expected: {other:?}"),
    }
}

#[test]
fn a_subscription_is_woken_by_each_change_and_ends_with_the_book() {
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&wakes));
    let count = || wakes.0.load(Ordering::SeqCst);
    let book = CallBook::new();
    book.join(&live(&["0"]));
    let mut changes = book.subscribe();
    assert!(poll(&mut changes, &waker).is_pending());

    let update = book.join(&live(&["1"]));
    assert_eq!(count(), 1);
    let change = ready(&mut changes);
    assert_eq!(
        (Some(change.key), change.version),
        (update.key, update.version)
    );
    assert_eq!(change.skipped, 0);
    assert!(poll(&mut changes, &waker).is_pending());
    // A copy wakes nobody.
    book.join(&live(&["1"]));
    assert_eq!(count(), 1);

    // The last clone ends it, and not before all was seen.
    let clone = book.clone();
    drop(book);
    assert_eq!(count(), 1);
    clone.join(&live(&["2"]));
    drop(clone);
    assert_eq!(ready(&mut changes).call.ids(), ["2"]);
    assert!(matches!(poll(&mut changes, &waker), Poll::Ready(None)));
}

#[test]
fn a_reader_that_lags_sees_last_states_and_the_gap() {
    let book = CallBook::builder().max_calls(2).build();
    let mut changes = book.subscribe();
    book.join(&live(&["1"]));
    book.join(&live(&["2"]));
    book.join(&hung_up(&["1"]));
    let first = ready(&mut changes);
    assert_eq!(
        (first.call.ids(), first.version, first.skipped),
        (vec!["2"], 2, 1)
    );
    let second = ready(&mut changes);
    assert_eq!(
        (second.call.messages(), second.version, second.skipped),
        (2, 3, 0)
    );
    assert_eq!(changes.version(), 3);
    // Forgotten before it was seen.
    book.join(&live(&["3"]));
    book.join(&live(&["4"]));
    book.join(&live(&["5"]));
    assert_eq!(ready(&mut changes).skipped, 1);
}

#[test]
fn a_call_is_found_by_its_ids_whichever_comes_first() {
    // More ids than a call is found by.
    let texts: Vec<String> = (1..=3 * Call::MAX_MESSAGES)
        .map(|id| id.to_string())
        .collect();
    let mut whole = live(&[]);
    for ids in texts.as_chunks().0 {
        let [one, two, three] = ids;
        assert_eq!(whole.join(&live(&[one, two, three])), Ok(()));
    }
    let ids = whole.ids();
    assert_eq!(ids.len(), Call::MAX_IDS);
    let other = texts.iter().find(|id| !ids.contains(&id.as_str()));
    let other = live(&[other.expect("more than are found")]);
    for calls in [[&whole, &other], [&other, &whole]] {
        let book = CallBook::new();
        calls.into_iter().for_each(|call| drop(book.join(call)));
        assert_eq!(book.len(), 2);
    }
}

#[test]
fn senders_who_tie_everything_together_fill_nothing() {
    let book = CallBook::new();
    for number in 0_u32..300 {
        let [one, two, three] = [number, number + 1, number + 2].map(|number| format!("{number}"));
        book.join(&live(&[&one]));
        book.join(&live(&[&three]));
        book.join(&live(&[&one, &two, &three]));
    }
    let sizes = book.lock().sizes();
    let calls = book.len();
    assert!(sizes.ids <= calls * Call::MAX_IDS, "{sizes:?} of {calls}");
    assert!(
        sizes.absorbed <= calls * Call::MAX_IDS,
        "{sizes:?} of {calls}"
    );
    let messages: usize = book.calls().iter().map(|kept| kept.call.messages()).sum();
    assert!(
        messages <= calls * Call::MAX_MESSAGES,
        "{messages} of {calls}"
    );
    // What leads to a call leads to one that there is.
    assert_eq!(sizes.dangling, 0);

    let forgotten = CallBook::builder().max_calls(1).build();
    for kept in book.calls() {
        forgotten.join(&kept.call);
    }
    forgotten.join(&live(&["last"]));
    let sizes = forgotten.lock().sizes();
    assert_eq!((sizes.ids, sizes.absorbed, sizes.dangling), (1, 0, 0));
}

#[test]
fn a_book_and_what_it_gives_can_be_shared_between_threads_and_shows_no_number() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<(CallBook, Subscription, Update, Change)>();
    let update = CallBook::new().join(&message(&["1"], |summary| {
        summary.caller = Some("447700900123".into());
        summary.agent = Some("Ann".into());
    }));
    let shown = format!("{update:?} {:?}", update.answers);
    assert!(
        !shown.contains("900123") && !shown.contains("Ann"),
        "{shown}"
    );
}
