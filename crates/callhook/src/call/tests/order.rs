//! The same messages give the same answers: in any order, with any copies, in any split.

use super::{Random, joined, moment, name, parts, seeds, simulated, summary};
use crate::call::{Answers, Call, CallBook, CallSummary, MessageKind};
use crate::testing::calls::{CallMessage, Platform, Scenario, SimulatedCall};

/// Long runs are thorough.
fn is_thorough() -> bool {
    seeds(1).end > 1
}

/// Answers without the one that is about arrival.
fn timeless(call: &Call) -> Answers {
    Answers {
        answer_seen_at: None,
        ..call.answers()
    }
}

fn is_revised(call: &SimulatedCall) -> bool {
    call.messages()
        .iter()
        .any(|message| message.is_called("revised"))
}

/// All orders of so many things, by Heap's algorithm, for as long as `see` wants more.
fn permutations(count: usize, mut see: impl FnMut(&[usize])) {
    let mut order: Vec<usize> = (0..count).collect();
    let mut turns = vec![0; count];
    see(&order);
    let mut at = 0;
    while at < count {
        if turns[at] < at {
            order.swap(if at % 2 == 0 { 0 } else { turns[at] }, at);
            see(&order);
            turns[at] += 1;
            at = 0;
        } else {
            turns[at] = 0;
            at += 1;
        }
    }
}

/// Each message received at the time of its place in the order.
fn in_order(call: &SimulatedCall, summaries: &[CallSummary], order: &[usize]) -> Call {
    let has_own_times = is_revised(call);
    let parts: Vec<Call> = order
        .iter()
        .zip(0..)
        .map(|(index, place)| {
            // Of contents that disagree, the time of each is part of what is known.
            let second = if has_own_times {
                u64::try_from(*index).expect("few")
            } else {
                place
            };
            Call::of_summary(&summaries[*index], None, moment(second))
        })
        .collect();
    joined(&parts)
}

#[test]
fn in_every_order_a_call_answers_the_same() {
    let most = if is_thorough() { 7 } else { 5 };
    let beyond = if is_thorough() { 10_000 } else { 40 };
    for call in simulated(1) {
        let of = |message: &CallMessage| summary(call.edition(), message);
        let summaries: Vec<CallSummary> = call.messages().iter().map(of).collect();
        let expected = timeless(&joined(&parts(&call)));
        let check = |order: &[usize]| {
            let told = timeless(&in_order(&call, &summaries, order));
            assert!(told == expected, "{}: {order:?}: {told:?}", name(&call));
        };
        if summaries.len() <= most {
            permutations(summaries.len(), check);
            continue;
        }
        let mut random = Random::new(call.seed());
        let mut order: Vec<usize> = (0..summaries.len()).collect();
        for _ in 0..beyond {
            random.shuffle(&mut order);
            check(&order);
        }
    }
}

#[test]
fn copies_with_later_times_change_no_byte() {
    for call in seeds(2).flat_map(simulated) {
        let parts = parts(&call);
        let whole = joined(&parts);
        let mut copied = whole.clone();
        let of = |message: &CallMessage| summary(call.edition(), message);
        for (message, second) in call.messages().iter().zip(1_000..) {
            let copy = Call::of_summary(&of(message), None, moment(second));
            copied.join(&copy).expect("of one scope");
        }
        assert_eq!(copied.to_json(), whole.to_json(), "{}", name(&call));
    }
}

#[test]
fn a_late_copy_of_an_older_record_undoes_no_revision() {
    for call in seeds(3).flat_map(simulated).filter(is_revised) {
        let expected = timeless(&joined(&parts(&call)));
        let late = call.clone().with_copies(2);
        let told = timeless(&joined(&parts(&late)));
        assert!(told == expected, "{}", name(&call));
    }
}

