//! A replay store as a list.

use std::time::Duration;

use callhook::replay::{Claim, Lease, MemoryStoreError, Settled, Settlement, Token};

/// A lease, and which content of which message it is for.
pub(super) struct Ask {
    pub(super) message: u8,
    pub(super) content: u8,
    pub(super) lease: Lease,
}

/// Every content that was claimed or handled, in the order in which they came.
pub(super) struct Model {
    contents: Vec<Content>,
    capacity: usize,
    /// How many contents were ever remembered.
    handled: u64,
    now: u64,
}

struct Content {
    message: u8,
    content: u8,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Held {
        token: Token,
        deadline: u64,
    },
    Handled {
        /// The how manyth that was remembered.
        number: u64,
        /// `None` is for ever.
        end: Option<u64>,
        /// Whether the store was full since, and may have forgotten it.
        is_doubtful: bool,
    },
}

/// Contents of one message.
const MAX_CONTENTS: usize = 64;

const NANOS: u64 = 1_000_000_000;

impl Model {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            contents: Vec::new(),
            capacity,
            handled: 0,
            now: 0,
        }
    }

    pub(super) fn wait(&mut self, time: Duration) {
        self.now = self.now.saturating_add(nanos(time));
    }

    /// How many claims are live.
    pub(super) fn live(&self) -> usize {
        let is_live = |content: &&Content| {
            matches!(content.state, State::Held { .. }) && !self.is_over(content)
        };
        self.contents.iter().filter(is_live).count()
    }

    /// Compares a claim's answer with what is known, and takes it over.
    pub(super) fn claim(&mut self, ask: &Ask, answer: &Result<Claim, MemoryStoreError>) {
        match self.state(ask) {
            Some(State::Handled {
                number,
                is_doubtful,
                ..
            }) => match answer {
                Ok(Claim::Replay) => return self.still_knows(number),
                _ if is_doubtful => self.has_forgotten(number),
                other => panic!("{other:?} of what was handled"),
            },
            Some(State::Held { token, deadline }) if token != ask.lease.token() => {
                let lease_left = Duration::from_nanos(deadline - self.now);
                assert_eq!(*answer, Ok(Claim::InFlight { lease_left }));
                return;
            }
            _ => {}
        }
        let (sure, doubtful) = self.others(ask);
        if self.state(ask).is_none()
            && let Err(error) = self.make_room(ask)
        {
            assert_eq!(*answer, Err(error));
            return;
        }
        match answer {
            Ok(Claim::First) => assert_eq!(sure, 0, "a revision"),
            Ok(Claim::Revision) => assert_ne!(sure + doubtful, 0, "the first"),
            other => panic!("{other:?} of what nobody has"),
        }
        let deadline = self.now.saturating_add(nanos(ask.lease.duration()));
        let token = ask.lease.token();
        self.set(ask, State::Held { token, deadline });
    }

    /// Whether the store may have forgotten this content before its time.
    pub(super) fn is_in_doubt(&self, ask: &Ask) -> bool {
        matches!(
            self.state(ask),
            Some(State::Handled {
                is_doubtful: true,
                ..
            })
        )
    }

    /// Compares the answer, where there is one, with what is known, and settles.
    pub(super) fn settle(
        &mut self,
        ask: &Ask,
        settlement: Settlement,
        answer: Option<&Result<Settled, MemoryStoreError>>,
    ) {
        let check = |expected| {
            assert!(
                answer.is_none_or(|answer| *answer == expected),
                "{answer:?}, not {expected:?}"
            )
        };
        match self.state(ask) {
            Some(State::Handled {
                number,
                is_doubtful,
                ..
            }) => match answer {
                Some(Ok(Settled::Lost)) => return self.still_knows(number),
                Some(_) if is_doubtful => self.has_forgotten(number),
                Some(other) => panic!("{other:?} of what was handled"),
                None => return,
            },
            // A token fences releases. A commit is a fact, whoever holds the content.
            Some(State::Held { token, .. })
                if settlement == Settlement::Release && token != ask.lease.token() =>
            {
                return check(Ok(Settled::Lost));
            }
            _ => {}
        }
        let window = nanos(ask.lease.window());
        let is_remembered = settlement == Settlement::Commit && window > 0;
        if is_remembered
            && self.state(ask).is_none()
            && let Err(error) = self.make_room(ask)
        {
            return check(Err(error));
        }
        self.forget(ask);
        check(Ok(Settled::Done));
        if is_remembered {
            self.remember(ask);
        }
    }

    fn remember(&mut self, ask: &Ask) {
        self.handled += 1;
        let end = self
            .now
            .saturating_add(nanos(ask.lease.window()))
            .div_ceil(NANOS);
        let end = (end < u64::from(u32::MAX)).then(|| end * NANOS);
        let number = self.handled;
        self.set(
            ask,
            State::Handled {
                number,
                end,
                is_doubtful: false,
            },
        );
    }

    /// What is known of a content that isn't over.
    fn state(&self, ask: &Ask) -> Option<State> {
        let mut found = self.contents.iter().filter(|content| content.is_of(ask));
        found
            .find(|content| !self.is_over(content))
            .map(|content| content.state)
    }

    fn is_over(&self, content: &Content) -> bool {
        match content.state {
            State::Held { deadline, .. } => deadline <= self.now,
            State::Handled { end, .. } => end.is_some_and(|end| end <= self.now),
        }
    }

    fn forget(&mut self, ask: &Ask) {
        self.contents.retain(|content| !content.is_of(ask));
    }

    fn set(&mut self, ask: &Ask, state: State) {
        self.forget(ask);
        self.contents.push(Content {
            message: ask.message,
            content: ask.content,
            state,
        });
    }

    /// How many other contents the message has: for sure, and in doubt.
    fn others(&self, ask: &Ask) -> (usize, usize) {
        let is_other = |content: &&Content| {
            content.message == ask.message && !content.is_of(ask) && !self.is_over(content)
        };
        let is_doubtful = |content: &&Content| {
            matches!(
                content.state,
                State::Handled {
                    is_doubtful: true,
                    ..
                }
            )
        };
        let others = self.contents.iter().filter(is_other);
        let (doubtful, sure): (Vec<_>, Vec<_>) = others.partition(is_doubtful);
        (sure.len(), doubtful.len())
    }

    fn make_room(&mut self, ask: &Ask) -> Result<(), MemoryStoreError> {
        let (sure, doubtful) = self.others(ask);
        // A small store has no room for so many.
        if self.capacity > MAX_CONTENTS && sure + doubtful >= MAX_CONTENTS {
            let number = |content: &Content| match content.state {
                State::Handled { number, .. }
                    if content.message == ask.message && !self.is_over(content) =>
                {
                    Some(number)
                }
                _ => None,
            };
            let oldest = self.contents.iter().filter_map(number).min();
            let oldest = oldest.ok_or(MemoryStoreError::TooManyContents)?;
            self.contents.retain(|content| !content.is_number(oldest));
        }
        if self.live() >= self.capacity {
            return Err(MemoryStoreError::Full);
        }
        // Claims that ran out may take room still.
        let held = self
            .contents
            .iter()
            .filter(|content| matches!(content.state, State::Held { .. }));
        let held = held.count() as u64;
        for content in &mut self.contents {
            if let State::Handled {
                number,
                is_doubtful,
                ..
            } = &mut content.state
            {
                let and_newer = self.handled - *number + 1;
                *is_doubtful |= and_newer + held >= self.capacity as u64;
            }
        }
        Ok(())
    }

    /// The oldest goes first: what came later is known too.
    fn still_knows(&mut self, known: u64) {
        for content in &mut self.contents {
            if let State::Handled {
                number,
                is_doubtful,
                ..
            } = &mut content.state
            {
                *is_doubtful &= *number < known;
            }
        }
    }

    /// The oldest goes first: what came before is forgotten too.
    fn has_forgotten(&mut self, forgotten: u64) {
        self.contents.retain(|content| match content.state {
            State::Handled { number, .. } => number > forgotten,
            State::Held { .. } => true,
        });
    }
}

impl Content {
    fn is_of(&self, ask: &Ask) -> bool {
        (self.message, self.content) == (ask.message, ask.content)
    }

    fn is_number(&self, wanted: u64) -> bool {
        matches!(self.state, State::Handled { number, .. } if number == wanted)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
