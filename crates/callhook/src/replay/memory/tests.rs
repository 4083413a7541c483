//! What the acceptance suite cannot see: time at its limits, memory, growth, and threads.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use proptest::prelude::*;

use super::log::CHUNK;
use super::*;
use crate::clock::ManualClock;
use crate::replay::{Fingerprint, Identity, Token};
use crate::testing::{full_store_acceptance, store_acceptance};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86400);

#[test]
fn it_passes_the_acceptance_suite() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let wait = async |time| clock.advance(time);
    ready(store_acceptance(&store, "memory", SECOND, wait));
    store.lock().assert_sound();
}

#[test]
fn it_passes_the_acceptance_suite_in_an_awkward_moment() {
    // Not at a whole second, long after the clock's origin, and in a store that was used before.
    let clock = ManualClock::default();
    clock.advance(DAY * 400);
    let store = MemoryStore::builder().clock(clock.clone()).build();
    for unit in [SECOND, Duration::from_millis(1999), DAY] {
        clock.advance(Duration::from_millis(999));
        let wait = async |time| clock.advance(time);
        ready(store_acceptance(&store, "memory", unit, wait));
    }
    store.lock().assert_sound();
}

#[test]
fn it_passes_the_acceptance_suite_for_full_stores() {
    for capacity in [4, 5, 64, 100] {
        let store = empty_store(capacity);
        ready(full_store_acceptance(&store, capacity, "full", SECOND));
        store.lock().assert_sound();
    }
}

#[test]
fn it_is_the_same_store_while_the_numbers_of_its_log_wrap() {
    for capacity in [100, 1_000_000] {
        let store = empty_store(capacity);
        *store.lock().table_mut().log() = log::Log::starting_at(link::NUMBERS + 1 - CHUNK);
        for n in 0..u128::from(3 * CHUNK) {
            handle(&store, &lease(&format!("{}", n / 3), n, n, MINUTE, DAY));
            for back in [1, 50, 90] {
                let n = n.saturating_sub(back);
                let copy = lease(&format!("{}", n / 3), n, 0, MINUTE, DAY);
                assert_eq!(claim(&store, &copy), Ok(Claim::Replay));
            }
        }
        store.lock().assert_sound();
        assert_eq!(store.len(), capacity.min(3 * CHUNK as usize));
    }
}

#[test]
fn the_oldest_content_of_a_message_is_told_while_the_numbers_of_the_log_wrap() {
    let store = empty_store(1_000_000);
    *store.lock().table_mut().log() = log::Log::starting_at(link::NUMBERS + 1 - CHUNK);
    for n in 0..u128::from(CHUNK - 30) {
        handle(&store, &lease(&format!("{n}"), A, n, MINUTE, DAY));
    }
    for content in 0..64 {
        handle(&store, &lease("many", content, content, MINUTE, DAY));
    }
    for content in 64..200 {
        handle(&store, &lease("many", content, content, MINUTE, DAY));
        let oldest = lease("many", content - 63, 0, MINUTE, DAY);
        assert_eq!(claim(&store, &oldest), Ok(Claim::Replay));
    }
}

#[test]
fn time_does_not_go_back_where_a_thread_reads_the_clock_first_and_gets_the_lock_last() {
    let mut state = State::new(10);
    let hasher = ContentHasher::new();
    let ask = |token, now, window| Ask {
        content: hasher.content(&lease("1", A, 0, MINUTE, DAY)),
        token: halves(token),
        now: nanos(now),
        duration: nanos(MINUTE),
        window: nanos(window),
    };
    assert_eq!(state.claim(&ask(1, DAY, DAY)), Ok(Claim::First));
    let lease_left = MINUTE;
    assert_eq!(
        state.claim(&ask(2, DAY - SECOND, DAY)),
        Ok(Claim::InFlight { lease_left })
    );
    assert_eq!(
        state.commit(&ask(1, DAY - SECOND, SECOND)),
        Ok(Settled::Done)
    );
    assert_eq!(state.claim(&ask(2, DAY, DAY)), Ok(Claim::Replay));
}