#[test]
fn in_every_split_over_processes_a_call_is_the_same_to_the_byte() {
    for call in seeds(2).flat_map(simulated) {
        let parts = parts(&call);
        let whole = joined(&parts).to_json();
        let mut random = Random::new(call.seed());
        for _ in 0..3 {
            let mut processes: Vec<Vec<&Call>> = vec![Vec::new(); 1 + random.below(4)];
            for part in &parts {
                for _ in 0..=random.below(2) {
                    let process = random.below(processes.len());
                    processes[process].push(part);
                }
            }
            let mut stored = Vec::new();
            for mut process in processes.into_iter().filter(|parts| !parts.is_empty()) {
                random.shuffle(&mut process);
                stored.push(joined(process).to_json());
            }
            random.shuffle(&mut stored);
            let read = stored
                .iter()
                .map(|json| Call::from_json(json).expect("stored"));
            let read: Vec<Call> = read.collect();
            assert_eq!(joined(&read).to_json(), whole, "{}", name(&call));
        }
    }
}

/// More contents than a call holds, of messages that are one and of different ones, with several times.
fn content(random: &mut Random) -> Call {
    let kinds = [
        MessageKind::Question,
        MessageKind::Live,
        MessageKind::Record,
    ];
    let summary = CallSummary {
        kind: kinds[random.below(3)],
        call_id: Some("call".into()),
        leg_id: Some(format!("leg {}", random.below(6)).as_str().into()),
        status: Some(["a", "B", "b"][random.below(3)].into()),
        agent: [None, Some("one".into()), Some("two".into())][random.below(3)].clone(),
        recording: [None, Some("1.mp3".into()), Some("2.mp3".into())][random.below(3)].clone(),
        ..CallSummary::new("telecmi")
    };
    let second = u64::try_from(random.below(4)).expect("few");
    Call::of_summary(&summary, None, moment(second))
}

fn random_call(random: &mut Random) -> Call {
    let count = 1 + random.below(150);
    let contents: Vec<Call> = (0..count).map(|_| content(random)).collect();
    joined(&contents)
}

#[test]
fn joining_is_commutative_associative_and_idempotent_beyond_the_limit_too() {
    let mut random = Random::new(1);
    let count = if is_thorough() { 200_000 } else { 60 };
    let mut are_full = 0;
    for _ in 0..count {
        let [one, two, three] = [(); 3].map(|()| random_call(&mut random));
        let all = joined([&one, &two, &three]);
        are_full += u64::from(all.contents().len() == Call::MAX_MESSAGES);
        assert!(joined([&one, &two]) == joined([&two, &one]));
        assert!(joined([&one, &joined([&two, &three])]) == all);
        assert!(joined([&one, &one]) == one);
        assert!(joined([&all, &two]) == all);
        assert!(all.includes(&one) || are_full > 0);
    }
    assert!(are_full > 0, "the limit is reached");
}

#[test]
fn a_call_is_over_once_unless_another_agent_comes() {
    for call in seeds(2).flat_map(simulated) {
        let mut parts = parts(&call);
        let whole = joined(&parts).answers();
        let mut random = Random::new(call.seed() + 7);
        for round in 0..4 {
            let book = CallBook::new();
            let (mut over, mut reopened) = (0, 0);
            let mut last = None;
            for part in parts.iter().chain(&parts) {
                let update = book.join(part);
                over += u32::from(update.is_now_over);
                reopened += u32::from(update.is_reopened);
                last = Some(update);
            }
            let last = last.expect("a message");
            let what = format!("{}, round {round}", name(&call));
            assert_eq!(book.len(), 1, "{what}");
            assert_eq!(last.answers.is_over, whole.is_over, "{what}");
            assert_eq!(over, reopened + u32::from(whole.is_over), "{what}");
            assert!(reopened == 0 || has_several_agents(&call), "{what}");
            random.shuffle(&mut parts);
        }
    }
}

/// The first one's record may make a call over that the second one's reopens.
fn has_several_agents(call: &SimulatedCall) -> bool {
    match call.scenario() {
        Scenario::InboundTransfer => true,
        Scenario::InboundTwoAgents | Scenario::InboundRecordsWithoutLeg => {
            call.edition().platform() == Platform::Piopiy
        }
        _ => false,
    }
}
