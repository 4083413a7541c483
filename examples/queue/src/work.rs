//! The worker, and what it logs.

use std::pin::pin;
use std::time::Duration;

use callhook_sqlx::sqlx::{self, PgPool};
use callhook_tower::{piopiy, telecmi, voipappz};
use graphile_worker::{
    FailureReason, JobFail, JobPermanentlyFail, JobRecovery, JobRecoveryResult, Worker,
    WorkerBuildError, WorkerOptions, WorkerUtils,
};
use tokio::time::sleep;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::job::{CALL_LOG, Job};
use crate::settings::Settings;

/// The schema that the queue's tables are in.
pub(crate) const SCHEMA: &str = "graphile_worker";

/// Logs to standard error, without payloads: graphile_worker logs those of jobs that are added, done and failed.
pub(crate) fn log() {
    let targets = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("sqlx::postgres::notice", LevelFilter::WARN)
        .with_target("graphile_worker", LevelFilter::WARN)
        .with_target("graphile_worker::runner::release", LevelFilter::OFF)
        .with_target("graphile_worker::runner::task_execution", LevelFilter::OFF);
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(targets)
        .init();
}

/// Makes the queue's tables and the application's. Several processes may do so at once.
pub(crate) async fn migrate(
    pool: &PgPool,
    queue: &WorkerUtils,
) -> Result<(), Box<dyn std::error::Error>> {
    // `create .. if not exists` fails where two do it at the same time.
    let mut lock = pool.begin().await?;
    sqlx::query("select pg_advisory_xact_lock(hashtext('example-queue'))")
        .execute(&mut *lock)
        .await?;
    queue.migrate().await?;
    sqlx::query(CALL_LOG).execute(&mut *lock).await?;
    lock.commit().await?;
    Ok(())
}

/// Works until `stop` is ready, and then until what is under way is done. Begins again when the database was away.
pub(crate) async fn work(pool: &PgPool, settings: &Settings, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    if settings.jobs_at_once == 0 {
        return stop.await;
    }
    loop {
        match worker(pool, settings).await {
            Ok(worker) => {
                let mut running = pin!(worker.run());
                let ended = tokio::select! {
                    ended = &mut running => ended,
                    () = &mut stop => {
                        worker.request_shutdown();
                        let _ = running.await;
                        return;
                    }
                };
                if let Err(error) = ended {
                    tracing::warn!(%error, "the worker has stopped, and begins again");
                }
            }
            Err(error) => tracing::warn!(%error, "the worker can't begin, and tries again"),
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = &mut stop => return,
        }
    }
}

/// Between two tries to begin.
const PAUSE: Duration = Duration::from_secs(2);

async fn worker(pool: &PgPool, settings: &Settings) -> Result<Worker, WorkerBuildError> {
    let (at_once, silence) = (settings.jobs_at_once as usize, settings.worker_timeout);
    WorkerOptions::default()
        .pg_pool(pool.clone())
        .schema(SCHEMA)
        .concurrency(at_once)
        .define_job::<Job<telecmi::Event>>()
        .define_job::<Job<piopiy::Event>>()
        .define_job::<Job<voipappz::Event>>()
        .heartbeat_interval(silence / 4)
        .sweep_interval(silence / 4)
        .sweep_threshold(silence)
        .listen_os_shutdown_signals(false)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .on(JobRecovery, |context| async move {
            match context.reason {
                // Counted as an attempt: a job that brings its process down must not do so for ever.
                FailureReason::WorkerCrashed => JobRecoveryResult::FailWithBackoff,
                _ => JobRecoveryResult::Default,
            }
        })
        // Not the error's text, which may have some of the message in it: `/failed` has that.
        .on(JobFail, |context| async move {
            let (job, attempts) = (context.job.id(), context.job.attempts());
            tracing::warn!(job, attempts, "a job failed, and will be tried again");
        })
        .on(JobPermanentlyFail, |context| async move {
            let (job, attempts) = (context.job.id(), context.job.attempts());
            tracing::error!(job, attempts, "a job failed for good: see /failed");
        })
        .init()
        .await
}