#[test]
fn times_at_their_limits_do_not_overflow() {
    let store = empty_store(100);
    let forever = lease("forever", A, 1, Duration::MAX, Duration::MAX);
    assert_eq!(claim(&store, &forever), Ok(Claim::First));
    assert_eq!(
        claim(&store, &with_token(&forever, 2)),
        Ok(Claim::InFlight {
            lease_left: Duration::from_nanos(u64::MAX)
        })
    );
    assert_eq!(commit(&store, &forever), Ok(Settled::Done));

    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let window = lease("years", A, 1, MINUTE, DAY * 365 * 100);
    handle(&store, &forever);
    handle(&store, &window);
    clock.advance(DAY * 365 * 200);
    assert_eq!(
        claim(&store, &forever),
        Ok(Claim::Replay),
        "136 years are for ever"
    );
    assert_eq!(claim(&store, &window), Ok(Claim::First));
    assert_eq!(commit(&store, &window), Ok(Settled::Done));
    clock.advance(Duration::MAX);
    assert_eq!(
        claim(&store, &window),
        Ok(Claim::Replay),
        "beyond 136 years a window does not end"
    );
    assert_eq!(
        claim(&store, &lease("new", A, 1, MINUTE, DAY)),
        Ok(Claim::First)
    );
}

#[test]
fn a_lease_of_zero_is_granted_and_protects_nothing() {
    let store = empty_store(100);
    let none = lease("zero", A, 1, Duration::ZERO, DAY);
    assert_eq!(claim(&store, &none), Ok(Claim::First));
    assert_eq!(claim(&store, &with_token(&none, 2)), Ok(Claim::First));
    assert_eq!(commit(&store, &none), Ok(Settled::Done));
    assert_eq!(claim(&store, &with_token(&none, 3)), Ok(Claim::Replay));
}

#[test]
fn a_window_of_zero_is_not_remembered() {
    let store = empty_store(1);
    let none = lease("zero", A, 1, MINUTE, Duration::ZERO);
    for _ in 0..3 {
        handle(&store, &none);
        assert!(store.is_empty());
    }
    assert_eq!(commit(&store, &none), Ok(Settled::Done), "never claimed");
    assert!(store.is_empty());
}

#[test]
fn a_window_lasts_at_least_as_long_as_asked_and_less_than_a_second_longer() {
    for (begin, window) in [
        (0, 1),
        (0, 1000),
        (1, 999),
        (1, 1000),
        (999, 1),
        (999, 1500),
    ] {
        let clock = ManualClock::default();
        let store = MemoryStore::builder().clock(clock.clone()).build();
        clock.advance(Duration::from_millis(begin));
        let window = Duration::from_millis(window);
        handle(&store, &lease("window", A, 1, MINUTE, window));
        clock.advance(window - Duration::from_nanos(1));
        assert_eq!(
            claim(&store, &lease("window", A, 2, MINUTE, DAY)),
            Ok(Claim::Replay)
        );
        clock.advance(SECOND);
        assert_eq!(
            claim(&store, &lease("window", A, 2, MINUTE, DAY)),
            Ok(Claim::First)
        );
    }
}

#[test]
fn a_commit_takes_the_place_of_another_owners_lease() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let first = lease("late", A, 1, SECOND, DAY);
    let second = lease("late", A, 2, MINUTE, DAY);
    assert_eq!(claim(&store, &first), Ok(Claim::First));
    clock.advance(SECOND);
    assert_eq!(claim(&store, &second), Ok(Claim::First));
    assert_eq!(commit(&store, &first), Ok(Settled::Done));
    assert_eq!(claim(&store, &second), Ok(Claim::Replay));
    assert_eq!(release(&store, &second), Ok(Settled::Lost));
    assert_eq!(commit(&store, &second), Ok(Settled::Lost));
    clock.advance(DAY - SECOND);
    assert_eq!(claim(&store, &with_token(&first, 3)), Ok(Claim::Replay));
    assert_eq!(store.len(), 1);
}

