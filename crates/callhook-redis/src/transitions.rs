//! The transitions of a store, each within the timeout.
//!
//! A new message is claimed and committed by plain commands, each of which changes something only where that needs no
//! look at anything else. Where it doesn't, and after any error of the server's, a script does the whole transition.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callhook::replay::{Claim, Settled, Settlement};
use redis::{Cmd, FromRedisValue, Pipeline, Value};
use tokio::runtime::Handle;

use crate::ask::Ask;
use crate::key::Keys;
use crate::link::{Answer, Call, Failure, Limit, Link};
use crate::script::{CLAIM, COMMIT, FORGET, RELEASE, Script, TAKE_BACK};
use crate::{RedisStoreError, RedisStoreErrorKind};

pub(crate) struct Transitions {
    link: Link,
    /// Where the connection and the queue have their tasks: the runtime that the store was made in, or first used in.
    /// With a runtime for each worker, as in actix-web, the others go on while one is busy.
    home: Mutex<Option<Handle>>,
}

impl Transitions {
    pub(crate) fn new(link: Link) -> Self {
        let transitions = Self {
            link,
            home: Mutex::default(),
        };
        transitions.remember_home();
        transitions
    }

    pub(crate) async fn claim(&self, ask: &Ask) -> Result<Claim, RedisStoreError> {
        let limit = Limit::new(ask.timeout);
        if ask.has_plain_claim()
            && let Some(claim) = self.plain_claim(ask, limit).await?
        {
            return Ok(claim);
        }
        // In a box, so that the usual claim stays small.
        let ((word, left), _) = Box::pin(self.run(&CLAIM, ask, limit)).await?;
        Ok(match &*word {
            "first" => Claim::First,
            "revision" => Claim::Revision,
            "replay" => Claim::Replay,
            "in_flight" => Claim::InFlight {
                lease_left: Duration::from_millis(left),
            },
            word => return Err(refusal(word)),
        })
    }

    pub(crate) async fn settle(
        &self,
        ask: &Ask,
        settlement: Settlement,
    ) -> Result<Settled, RedisStoreError> {
        let limit = Limit::new(ask.timeout);
        let script = match settlement {
            Settlement::Commit => &COMMIT,
            Settlement::Release => &RELEASE,
        };
        if settlement == Settlement::Commit
            && ask.has_plain_commit()
            && self.plain_commit(ask, limit).await?
        {
            return Ok(Settled::Done);
        }
        let ((word, _), is_repeated) = Box::pin(self.run(script, ask, limit)).await?;
        match &*word {
            "done" => Ok(Settled::Done),
            // What has handled the content may well be the first try of this very commit, whose answer was lost.
            "lost" if is_repeated => Ok(Settled::Done),
            "lost" => Ok(Settled::Lost),
            word => Err(refusal(word)),
        }
    }

    /// Claims a message of which nothing is known, and recognizes a copy of its one content that was handled. `None` if
    /// a script has to decide.
    ///
    /// The claim is made first, and then looked whether it may stand: whoever comes in between, by a script, sees it.
    async fn plain_claim(&self, ask: &Ask, limit: Limit) -> Result<Option<Claim>, RedisStoreError> {
        let made_and_known = if self.knows_clusters() {
            Box::pin(self.make_then_look(ask, limit)).await
        } else {
            self.make_and_look(ask, limit).await
        };
        let (made, known) = match made_and_known {
            Ok(answers) => answers,
            Err(failure) if failure.is_answer() => return Ok(None),
            Err(failure) => return Err(self.error(failure)),
        };
        match known {
            Value::Nil if made == Made::Yes => Ok(Some(Claim::First)),
            Value::BulkString(known) if is_handled(&known, ask) => {
                if made != Made::No {
                    Box::pin(self.take_back(ask, limit)).await;
                }
                Ok(Some(Claim::Replay))
            }
            _ => Ok(None),
        }
    }

