//! No job is lost and none is enqueued twice, through processes that are killed while they receive and while they work,
//! and a Postgres that crashes.
//!
//! Senders send each message until it has its 2xx, some of them in two copies at once. Commits take their time, so that
//! processes are killed during them: the database has what the process never heard of. The same with marks that are
//! forgotten has to show messages with two jobs: it proves that this test can fail.
//!
//! `CALLHOOK_QUEUE_MESSAGES` sets how many messages the run has, instead of 300; `CALLHOOK_QUEUE_SEED` repeats its
//! choices, which `--nocapture` prints.

use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::{env, thread};

use callhook_effects::fleet::Fleet;
use callhook_effects::senders::{Progress, send};
use callhook_test_support::{Random, cdr, seed};

use crate::database::Database;
use crate::server::{TARGET, command};

#[test]
fn each_message_has_one_job_and_each_job_one_effect() {
    let counts = run(300, "");
    assert_eq!(counts.jobs, counts.sent, "jobs that were ever enqueued");
    assert_eq!(counts.effects, counts.sent, "jobs that had their effect");
    assert_eq!(counts.messages, counts.sent, "messages that had an effect");
    assert!(
        counts.tries > counts.effects,
        "no process was killed between a job's effect and its end"
    );
}

#[test]
fn with_marks_that_are_forgotten_there_are_messages_with_two_jobs() {
    let counts = run(100, FORGOTTEN);
    assert_eq!(counts.messages, counts.sent, "messages that had an effect");
    assert!(counts.jobs > counts.sent, "{counts:?}");
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    sent: i64,
    /// That were ever in the queue.
    jobs: i64,
    /// Rows of the call log: one of each job.
    effects: i64,
    /// Of which there are such rows.
    messages: i64,
    /// Jobs that had their effect, and again.
    tries: i64,
}

/// Sends messages to two processes, and kills them while they receive and while they work. The fault is SQL.
fn run(messages: usize, fault: &'static str) -> Counts {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    let begin = Instant::now();
    let seed = seed("CALLHOOK_QUEUE_SEED");
    let mut random = Random::new(seed);
    let count = match env::var("CALLHOOK_QUEUE_MESSAGES") {
        Ok(count) => count.parse().expect("a number"),
        Err(_) => messages,
    };
    let messages: Vec<String> = (0..count).map(|leg| cdr(&leg.to_string())).collect();

    // Durable: it is killed.
    let database = Database::start(&[]);
    let commands = (0..2).map(|_| {
        let mut command = command(&database);
        command
            .env("JOB_ATTEMPTS", "1000")
            .env("LISTEN_PRIVATE", "")
            // A line for each copy that is refused, and for each connection that breaks.
            .stderr(Stdio::null());
        command
    });
    let mut fleet = Fleet::start(commands, "LISTEN");
    let addresses = fleet.addresses();
    database.run(TRIGGERS);
    database.run(fault);

    let progress = Progress::default();
    let is_over = AtomicBool::new(false);
    let (mut kills, mut crashes) = (0, 0);
    let mut of_senders = Random::new(random.of(0..u64::MAX));
    let mut kill = |fleet: &mut Fleet| {
        thread::sleep(random.millis(100..500));
        fleet.crash(random.index(2));
        kills += 1;
    };
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let _over = Over(&is_over);
            send(&messages, TARGET, &addresses, &progress, &mut of_senders);
        });
        while !is_over.load(Ordering::Relaxed) {
            kill(&mut fleet);
            if crashes == 0 && progress.done() > count / 2 {
                database.postgres.stop_immediately();
                database.postgres.start_again();
                crashes += 1;
            }
        }
        sending.join().expect("all messages have their 2xx");
    });
    // Some are under way or wait. Those that were under way in a process that is no more take a second.
    for _ in 0..5 {
        kill(&mut fleet);
        database.hurry();
    }
    database.wait_for("all work", "select count(*) from graphile_worker.jobs", 0);

    let counts = Counts {
        sent: i64::try_from(count).expect("a number"),
        jobs: database.number("select count(*) from enqueued"),
        effects: database.number("select count(*) from call_log"),
        messages: database.number("select count(distinct leg) from call_log"),
        tries: database.number("select count(*) from tries"),
    };
    println!(
        "seed {seed}, {:.1?}: {kills} processes killed, {crashes} crash of Postgres, {} sent, {counts:?}",
        begin.elapsed(),
        progress.tries(),
    );
    assert_eq!(crashes, 1);
    counts
}

/// Ends the run, though its senders panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Rows in tables of the test's own, in the transaction of what they count; and commits that take a tenth of a second.
const TRIGGERS: &str = "
create table enqueued (job bigint not null);
create table tries (job bigint not null);
create function count_enqueued() returns trigger language plpgsql as $$ begin
  insert into enqueued values (new.id); return null;
end $$;
create function count_tries() returns trigger language plpgsql as $$ begin
  insert into tries values (new.job); return new;
end $$;
create function wait() returns trigger language plpgsql as $$ begin
  perform pg_sleep(0.1); return null;
end $$;
create trigger count_enqueued after insert on graphile_worker._private_jobs for each row execute function count_enqueued();
create trigger count_tries before insert on call_log for each row execute function count_tries();
create constraint trigger wait after insert on graphile_worker._private_jobs deferrable initially deferred
  for each row execute function wait();
create constraint trigger wait after insert on call_log deferrable initially deferred
  for each row execute function wait();";

/// Each mark is gone by the end of its transaction.
const FORGOTTEN: &str = "
create function forget() returns trigger language plpgsql as $$ begin
  delete from callhook_replay where message = new.message; return null;
end $$;
create constraint trigger forget after insert or update on callhook_replay deferrable initially deferred
  for each row execute function forget();";
