//! What the board's events say, without a browser.

use std::time::SystemTime;

use callhook::call::{Call, CallBook, CallSummary, Finality, MessageKind, Phase};
use example_board_page::{Batch, Board, BookSource, Events, Shown, Source};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What a test sends.
struct Sent(UnboundedReceiver<Batch>);

impl Source for Sent {
    async fn next(&mut self) -> Option<Batch> {
        self.0.recv().await
    }
}

fn board() -> (Board, UnboundedSender<Batch>) {
    let board = Board::new(["telecmi"]);
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(board.follow(Sent(receiver)));
    (board, sender)
}

/// What one message tells of a call with these ids.
fn part(ids: [&str; 2], is_over: bool) -> Call {
    let mut summary = CallSummary::new("telecmi");
    summary.kind = if is_over {
        MessageKind::Record
    } else {
        MessageKind::Live
    };
    summary.status = Some("answered".into());
    summary.leg_id = Some(ids[0].into());
    summary.call_id = Some(ids[1].into());
    summary.customer = Some("440000000001".into());
    summary.direction = Some(callhook::call::CallDirection::Inbound);
    summary.phase = Some(Phase::Answered);
    if is_over {
        summary.finality = Finality::Call;
        summary.outcome = Some("answered".into());
    }
    Call::of_summary(&summary, None, SystemTime::now())
}

fn shown(key: u64, is_over: bool) -> Shown {
    let id = format!("call-{key}");
    Shown {
        key,
        answers: part([&id, &id], is_over).answers(),
        changed_at: None,
    }
}