    /// Makes a claim and looks what is known of its message, in one round trip.
    async fn make_and_look(&self, ask: &Ask, limit: Limit) -> Result<(Made, Value), Failure> {
        let mut calls = Pipeline::with_capacity(2);
        calls.add_command(set_new(ask.keys.claimed(), &ask.claim, ask.duration));
        calls.add_command(get(ask.keys.known()));
        let (answers, is_repeated) = self.send(Call::Two(&calls), limit).await;
        let (made, known): (Value, Value) = read(answers?)?;
        Ok((Made::of(&made, is_repeated), known))
    }

    /// The same in a cluster, one after the other. While a slot is moved, either key may be on either of two nodes, and
    /// only a command that is sent alone is sent on to the node that has its key.
    async fn make_then_look(&self, ask: &Ask, limit: Limit) -> Result<(Made, Value), Failure> {
        let make = set_new(ask.keys.claimed(), &ask.claim, ask.duration);
        let made = match self.send(Call::One(&make), limit).await {
            (Ok(made), is_repeated) => Made::of(&made, is_repeated),
            // A server that is full can still tell what was handled.
            (Err(failure), _) if failure.is_answer() => Made::No,
            (Err(failure), _) => return Err(failure),
        };
        let (known, _) = self.send(Call::Get(ask.keys.known()), limit).await;
        Ok((made, known?))
    }

    /// Takes a claim back whose content turned out to be handled.
    ///
    /// Where that fails, the answer is the same. The claim then ends with its lease, and until then, nobody looks at it
    /// as long as its content counts as handled. So it is with a claim that a cluster's connection has made twice
    /// without telling.
    async fn take_back(&self, ask: &Ask, limit: Limit) {
        let taken: Result<Value, Failure> = self
            .run_on(&TAKE_BACK, &[ask.keys.claimed()], Some(&ask.claim), limit)
            .await;
        drop(taken);
    }

    /// Commits the first content of a message, unless something is known of it. Whether that is done.
    ///
    /// The claim's key is left in place. Scripts ignore it where `known` has its content.
    async fn plain_commit(&self, ask: &Ask, limit: Limit) -> Result<bool, RedisStoreError> {
        let call = set_new(ask.keys.known(), &ask.claim, ask.window);
        match self.call(Call::One(&call), limit).await {
            Ok(Value::Okay) => Ok(true),
            Ok(_) => Ok(false),
            Err(failure) if failure.is_answer() => Ok(false),
            Err(failure) => Err(self.error(failure)),
        }
    }

    /// Forgets what is handled of a message, and returns how many contents that were.
    pub(crate) async fn forget(
        &self,
        keys: &Keys,
        timeout: Duration,
    ) -> Result<u64, RedisStoreError> {
        let limit = Limit::new(timeout);
        let forgotten = self.run_on(&FORGET, &keys.both(), None, limit).await;
        forgotten.map_err(|failure| self.error(failure))
    }

