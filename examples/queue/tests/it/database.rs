//! The example's database, and faults that are made in it.

use std::thread;
use std::time::{Duration, Instant};

use callhook_sqlx::sqlx::{self, PgPool};
use callhook_test_support::Postgres;
use tokio::runtime::Runtime;

/// A database, with a Postgres around it.
pub(crate) struct Database {
    pub(crate) postgres: Postgres,
    pub(crate) url: String,
    runtime: Runtime,
    pool: PgPool,
}

impl Database {
    /// With settings of its own, such as `fsync=off`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let postgres = Postgres::start(settings);
        let url = postgres.database();
        let runtime = Runtime::new().expect("a runtime");
        let pool = runtime.block_on(async { PgPool::connect_lazy(&url).expect("a URL") });
        Self {
            postgres,
            url,
            runtime,
            pool,
        }
    }

    /// Runs statements.
    pub(crate) fn run(&self, statements: &'static str) {
        let done = sqlx::raw_sql(statements).execute(&self.pool);
        self.runtime.block_on(done).expect("statements that run");
    }

    /// One number.
    pub(crate) fn number(&self, query: &'static str) -> i64 {
        let number = sqlx::query_scalar(query).fetch_one(&self.pool);
        self.runtime.block_on(number).expect("a number")
    }

    /// Waits until a query has this number. While it doesn't, jobs that wait for their next try have their turn at once.
    pub(crate) fn wait_for(&self, what: &str, query: &'static str, number: i64) {
        let begin = Instant::now();
        loop {
            let found = self.number(query);
            if found == number {
                return;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "waited too long for {what}: {found} and not {number}"
            );
            self.hurry();
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lets jobs that have failed run again without their wait, but not those that have failed for good.
    pub(crate) fn hurry(&self) {
        self.run(
            "select graphile_worker.reschedule_jobs(
                array(select id from graphile_worker.jobs where run_at > now()), run_at := now())",
        );
    }
}

/// A machine that is busy.
const PATIENCE: Duration = Duration::from_secs(180);
