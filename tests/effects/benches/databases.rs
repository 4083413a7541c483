//! What the tables of callhook-sqlx cost, in Postgres and in SQLite, beside the same by hand, turn by turn.
//!
//! `cargo bench -p callhook-effects --bench databases`, which takes half a minute. All is done by one task, one statement
//! after the other. Neither database waits for a disk: Postgres has `fsync = off`, and SQLite's file is in memory, where
//! the system has `/dev/shm`, since the store's own connections ask for durable writes. "Time" is by the clock on the wall, "CPU" is this process's time on a core, which for
//! SQLite is all there is.
//!
//! 1. **Store**: a message claimed and committed. By hand: `insert .. on conflict do nothing` before the handler, `update`
//!    after it.
//! 2. **Calls**: the messages of one call, each joined in a transaction of its own. By hand each transaction has an
//!    `insert .. on conflict do update` of a row with the message as JSON, so that the last message is what is known of a
//!    call.

#[allow(dead_code)]
#[path = "../../../crates/callhook/benches/common/paired.rs"]
mod paired;
#[allow(dead_code)]
#[path = "../../../crates/callhook/benches/common/promise.rs"]
mod promise;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use callhook::call::Call;
use callhook::payload::Payload;
use callhook::provider::{Message, Provider};
use callhook::replay::{Claim, Fingerprint, Identity, Lease, ReplayStore, Settled, Token};
use callhook::telecmi::Telecmi;
use callhook::testing::calls::{Edition, Scenario, SimulatedCall};
use callhook_effects::Effects;
use callhook_sqlx::sqlx::postgres::PgPoolOptions;
use callhook_sqlx::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use callhook_sqlx::sqlx::{self, Pool, Postgres, Sqlite};
use callhook_sqlx::{SqlxCalls, SqlxStore};
use callhook_test_support::Postgres as Server;
use rustix::time::{ClockId, clock_gettime};

use self::paired::Ratio;
use self::promise::{is_asked, print, print_head};

const ROUNDS: usize = 101;

