//! Deleting what is over, beside the requests and never within one.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::database::Backend;
use crate::steps::Prune;
use crate::transitions::Transitions;

/// A task that deletes what is over. It ends when this is dropped.
#[must_use = "the task ends when this is dropped"]
pub struct Pruning(JoinHandle<()>);

impl Pruning {
    pub(crate) fn start<DB: Backend>(
        transitions: Arc<Transitions<DB>>,
        every: Duration,
        batch: NonZeroU32,
    ) -> Self {
        Self(tokio::spawn(run(
            transitions,
            every.max(MIN_INTERVAL),
            batch,
        )))
    }
}

impl Drop for Pruning {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Pruning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pruning").finish_non_exhaustive()
    }
}

async fn run<DB: Backend>(transitions: Arc<Transitions<DB>>, every: Duration, batch: NonZeroU32) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_told = false;
    loop {
        ticks.tick().await;
        loop {
            match transitions.link().take(&Prune(batch.get())).await {
                Ok(count) if count >= u64::from(batch.get()) => sleep(PAUSE).await,
                Ok(_) => {
                    is_told = false;
                    break;
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::warn!(
                            target: callhook::observe::TARGET,
                            %error,
                            "the SQL store could not delete what is over; it tries again"
                        );
                    }
                    break;
                }
            }
        }
    }
}

/// A batch may keep others from writing: SQLite has one writer.
const PAUSE: Duration = Duration::from_millis(50);

const MIN_INTERVAL: Duration = Duration::from_millis(10);