#[test]
fn a_commit_takes_the_place_of_another_owners_lease_that_ran_out_too() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let first = lease("both late", A, 1, SECOND, DAY);
    let second = with_token(&first, 2);
    assert_eq!(claim(&store, &first), Ok(Claim::First));
    clock.advance(SECOND);
    assert_eq!(claim(&store, &second), Ok(Claim::First));
    clock.advance(SECOND);
    assert_eq!(commit(&store, &first), Ok(Settled::Done));
    assert_eq!(commit(&store, &second), Ok(Settled::Lost));
    assert_eq!(release(&store, &second), Ok(Settled::Lost));
    assert_eq!(claim(&store, &with_token(&first, 3)), Ok(Claim::Replay));
    assert_eq!(store.len(), 1);
}

#[test]
fn a_content_whose_lease_ran_out_does_not_make_another_a_revision() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    assert_eq!(
        claim(&store, &lease("over", A, 1, SECOND, DAY)),
        Ok(Claim::First)
    );
    clock.advance(SECOND);
    assert_eq!(
        claim(&store, &lease("over", A + 1, 2, SECOND, DAY)),
        Ok(Claim::First)
    );
}

#[test]
fn no_claim_moves_many_contents_while_the_store_grows() {
    let store = empty_store(1_000_000);
    for n in 0..200_000 {
        let lease = lease(&format!("{n}"), A, n, MINUTE, DAY);
        assert_eq!(claim(&store, &lease), Ok(Claim::First));
        assert_eq!(commit(&store, &lease), Ok(Settled::Done));
    }
    let mut state = store.lock();
    state.assert_sound();
    let most = state.table_mut().moved().most;
    assert!(most <= 4096, "one claim moved {most}");
    // Some tens, in truth.
    assert!(most <= 100, "one claim moved {most}");
    assert_eq!(state.table().handled(), 200_000);
}

#[test]
fn no_claim_pays_for_all_that_expired_over_night() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    let count = 40 * CHUNK;
    for n in 0..u128::from(count) {
        handle(&store, &lease(&format!("{n}"), A, n, MINUTE, DAY));
    }
    clock.advance(DAY + SECOND);
    let before = store.lock().table_mut().log().chunks();
    for n in 0..u128::from(count / 4) {
        handle(&store, &lease(&format!("new {n}"), A, n, MINUTE, DAY));
    }
    let mut state = store.lock();
    state.assert_sound();
    let most = state.table_mut().moved().most;
    assert!(most <= 100, "one claim moved {most}");
    assert_eq!(
        state.table().handled(),
        count / 4,
        "all that expired is gone"
    );
    let after = state.table_mut().log().chunks();
    assert!(
        after <= 12 && before == 40,
        "{before} pieces before and {after} after"
    );
}

/// All contents of one message belong to one slot of the index, which is three quarters full in the end.
#[test]
fn no_claim_moves_many_contents_where_each_message_has_64() {
    let clock = ManualClock::default();
    let count = 48_500_u32;
    let store = MemoryStore::builder()
        .clock(clock.clone())
        .capacity(count as usize)
        .build();
    let many = |n: u32, window| {
        let (message, content) = (n / MAX_CONTENTS, n.into());
        lease(&message.to_string(), content, content, MINUTE, window)
    };
    let most = || {
        let mut state = store.lock();
        state.assert_sound();
        state.table_mut().moved().most
    };
    // It grows, is full, and forgets the oldest.
    for n in 0..count + 5_000 {
        handle(&store, &many(n, DAY));
    }
    let full = most();
    // All of them are over.
    clock.advance(DAY + SECOND);
    for n in 0..10_000 {
        handle(&store, &many(1_000_000 + n, SECOND));
    }
    // Their own messages come again.
    clock.advance(SECOND * 2);
    for n in 0..2_000 {
        handle(&store, &many(1_000_000 + n * 5, SECOND));
    }
    let over = most();
    // Claims that were abandoned: the store is full of them, and then none of them counts.
    clock.advance(DAY);
    for n in 0..count {
        let claimed = claim(&store, &many(2_000_000 + n, DAY));
        assert!(matches!(claimed, Ok(Claim::First | Claim::Revision)));
    }
    clock.advance(MINUTE);
    for n in 0..2_000 {
        handle(&store, &many(2_000_000 + n * 24, DAY));
        handle(&store, &many(3_000_000 + n * 5, DAY));
    }
    let abandoned = most();
    // Some tens, in truth.
    assert!(
        abandoned <= 500,
        "one claim moved {full}, {over}, {abandoned}"
    );
}

