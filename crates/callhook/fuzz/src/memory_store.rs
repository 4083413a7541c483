//! The memory store.

mod model;

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use callhook::clock::ManualClock;
use callhook::replay::{Fingerprint, Identity, Lease, MemoryStore, ReplayStore, Settlement, Token};

use self::model::{Ask, Model};
use crate::request::ready;

/// The first byte is the store's capacity: up to 16, or more than there can be steps. Each step after it is claimed,
/// committed, released or waited for in the store and in a map.
///
/// Where there is room, every answer is the map's. Where there is not, the store may have forgotten what was handled,
/// the oldest first and only if it was full; it never has more than its capacity, and a live claim is never forgotten.
pub fn memory_store(input: &[u8]) {
    let Some((capacity, steps)) = input.split_first() else {
        return;
    };
    let capacity = match capacity {
        1..=16 => usize::from(*capacity),
        _ => 10_000,
    };
    let clock = ManualClock::default();
    let store = MemoryStore::builder()
        .capacity(capacity)
        .clock(clock.clone())
        .build();
    let mut model = Model::new(capacity);
    let mut steps = Unstructured::new(steps);
    while !steps.is_empty() {
        let Ok(step) = steps.arbitrary::<Step>() else {
            return;
        };
        match step {
            Step::Wait(time) => {
                clock.advance(time);
                model.wait(time);
            }
            Step::Claim(ask) => {
                let answer = ready(store.claim(&ask.lease));
                model.claim(&ask, &answer);
            }
            Step::Settle(ask, settlement) => {
                let answer = match settlement {
                    Settlement::Commit => ready(store.commit(&ask.lease)),
                    Settlement::Release => ready(store.release(&ask.lease)),
                };
                model.settle(&ask, settlement, Some(&answer));
            }
            Step::SettleLater(ask, settlement) => {
                // It doesn't answer, and so has to be foreseen. What was handled is not released.
                if model.is_in_doubt(&ask) {
                    let answer = ready(store.release(&ask.lease));
                    model.settle(&ask, Settlement::Release, Some(&answer));
                }
                store.settle_later(ask.lease.clone(), settlement);
                ready(store.flush());
                model.settle(&ask, settlement, None);
            }
        }
        assert!(store.len() <= capacity);
        assert!(store.len() >= model.live());
    }
}

enum Step {
    Wait(Duration),
    Claim(Ask),
    Settle(Ask, Settlement),
    SettleLater(Ask, Settlement),
}

impl<'a> Arbitrary<'a> for Step {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let kind: u8 = u.arbitrary()?;
        Ok(match kind % 8 {
            0..=2 => Self::Claim(ask(u, kind / 8)?),
            3 => Self::Settle(ask(u, kind / 8)?, Settlement::Commit),
            4 => Self::Settle(ask(u, kind / 8)?, Settlement::Release),
            5 => Self::SettleLater(ask(u, kind / 8)?, Settlement::Commit),
            6 => Self::SettleLater(ask(u, kind / 8)?, Settlement::Release),
            _ => Self::Wait(TIMES[usize::from(kind / 8) % TIMES.len()]),
        })
    }
}

/// One of few messages, contents and owners, so that they meet. Most contents are of the last message.
fn ask(u: &mut Unstructured<'_>, terms: u8) -> arbitrary::Result<Ask> {
    let who: u8 = u.arbitrary()?;
    let (message, content) = match who {
        0..=63 => (who % 4, who / 4 % 4),
        _ => (4, (who - 64) / 2),
    };
    let owner = match who {
        0..=63 => who / 16,
        _ => who % 2,
    };
    let token = [1, message, content, owner].into_iter();
    let token = token.fold(0, |token, part| token << 8 | u128::from(part));
    let lease = Lease::new(
        Identity::for_test("cdr", &message.to_string()),
        Fingerprint::from_bits(content.into()),
        Token::from_bits(token),
        DURATIONS[usize::from(terms) % DURATIONS.len()],
        WINDOWS[usize::from(terms) / DURATIONS.len() % WINDOWS.len()],
    );
    Ok(Ask {
        message,
        content,
        lease,
    })
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

const DURATIONS: [Duration; 4] = [MINUTE, SECOND, Duration::ZERO, DAY];

const WINDOWS: [Duration; 8] = [
    DAY,
    MINUTE,
    SECOND,
    Duration::from_millis(1500),
    Duration::ZERO,
    Duration::from_nanos(1),
    Duration::from_secs(86_400 * 365 * 137),
    Duration::MAX,
];

const TIMES: [Duration; 10] = [
    Duration::from_nanos(1),
    Duration::from_millis(500),
    Duration::from_nanos(999_999_999),
    SECOND,
    Duration::from_secs(59),
    MINUTE,
    Duration::from_secs(86_399),
    DAY,
    Duration::from_secs(86_400 * 365 * 100),
    Duration::MAX,
];
