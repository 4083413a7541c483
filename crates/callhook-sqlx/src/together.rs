//! What is asked at the same time is asked in one statement: a busy endpoint's claims share a connection, its pings by
//! the pool, a round trip and a transaction.
//!
//! 1. Whoever has the turn takes along everything that waits, and hands out the answers. There is no task: the turn is
//!    taken by one of those who ask.
//! 2. With nobody else there it is asked at once, by the statement for one. An ask waits for its turn, or for its
//!    answer in somebody else's, for a short time only. Then it asks for itself, with the same token, which gets the
//!    same answer. But not while whoever has the turn waits for the pool, which has no connection to give: each of them
//!    would take one later, for a statement of its own, just when there are too few.
//! 3. One that is dropped while it has the turn, or runs out of time, leaves the others without an answer: they ask
//!    again, with the same token, which gets the same answer. One that is dropped while it waits may still be asked;
//!    its lease is given back as that of any claim whose answer nobody has.
//! 4. A statement that meets a lock gives up soon, and so does one that loses against another transaction. Then each
//!    asks for itself, so that nobody waits for a lock on somebody else's content. So does one that the statement can't
//!    answer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use crate::ask::Ask;
use crate::database::Backend;
use crate::link::Link;
use crate::questions::Question;
use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// Asks that wait, of one question.
pub(crate) struct Together<A> {
    waiting: Mutex<Vec<Waiting<A>>>,
    /// One, so that whoever is asked about in somebody else's turn can't have another meanwhile, about nothing.
    turn: Semaphore,
    /// Whether whoever has the turn has a connection, too.
    is_connected: AtomicBool,
}

struct Waiting<A> {
    ask: Ask,
    answer: oneshot::Sender<Answer<A>>,
}

enum Answer<A> {
    Is(A),
    Failed(SqlxStoreError),
    AskAlone,
}

/// How often whoever has the turn lets the runtime's other tasks run first: on a busy server some of them are requests
/// that are about to ask too. On a quiet one it takes no time.
const YIELDS: usize = 4;

/// How long an ask waits for its turn or its answer. Whoever has the turn may be held up: by a lock, by a connection
/// that hangs, or because a handler blocks its runtime's thread.
const PATIENCE: Duration = Duration::from_millis(100);