#[test]
fn claims_that_were_abandoned_are_swept_away_by_other_claims() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder().clock(clock.clone()).build();
    for n in 0..5000 {
        assert_eq!(
            claim(&store, &lease(&format!("{n}"), A, n, MINUTE, DAY)),
            Ok(Claim::First)
        );
    }
    assert_eq!(store.len(), 5000);
    clock.advance(MINUTE);
    for n in 0..2500 {
        handle(&store, &lease("busy", n, n, MINUTE, Duration::ZERO));
    }
    assert!(store.is_empty(), "{store:?}");
    store.lock().assert_sound();
}

#[test]
fn a_store_full_of_abandoned_claims_is_not_full() {
    let clock = ManualClock::default();
    let store = MemoryStore::builder()
        .clock(clock.clone())
        .capacity(3000)
        .build();
    for n in 0..3000 {
        // One in three thousand is abandoned, at the far end of the sweep.
        let lasting = if n == 2999 { SECOND } else { DAY };
        assert_eq!(
            claim(&store, &lease(&format!("{n}"), A, n, lasting, DAY)),
            Ok(Claim::First)
        );
    }
    clock.advance(SECOND);
    let new = lease("new", A, 1, MINUTE, DAY);
    let answers: Vec<_> = (0..3).map(|_| claim(&store, &new)).collect();
    assert_eq!(answers.last(), Some(&Ok(Claim::First)), "{answers:?}");
    assert_eq!(
        claim(&store, &lease("newer", A, 2, MINUTE, DAY)),
        Err(MemoryStoreError::Full)
    );
    store.lock().assert_sound();
}

#[test]
fn a_late_commit_to_a_store_full_of_claims_is_refused_and_evicts_none() {
    let store = empty_store(2);
    let live = [lease("1", A, 1, MINUTE, DAY), lease("2", A, 2, MINUTE, DAY)];
    for lease in &live {
        assert_eq!(claim(&store, lease), Ok(Claim::First));
    }
    let late = lease("late", A, 3, MINUTE, DAY);
    assert_eq!(commit(&store, &late), Err(MemoryStoreError::Full));
    store.settle_later(late, Settlement::Commit);
    for lease in &live {
        assert_eq!(commit(&store, lease), Ok(Settled::Done));
    }
}

#[test]
fn a_message_has_64_contents_at_most_and_the_oldest_handled_is_forgotten_first() {
    let store = empty_store(1000);
    handle(&store, &lease("bystander", A, 1, MINUTE, DAY));
    for content in 0..70 {
        handle(&store, &lease("many", content, content, MINUTE, DAY));
    }
    assert_eq!(store.len(), 65);
    store.lock().assert_sound();
    for content in 6..70 {
        assert_eq!(
            claim(&store, &lease("many", content, 99, MINUTE, DAY)),
            Ok(Claim::Replay)
        );
    }
    assert_eq!(
        claim(&store, &lease("bystander", A, 99, MINUTE, DAY)),
        Ok(Claim::Replay)
    );
    assert_eq!(
        claim(&store, &lease("many", 5, 99, MINUTE, DAY)),
        Ok(Claim::Revision)
    );
    assert_eq!(
        claim(&store, &lease("many", 6, 99, MINUTE, DAY)),
        Ok(Claim::Revision)
    );
    // A commit that was never claimed is bounded too.
    assert_eq!(
        commit(&store, &lease("many", 1000, 99, MINUTE, DAY)),
        Ok(Settled::Done)
    );
    assert_eq!(store.len(), 65);
    store.lock().assert_sound();
}