/// The state that the page shows for a call that goes on, of which there is one message.
async fn state_of(summary: &CallSummary) -> String {
    let (board, source) = board();
    let answers = Call::of_summary(summary, None, SystemTime::now()).answers();
    assert!(!answers.is_ended);
    let call = Shown {
        key: 1,
        answers,
        changed_at: None,
    };
    source.send(changed([call])).expect("read");
    let event = snapshot(&board, 1).await;
    let html = event["calls"][0]["html"].as_str().expect("a row");
    let (_, state) = html.split_once("<span class=state>").expect("a state");
    state.split_once('<').expect("an end").0.to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_call_is_said_to_ring_where_a_message_tells_it() {
    let mut summary = CallSummary::new("telecmi");
    summary.leg_id = Some("a".into());
    summary.kind = MessageKind::Record;
    summary.status = Some("answered".into());
    assert_eq!(state_of(&summary).await, "Not known");
    summary.kind = MessageKind::Live;
    summary.status = Some("waiting".into());
    assert_eq!(state_of(&summary).await, "Not known");
    summary.direction = Some(callhook::call::CallDirection::Inbound);
    assert_eq!(state_of(&summary).await, "Ringing");
}

fn changed(calls: impl IntoIterator<Item = Shown>) -> Batch {
    Batch {
        changed: calls.into_iter().collect(),
        ..Batch::default()
    }
}

/// The data of the next event that is of a change.
async fn next(events: &mut Events) -> Value {
    loop {
        let event = events.next().await.expect("an event");
        let event = String::from_utf8(event.to_vec()).expect("UTF-8");
        let lines: Vec<&str> = event.trim_end().lines().collect();
        let data = lines.last().and_then(|line| line.strip_prefix("data: "));
        if lines.contains(&"event: change") {
            return serde_json::from_str(data.expect("data")).expect("JSON");
        }
    }
}

fn keys(event: &Value) -> Vec<&str> {
    let calls = event["calls"].as_array().expect("calls");
    let mut keys: Vec<&str> = calls
        .iter()
        .filter_map(|call| call["key"].as_str())
        .collect();
    keys.sort_unstable();
    keys
}

/// The first event that has so many calls in all, as one that begins gets it.
async fn snapshot(board: &Board, calls: usize) -> Value {
    loop {
        let mut events = board.events().expect("room");
        let event = next(&mut events).await;
        assert_eq!(event["all"], true);
        if keys(&event).len() == calls {
            return event;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_event_has_everything_and_each_after_it_what_changed() {
    let (board, source) = board();
    source
        .send(changed([shown(1, false), shown(2, true)]))
        .expect("read");
    snapshot(&board, 2).await;
    let mut events = board.events().expect("room");
    let first = next(&mut events).await;
    assert_eq!(
        (&first["all"], keys(&first)),
        (&true.into(), vec!["1", "2"])
    );
    let open = first["calls"].as_array().expect("calls").iter();
    let open: Vec<&str> = open
        .filter(|call| call["open"] == true)
        .filter_map(|call| call["key"].as_str())
        .collect();
    assert_eq!(open, ["1"]);

    source.send(changed([shown(3, false)])).expect("read");
    let second = next(&mut events).await;
    assert_eq!((&second["all"], keys(&second)), (&false.into(), vec!["3"]));

    let gone = Batch {
        gone: vec![1],
        ..changed([shown(2, true)])
    };
    source.send(gone).expect("read");
    let third = next(&mut events).await;
    assert_eq!(
        (keys(&third), &third["gone"]),
        (vec!["2"], &serde_json::json!(["1"]))
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_is_told_the_last_state_once() {
    let (board, source) = board();
    source.send(changed([shown(1, false)])).expect("read");
    snapshot(&board, 1).await;
    let mut slow = board.events().expect("room");
    next(&mut slow).await;
    for _ in 0..50 {
        source
            .send(changed([shown(1, false), shown(2, false)]))
            .expect("read");
    }
    let gone = Batch {
        gone: vec![2],
        ..changed([shown(1, true), shown(3, false)])
    };
    source.send(gone).expect("read");
    snapshot(&board, 2).await;
    loop {
        let event = next(&mut slow).await;
        if keys(&event) == ["1", "3"] {
            assert_eq!(event["gone"], serde_json::json!(["2"]));
            break;
        }
    }

    // So much goes that it isn't remembered: everything is told again.
    for first in (10_000..13_000).step_by(500) {
        source
            .send(changed((first..first + 500).map(|key| shown(key, true))))
            .expect("read");
        let gone = Batch {
            gone: (first..first + 500).collect(),
            ..Batch::default()
        };
        source.send(gone).expect("read");
    }
    source.send(changed([shown(4, false)])).expect("read");
    snapshot(&board, 3).await;
    let event = next(&mut slow).await;
    assert_eq!(
        (&event["all"], keys(&event)),
        (&true.into(), vec!["1", "3", "4"])
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_is_bounded_and_calls_that_go_on_are_kept_longest() {
    let (board, source) = board();
    source.send(changed([shown(1, false)])).expect("read");
    source
        .send(changed((2..5_000).map(|key| shown(key, true))))
        .expect("read");
    let event = snapshot(&board, 2_000).await;
    assert!(keys(&event).contains(&"1"));
    assert!(keys(&event).contains(&"4999"));
    assert!(!keys(&event).contains(&"2"));
    assert_eq!(board.page().matches("<li class=\"call ").count(), 201);
}

#[tokio::test(start_paused = true)]
async fn calls_that_a_book_joins_or_forgets_are_gone() {
    let book = CallBook::builder().max_calls(2).build();
    // Before anybody follows.
    book.join(&part(["a", "a"], false));
    let board = Board::new([]);
    tokio::spawn(board.follow(BookSource::from(book.clone())));
    snapshot(&board, 1).await;
    book.join(&part(["b", "b"], false));
    let both = snapshot(&board, 2).await;
    let mut events = board.events().expect("room");
    next(&mut events).await;
    // One call after all.
    book.join(&part(["a", "b"], false));
    let joined = next(&mut events).await;
    let (kept, gone) = (keys(&joined), &joined["gone"]);
    assert_eq!(kept.len(), 1);
    assert_eq!(gone.as_array().expect("keys").len(), 1);
    assert!(
        keys(&both).contains(&gone[0].as_str().expect("a key")),
        "{both}"
    );

    book.join(&part(["c", "c"], false));
    snapshot(&board, 2).await;
    // One more than there is room for.
    book.join(&part(["d", "d"], false));
    loop {
        let event = snapshot(&board, 2).await;
        if keys(&event).iter().all(|key| !kept.contains(key)) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_cannot_be_read_is_told_until_it_can() {
    let (board, source) = board();
    let stale = Batch {
        is_stale: true,
        ..Batch::default()
    };
    source.send(changed([shown(1, false)])).expect("read");
    snapshot(&board, 1).await;
    let mut events = board.events().expect("room");
    assert_eq!(next(&mut events).await["stale"], "");
    source.send(stale).expect("read");
    let event = next(&mut events).await;
    assert!(
        event["stale"]
            .as_str()
            .expect("a text")
            .starts_with("The calls can't be read.")
    );
    assert_eq!(snapshot(&board, 1).await["stale"], event["stale"]);
    source.send(Batch::default()).expect("read");
    assert_eq!(next(&mut events).await["stale"], "");
}

#[tokio::test(start_paused = true)]
async fn a_board_that_is_closed_ends_its_events_and_begins_none() {
    let (board, source) = board();
    let mut events = board.events().expect("room");
    next(&mut events).await;
    board.close();
    assert_eq!(events.next().await, None);
    assert!(board.events().is_none());
    // Nor does it follow its source any longer.
    source.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hears_no_news_hears_that_there_is_none() {
    let (board, _source) = board();
    let mut events = board.events().expect("room");
    next(&mut events).await;
    let beat = events.next().await.expect("an event");
    assert!(
        beat.starts_with(b"event: beat\ndata: {\"now\":"),
        "{beat:?}"
    );
}