/// Messages of the store, and calls, in one turn.
const MESSAGES: u64 = 20;
const CALLS: u64 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test` calls benches too: there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    print_head();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = Server::start(&["fsync = off"]);
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false)
            .connect(&server.database())
            .await?;
        compare("Postgres", pool).await?;

        let memory = Path::new("/dev/shm");
        let directory = match memory.is_dir() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        };
        let file = directory.join(format!("callhook-databases-{}.db", std::process::id()));
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false);
        let compared = compare("SQLite", pool.connect_with(options).await?).await;
        for end in ["", "-wal", "-shm"] {
            let mut file = file.clone().into_os_string();
            file.push(end);
            let _ = std::fs::remove_file(file);
        }
        compared
    })
}

async fn compare<DB: ByHand>(name: &str, pool: Pool<DB>) -> Result<(), Box<dyn Error>> {
    let store = SqlxStore::new(pool.clone());
    store.migrate().await?;
    let calls = SqlxCalls::new(pool.clone());
    calls.migrate().await?;
    DB::create(&pool).await?;

    if is_asked(&format!("{name}, store")) {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..=ROUNDS as u64 {
            let ids = || round * MESSAGES..(round + 1) * MESSAGES;
            let step = taken(MESSAGES, claims(&store, ids()));
            let peer = taken(MESSAGES, DB::claims(&pool, ids()));
            rounds.push(in_turn(round, step, peer).await?);
        }
        show(&format!("{name}, store"), &rounds[1..]);
    }
    if is_asked(&format!("{name}, calls")) {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..=ROUNDS as u64 {
            let sent: Vec<_> = (0..CALLS).flat_map(|n| call(round * CALLS + n)).collect();
            let messages = sent.len() as u64;
            let step = taken(messages, joins(&calls, &pool, &sent));
            let peer = taken(messages, DB::upserts(&pool, &sent));
            rounds.push(in_turn(round, step, peer).await?);
        }
        show(&format!("{name}, calls"), &rounds[1..]);
    }
    Ok(())
}

/// Claims and commits messages that are all new.
async fn claims<DB: ByHand>(
    store: &SqlxStore<DB>,
    ids: std::ops::Range<u64>,
) -> Result<(), Box<dyn Error>> {
    for id in ids {
        let lease = Lease::new(
            Identity::for_test("cdr", &format!("16132200-57fa-47b5-888d-{id:012}")),
            Fingerprint::from_bits(id.into()),
            Token::from_bits(id.into()),
            Duration::from_secs(60),
            Duration::from_secs(86_400),
        );
        assert_eq!(store.claim(&lease).await?, Claim::First);
        assert_eq!(store.commit(&lease).await?, Settled::Done);
    }
    Ok(())
}

async fn joins<DB: ByHand>(
    calls: &SqlxCalls<DB>,
    pool: &Pool<DB>,
    sent: &[Sent],
) -> Result<(), Box<dyn Error>> {
    for message in sent {
        let mut transaction = pool.begin_with(DB::BEGIN).await?;
        let joined = calls.join(&mut transaction, &message.part).await?;
        assert!(joined.is_some());
        transaction.commit().await?;
    }
    Ok(())
}

/// What a program does without callhook.
trait ByHand: Effects {
    async fn create(pool: &Pool<Self>) -> Result<(), sqlx::Error>;

    async fn claims(pool: &Pool<Self>, ids: std::ops::Range<u64>) -> Result<(), Box<dyn Error>>;

    async fn upserts(pool: &Pool<Self>, sent: &[Sent]) -> Result<(), Box<dyn Error>>;
}

macro_rules! by_hand {
    ($($database:ty),+) => {$(
        impl ByHand for $database {
            async fn create(pool: &Pool<Self>) -> Result<(), sqlx::Error> {
                for table in [
                    "create table handled (message text primary key, state text not null)",
                    "create table calls (id text primary key, call text not null)",
                ] {
                    sqlx::query(table).execute(pool).await?;
                }
                Ok(())
            }

            async fn claims(
                pool: &Pool<Self>,
                ids: std::ops::Range<u64>,
            ) -> Result<(), Box<dyn Error>> {
                for id in ids {
                    let id = format!("cdr:16132200-57fa-47b5-888d-{id:012}");
                    let claimed = sqlx::query(
                        "insert into handled (message, state) values ($1, 'claimed') \
                         on conflict do nothing",
                    );
                    let claimed = claimed.bind(&id).execute(pool).await?;
                    assert_eq!(claimed.rows_affected(), 1);
                    sqlx::query("update handled set state = 'handled' where message = $1")
                        .bind(&id)
                        .execute(pool)
                        .await?;
                }
                Ok(())
            }

            async fn upserts(pool: &Pool<Self>, sent: &[Sent]) -> Result<(), Box<dyn Error>> {
                for message in sent {
                    let mut transaction = pool.begin_with(Self::BEGIN).await?;
                    sqlx::query(
                        "insert into calls (id, call) values ($1, $2) \
                         on conflict (id) do update set call = excluded.call",
                    )
                    .bind(&message.call)
                    .bind(&message.json)
                    .execute(&mut *transaction)
                    .await?;
                    transaction.commit().await?;
                }
                Ok(())
            }
        }
    )+};
}

by_hand!(Postgres, Sqlite);

/// A message of a call.
struct Sent {
    part: Call,
    call: String,
    json: String,
}

/// A call of ten messages: two agents' phones ring, and the second agent answers.
fn call(seed: u64) -> Vec<Sent> {
    let call = SimulatedCall::of_edition(Scenario::InboundTwoAgents, Edition::ChubLive, seed);
    let call = call.expect("an edition that reports it");
    let sent = |json: String| {
        let message = Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
        let event = Telecmi.decode(&message).expect("an event");
        Sent {
            part: Call::of_summary(&event.summary(), None, SystemTime::UNIX_EPOCH),
            call: format!("call {seed}"),
            json,
        }
    };
    call.messages()
        .iter()
        .map(|message| sent(message.json()))
        .collect()
}

/// What one message took, in nanoseconds.
#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
}

async fn taken(
    messages: u64,
    done: impl Future<Output = Result<(), Box<dyn Error>>>,
) -> Result<Taken, Box<dyn Error>> {
    let (wall, cpu) = (Instant::now(), process_cpu());
    done.await?;
    let each = |nanoseconds: f64| nanoseconds / messages as f64;
    Ok(Taken {
        wall: each(wall.elapsed().as_nanos() as f64),
        cpu: each(process_cpu() - cpu),
    })
}

/// Who goes first has the colder caches: they take turns in that too.
async fn in_turn<E>(
    round: u64,
    step: impl Future<Output = Result<Taken, E>>,
    peer: impl Future<Output = Result<Taken, E>>,
) -> Result<(Taken, Taken), E> {
    if round.is_multiple_of(2) {
        let step = step.await?;
        Ok((step, peer.await?))
    } else {
        let peer = peer.await?;
        Ok((step.await?, peer))
    }
}

fn show(name: &str, rounds: &[(Taken, Taken)]) {
    let of = |figure: fn(&Taken) -> f64| {
        let both = |(step, peer): &(Taken, Taken)| (figure(step), figure(peer));
        Ratio::of_rounds(rounds.iter().map(both).collect())
    };
    let of_figure = |figure: &str| format!("{name} of by hand: {figure}");
    print(&of_figure("time"), None, &of(|taken| taken.wall));
    print(&of_figure("CPU"), None, &of(|taken| taken.cpu));
}

/// This process's time on a core.
fn process_cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