    /// Runs a script that is asked about these keys, with this argument.
    async fn run_on<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        argument: Option<&[u8]>,
        limit: Limit,
    ) -> Result<T, Failure> {
        let mut by_hash = script.by_hash_on(keys);
        by_hash.arg(argument);
        let answer = self.call(Call::One(&by_hash), limit).await;
        if !answer.as_ref().is_err_and(Failure::is_unknown_script) {
            return answer;
        }
        let mut by_text = script.by_text_on(keys);
        by_text.arg(argument);
        self.call(Call::One(&by_text), limit).await
    }

    /// One call, as `send` makes it, and what it returns.
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        call: Call<'_>,
        limit: Limit,
    ) -> Result<T, Failure> {
        let (answer, _) = self.send(call, limit).await;
        read(answer?)
    }

    /// One call, and once more where its connection broke or led to a server that isn't the master any more; and
    /// whether it may have been carried out twice.
    ///
    /// A server, or something between, closes a connection that was idle, and the first call on it finds out. Each
    /// transition may be made twice, according to the contract, and a claim that comes once more after the lease was
    /// released finds the note that the release has left. A server that is not the master any more has done nothing.
    async fn send(&self, call: Call<'_>, limit: Limit) -> (Result<Value, Failure>, bool) {
        self.remember_home();
        let mut answer = self.link.call(call, limit, || self.home()).await;
        let is_repeated = answer.as_ref().is_err_and(Failure::is_broken_connection);
        if answer.as_ref().is_err_and(Failure::is_worth_another_try) {
            answer = Box::pin(self.link.call(call, limit, || self.home())).await;
        }
        (answer, is_repeated)
    }

    /// Whether calls find the node of a cluster that has their key by themselves.
    pub(crate) fn knows_clusters(&self) -> bool {
        self.link.knows_clusters()
    }

    /// The runtime that the store's tasks belong to, remembered from now on.
    pub(crate) fn home(&self) -> Option<Handle> {
        self.remember_home();
        self.lock_home().clone()
    }

    fn remember_home(&self) {
        let mut home = self.lock_home();
        if home.is_none() {
            *home = Handle::try_current().ok();
        }
    }

    /// A task was dropped with its runtime: the next call finds another one.
    pub(crate) fn leave_home(&self) {
        *self.lock_home() = None;
    }

    fn lock_home(&self) -> MutexGuard<'_, Option<Handle>> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error for a call that has no answer. Where the connection follows a cluster's redirections, one that is left
    /// is the cluster's trouble and no mistake in the configuration.
    pub(crate) fn error(&self, failure: Failure) -> RedisStoreError {
        let error = RedisStoreError::from(failure);
        if error.kind() == RedisStoreErrorKind::ClusterNode && self.knows_clusters() {
            return RedisStoreError::new(RedisStoreErrorKind::Server);
        }
        error
    }

    /// Runs a script, and tells whether it may have run twice.
    async fn run(
        &self,
        script: &Script,
        ask: &Ask,
        limit: Limit,
    ) -> Result<(Answer, bool), RedisStoreError> {
        let by_hash = script.by_hash(ask);
        let (mut answer, is_repeated) = self.send(Call::One(&by_hash), limit).await;
        if answer.as_ref().is_err_and(Failure::is_unknown_script) {
            let by_text = script.by_text(ask);
            let by_text = self.link.call(Call::One(&by_text), limit, || self.home());
            answer = by_text.await;
        }
        let answer = answer
            .and_then(read)
            .map_err(|failure| self.error(failure))?;
        Ok((answer, is_repeated))
    }
}

/// Whether a plain claim has made its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Yes,
    No,
    /// The key was there at the second try: the first one may have made it.
    Perhaps,
}

impl Made {
    fn of(answer: &Value, is_repeated: bool) -> Self {
        match answer {
            Value::Okay => Self::Yes,
            _ if is_repeated => Self::Perhaps,
            _ => Self::No,
        }
    }
}

fn read<T: FromRedisValue>(answer: Value) -> Result<T, Failure> {
    redis::from_redis_value(answer).map_err(|error| Failure::Redis(error.into()))
}

/// Makes a key that doesn't exist.
fn set_new(key: &str, value: &[u8], millis: u64) -> Cmd {
    // Six arguments; the numbers have 13 digits at most.
    let mut set = Cmd::with_capacity(6, key.len() + value.len() + 20);
    set.arg("SET")
        .arg(key)
        .arg(value)
        .arg("NX")
        .arg("PX")
        .arg(millis);
    set
}

fn get(key: &str) -> Cmd {
    let mut get = Cmd::with_capacity(2, key.len() + 3);
    get.arg("GET").arg(key);
    get
}

/// Whether this is the content that was handled, of a message of which nothing else is known.
fn is_handled(known: &[u8], ask: &Ask) -> bool {
    known.len() == ask.claim.len() && known.starts_with(ask.content())
}

fn refusal(word: &str) -> RedisStoreError {
    RedisStoreError::new(match word {
        "too_many" => RedisStoreErrorKind::TooManyContents,
        "given_up" => RedisStoreErrorKind::GivenUp,
        _ => RedisStoreErrorKind::Unintelligible,
    })
}