impl<A: Send + 'static> Together<A> {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Semaphore::new(1),
            is_connected: AtomicBool::new(false),
        }
    }

    /// Asks within the link's limit.
    pub(crate) async fn ask<DB, Q>(
        &self,
        question: Q,
        ask: Ask,
        link: &Link<DB>,
    ) -> Result<A, SqlxStoreError>
    where
        DB: Backend,
        Q: Question<DB, Answer = A>,
    {
        let deadline = Instant::now() + link.timeout();
        // Those who have the turns wait for the pool, as a rule, and say so with an error of their own.
        timeout_at(deadline, self.ask_by(question, ask, link, deadline))
            .await
            .unwrap_or_else(|_elapsed| Err(SqlxStoreError::new(SqlxStoreErrorKind::NoConnection)))
    }

    async fn ask_by<DB, Q>(
        &self,
        question: Q,
        ask: Ask,
        link: &Link<DB>,
        deadline: Instant,
    ) -> Result<A, SqlxStoreError>
    where
        DB: Backend,
        Q: Question<DB, Answer = A>,
    {
        let mut answer = self.join(ask);
        loop {
            let Ok(next) = timeout(PATIENCE, self.next(&mut answer)).await else {
                if self.waits_for_the_pool(link) {
                    continue;
                }
                // A turn that begins from now on leaves it out.
                drop(answer);
                return alone(question, &ask, link, deadline).await;
            };
            let next = match next {
                Next::Turn(turn) => {
                    self.is_connected.store(false, Ordering::Relaxed);
                    let taken = self.take_turn(question, link, deadline).await;
                    drop(turn);
                    taken?;
                    continue;
                }
                Next::Answer(next) => next,
            };
            match next {
                Some(Answer::Is(answer)) => return Ok(answer),
                Some(Answer::Failed(error)) => return Err(error),
                Some(Answer::AskAlone) => return alone(question, &ask, link, deadline).await,
                None => answer = self.join(ask),
            }
        }
    }

    fn waits_for_the_pool<DB: Backend>(&self, link: &Link<DB>) -> bool {
        link.is_exhausted() && !self.is_connected.load(Ordering::Relaxed)
    }

    fn join(&self, ask: Ask) -> oneshot::Receiver<Answer<A>> {
        let (answer, receiver) = oneshot::channel();
        self.lock().push(Waiting { ask, answer });
        receiver
    }

    /// The answer, or a turn if that comes first.
    async fn next(&self, answer: &mut oneshot::Receiver<Answer<A>>) -> Next<'_, A> {
        let mut turn = pin!(self.turn.acquire());
        poll_fn(|context| {
            if let Poll::Ready(answer) = Pin::new(&mut *answer).poll(context) {
                return Poll::Ready(Next::Answer(answer.ok()));
            }
            match turn.as_mut().poll(context) {
                Poll::Ready(Ok(turn)) => Poll::Ready(Next::Turn(turn)),
                // It is never closed.
                Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Asks for all that wait. An error is one of time, which is that of whoever has the turn: the others may have some
    /// left.
    async fn take_turn<DB, Q>(
        &self,
        question: Q,
        link: &Link<DB>,
        deadline: Instant,
    ) -> Result<(), SqlxStoreError>
    where
        DB: Backend,
        Q: Question<DB, Answer = A>,
    {
        for _ in 0..YIELDS {
            yield_now().await;
        }
        let asked = self.gather();
        let asks: Vec<Ask> = asked.iter().map(|waiting| waiting.ask).collect();
        let answers = match &*asks {
            [] => return Ok(()),
            [ask] => {
                let answer = question
                    .of_one(ask, link, deadline, &self.is_connected)
                    .await;
                answer.map(|answer| vec![Some(answer)])
            }
            asks => {
                question
                    .of_all(asks, link, deadline, &self.is_connected)
                    .await
            }
        };
        match answers {
            Ok(answers) => {
                // One that is dropped has gone.
                for (waiting, answer) in asked.into_iter().zip(answers) {
                    let _ = waiting
                        .answer
                        .send(answer.map_or(Answer::AskAlone, Answer::Is));
                }
            }
            Err(error)
                if matches!(
                    error.kind(),
                    SqlxStoreErrorKind::Timeout | SqlxStoreErrorKind::NoConnection
                ) =>
            {
                return Err(error);
            }
            Err(error) => {
                // One that was asked for alone has its answer.
                let is_anothers = asks.len() > 1
                    && matches!(
                        error.kind(),
                        SqlxStoreErrorKind::Locked | SqlxStoreErrorKind::Conflict
                    );
                for waiting in asked {
                    let answer = match is_anothers {
                        true => Answer::AskAlone,
                        false => Answer::Failed(error.clone()),
                    };
                    let _ = waiting.answer.send(answer);
                }
            }
        }
        Ok(())
    }

    /// Takes what waits, but of each message one: one statement can't answer two claims of a content, nor tell one
    /// content of a message from a revision of another.
    fn gather(&self) -> Vec<Waiting<A>> {
        let mut waiting = self.lock();
        let mut taken: Vec<Waiting<A>> = Vec::with_capacity(waiting.len().min(MOST));
        let mut left = Vec::new();
        for next in waiting.drain(..) {
            let is_same = |other: &Waiting<A>| other.ask.message == next.ask.message;
            if next.answer.is_closed() {
                continue;
            }
            if taken.len() < MOST && !taken.iter().any(is_same) {
                taken.push(next);
            } else {
                left.push(next);
            }
        }
        *waiting = left;
        taken
    }

    /// Nothing panics under the lock.
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting<A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for one in no turn.
async fn alone<DB, Q>(
    question: Q,
    ask: &Ask,
    link: &Link<DB>,
    deadline: Instant,
) -> Result<Q::Answer, SqlxStoreError>
where
    DB: Backend,
    Q: Question<DB>,
{
    let is_connected = AtomicBool::new(false);
    question.of_one(ask, link, deadline, &is_connected).await
}

enum Next<'a, A> {
    Turn(SemaphorePermit<'a>),
    /// None where whoever had the turn was dropped, or ran out of time.
    Answer(Option<Answer<A>>),
}

/// A statement's work stays short of what others would notice.
const MOST: usize = 64;
