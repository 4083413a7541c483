//! One run: a database, processes on it, senders, and what kills them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use callhook_effects::fleet::Fleet;
use callhook_effects::senders::{Progress, send};
use callhook_effects::{Effects, TABLE, TOKEN, settings};
use callhook_sqlx::SqlxStore;
use callhook_sqlx::sqlx::sqlite::SqliteConnectOptions;
use callhook_sqlx::sqlx::{self, PgPool, Pool, SqlitePool};
use callhook_test_support::{Postgres, Random, seed};
use tokio::runtime::Runtime;

use crate::messages::messages;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) processes: usize,
    pub(crate) mark: &'static str,
    pub(crate) claims: &'static str,
    /// How often Postgres stops as in a crash, and starts again.
    pub(crate) crashes: usize,
    /// Which part of the messages it has, unless it is told how many: a half, a fifth.
    pub(crate) part: usize,
}

/// What the application's table has at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    sent: i64,
    effects: i64,
    messages: i64,
}

impl Counts {
    pub(crate) fn is_exactly_once(self) {
        assert_eq!(
            (self.effects, self.messages),
            (self.sent, self.sent),
            "effects, and messages that had one"
        );
    }

    /// None is lost, and some had their effect twice.
    pub(crate) fn has_doubled(self) {
        assert_eq!(self.messages, self.sent, "messages that had an effect");
        assert!(self.effects > self.sent, "{self:?}");
    }
}

pub(crate) fn postgres(run: Run) -> Counts {
    // Durable: it is killed.
    let server = Postgres::start(&[]);
    let url = server.database();
    let crash = || {
        server.stop_immediately();
        server.start_again();
    };
    let runtime = Runtime::new().expect("a runtime");
    let pool = runtime.block_on(async { PgPool::connect_lazy(&url).expect("a URL") });
    runtime.block_on(set_up(&pool, sqlx::query(TABLE).execute(&pool)));
    let sent = deliver(&run, &url, crash);
    runtime.block_on(count(&pool, sent))
}

pub(crate) fn sqlite(run: Run) -> Counts {
    let directory = Directory::new();
    let path = directory.0.join("calls.db");
    let url = format!("sqlite:{}", path.display());
    let runtime = Runtime::new().expect("a runtime");
    let options = SqliteConnectOptions::new().filename(path);
    let options = options.create_if_missing(true);
    let pool = runtime.block_on(async { SqlitePool::connect_lazy_with(options) });
    runtime.block_on(set_up(&pool, sqlx::query(TABLE).execute(&pool)));
    let sent = deliver(&run, &url, || unreachable!("SQLite has no server"));
    runtime.block_on(count(&pool, sent))
}

async fn set_up<DB: Effects, T>(
    pool: &Pool<DB>,
    table: impl Future<Output = Result<T, sqlx::Error>>,
) {
    let store = SqlxStore::new(pool.clone());
    store.migrate().await.expect("callhook's tables");
    table.await.expect("the application's table");
}

async fn count<DB: Effects>(pool: &Pool<DB>, sent: usize) -> Counts {
    let (effects, messages) = DB::counts(pool).await.expect("counts");
    let sent = i64::try_from(sent).expect("a number");
    let counts = Counts {
        sent,
        effects,
        messages,
    };
    println!("  {counts:?}");
    counts
}

/// Sends all messages until each has its 2xx, and returns how many they are.
fn deliver(run: &Run, database: &str, crash: impl Fn()) -> usize {
    let begin = Instant::now();
    let seed = seed("CALLHOOK_EFFECTS_SEED");
    let mut random = Random::new(seed);
    let count: usize = match env::var("CALLHOOK_EFFECTS_MESSAGES") {
        Ok(count) => count.parse().expect("a number"),
        Err(_) => 1_500 / run.part,
    };
    let messages = messages(count, &mut random);
    let commands = (0..run.processes).map(|_| server(run, database));
    let mut fleet = Fleet::start(commands, settings::LISTEN);
    let addresses = fleet.addresses();
    let progress = Progress::default();
    let is_over = AtomicBool::new(false);
    let (mut killed, mut killed_itself, mut crashes) = (0, 0, 0);
    let mut of_senders = Random::new(random.of(0..u64::MAX));
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let _over = Over(&is_over);
            let target = format!("/hook?token={TOKEN}");
            send(&messages, &target, &addresses, &progress, &mut of_senders);
        });
        let mut next_kill = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
            killed_itself += fleet.revive();
            if crashes < run.crashes && progress.done() > count * (crashes + 1) / (run.crashes + 1)
            {
                crash();
                crashes += 1;
            }
            if next_kill < Instant::now() {
                fleet.crash(random.index(run.processes));
                killed += 1;
                next_kill = Instant::now() + random.millis(500..2000);
            }
        }
        sending.join().expect("all messages have their 2xx");
    });
    println!(
        "{run:?}, seed {seed}, {:.1?}: {count} messages in {} tries; {killed} processes killed, {killed_itself} more \
         before their answer, {crashes} crashes of Postgres",
        begin.elapsed(),
        progress.tries(),
    );
    assert_eq!(crashes, run.crashes);
    assert!(
        killed_itself > 0,
        "no process was killed at the worst place"
    );
    count
}

fn server(run: &Run, database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callhook-effects-server"));
    command
        .env(settings::DATABASE, database)
        .env(settings::MARK, run.mark)
        .env(settings::CLAIMS, run.claims);
    command
}

/// Ends the run, though its senders panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        // Each run's own: nothing that a process of the run before still has open is in the way.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("callhook-effects-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory for the database");
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
