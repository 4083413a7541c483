//! Both example servers under mixed traffic for as long as one likes, with their memory and connections watched:
//!
//! ```sh
//! cargo run --release -p callhook-soak -- --minutes 20 --rate 300
//! ```
//!
//! It builds `example-axum` and `example-actix`, starts a `redis-server` in which each has a database of its own, and
//! prints a table when the time is over. It ends with 1 if anything was not as it has to be:
//!
//! 1. Each request gets the answer that it has to get: handled, replayed, probed, or refused with its status and outcome.
//!    Good messages come in four encodings, on connections of their own and on those of others; as revisions, late and
//!    prompt copies, copies at once; with a slow body. Others are forged, malformed, oversized, endlessly slow, or are cut
//!    off by their senders: within the head, within the body, and when they are whole.
//! 2. The handler gets each message once, and none of the others, whatever senders were told: every content has a serial
//!    number, and `/messages` is read often enough to see each.
//! 3. Memory stays flat. The servers keep the last 20 000 messages, so that their lists are filled before the clock starts;
//!    the first quarter of the time warms them up; the median of the last quarter of the rest is compared with that of
//!    its second. The table says from how many bytes a request on a leak would have been seen: the longer the run, the
//!    smaller. Redis grows, because it remembers messages for a day.
//! 4. Descriptors are back to what they were when all connections are closed; the numbers of threads, and of the
//!    connections to Redis, don't change.
//! 5. The servers log no error and no token.
//!
//! At more than 1000 requests a second `/messages` could not be read often enough. It needs a minute more than it is given:
//! for the build, for filling the lists, and until the last slow sender is refused.

mod answer;
mod ledger;
mod messages;
mod options;
mod server;
mod subject;
mod tally;
mod traffic;
mod verdict;

// Included, not copied: they are parts of test binaries.
#[path = "../../bad_input/rows.rs"]
mod bad_input;
#[path = "../../example.rs"]
#[expect(dead_code, reason = "the tests have uses for more of it")]
mod example;
#[path = "../../../crates/callhook-redis/tests/it/support/server.rs"]
#[expect(dead_code, reason = "the tests have uses for more of it")]
mod redis_server;
#[path = "../../wire.rs"]
#[expect(dead_code, reason = "the tests have uses for more of it")]
mod wire;

