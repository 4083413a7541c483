//! Sends the calls over several connections at once.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callhook::testing::calls::Encoding;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use super::LoadArgs;
use super::allowed::check_host;
use super::counts::Counts;
use super::schedule::Schedule;
use crate::error::Error;
use crate::http::Client;
use crate::play::{Next, Plan, Play};
use crate::runtime::told_to_end;
use crate::target::Target;

/// What came of all calls.
pub(super) struct Run {
    pub(super) counts: Counts,
    pub(super) time: Duration,
    pub(super) rate: Option<f64>,
    pub(super) was_interrupted: bool,
}

struct Shared {
    args: LoadArgs,
    plan: Plan,
    target: Target,
    encoding: Encoding,
    client: Client,
    schedule: Schedule,
    next_call: AtomicU64,
    /// Whether the server was there once.
    was_reached: AtomicBool,
    stop: AtomicBool,
    failed: Mutex<Option<Error>>,
    progress: ProgressBar,
}

pub(super) async fn run(
    args: LoadArgs,
    plan: Plan,
    target: Target,
    encoding: Encoding,
) -> Result<Run, Error> {
    let connections = args.connections;
    let rate = args.rate;
    let shared = Arc::new(Shared {
        client: target.client(usize::from(connections))?,
        progress: progress(args.calls),
        schedule: Schedule::new(rate),
        args,
        plan,
        target,
        encoding,
        next_call: AtomicU64::new(0),
        was_reached: AtomicBool::new(false),
        stop: AtomicBool::new(false),
        failed: Mutex::new(None),
    });
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let counts = Counts::new().map_err(Error::new)?;
        workers.spawn(work(shared.clone(), counts));
    }

    let mut counts = Counts::new().map_err(Error::new)?;
    let mut told = std::pin::pin!(told_to_end());
    let mut was_interrupted = false;
    loop {
        tokio::select! {
            worked = workers.join_next() => match worked {
                Some(worked) => counts.add(&worked.map_err(Error::new)?),
                None => break,
            },
            // What is under way may be answered first, for a moment.
            () = &mut told, if !was_interrupted => {
                was_interrupted = true;
                shared.stop.store(true, Ordering::Relaxed);
            }
        }
    }
    shared.progress.finish_and_clear();
    let mut failed = shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
    match failed.take() {
        Some(error) => Err(error),
        None => Ok(Run {
            counts,
            time: shared.schedule.elapsed(),
            rate,
            was_interrupted,
        }),
    }
}

async fn work(shared: Arc<Shared>, mut counts: Counts) -> Counts {
    while !shared.stop.load(Ordering::Relaxed) {
        let index = shared.next_call.fetch_add(1, Ordering::Relaxed);
        if index >= shared.args.calls {
            break;
        }
        let played = match shared.plan.play(index) {
            Ok(play) => shared.play(play, &mut counts).await,
            Err(error) => Err(error),
        };
        if let Err(error) = played {
            shared.fail(error);
            break;
        }
        shared.progress.inc(1);
    }
    counts
}

impl Shared {
    async fn play(&self, mut play: Play, counts: &mut Counts) -> Result<(), Error> {
        while let Some(Next { message, url }) = play.next() {
            let begin = tokio::select! {
                begin = self.schedule.next() => begin,
                () = self.stopped() => return Ok(()),
            };
            let url = url.as_deref().unwrap_or(self.target.webhook());
            let sample = message.sample();
            let name = message.event_name();
            let outgoing = self.target.message(url, sample, self.encoding, name)?;
            if check_host(&outgoing.uri, self.args.i_own_this_host.as_deref()).is_err() {
                counts.elsewhere += 1;
                continue;
            }
            let retries = self.target.retries;
            let answer = tokio::select! {
                answer = self.client.send_with_retries(outgoing, retries, |_| ()) => answer,
                // A server that doesn't answer, or asks for the message in a minute, is not waited for.
                () = self.stopped_for(GRACE) => {
                    counts.interrupted();
                    return Ok(());
                }
            };
            match answer {
                Ok(answer) => {
                    counts.answered(&answer, begin.elapsed());
                    counts.unreadable += u64::from(play.answered(&message, &answer).is_some());
                    self.was_reached.store(true, Ordering::Relaxed);
                }
                Err(fault)
                    if fault.is_unreachable() && !self.was_reached.load(Ordering::Relaxed) =>
                {
                    return Err(Error::new(fault));
                }
                Err(fault) => counts.not_answered(&fault),
            }
        }
        counts.calls += 1;
        counts.lost += play.finish().lost;
        Ok(())
    }

    fn fail(&self, error: Error) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(error);
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Waits for the end of all, however far away the next message's time is.
    async fn stopped(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn stopped_for(&self, grace: Duration) {
        self.stopped().await;
        tokio::time::sleep(grace).await;
    }
}

/// How long what is under way may still be answered, once the run was ended.
const GRACE: Duration = Duration::from_secs(1);

/// On a terminal only.
fn progress(calls: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(calls);
    match ProgressStyle::with_template("{bar:40} {pos}/{len} calls, {elapsed} of about {duration}")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
