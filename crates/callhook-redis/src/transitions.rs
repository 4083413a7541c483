//! The transitions of a store: each one script, run on the server, within the timeout.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use callhook::replay::{Claim, Settled, Settlement};
use redis::{Cmd, FromRedisValue};
use tokio::runtime::Handle;

use crate::ask::Ask;
use crate::link::{Answer, Failure, Limit, Link};
use crate::script::{CLAIM, COMMIT, FORGET, RELEASE, Script};
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
        transitions.home();
        transitions
    }

    pub(crate) async fn claim(&self, ask: &Ask) -> Result<Claim, RedisStoreError> {
        let ((word, left), _) = self.run(&CLAIM, ask).await?;
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
        let script = match settlement {
            Settlement::Commit => &COMMIT,
            Settlement::Release => &RELEASE,
        };
        let ((word, _), is_repeated) = self.run(script, ask).await?;
        match &*word {
            "done" => Ok(Settled::Done),
            // What has handled the content may well be the first try of this very commit, whose answer was lost.
            "lost" if is_repeated => Ok(Settled::Done),
            "lost" => Ok(Settled::Lost),
            word => Err(refusal(word)),
        }
    }

    /// Forgets what is handled under a key, and returns how many contents that were.
    pub(crate) async fn forget(
        &self,
        key: &str,
        timeout: Duration,
    ) -> Result<u64, RedisStoreError> {
        let limit = Limit::new(timeout);
        let mut forgotten = self.call(&FORGET.by_hash_on(key), limit).await;
        if forgotten.as_ref().is_err_and(Failure::is_unknown_script) {
            forgotten = self.call(&FORGET.by_text_on(key), limit).await;
        }
        forgotten.map_err(|failure| self.error(failure))
    }

    /// One call, and once more where its connection broke or led to a server that isn't the master any more.
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        call: &Cmd,
        limit: Limit,
    ) -> Result<T, Failure> {
        let home = self.home();
        match self.link.call(call, limit, home.as_ref()).await {
            Err(failure) if failure.is_worth_another_try() => {
                self.link.call(call, limit, home.as_ref()).await
            }
            answer => answer,
        }
    }

    /// Whether calls find the node of a cluster that has their key by themselves.
    pub(crate) fn knows_clusters(&self) -> bool {
        self.link.knows_clusters()
    }

    /// The runtime that the store's tasks belong to, remembered from now on.
    pub(crate) fn home(&self) -> Option<Handle> {
        let mut home = self.home.lock().unwrap_or_else(PoisonError::into_inner);
        if home.is_none() {
            *home = Handle::try_current().ok();
        }
        home.clone()
    }

    /// A task was dropped with its runtime: the next call finds another one.
    pub(crate) fn leave_home(&self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
    async fn run(&self, script: &Script, ask: &Ask) -> Result<(Answer, bool), RedisStoreError> {
        let home = self.home();
        let limit = Limit::new(ask.timeout);
        let call = async |call: Cmd| {
            let answer = self.link.call::<Answer>(&call, limit, home.as_ref());
            answer.await
        };

        let mut answer = call(script.by_hash(ask)).await;
        // A server, or something between, closes a connection that was idle, and the first call on it finds out. Each
        // transition may be made twice, according to the contract, and a claim that comes once more after the lease was
        // released finds the note that the release has left. A server that is not the master any more has done nothing.
        let is_repeated = answer.as_ref().is_err_and(Failure::is_broken_connection);
        if answer.as_ref().is_err_and(Failure::is_worth_another_try) {
            answer = call(script.by_hash(ask)).await;
        }
        if answer.as_ref().is_err_and(Failure::is_unknown_script) {
            answer = call(script.by_text(ask)).await;
        }
        let answer = answer.map_err(|failure| self.error(failure))?;
        Ok((answer, is_repeated))
    }
}

fn refusal(word: &str) -> RedisStoreError {
    RedisStoreError::new(match word {
        "too_many" => RedisStoreErrorKind::TooManyContents,
        "given_up" => RedisStoreErrorKind::GivenUp,
        _ => RedisStoreErrorKind::Unintelligible,
    })
}
