//! What the clones of a store share, and the transitions.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use callhook::replay::{Claim, Settled, Settlement};
use redis::Cmd;
use tokio::runtime::Handle;

use crate::ask::Ask;
use crate::later::Queue;
use crate::link::{Answer, Failure, Limit, Link};
use crate::script::{CLAIM, COMMIT, RELEASE, Script};
use crate::{RedisStoreError, RedisStoreErrorKind};

pub(crate) struct Shared {
    pub(crate) link: Arc<Link>,
    pub(crate) prefix: String,
    pub(crate) timeout: Duration,
    pub(crate) later: Queue,
    /// For what is given to `settle_later` outside a runtime.
    runtime: OnceLock<Handle>,
}

impl Shared {
    pub(crate) fn new(link: Arc<Link>, prefix: String, timeout: Duration) -> Self {
        let shared = Self {
            link,
            prefix,
            timeout,
            later: Queue::new(),
            runtime: OnceLock::new(),
        };
        shared.remember_runtime();
        shared
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
            // What has the content may well be the first try of this very commit, whose answer was lost.
            "lost" if is_repeated => Ok(Settled::Done),
            "lost" => Ok(Settled::Lost),
            word => Err(refusal(word)),
        }
    }

    pub(crate) async fn ping(&self) -> Result<(), RedisStoreError> {
        self.remember_runtime();
        let ping = redis::cmd("PING");
        let limit = Limit::new(self.timeout);
        match self.link.call::<redis::Value>(&ping, limit).await {
            Err(failure) if failure.is_broken_connection() => {
                self.link.call::<redis::Value>(&ping, limit).await?
            }
            answer => answer?,
        };
        Ok(())
    }

    /// The runtime to settle later on: the one this is called in, or else one that the store was used in before.
    pub(crate) fn runtime(&self) -> Option<Handle> {
        let current = Handle::try_current().ok();
        current.or_else(|| self.runtime.get().cloned())
    }

    fn remember_runtime(&self) {
        if self.runtime.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            // Another thread's is as good.
            let _ = self.runtime.set(runtime);
        }
    }

    /// Runs a script, and tells whether it may have run twice.
    async fn run(&self, script: &Script, ask: &Ask) -> Result<(Answer, bool), RedisStoreError> {
        self.remember_runtime();
        let limit = Limit::new(self.timeout);
        let call = async |call: Cmd| self.link.call::<Answer>(&call, limit).await;

        let mut answer = call(script.by_hash(ask)).await;
        // A server, or something between, closes a connection that was idle, and the first call on it finds out. Each
        // transition may be made twice, as the contract has it, and a claim that comes once more after the lease was
        // released finds the note that the release has left.
        let is_repeated = answer.as_ref().is_err_and(Failure::is_broken_connection);
        if is_repeated {
            answer = call(script.by_hash(ask)).await;
        }
        if answer.as_ref().is_err_and(Failure::is_unknown_script) {
            answer = call(script.by_text(ask)).await;
        }
        Ok((answer?, is_repeated))
    }
}

fn refusal(word: &str) -> RedisStoreError {
    RedisStoreError::new(match word {
        "too_many" => RedisStoreErrorKind::TooManyContents,
        "given_up" => RedisStoreErrorKind::GivenUp,
        _ => RedisStoreErrorKind::Unintelligible,
    })
}