#[test]
fn of_64_contents_that_are_being_handled_none_is_forgotten_and_the_next_is_refused() {
    let store = empty_store(1000);
    for content in 0..64 {
        let claimed = claim(&store, &lease("many", content, content, MINUTE, DAY));
        assert!(matches!(claimed, Ok(Claim::First | Claim::Revision)));
    }
    let next = lease("many", 64, 64, MINUTE, DAY);
    assert_eq!(claim(&store, &next), Err(MemoryStoreError::TooManyContents));
    assert_eq!(
        commit(&store, &next),
        Err(MemoryStoreError::TooManyContents)
    );
    assert_eq!(
        claim(&store, &lease("other", A, 1, MINUTE, DAY)),
        Ok(Claim::First)
    );
    for content in 0..64 {
        let lease = lease("many", content, content, MINUTE, DAY);
        assert_eq!(commit(&store, &lease), Ok(Settled::Done));
    }
    assert_eq!(claim(&store, &next), Ok(Claim::Revision));
}

#[test]
fn a_store_that_forgets_before_time_tells_it_once_an_incident() {
    // Asked of the state: a subscriber that counts what is logged would depend on which other tests run beside this
    // one.
    let mut state = State::new(80);
    let hasher = ContentHasher::new();
    let mut now = Duration::ZERO;
    let mut fill = |count: u128, from: u128, after: Duration| {
        now += after;
        let told = (from..from + count).map(|n| {
            let ask = Ask {
                content: hasher.content(&lease(&format!("{n}"), A, n, MINUTE, DAY)),
                token: halves(n),
                now: nanos(now),
                duration: nanos(MINUTE),
                window: nanos(DAY),
            };
            assert_eq!(state.claim(&ask), Ok(Claim::First));
            assert_eq!(state.commit(&ask), Ok(Settled::Done));
            usize::from(state.has_crowding_to_tell())
        });
        told.sum::<usize>()
    };
    let none = Duration::ZERO;
    assert_eq!(fill(80, 0, none), 0, "a full store is not an incident");
    assert_eq!(fill(1, 80, none), 1);
    assert_eq!(fill(500, 81, none), 0, "the same incident");
    assert_eq!(
        fill(80, 1000, DAY + SECOND),
        0,
        "what expired is forgotten in time"
    );
    assert_eq!(fill(1, 2000, none), 1, "the next incident");
}