use std::env;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::options::Options;
use self::server::Server;
use self::traffic::{Sender, Stock};
use self::verdict::Verdict;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("callhook-soak: {error}");
            return ExitCode::from(2);
        }
    };
    // What has started is killed when the run is dropped.
    let ended = tokio::select! {
        ended = run(&options) => ended,
        () = interrupted() => Err("interrupted".to_owned()),
    };
    match ended {
        Ok(faults) if faults.is_empty() => {
            println!("\nall as it has to be");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            println!();
            faults.iter().for_each(|fault| println!("FAULT: {fault}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("callhook-soak: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was not as it has to be.
async fn run(options: &Options) -> Result<Vec<String>, String> {
    prepare().await?;
    let redis = redis_server::Server::start();
    let mut servers = [("example-axum", 0), ("example-actix", 1)]
        .map(|(name, db)| Server::start(name, &redis, db));
    let stock = Arc::new(Stock::new());
    let senders = [0, 1].map(|n| {
        let subject = Arc::clone(&servers[n].subject);
        Sender::new(
            subject,
            Arc::clone(&stock),
            options.seed.wrapping_add(n as u64),
        )
    });
    println!(
        "{:?} of {} requests a second to both, seed {}; first {FILL} messages to each at full speed",
        options.duration, options.rate, options.seed
    );

    for (server, sender) in servers.iter_mut().zip(&senders) {
        // What is opened with the first message, such as the connection to Redis, stays.
        sender.fill(100).await;
        server.idle = server.settle(None).await;
    }
    fill(&senders).await;

    let clients = watch(options, &mut servers, &senders, &redis).await;

    let samples = servers[0].samples.len();
    if samples < FEWEST {
        return Err(format!("the machine is too busy: only {samples} samples"));
    }
    let warm = samples / 4;
    let mut verdicts = Vec::new();
    for server in &mut servers {
        let left = server.settle(Some(server.idle)).await;
        server.subject.read_messages().await;
        server.read_log();
        verdicts.push(Verdict::on(server, warm, left));
    }
    verdict::print(&verdicts);
    let mut faults: Vec<String> = verdicts
        .into_iter()
        .flat_map(|verdict| verdict.faults)
        .collect();
    let [fewest, most] =
        [clients.iter().min(), clients.iter().max()].map(|count| count.copied().unwrap_or(0));
    println!(
        "{:24}{:>16}",
        "clients of Redis",
        format!("{fewest}-{most}")
    );
    if fewest != most {
        faults.push(format!("Redis had {fewest} to {most} clients"));
    }
    Ok(faults)
}

/// Has all that is needed, or says how to get it.
async fn prepare() -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("run it with `cargo run --release -p callhook-soak`".to_owned());
    }
    let program = redis_server::program();
    let mut version = Command::new(&program);
    version.arg("--version").stdout(Stdio::null());
    version.status().await.map_err(|error| {
        format!(
            "{}: {error}; `tests/run` installs redis-server, as does `apt-get install redis-server`",
            program.display()
        )
    })?;
    // To where this program is: that is where the examples are looked for.
    let own = env::current_exe().map_err(|error| format!("its own path: {error}"))?;
    let target = own
        .ancestors()
        .nth(2)
        .ok_or("it is in no target directory")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = Command::new(cargo)
        .args([
            "build",
            "--release",
            "-p",
            "example-axum",
            "-p",
            "example-actix",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .kill_on_drop(true)
        .status()
        .await
        .map_err(|error| format!("cargo: {error}"))?;
    if build.success() {
        Ok(())
    } else {
        Err("the examples don't build".to_owned())
    }
}

/// Fills both servers' lists of messages, and then renews them: what they are made of is in pieces from then on.
async fn fill(senders: &[Sender]) {
    let rounds = FILL / ROUND;
    let mut tasks = JoinSet::new();
    for sender in senders.iter().cloned() {
        tasks.spawn(async move {
            for _ in 0..rounds {
                sender.fill(ROUND).await;
                sender.subject.read_messages().await;
            }
        });
    }
    tasks.join_all().await;
}

/// Runs the traffic, and looks at the servers meanwhile. How many clients Redis had each time.
async fn watch(
    options: &Options,
    servers: &mut [Server],
    senders: &[Sender],
    redis: &redis_server::Server,
) -> Vec<u64> {
    let rate = options.rate / senders.len() as f64;
    let mut traffic = JoinSet::new();
    for sender in senders.iter().cloned() {
        traffic.spawn(sender.run(rate, options.duration));
    }
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(10));
    let mut ticks = interval((options.duration / 80).clamp(least, most));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let start = Instant::now();
    let mut is_warm = false;
    let mut clients = Vec::new();
    let mut told = start;
    loop {
        ticks.tick().await;
        if start.elapsed() >= options.duration {
            break;
        }
        if !is_warm && start.elapsed() >= options.duration / 4 {
            is_warm = true;
            servers.iter().for_each(Server::forget_peak);
        }
        clients.push(figure(redis, "connected_clients"));
        for server in &mut *servers {
            let sample = server.now();
            server.samples.push(sample);
            server.read_log();
        }
        for server in &*servers {
            let subject = &server.subject;
            if subject.tally.counts().handled >= subject.ledger.shown() + UNSEEN {
                subject.read_messages().await;
            }
        }
        if told.elapsed() >= Duration::from_secs(60) {
            told = Instant::now();
            tell(start, servers, redis);
        }
    }
    traffic.join_all().await;
    clients
}

/// A line now and then.
fn tell(start: Instant, servers: &[Server], redis: &redis_server::Server) {
    print!("{:4} s", start.elapsed().as_secs());
    for server in servers {
        let counts = server.subject.tally.counts();
        if let Some(sample) = server.samples.last() {
            print!(
                "   {}: {} sent, {} KiB, {} fds, {} mismatches",
                server.subject.name,
                counts.sent,
                sample.resident,
                sample.descriptors,
                counts.mismatches
            );
        }
    }
    println!("   Redis: {} KiB", figure(redis, "used_memory") / 1024);
}

fn figure(redis: &redis_server::Server, name: &str) -> u64 {
    let figure = redis.info(name).and_then(|figure| figure.parse().ok());
    figure.expect("a figure of Redis")
}

/// Ctrl-C, or SIGTERM.
async fn interrupted() {
    let [mut interrupt, mut terminate] = [SignalKind::interrupt(), SignalKind::terminate()]
        .map(|kind| signal(kind).expect("a signal can be waited for"));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Messages to each server before the clock starts, twice what its list keeps.
const FILL: u64 = 40_000;

/// Half of what a server's list keeps.
const ROUND: u64 = 10_000;

/// So many handled messages, and the list is read.
const UNSEEN: u64 = 5000;

/// Samples that a verdict needs: its quarters are quarters of three quarters.
const FEWEST: usize = 16;