#[test]
fn of_eight_threads_each_content_is_granted_to_one() {
    let store = empty_store(2000);
    let barrier = Barrier::new(8);
    let granted: Vec<AtomicU32> = (0..1000).map(|_| AtomicU32::new(0)).collect();
    thread::scope(|scope| {
        for thread in 0..8_u128 {
            let (store, barrier, granted) = (store.clone(), &barrier, &granted);
            scope.spawn(move || {
                barrier.wait();
                for (n, granted) in granted.iter().enumerate() {
                    let token = thread * 1_000_000 + n as u128;
                    // Two contents a message, so that chains are shared.
                    let lease = lease(&format!("{}", n / 2), n as u128, token, MINUTE, DAY);
                    match claim(&store, &lease) {
                        Ok(Claim::First | Claim::Revision) => {
                            granted.fetch_add(1, Ordering::SeqCst);
                            assert_eq!(commit(&store, &lease), Ok(Settled::Done));
                        }
                        Ok(Claim::Replay | Claim::InFlight { .. }) => {
                            assert_eq!(release(&store, &lease), Ok(Settled::Lost));
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert!(
        granted
            .iter()
            .all(|count| count.load(Ordering::SeqCst) == 1)
    );
    assert_eq!(store.len(), 1000);
    store.lock().assert_sound();
}

#[test]
fn clones_are_one_store_and_a_capacity_has_bounds() {
    let store = empty_store(10);
    handle(&store.clone(), &lease("1", A, 1, MINUTE, DAY));
    assert_eq!(store.len(), 1);
    for (asked, capacity) in [(0, 1), (7, 7), (usize::MAX, MAX_CAPACITY)] {
        assert_eq!(MemoryStore::builder().capacity(asked).capacity, capacity);
    }
}

#[test]
fn a_store_of_one_remembers_one() {
    let store = empty_store(0);
    for n in 0..10 {
        handle(&store, &lease(&format!("{n}"), A, n, MINUTE, DAY));
        assert_eq!(
            claim(&store, &lease(&format!("{n}"), A, 99, MINUTE, DAY)),
            Ok(Claim::Replay)
        );
        assert_eq!(store.len(), 1);
    }
}

#[test]
fn debug_shows_counts_and_nothing_of_the_messages() {
    let store = empty_store(10);
    handle(&store, &lease("secret", A, 1, MINUTE, DAY));
    assert_eq!(
        claim(&store, &lease("other", A, 1, MINUTE, DAY)),
        Ok(Claim::First)
    );
    assert_eq!(
        format!("{store:?}"),
        "MemoryStore { handled: 1, live: 1, capacity: 10 }"
    );
}

#[test]
fn two_stores_hash_the_same_fingerprint_differently() {
    let lease = lease("1", A, 1, MINUTE, DAY);
    let (one, two) = (
        ContentHasher::new().content(&lease),
        ContentHasher::new().content(&lease),
    );
    assert_ne!(one.fingerprint, two.fingerprint);
}

proptest! {
    #[test]
    fn it_behaves_like_a_map(steps in prop::collection::vec(step(), 1..300)) {
        let clock = ManualClock::default();
        let store = MemoryStore::builder().clock(clock.clone()).build();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Advance(time) => {
                    clock.advance(time);
                    model.now += time;
                }
                Step::Claim(lease) => prop_assert_eq!(claim(&store, &lease), Ok(model.claim(&lease))),
                Step::Commit(lease) => prop_assert_eq!(commit(&store, &lease), Ok(model.commit(&lease))),
                Step::Release(lease) => prop_assert_eq!(release(&store, &lease), Ok(model.release(&lease))),
                Step::Later(lease, settlement) => {
                    match settlement {
                        Settlement::Commit => model.commit(&lease),
                        Settlement::Release => model.release(&lease),
                    };
                    store.settle_later(lease, settlement);
                }
            }
            store.lock().assert_sound();
        }
    }

    #[test]
    fn a_crowded_store_stays_sound_and_never_evicts_a_live_claim(
        capacity in 1..12_usize,
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let clock = ManualClock::default();
        let store = MemoryStore::builder().clock(clock.clone()).capacity(capacity).build();
        // Granted, not settled, with the time at which the lease runs out.
        let mut live: HashMap<(Identity, Fingerprint), (Lease, Duration)> = HashMap::new();
        for step in steps {
            match step {
                Step::Advance(time) => clock.advance(time),
                Step::Claim(lease) => {
                    if let Ok(Claim::First | Claim::Revision) = claim(&store, &lease) {
                        let deadline = clock.elapsed() + lease.duration();
                        live.insert(content(&lease), (lease, deadline));
                    }
                }
                Step::Commit(lease) | Step::Later(lease, Settlement::Commit) => {
                    if commit(&store, &lease) == Ok(Settled::Done) {
                        live.remove(&content(&lease));
                    }
                }
                Step::Release(lease) | Step::Later(lease, _) => {
                    if release(&store, &lease) == Ok(Settled::Done) {
                        live.remove(&content(&lease));
                    }
                }
            }
            live.retain(|_, (_, deadline)| *deadline > clock.elapsed());
            prop_assert!(store.len() <= capacity);
            store.lock().assert_sound();
            for (lease, deadline) in live.values() {
                let lease_left = *deadline - clock.elapsed();
                let stranger = with_token(lease, 1_000_000);
                prop_assert_eq!(claim(&store, &stranger), Ok(Claim::InFlight { lease_left }));
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Advance(Duration),
    Claim(Lease),
    Commit(Lease),
    Release(Lease),
    Later(Lease, Settlement),
}

fn step() -> impl Strategy<Value = Step> {
    let millis =
        |choices: &'static [u64]| prop::sample::select(choices).prop_map(Duration::from_millis);
    let leases = (
        0..4_u8,
        0..4_u128,
        0..3_u128,
        millis(&[0, 1, 700, 2000, 5000, 60_000]),
        millis(&[0, 1, 500, 1000, 3000, 60_000]),
    );
    let leases = leases.prop_map(|(message, content, token, duration, window)| {
        lease(&format!("{message}"), content, token, duration, window)
    });
    let settlement = prop::sample::select(&[Settlement::Commit, Settlement::Release][..]);
    prop_oneof![
        2 => millis(&[0, 1, 299, 500, 1000, 2500, 60_000]).prop_map(Step::Advance),
        6 => leases.clone().prop_map(Step::Claim),
        3 => leases.clone().prop_map(Step::Commit),
        2 => leases.clone().prop_map(Step::Release),
        1 => (leases, settlement).prop_map(|(lease, settlement)| Step::Later(lease, settlement)),
    ]
}

/// The contract, with a map and no bounds.
#[derive(Default)]
struct Model {
    now: Duration,
    contents: HashMap<(Identity, Fingerprint), Known>,
}

enum Known {
    Handled { until: Duration },
    Held { token: Token, until: Duration },
}

impl Model {
    fn claim(&mut self, lease: &Lease) -> Claim {
        self.forget();
        match self.contents.get(&content(lease)) {
            Some(Known::Handled { .. }) => return Claim::Replay,
            Some(Known::Held { token, until }) if *token != lease.token() => {
                let lease_left = *until - self.now;
                return Claim::InFlight { lease_left };
            }
            _ => {}
        }
        let held = Known::Held {
            token: lease.token(),
            until: self.now + lease.duration(),
        };
        self.contents.insert(content(lease), held);
        let of_message = self
            .contents
            .keys()
            .filter(|(identity, _)| identity == lease.identity());
        if of_message.count() > 1 {
            Claim::Revision
        } else {
            Claim::First
        }
    }

    fn commit(&mut self, lease: &Lease) -> Settled {
        self.settle(lease, Settlement::Commit, |model| {
            let end = model.now + lease.window();
            let until = Duration::from_secs(end.as_secs() + u64::from(end.subsec_nanos() > 0));
            if !lease.window().is_zero() {
                model
                    .contents
                    .insert(content(lease), Known::Handled { until });
            }
        })
    }

    fn release(&mut self, lease: &Lease) -> Settled {
        self.settle(lease, Settlement::Release, |_| {})
    }

    fn settle(
        &mut self,
        lease: &Lease,
        settlement: Settlement,
        then: impl FnOnce(&mut Self),
    ) -> Settled {
        self.forget();
        match self.contents.get(&content(lease)) {
            Some(Known::Handled { .. }) => return Settled::Lost,
            Some(Known::Held { token, .. })
                if settlement == Settlement::Release && *token != lease.token() =>
            {
                return Settled::Lost;
            }
            _ => {}
        }
        self.contents.remove(&content(lease));
        then(self);
        Settled::Done
    }

    fn forget(&mut self) {
        let now = self.now;
        self.contents.retain(|_, known| match known {
            Known::Handled { until } | Known::Held { until, .. } => *until > now,
        });
    }
}

const A: u128 = 1;

/// A store with a clock that never moves.
fn empty_store(capacity: usize) -> MemoryStore {
    MemoryStore::builder()
        .clock(ManualClock::default())
        .capacity(capacity)
        .build()
}

fn lease(id: &str, content: u128, token: u128, duration: Duration, window: Duration) -> Lease {
    Lease::new(
        Identity::for_test("test", id),
        Fingerprint::from_bits(content),
        Token::from_bits(token),
        duration,
        window,
    )
}

fn with_token(lease: &Lease, token: u128) -> Lease {
    Lease::new(
        lease.identity().clone(),
        lease.fingerprint(),
        Token::from_bits(token),
        lease.duration(),
        lease.window(),
    )
}

fn content(lease: &Lease) -> (Identity, Fingerprint) {
    (lease.identity().clone(), lease.fingerprint())
}

fn claim(store: &MemoryStore, lease: &Lease) -> Result<Claim, MemoryStoreError> {
    ready(store.claim(lease))
}

fn commit(store: &MemoryStore, lease: &Lease) -> Result<Settled, MemoryStoreError> {
    ready(store.commit(lease))
}

fn release(store: &MemoryStore, lease: &Lease) -> Result<Settled, MemoryStoreError> {
    ready(store.release(lease))
}

fn handle(store: &MemoryStore, lease: &Lease) {
    let claimed = claim(store, lease);
    assert!(
        matches!(claimed, Ok(Claim::First | Claim::Revision)),
        "{claimed:?}"
    );
    assert_eq!(commit(store, lease), Ok(Settled::Done));
}

/// The output of a future that never waits, or waits for nothing but another poll.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("a memory store never waits");
}
